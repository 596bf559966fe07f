"""History: recorded once, sealed, and every tampering named (R-SE-2)."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import Fact, personal_of, record
from yinuo.foundation.ids import new_id
from yinuo.foundation.models import HistoryRow, Seal
from yinuo.foundation.seals import head_file, seal_history, verify_history
from yinuo.foundation.work import service

# alone: a seal waits for every transaction of the server, those of tests beside it too
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


@dataclass(frozen=True)
class CupFilled(Fact):
    cup_id: UUID
    millilitres: int


@service
def fill_cup(count: int = 1, note: str = "") -> list[UUID]:
    return [
        record(
            CupFilled(new_id(), 200 + i),
            by=Actor.system("test"),
            at=clock.now(),
            subject=("cup", new_id()),
            personal={"note": note} if note else None,
        ).id
        for i in range(count)
    ]


@pytest.fixture(autouse=True)
def _fresh_heads():
    from yinuo.foundation.installation import check_installation

    check_installation()
    head_file().unlink(missing_ok=True)
    yield
    head_file().unlink(missing_ok=True)


def sealed_rows(count: int = 5) -> list[UUID]:
    ids = fill_cup(count)
    assert seal_history() == count
    return ids


def faults() -> list[tuple[str, UUID | None]]:
    return [(fault.what, fault.row) for fault in verify_history()]


def change(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_sealed_history_verifies_over_several_seals():
    for _ in range(3):
        sealed_rows()
    assert Seal.objects.count() == 3
    assert faults() == []


def test_nothing_new_makes_no_seal():
    sealed_rows()
    assert seal_history() == 0
    assert Seal.objects.count() == 1


def test_a_changed_row_is_named():
    ids = sealed_rows()
    change("UPDATE foundation_history SET values = '{\"millilitres\": 1}' WHERE id = %s", ids[2])
    assert faults() == [("changed", ids[2])]


def test_a_changed_row_with_a_fitting_digest_is_still_named():
    ids = sealed_rows()
    row = HistoryRow.objects.get(id=ids[1])
    row.kind = "test.CupEmptied"
    from yinuo.foundation.events import digest_of

    change("UPDATE foundation_history SET kind = %s, digest = %s WHERE id = %s", row.kind, digest_of(row), row.id)
    assert faults() == [("changed", ids[1])]


def test_a_removed_row_is_named():
    ids = sealed_rows()
    change("DELETE FROM foundation_history WHERE id = %s", ids[0])
    assert faults() == [("removed", ids[0])]


def test_a_row_slipped_in_is_named():
    ids = sealed_rows()
    (late,) = fill_cup()
    change(
        "UPDATE foundation_history SET xact_id = (SELECT xact_id FROM foundation_history WHERE id = %s) WHERE id = %s",
        ids[0],
        late,
    )
    assert faults() == [("inserted", late)]


def test_two_swapped_rows_are_both_named():
    first, second, *_ = sealed_rows()
    change(
        "UPDATE foundation_history a SET values = b.values, digest = b.digest FROM foundation_history b "
        "WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        first, second, second, first,
    )  # fmt: skip
    assert sorted(faults()) == sorted([("changed", first), ("changed", second)])


def test_a_cut_tail_is_seen_by_the_log():
    sealed_rows()
    ids = sealed_rows()
    change("DELETE FROM foundation_history WHERE id = ANY(%s)", ids)
    change("DELETE FROM foundation_seal WHERE id = 2")
    assert faults() == [("tail_cut", None)]


def test_erasing_personal_values_leaves_the_seal_intact():
    (row_id,) = fill_cup(note="张女士说杯子漏水")
    seal_history()
    assert personal_of(HistoryRow.objects.get(id=row_id)) == {"note": "张女士说杯子漏水"}
    HistoryRow.objects.filter(id=row_id).update(personal=None)
    assert faults() == []


def test_a_row_of_a_running_transaction_waits_for_the_next_seal(django_db_blocker):
    import threading

    from django.db import connections

    from yinuo.foundation.work import work

    recorded, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with work():
            fill_cup()
            from yinuo.foundation.events import write_history
            from yinuo.foundation.pending import pending
            from yinuo.foundation.rows import flush

            write_history(pending())
            pending().rows.clear()
            flush()
            recorded.set()
            commit.wait(10)
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert recorded.wait(10)
    fill_cup()
    assert seal_history() == 0, "a later commit must not be sealed before an earlier transaction has ended"
    commit.set()
    thread.join()
    assert seal_history() == 2
    assert faults() == []
