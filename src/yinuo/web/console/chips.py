"""Promises as chips that count down, and the account of how each came about."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from yinuo.domain.comparing import book_of
from yinuo.domain.deadline import AlarmKind, Clock, Level
from yinuo.domain.reading import Text
from yinuo.packs import shipped_pack
from yinuo.sla.accounts import Account
from yinuo.sla.known import GROUND, house
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.queries import warn_at
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import CLOCK, WAIT, WHY_MOVED, PromiseNames, full_source, language, say, span_text
from yinuo.web.console.limit_words import customers_in
from yinuo.web.console.rows import iso

Chip = dict[str, Any]


def chip(row: Deadline, promise: PromiseNames, number: str, *, explained_by: str = "ticket_promise") -> Chip:
    """As components/deadline.html wants it. `explained_by`: the address that tells how it came about."""
    value: Chip = {
        "id": str(row.id),
        "label": promise(row.kind),
        "due_iso": iso(row.due_at),
        "warn_iso": iso(warn_at(row)),
        "state": "running",
        "provisional": row.provisional and row.state == DeadlineState.RUNNING,
        "explain_url": reverse(explained_by, args=[number, row.id]),
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
    source = full_source(account.policy.source) if account.policy else ""
    names = _names(account)

    def value_name(field: str, value: str) -> str:
        known = names.get(field, {}).get(value)
        return say(known) if known else value

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
        "policy": _policy(account),
        "source": source,
        "line": row.policy_row,
        "used_before": span_text(account.used_before, clock) if account.used_before else "",
        "lines": account.explanation.render(language()),
        "pauses": [
            {"from_iso": iso(pause.from_at), "to_iso": iso(pause.to_at), "wait": WAIT.get(pause.wait, "")}
            for pause in account.pauses
        ],
        "changes": [
            {
                "at_iso": iso(change.at),
                "was_iso": iso(change.was),
                "due_iso": iso(change.due_at),
                "why": str(WHY_MOVED.get(change.reason, WHY_MOVED["facts_changed"])),
            }
            for change in account.changes
        ],
        "others": [
            other.alternative.render(language(), other.due_at, account.zone, value_name, names_row=False)
            for other in account.others
        ],
        "levels": [_level(level, clock, names["role"]) for level in account.target.levels] if account.target else [],
    }


def _policy(account: Account) -> str:
    version = account.row.policy_version
    if version is None:
        return ""
    said = {"version": version.version, "row": account.line_number}
    if account.line_number is None:
        return _("Deadlines, version %(version)s") % said
    return _("Deadlines, version %(version)s, row %(row)s") % said


def _names(account: Account) -> Mapping[str, Mapping[str, Text]]:
    """Values of a policy's fields, and roles, as the handbook and this house call them. Three queries at most."""
    customers = customers_in([account.policy] if account.policy else [])
    return {**book_of(shipped_pack(GROUND)).names, **house().names, "customer": customers}


def _level(level: Level, clock: Clock, roles: Mapping[str, Text]) -> str:
    told = {
        "owner": _("the owner"),
        "team": _("whoever of the team is on duty"),
        "supervisor": _("the supervisor"),
        "director": _("the director"),
    }
    who = told.get(level.tell) or (say(roles[level.tell]) if level.tell in roles else level.tell)
    spoken = Clock.SERVICE if clock is Clock.WORKDAYS else clock
    if level.kind is AlarmKind.WARN:
        if not level.tell and level.share is not None:
            return _("%(share)s%% used: the chip turns amber") % {"share": round(level.share * 100)}
        if not level.tell:
            return _("%(span)s before: the chip turns amber") % {"span": span_text(level.offset, spoken)}
        if level.share is not None:
            return _("%(share)s%% used: %(who)s is warned") % {"share": round(level.share * 100), "who": who}
        return _("%(span)s before: %(who)s is warned") % {"span": span_text(level.offset, spoken), "who": who}
    if not level.offset:
        return _("On breach: %(who)s is told") % {"who": who}
    return _("%(span)s late: %(who)s is told") % {"span": span_text(level.offset, spoken), "who": who}
