"""Hot reads: together in one round trip, and on a line that may have been cut."""

from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, connections

from yinuo.foundation.select import Query, answers_of, select

BACKEND = "SELECT pg_backend_pid()"


@pytest.fixture
def next_request():
    """As a request begins on a connection that is kept: Django has not yet looked whether it stands."""
    connection.ensure_connection()
    before = connection.health_check_enabled
    connection.health_check_enabled, connection.health_check_done = True, False
    yield
    connection.health_check_enabled = before


@pytest.mark.django_db(transaction=True)
def test_a_line_the_server_has_cut_is_made_anew_before_the_first_read(next_request):
    ((before,),) = select(BACKEND)
    with psycopg.connect(connection.connection.info.dsn, password=connection.connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    connection.health_check_done = False
    ((after,),) = select(BACKEND)
    assert after != before


@pytest.mark.django_db(transaction=True)
def test_a_line_that_stands_is_not_asked(next_request, monkeypatch):
    monkeypatch.setattr(connections["default"], "is_usable", lambda: pytest.fail("a round trip for nothing"))
    ((before,),) = select(BACKEND)
    connection.health_check_done = False
    assert answers_of(Query(BACKEND, (), lambda rows: rows[0][0])) == [before]


@pytest.mark.django_db(transaction=True)
def test_a_line_that_was_idle_long_is_asked(next_request, monkeypatch):
    select(BACKEND)
    asked = []
    monkeypatch.setattr(connections["default"], "is_usable", lambda: asked.append(1) or True)
    monkeypatch.setattr("yinuo.foundation.select.IDLE_S", 0.0)
    connection.health_check_done = False
    select(BACKEND)
    assert asked


@pytest.mark.django_db
def test_each_query_gets_its_own_answer_and_is_counted(django_assert_num_queries):
    numbers = Query("SELECT * FROM generate_series(1, %s::int)", (3,), lambda rows: [number for (number,) in rows])
    nothing = Query("SELECT 1 WHERE false", (), len)
    with django_assert_num_queries(2):
        assert answers_of(numbers, nothing) == [[1, 2, 3], 0]
    assert numbers.answer() == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_of_several_the_first_fault_is_said_and_the_line_goes_on():
    with pytest.raises(DataError, match="division by zero"):
        answers_of(Query("SELECT 1 / %s::int", (0,), len), Query("SELECT 2", (), len))
    assert answers_of(Query("SELECT 1", (), len), Query("SELECT 2", (), len)) == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_line_cut_while_several_are_answered_is_an_error_and_made_anew():
    killed = Query("SELECT pg_terminate_backend(pg_backend_pid())", (), len)
    with pytest.raises(OperationalError):
        answers_of(Query("SELECT 1", (), len), killed, Query("SELECT 2", (), len))
    connection.close_if_unusable_or_obsolete()
    assert select("SELECT 1") == [(1,)]


@pytest.mark.django_db
def test_a_percent_sign_is_written_twice_and_values_keep_their_types():
    day, when = date(2026, 7, 7), datetime(2026, 7, 7, 2, tzinfo=UTC)
    row = select("SELECT 7 %% 4, %s, %s, %s, %s::jsonb, %s || '%%'", 7, day, when, '{"a":[1,null]}', "满")
    assert row == [(3, 7, day, when, {"a": [1, None]}, "满%")]


@pytest.mark.django_db(transaction=True)
def test_answers_that_are_larger_than_the_line_holds_arrive_whole():
    long = Query("SELECT repeat('诺', %s)", (300_000,), lambda rows: len(rows[0][0]))
    given = Query("SELECT length(%s)", ("诺" * 300_000,), lambda rows: rows[0][0])
    assert answers_of(long, given, long, given) == [300_000] * 4
