"""The draft of the limits: kinds and rows, problems as they arise, publishing."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.comparing import Book
from yinuo.domain.deadline import Clock, DeadlineError, Policy, Row, due
from yinuo.domain.deadline.differences import differences
from yinuo.domain.deadline.editing import Table, put_row
from yinuo.domain.deadline.lint import faults_of
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.packs import SHIPPED, shipped_pack
from yinuo.sla.known import House, house, known_here
from yinuo.sla.limits import policies_in
from yinuo.sla.models import PolicyDraft
from yinuo.sla.services import (
    drop_draft,
    move_limit,
    open_draft,
    publish_draft,
    remove_limit,
    save_limit,
    save_limit_settings,
)
from yinuo.sla.what_if import tally_under
from yinuo.staff.rights import Right
from yinuo.web.console.limit_forms import RowForm
from yinuo.web.console.limit_words import (
    ON_REOPEN,
    differences_shown,
    fault_text,
    kind_name,
    kind_shown,
    row_text,
    shown,
    when_text,
)
from yinuo.web.console.rows import iso
from yinuo.web.console.settings_areas import Versioned, found
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.limits.base import (
    house_book,
    limits_page,
    stamp,
    the_draft,
    the_kind,
    version_name,
    who,
)


class SettingsForm(Versioned):
    on_reopen = forms.ChoiceField(label=gettext_lazy("When the matter is reopened"), choices=ON_REOPEN.items())


class PublishForm(Versioned):
    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the list of versions for whoever looks later."),
    )  # fmt: skip
    open = forms.ChoiceField(
        label=gettext_lazy("Promises that are open already"),
        choices=(("keep", gettext_lazy("keep the limits they were made with")),
                 ("move", gettext_lazy("follow the new limits, with the time already used kept"))),
        widget=forms.RadioSelect, initial="keep",
    )  # fmt: skip


class _Desk:
    """A draft with everything its pages show: tables, names, faults, changes against what it is based on."""

    def __init__(self, draft: PolicyDraft) -> None:
        self.draft = draft
        self.policies = policies_in(draft.table)
        here = house()
        self.book: Book = house_book(self.policies, here=here)
        self.faults = faults_of(list(self.policies.values()), known_here(here))
        self.changes = differences(policies_in(draft.based_on.table), self.policies)

    @property
    def context(self) -> dict[str, Any]:
        names = who(self.draft.changed_by_id)
        return {
            "draft": self.draft,
            "based_on": version_name(self.draft.based_on),
            "drafted": stamp(self.draft.changed_at, names.get(self.draft.changed_by_id)),
            "change_count": len(self.changes),
            "fault_count": sum(len(faults) for faults in self.faults.values()),
        }


@requires(Right.EDIT_LIMITS)
@require_POST
def open_(request: HttpRequest) -> HttpResponse:
    """A draft of what is in force, of an older version (`version`), or with the table of a handbook (`handbook`)."""
    handbook, version = request.POST.get("handbook", ""), request.POST.get("version", "")
    if handbook and handbook not in SHIPPED:
        raise Missing
    open_draft(
        based_on=_uuid(version) if version else None,
        table=shipped_pack(handbook).limit_table if handbook else None,
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return done(request, _("A draft has been opened. Nothing changes until it is published."), "settings_limit_draft")


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as error:
        raise Missing from error


@requires(Right.EDIT_LIMITS)
def draft(request: HttpRequest) -> HttpResponse:
    """The whole table under work."""
    desk = _Desk(the_draft())
    groups = shown(desk.book, faults=desk.faults, changes=desk.changes)
    return limits_page(request, "draft", desk.context | {"groups": groups})


@requires(Right.EDIT_LIMITS)
def kind(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind with its rows to add, move, change and delete."""
    desk = _Desk(the_draft())
    policy = the_kind(desk.policies, kind)
    form = SettingsForm(
        request.POST or None, initial={"on_reopen": policy.on_reopen, "version": desk.draft.version}
    )  # fmt: skip
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_limit_settings(
                draft_id=desk.draft.id, version=values["version"] or 0, kind=kind,
                settings={"on_reopen": values["on_reopen"]}, by=viewer(request).actor, now=now(),
            ),
            newest=lambda: the_draft().version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved in the draft."), "settings_limit_kind", kind)
    by_place = {(change.kind, change.row): str(change.change) for change in desk.changes}
    context = desk.context | {
        "form": form,
        "kind": kind_shown(desk.book, policy, desk.faults, by_place),
        "changes": differences_shown(desk.book, [change for change in desk.changes if change.kind == kind]),
    }
    return limits_page(request, "kind", context, status=failed or 200)


@requires(Right.EDIT_LIMITS)
def row(request: HttpRequest, kind: str, row: str = "") -> HttpResponse:
    """One row, new or there already."""
    draft = the_draft()
    here = house()
    book, policy, form = _row_form(request, draft, kind, row, here)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_limit(
                draft_id=draft.id, version=values["version"] or 0, kind=kind, entry=form.entry(draft.table),
                replacing=row, by=viewer(request).actor, now=now(),
            ),
            newest=lambda: the_draft().version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved in the draft."), "settings_limit_kind", kind)
    typed = form.is_bound and form.is_valid()
    judged = _judged(form, draft.table, row, book, here) if typed else _as_it_is(draft, kind, row, book, here)
    context = {
        "form": form,
        "row": row,
        "when": _place(policy, row, book) if row else "",
        "kind": kind_shown(book, policy, {}, {}),
        "judged": judged,
    }
    return limits_page(request, "edit_line", context, status=failed or 200)


@requires(Right.EDIT_LIMITS)
@require_POST
def judge_row(request: HttpRequest, kind: str, row: str = "") -> HttpResponse:
    """What the row as typed so far would mean, and what is wrong with it; saves nothing."""
    draft = the_draft()
    here = house()
    book, _policy, form = _row_form(request, draft, kind, row, here)
    judged = _judged(form, draft.table, row, book, here) if form.is_valid() else {"incomplete": True}
    return render(request, "console/settings/limits/judged.html", {"judged": judged})


def _row_form(
    request: HttpRequest, draft: PolicyDraft, kind: str, row: str, here: House
) -> tuple[Book, Policy, RowForm]:
    policies = policies_in(draft.table)
    policy, book = the_kind(policies, kind), house_book(policies, here=here)
    raw = _raw(draft.table, kind, row) if row else {}
    return book, policy, RowForm(request.POST or None, book=book, policy=policy, raw=raw, version=draft.version)


def _raw(table: Table, kind: str, row: str) -> dict[str, Any]:
    entry = next(entry for entry in table if entry["key"] == kind)
    return found(next((line for line in entry["rows"] if line["key"] == row), None))


def _judged(form: RowForm, table: Table, row: str, book: Book, here: House) -> dict[str, Any]:
    """The row in words, an example, and every fault that the table would have with it."""
    entry = form.entry(table)
    try:
        changed = put_row(table, form.policy.key, entry, replacing=row)
    except DeadlineError:
        return {"incomplete": True}
    return _judged_table(changed, form.policy.key, entry["key"], book, here)


def _as_it_is(draft: PolicyDraft, kind: str, row: str, book: Book, here: House) -> dict[str, Any]:
    return _judged_table(draft.table, kind, row, book, here) if row else {"incomplete": True}


def _judged_table(table: Table, kind: str, row: str, book: Book, here: House) -> dict[str, Any]:
    policy = next(Policy.from_json(entry) for entry in table if entry["key"] == kind)
    line = next(line for line in policy.rows if line.key == row)
    faults = faults_of([policy], known_here(here))
    return {
        "text": row_text(book, line),
        "example": _example(line),
        "faults": [
            fault_text(book, policy, fault)
            for (_kind, key), several in faults.items() if key == row for fault in several
        ],
        "others": [
            {"row": _place(policy, key, book), "said": fault_text(book, policy, fault)}
            for (_kind, key), several in faults.items() if key != row for fault in several
        ],
    }  # fmt: skip


def _place(policy: Policy, key: str, book: Book) -> str:
    return next((when_text(book, policy, row) for row in policy.rows if row.key == key), kind_name(policy))


def _example(line: Row) -> dict[str, str] | None:
    """When it would be due that starts now, in ordinary office hours."""
    if line.target is None:
        return None
    at = now()
    calendar = builtin_calendar("cn-office-nolunch") if line.target.clock is not Clock.ALWAYS else None
    return {"start": iso(at), "due": iso(due(at, line.target.limit, line.target.clock, calendar).due_at)}


@requires(Right.EDIT_LIMITS)
@require_POST
def move(request: HttpRequest, kind: str, row: str) -> HttpResponse:
    move_limit(
        draft_id=the_draft().id, version=_version(request), kind=kind, row=row, up=request.POST.get("up") == "1",
        by=viewer(request).actor, now=now(),
    )  # fmt: skip
    return done(request, _("Order changed. The first row that fits counts."), "settings_limit_kind", kind)


@requires(Right.EDIT_LIMITS)
@require_POST
def remove(request: HttpRequest, kind: str, row: str) -> HttpResponse:
    remove_limit(
        draft_id=the_draft().id, version=_version(request), kind=kind, row=row, by=viewer(request).actor, now=now()
    )
    return done(request, _("Row deleted in the draft."), "settings_limit_kind", kind)


@requires(Right.EDIT_LIMITS)
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    drop_draft(draft_id=the_draft().id, version=_version(request), by=viewer(request).actor, now=now())
    return done(request, _("The draft has been discarded. What is in force stays."), "settings_limits")


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else 0


@requires(Right.EDIT_LIMITS)
def publish(request: HttpRequest) -> HttpResponse:
    """Everything that changes, everything that is wrong, what becomes of open promises; then it is put in force."""
    desk = _Desk(the_draft())
    form = PublishForm(request.POST or None, initial={"version": desk.draft.version, "open": "keep"})
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: publish_draft(
                draft_id=desk.draft.id, version=values["version"] or 0, note=values["note"].strip(),
                moves_open=values["open"] == "move", by=viewer(request).actor, now=now(),
            ),
            newest=lambda: the_draft().version,
        )  # fmt: skip
        if not failed:
            sentence = _("Published. New tickets follow it from now on.")
            if form.cleaned_data["open"] == "move":
                sentence = _("Published. New tickets follow it; open promises are being counted anew.")
            return done(request, sentence, "settings_limits")
    faulty = [
        {"kind": kind_name(desk.policies[kind]), "row": _place(desk.policies[kind], key, desk.book), "key": kind,
         "said": [fault_text(desk.book, desk.policies[kind], fault) for fault in faults]}
        for (kind, key), faults in desk.faults.items()
    ]  # fmt: skip
    context = desk.context | {
        "form": form,
        "differences": differences_shown(desk.book, desk.changes),
        "faulty": faulty,
        "moving": tally_under(desk.policies, now()) if desk.changes and not faulty else None,
    }
    return limits_page(request, "publish", context, status=failed or 200)
