"""The bell: what concerns me, as sentences; read once looked at."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.procedures.published import part
from yinuo.staff.models import Notice
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import bell, notice_of
from yinuo.staff.services import mark_notices_read
from yinuo.tickets.permissions import access_ticket, seen_of
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import PromiseNames, language, named
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import done, login_required, page, viewer, wants_fragment
from yinuo.web.console.views.overview import led_teams

IN_POPOVER = 12
ON_PAGE = 200
Values = Mapping[str, Any]


def _promise(values: Values, names: PromiseNames) -> str:
    return names(str(values.get("kind_of_promise", "")))


def _titled(values: Values) -> dict[str, str]:
    return {"procedure": named(values["title"], values["title_en"])}


SENTENCES: dict[str, tuple[str, str, Callable[[Values, PromiseNames], str]]] = {
    "assigned": ("user-check", "", lambda v, n: _("%(number)s was given to you") % v),
    "customer_wrote": ("mail", "", lambda v, n: _("The customer wrote to %(number)s") % v),
    "mentioned": ("note", "", lambda v, n: _("You are named in a note on %(number)s") % v),
    "not_delivered": ("alert-triangle", "bad", lambda v, n: _("A message of %(number)s did not arrive") % v),
    "deadline_warned": (
        "clock",
        "warn",
        lambda v, n: _("%(number)s: %(promise)s is due soon") % {**v, "promise": _promise(v, n)},
    ),
    "deadline_breached": (
        "clock-exclamation",
        "bad",
        lambda v, n: _("%(number)s: %(promise)s is overdue") % {**v, "promise": _promise(v, n)},
    ),
    "order_deadline_warned": (
        "clock",
        "warn",
        lambda v, n: _("Order %(number)s: %(promise)s is due soon") % {**v, "promise": _promise(v, n)},
    ),
    "order_deadline_breached": (
        "clock-exclamation",
        "bad",
        lambda v, n: _("Order %(number)s: %(promise)s is overdue") % {**v, "promise": _promise(v, n)},
    ),
    "order_delay_check": (
        "clock",
        "warn",
        lambda v, n: _("Order %(number)s: does the date hold? A delay is still told in time now") % v,
    ),
    "order_progress_report": (
        "package",
        "",
        lambda v, n: _("Order %(number)s: tell the customer how it goes") % v,
    ),
    "order_contract_review": (
        "checklist",
        "",
        lambda v, n: _("Order %(number)s: the contract waits for your review") % v,
    ),
    "order_contract_passed": ("circle-check", "", lambda v, n: _("Order %(number)s: the contract may be signed") % v),
    "order_contract_returned": (
        "alert-triangle",
        "warn",
        lambda v, n: _("Order %(number)s: the contract came back from review") % v,
    ),
    "improvement_opened": (
        "trending-up",
        "",
        lambda v, n: _("%(number)s was given %(score)s of 5: an improvement was opened") % v,
    ),
    "subtask_offered": ("users", "", lambda v, n: _("%(number)s: a sub-task for your department") % v),
    "subtask_given": ("user-check", "", lambda v, n: _("%(number)s: a sub-task is yours now") % v),
    "subtask_moved": ("user-share", "", lambda v, n: _("%(number)s: a colleague goes on with your sub-task") % v),
    "subtask_done": ("users", "", lambda v, n: _("%(number)s: the department has answered a sub-task") % v),
    "subtask_declined": (
        "users",
        "warn",
        lambda v, n: _("%(number)s: a sub-task came back, it is not that department's") % v,
    ),
    "subtask_sent_back": ("users", "warn", lambda v, n: _("%(number)s: more is wanted of your sub-task") % v),
    "subtask_withdrawn": ("users", "", lambda v, n: _("%(number)s: your sub-task is no longer needed") % v),
    "news_missing": (
        "speakerphone",
        "warn",
        lambda v, n: _("Nothing new has been written for your leads: their monthly news was not sent") % v,
    ),
    "news_by_phone": (
        "phone",
        "",
        lambda v, n: _("%(number)s: the monthly news has no address, tell it by phone") % v,
    ),
    "order_improvement_opened": (
        "trending-up",
        "",
        lambda v, n: _("Order %(number)s was given %(score)s of 5: an improvement was opened") % v,
    ),
    "procedure_review": ("route", "", lambda v, n: _("A draft of “%(procedure)s” waits for your review") % _titled(v)),
    "procedure_sent_back": (
        "route",
        "warn",
        lambda v, n: _("Your draft of “%(procedure)s” was sent back") % _titled(v),
    ),
}
"""Kind → icon, tone, sentence. Notices of templates (`template:<key>`) take the template's own subject."""


def sentence(notice: Notice, names: PromiseNames) -> tuple[str, str, str]:
    """Icon, tone and text of a notice."""
    values = {"number": "", "score": "", **notice.values}
    if notice.kind == "deadlines":
        return _several(values["counts"])
    if notice.kind in SENTENCES:
        icon, tone, say = SENTENCES[notice.kind]
        return icon, tone, say(values, names)
    if notice.kind.startswith("template:"):
        template = part("templates", notice.kind.removeprefix("template:"))
        if template:
            subject = template["subject"][language()].replace("[{number}]", "").replace("{number}", "").strip()
            return "bell", "", f"{values['number']} {subject}".strip()
    return "bell", "", _("Something new on %(number)s") % values if values["number"] else _("Something new")


def _several(counts: Mapping[str, int]) -> tuple[str, str, str]:
    """Promises that fell due in the same minute, told as one."""
    broken, soon = (
        sum(counts.get(kind, 0) for kind in (f"deadline_{what}", f"order_deadline_{what}"))
        for what in ("breached", "warned")
    )
    said = []
    if broken:
        said.append(ngettext("%(n)s promise is overdue", "%(n)s promises are overdue", broken) % {"n": broken})
    if soon:
        said.append(ngettext("%(n)s promise is due soon", "%(n)s promises are due soon", soon) % {"n": soon})
    icon, tone = ("clock-exclamation", "bad") if broken else ("clock", "warn")
    return icon, tone, _(", ").join(said)


def shown(notices: list[Notice]) -> list[dict[str, object]]:
    names = PromiseNames()
    rows = []
    for notice in notices:
        icon, tone, text = sentence(notice, names)
        rows.append(
            {
                "id": str(notice.id),
                "url": reverse("notice", args=[notice.id]),
                "icon": icon,
                "tone": tone,
                "text": text,
                "at_iso": iso(notice.at),
                "unread": notice.read_at is None,
            }
        )
    return rows


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """The page with all; as a part, what the bell opens, or the bell itself with its count (`?count`)."""
    who = viewer(request)
    if wants_fragment(request) and "list" not in request.GET:
        if "count" in request.GET:
            count = bell(who.id, limit=0).unread
            return render(request, "console/bell.html", {"count": "99+" if count > 99 else count or ""})
        return _popover(request)
    found = bell(who.id, limit=ON_PAGE)
    context = {"notices": shown(found.notices), "unread": found.unread, "topic": f"account:{who.id}"}
    return page(request, "console/notices.html", context, here="notices")


def _popover(request: HttpRequest) -> HttpResponse:
    found = bell(viewer(request).id, limit=IN_POPOVER)
    context = {
        "notices": shown(found.notices),
        "clear_url": reverse("notices_read") if found.unread else "",
        "all_url": reverse("notices"),
    }
    return render(request, "components/notices.html", context)


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """All of them, or those about the ticket whose page was opened."""
    who, number = viewer(request), request.POST.get("number", "")
    if number:
        ticket = access_ticket(who, number)
        mark_notices_read(account_id=who.id, ticket_id=ticket.id, now=now())
        return HttpResponse(status=204)
    mark_notices_read(account_id=who.id, now=now())
    return _popover(request) if wants_fragment(request) else done(request, _("All read."), "notices")


@login_required
def notice(request: HttpRequest, id: UUID) -> HttpResponse:
    """Leads to what the notice is about, while there is anything for the viewer to see."""
    who = viewer(request)
    found = notice_of(who.id, id)
    if found and found.ticket_id and found.ticket_id not in seen_of(who, [found.ticket_id]):
        said = _("%(number)s is with others now: there is nothing on it for you to do.")
        return done(request, said % {"number": found.values.get("number", "")}, "notices")
    return HttpResponseRedirect(reverse("notices") if found is None else _target(found, who))


def _target(found: Notice, who: Viewer) -> str:
    number = found.values.get("number", "")
    if found.kind == "deadlines":
        return reverse("overview" if led_teams(who) else "mine")
    if found.kind == "news_missing":
        return reverse("lead_news")
    if found.subject_kind == "procedure_draft":
        return reverse("settings_procedure_review", args=[found.values["code"]])
    if found.subject_kind == "improvement":
        return reverse("improvement", args=[found.subject_id])
    if number and found.kind.startswith("order_"):
        return reverse("order", args=[number])
    return reverse("ticket", args=[number]) if number else reverse("notices")
