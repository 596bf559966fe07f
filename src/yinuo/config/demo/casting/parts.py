"""Which part a text of a lived ticket plays, so that another can be written in its place."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from yinuo.config.demo import habits, stories
from yinuo.config.demo.texts import FAMILIES
from yinuo.tickets.models import Direction, Message

SHORTEST = 4
"""Shorter ones (“无”) stay: they would be found inside of others."""


@dataclass(frozen=True)
class Part:
    """`kind` is a method of `wording.Wording`; `account` is who speaks, where it is somebody of the house."""

    kind: str
    number: int = 0
    account: UUID | None = None


@cache
def _fixed() -> dict[str, str]:
    """Texts that forms and surveys are filled in with, and their kind."""
    texts = {text: "fix" for family in FAMILIES for text in family.solution}
    texts |= dict.fromkeys(habits.PROGRESS, "progress")
    texts |= dict.fromkeys(stories.DIAGNOSES, "diagnosis")
    texts |= dict.fromkeys(habits.PRAISE, "praise")
    texts |= dict.fromkeys(habits.BLAME, "blame")
    return {text: kind for text, kind in texts.items() if len(text) >= SHORTEST}


def parts_in(texts: Iterable[str]) -> dict[str, Part]:
    """The texts of forms and surveys that stand in these, each with its part."""
    whole = "\n".join(texts)
    found = [(text, kind) for text, kind in _fixed().items() if text in whole]
    return {text: Part(kind, number) for number, (text, kind) in enumerate(sorted(found))}


@cache
def _spoken() -> list[tuple[str, re.Pattern[str]]]:
    """What agents say, by kind, as patterns of whole texts."""
    kinds = (
        ("solved", [text for family in FAMILIES for text in family.solved]),
        ("question", [text for family in FAMILIES for text in family.questions]),
        ("sorry", [stories.SORRY, stories.SORRY_EN]),
    )
    return [(kind, _pattern(text)) for kind, texts in kinds for text in texts]


def _pattern(text: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[A-Za-z]+\}", text)
    return re.compile(".+?".join(re.escape(piece) for piece in pieces), re.DOTALL)


def part_of_message(message: Message, *, is_first: bool) -> str | None:
    """The part of a text that a person wrote; None where the house wrote it by a template."""
    if message.template:
        return None
    match message.direction:
        case Direction.IN if message.text in (*stories.WITHDRAWALS, stories.WITHDRAWAL_EN):
            return "withdrawal"
        case Direction.IN:
            return "opening" if is_first else "more"
        case Direction.INTERNAL:
            return "note"
    return next((kind for kind, pattern in _spoken() if pattern.fullmatch(message.text)), "answer")


def texts_in(value: Any) -> Iterable[str]:
    """Every text in a value of JSON."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from texts_in(one)
        case list():
            for one in value:
                yield from texts_in(one)
