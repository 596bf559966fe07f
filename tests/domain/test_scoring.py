"""What scores mean: satisfied are 4 and 5, below 4 opens an improvement (section 12, 16)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.reading import Text
from yinuo.domain.scoring import (
    Question,
    Summary,
    Survey,
    Thresholds,
    is_satisfied,
    is_score,
    last_scores,
    merge,
    read_answers,
    summarise,
    wants_improvement,
)
from yinuo.packs import shipped_pack

FOUR = Thresholds(satisfied_from=4, improve_below=4)
SCORES = st.lists(st.integers(1, 5))
ASKED = Survey(
    "s",
    Text("评价", "Survey"),
    (
        Question("speed", Text("快", "speed"), "score"),
        Question("satisfaction", Text("总", "all"), "score", required=True),
        Question("solved", Text("好", "solved"), "bool"),
        Question("words", Text("话", "words"), "longtext"),
    ),
)


def test_the_shipped_thresholds_are_four_and_four() -> None:
    assert shipped_pack("handbook").thresholds == FOUR


@pytest.mark.parametrize(("score", "satisfied"), [(1, False), (3, False), (4, True), (5, True)])
def test_four_and_five_are_satisfied_and_the_rest_wants_an_improvement(score: int, satisfied: bool) -> None:
    assert is_satisfied(score, FOUR) is satisfied
    assert wants_improvement(score, FOUR) is not satisfied


def test_means_and_shares_over_nothing_are_unknown() -> None:
    assert (summarise([], FOUR).mean, summarise([], FOUR).share) == (None, None)


def test_mean_and_share_of_scores() -> None:
    found = summarise([5, 4, 3, 2], FOUR)
    assert (found.count, found.mean, found.share) == (4, 3.5, 0.5)


@pytest.mark.parametrize("value", [0, 6, True, "5", 4.0, None])
def test_what_is_no_score_is_refused(value: object) -> None:
    assert not is_score(value)
    with pytest.raises(ValueError, match="no score"):
        summarise([value], FOUR)  # type: ignore[list-item]


@given(st.lists(SCORES))
def test_adding_up_parts_gives_the_whole(parts: list[list[int]]) -> None:
    assert merge([summarise(part, FOUR) for part in parts]) == summarise([s for part in parts for s in part], FOUR)


@given(SCORES.filter(bool))
def test_the_share_counts_exactly_the_satisfied(scores: list[int]) -> None:
    found = summarise(scores, FOUR)
    assert found == Summary(len(scores), len([s for s in scores if s in (4, 5)]), sum(scores))


def test_of_several_scores_of_one_matter_the_last_counts() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    given_scores = [("a", now, 2), ("b", now, 5), ("a", now + timedelta(days=1), 4), ("a", now - timedelta(days=1), 1)]
    assert last_scores(given_scores) == {"a": 4, "b": 5}


def test_answers_are_cleaned_and_the_required_score_is_the_score() -> None:
    found = read_answers(ASKED, {"satisfaction": "4", "speed": 5, "solved": "yes", "words": " 谢谢 ", "other": 1})
    assert found.values == {"speed": 5, "satisfaction": 4, "solved": True, "words": "谢谢"}
    assert (found.score, found.faults) == (4, {})


def test_faulty_answers_are_named() -> None:
    found = read_answers(ASKED, {"speed": 7, "solved": "perhaps", "words": "x" * 5001})
    assert found.faults == {
        "satisfaction": "required",
        "speed": "not_score",
        "solved": "not_bool",
        "words": "too_long",
    }
    assert found.score is None
