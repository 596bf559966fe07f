"""The lead pool: who has no intent yet, brought back when it returns; and the news that they hear monthly (R-PS-4)."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.catalog import queries as catalog
from yinuo.catalog.models import Product, ProductNews
from yinuo.catalog.services import publish_news, withdraw_news
from yinuo.domain.redaction import mask_text
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied, Missing
from yinuo.procedures.leads import ALL, COUNTED, MINE, WRITTEN, Lead, counts, lead_of
from yinuo.procedures.leads import leads as leads_of
from yinuo.procedures.queries import step_stamp
from yinuo.procedures.services import press_button
from yinuo.staff.queries import names_of
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import access_ticket, may_work, require_work
from yinuo.web.console.frame import TICKET_RIGHTS
from yinuo.web.console.labels import TIER, language, say
from yinuo.web.console.rows import iso
from yinuo.web.console.settings_areas import choices_of, picked
from yinuo.web.console.views.base import carry_out, done, page, requires, viewer, wants_fragment
from yinuo.web.once import once_of

EMPTY = {
    ALL: (
        gettext_lazy("Nobody is in the lead pool"),
        gettext_lazy("A customer comes here when “No intent yet” is pressed at the follow-up of a pre-sales enquiry."),
    ),
    MINE: (
        gettext_lazy("No lead is yours"),
        gettext_lazy("Whoever has the pre-sales enquiry keeps the lead. Choose “All” to see those of others."),
    ),
    WRITTEN: (
        gettext_lazy("No lead has written"),
        gettext_lazy("Whoever writes to us while in the pool stands here: ask whether the interest has returned."),
    ),
}


@requires(*TICKET_RIGHTS)
def leads(request: HttpRequest) -> HttpResponse:
    """One list (`?show=`, `?team=`)."""
    who = viewer(request)
    show = request.GET.get("show", "")
    show = show if show in EMPTY else ALL
    team = next((one for one in who.queues if str(one.id) == request.GET.get("team", "")), None)
    found = leads_of(who, show=show, team_id=team.id if team else None, after=request.GET.get("after", ""))
    empty, hint = EMPTY[show]
    context: dict[str, Any] = {
        "rows": [_row(lead, may=may_work(who, lead.ticket)) for lead in found.rows],
        "after": found.after, "show": show, "team": team, "empty": empty, "hint": hint,
    }  # fmt: skip
    if wants_fragment(request) and request.GET.get("part") == "rows":
        return render(request, "console/leads/rows.html", context)
    many = counts(who)
    tabs = ((ALL, pgettext("leads", "All")), (MINE, _("Mine")), (WRITTEN, _("Have written")))
    context |= {
        "tabs": [{"key": key, "label": label, "count": _shown(many[key])} for key, label in tabs],
        "teams": who.queues if len(who.queues) > 1 else [],
    }
    return page(request, "console/leads/leads.html", context, here="leads", topics=["leads"])


def _shown(count: int) -> str:
    if not count:
        return ""
    return "999+" if count >= COUNTED else str(count)


def _row(lead: Lead, *, may: bool) -> dict[str, Any]:
    """Flat values, so that a row's template computes nothing."""
    number = lead.ticket.number
    button = lead.back
    grade = lead.definition.field_by_name.get("demand_grade")
    grades = {choice.value: say(choice.label) for choice in grade.choices} if grade else {}
    owner = lead.step.owner or lead.ticket.owner
    return {
        "id": str(lead.step.id),
        "number": number,
        "url": reverse("ticket", args=[number]),
        "customer": lead.ticket.customer.name,
        "tier": str(TIER.get(lead.ticket.customer.tier, "")),
        "product": mask_text(str(lead.fields.get("product") or "")),
        "grade": grades.get(str(lead.fields.get("demand_grade") or ""), ""),
        "plan": mask_text(str(lead.fields.get("follow_up_plan") or "")),
        "since_iso": iso(lead.since),
        "wrote_iso": iso(lead.wrote_at),
        "last_iso": iso(lead.last_news_at),
        "news": lead.news,
        "next_iso": iso(lead.next_news_at),
        "news_note": _news_note(lead),
        "owner": owner.name if owner else _("Nobody yet"),
        "back_url": reverse("lead_back", args=[number]) if may and button else "",
        "back": say(button.label) if button else "",
    }


def _news_note(lead: Lead) -> str:
    """What the next monthly mail will bring."""
    if not lead.has_mail:
        return _("no mail address: by phone")
    if not lead.new:
        return _("nothing written yet")
    return ngettext("%(n)s new item", "%(n)s new items", lead.new) % {"n": lead.new}


class BackForm(forms.Form):
    version = forms.CharField(widget=forms.HiddenInput)
    plan = forms.CharField(
        label=pgettext_lazy("lead", "Next step"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What the customer wants now, and what you do until when."),
    )  # fmt: skip


@requires(*TICKET_RIGHTS)
def back(request: HttpRequest, number: str) -> HttpResponse:
    """The interest has returned: the procedure goes on with the proposal."""
    who = viewer(request)
    ticket = access_ticket(who, number)
    require_work(who, ticket)
    lead = lead_of(ticket)
    button = lead.back
    if button is None:
        raise Missing
    form = BackForm(request.POST or None, initial={"version": step_stamp(lead.step)})
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: once_of(request, who.id)(
                lambda: press_button(
                    step=lead.step, button=button.key, fields=dict.fromkeys(button.asks[:1], values["plan"]),
                    roles=who.role_codes, account_id=who.id, by=who.actor, now=now(), seen=values["version"],
                )
            ),
        )  # fmt: skip
        if not failed:
            return done(request, _("Out of the pool: the proposal is next."), "ticket", number)
    context = {"row": _row(lead, may=True), "form": form}
    return page(request, "console/leads/back.html", context, here="leads", status=failed or 200)


class NewsForm(forms.Form):
    product = forms.ChoiceField(
        label=gettext_lazy("Product"), required=False,
        help_text=gettext_lazy("Leads who asked about another product do not get it."),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("What is new"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Goes out as it stands here, between the greeting and the link: facts, dates, prices."),
    )  # fmt: skip
    text_en = forms.CharField(
        label=gettext_lazy("In English"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("For customers who write English; empty: the Chinese text."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.products: list[Product] = [one for one in catalog.products() if one.active]
        self.fields["product"].choices = choices_of(self.products, empty=_("For all"))  # type: ignore[attr-defined]


@requires(*TICKET_RIGHTS, Right.WRITE_NEWS, Right.EDIT_CATALOG)
def news(request: HttpRequest) -> HttpResponse:
    """Issues of news, the newest first; whoever may write them adds one."""
    who = viewer(request)
    may_write = who.has(Right.WRITE_NEWS) or who.has(Right.EDIT_CATALOG)
    form = NewsForm(request.POST or None) if may_write else None
    failed = 0
    if request.method == "POST":
        if form is None:
            raise Denied
        failed = carry_out(
            form,
            lambda values: once_of(request, who.id)(
                lambda: publish_news(
                    product=picked(form.products, values["product"]), text=values["text"],
                    text_en=values["text_en"], by=who.actor, now=now(),
                )
            ),
        )  # fmt: skip
        if not failed:
            return done(request, _("Published. Each lead hears of it with the next monthly news."), "lead_news")
    issues = catalog.newest_news()
    names = names_of([issue.published_by_id for issue in issues if issue.published_by_id])
    context = {
        "rows": [_issue(issue, names, may_write=may_write) for issue in issues],
        "form": form,
    }
    return page(request, "console/leads/news.html", context, here="leads", status=failed or 200)


def _issue(issue: ProductNews, names: dict[UUID, str], *, may_write: bool) -> dict[str, Any]:
    english = language() == "en" and issue.text_en
    return {
        "id": str(issue.id),
        "text": issue.text_en if english else issue.text,
        "other": issue.text if english else issue.text_en,
        "product": issue.product.name if issue.product else _("For all"),
        "by": names.get(issue.published_by_id, "") if issue.published_by_id else "",
        "at_iso": iso(issue.published_at),
        "withdrawn_iso": iso(issue.withdrawn_at),
        "may_withdraw": may_write and issue.withdrawn_at is None,
    }


@require_POST
@requires(Right.WRITE_NEWS, Right.EDIT_CATALOG)
def withdraw(request: HttpRequest, id: UUID) -> HttpResponse:
    """It goes out no more."""
    withdraw_news(id=id, by=viewer(request).actor, now=now())
    return done(request, _("Withdrawn. Whoever has it keeps it."), "lead_news")
