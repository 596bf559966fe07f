"""Rows by the hundred go by COPY and read back as they were (see `foundation.rows`)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, digest_of, record
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.rows import HEAP, insert, update
from yinuo.foundation.work import work
from yinuo.sla.events import DeadlineEscalated
from yinuo.sla.models import Deadline

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 8, 14, 8, 0, 0, 123456, tzinfo=UTC)
TESTER = Actor.system("test")


def happened(number: int) -> Fact:
    # what the text form of COPY has to escape: tabs, line ends, backslashes, its own word for NULL
    return DeadlineEscalated(new_id(), f"a\tb\nc\\N {number}", "一级", '"\\', NOW, number)


@pytest.mark.parametrize("count", [HEAP - 1, HEAP, HEAP + 1])
def test_history_reads_back_as_recorded_however_it_was_written(count):
    subject = ("thing", uuid.uuid4())
    with work():
        facts = [happened(number) for number in range(count)]
        for fact in facts:
            record(fact, by=TESTER, at=NOW, subject=subject, personal={"who": f"张\t三\n{fact.lag_ms}"})
    rows = list(HistoryRow.objects.filter(subject_id=subject[1]).order_by("id"))
    assert [row.values["kind"] for row in rows] == [fact.kind for fact in facts]
    assert {row.values["level"] for row in rows} == {"一级"}
    assert all(bytes(row.digest) == digest_of(row) for row in rows)
    assert all(row.xact_id and row.ticket_id is None and row.at == NOW for row in rows)
    assert all("张" in row.personal for row in rows)


def test_every_kind_of_column_survives_and_a_row_changed_before_it_was_written_is_written_once():
    subject = uuid.uuid4()
    rows = [
        Deadline(
            subject_kind="thing", subject_id=subject, kind=f"k{number}", clock="service", started_at=NOW,
            resumed_at=NOW, due_at=NOW + timedelta(hours=number), used=timedelta(days=2, microseconds=number),
            alarms=[[NOW.isoformat(), "warn", "x", "谁\\"]], facts={}, provisional=bool(number % 2),
        )
        for number in range(HEAP)
    ]  # fmt: skip
    with work():
        insert(*rows)
        rows[0].policy_row = "changed"
        update(rows[0], "policy_row")
    read = list(Deadline.objects.filter(subject_id=subject).order_by("due_at"))
    assert len(read) == HEAP
    for was, now in zip(rows, read, strict=True):
        assert {field.attname: getattr(was, field.attname) for field in Deadline._meta.concrete_fields} == {
            field.attname: getattr(now, field.attname) for field in Deadline._meta.concrete_fields
        }
    assert read[0].policy_row == "changed"


def test_what_fails_later_takes_the_heap_back():
    subject = uuid.uuid4()
    with pytest.raises(RuntimeError), work():
        for number in range(HEAP):
            record(happened(number), by=TESTER, at=NOW, subject=("thing", subject))
        raise RuntimeError
    assert not HistoryRow.objects.filter(subject_id=subject).exists()
