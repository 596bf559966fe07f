"""The form of a family of texts, and its blanks."""

from dataclasses import dataclass
from typing import Literal

Blank = Literal[
    "product", "full", "model", "code", "order", "date", "place", "days", "time", "count", "money", "customer", "agent",
    "number", "english", "English",
]  # fmt: skip
"""Names that texts may hold in braces: short and full name of the product, its model, a fault code, an order number, a
date, a district, a number of days, a time of day, a count, an amount, the customer's and the agent's name, the ticket's
number, the product's English name, small and with a capital."""


@dataclass(frozen=True)
class Family:
    """One kind of matter. `openings`: subject and text. `answers`: the first answer; `questions`: what else the agent
    has to know; `more`: what the customer says to that; `solved`: how the agent tells the solution; `solution`: the
    same in the form of the step. `weight`: how often. `technical`: share that goes to the second line."""

    category: str
    openings: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]
    solved: tuple[str, ...]
    solution: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    urgency: str = "normal"
    way: str = "remote"
    weight: int = 4
    technical: float = 0.0
    codes: tuple[str, ...] = ("E1",)
    language: str = "zh-hans"
