"""Full-text search in Chinese and mixed text by character bigrams (R-KB-1; docs/algorithms/search.md).

A text becomes rows of a PostgreSQL `tsvector`: every pair of neighbouring letters is a lexeme with its
position, every single letter one without. A query word becomes a `tsquery` of its pairs in a row. What the
index finds is rechecked by substring on the decrypted text, so the answer is exact; what a substring scan
would find, the index never misses (given at least one letter, and leaving out what is not indexed).

Digits, mail addresses and web addresses are not indexed: numbers and addresses are found by blind index.
With a `Blinder` the lexemes are keyed digests, so that the database holds no readable text.

How to ask: `query_terms` gives one tsquery per word; a text is a candidate when **each** of them matches
**some** row of it. `index_rows` overlaps the rows far enough for that.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yinuo.domain.hanzi import fold, fold_in_place, fold_with_origins

# PostgreSQL: positions stop at 16,383 and at 256 for one lexeme (what is beyond is dropped without a word).
ROW_CHARACTERS = 16_000
POSITIONS_PER_LEXEME = 255
# Two rows of a text share this many characters, so a word up to one more lies whole in one of them.
OVERLAP = 64

_NOT_INDEXED = re.compile(
    r"[a-z][a-z0-9+.-]{1,15}://[!-~]+"  # web addresses with a scheme
    r"|\bwww\.[!-~]+"
    r"|[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+",  # mail addresses
    re.ASCII,
)
_WORD_BREAK, _BLANK = re.compile(r"\s+"), re.compile(r"\s")

Blind = Callable[[str], str]


class Blinder:
    """Turns lexemes into keyed digests of 36 bits, six characters each.

    The same key must index and ask. Two lexemes may share a digest; the recheck removes what that finds.
    Frequencies of the digests stay visible: this hides the text from a reader of the database, and does not
    withstand a determined analyst as encryption would.
    """

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= 64:
            raise ValueError(f"a blinding key has 16 to 64 bytes, not {len(key)}")
        self._key = key
        self._known: dict[str, str] = {}

    def __call__(self, lexeme: str) -> str:
        known = self._known.get(lexeme)
        if known is None:
            if len(self._known) >= 200_000:
                self._known.clear()
            digest = hashlib.blake2b(lexeme.encode("utf-8"), key=self._key, digest_size=6).digest()
            known = self._known[lexeme] = base64.urlsafe_b64encode(digest).decode("ascii")[:6]
        return known


def searchable(text: str) -> str:
    """The folded text with everything that is not indexed (addresses, digits, signs) as blanks."""
    folded = fold(text)
    if "://" in folded or "@" in folded or "www." in folded:
        folded = _NOT_INDEXED.sub(lambda found: " " * len(found[0]), folded)
    return folded.translate(_LETTERS)


class _Letters(dict[int, str]):
    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = self[code] = character if character.isalpha() else " "
        return kept


_LETTERS = _Letters()


def index_terms(text: str, blind: Blind | None = None) -> str:
    """A short text as one tsvector literal, for `%s::tsvector`; longer ones need `index_rows`.

    Raises ValueError where the text does not fit one row.
    """
    rows = index_rows(text, blind)
    if len(rows) > 1:
        raise ValueError(f"text of {len(text)} characters needs {len(rows)} rows")
    return rows[0] if rows else ""


def index_rows(text: str, blind: Blind | None = None) -> list[str]:
    """The text as tsvector literals, one per row to store; [] where nothing in it can be searched."""
    letters = searchable(text)
    rows: dict[str, None] = {}
    start = 0
    while start < len(letters):
        places, end = _places_in_row(letters, start, blind)
        for single in sorted(set(letters[start:end]) - {" "}):
            places.setdefault(blind(single) if blind else single, [])
        literal = _literal(places)
        if literal:
            # Monotonous text gives the same row again and again; once is enough to find it.
            rows[literal] = None
        if end == len(letters):
            break
        start = end - OVERLAP
    return list(rows)


def _places_in_row(letters: str, start: int, blind: Blind | None) -> tuple[dict[str, list[int]], int]:
    """Lexemes of the pairs with their positions from `start` on, and where the row had to end."""
    limit = min(len(letters), start + ROW_CHARACTERS)
    found: dict[str, list[int]] = {}
    for position, (left, right) in enumerate(pairwise(letters[start:limit]), start=1):
        if left == " " or right == " ":
            continue
        places = found.setdefault(blind(left + right) if blind else left + right, [])
        if len(places) == POSITIONS_PER_LEXEME:
            return found, start + position
        places.append(position)
    return found, limit


def _literal(places: dict[str, list[int]]) -> str:
    # Lexemes are letters or digests: nothing in them needs escaping.
    return " ".join(
        f"'{lexeme}':{','.join(map(str, positions))}" if positions else f"'{lexeme}'"
        for lexeme, positions in places.items()
    )


def words_of(query: str) -> tuple[str, ...]:
    """The words of what somebody typed, folded, in order, each once; blanks separate words."""
    return tuple(dict.fromkeys(fold(word) for word in _WORD_BREAK.split(query) if fold(word).strip()))


def query_terms(query: str, blind: Blind | None = None) -> list[str]:
    """One tsquery literal per word of `query` (for `%s::tsquery`); all have to be found, each in some row.

    Empty where no word has a letter (only digits or signs): then the index cannot help, and the caller looks
    for numbers instead. A word's digits are left to the recheck.
    """
    terms: dict[str, None] = {}
    for word in words_of(query):
        term = _term(searchable(word)[: OVERLAP + 1], blind)
        if term:
            terms[term] = None
    return list(terms)


def _term(letters: str, blind: Blind | None) -> str:
    pieces = letters.split()
    parts: dict[str, None] = {}
    for piece in pieces:
        if len(piece) == 1:
            lexemes = [piece]
        else:
            lexemes = [left + right for left, right in pairwise(piece)]
        shown = " <-> ".join(f"'{blind(lexeme) if blind else lexeme}'" for lexeme in lexemes)
        parts[f"({shown})" if len(lexemes) > 1 and len(pieces) > 1 else shown] = None
    return " & ".join(parts)


def matches(text: str, query: str | Sequence[str]) -> bool:
    """The recheck: does `text` contain every word? True for no words. `query` as typed, or `words_of` it."""
    words = words_of(query) if isinstance(query, str) else query
    folded = fold(text)
    return all(word in folded for word in words)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of the original text around what was found; `ranges` are (start, end) offsets in `text`."""

    text: str
    ranges: tuple[tuple[int, int], ...]
    cut_before: bool
    cut_after: bool


def snippet(text: str, query: str | Sequence[str], length: int = 80) -> Snippet:
    """The `length` characters that show most different words, line breaks as blanks.

    Without a hit: the beginning of the text, no ranges.
    """
    if length < 1:
        raise ValueError("a snippet has at least one character")
    words = words_of(query) if isinstance(query, str) else query
    found = _places(text, words)
    start = _best_start(found, len(text), length)
    end = min(len(text), start + length)
    ranges: list[tuple[int, int]] = []
    for left, right, _ in found:
        left, right = max(left, start) - start, min(right, end) - start
        if left >= right:
            continue
        if ranges and left <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(right, ranges[-1][1]))
        else:
            ranges.append((left, right))
    shown = _BLANK.sub(" ", text[start:end])
    return Snippet(shown, tuple(ranges), start > 0, end < len(text))


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int, int]]:
    """(start, end, which word) of every hit, as offsets in `text`, sorted."""
    folded = fold(text)
    origins: Sequence[int] = range(len(text) + 1)
    if folded != fold_in_place(text):  # a character became several or none: offsets have moved
        folded, origins = fold_with_origins(text)
    found: list[tuple[int, int, int]] = []
    for number, word in enumerate(words):
        at = folded.find(word) if word else -1
        while at >= 0:
            found.append((origins[at], origins[at + len(word) - 1] + 1, number))
            at = folded.find(word, at + len(word))
    return sorted(found)


def _best_start(found: list[tuple[int, int, int]], total: int, length: int) -> int:
    if not found:
        return 0
    lead = length // 5
    best, best_kinds = found[0][0], 0
    first = 0
    inside: dict[int, int] = {}
    for left, right, number in found:
        inside[number] = inside.get(number, 0) + 1
        while found[first][0] < left and right - found[first][0] > length - lead:
            gone = found[first][2]
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        if len(inside) > best_kinds:
            best, best_kinds = found[first][0], len(inside)
    return max(0, min(best - lead, total - length))
