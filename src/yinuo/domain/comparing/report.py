"""The whole comparison of some books."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from yinuo.domain.comparing import figures as beside
from yinuo.domain.comparing.book import Book
from yinuo.domain.comparing.findings import Finding, Sort
from yinuo.domain.comparing.gaps import Gap, gaps_of, set_by_nobody
from yinuo.domain.comparing.tables import between, within
from yinuo.domain.figures import Figures
from yinuo.domain.worktime import Calendar


@dataclass(frozen=True)
class Report:
    """Contradictions by sort, and for each book the limits that nobody has set."""

    books: tuple[Book, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[tuple[Book, tuple[Gap, ...]], ...]
    nobody: frozenset[tuple[str, str, str]]
    """Rows `(book, kind, row)` for which no other book has a figure either."""

    def of(self, *sorts: Sort) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.sort in sorts)


def compare(books: Sequence[Book], figures: Figures, calendar: Calendar) -> Report:
    """Every two books against each other, each within itself, and all beside what the handbooks say elsewhere. Samples
    are measured in the hours of `calendar`."""
    found: list[Finding] = []
    for one, other in combinations(books, 2):
        found += between(one, other)
    for book in books:
        found += within(book)
    found += beside.readings(books, figures.readings)
    found += beside.samples(books, figures.samples, calendar)
    found += beside.indicators(figures.indicators)
    found += beside.rhythms(figures.rhythms)
    gaps = tuple((book, gaps_of(book)) for book in books)
    return Report(tuple(books), tuple(found), gaps, set_by_nobody(books))
