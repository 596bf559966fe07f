"""Promises by the thousand, put down by plain SQL: for measurements and for tests that kill the alarm."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection

_FILL = """
INSERT INTO sla_deadline (id, nature, subject_kind, subject_id, kind, round, ticket_id, customer_id, team_id,
  policy_row, clock, target, started_at, resumed_at, used, due_at, alarms, next_alarm_at, state, provisional, facts,
  values)
SELECT gen_random_uuid(), 'promise', 'thing', gen_random_uuid(), 'first_answer', 1,
  (%(tickets)s::uuid[])[1 + n %% %(many)s], %(customer)s, %(team)s, 'normal', 'service', '2 hours',
  due - interval '2 hours', due - interval '2 hours', '0', due,
  jsonb_build_array(
    jsonb_build_array(due, 'breach', 'breach', ''),
    jsonb_build_array(due, 'escalate', 'escalate-1', 'supervisor'),
    jsonb_build_array(due + interval '2 hours', 'escalate', 'escalate-2', 'director')),
  due, 'running', false, '{}', '{}'
FROM generate_series(1, %(count)s) n,
  LATERAL (SELECT clock_timestamp() + %(first)s + %(over)s * (n::float8 / %(count)s)) AS at(due)
"""


def fill_promises(
    count: int, *, team_id: UUID, customer_id: UUID, tickets: Sequence[UUID], first: timedelta, over: timedelta
) -> None:
    """`count` running promises of a team that fall due from `first` from now on, evenly over `over`: each with its
    breach and the supervisor to be told at the due instant, the director two hours later."""
    values = {
        "count": count, "team": team_id, "customer": customer_id, "tickets": list(tickets), "many": len(tickets),
        "first": first, "over": over,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
