"""Work whose consequences are drawn by the process that wants them, inside of its own transaction.

For making a past (the demo): weeks of services with everything that follows from them, whole or not at all; no worker
sees a job of it, though workers may be running. Everything else defers jobs as rows.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from yinuo.foundation.events import afterwards_of, call, recorded_of
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.pending import Pending, is_under_way
from yinuo.foundation.rows import write
from yinuo.foundation.work import work

ROWS_AT_ONCE = 1000


class Draining:
    """`instead` names jobs and AFTERWARDS functions that are to be done otherwise here, such as sending mail."""

    def __init__(self, mine: Pending, instead: Mapping[str, Callable[..., None]]) -> None:
        self._mine = mine
        self._instead = instead
        self._rows: list[HistoryRow] = []

    def drain(self) -> int:
        """Calls what follows from the facts recorded so far, and does the jobs, with what these defer in turn; how
        many calls. The first error ends it: no second attempt, the whole transaction is taken back."""
        mine, calls = self._mine, 0
        write(mine)
        while mine.rows or mine.jobs_here:
            rows, jobs = list(mine.rows), mine.jobs_here or []
            followed = set(mine.afterwards)
            mine.rows.clear()
            mine.afterwards.clear()
            mine.jobs_here = []
            self._keep(rows)
            for row in rows:
                if row.id in followed:
                    calls += self._follow(row)
                    write(mine)
            for function, arguments in jobs:
                self._instead.get(function.name, function)(**arguments)
            calls += len(jobs)
            write(mine)
        return calls

    def _follow(self, row: HistoryRow) -> int:
        recorded = recorded_of(row)
        names = afterwards_of(recorded.fact)
        for name in names:
            if name in self._instead:
                self._instead[name](recorded)
            else:
                call(name, [recorded])
        return len(names)

    def _keep(self, rows: list[HistoryRow]) -> None:
        self._rows += rows
        if len(self._rows) >= ROWS_AT_ONCE:
            self.write()

    def write(self) -> None:
        """Writes the history kept back so far: many rows in one statement."""
        self._mine.collected.extend(self._rows)
        write(self._mine)
        self._rows.clear()


@contextmanager
def draining(instead: Mapping[str, Callable[..., None]] | None = None) -> Iterator[Draining]:
    """One transaction around the block. Raises RuntimeError inside of a service, whose jobs are rows."""
    outer = is_under_way()
    with work() as mine:
        if outer:
            raise RuntimeError("draining() owns its transaction: it is not for use inside a service")
        mine.jobs_here = []
        here = Draining(mine, instead or {})
        yield here
        here.drain()
        here.write()
