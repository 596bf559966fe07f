"""Finds rows of a policy that can never be the answer.

Every field is cut into the finitely many pieces that the rows tell apart (the words they name and “any other”,
the stretches between the times they name …). A row then is a box: a set of pieces for each field. What is
left of it when all earlier rows' boxes are taken away is computed exactly; nothing left means that earlier
rows, one or several together, always answer first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from yinuo.domain.deadline.conditions import Condition, Numbers, Paths, Times, Words, is_within
from yinuo.domain.deadline.policy import Policy, Row

_OTHER, _ABSENT = "\0other", "\0absent"
_Piece = str | float
_Box = dict[str, frozenset[_Piece]]
MAX_BOXES = 20_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that can never match, and the earlier rows that answer in its place (none: it contradicts itself)."""

    policy: str
    row: str
    hidden_by: tuple[str, ...]
    text: str


def lint(policy: Policy) -> tuple[Fault, ...]:
    """Every row that can never be the answer. A table cut too finely to be settled within `MAX_BOXES` boxes is
    judged row by row against single earlier rows only."""
    pieces = _pieces(policy)
    boxes = [_box(row, pieces) for row in policy.rows]
    faults = []
    for at, row in enumerate(policy.rows):
        if not all(boxes[at].values()):
            faults.append(Fault(policy.key, row.key, (), f"row {row.key!r} can never match"))
            continue
        meeting = [n for n in range(at) if _meet(boxes[at], boxes[n])]
        if _is_covered(boxes[at], [boxes[n] for n in meeting]):
            names = tuple(policy.rows[n].key for n in meeting)
            alone = next((n for n in meeting if _is_covered(boxes[at], [boxes[n]])), None)
            if alone is not None:
                names = (policy.rows[alone].key,)
            said = ", ".join(repr(name) for name in names)
            text = f"row {row.key!r} can never match: always answered before by {said}"
            faults.append(Fault(policy.key, row.key, names, text))
    return tuple(faults)


def _is_covered(box: _Box, covers: list[_Box]) -> bool:
    left = [box]
    for cover in covers:
        left = [piece for whole in left for piece in _minus(whole, cover)]
        if len(left) > MAX_BOXES:
            return any(_is_covered(box, [single]) for single in covers)
    return not left


def _minus(whole: _Box, cut: _Box) -> Iterable[_Box]:
    """The parts of `whole` outside of `cut`, as boxes that do not overlap."""
    if not _meet(whole, cut):
        yield whole
        return
    rest = dict(whole)
    for name, pieces in cut.items():
        outside = rest[name] - pieces
        if outside:
            yield {**rest, name: outside}
        rest[name] &= pieces


def _meet(one: _Box, other: _Box) -> bool:
    return all(one[name] & pieces for name, pieces in other.items())


def _box(row: Row, pieces: Mapping[str, frozenset[_Piece]]) -> _Box:
    box = dict(pieces)
    for name, condition in row.when:
        holds = _test(condition)
        box[name] = frozenset(piece for piece in box[name] if piece != _ABSENT and holds(piece))
    return box


def _test(condition: Condition) -> Callable[[_Piece], bool]:
    """Whether the condition holds for a piece: a word, a place, or the beginning of a stretch."""
    match condition:
        case Words():
            return lambda piece: (piece in condition.values) is not condition.is_not
        case Paths():
            return lambda piece: any(is_within(str(piece), value) for value in condition.values)
        case Times():
            return lambda piece: not isinstance(piece, str) and condition.contains(int(piece))
        case Numbers():
            return lambda piece: not isinstance(piece, str) and condition.low <= piece < condition.high


def _pieces(policy: Policy) -> dict[str, frozenset[_Piece]]:
    """For each field asked about, the pieces its values fall into; a field whose values are all listed is taken
    to be always present."""
    found: dict[str, set[_Piece]] = {}
    for row in policy.rows:
        for name, condition in row.when:
            found.setdefault(name, set()).update(_edges(condition))
    for name, pieces in found.items():
        listed = policy.values.get(name)
        pieces.update(listed if listed is not None else (_OTHER, _ABSENT))
    return {name: frozenset(pieces) for name, pieces in found.items()}


def _edges(condition: Condition) -> Iterable[_Piece]:
    match condition:
        case Words() | Paths():
            return condition.values
        case Times():
            return (0.0, float(condition.start), float(condition.end % 86_400))
        case Numbers():
            return (float("-inf"), condition.low, condition.high)
