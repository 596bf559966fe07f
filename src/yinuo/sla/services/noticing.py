"""What has fallen due is put down: update, history and one job for all rows of a batch (R-CL-4).

Rows are claimed with SKIP LOCKED, so that several alarm processes share them, and everything about a row is in one
transaction: a killed process leaves nothing half noticed, and nothing is recorded twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from yinuo.domain.deadline import AlarmKind
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, record
from yinuo.foundation.live import touch
from yinuo.foundation.rows import read
from yinuo.foundation.work import service
from yinuo.sla.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned, TimerRang
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.sla.services.dating import is_told

BATCH = 1000
ALARM = Actor.system("alarm")
WARN, BREACH, ESCALATE = (kind.value for kind in (AlarmKind.WARN, AlarmKind.BREACH, AlarmKind.ESCALATE))
TIMER = "timer"
_MILLISECOND = timedelta(milliseconds=1)

_CLAIM = (
    "SELECT id, kind, round, ticket_id, customer_id, team_id, due_at, alarms, warned_at, breached_at, state, done_at, "
    "values FROM sla_deadline WHERE next_alarm_at < $1 ORDER BY next_alarm_at LIMIT $2 FOR UPDATE SKIP LOCKED"
)
_PUT_DOWN = (  # the first `passed` alarms fall away
    "UPDATE sla_deadline d SET alarms = jsonb_path_query_array(d.alarms, ('$[' || n.passed || ' to last]')::jsonpath), "
    "next_alarm_at = n.next_alarm_at, warned_at = n.warned_at, breached_at = n.breached_at, state = n.state, "
    "done_at = n.done_at FROM unnest($1::text::uuid[], $2::text::int[], $3::text::timestamptz[], "
    "$4::text::timestamptz[], $5::text::timestamptz[], $6::text::text[], $7::text::timestamptz[]) "
    "AS n(id, passed, next_alarm_at, warned_at, breached_at, state, done_at) WHERE d.id = n.id RETURNING d.id"
)


@dataclass(slots=True)
class _Due:
    """A claimed row: plain values, since thousands can fall due at one instant."""

    id: UUID
    kind: str
    round: int
    ticket_id: UUID | None
    customer_id: UUID | None
    team_id: UUID | None
    due_at: datetime
    alarms: list[list[str]]
    warned_at: datetime | None
    breached_at: datetime | None
    state: str
    done_at: datetime | None
    values: dict[str, Any]
    next_alarm_at: datetime | None = None
    passed: int = 0

    def __post_init__(self) -> None:
        """JSON comes as the text it is stored as."""
        self.alarms, self.values = from_json(self.alarms), from_json(self.values)  # type: ignore[arg-type]


@service
def notice_due(*, now: datetime, limit: int = BATCH) -> int:
    """Records every alarm that lies before `now`, of up to `limit` deadlines; how many rows were looked at. Each is
    dated by when it was due, with how much later it was noticed beside it."""
    rows = [_Due(*values) for values in read(_CLAIM, now, limit)]
    if not rows:
        return 0
    for row in rows:
        row.passed = notice(row, now)
    columns = ("id", "passed", "next_alarm_at", "warned_at", "breached_at", "state", "done_at")
    read(_PUT_DOWN, *(_array([getattr(row, name) for row in rows]) for name in columns))
    touch(*{f"team:{row.team_id}" for row in rows if row.team_id and row.breached_at})
    return len(rows)


def _array(values: list[Any]) -> str:
    """As PostgreSQL writes an array of ids, numbers, instants or words: a fifth of what psycopg takes for it."""
    return "{" + ",".join("NULL" if value is None else str(value).replace(" ", "T") for value in values) + "}"


def notice(row: _Due | Deadline, now: datetime) -> int:
    """Records the alarms of a row that lie before `now`, a warning that names nobody excepted: it leaves its instant
    only. What is still to come says when the row is looked at next. How many alarms have passed, to be taken off."""
    passed = 0
    for at, kind, key, tell in row.alarms:
        instant = datetime.fromisoformat(at)
        if instant >= now:
            break
        passed += 1
        fact = _fact(row, kind, key, tell, instant, round((now - instant) / _MILLISECOND))
        if fact is not None:
            record(
                fact, by=ALARM, at=instant, subject=("deadline", row.id), ticket_id=row.ticket_id,
                customer_id=row.customer_id,
            )  # fmt: skip
    coming = row.alarms[passed:]
    row.next_alarm_at = next((datetime.fromisoformat(at) for at, kind, _, tell in coming if is_told(kind, tell)), None)
    return passed


def _fact(row: _Due | Deadline, kind: str, key: str, tell: str, at: datetime, lag_ms: int) -> Fact | None:
    if kind == WARN:
        row.warned_at = row.warned_at or at
        return DeadlineWarned(row.id, row.kind, row.due_at, tell, lag_ms) if tell else None
    if kind == BREACH:
        row.breached_at = at
        return DeadlineBreached(row.id, row.kind, row.due_at, lag_ms)
    if kind == ESCALATE:
        return DeadlineEscalated(row.id, row.kind, key, tell, row.due_at, lag_ms)
    if kind == TIMER:
        row.state, row.done_at = DeadlineState.RANG.value, at
        return TimerRang(row.id, row.kind.removeprefix("timer:"), row.round, row.values, lag_ms)
    raise ValueError(f"no such alarm: {kind}")
