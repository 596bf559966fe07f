"""Training the desk's own model and deciding whether it may replace the rules (R-CL-1).

Only a worker imports this file: scikit-learn takes some 90 MB. Everything is deterministic for the same samples.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from yinuo.assist.learned import BUCKETS, Model, Sample, Verdict, accuracy, ngram_counts, weighed
from yinuo.domain.classification import Rules, classify

# Rule of the house: from so many decided tickets on, a model may compete with the rules.
SAMPLES_NEEDED = 500
HELD_OUT_SPAN = timedelta(days=30)
# Fewer tickets in the last month say nothing about who is better.
HELD_OUT_NEEDED = 30
# The newest so many are learnt from: older ones describe a desk that no longer exists, and memory is bounded.
SAMPLES_USED = 20_000
# Categories decided less often than this are left to people.
SAMPLES_PER_LABEL = 5
_REGULARISATION = 10.0
_STEPS = 60
_CALIBRATION_SHARE = 0.2


class TooLittleError(ValueError):
    """The samples do not suffice to train on; the text says what is lacking."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model does on samples it has not seen. `calibration_error`: mean gap of confidence and accuracy."""

    samples: int
    accuracy: float
    top_accuracy: float
    calibration_error: float
    by_label: dict[str, tuple[int, int]]


def train(samples: Sequence[Sample], sharpness: float | None = None) -> Model:
    """A model from decided samples; its probabilities are calibrated on the last fifth by time.

    `sharpness` is that of an earlier model of the same desk, where calibrating again is not worth the time.
    Raises TooLittleError with fewer than two categories of at least `SAMPLES_PER_LABEL` samples.
    """
    used = sorted(samples, key=lambda sample: sample.decided_at)[-SAMPLES_USED:]
    counts = Counter(sample.label for sample in used)
    used = [sample for sample in used if counts[sample.label] >= SAMPLES_PER_LABEL]
    labels = sorted({sample.label for sample in used})
    if len(labels) < 2:
        raise TooLittleError(f"two categories with {SAMPLES_PER_LABEL} samples each are needed")
    if sharpness is None:
        sharpness = _sharpness(used)
    buckets, idf, matrix = _features(used)
    fitted = _fit(matrix, [sample.label for sample in used])
    weights, bias = _weights(fitted)
    tops = {sample.label: sample.top for sample in used if sample.top}
    return Model(
        labels=tuple(labels),
        tops=tuple(tops.get(label, "") for label in labels),
        buckets=buckets,
        idf=idf,
        weights=(weights * sharpness).astype(np.float16).astype(np.float32),
        bias=(bias * sharpness).astype(np.float32),
        about={
            "samples": len(used),
            "trained_until": used[-1].decided_at.isoformat(),
            "sharpness": float(round(sharpness, 4)),
        },
    )


def evaluate(model: Model, held_out: Sequence[Sample]) -> Evaluation:
    """How `model` does on `held_out`; these must be later than what it was trained on."""
    by_label: dict[str, tuple[int, int]] = {}
    top_of = dict(zip(model.labels, model.tops, strict=True))
    sure: list[tuple[float, bool]] = []
    tops_right = 0
    for sample in held_out:
        predicted = model.predict(sample.text)
        right = predicted.label == sample.label
        hits, seen = by_label.get(sample.label, (0, 0))
        by_label[sample.label] = (hits + right, seen + 1)
        tops_right += bool(sample.top) and top_of[predicted.label] == sample.top
        sure.append((predicted.confidence, right))
    total = len(held_out)
    return Evaluation(
        samples=total,
        accuracy=sum(right for _, right in sure) / total if total else 0.0,
        top_accuracy=tops_right / total if total else 0.0,
        calibration_error=_calibration_error(sure),
        by_label=by_label,
    )


def better_than_rules(
    samples: Sequence[Sample], rules: Rules | Callable[[str], str | None], until: datetime | None = None
) -> Verdict:
    """Whether the desk's own model may take over: from 500 decided tickets on, and better on the last month.

    The last 30 days before `until` (default: the newest decision) are held out; a model trained on what was
    decided before them and the rules both answer them. Ties stay with the rules. `rules` may be a function
    that names a text's category.
    """
    ordered = sorted(samples, key=lambda sample: sample.decided_at)
    total = len(ordered)
    if total < SAMPLES_NEEDED:
        return Verdict("rules", "too_few_samples", total, 0)
    cut = (until or ordered[-1].decided_at) - HELD_OUT_SPAN
    before = [sample for sample in ordered if sample.decided_at <= cut]
    after = [sample for sample in ordered if sample.decided_at > cut]
    if len(after) < HELD_OUT_NEEDED:
        return Verdict("rules", "too_few_held_out", total, len(after), cut)
    try:
        model = train(before)
    except TooLittleError:
        return Verdict("rules", "too_few_before", total, len(after), cut)
    by_rules = rules if callable(rules) else _category_by(rules)
    model_only = rules_only = rules_right = 0
    for sample in after:
        model_hit = model.predict(sample.text).label == sample.label
        rules_hit = by_rules(sample.text) == sample.label
        rules_right += rules_hit
        model_only += model_hit and not rules_hit
        rules_only += rules_hit and not model_hit
    wins = model_only > rules_only
    return Verdict(
        winner="model" if wins else "rules",
        reason="model_better" if wins else "rules_better",
        samples=total,
        held_out=len(after),
        held_out_from=cut,
        model_accuracy=accuracy(model, after),
        rules_accuracy=rules_right / len(after),
        chance=_sign_test(model_only, rules_only),
        model=train(ordered, sharpness=_sharpness_of(model)) if wins else None,
    )


def _sharpness_of(model: Model) -> float | None:
    known = model.about.get("sharpness")
    return known if isinstance(known, float) else None


def _category_by(rules: Rules) -> Callable[[str], str | None]:
    return lambda text: classify(text, rules).category.value


def _features(
    samples: Sequence[Sample],
) -> tuple[NDArray[np.uint32], NDArray[np.float32], csr_matrix]:
    """Buckets worth keeping, their rarity, and the samples' values over them."""
    counted = [ngram_counts(sample.text) for sample in samples]
    in_texts = np.zeros(BUCKETS, dtype=np.int32)
    for hashed, _ in counted:
        in_texts[hashed] += 1
    # An n-gram seen in one text only teaches that text by heart (unless there are hardly any texts).
    kept = np.flatnonzero(in_texts >= (2 if len(samples) >= 100 else 1)).astype(np.uint32)
    idf = (np.log((1 + len(samples)) / (1 + in_texts[kept])) + 1.0).astype(np.float16).astype(np.float32)
    pointers, columns, values = [0], [], []
    for hashed, counts in counted:
        places = np.searchsorted(kept, hashed)
        places[places == len(kept)] = 0
        known = kept[places] == hashed
        columns.append(places[known].astype(np.int32))
        values.append(weighed(counts[known], idf[places[known]]))
        pointers.append(pointers[-1] + len(columns[-1]))
    matrix = csr_matrix(
        (np.concatenate(values), np.concatenate(columns), np.array(pointers)), shape=(len(samples), len(kept))
    )
    return kept, idf, matrix


def _fit(matrix: csr_matrix, labels: list[str]) -> LogisticRegression:
    with warnings.catch_warnings():
        # Stopping early is meant: more steps fit the training texts closer and the next month no better.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=_REGULARISATION, max_iter=_STEPS).fit(matrix, labels)


def _weights(fitted: LogisticRegression) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of shape (features, labels); two labels get a column each."""
    weights, bias = fitted.coef_.T, fitted.intercept_
    if len(fitted.classes_) == 2:
        return np.hstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return weights, bias


def _sharpness(samples: Sequence[Sample]) -> float:
    """The factor for the scores that makes the last fifth by time likeliest for a model of the rest."""
    cut = int(len(samples) * (1 - _CALIBRATION_SHARE))
    early, late = samples[:cut], samples[cut:]
    known = {sample.label for sample in early}
    late = [sample for sample in late if sample.label in known]
    if len(known) < 2 or len(late) < 20:
        return 1.0
    buckets, idf, matrix = _features(early)
    fitted = _fit(matrix, [sample.label for sample in early])
    weights, bias = _weights(fitted)
    labels = tuple(str(label) for label in fitted.classes_)
    probe = Model(labels, labels, buckets, idf, weights.astype(np.float32), bias.astype(np.float32), {})
    scores = np.log(np.array([_aligned(probe, sample.text) for sample in late]))
    wanted = np.array([labels.index(sample.label) for sample in late])
    factors = [0.25 * 1.15**step for step in range(24)]
    return min(factors, key=lambda factor: _loss(scores * factor, wanted))


def _aligned(model: Model, text: str) -> list[float]:
    shares = dict(model.predict(text).ranked)
    return [max(shares[label], 1e-12) for label in model.labels]


def _loss(scores: NDArray[np.float64], wanted: NDArray[np.intp]) -> float:
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[np.arange(len(wanted)), wanted].mean())


def _calibration_error(sure: Sequence[tuple[float, bool]]) -> float:
    """Mean gap between confidence and accuracy over ten equal bands of confidence, weighed by their size."""
    bands: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in sure:
        bands.setdefault(min(9, int(confidence * 10)), []).append((confidence, right))
    gaps = (abs(sum(confidence for confidence, _ in band) - sum(right for _, right in band)) for band in bands.values())
    return sum(gaps) / len(sure) if sure else 0.0


def _sign_test(wins: int, losses: int) -> float:
    """Probability of at least `wins` heads in `wins + losses` throws of a fair coin."""
    throws = wins + losses
    if not throws:
        return 1.0
    if throws > 1_000:
        return 0.5 * math.erfc((wins - 0.5 - throws / 2) / math.sqrt(throws / 2))
    return sum(math.comb(throws, heads) for heads in range(wins, throws + 1)) / math.pow(2, throws)
