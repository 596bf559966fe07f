"""Living through the past in order: what people do, and what the clock does between.

A story is a generator: it acts by services, then yields the instant at which it goes on. What would go on after the
present is left as it stands, so the open work of today is the unfinished end of real courses.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from django.db import connection

from yinuo.foundation import clock
from yinuo.foundation.draining import Draining
from yinuo.sla.alarm import notice_due

Story = Iterator[datetime]
NOTICED_AFTER = timedelta(milliseconds=300)
LATE = timedelta(days=2)
"""How far back an alarm may lie when it is set: that of a promise made late."""


class Chronicle:
    """Runs stories up to `until`, alarms in between, each in its order and at its own instant."""

    def __init__(self, here: Draining, began: datetime, until: datetime) -> None:
        self.until = until
        self._rung = began
        self._here = here
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._turn = count()

    def begin(self, at: datetime, story: Story) -> None:
        """The story's first act is at `at`; nothing where that lies ahead."""
        if at <= self.until:
            heappush(self._waiting, (at, next(self._turn), story))

    def run(self) -> None:
        while self._waiting:
            at, _, story = heappop(self._waiting)
            self._ring(at)
            with clock.lived_again(at):
                following = next(story, None)
                self._here.drain()
            if following is not None:
                self.begin(max(following, at + timedelta(seconds=1)), story)
        self._ring(self.until)

    def _ring(self, until: datetime) -> None:
        while True:
            alarm = self._next_alarm(until)
            if alarm is None:
                return
            noticed = min(alarm + NOTICED_AFTER, until)
            with clock.lived_again(noticed):
                notice_due(now=noticed)
                self._here.drain()

    def _next_alarm(self, until: datetime) -> datetime | None:
        """Asked before every act, so it is plain SQL; and with a lower bound, since the rows this transaction has
        outdated stay in the index until its end."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT next_alarm_at FROM sla_deadline WHERE next_alarm_at >= %s AND next_alarm_at < %s "
                "ORDER BY next_alarm_at LIMIT 1",
                [self._rung - LATE, until],
            )
            found = cursor.fetchone()
        if found is None:
            return None
        self._rung = max(self._rung, found[0])
        return found[0]  # type: ignore[no-any-return]
