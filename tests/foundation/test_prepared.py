"""Statements past psycopg's cursor keep what a cursor promises: Django's errors, and rows after any rollback."""

import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from yinuo.foundation import clock
from yinuo.foundation.live import CHANNEL, touch
from yinuo.foundation.models import Heartbeat
from yinuo.foundation.prepared import bound, run
from yinuo.foundation.rows import flush, insert, new, read
from yinuo.foundation.select import select, select_together
from yinuo.foundation.work import attempt, one_write, work

ASKED = "SELECT part FROM foundation_heartbeat WHERE part = $1"


def beat(part: str) -> None:
    with work():
        insert(new(Heartbeat, part=part, at=clock.now()))


@pytest.mark.django_db(transaction=True)
def test_a_rollback_after_which_the_server_has_forgotten_its_statements_stops_nothing():
    beat("one")
    assert read(ASKED, "one") == [("one",)]
    assert select("SELECT part FROM foundation_heartbeat") == [("one",)]
    with pytest.raises(KeyError), transaction.atomic():
        assert read(ASKED, "one") == [("one",)]
        raise KeyError
    assert read(ASKED, "one") == [("one",)]
    assert read(ASKED, "two") == []


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_service_is_part_of_its_transaction():
    beat("known")
    with pytest.raises(KeyError), work():
        insert(new(Heartbeat, part="one", at=clock.now()))
        flush()
        raise KeyError
    with pytest.raises(KeyError), work():
        read("UPDATE foundation_heartbeat SET part = 'two' WHERE part = $1 RETURNING part", "known")
        raise KeyError
    assert select("SELECT part FROM foundation_heartbeat") == [("known",)]


@pytest.mark.django_db(transaction=True)
def test_many_statements_leave_no_more_on_the_server_than_psycopg_keeps():
    most = connection.connection.prepared_max if connection.connection else 100
    for number in range(most + 20):
        assert read(f"SELECT part FROM foundation_heartbeat WHERE part = $1 LIMIT {number}", "one") == []  # noqa: S608 - a number
    with connection.cursor() as cursor:  # psycopg puts away what is too many before its next statement
        for _ in range(2):
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] <= most + 1
    assert read(ASKED, "one") == []


@pytest.mark.django_db
def test_what_the_database_refuses_is_a_django_error():
    with work():
        with attempt():
            insert(new(Heartbeat, part="one", at=clock.now()))
        with pytest.raises(IntegrityError), attempt():
            insert(new(Heartbeat, part="one", at=clock.now()))
        with pytest.raises(DataError), attempt():
            insert(new(Heartbeat, part="o\0ne", at=clock.now()))
    assert read(ASKED, "one") == [("one",)]


def test_a_row_takes_no_value_for_a_column_that_it_has_not():
    with pytest.raises(TypeError, match="Heartbeat has no column when"):
        new(Heartbeat, part="one", when=clock.now())


@pytest.mark.django_db
def test_a_statement_takes_numbers_of_any_size_in_one_place():
    connection.ensure_connection()
    for number in (1, 40_000, 1 << 40):
        asked = bound(connection.connection, b"SELECT $1::bigint, $2::uuid[]", [number, []])
        assert run(connection.connection, asked) == [(number, [])]


@pytest.fixture
def listener():
    """Another connection that hears the hints of ours."""
    connection.ensure_connection()
    info = connection.connection.info
    with psycopg.connect(info.dsn, password=info.password, autocommit=True) as other:
        other.execute(f'LISTEN "{CHANNEL}"')
        yield lambda: [note.payload for note in other.notifies(timeout=0.2)]


@pytest.mark.django_db(transaction=True)
def test_the_hint_goes_with_the_last_write_in_its_round_trip(listener):
    with work():
        insert(new(Heartbeat, part="one", at=clock.now()))
        touch("ticket:1")
        assert listener() == []
    assert listener() == ['["ticket:1"]']
    with one_write():
        insert(new(Heartbeat, part="two", at=clock.now()))
        touch("ticket:2")
    assert listener() == ['["ticket:2"]']
    assert {part for (part,) in select("SELECT part FROM foundation_heartbeat")} == {"one", "two"}


@pytest.mark.django_db(transaction=True)
def test_of_a_service_that_fails_at_its_last_write_nobody_is_told(listener):
    beat("one")
    with pytest.raises(IntegrityError), work():
        select("SELECT 1")
        insert(new(Heartbeat, part="one", at=clock.now()))
        touch("ticket:1")
    assert listener() == []
    beat("two")
    assert connection.connection.info.transaction_status.name == "IDLE"


@pytest.mark.django_db(transaction=True)
def test_a_hint_that_cannot_be_sent_undoes_nothing(listener, monkeypatch):
    monkeypatch.setattr("yinuo.foundation.work.hint_of", lambda _mine: (b"SELECT pg_notify('', $1)", ["x"]))
    with work():
        insert(new(Heartbeat, part="one", at=clock.now()))
    with one_write():
        insert(new(Heartbeat, part="two", at=clock.now()))
    assert len(select("SELECT part FROM foundation_heartbeat")) == 2


@pytest.mark.django_db(transaction=True)
def test_a_service_whose_line_is_cut_has_done_nothing_and_the_next_one_goes_on():
    with pytest.raises(OperationalError), work():
        insert(new(Heartbeat, part="one", at=clock.now()))
        flush()
        select_together(("SELECT pg_terminate_backend(pg_backend_pid())", ()), ("SELECT 1", ()))
    with pytest.raises(OperationalError), work():
        insert(new(Heartbeat, part="two", at=clock.now()))
        select("SELECT pg_terminate_backend(pg_backend_pid())")
    beat("three")
    assert select("SELECT part FROM foundation_heartbeat") == [("three",)]
