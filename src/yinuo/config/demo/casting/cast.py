"""One ticket more: the blanks of a mould filled in, and every row of it as text for COPY."""

import hashlib
import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model

from yinuo.config.demo.casting.crew import Crew
from yinuo.config.demo.casting.ids import next_id
from yinuo.config.demo.casting.mould import Mould
from yinuo.config.demo.casting.pattern import in_zulu, said, said_in_english
from yinuo.config.demo.casting.people import Person
from yinuo.config.demo.casting.reading import hexed
from yinuo.config.demo.casting.shifting import Course
from yinuo.config.demo.casting.vectors import vector_of
from yinuo.config.demo.casting.wording import Wording
from yinuo.config.demo.products import ProductPlan
from yinuo.foundation.encryption import conceal
from yinuo.tickets.links import hash_of, token_of

Lines = dict[type[Model], list[str]]


@dataclass(frozen=True)
class Goods:
    """A product of the catalogue, with what is said about it."""

    id: str
    plan: ProductPlan


class Foundry:
    """Casts tickets. `recorded`: the instant at which history says that it was written down."""

    def __init__(self, *, rng: Random, crew: Crew, zone: ZoneInfo, recorded: str) -> None:
        self._rng, self._crew, self._zone = rng, crew, zone
        self._wording = Wording(rng)
        self.recorded = recorded
        self.lines: Lines = defaultdict(list)

    def cast(self, mould: Mould, course: Course, *, back: timedelta, person: Person, goods: Goods, number: str) -> None:
        """Appends the rows of one ticket, of `course` moved `back`, to `lines`."""
        ticket = mould.ticket
        values = list(mould.slots.original)
        for slot in mould.ids:
            values[slot] = next_id()
        opened_at = course.opened_at - back
        self._wording.begin(
            category=ticket.category.code if ticket.category else "", is_urgent=ticket.urgency == "urgent",
            product=goods.plan, at=opened_at.astimezone(self._zone), language=ticket.language, customer=person.name,
        )  # fmt: skip
        self._people(mould, values, person, goods)
        self._times(mould, values, course, back)
        self._link(mould, values, number)
        self._texts(mould, values)
        self._computed(mould, values, opened_at)
        for model, pattern in mould.lines.items():
            self.lines[model].append(pattern.fill(values))

    def _people(self, mould: Mould, values: list[str], person: Person, goods: Goods) -> None:
        stands_for = self._crew.cast(mould, self._rng)
        for key, slot in mould.named:
            match key[0]:
                case "account" | "team":
                    values[slot] = stands_for[key[1]].id
                case "name" | "team name":
                    values[slot] = stands_for[key[1]].name
                case "customer":
                    values[slot] = person.id
                case "customer name":
                    values[slot] = person.name
                case "email":
                    values[slot] = person.email
                case "phone":
                    values[slot] = person.phone
                case "product":
                    values[slot] = goods.id
                case "product name":
                    values[slot] = goods.plan.name
                case "product model":
                    values[slot] = goods.plan.model
                case "mail":
                    domain = values[slot].rpartition("@")[2].rstrip(">")
                    own = person.email.rpartition("@")[2] if domain in mould.domains else domain
                    values[slot] = f"<{self._rng.getrandbits(48):012x}.{self._rng.getrandbits(20)}@{own}>"
                case "recorded":
                    values[slot] = self.recorded
                case "salt":
                    values[slot] = os.urandom(16).hex()
        self._speakers = stands_for

    def _times(self, mould: Mould, values: list[str], course: Course, back: timedelta) -> None:
        instants = course.instants
        for slot, index in mould.plain_times:
            values[slot] = (instants[index] - back).isoformat()
        for slot, kind, index in mould.other_times:
            at = instants[index] - back
            match kind:
                case "local":
                    values[slot] = at.astimezone(self._zone).isoformat()
                case "zulu":
                    values[slot] = in_zulu(at)
                case "said":
                    values[slot] = said(at, self._zone)
                case "said_in_english":
                    values[slot] = said_in_english(at, self._zone)
        if mould.dates:
            days = (course.opened_at - back).astimezone(self._zone).date() - mould.ticket.opened_at.astimezone(
                self._zone
            ).date()
            for slot, on in mould.dates:
                values[slot] = (on + days).isoformat()

    @staticmethod
    def _link(mould: Mould, values: list[str], number: str) -> None:
        salt = os.urandom(16)
        token = token_of(UUID(values[mould.ticket_slot]), salt)
        for key, slot in mould.linked:
            match key[0]:
                case "number":
                    values[slot] = number
                case "link":
                    values[slot] = token
                case "link salt":
                    values[slot] = hexed(salt)
                case "link hash":
                    values[slot] = hexed(hash_of(token))

    def _texts(self, mould: Mould, values: list[str]) -> None:
        wording = self._wording
        for part, slot, in_json in mould.spoken:
            if part.account is not None and part.kind in WITH_NAME:
                text = getattr(wording, part.kind)(self._speakers[part.account].name)
            else:
                text = getattr(wording, part.kind)()
            if slot is not None:
                values[slot] = text
            if in_json is not None:
                values[in_json] = text.replace("\n", "\\n")

    @staticmethod
    def _computed(mould: Mould, values: list[str], opened_at: datetime) -> None:
        for slot, pattern in mould.concealed:
            values[slot] = hexed(conceal(pattern.fill(values)))
        for slot, pattern in mould.vectors:
            values[slot] = vector_of(pattern.fill(values), opened_at)
        for digest, salt, pattern in mould.personal:
            values[digest] = hashlib.sha256((values[salt] + pattern.fill(values)).encode()).hexdigest()
        for slot, pattern in mould.digests:
            values[slot] = "\\\\x" + hashlib.sha256(pattern.fill(values).encode()).hexdigest()


WITH_NAME = frozenset({"answer", "question", "solved", "sorry"})
