"""Where handbooks contradict each other or themselves, and which limits nobody has set (REQUIREMENTS section 12)."""

from yinuo.domain.comparing.book import Book, book_of
from yinuo.domain.comparing.findings import SORTS, Claim, Finding, Sort
from yinuo.domain.comparing.gaps import LACKS, Gap, Lack, gaps_of
from yinuo.domain.comparing.report import Report, compare

__all__ = [
    "LACKS",
    "SORTS",
    "Book",
    "Claim",
    "Finding",
    "Gap",
    "Lack",
    "Report",
    "Sort",
    "book_of",
    "compare",
    "gaps_of",
]
