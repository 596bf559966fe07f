"""Setting, pausing, moving a promise costs one indexed write and its history row, however many others there are; the
alarm and a recount walk an index (DESIGN section 3)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.conftest import run_jobs
from tests.promises import fill_promises
from tests.story import SYSTEM, Company, make_company

from yinuo.foundation.ids import new_id
from yinuo.foundation.work import work
from yinuo.sla.alarm import notice_due, seconds_to_next
from yinuo.sla.models import Deadline
from yinuo.sla.services import (
    About,
    Book,
    begin_recount,
    meet_deadline,
    pause_deadline,
    publish_policies,
    recount_some,
    resume_deadline,
    start_deadline,
)
from yinuo.sla.touched import touched_by

pytestmark = pytest.mark.django_db
OTHERS = 20_000
FRIDAY = datetime(2026, 8, 14, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def company() -> Company:
    made = make_company()
    run_jobs()
    fill_promises(
        OTHERS, team_id=new_id(), customer_id=new_id(), tickets=[new_id() for _ in range(500)],
        first=timedelta(days=30), over=timedelta(days=30),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sla_deadline")
    return made


def cost(act: Callable[[], object]) -> dict[str, int]:
    """Rows written in this transaction by `act`, by table, and how often it read through all promises."""
    before = _counted()
    act()
    return {name: count - before.get(name, 0) for name, count in _counted().items() if count > before.get(name, 0)}


def _counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, seq_scan FROM pg_stat_xact_user_tables "
            "WHERE relname LIKE 'sla_%' OR relname IN ('foundation_history', 'procrastinate_jobs')"
        )
        found: dict[str, int] = {}
        for name, inserted, updated, deleted, whole in cursor.fetchall():
            found |= {f"{name} inserted": inserted, f"{name} updated": updated, f"{name} deleted": deleted}
            if name == "sla_deadline":
                found["sla_deadline read through"] = whole
        return found


def subject_of(row: Deadline) -> dict[str, object]:
    return {"subject": (row.subject_kind, row.subject_id), "kind": row.kind, "round": row.round}


def start(company: Company) -> Deadline:
    about = About(("thing", new_id()), team_id=company.first_line.id)
    with work():
        return start_deadline(
            kind="first_answer", about=about, round=1, starts_at=FRIDAY, facts={"urgency": "normal"}, by=SYSTEM,
            now=FRIDAY,
        )  # fmt: skip


def test_each_step_of_a_promise_writes_its_row_and_its_history_and_nothing_else(company):
    set_ = {"sla_deadline inserted": 1, "foundation_history inserted": 1}
    changed = {"sla_deadline updated": 1, "foundation_history inserted": 1}
    assert cost(lambda: start(company)) == set_
    row = start(company)
    named = subject_of(row)
    assert cost(lambda: pause_deadline(**named, at=FRIDAY + HOUR, wait="customer", by=SYSTEM)) == changed
    later = FRIDAY + 2 * HOUR
    assert cost(lambda: resume_deadline(**named, at=later, by=SYSTEM, now=later)) == changed

    def move() -> None:
        with work():
            book = Book.of_subject(named["subject"])
            book.apply_facts({"urgency": "urgent"}, reason="facts_changed", by=SYSTEM, now=later)
            book.write()

    moved = cost(move)
    assert {name: moved[name] for name in changed} == changed and "sla_deadline read through" not in moved
    assert cost(lambda: meet_deadline(**named, at=later, by=SYSTEM)) == changed


def test_the_alarm_reads_what_is_due_and_nothing_else(company):
    rows = [start(company) for _ in range(3)]
    at = rows[0].due_at + timedelta(seconds=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sla_deadline")
    for look in (lambda: notice_due(now=at), lambda: notice_due(now=at), lambda: seconds_to_next(at)):
        assert "sla_deadline read through" not in cost(look)


def test_a_recount_of_a_calendar_reads_its_own_open_promises_only(company):
    row = start(company)
    recount = begin_recount(cause="calendar", about=row.calendar_id, by=SYSTEM, now=FRIDAY)
    assert recount.total == 1
    counted = cost(lambda: recount_some(recount_id=recount.id, by=SYSTEM, now=FRIDAY))
    assert "sla_deadline read through" not in counted and "sla_deadline updated" not in counted


def test_a_recount_of_hours_within_which_one_is_told_reads_these_only(company):
    publish_policies(
        code="test", by=SYSTEM, now=FRIDAY,
        table=[
            {
                "key": "milestone_notice", "starts_at": "planned_time", "direction": "backward", "sent_in": "team",
                "rows": [{"key": "any", "limit": "8h", "clock": "always"}],
            }
        ],
    )  # fmt: skip
    with work():
        start_deadline(
            kind="milestone_notice", about=About(("thing", new_id()), team_id=company.first_line.id), round=1,
            starts_at=FRIDAY + 22 * HOUR, facts={}, by=SYSTEM, now=FRIDAY,
        )  # fmt: skip
    calendar_id = company.first_line.calendar_id
    recounts = []
    counted = cost(lambda: recounts.append(begin_recount(cause="calendar", about=calendar_id, by=SYSTEM, now=FRIDAY)))
    assert recounts[0].total == 1 and "sla_deadline read through" not in counted
    counted = cost(lambda: recount_some(recount_id=recounts[0].id, by=SYSTEM, now=FRIDAY))
    assert "sla_deadline read through" not in counted and "sla_deadline updated" not in counted


def test_what_must_be_told_in_a_calendars_hours_is_found_by_an_index(company):
    _, told = touched_by(company.first_line.calendar_id)
    plan = told.order_by("id").values("id")[:500].explain()
    assert "deadline_counted_back" in plan and "Seq Scan on sla_deadline" not in plan, plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            "SELECT id FROM sla_deadline WHERE next_alarm_at < now() ORDER BY next_alarm_at LIMIT 1000 "
            "FOR UPDATE SKIP LOCKED",
            "deadline_alarm",
        ),
        (
            "SELECT next_alarm_at FROM sla_deadline WHERE next_alarm_at IS NOT NULL ORDER BY next_alarm_at LIMIT 1",
            "deadline_alarm",
        ),
        (
            "SELECT id FROM sla_deadline WHERE state IN ('running', 'paused') "
            "AND calendar_id = '01a20000-0000-7000-8000-000000000001' ORDER BY id LIMIT 500",
            "deadline_calendar_open",
        ),
    ],
)
def test_what_runs_often_is_one_walk_along_an_index(company, statement, index):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"using {index}" in plan and "Seq Scan" not in plan and "Sort" not in plan, plan
