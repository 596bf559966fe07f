"""Class, category, urgency and feeling of a customer's text by rules over the category tree (R-CL-1, R-AI-2).

The tree and the vocabulary are data (`packs/classification.yaml` and what a desk adds); `compile_rules` makes
them ready once, `classify` reads a text with them. Nothing here learns: the same text and rules always give the
same answer, with the phrases that led to it. How scores become confidences is told in
docs/algorithms/classification.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from yinuo.domain.phrases import Hit, Phrase, PhraseError, PhraseFinder, Reading, read_phrase
from yinuo.domain.sentiment import Feeling, read_feeling

CLASSES = ("consultation", "service", "complaint")
URGENCIES = ("low", "normal", "high", "urgent")

# A mail says what it wants at its beginning; more is not read.
READ_CHARACTERS = 4_000
_OPENING = 120
# A greeting alone is the beginning of a question; whoever states something at length wants it dealt with.
_BRIEF = 6
_EVIDENCE_SHOWN = 8
# Each further phrase for the same category counts this much less.
_FADING = 0.6
# How often the fallback of a class is right where no word speaks for any category (measured on our cases).
_FALLBACK_SHARE = 0.4

_NOT_WANTED = re.compile(
    r"(?:不想要?|不是来?要?|不打算|没打算|没想|无意|无需|不需要|不用|不必|并非要?|不要|先不|暂不|暂时不|不再|别再?|没必要|不愿意?"
    r"|\b(?:do not|don't|not|no need to|never) ?(?:want|wish|going|like|need)?(?: to)?)\s*"
    r"(?:申请|进行|再|去|给|a|an|the|file|make)?\s*$"
)
_NOT_SO = re.compile(
    r"(?:不想|不是来|不是|并非|没有|没|不|未|无|别|\bno|\bnot|n't)"
    r"(?:什么|很|太|那么|这么|怎么|特别|算|是|再|发生|出现|有|a|any|very|an|\s)*$"
)
_ONLY_FEARED = re.compile(
    r"(?:会不会|是否会|怕|担心|防止|以防|避免|如果|万一|假如|要是|能不能防|防|\bif|\bin case).{0,6}$"
)


class RulesError(ValueError):
    """The vocabulary or the tree cannot be used; the text says where."""


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree that a ticket can have. `keywords` are what a desk adds, of middling weight."""

    key: str
    top_class: str
    scenario: str | None = None
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase as it stands in the rules, where it was found, and what it added (negative: spoke against)."""

    phrase: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """`value` is None where nothing speaks for any; `confidence` 0–1 is the expected share of right answers."""

    value: str | None
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    """What a text is about; `source` is `rules` or names the desk's own model."""

    top_class: Judgement
    category: Judgement
    urgency: Judgement
    sentiment: Judgement
    scenario: str | None = None
    source: str = "rules"


@dataclass(frozen=True, slots=True)
class Rules:
    """Compiled vocabulary and tree; make it with `compile_rules`."""

    categories: tuple[Category, ...]
    by_class: Mapping[str, tuple[Category, ...]]
    topics: PhraseFinder
    cues: PhraseFinder
    urgency: PhraseFinder
    feelings: PhraseFinder
    borrows: Mapping[str, Mapping[str, float]]
    priors: Mapping[str, float]
    fallbacks: Mapping[str, str]
    negatable: frozenset[str]
    sharpness: float = 1.0
    by_key: Mapping[str, Category] = field(default_factory=dict)


def compile_rules(vocabulary: Mapping[str, object], tree: Iterable[Category] | None = None) -> Rules:
    """Rules from a vocabulary in the form of `packs/classification.yaml`.

    `tree` is the desk's own; only its categories are then answered, each with the built-in words of its key
    (if there are any) and its own keywords. Without it the vocabulary's categories are the tree.
    Raises RulesError.
    """
    entries = _mapping(vocabulary.get("categories"), "categories")
    built_in = {key: _mapping(entry, f"categories.{key}") for key, entry in entries.items()}
    # Topics belong to no class: they only help to choose among the categories that borrow from them.
    topic_words = {
        key: _mapping(entry, f"topics.{key}") for key, entry in _mapping(vocabulary.get("topics", {}), "topics").items()
    }
    nodes = (
        tuple(tree)
        if tree is not None
        else tuple(Category(key, str(entry.get("class"))) for key, entry in built_in.items())
    )
    topics: list[Phrase] = []
    borrows: dict[str, Mapping[str, float]] = {}
    for node in nodes:
        if node.top_class not in CLASSES:
            raise RulesError(f"category {node.key}: class {node.top_class!r} is none of {', '.join(CLASSES)}")
        entry = built_in.get(node.key, {})
        topics += _phrases(entry.get("terms", {}), node.key)
        topics += _phrases({0: entry["never"]} if entry.get("never") else {}, "")
        topics += _phrases({2.0: list(node.keywords)} if node.keywords else {}, node.key)
        borrows[node.key] = {
            other: _number(share, f"{node.key}.borrows")
            for other, share in _mapping(entry.get("borrows", {}), f"{node.key}.borrows").items()
        }
    known = {node.key for node in nodes}
    if len(known) != len(nodes):
        raise RulesError("two categories of the tree have the same key")
    # Words of built-in categories that the desk dropped still serve those that borrow from them.
    lent = {other for shares in borrows.values() for other in shares} - known
    for key in sorted(lent):
        lender = topic_words.get(key, built_in.get(key))
        if lender is None:
            raise RulesError(f"{key} lends words to a category and is neither a topic nor a category")
        topics += _phrases(lender.get("terms", {}), key)
    classes = _mapping(vocabulary.get("classes"), "classes")
    cues: list[Phrase] = []
    priors: dict[str, float] = {}
    fallbacks: dict[str, str] = {}
    for name in CLASSES:
        entry = _mapping(classes.get(name), f"classes.{name}")
        cues += _phrases(entry.get("cues", {}), name)
        cues += _phrases({0: entry["never"]} if entry.get("never") else {}, "")
        priors[name] = _number(entry.get("prior", 0), f"classes.{name}.prior")
        if entry.get("fallback") in known:
            fallbacks[name] = str(entry["fallback"])
    return Rules(
        categories=nodes,
        by_class={name: tuple(node for node in nodes if node.top_class == name) for name in CLASSES},
        topics=PhraseFinder(topics),
        cues=PhraseFinder(cues),
        urgency=PhraseFinder(_labelled(vocabulary, "urgency")),
        feelings=PhraseFinder(_labelled(vocabulary, "sentiment")),
        borrows=borrows,
        priors=priors,
        fallbacks=fallbacks,
        negatable=frozenset(str(word) for word in _list(vocabulary.get("negatable", []), "negatable")),
        sharpness=_number(vocabulary.get("sharpness", 1.0), "sharpness"),
        by_key={node.key: node for node in nodes},
    )


def classify(text: str, rules: Rules, subject: str = "") -> Classification:
    """Reads `subject` and `text` (own words of the customer, without quotes) and judges the four questions.

    Evidence offsets count from the beginning of subject, line break, text.
    """
    whole = f"{subject}\n{text}" if subject else text
    reading = Reading(whole[:READ_CHARACTERS])
    feeling = read_feeling(reading, rules.feelings)
    urgency = _judge_urgency(reading, rules)
    by_category = _sort_hits(reading, rules.topics.find(reading), rules)
    by_class = _sort_hits(reading, rules.cues.find(reading), rules)
    own = {key: _sum(hits) for key, hits in by_category.items()}
    class_scores = _class_scores(rules, own, by_class, feeling, reading)
    class_shares = _softmax(class_scores, rules.sharpness)
    top = max(CLASSES, key=lambda name: (class_shares[name], -CLASSES.index(name)))
    if any(map(str.isalpha, reading.text)):
        category, share = _best_category(rules, top, own)
    else:
        category, share = None, 0.0
    judged_class = Judgement(top, class_shares[top], _shown(by_class.get(top, []), _of(by_category, rules, top)))
    if category is None:
        judged_category = Judgement(None, 0.0)
    else:
        lent = [hit for other in rules.borrows[category.key] for hit in by_category.get(other, [])]
        judged_category = Judgement(
            category.key, share * class_shares[top], _shown(by_category.get(category.key, []), lent)
        )
    judged_feeling = Judgement(feeling.value, feeling.confidence, _shown(list(feeling.hits)))
    scenario = category.scenario if category else None
    return Classification(judged_class, judged_category, urgency, judged_feeling, scenario)


Weighed = tuple[Hit, float]


def _sort_hits(reading: Reading, hits: list[Hit], rules: Rules) -> dict[str, list[Weighed]]:
    """By label, weighed by place; what the customer says he does not want speaks against itself."""
    found: dict[str, list[Weighed]] = {}
    for hit in hits:
        if not hit.phrase.label:
            continue
        weight = hit.phrase.weight * (1.15 if hit.start < _OPENING else 1.0)
        if hit.phrase.written in rules.negatable and _NOT_WANTED.search(reading.clause_before(hit.start, 12)):
            weight *= -0.5
        found.setdefault(hit.phrase.label, []).append((hit, weight))
    return found


def _sum(hits: list[Weighed]) -> float:
    """Each phrase once, the strongest first, further ones fading; what speaks against counts whole."""
    best: dict[str, float] = {}
    for hit, weight in hits:
        best[hit.phrase.written] = max(best.get(hit.phrase.written, -9.0), weight)
    total, factor = 0.0, 1.0
    for weight in sorted(best.values(), reverse=True):
        if weight < 0:
            total += weight
            continue
        total += weight * factor
        factor *= _FADING
    return total


def _class_scores(
    rules: Rules, own: Mapping[str, float], cues: Mapping[str, list[Weighed]], feeling: Feeling, reading: Reading
) -> dict[str, float]:
    scores: dict[str, float] = {}
    for name in CLASSES:
        topics = sorted((own.get(node.key, 0.0) for node in rules.by_class[name]), reverse=True)
        topic = topics[0] + 0.3 * sum(topics[1:3]) if topics else 0.0
        scores[name] = rules.priors[name] + _sum(cues.get(name, [])) + topic
    if len(reading.text.strip()) < _BRIEF:
        scores["consultation"] += 0.5
    scores["complaint"] += min(1.5, 0.5 * feeling.anger)
    if feeling.value == "negative":
        # Blame with an exclamation mark is rarely meant as information.
        scores["complaint"] += 1.3 if "!" in reading.text else 0.5
    elif feeling.value == "positive":
        scores["complaint"] -= 1.5
    return scores


def _softmax(scores: Mapping[str, float], sharpness: float) -> dict[str, float]:
    top = max(scores.values())
    powers = {key: math.exp((score - top) * sharpness) for key, score in scores.items()}
    total = sum(powers.values())
    return {key: power / total for key, power in powers.items()}


def _best_category(rules: Rules, top: str, own: Mapping[str, float]) -> tuple[Category | None, float]:
    """The category of class `top` with the highest score, and its share among them."""
    scores: dict[str, float] = {}
    for node in rules.by_class[top]:
        lent = sum(share * own.get(other, 0.0) for other, share in rules.borrows[node.key].items())
        scores[node.key] = own.get(node.key, 0.0) + lent
    if not scores or max(scores.values()) <= 0:
        fallback = rules.fallbacks.get(top)
        return (rules.by_key[fallback], _FALLBACK_SHARE) if fallback else (None, 0.0)
    shares = _softmax(scores, rules.sharpness)
    best = max(scores, key=lambda key: scores[key])
    return rules.by_key[best], shares[best]


def _judge_urgency(reading: Reading, rules: Rules) -> Judgement:
    score = 0.0
    low = 0.0
    counted: list[Weighed] = []
    for hit in rules.urgency.find(reading):
        weight = hit.phrase.weight
        if not hit.phrase.label or not weight:
            continue
        if hit.phrase.label == "low":
            low = max(low, weight)
            counted.append((hit, -weight))
            continue
        before = reading.clause_before(hit.start, 10)
        if _NOT_SO.search(before):
            continue
        if _ONLY_FEARED.search(before):
            weight *= 0.3
        score = max(score, weight) + 0.25 * min(score, weight)
        counted.append((hit, weight))
    evidence = _shown(counted)
    if score >= 3.0:
        return Judgement("urgent", min(0.97, 0.6 + 0.1 * score), evidence)
    if low and score < 2.0:
        return Judgement("low", min(0.9, 0.5 + 0.15 * low), evidence)
    if score >= 1.5:
        return Judgement("high", 0.5 + 0.1 * score, evidence)
    return Judgement("normal", 0.9 - 0.2 * score, evidence)


def _of(by_category: Mapping[str, list[Weighed]], rules: Rules, top: str) -> list[Weighed]:
    return [hit for node in rules.by_class[top] for hit in by_category.get(node.key, [])]


def _shown(*groups: list[Weighed]) -> tuple[Evidence, ...]:
    """The strongest few, each phrase once, in order of strength."""
    strongest: dict[str, Evidence] = {}
    for hit, weight in sorted((item for group in groups for item in group), key=lambda item: -abs(item[1])):
        written = hit.phrase.written
        if written not in strongest:
            strongest[written] = Evidence(written, hit.start, hit.end, round(weight, 2))
            if len(strongest) == _EVIDENCE_SHOWN:
                break
    return tuple(strongest.values())


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise RulesError(f"{where}: a mapping is wanted")
    return {str(key): entry for key, entry in value.items()}


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise RulesError(f"{where}: a list is wanted")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RulesError(f"{where}: a number is wanted, not {value!r}")
    return float(value)


def _phrases(by_weight: object, label: str) -> list[Phrase]:
    """`{weight: [phrases]}` as phrases of one label; a phrase without label only covers shorter ones."""
    if not isinstance(by_weight, Mapping):
        raise RulesError(f"{label}: phrases are wanted as weight: [list]")
    found: list[Phrase] = []
    for weight, written in by_weight.items():
        for phrase in _list(written, f"{label}.{weight}"):
            try:
                found.append(read_phrase(str(phrase), label, _number(weight, label)))
            except PhraseError as problem:
                raise RulesError(str(problem)) from problem
    return found


def _labelled(vocabulary: Mapping[str, object], name: str) -> list[Phrase]:
    entry = _mapping(vocabulary.get(name), name)
    return [phrase for label, by_weight in entry.items() for phrase in _phrases(by_weight, label)]
