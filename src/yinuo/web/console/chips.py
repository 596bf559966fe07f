"""Promises as chips that count down, and the account of how each came about."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yinuo.domain.deadline import AlarmKind, Clock, Level
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.queries import Account, warn_at
from yinuo.web.console.labels import CLOCK, WAIT, PromiseNames, language, span_text
from yinuo.web.console.rows import iso

Chip = dict[str, Any]


def chip(row: Deadline, promise: PromiseNames, number: str) -> Chip:
    """As components/deadline.html wants it."""
    value: Chip = {
        "id": str(row.id),
        "label": promise(row.kind),
        "due_iso": iso(row.due_at),
        "warn_iso": iso(warn_at(row)),
        "state": "running",
        "explain_url": reverse("ticket_promise", args=[number, row.id]),
    }
    if row.state == DeadlineState.PAUSED:
        left = (row.target or row.used) - row.used
        value |= {"state": "paused", "left_s": max(round(left.total_seconds()), 0)}
    elif row.state == DeadlineState.MET:
        value["done_iso"] = iso(row.done_at)
        if not row.breached_at:
            value["state"] = "met"
    return value


def chips(rows: Iterable[Deadline], promise: PromiseNames, number: str, *, round: int) -> list[Chip]:
    """Open ones first, then those kept in the present round; cancelled ones are nobody's business any more."""
    shown = [row for row in rows if row.state != DeadlineState.CANCELLED]
    return [
        chip(row, promise, number)
        for row in shown
        if row.state in (DeadlineState.RUNNING, DeadlineState.PAUSED) or row.round == round
    ]


def explained(account: Account, promise: PromiseNames) -> dict[str, Any]:
    """The account of a promise in words: what was agreed, how the time ran, who is told when."""
    row, clock = account.row, Clock(account.row.clock)
    version = row.policy_version
    source = account.policy.source if account.policy else ""
    return {
        "title": promise(row.kind),
        "row": row,
        "state": row.state,
        "due_iso": iso(row.due_at),
        "started_iso": iso(row.started_at),
        "done_iso": iso(row.done_at) if row.state == DeadlineState.MET else "",
        "breached": bool(row.breached_at),
        "limit": span_text(row.target, clock) if row.target is not None else "",
        "clock": CLOCK[clock],
        "calendar": account.calendar.name if account.calendar else "",
        "policy": _("Deadlines, version %(version)s") % {"version": version.version} if version else "",
        "source": source,
        "line": row.policy_row,
        "used_before": span_text(account.used_before, clock) if account.used_before else "",
        "lines": account.explanation.render(language()),
        "pauses": [
            {"from_iso": iso(pause.from_at), "to_iso": iso(pause.to_at), "wait": WAIT.get(pause.wait, "")}
            for pause in account.pauses
        ],
        "changes": [
            {"at_iso": iso(change.at), "was_iso": iso(change.was), "due_iso": iso(change.due_at)}
            for change in account.changes
        ],
        "levels": [_level(level, clock) for level in account.target.levels] if account.target else [],
    }


def _level(level: Level, clock: Clock) -> str:
    who = {
        "owner": _("the owner"),
        "supervisor": _("the supervisor"),
        "director": _("the director"),
    }.get(level.tell, _("the supervisor"))
    spoken = Clock.SERVICE if clock is Clock.WORKDAYS else clock
    if level.kind is AlarmKind.WARN:
        if level.share is not None:
            return _("%(share)s%% used: %(who)s is warned") % {"share": round(level.share * 100), "who": who}
        return _("%(span)s before: %(who)s is warned") % {"span": span_text(level.offset, spoken), "who": who}
    if not level.offset:
        return _("On breach: %(who)s is told") % {"who": who}
    return _("%(span)s late: %(who)s is told") % {"span": span_text(level.offset, spoken), "who": who}
