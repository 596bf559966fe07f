"""Finding many phrases in a text at once, in Chinese without word boundaries and in English with them.

Phrases are written as in `packs/classification.yaml`: plain (`充不进电`), with a gap of at most eight characters
inside one clause (`什么时候..发货`), or an English word with an open end (`refund*`). A phrase that lies inside a
longer one found at the same place does not count: 满意 is not found in 不满意.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import ahocorasick

from yinuo.domain.hanzi import fold_in_place

GAP_CHARACTERS = 8
CLAUSE_ENDS = frozenset(",.;:!?。、…~\n\r()[]【】「」“”《》")
# More of one phrase adds nothing; without a bound a text of one repeated word would be slow.
_MOST_OF_ONE_PHRASE = 20


class PhraseError(ValueError):
    """A phrase that cannot be used as written; the text says which."""


class Reading:
    """A text made ready once for several finders."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = fold_in_place(text)

    def clause_before(self, at: int, most: int) -> str:
        """At most `most` characters of the same clause that stand before offset `at`."""
        first = max(0, at - most)
        for offset in range(at - 1, first - 1, -1):
            if self.text[offset] in CLAUSE_ENDS:
                return self.text[offset + 1 : at]
        return self.text[first:at]


@dataclass(frozen=True, slots=True)
class Phrase:
    """`parts` are one or two literals; `label` and `weight` mean what the owner of the list says."""

    written: str
    parts: tuple[str, ...]
    open_end: bool
    label: str
    weight: float


class Hit(NamedTuple):
    """A phrase found; offsets are those of the text."""

    start: int
    end: int
    phrase: Phrase


def read_phrase(written: str, label: str, weight: float) -> Phrase:
    """Raises PhraseError for a phrase that is empty, one Latin letter, or has more than one gap."""
    parts = tuple(fold_in_place(part.strip()) for part in str(written).split(".."))
    open_end = parts[-1].endswith("*")
    if open_end:
        parts = (*parts[:-1], parts[-1][:-1])
    if len(parts) > 2 or not all(parts):
        raise PhraseError(f"phrase {written!r} of {label}: one or two parts, none empty")
    if any(len(part) == 1 and part.isascii() and part.isalnum() for part in parts):
        raise PhraseError(f"phrase {written!r} of {label}: a single letter finds too much")
    return Phrase(str(written), parts, open_end, label, float(weight))


Span = tuple[int, int, int, Phrase, Hit | None]
"""Of one part of a phrase: where it begins, minus where it ends, a number that tells those of one place apart, and for
a phrase with a gap the whole. As they compare, so they come: by place, the longer first."""

_Sought = tuple[Phrase, bool, str, int]
"""A phrase, whether it begins with a Latin letter or a digit, its second part, and how far from the first that ends at
most."""


class PhraseFinder:
    """Compiled phrases: their first parts in one automaton (Aho and Corasick), which goes through a text once however
    many there are."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        by_first: dict[str, list[_Sought]] = {}
        for phrase in phrases:
            first, second = phrase.parts[0], phrase.parts[-1] if len(phrase.parts) > 1 else ""
            sought = (phrase, first[0].isascii(), second, GAP_CHARACTERS + len(second))
            by_first.setdefault(first, []).append(sought)
        self._automaton = ahocorasick.Automaton()
        for first, same in by_first.items():
            self._automaton.add_word(first, (first, len(first), tuple(same)))
        self._automaton.make_automaton()

    def find(self, reading: Reading) -> list[Hit]:
        """All hits in order of their place, those inside a longer one left out."""
        if not self._automaton:
            return []
        spans: list[Span] = []
        text = reading.text
        over: dict[str, int] = {}
        times: dict[str, int] = {}
        for last, (first, length, phrases) in self._automaton.iter(text):
            end = last + 1
            at = end - length
            if first in over:
                if at < over[first]:
                    continue  # it overlaps the one before
                count = times[first] = times.get(first, 1) + 1
                if count > _MOST_OF_ONE_PHRASE:
                    continue
            over[first] = end
            for phrase, is_latin, second, reach in phrases:
                if is_latin and not _stands_alone(text, at, end, phrase.open_end):
                    continue
                if not second:
                    spans.append((at, -end, len(spans), phrase, None))
                    continue
                found = text.find(second, end, end + reach)
                if found >= 0 and CLAUSE_ENDS.isdisjoint(text[end:found]):
                    hit = Hit(at, found + len(second), phrase)
                    spans.append((at, -end, len(spans), phrase, hit))
                    spans.append((found, -hit.end, len(spans), phrase, hit))
        return _outermost(spans)


def _stands_alone(text: str, start: int, end: int, open_end: bool) -> bool:
    if start and text[start].isalnum() and text[start - 1].isascii() and text[start - 1].isalnum():
        return False
    if open_end or end == len(text) or not text[end - 1].isalnum():
        return True
    return not (text[end].isascii() and text[end].isalnum())


def _outermost(spans: list[Span]) -> list[Hit]:
    spans.sort()
    kept: list[Hit] = []
    reach = -1
    reach_start = -1
    for start, minus_end, _number, phrase, whole in spans:
        end = -minus_end
        if whole is None:
            if end <= reach and (start, end) != (reach_start, reach):
                continue
            kept.append(Hit(start, end, phrase))
        elif start == whole.start:
            # A phrase with a gap has two spans and is counted at its first.
            kept.append(whole)
        if end > reach:
            reach, reach_start = end, start
    return kept
