"""A ticket that was lived through as the form of others: every row of it, with blanks (docs/adr/0011).

What services wrote is kept row by row and column by column; only what makes a ticket this one is blank: ids, instants,
numbers, names, texts, and what is computed from them (ciphers, digests, search vectors, links).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import DateTimeField, Model

from yinuo.channels.models import Contact, Delivery
from yinuo.config.demo.casting.parts import Part, part_of_message, parts_in, texts_in
from yinuo.config.demo.casting.pattern import Key, Pattern, Slots, Unfit, Weaver
from yinuo.config.demo.casting.reading import Line
from yinuo.customers.models import Customer
from yinuo.foundation.encryption import EncryptedText
from yinuo.foundation.events import canonical_of
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Document, Evidence, Subtask
from yinuo.sla.models import Deadline
from yinuo.staff.models import Notice
from yinuo.tickets.links import token_for
from yinuo.tickets.models import Message, OrderLink, SearchRow, Ticket

OTHERS = ("product name", "product model", "mail", "recorded", "salt")
LINKED = ("number", "link", "link salt", "link hash")
TIMED = frozenset({"at", "local", "zulu", "said", "said_in_english"})
NOT_CAST: tuple[type[Model], ...] = (Contact, Delivery, Document, Evidence, OrderLink, Subtask)
"""Tickets with rows here have files of their own, or are about an order of theirs: no mould is made of them."""


@dataclass
class Mould:
    """What a cast is made from. Slots are numbers into the values of one cast, in the order they are computed."""

    ticket: Ticket
    customer: Customer
    deadlines: list[Deadline]
    instants: list[datetime]
    told: list[tuple[UUID, str, datetime]]
    """Of each promise: what history says of it, and when."""
    slots: Slots = field(default_factory=Slots)
    ids: list[int] = field(default_factory=list)
    ticket_slot: int = 0
    named: list[tuple[Key, int]] = field(default_factory=list)
    """Slots of who and what: accounts, teams, the customer, the product."""
    linked: list[tuple[Key, int]] = field(default_factory=list)
    plain_times: list[tuple[int, int]] = field(default_factory=list)
    """Slots, and which of `instants` stands there; `other_times` are said in another way, named in the middle."""
    other_times: list[tuple[int, str, int]] = field(default_factory=list)
    dates: list[tuple[int, date]] = field(default_factory=list)
    spoken: list[tuple[Part, int | None, int | None]] = field(default_factory=list)
    """Parts with their slots, as they are and as they stand in JSON."""
    domains: frozenset[str] = frozenset()
    accounts: list[UUID] = field(default_factory=list)
    team_ids: list[UUID] = field(default_factory=list)
    concealed: list[tuple[int, Pattern]] = field(default_factory=list)
    personal: list[tuple[int, int, Pattern]] = field(default_factory=list)
    """Slots of digest and salt, and the text under them."""
    vectors: list[tuple[int, Pattern]] = field(default_factory=list)
    digests: list[tuple[int, Pattern]] = field(default_factory=list)
    lines: dict[type[Model], Pattern] = field(default_factory=dict)
    """All rows of a table at once."""
    counts: dict[type[Model], int] = field(default_factory=dict)

    @property
    def is_quiet(self) -> bool:
        """No alarm is to come: it may stand at any time of the past."""
        return all(row.next_alarm_at is None for row in self.deadlines)


def models_with_tickets() -> list[type[Model]]:
    """Every table whose rows belong to a ticket, the ticket itself first."""
    found = [
        model
        for model in apps.get_models()
        if model is not Ticket and any(one.column == "ticket_id" for one in model._meta.concrete_fields)
    ]
    return [Ticket, *sorted(found, key=lambda model: model._meta.db_table)]


def make_mould(ticket: Ticket, *, zone: ZoneInfo, names: dict[UUID, str], teams: dict[UUID, str]) -> Mould:
    """Raises `Unfit` where the ticket holds what cannot be told anew. `names` of all accounts, `teams` all teams."""
    rows = {model: list(model._default_manager.filter(ticket_id=ticket.id)) for model in models_with_tickets()[1:]}
    if any(rows[model] for model in NOT_CAST):
        raise Unfit("it has files or orders of its own")
    if any(row.provisional for row in rows[Deadline]):
        raise Unfit("a promise that is provisional here would not be elsewhere")
    told = {one for row in rows[HistoryRow] for one in row.values.get("notice_ids", ())}
    rows[Notice] = [row for row in rows[Notice] if str(row.id) in told]  # others are shared with other tickets
    rows = {Ticket: [ticket], **{model: found for model, found in rows.items() if found}}
    for found in rows.values():
        found.sort(key=lambda row: str(row.pk))
    mould = Mould(
        ticket=ticket,
        customer=ticket.customer,
        deadlines=rows.get(Deadline, []),
        instants=[],
        told=[(row.subject_id, row.kind, row.at) for row in rows[HistoryRow] if row.subject_kind == "deadline"],
    )
    return _Maker(mould, rows, zone, names, teams).make()


class _Maker:
    def __init__(
        self,
        mould: Mould,
        rows: dict[type[Model], list[Any]],
        zone: ZoneInfo,
        names: dict[UUID, str],
        teams: dict[UUID, str],
    ) -> None:
        self.mould, self.rows, self.names, self.teams = mould, rows, names, teams
        self.weaver = Weaver(mould.slots, self._known(), self._ids(), list(self._instants()), zone, self._whole())
        self.line = Line(self.weaver, mould.slots)

    def make(self) -> Mould:
        mould, slots = self.mould, self.mould.slots
        for model, found in self.rows.items():
            patterns = [self.line.of(row, self._special(row)) for row in found]
            mould.lines[model] = joined(patterns)
            mould.counts[model] = len(found)
        mould.concealed = self.line.concealed
        mould.ids = [number for _, number in sorted(slots.like("id"), key=lambda one: str(one[0][1]))]
        mould.ticket_slot = slots.numbers["id", mould.ticket.id]
        named = ("account", "name", "team", "team name", "customer", "customer name", "email", "phone", "product")
        mould.named = [one for kind in (*named, *OTHERS) for one in slots.like(kind)]
        mould.accounts = sorted({key[1] for kind in ("account", "name") for key, _ in slots.like(kind)})  # type: ignore[type-var,misc]
        mould.team_ids = sorted({key[1] for kind in ("team", "team name") for key, _ in slots.like(kind)})  # type: ignore[type-var,misc]
        mould.linked = [one for kind in LINKED for one in slots.like(kind)]
        self._times()
        texts = {key[1]: number for key, number in slots.like("text")}
        in_json = {key[2]: number for key, number in slots.like("json") if key[1] == "text"}
        mould.linked += [(key[1:], number) for key, number in slots.like("json") if key[1] == "link"]
        mould.spoken = [
            (part, texts.get(part), in_json.get(part)) for part in {**texts, **in_json} if isinstance(part, Part)
        ]
        identities = mould.customer.identities.all()
        mould.domains = frozenset(one.value.rpartition("@")[2] for one in identities if "@" in one.value)
        return mould

    def _times(self) -> None:
        mould, slots = self.mould, self.mould.slots
        timed = [(key, number) for key, number in slots.numbers.items() if key[0] in TIMED]
        mould.instants = sorted({key[1] for key, _ in timed if isinstance(key[1], datetime)})
        place = {instant: index for index, instant in enumerate(mould.instants)}
        for key, number in timed:
            if key[0] == "at":
                mould.plain_times.append((number, place[key[1]]))  # type: ignore[index]
            else:
                mould.other_times.append((number, str(key[0]), place[key[1]]))  # type: ignore[index]
        mould.dates = [(number, key[1]) for key, number in slots.like("date")]  # type: ignore[misc]

    # -- what differs --------------------------------------------------------------------------------

    def _ids(self) -> dict[UUID, Key]:
        own = {row.pk: ("id", row.pk) for found in self.rows.values() for row in found if isinstance(row.pk, UUID)}
        customer = self.mould.customer
        keyed: dict[UUID, Key] = {one: ("account", one) for one in self.names}
        keyed |= {one: ("team", one) for one in self.teams}
        keyed[customer.id] = ("customer",)
        if self.mould.ticket.product_id:
            keyed[self.mould.ticket.product_id] = ("product",)
        return keyed | own

    def _known(self) -> dict[str, Key]:
        ticket, customer = self.mould.ticket, self.mould.customer
        known: dict[str, Key] = {text: ("text", part) for text, part in parts_in(self._all_texts()).items()}
        known |= {name: ("name", one) for one, name in self.names.items()}
        known |= {name: ("team name", one) for one, name in self.teams.items()}
        for identity in customer.identities.all():
            known[identity.value] = (identity.kind,)
        if ticket.product:
            known |= {ticket.product.name: ("product name",), ticket.product.model: ("product model",)}
        known |= {customer.name: ("customer name",), ticket.number: ("number",), token_for(ticket): ("link",)}
        for row in self.rows[HistoryRow]:
            recorded = row.recorded_at.astimezone(UTC).isoformat()
            known[recorded] = ("recorded", recorded)
            known |= {digest: ("personal digest", digest) for digest in row.personal_digests.values()}
            known |= {salt: ("salt", salt) for salt, _ in personal_with_salts(row).values()}
        known[ticket.subject] = ("text", Part("subject"))
        for number, message in enumerate(sorted(self.rows.get(Message, []), key=lambda row: (row.at, str(row.id)))):
            part = part_of_message(message, is_first=number == 0)
            if part:
                known.setdefault(message.text, ("text", Part(part, number, message.account_id)))
        return known

    def _whole(self) -> str:
        """Every text of every row, also as it stands in JSON."""
        texts = [
            str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for found in self.rows.values()
            for row in found
            for one in row._meta.concrete_fields
            if isinstance(value := getattr(row, one.attname), str | dict | list)
        ]
        return "\n".join(texts)

    def _all_texts(self) -> Iterable[str]:
        """Whatever was said in forms, notes and surveys."""
        for found in self.rows.values():
            for row in found:
                for one in row._meta.concrete_fields:
                    if isinstance(one, EncryptedText):
                        yield from texts_in(getattr(row, one.attname))

    def _instants(self) -> Iterable[datetime]:
        """Those that a text may name; a promise's due instant before another one of the same minute."""
        for found in self.rows.values():
            for row in found:
                for one in row._meta.concrete_fields:
                    if isinstance(one, DateTimeField) and (value := getattr(row, one.attname)):
                        yield value
        yield from (row.due_at for row in self.mould.deadlines)

    # -- what is computed ----------------------------------------------------------------------------

    def _special(self, row: Any) -> dict[str, int]:
        slots = self.mould.slots
        match row:
            case Ticket():
                return {"link_hash": slots.of(("link hash",), ""), "link_salt": slots.of(("link salt",), "")}
            case HistoryRow():
                self._digest(row)
                recorded = row.recorded_at.astimezone(UTC).isoformat()
                return {
                    "digest": slots.of(("digest", row.id), ""),
                    "recorded_at": slots.of(("recorded", recorded), recorded),
                }
            case SearchRow():
                text = self._indexed(row)
                self.mould.vectors.append((slots.of(("vector", row.pk), ""), self.weaver.plain(text)))
                return {"vector": slots.of(("vector", row.pk), "")}
        return {}

    def _digest(self, row: HistoryRow) -> None:
        pattern = self.weaver.json(canonical_of(row))
        self.mould.digests.append((self.mould.slots.of(("digest", row.id), ""), pattern))
        for name, (salt, text) in personal_with_salts(row).items():
            known = row.personal_digests[name]
            numbers = self.mould.slots.of(("personal digest", known), known), self.mould.slots.of(("salt", salt), salt)
            self.mould.personal.append((*numbers, self.weaver.plain(text)))

    def _indexed(self, row: SearchRow) -> str:
        if row.part:
            raise Unfit("a text in several rows")
        if row.source_id == self.mould.ticket.id:
            return str(self.mould.ticket.subject)
        message = next(one for one in self.rows[Message] if one.id == row.source_id)
        return str(message.full_text or message.text)


def personal_with_salts(row: HistoryRow) -> dict[str, tuple[str, str]]:
    """Salt and text of each personal value of a history row."""
    return {name: (salt, text) for name, (salt, text) in json.loads(row.personal).items()} if row.personal else {}


def joined(patterns: Sequence[Pattern]) -> Pattern:
    """Several lines as one."""
    text = "".join(one.text if one.slots else one.text.replace("%", "%%") for one in patterns)
    return Pattern(text, [slot for one in patterns for slot in one.slots])
