"""The registers of the handbook: walked with filters, and asked for as Excel (R-DO-1, R-SE-4)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yinuo.domain.documents import Book, Register
from yinuo.foundation.clock import day_of, now
from yinuo.foundation.errors import Denied, Missing
from yinuo.foundation.files import read_pieces
from yinuo.procedures.documents.book import book_in_force
from yinuo.procedures.models import ExportState, RegisterExport
from yinuo.procedures.queries import access_export, exports_of
from yinuo.procedures.registers.walk import Filters, narrowed
from yinuo.procedures.registers.walk import page as page_of
from yinuo.procedures.services import take_export, want_export
from yinuo.procedures.services.exporting import KEPT, UNDER_WAY, XLSX, topic_of
from yinuo.staff.permissions import Viewer
from yinuo.staff.queries import people_of
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.document_words import EXPORT_STATE
from yinuo.web.console.frame import TICKET_RIGHTS
from yinuo.web.console.labels import language, say
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import carry_out, done, page, requires, to_keep, viewer

FIRST = "after_sales_register"
SHOWN_DAYS = 30
STATES = [
    ("", pgettext_lazy("register", "All states")),
    ("open", pgettext_lazy("register", "Under way")),
    ("solved", pgettext_lazy("register", "Solved")),
    ("closed", pgettext_lazy("register", "Archived")),
]
EMPTY = {
    "push_register": gettext_lazy(
        "A push stands here once it has gone through the procedure of value-added services, one row each."
    ),
}


class Narrowing(forms.Form):
    """What of a register is wanted."""

    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=STATES)

    def __init__(self, *args: Any, who: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [(str(team.id), team.name) for team in who.queues]
        people = people_of(team.id for team in who.queues)
        self.fields["team"].choices = [("", _("All teams")), *teams]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("Everybody")), *((str(id), name) for id, name in people.items())]  # type: ignore[attr-defined]

    def filters(self, who: Viewer) -> Filters:
        """Within what the person may see."""
        given = self.cleaned_data
        every = who.has(Right.SEE_ALL_TICKETS)
        filters = Filters(
            team_ids=None if every else tuple(sorted(team.id for team in who.queues)),
            since=given["since"],
            until=given["until"],
            owner_id=UUID(given["owner"]) if given["owner"] else None,
            state=given["state"],
        )
        return narrowed(filters, UUID(given["team"])) if given["team"] else filters


class ExportForm(Narrowing):
    unmasked = forms.BooleanField(
        label=gettext_lazy("With whole contact data"), required=False,
        help_text=gettext_lazy("Only with a reason, which is recorded."),
    )  # fmt: skip
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)


@requires(*TICKET_RIGHTS)
def first(request: HttpRequest) -> HttpResponse:
    """That of after-sales, where most of the work is, else the first."""
    known = book_in_force().registers
    key = FIRST if FIRST in known else next(iter(known))
    return HttpResponseRedirect(reverse("register", args=[key]))


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; at first the last thirty days."""
    given = {name: request.GET[name] for name in ("since", "until", "team", "owner", "state") if name in request.GET}
    if "since" not in given:
        today = day_of(now())
        given["since"] = (today - timedelta(days=SHOWN_DAYS)).isoformat()
    return given


def _register(book: Book, key: str) -> Register:
    found = book.registers.get(key)
    if found is None:
        raise Missing
    return found


@requires(*TICKET_RIGHTS)
def register(request: HttpRequest, register: str) -> HttpResponse:
    """A page of a register."""
    return _shown(request, register)


def _shown(request: HttpRequest, key: str, export_form: ExportForm | None = None, status: int = 200) -> HttpResponse:
    who, book = viewer(request), book_in_force()
    chosen = _register(book, key)
    asked = _asked(request)
    form = Narrowing(asked, who=who)
    rows: list[dict[str, Any]] = []
    after = ""
    if form.is_valid():
        found = page_of(chosen, book, form.filters(who), language=language(), after=request.GET.get("after", ""))
        labels = [say(column.label) for column in chosen.columns]
        rows = [
            {
                "url": reverse("order" if row.is_order else "ticket", args=[row.number]),
                "number": row.number,
                "cells": list(zip(labels, row.cells, strict=True)),
            }
            for row in found.rows
        ]
        after = found.after
    at = now().astimezone(ZoneInfo(settings.TIME_ZONE))
    context = {
        "register": chosen.key,
        "title": say(chosen.title),
        "tabs": [(one.key, say(one.title)) for one in book.registers.values()],
        "labels": [say(column.label) for column in chosen.columns],
        "rows": rows,
        "form": form,
        "asked": asked,
        "first_url": "?" + urlencode(asked) if request.GET.get("after") else "",
        "next_url": "?" + urlencode({**asked, "after": after}) if after else "",
        "hint": EMPTY.get(chosen.key, _("Choose other days, or all teams.")),
        "may_export": who.has(Right.EXPORT_REGISTERS),
        "may_unmask": who.has(Right.SEE_PERSONAL),
        "export_form": export_form,
        "mark": f"{who.account.name} {at:%Y-%m-%d %H:%M}",
    }
    return page(request, "console/register.html", context, here="registers", status=status or 200)


@require_POST
@requires(Right.EXPORT_REGISTERS)
def export(request: HttpRequest, register: str) -> HttpResponse:
    """Asks for the register as Excel; a job writes it."""
    who, book = viewer(request), book_in_force()
    chosen = _register(book, register)
    form = ExportForm(request.POST, who=who)

    def act(values: dict[str, Any]) -> None:
        if values["unmasked"] and not who.has(Right.SEE_PERSONAL):
            raise Denied
        want_export(
            account=who.account, register=chosen.key, filters=form.filters(who).to_json(), language=language(),
            unmasked=values["unmasked"], reason=values["reason"], by=who.actor, now=now(),
        )  # fmt: skip

    failed = carry_out(form, act)
    if failed:
        return _shown(request, register, form, failed)
    return done(request, _("Being written. It appears here when it is ready."), "register_exports")


@requires(Right.EXPORT_REGISTERS)
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports and how far they have come."""
    who, book = viewer(request), book_in_force()
    rows = [_export(row, book) for row in exports_of(who.id)]
    under_way = any(row["under_way"] for row in rows)  # a short one may be ready before the page listens
    context = {"rows": rows, "topic": topic_of(who.id), "days": KEPT.days, "under_way": under_way}
    return page(request, "console/register_exports.html", context, here="registers", topics=[topic_of(who.id)])


def _span(since: str, until: str) -> str:
    if since and until:
        return f"{since} – {until}"
    if since:
        return _("from %(day)s on") % {"day": since}
    return _("until %(day)s") % {"day": until} if until else ""


def _export(row: RegisterExport, book: Book) -> dict[str, Any]:
    known = book.registers.get(row.register)
    since, until = row.filters["since"], row.filters["until"]
    return {
        "id": row.id,
        "title": say(known.title) if known else row.register,
        "asked_iso": iso(row.asked_at),
        "state": EXPORT_STATE[ExportState(row.state)],
        "under_way": row.state in UNDER_WAY,
        "rows": row.rows,
        "total": row.total,
        "unmasked": row.unmasked,
        "span": _span(since, until),
        "file_url": reverse("register_export_file", args=[row.id]) if row.file_id else "",
    }


@require_safe
@requires(Right.EXPORT_REGISTERS)
def export_file(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """The file, for who has asked for it; that it was taken is recorded first."""
    who = viewer(request)
    row = access_export(who.id, id)
    take_export(export=row, by=who.actor, now=now())
    response = StreamingHttpResponse(read_pieces(row.file_id), content_type=XLSX)
    local = row.asked_at.astimezone(ZoneInfo(settings.TIME_ZONE))
    name = f"{say(_register(book_in_force(), row.register).title)}-{local:%Y%m%d}.xlsx"
    return to_keep(response, name)
