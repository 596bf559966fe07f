"""What scores mean (section 12, section 16, R-EN-1): satisfied or not, means, shares.

Scores are whole numbers from 1 to 5. The two thresholds are the pack's (`satisfaction:`): satisfied from 4 on,
an improvement below 4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yinuo.domain.reading import Text

LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`satisfied_from`: this score and above counts as satisfied. `improve_below`: opens an improvement."""

    satisfied_from: int
    improve_below: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a survey; the required score is the one that counts."""

    key: str
    text: Text
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """The questions of a scenario (section 15.8)."""

    key: str
    title: Text
    questions: tuple[Question, ...]

    @property
    def main(self) -> Question | None:
        """The question whose score is the matter's score."""
        return next((question for question in self.questions if question.type == "score" and question.required), None)


@dataclass(frozen=True, slots=True)
class Answers:
    """Cleaned answers. `faults` are codes by question: `required`, `not_score`, `not_bool`, `too_long`."""

    values: Mapping[str, Any]
    score: int | None
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures over scores; shares and mean are None where nothing was scored."""

    count: int
    satisfied: int
    total: int

    @property
    def share(self) -> float | None:
        """Scores that count as satisfied ÷ scores given."""
        return self.satisfied / self.count if self.count else None

    @property
    def mean(self) -> float | None:
        """Sum of scores ÷ scores given, of 5."""
        return self.total / self.count if self.count else None


def is_score(value: object) -> bool:
    """Whether `value` is a score: a whole number from 1 to 5 (True is none)."""
    return isinstance(value, int) and not isinstance(value, bool) and LOWEST <= value <= HIGHEST


def is_satisfied(score: int, thresholds: Thresholds) -> bool:
    """Whether the score counts as satisfied."""
    return score >= thresholds.satisfied_from


def wants_improvement(score: int, thresholds: Thresholds) -> bool:
    """Whether the score opens an improvement (H4.4)."""
    return score < thresholds.improve_below


def summarise(scores: Iterable[int], thresholds: Thresholds) -> Summary:
    """Count, satisfied and sum of scores; raises ValueError for something that is no score."""
    count = satisfied = total = 0
    for score in scores:
        if not is_score(score):
            raise ValueError(f"{score!r} is no score from 1 to 5")
        count += 1
        total += score
        satisfied += is_satisfied(score, thresholds)
    return Summary(count, satisfied, total)


def merge(parts: Sequence[Summary]) -> Summary:
    """The summary over all parts, as roll-ups add them."""
    return Summary(
        sum(part.count for part in parts), sum(part.satisfied for part in parts), sum(part.total for part in parts)
    )


def last_scores(given: Iterable[tuple[str, datetime, int]]) -> dict[str, int]:
    """Of several scores of one matter (key, instant, score) the last counts, at the same instant the later given."""
    last: dict[str, tuple[datetime, int]] = {}
    for key, at, score in given:
        if key not in last or at >= last[key][0]:
            last[key] = (at, score)
    return {key: score for key, (_, score) in last.items()}


def read_answers(survey: Survey, raw: Mapping[str, Any], longest_text: int = 5_000) -> Answers:
    """Clean what somebody answered; answers to unknown questions are left aside."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for question in survey.questions:
        value = raw.get(question.key)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            if question.required:
                faults[question.key] = "required"
            continue
        cleaned, fault = _clean(question, value, longest_text)
        if fault:
            faults[question.key] = fault
        else:
            values[question.key] = cleaned
    main = survey.main
    score = values.get(main.key) if main else None
    return Answers(values, score, faults)


def _clean(question: Question, value: Any, longest_text: int) -> tuple[Any, str]:
    if question.type == "score":
        if isinstance(value, str) and len(value) == 1 and value in "12345":
            value = int(value)
        return (value, "") if is_score(value) else (None, "not_score")
    if question.type == "bool":
        answers = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if isinstance(value, str):
            value = answers.get(value.lower())
        return (value, "") if isinstance(value, bool) else (None, "not_bool")
    if not isinstance(value, str):
        return None, "not_text"
    return (value, "") if len(value) <= longest_text else (None, "too_long")
