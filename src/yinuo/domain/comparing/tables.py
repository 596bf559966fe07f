"""Contradictions between the tables of limits: of two handbooks, and within one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from yinuo.domain.comparing.book import Book, Line, all_pieces, lines_of, possible
from yinuo.domain.comparing.findings import Finding, Sort, claims_of, joined, name_of
from yinuo.domain.deadline import say_span
from yinuo.domain.deadline.boxes import Region, shared
from yinuo.domain.reading import Text

LONGEST_CHAIN = 4


def between(one: Book, other: Book) -> Iterator[Finding]:
    """Promises that two books make differently, kind by kind; then those that only one of them makes."""
    for kind in {**one.policies, **other.policies}:
        ours, theirs = one.policies.get(kind), other.policies.get(kind)
        pieces = all_pieces(one, *(policy for policy in (ours, theirs) if policy))
        mine = lines_of(one, ours, pieces) if ours else []
        others = lines_of(other, theirs, pieces) if theirs else []
        pairs = [(a, b) for a in mine for b in others if a.figure != b.figure and _together([a, b])]
        against = [line for a, b in pairs if a.row.target and b.row.target for line in (a, b)]
        if against:
            yield _differing(kind, _once(against))
        lonely = pairs if ours and theirs else [(line, line) for line in mine + others]
        alone = [line for a, b in lonely if not (ours and theirs and a.row.target and b.row.target) for line in (a, b)]
        alone = _once(line for line in alone if line.row.target)
        if alone:
            yield _only(kind, alone, one, other)


def _once(lines: Iterable[Line]) -> list[Line]:
    return list({(line.book.key, line.row.key): line for line in lines}.values())


def _differing(kind: str, lines: Sequence[Line]) -> Finding:
    what = (
        ({line.target.limit for line in lines}, Text("数值", "figure")),
        ({line.target.clock for line in lines}, Text("计时方式", "clock")),
        ({line.starts_at for line in lines}, Text("起算点", "start")),
    )
    differ = joined(name for values, name in what if len(values) > 1)
    said = Text(f"两本手册的{differ.zh}不同", f"the handbooks give another {differ.en}")
    return Finding(Sort.PACKS, (kind,), name_of(lines[0]), said, claims_of(lines), _topic(lines[0]))


def _only(kind: str, lines: Sequence[Line], one: Book, other: Book) -> Finding:
    books = {line.book.key for line in lines}
    silent = [book.name for book in (one, other) if book.key not in books] or [one.name, other.name]
    said = Text(f"只有一本手册给了数值，{silent[0].zh}没有", f"only one handbook gives a figure, {silent[0].en} none")
    if len(silent) == 2:
        said = Text("两本手册各在不同情况下给了数值", "each handbook gives a figure where the other has none")
    return Finding(Sort.ONLY, (kind,), name_of(lines[0]), said, claims_of(lines), _topic(lines[0]))


def _topic(line: Line) -> Text:
    return line.book.topics.get(line.book.topic(line.policy.ends_at), Text())


def within(book: Book) -> Iterator[Finding]:
    """Contradictions inside one book: chains against the whole, what is due in the wrong order, several figures for
    one thing."""
    pieces = all_pieces(book, *book.policies.values())
    lines = [line for policy in book.policies.values() for line in lines_of(book, policy, pieces) if line.row.target]
    forward = [line for line in lines if line.policy.direction == "forward" and line.policy.ends_at]
    yield from _chains(book, forward)
    yield from _order(book, forward)
    yield from _parallel(book, forward)


def _together(lines: Sequence[Line]) -> Region:
    """The facts for which all the lines answer at once."""
    book = lines[0].book
    return possible(shared([line.region for line in lines]), book.scenario_of)


def _chains(book: Book, lines: Sequence[Line]) -> Iterator[Finding]:
    """Steps one after the other that take as long as the promise for the whole, or longer."""
    found: dict[tuple[str, ...], list[_Case]] = {}
    for whole in lines:
        for chain in _walk(book, lines, whole, ()):
            case = _Case(whole, chain)
            if case.total >= whole.target.limit:
                steps = tuple(step.policy.key for step in chain)
                found.setdefault((*steps, whole.policy.key) if len(steps) == 1 else steps, []).append(case)
    for alike in found.values():
        wholes = [case.whole for case in alike]
        about = tuple(dict.fromkeys(line.policy.key for line in (*alike[0].chain, *wholes)))
        title = joined((name_of(line) for line in alike[0].chain), " → ", " → ")
        title = joined((title, joined(name_of(line) for line in wholes)), " ↔ ", " ↔ ")
        claims = claims_of(line for case in alike for line in (*case.chain, case.whole))
        said = joined((case.said for case in alike), "；", "; ")
        yield Finding(Sort.CHAIN, about, title, said, claims, _topic(wholes[0]))


@dataclass(frozen=True)
class _Case:
    """A promise for the whole, and steps within it."""

    whole: Line
    chain: tuple[Line, ...]

    @property
    def total(self) -> timedelta:
        return sum((step.target.limit for step in self.chain), timedelta())

    @property
    def said(self) -> Text:
        clock, limit, total = self.whole.target.clock, self.whole.target.limit, self.total
        whole = Text(say_span(limit, "zh", clock), say_span(limit, "en", clock))
        steps = Text(
            " + ".join(say_span(step.target.limit, "zh", clock) for step in self.chain),
            " + ".join(say_span(step.target.limit, "en", clock) for step in self.chain),
        )
        if len(self.chain) > 1:
            steps = Text(f"{steps.zh} = {say_span(total, 'zh', clock)}", f"{steps.en} = {say_span(total, 'en', clock)}")
        name = name_of(self.whole)
        if total == limit:
            return Text(
                f"{steps.zh}，正好用完“{name.zh}”的 {whole.zh}", f"{steps.en} use up the {whole.en} of “{name.en}”"
            )
        return Text(f"{steps.zh}，超过“{name.zh}”的 {whole.zh}", f"{steps.en} exceed the {whole.en} of “{name.en}”")


def _walk(book: Book, lines: Sequence[Line], whole: Line, chain: tuple[Line, ...]) -> Iterator[tuple[Line, ...]]:
    """Chains that begin with the whole's start or later and end with its end, or with what the customer takes for the
    same."""
    at = chain[-1].policy.ends_at if chain else whole.starts_at
    for line in lines:
        if line.policy.key in {whole.policy.key, *(step.policy.key for step in chain)}:
            continue
        follows = line.starts_at == at or book.precedes(at, line.starts_at)
        if not follows or line.target.clock is not whole.target.clock or not _together([whole, *chain, line]):
            continue
        longer = (*chain, line)
        if line.policy.ends_at == whole.policy.ends_at:
            if len(longer) > 1 or line.starts_at != whole.starts_at:
                yield longer
        elif len(longer) > 1 and _is_like(book, longer, whole):
            yield longer
        elif len(longer) < LONGEST_CHAIN:
            yield from _walk(book, lines, whole, longer)


def _is_like(book: Book, chain: tuple[Line, ...], whole: Line) -> bool:
    topic = book.topic(whole.policy.ends_at)
    same = bool(topic) and topic == book.topic(chain[-1].policy.ends_at)
    return same and book.follows(chain[0].starts_at, whole.starts_at)


def _order(book: Book, lines: Sequence[Line]) -> Iterator[Finding]:
    """What must come first is due no earlier than what follows it."""
    found: dict[tuple[str, str], list[tuple[Line, Line]]] = {}
    for first in lines:
        for then in lines:
            if (
                first.starts_at == then.starts_at
                and book.precedes(first.policy.ends_at, then.policy.ends_at)
                and first.target.clock is then.target.clock
                and first.target.limit >= then.target.limit
                and _together([first, then])
            ):
                found.setdefault((first.policy.key, then.policy.key), []).append((first, then))
    for key, pairs in found.items():
        first, then = pairs[0]
        one, other = name_of(first), name_of(then)
        said = Text(
            f"先要“{one.zh}”，到期却不比“{other.zh}”早",
            f"“{one.en}” comes first but is due no earlier than “{other.en}”",
        )
        title = joined((one, other), " ↔ ", " ↔ ")
        yield Finding(Sort.ORDER, key, title, said, claims_of(line for pair in pairs for line in pair), _topic(first))


def _parallel(book: Book, lines: Sequence[Line]) -> Iterator[Finding]:
    """Several figures that run beside each other for what the customer takes for one thing."""
    found: dict[tuple[str, str], list[Line]] = {}
    for one, other in combinations(lines, 2):
        if one.policy.key != other.policy.key and _is_beside(book, one, other) and _together([one, other]):
            found.setdefault((one.policy.key, other.policy.key), []).extend((one, other))
    for key, several in found.items():
        title = joined((name_of(line) for line in several), " ↔ ", " ↔ ")
        said = Text("同一件事同时有几个时限，各计各的", "several limits run beside each other for one thing")
        yield Finding(Sort.PARALLEL, key, title, said, claims_of(several), _topic(several[0]))


def _is_beside(book: Book, one: Line, other: Line) -> bool:
    """Whether they start together or one right after the other, end with the same topic but not the same event, and
    give figures that are no plain sequence."""
    ends, starts = (one.policy.ends_at, other.policy.ends_at), (one.starts_at, other.starts_at)
    topic = book.topic(ends[0])
    if ends[0] == ends[1] or not topic or topic != book.topic(ends[1]):
        return False
    if not (book.follows(*starts) or book.follows(*reversed(starts))):
        return False
    if one.target.clock is not other.target.clock:
        return True
    if book.precedes(*ends) or book.precedes(*reversed(ends)):
        return False
    return one.target.limit != other.target.limit
