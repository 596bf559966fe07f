"""Limits that nobody has set: rows without a figure, kinds without a table, steps without any limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from yinuo.domain.comparing.book import Book, all_pieces, lines_of, say_when
from yinuo.domain.comparing.findings import name_of
from yinuo.domain.deadline.boxes import shared
from yinuo.domain.reading import Text


class Lack(StrEnum):
    """What is missing."""

    COMPANY = "company"  # the company has not set the figure
    CASE = "case"  # agreed for each matter
    TABLE = "table"  # a procedure promises a kind that no table knows
    STEP = "step"  # a step of a procedure has no limit of its own
    UNUSED = "unused"  # a table that no procedure promises yet


BY_THE_HOUSE = frozenset({"taken_over"})
"""Kinds that are promised whatever the procedure: whoever a ticket is handed to takes it over."""
LACKS = {
    Lack.COMPANY: Text("由公司定", "the company sets it"),
    Lack.CASE: Text("逐件约定", "agreed for each matter"),
    Lack.TABLE: Text("流程用到，时限表里没有", "promised by a procedure, in no table"),
    Lack.STEP: Text("步骤没有时限", "a step without a limit"),
    Lack.UNUSED: Text("目前没有流程用到", "no procedure promises it yet"),
}


@dataclass(frozen=True, slots=True)
class Gap:
    lack: Lack
    kind: str
    row: str
    name: Text
    when: Text
    used_by: tuple[Text, ...]
    source: str = ""


def gaps_of(book: Book) -> tuple[Gap, ...]:
    """Every limit that is missing in one book, in its order: rows first, then kinds, then steps."""
    return (*_rows(book), *_tables(book), *_steps(book))


def _used_by(book: Book, kind: str) -> tuple[Text, ...]:
    return tuple(definition.title for definition in book.procedures.values() if kind in definition.kinds)


def _rows(book: Book) -> Iterator[Gap]:
    for policy in book.policies.values():
        used_by = _used_by(book, policy.key)
        for line in lines_of(book, policy, all_pieces(book, policy)):
            if line.row.target is None:
                yield Gap(
                    Lack(line.row.set_by), policy.key, line.row.key, name_of(line), say_when(line), used_by,
                    line.row.source or policy.source,
                )  # fmt: skip


def _tables(book: Book) -> Iterator[Gap]:
    promised = {kind for definition in book.procedures.values() for kind in definition.kinds}
    for kind in sorted(promised - book.policies.keys()):
        yield Gap(Lack.TABLE, kind, "", Text(kind, kind), Text(), _used_by(book, kind))
    for policy in book.policies.values():
        if book.procedures and policy.key not in promised | BY_THE_HOUSE:
            name = Text(policy.name.get("zh", policy.key), policy.name.get("en", policy.key))
            yield Gap(Lack.UNUSED, policy.key, "", name, Text(), (), policy.source)


def _steps(book: Book) -> Iterator[Gap]:
    for definition in book.procedures.values():
        for step in definition.steps:
            if not step.limits:
                yield Gap(Lack.STEP, "", step.key, step.title, Text(), (definition.title,), step.source)


def set_by_nobody(books: Sequence[Book]) -> frozenset[tuple[str, str, str]]:
    """Rows of the books `(book, kind, row)` that have no figure for some matters for which no other book has one."""
    found: set[tuple[str, str, str]] = set()
    for kind in dict.fromkeys(kind for book in books for kind in book.policies):
        policies = [book.policies[kind] for book in books if kind in book.policies]
        pieces = all_pieces(books[0], *policies)
        empty = [
            [line for line in lines_of(book, book.policies[kind], pieces) if line.row.target is None]
            for book in books if kind in book.policies
        ]  # fmt: skip
        for several in product(*empty):
            if shared([line.region for line in several]):
                found |= {(line.book.key, kind, line.row.key) for line in several}
    return frozenset(found)
