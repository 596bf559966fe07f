"""The facts a table tells apart, as boxes: exact answers to “can this row ever be the answer” and “can both hold”.

Every field is cut into the finitely many pieces that the rows tell apart (the words they name and “any other”, the
stretches between the times they name …). A row is a box: a set of pieces for each field. What is left of it when the
boxes of all earlier rows are taken away is where the row answers: a list of boxes that do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from yinuo.domain.deadline.conditions import Condition, Numbers, Paths, Times, Words, is_within
from yinuo.domain.deadline.policy import Policy, Row

OTHER, ABSENT = "\0other", "\0absent"
Piece = str | float
Box = Mapping[str, frozenset[Piece]]
Region = list[Box]
MAX_BOXES = 20_000


def pieces_of(rows: Iterable[Row], values: Mapping[str, frozenset[str]]) -> dict[str, frozenset[Piece]]:
    """For each field asked about, the pieces its values fall into; a field whose values are all listed is taken
    to be always present."""
    found: dict[str, set[Piece]] = {}
    for row in rows:
        for name, condition in row.when:
            found.setdefault(name, set()).update(_edges(condition))
    for name, pieces in found.items():
        listed = values.get(name)
        pieces.update(listed if listed is not None else (OTHER, ABSENT))
    return {name: frozenset(pieces) for name, pieces in found.items()}


def box_of(row: Row, pieces: Box) -> Box:
    """The facts for which the row's conditions hold; a field without any piece left: for none."""
    box = dict(pieces)
    for name, condition in row.when:
        holds = _test(condition)
        box[name] = frozenset(piece for piece in box[name] if piece != ABSENT and holds(piece))
    return box


def is_empty(box: Box) -> bool:
    return not all(box.values())


def meet(one: Box, other: Box) -> bool:
    """Whether some facts lie in both."""
    return all(pieces & other[name] for name, pieces in one.items())


def both(one: Box, other: Box) -> Box:
    """The facts that lie in both; ask `meet` first."""
    return {name: pieces & other[name] for name, pieces in one.items()}


def minus(whole: Box, cut: Box) -> Iterable[Box]:
    """The parts of `whole` outside of `cut`, as boxes that do not overlap."""
    if not meet(whole, cut):
        yield whole
        return
    rest = dict(whole)
    for name, pieces in cut.items():
        outside = rest[name] - pieces
        if outside:
            yield {**rest, name: outside}
        rest[name] &= pieces


def is_covered(box: Box, covers: Sequence[Box]) -> bool:
    """Whether `covers` leave nothing of `box`. Past `MAX_BOXES` pieces, whether a single one of them does."""
    left = [box]
    for cover in covers:
        left = [piece for whole in left for piece in minus(whole, cover)]
        if len(left) > MAX_BOXES:
            return any(is_covered(box, [single]) for single in covers)
    return not left


def regions(policy: Policy, pieces: Box) -> list[Region]:
    """For each row the facts that it answers for; `pieces` must tell apart what the policy's rows do. A row of a table
    cut too finely keeps its whole box."""
    boxes = [box_of(row, pieces) for row in policy.rows]
    answers: list[Region] = []
    for at, box in enumerate(boxes):
        left: Region = [] if is_empty(box) else [box]
        for earlier in boxes[:at]:
            left = [piece for whole in left for piece in minus(whole, earlier)]
            if len(left) > MAX_BOXES:
                left = [box]
                break
        answers.append(left)
    return answers


def shared(regions: Sequence[Region]) -> Region:
    """The facts that lie in every one of the regions."""
    left = list(regions[0])
    for region in regions[1:]:
        left = [both(one, other) for one in left for other in region if meet(one, other)]
    return left


def _test(condition: Condition) -> Callable[[Piece], bool]:
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


def _edges(condition: Condition) -> Iterable[Piece]:
    match condition:
        case Words() | Paths():
            return condition.values
        case Times():
            return (0.0, float(condition.start), float(condition.end % 86_400))
        case Numbers():
            return (float("-inf"), condition.low, condition.high)
