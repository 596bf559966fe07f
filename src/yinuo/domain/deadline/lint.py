"""Judges tables of limits: rows that can never be the answer, names that nothing has, figures that make no sense.

Whatever is found here stops a table from being published; what the company merely has not decided yet is told by the
comparison of packs (`domain.comparing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from yinuo.domain.deadline.boxes import box_of, is_covered, is_empty, meet, pieces_of, regions
from yinuo.domain.deadline.clocks import ZERO
from yinuo.domain.deadline.conditions import Words
from yinuo.domain.deadline.lasting import may_take_longer
from yinuo.domain.deadline.policy import Policy, Row, Target
from yinuo.domain.deadline.progress import AlarmKind, Level
from yinuo.domain.deadline.spans import say_span
from yinuo.domain.deadline.words import say_field
from yinuo.domain.reading import Text
from yinuo.domain.worktime import Calendar

OWN_CALENDARS = frozenset({"team", "customer", "contract"})
TOLD = frozenset({"owner", "team"})
"""Whom a level may tell beside the roles."""
PERSONAL = frozenset({"tier", "customer", "contract"})
"""Fields that single out customers: they may shorten the promise that everybody has, never lengthen it (R-RU-8)."""
LONGEST = timedelta(days=400)
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row (`row` empty: with the policy itself), and the earlier rows that answer in its place
    where it is never used."""

    policy: str
    row: str
    code: str
    said: Text
    hidden_by: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The fault with its place, in English."""
        where = f"row {self.row!r}" if self.row else f"policy {self.policy!r}"
        return f"{where}: {self.said.en}"


@dataclass(frozen=True)
class Known:
    """What there is; None means: not asked. `values` lists, for a field of the conditions, every value it can have.
    `hours` answers the calendars by name, for what only they can settle; it is asked only then."""

    kinds: frozenset[str] | None = None
    calendars: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    events: frozenset[str] | None = None
    scenarios: frozenset[str] | None = None
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hours: Callable[[], Mapping[str, Calendar]] = dict


def judge(policies: Iterable[Policy], known: Known) -> tuple[Fault, ...]:
    """Everything wrong with the tables, in their order."""
    found: list[Fault] = []
    for policy in policies:
        found += _names(policy, known)
        found += lint(policy)
        found += _longer_for_some(policy, known)
        for row in policy.rows:
            found += _row(policy, row, known)
    return tuple(found)


def lint(policy: Policy) -> tuple[Fault, ...]:
    """Every row that can never be the answer: it contradicts itself, or earlier rows, one or several together, always
    answer first. A table cut too finely to be settled exactly is judged row by row against single earlier rows."""
    rows = _in_scenarios(policy)
    pieces = pieces_of(rows, policy.values)
    boxes = [box_of(row, pieces) for row in rows]
    faults = []
    for at, row in enumerate(policy.rows):
        if is_empty(boxes[at]):
            zh, en = "条件自相矛盾，不会有情况符合", "its conditions contradict each other: nothing matches"
            faults.append(_fault(policy, row, "never_matches", zh, en))
            continue
        meeting = [n for n in range(at) if meet(boxes[at], boxes[n])]
        if is_covered(boxes[at], [boxes[n] for n in meeting]):
            alone = next((n for n in meeting if is_covered(boxes[at], [boxes[n]])), None)
            names = tuple(policy.rows[n].key for n in (meeting if alone is None else [alone]))
            zh = f"前面的行{'、'.join(f'“{name}”' for name in names)}已包含这一行的所有情况，它不会被用到"
            en = f"never used: always answered before by {', '.join(repr(name) for name in names)}"
            faults.append(replace(_fault(policy, row, "never_matches", zh, en), hidden_by=names))
    return tuple(faults)


def _fault(policy: Policy, row: Row | None, code: str, zh: str, en: str) -> Fault:
    return Fault(policy.key, row.key if row else "", code, Text(zh, en))


def _in_scenarios(policy: Policy) -> tuple[Row, ...]:
    """The rows as they answer for the policy's own scenarios."""
    if not policy.scenarios:
        return policy.rows
    scenario = ("scenario", Words(frozenset(policy.scenarios)))
    return tuple(replace(row, when=(*row.when, scenario)) if _asks(row, "scenario") else row for row in policy.rows)


def _asks(row: Row, name: str) -> bool:
    return any(field == name for field, _ in row.when)


def _names(policy: Policy, known: Known) -> Iterator[Fault]:
    if known.kinds is not None and policy.key not in known.kinds:
        yield _fault(
            policy, None, "unknown_kind", f"没有“{policy.key}”这种时限", f"no promise is of this kind: {policy.key}"
        )
    for event in (policy.starts_at, policy.ends_at):
        if event and known.events is not None and event not in known.events:
            yield _fault(policy, None, "unknown_event", f"没有“{event}”这个起止事件", f"there is no event {event!r}")
    if policy.sent_in and not _is_calendar(policy.sent_in, known):
        zh, en = f"没有“{policy.sent_in}”这个日历", f"there is no calendar {policy.sent_in!r}"
        yield _fault(policy, None, "unknown_calendar", zh, en)
    for scenario in policy.scenarios:
        if known.scenarios is not None and scenario not in known.scenarios:
            yield _fault(
                policy, None, "unknown_scenario", f"没有“{scenario}”这个场景", f"there is no scenario {scenario!r}"
            )


def _is_calendar(name: str, known: Known) -> bool:
    return name in OWN_CALENDARS or known.calendars is None or name in known.calendars


def _row(policy: Policy, row: Row, known: Known) -> Iterator[Fault]:
    if row.starts_at and known.events is not None and row.starts_at not in known.events:
        zh, en = f"没有“{row.starts_at}”这个起算事件", f"there is no event {row.starts_at!r}"
        yield _fault(policy, row, "unknown_event", zh, en)
    for name, condition in row.when:
        for value in sorted(getattr(condition, "values", ANY) - known.values.get(name, ANY)):
            if name in known.values:
                zh, en = f"{say_field(name, 'zh')}没有“{value}”这个值", f"{say_field(name, 'en')} is never {value!r}"
                yield _fault(policy, row, "unknown_value", zh, en)
    if row.target is not None:
        yield from _target(policy, row, row.target, known)
    elif row.terms is not None:
        yield from _target(policy, row, replace(row.terms, limit=LONGEST), known)


def _target(policy: Policy, row: Row, target: Target, known: Known) -> Iterator[Fault]:
    if target.limit <= ZERO:
        yield _fault(policy, row, "no_time", "时限为 0，没有时间可用", "a limit of nothing leaves no time")
    if target.limit > LONGEST:
        yield _fault(policy, row, "too_long", "时限超过 400 天", "the limit is longer than 400 days")
    if not _is_calendar(target.calendar, known):
        zh, en = f"没有“{target.calendar}”这个日历", f"there is no calendar {target.calendar!r}"
        yield _fault(policy, row, "unknown_calendar", zh, en)
    seen: set[tuple[object, ...]] = set()
    for level in target.levels:
        if known.roles is not None and level.tell and level.tell not in known.roles | TOLD:
            yield _fault(policy, row, "unknown_role", f"没有角色“{level.tell}”", f"there is no role {level.tell!r}")
        yield from _level(policy, row, target, level)
        same = (level.kind, level.share, level.offset, level.tell)
        if same in seen:
            zh, en = "同一时刻对同一人提醒两次", "the same person is told twice at the same time"
            yield _fault(policy, row, "told_twice", zh, en)
        seen.add(same)


def _level(policy: Policy, row: Row, target: Target, level: Level) -> Iterator[Fault]:
    if level.kind is AlarmKind.WARN and level.share is None:
        before = (say_span(level.offset, "zh"), say_span(level.offset, "en"))
        if level.offset >= target.limit and policy.direction == "forward":
            zh = f"提前 {before[0]}提醒，比整个时限还早"
            en = f"a warning {before[1]} before is earlier than the promise itself"
            yield _fault(policy, row, "warns_before_start", zh, en)
        elif level.offset <= ZERO:
            zh, en = "提醒不在到期之前", "the warning does not come before it is due"
            yield _fault(policy, row, "warns_after_due", zh, en)
    if level.offset > LONGEST:
        yield _fault(policy, row, "too_long", "升级时间超过 400 天", "an escalation after more than 400 days")


def _longer_for_some(policy: Policy, known: Known) -> Iterator[Fault]:
    """Rows that give some customers less than the row for everybody (R-RU-8)."""
    base = [row for row in policy.rows if not any(_asks(row, name) for name in PERSONAL)]
    if not base or len(base) == len(policy.rows):
        return
    pieces = pieces_of(policy.rows, policy.values)
    answers = regions(policy, pieces)
    for_all = regions(replace(policy, rows=tuple(base)), pieces)
    for row, own in zip(policy.rows, answers, strict=True):
        if row in base:
            continue
        for other, region in zip(base, for_all, strict=True):
            overlap = any(meet(one, piece) for one in own for piece in region)
            if overlap and _is_less(policy, row.target, other.target, known):
                zh = f"对这些客户比对所有人的“{other.key}”更宽：级别和会员只能缩短时限"
                en = f"promises these customers less than {other.key!r} promises everybody: tiers may only shorten"
                yield _fault(policy, row, "longer_for_some", zh, en)
                break


def _is_less(policy: Policy, own: Target | None, base: Target | None, known: Known) -> bool:
    """Whether some matter could be done later under `own` than under `base`; of what is told before a date: told
    later."""
    if base is None:
        return False
    return own is None or may_take_longer(own, base, known.hours, backward=policy.direction == "backward")


def faults_of(policies: Sequence[Policy], known: Known) -> Mapping[tuple[str, str], tuple[Fault, ...]]:
    """The faults by policy and row, as an editor shows them."""
    found: dict[tuple[str, str], tuple[Fault, ...]] = {}
    for fault in judge(policies, known):
        found[fault.policy, fault.row] = (*found.get((fault.policy, fault.row), ()), fault)
    return found
