"""Facts: recorded once, in the transaction that makes them true (R-SE-2).

`record` writes history. Who reacts is said in `config/wiring.py` alone: AT_ONCE functions run here and now, for
rows that may never be missing beside the fact; AFTERWARDS functions run in a job, at least once, in any order.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.utils.module_loading import import_string
from pydantic import TypeAdapter

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor, ActorKind
from yinuo.foundation.ids import new_id
from yinuo.foundation.jobs import later
from yinuo.foundation.jsontext import read, written
from yinuo.foundation.models import HistoryRow, Installation
from yinuo.foundation.pending import Pending, pending
from yinuo.foundation.proofs import canonical, personal_digest, row_digest
from yinuo.foundation.rows import new


@dataclass(frozen=True)
class Fact:
    """Base of every fact. Fields are ids and plain values, never personal ones (those go by `personal`)."""

    @classmethod
    @cache
    def fact_kind(cls) -> str:
        """`<room>.<Name>`, such as `tickets.TicketOpened`."""
        return f"{cls.__module__.removeprefix('yinuo.').split('.')[0]}.{cls.__name__}"


class Recorded(NamedTuple):
    """A fact with its circumstances, as handlers get it."""

    id: UUID
    fact: Any
    at: datetime
    by: Actor
    subject: tuple[str, UUID]
    ticket_id: UUID | None
    customer_id: UUID | None


H = TypeVar("H", bound=Callable[..., None])
Handler = Callable[..., None]
"""Takes a `Recorded`; marked `together`, a list of them."""


@dataclass
class _Wiring:
    at_once: Mapping[type[Fact], tuple[str, ...]]
    afterwards: Mapping[type[Fact], tuple[str, ...]]


_wiring = _Wiring({}, {})


def connect(*, at_once: Mapping[type[Fact], tuple[str, ...]], afterwards: Mapping[type[Fact], tuple[str, ...]]) -> None:
    """Hands the wiring down from `config` (dotted names of functions that take a `Recorded`)."""
    _wiring.at_once, _wiring.afterwards = at_once, afterwards


TogetherHandler = Callable[[list[Recorded]], None]


def together(handler: TogetherHandler) -> TogetherHandler:
    """Marks an AFTERWARDS function that takes all facts at hand that concern it, those of many services too: what it
    needs for each of them is read for all at once. After a failure one of them may come again alone."""
    handler.takes_many = True  # type: ignore[attr-defined]
    return handler


def takes_many(name: str) -> bool:
    return getattr(function_named(name), "takes_many", False)


def only_if(concerned: Callable[[Any], bool]) -> Callable[[H], H]:
    """Marks an AFTERWARDS function that has nothing to do for other facts: those cost no job."""

    def mark(handler: H) -> H:
        handler.concerned = concerned  # type: ignore[attr-defined]
        return handler

    return mark


def call(name: str, events: list[Recorded]) -> None:
    """Calls an AFTERWARDS function for these facts, if there are any."""
    handler = function_named(name)
    for argument in [events] if takes_many(name) and events else events:
        handler(argument)


def record(
    fact: Fact,
    *,
    by: Actor,
    at: datetime,
    subject: tuple[str, UUID],
    ticket_id: UUID | None = None,
    customer_id: UUID | None = None,
    personal: Mapping[str, str] | None = None,
) -> Recorded:
    """Writes `fact` into the history of the running service and calls its AT_ONCE functions.

    `at` is when it happened. `personal` are texts of or about a person: kept encrypted, erasable without
    breaking the seal.
    """
    mine = pending()
    recorded = Recorded(new_id(), fact, at, by, subject, ticket_id, customer_id)
    handlers = _wiring.at_once.get(type(fact), ())
    if handlers and mine.inside_at_once:
        raise RuntimeError(f"{fact.fact_kind()} has AT_ONCE functions itself, so it may not be recorded by one")
    mine.rows.append(_row(recorded, personal or {}))
    if afterwards_of(fact):
        mine.afterwards.append(recorded.id)
    if handlers:
        mine.inside_at_once = True
        try:
            for name in handlers:
                function_named(name)(recorded)
        finally:
            mine.inside_at_once = False
    return recorded


def _row(recorded: Recorded, personal: Mapping[str, str]) -> HistoryRow:
    salted = {name: (os.urandom(16).hex(), text) for name, text in personal.items()}
    row = new(
        HistoryRow,
        id=recorded.id,
        kind=recorded.fact.fact_kind(),
        at=recorded.at,
        recorded_at=clock.by_the_wall(),
        actor_kind=recorded.by.kind.value,
        actor_id=recorded.by.id,
        actor_part=recorded.by.part,
        subject_kind=recorded.subject[0],
        subject_id=recorded.subject[1],
        ticket_id=recorded.ticket_id,
        customer_id=recorded.customer_id,
        values=_values(recorded.fact),
        personal=written(salted) if salted else None,
        personal_digests={name: personal_digest(salt, text) for name, (salt, text) in salted.items()},
        era=current_era(),
    )
    row.digest = digest_of(row)
    return row


def _values(fact: Fact) -> dict[str, Any]:
    return {name: value if type(value) in _PLAIN else _plain(value) for name, value in vars(fact).items()}


_PLAIN = frozenset((str, int, float, bool, type(None)))


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case Enum():
            return value.value
        case UUID():
            return str(value)
        case datetime():
            return _instant(value)
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"a fact holds plain values only, not {type(value).__name__}")


def _instant(at: datetime) -> str:
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()


def columns_of(row: HistoryRow) -> list[Any]:
    """What the digest of a history row is over, as `proofs.COLUMNS` names it."""
    return [
        str(row.id),
        row.kind,
        _instant(row.at),
        _instant(row.recorded_at),
        row.actor_kind,
        str(row.actor_id or ""),
        row.actor_part,
        row.subject_kind,
        str(row.subject_id),
        str(row.ticket_id or ""),
        str(row.customer_id or ""),
        row.values,
        row.personal_digests,
    ]


def canonical_of(row: HistoryRow) -> str:
    """The canonical form of a history row, in which personal values stand as salted digests."""
    return canonical(columns_of(row))


def digest_of(row: HistoryRow) -> bytes:
    """SHA-256 over the canonical form of a history row."""
    return row_digest(columns_of(row))


def personal_of(row: HistoryRow) -> dict[str, str]:
    """The personal texts of a history row; empty after erasure."""
    return {name: text for name, (_salt, text) in read(row.personal).items()} if row.personal else {}


def write_history(mine: Pending) -> None:
    """The recorded rows join those to be written, with at most one job row; called at the end of a service."""
    mine.collected.extend(mine.rows)
    if mine.afterwards:
        later("foundation.run_afterwards", event_ids=[str(id) for id in mine.afterwards])


@cache
def current_era() -> int:
    """Which count of transaction ids this cluster is in; fixed while a process lives."""
    return Installation.objects.values_list("era", flat=True).get()


@cache
def function_named(name: str) -> Handler:
    return import_string(name)


def afterwards_of(fact: Fact) -> tuple[str, ...]:
    """The dotted names of the functions that run after the commit of `fact`: those that it concerns."""
    names = _wiring.afterwards.get(type(fact), ())
    return tuple(name for name in names if _concerned(name)(fact))


@cache
def _concerned(name: str) -> Callable[[Any], bool]:
    return getattr(function_named(name), "concerned", _always)


def _always(fact: Any) -> bool:
    return True


@cache
def _fact_type(kind: str) -> TypeAdapter[Any]:
    for fact_type in {*_wiring.at_once, *_wiring.afterwards}:
        if fact_type.fact_kind() == kind:
            return TypeAdapter(fact_type)
    raise KeyError(kind)


def recorded_of(row: HistoryRow) -> Recorded:
    """A history row as its handlers get it."""
    return Recorded(
        id=row.id,
        fact=_fact_type(row.kind).validate_python(row.values),
        at=row.at,
        by=Actor(ActorKind(row.actor_kind), row.actor_id, row.actor_part),
        subject=(row.subject_kind, row.subject_id),
        ticket_id=row.ticket_id,
        customer_id=row.customer_id,
    )
