"""The desk's own model: character n-grams and a linear classifier, stored as arrays (R-CL-1, R-AI-2).

This file reads, writes and asks a model with numpy alone; `assist.training` makes one. A model holds hashed
n-grams and weights, no text; it is loaded without pickle, so a file from elsewhere can do no more than be wrong.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from yinuo.domain.classification import Classification, Judgement, Rules, classify
from yinuo.domain.hanzi import fold_in_place

FORMAT = 1
NGRAM_LENGTHS = (1, 2, 3)
# Buckets of the hash; a desk's vocabulary fills a fraction, only buckets that occur are stored.
BUCKETS = 1 << 18
READ_CHARACTERS = 2_000
MOST_BYTES = 64 * 1024 * 1024
_ARRAYS = ("bias", "buckets", "idf", "labels", "tops", "weights", "about")


class ModelFileError(ValueError):
    """The bytes are no model of this format; the text says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A text with what a person decided: `label` is the category's key, `top` its class."""

    text: str
    label: str
    decided_at: datetime
    top: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Labels with their probabilities, the likeliest first; they sum to 1."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        return self.ranked[0][1]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of shape (features, labels); `buckets` are the hashed n-grams of the features, ascending.

    `tops` names each label's class ("" where unknown). `about` tells when and on how much it was trained.
    """

    labels: tuple[str, ...]
    tops: tuple[str, ...]
    buckets: NDArray[np.uint32]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    about: Mapping[str, object]

    def predict(self, text: str) -> Prediction:
        """Calibrated probabilities for one text (subject and body joined)."""
        features, values = self._features(text)
        scores = self.bias + values @ self.weights[features]
        powers = np.exp(scores - scores.max())
        shares = powers / powers.sum()
        order = np.argsort(-shares, kind="stable")
        return Prediction(tuple((self.labels[place], float(shares[place])) for place in order))

    def _features(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        hashed, counts = ngram_counts(text)
        places = np.searchsorted(self.buckets, hashed)
        places[places == len(self.buckets)] = 0
        known = self.buckets[places] == hashed if len(self.buckets) else np.zeros(len(hashed), dtype=bool)
        places, counts = places[known], counts[known]
        return places, weighed(counts, self.idf[places])


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who classifies from now on, and why. `model` is trained on all samples; None while the rules stay.

    `reason`: too_few_samples, too_few_held_out, too_few_before, rules_better, model_better.
    `chance` is the probability that two equally good classifiers differ by as much as these (sign test).
    """

    winner: str
    reason: str
    samples: int
    held_out: int
    held_out_from: datetime | None = None
    model_accuracy: float | None = None
    rules_accuracy: float | None = None
    chance: float | None = None
    model: Model | None = None


def ngram_counts(text: str) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hash buckets of the text's character 1- to 3-grams, ascending, and how often each occurs.

    Digits are all alike (numbers name customers and orders, not matters), runs of blanks are one.
    """
    folded = " ".join(fold_in_place(text[:READ_CHARACTERS]).split())
    codes = np.frombuffer(folded.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    codes = np.where((codes >= ord("0")) & (codes <= ord("9")), ord("0"), codes).astype(np.uint64)
    hashed = []
    for length in NGRAM_LENGTHS:
        if len(codes) < length:
            break
        mixed = np.full(len(codes) - length + 1, 0x9E3779B97F4A7C15 * length & 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
        for offset in range(length):
            mixed = (mixed ^ codes[offset : len(codes) - length + 1 + offset]) * np.uint64(0x100000001B3)
            mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        hashed.append((mixed >> np.uint64(40)) & np.uint64(BUCKETS - 1))
    if not hashed:
        return np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.int64)
    buckets, counts = np.unique(np.concatenate(hashed).astype(np.uint32), return_counts=True)
    return buckets, counts.astype(np.int64)


def weighed(counts: NDArray[np.int64], idf: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of the features of one text: sublinear counts times rarity, of length one."""
    values = ((1.0 + np.log(counts)) * idf).astype(np.float32)
    length = float(np.sqrt((values * values).sum()))
    return values / np.float32(length) if length else values


def dump_model(model: Model) -> bytes:
    """The model as the bytes of an `.npz` file; the weights lose precision nobody can see."""
    written = io.BytesIO()
    np.savez_compressed(
        written,
        labels=np.array(model.labels, dtype=np.str_),
        tops=np.array(model.tops, dtype=np.str_),
        buckets=model.buckets.astype(np.uint32),
        idf=model.idf.astype(np.float16),
        weights=model.weights.astype(np.float16),
        bias=model.bias.astype(np.float32),
        about=np.array(json.dumps({**model.about, "format": FORMAT}, sort_keys=True)),
    )
    return written.getvalue()


def load_model(stored: bytes) -> Model:
    """Reads `dump_model`'s bytes. Raises ModelFileError for anything else, however broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(stored)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise ModelFileError("the model is too large")
        with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
            missing = [name for name in _ARRAYS if name not in arrays]
            if missing:
                raise ModelFileError(f"the file has no {', '.join(missing)}")
            about = json.loads(str(arrays["about"]))
            if not isinstance(about, dict) or about.get("format") != FORMAT:
                raise ModelFileError("the file was written by another version")
            model = Model(
                labels=tuple(str(label) for label in arrays["labels"]),
                tops=tuple(str(top) for top in arrays["tops"]),
                buckets=arrays["buckets"].astype(np.uint32),
                idf=arrays["idf"].astype(np.float32),
                weights=arrays["weights"].astype(np.float32),
                bias=arrays["bias"].astype(np.float32),
                about=about,
            )
    except ModelFileError:
        raise
    except Exception as problem:
        # A broken archive fails in many ways of zipfile, numpy and json; all mean the same to the caller.
        raise ModelFileError(f"no model file: {problem}") from problem
    features, labels = len(model.buckets), len(model.labels)
    if (
        labels < 2
        or len(model.tops) != labels
        or model.weights.shape != (features, labels)
        or model.idf.shape != (features,)
        or model.bias.shape != (labels,)
        or not features
        or bool((np.diff(model.buckets.astype(np.int64)) <= 0).any())
        or not all(np.isfinite(array).all() for array in (model.idf, model.weights, model.bias))
    ):
        raise ModelFileError("the arrays of the file do not fit together")
    return model


def classify_with(model: Model, text: str, rules: Rules, subject: str = "") -> Classification:
    """As `classify`, class and category by the desk's model, urgency and feeling by the rules.

    The class is the one with the highest sum over its categories; the category the best of that class.
    """
    by_rules = classify(text, rules, subject)
    ranked = model.predict(f"{subject}\n{text}" if subject else text).ranked
    top_of = dict(zip(model.labels, model.tops, strict=True))
    for key, category in rules.by_key.items():
        if not top_of.get(key):
            top_of[key] = category.top_class
    sums: dict[str, float] = {}
    for label, share in ranked:
        sums[top_of[label]] = sums.get(top_of[label], 0.0) + share
    top = max(sums, key=lambda name: sums[name])
    label, share = next((label, share) for label, share in ranked if top_of[label] == top)
    known = rules.by_key.get(label)
    return replace(
        by_rules,
        top_class=Judgement(top or None, sums[top]),
        category=Judgement(label, share),
        scenario=known.scenario if known else None,
        source="model",
    )


def accuracy(model: Model, samples: Sequence[Sample]) -> float:
    """The share of samples whose category the model gives as the person did; 0 for none."""
    if not samples:
        return 0.0
    return sum(model.predict(sample.text).label == sample.label for sample in samples) / len(samples)
