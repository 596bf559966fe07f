"""Training in a process that ends with it: scikit-learn's 90 MB go back to the machine."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from yinuo.assist.learned import Sample, Verdict
from yinuo.domain.classification import Rules


def weigh(samples: Sequence[Sample], rules: Rules) -> Verdict:
    """`assist.training.better_than_rules` in a fresh process that loads neither Django nor a room."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_weigh_here, list(samples), rules).result()


def _weigh_here(samples: list[Sample], rules: Rules) -> Verdict:
    verdict: Verdict = import_module("yinuo.assist.training").better_than_rules(samples, rules)
    return verdict
