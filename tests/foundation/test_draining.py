"""Work whose consequences are drawn inside of its own transaction; the longest of it, the demo, sealed and proved."""

from uuid import UUID

import pytest
from django.db import connection

from yinuo.config.demo.history import make_demo
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.draining import draining
from yinuo.foundation.events import record
from yinuo.foundation.jobs import JobFunction, later
from yinuo.foundation.models import HandlerMark, HistoryRow, Seal
from yinuo.foundation.seals import seal_history, verify_history
from yinuo.foundation.work import work
from yinuo.staff.events import NoticesWanted
from yinuo.staff.models import Department
from yinuo.staff.services import save_structure

BY = Actor.system("test")


def _waiting_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_jobs_are_done_here_and_leave_no_row():
    before = _waiting_jobs()
    done = []
    noted = JobFunction("test.noted", "now", lambda **values: done.append(values))
    with draining({"yinuo.channels.subscribers.on_notices_wanted": lambda event: done.append(event.fact)}) as here:
        record(NoticesWanted(()), by=BY, at=clock.now(), subject=("company", UUID(int=1)))
        later(noted, number=1)
        assert done == []
        assert here.drain() == 2
        assert done == [NoticesWanted(()), {"number": 1}]
        later(noted, number=2)
    assert done[-1] == {"number": 2}
    assert HistoryRow.objects.filter(kind="staff.NoticesWanted").count() == 1
    assert not HandlerMark.objects.exists()
    assert _waiting_jobs() == before


@pytest.mark.django_db
def test_the_first_error_takes_everything_back():
    def fails(**values):
        raise LookupError("no such thing")

    with pytest.raises(LookupError), draining() as here:
        save_structure(model=Department, id=None, code="x", name="X", by=BY, now=clock.now())
        here.drain()
        later(JobFunction("test.fails", "now", fails))
    assert not Department.objects.exists()
    assert not HistoryRow.objects.filter(kind="staff.StructureChanged").exists()


@pytest.mark.django_db
def test_it_is_refused_inside_of_a_service():
    with pytest.raises(RuntimeError, match="not for use inside a service"), work(), draining():
        save_structure(model=Department, id=None, code="x", name="X", by=BY, now=clock.now())
    with pytest.raises(RuntimeError, match="not for use inside a service"), draining(), draining():
        pass


@pytest.mark.processes
def test_a_past_made_in_one_transaction_is_sealed_and_proved(own_database, settings, tmp_path):
    settings.DATA = tmp_path
    make_demo(tickets=0, now=clock.now())
    while seal_history():
        pass
    rows = HistoryRow.objects.count()
    assert rows > 500
    assert sum(Seal.objects.values_list("count", flat=True)) == rows
    assert list(verify_history()) == []
    one = HistoryRow.objects.filter(kind="tickets.TicketOpened").first()
    HistoryRow.objects.filter(id=one.id).update(values={**one.values, "priority": 4, "number": "X"})
    assert [(fault.what, fault.row) for fault in verify_history()] == [("changed", one.id)]
