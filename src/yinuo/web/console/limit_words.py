"""Tables of limits in the words of the screens."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.customers.queries import names_of as names_of_customers
from yinuo.domain.comparing import Book
from yinuo.domain.comparing.book import say_conditions
from yinuo.domain.deadline import AlarmKind, Clock, Level, Policy, Row, Target
from yinuo.domain.deadline.differences import Change, Difference
from yinuo.domain.deadline.lint import Fault
from yinuo.domain.reading import Text
from yinuo.web.console.labels import CLOCK, language, say, short_source, span_text

Faults = Mapping[tuple[str, str], Sequence[Fault]]

OWN_CALENDARS: dict[str, str | Promise] = {
    "team": gettext_lazy("the team's calendar"),
    "customer": gettext_lazy("the customer's calendar"),
    "contract": gettext_lazy("the contract's calendar"),
}
ON_REOPEN: dict[str, str | Promise] = {
    "continue": gettext_lazy("goes on with the time that was left"),
    "restart": gettext_lazy("begins anew"),
    "none": gettext_lazy("is not promised again"),
}
OFF_DUTY: dict[str, str | Promise] = {
    "opening": gettext_lazy("wait for the next opening"),
    "contact": gettext_lazy("call the 24-hour contact at once"),
}
SET_BY: dict[str, str | Promise] = {
    "company": gettext_lazy("not set"),
    "case": gettext_lazy("agreed for each matter"),
}
CHANGES: dict[Change, str | Promise] = {
    Change.KIND_ADDED: gettext_lazy("new limit"),
    Change.KIND_REMOVED: gettext_lazy("limit removed"),
    Change.KIND_CHANGED: gettext_lazy("settings changed"),
    Change.ROW_ADDED: gettext_lazy("row added"),
    Change.ROW_REMOVED: gettext_lazy("row deleted"),
    Change.ROW_CHANGED: gettext_lazy("row changed"),
    Change.ORDER_CHANGED: gettext_lazy("order changed"),
}


@dataclass
class LineShown:
    """A row of a table."""

    key: str
    when: str
    limit: str
    clock: str
    calendar: str
    starts: str
    warns: list[str]
    tells: list[str]
    off_duty: str
    source: str
    is_set: bool
    faults: list[str] = field(default_factory=list)
    change: str = ""


@dataclass
class KindShown:
    """One kind of promise with its rows."""

    key: str
    name: str
    span: str
    on_reopen: str
    procedures: str
    lines: list[LineShown]
    faults: list[str] = field(default_factory=list)
    change: str = ""


@dataclass
class GroupShown:
    """Kinds that belong together on screen."""

    key: str
    title: str
    kinds: list[KindShown]


def shown(book: Book, *, faults: Faults | None = None, changes: Iterable[Difference] = ()) -> list[GroupShown]:
    """The whole table, grouped by the scenarios whose matters know a promise; faults and changes at their rows."""
    by_place: dict[tuple[str, str], str] = {}
    for change in changes:
        by_place[change.kind, change.row] = str(CHANGES[change.change])
    groups: dict[str, GroupShown] = {}
    for policy in book.policies.values():
        key = policy.scenarios[0] if 0 < len(policy.scenarios) <= 2 else ""
        scenario = book.names.get("scenario", {}).get(key)
        title = say(scenario) if scenario else _("All matters")
        group = groups.setdefault(key if scenario else "", GroupShown(key, title, []))
        group.kinds.append(kind_shown(book, policy, faults or {}, by_place))
    return list(groups.values())


def kind_shown(
    book: Book, policy: Policy, faults: Faults, changes: Mapping[tuple[str, str], str]
) -> KindShown:  # fmt: skip
    start, end = (say(book.event_name(event)) for event in (policy.starts_at, policy.ends_at))
    if policy.direction == "backward":
        span = _("%(end)s, at the latest so long before: %(start)s") % {"start": start, "end": end}
    else:
        span = _("%(start)s → %(end)s") % {"start": start, "end": end} if policy.ends_at else start
    used = [say(definition.title) for definition in book.procedures.values() if policy.key in definition.kinds]
    return KindShown(
        key=policy.key,
        name=kind_name(policy),
        span=span,
        on_reopen=str(ON_REOPEN[policy.on_reopen]),
        procedures="、".join(used) if language() == "zh" else ", ".join(used),
        lines=[line_shown(book, policy, row, faults, changes) for row in policy.rows],
        faults=[say(fault.said) for fault in faults.get((policy.key, ""), ())],
        change=changes.get((policy.key, ""), ""),
    )


def kind_name(policy: Policy) -> str:
    name = policy.name
    return say(Text(name.get("zh", policy.key), name.get("en", "")))


def fault_text(book: Book, policy: Policy, fault: Fault) -> str:
    """What is wrong with a row; the rows that hide it are named by what they are for."""
    if not fault.hidden_by:
        return say(fault.said)
    hiding = [f"“{when_text(book, policy, row)}”" for row in policy.rows if row.key in fault.hidden_by]
    names = "、".join(hiding) if language() == "zh" else ", ".join(hiding)
    return _("never used: %(rows)s above always answers first") % {"rows": names}


def when_text(book: Book, policy: Policy, row: Row) -> str:
    """What a row is for."""
    only = len(policy.rows) == 1 or policy.rows[0] is row
    return say(say_conditions(row.when, book.names)) or (_("always") if only else _("everything else"))


def line_shown(
    book: Book, policy: Policy, row: Row, faults: Faults, changes: Mapping[tuple[str, str], str]
) -> LineShown:  # fmt: skip
    target = row.target
    return LineShown(
        key=row.key,
        when=when_text(book, policy, row),
        limit=limit_text(row),
        clock=str(CLOCK[target.clock]) if target else "",
        calendar=calendar_text(book, target),
        starts=say(book.event_name(row.starts_at)) if row.starts_at else "",
        warns=[level_text(book, level, target.clock) for level in _levels(target, warn=True)] if target else [],
        tells=[level_text(book, level, target.clock) for level in _levels(target, warn=False)] if target else [],
        off_duty=str(OFF_DUTY[target.off_duty]) if target and target.off_duty != "opening" else "",
        source=short_source(row.source or policy.source),
        is_set=target is not None,
        faults=[fault_text(book, policy, fault) for fault in faults.get((policy.key, row.key), ())],
        change=changes.get((policy.key, row.key), ""),
    )


def _levels(target: Target, *, warn: bool) -> list[Level]:
    return [level for level in target.levels if (level.kind is AlarmKind.WARN) is warn]


def limit_text(row: Row) -> str:
    """“30 minutes”; of a row without a figure who sets it."""
    return span_text(row.target.limit, row.target.clock) if row.target else str(SET_BY[row.set_by])


def calendar_text(book: Book, target: Target | None) -> str:
    """Whose calendar; empty round the clock and for the team's own."""
    if target is None or target.clock is Clock.ALWAYS or target.calendar == "team":
        return ""
    named = book.names.get("calendar", {}).get(target.calendar)
    return say(named) if named else str(OWN_CALENDARS.get(target.calendar, target.calendar))


ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def customers_in(policies: Iterable[Policy]) -> dict[str, Text]:
    """The customers that tables name, a company or `company/person`, as they are called; one query where there are
    any."""
    values = {
        value for policy in policies for row in policy.rows for field, condition in row.when if field == "customer"
        for value in getattr(condition, "values", ())
    }  # fmt: skip
    ids = {value: value.rpartition("/")[2] for value in values}
    names = {str(id): name for id, name in names_of_customers(filter(ID.fullmatch, ids.values())).items()}
    return {value: Text(names.get(id, _("a file that is gone"))) for value, id in ids.items()}


def role_text(book: Book, key: str) -> str:
    """Whom a level tells."""
    if key == "owner":
        return _("owner")
    if key == "team":
        return _("team")
    role = book.names.get("role", {}).get(key)
    return say(role) if role else key


def level_text(book: Book, level: Level, clock: Clock) -> str:
    """“75 % used: owner”, “at the breach: supervisor”."""
    who = role_text(book, level.tell) if level.tell else _("the chip turns amber")
    spoken = Clock.SERVICE if clock is Clock.WORKDAYS else clock
    if level.kind is AlarmKind.WARN and level.share is not None:
        return _("%(share)s%% used: %(who)s") % {"share": round(level.share * 100), "who": who}
    if level.kind is AlarmKind.WARN:
        return _("%(span)s before: %(who)s") % {"span": span_text(level.offset, spoken), "who": who}
    if not level.offset:
        return _("at the breach: %(who)s") % {"who": who}
    return _("%(span)s late: %(who)s") % {"span": span_text(level.offset, spoken), "who": who}


@dataclass
class PartShown:
    """A part of a state in words; `differs` where the other state does not say it too."""

    text: str
    differs: bool


@dataclass
class DifferenceShown:
    """One change between two versions, both states in words."""

    kind: str
    what: str
    row: str
    before: list[PartShown]
    after: list[PartShown]


def differences_shown(book: Book, found: Iterable[Difference]) -> list[DifferenceShown]:
    return [_difference(book, difference) for difference in found]


def _difference(book: Book, difference: Difference) -> DifferenceShown:
    policy = book.policies.get(difference.kind)
    given = next((part for part in (difference.after, difference.before) if isinstance(part, Policy)), None)
    name = kind_name(policy or given) if (policy or given) else difference.kind
    before, after = (_state(book, difference, part) for part in (difference.before, difference.after))
    rows = [part for part in (difference.after, difference.before) if isinstance(part, Row)]
    where = (say(say_conditions(rows[0].when, book.names)) or _("everything else")) if rows else ""
    return DifferenceShown(
        name, str(CHANGES[difference.change]), where, _beside(before, after), _beside(after, before)
    )  # fmt: skip


def _beside(state: list[str], other: list[str]) -> list[PartShown]:
    return [PartShown(text, text not in other) for text in state]


def _state(book: Book, difference: Difference, part: Row | Policy | None) -> list[str]:
    if part is None:
        return []
    if isinstance(part, Policy):
        if difference.change is Change.ORDER_CHANGED:
            whens = [say(say_conditions(row.when, book.names)) or _("everything else") for row in part.rows]
            return [" › ".join(whens)]
        if difference.change is Change.KIND_CHANGED:
            return [_("when reopened: %(what)s") % {"what": ON_REOPEN[part.on_reopen]}]
        return [_("%(count)s rows") % {"count": len(part.rows)}]
    return row_parts(book, part)


def row_text(book: Book, row: Row) -> str:
    """A row on one line: limit, clock, calendar, who is told."""
    return " · ".join(row_parts(book, row))


def row_parts(book: Book, row: Row) -> list[str]:
    target = row.target
    if target is None:
        return [limit_text(row)]
    parts = [limit_text(row), str(CLOCK[target.clock]), calendar_text(book, target)]
    parts += [level_text(book, level, target.clock) for level in target.levels]
    parts.append(str(OFF_DUTY[target.off_duty]) if target.off_duty != "opening" else "")
    return [part for part in parts if part]
