"""Hot reads: together in one round trip, and on a line that may have been cut."""

import psycopg
import pytest
from django.db import connection, connections

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
