"""Suggesting a class, and learning from what people decide (R-CL-1, R-AI-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import structlog

from yinuo.assist.apart import weigh
from yinuo.assist.builtin import rules_for
from yinuo.assist.events import ModelTrained
from yinuo.assist.learned import Model, Sample, Verdict, classify_with, dump_model, load_model
from yinuo.assist.models import LearnedModel, Suggestion
from yinuo.catalog.models import Category
from yinuo.domain.classification import Category as Node
from yinuo.domain.classification import Classification, Rules, classify
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.files import keep_file, read_file
from yinuo.foundation.in_force import once
from yinuo.foundation.work import service
from yinuo.tickets.models import Message, Ticket

log = structlog.get_logger()
LEARNER = Actor.system("learner")
TAUGHT_BY = 20_000
"""At most so many decided tickets are read for training, the newest."""


def current_rules() -> Rules:
    """The built-in vocabulary over this desk's own tree."""
    return once("classification rules", _current_rules)


def _current_rules() -> Rules:
    rows = Category.objects.filter(active=True).values_list("code", "ticket_class", "scenario_id", "keywords")
    return _rules(
        tuple((code, top, scenario, tuple(words)) for code, top, scenario, words in rows.order_by("position"))
    )


@lru_cache(maxsize=4)
def _rules(tree: tuple[tuple[str, str, str, tuple[str, ...]], ...]) -> Rules:
    return rules_for(Node(code, top, scenario, words) for code, top, scenario, words in tree)


def classify_by_rules(text: str, subject: str = "") -> Classification:
    """What a ticket begins with: rules only, so that opening one waits on nothing."""
    return classify(text, current_rules(), subject)


@lru_cache(maxsize=2)
def _model(model_id: UUID, file_id: UUID) -> Model:
    return load_model(read_file(file_id))


def model_in_use() -> Model | None:
    row = LearnedModel.objects.filter(in_use=True).order_by("-trained_at").first()
    return _model(row.id, row.arrays_id) if row else None


@dataclass(frozen=True)
class Suggested:
    """`source` is `rules` or `model`; `category` may be empty."""

    source: str
    category: str
    confidence: float


@service
def suggest(*, tickets: Sequence[Ticket], now: datetime) -> dict[UUID, Suggested]:
    """The best suggestion there is for each of these new tickets, by ticket, kept beside it so that its accuracy can be
    measured. What the rules said when it was opened is not asked again."""
    model = model_in_use()
    known = [] if model else [ticket for ticket in tickets if _was_ruled(ticket)]
    found = {
        ticket.id: Suggested("rules", ticket.category.code if ticket.category else "", ticket.category_confidence or 0)
        for ticket in known
    }
    asked = [ticket for ticket in tickets if ticket.id not in found]
    texts = _first_texts([ticket.id for ticket in asked])
    rules = current_rules() if asked else None
    for ticket in asked:
        text = texts.get(ticket.id, "")
        said = classify_with(model, text, rules, ticket.subject) if model else classify(text, rules, ticket.subject)
        found[ticket.id] = Suggested(said.source, said.category.value or "", said.category.confidence)
    Suggestion.objects.bulk_create(
        [
            Suggestion(
                ticket_id=id, source=said.source, category=said.category, confidence=said.confidence, suggested_at=now
            )
            for id, said in found.items()
        ],
        ignore_conflicts=True,
    )
    return found


def _was_ruled(ticket: Ticket) -> bool:
    return ticket.category_source == "rules" and ticket.category_confidence is not None


def _first_texts(ticket_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the customer wrote first, by ticket."""
    if not ticket_ids:
        return {}
    first = Message.objects.filter(ticket_id__in=ticket_ids, direction="in").order_by("ticket_id", "at")
    return dict(first.distinct("ticket_id").values_list("ticket_id", "text"))


@service
def decide(*, ticket: Ticket, account_id: UUID | None, now: datetime) -> None:
    """What stands is what a person decided: by changing the class, or by closing the matter with it."""
    Suggestion.objects.filter(ticket_id=ticket.id).update(
        decided=ticket.category.code if ticket.category else "", decided_at=now, decided_by_id=account_id
    )


def decided_samples() -> list[Sample]:
    """Texts with what people decided, oldest first."""
    rows = list(
        Suggestion.objects.filter(decided_at__isnull=False)
        .exclude(decided="")
        .order_by("-decided_at")
        .values_list("ticket_id", "decided", "decided_at")[:TAUGHT_BY]
    )
    tops = dict(Category.objects.values_list("code", "ticket_class"))
    tickets = {
        ticket.id: ticket for ticket in Ticket.objects.filter(id__in=[row[0] for row in rows]).only("id", "subject")
    }
    texts: dict[UUID, str] = {}
    for message in (
        Message.objects.filter(ticket_id__in=tickets, direction="in").order_by("-at").only("ticket_id", "text")
    ):
        texts[message.ticket_id] = message.text
    return [
        Sample(f"{tickets[ticket_id].subject}\n{texts.get(ticket_id, '')}", label, at, tops.get(label, ""))
        for ticket_id, label, at in reversed(rows)
        if ticket_id in tickets
    ]


def learn(*, now: datetime) -> LearnedModel | None:
    """Trains on what was decided; the model is used where it beats the rules on the last month, held out by time.
    Fewer than 500 decided tickets: the rules stay. Minutes of work lie outside of any transaction."""
    verdict = weigh(decided_samples(), current_rules())
    log.info("classifier weighed", reason=verdict.reason, samples=verdict.samples, held_out=verdict.held_out)
    return keep_verdict(verdict=verdict, by=LEARNER, now=now)


@service
def keep_verdict(*, verdict: Verdict, by: Actor, now: datetime) -> LearnedModel | None:
    """Puts the model of a verdict in use, or none where the rules stay."""
    LearnedModel.objects.filter(in_use=True).update(in_use=False)
    if verdict.model is None:
        return None
    row = LearnedModel(
        trained_at=now,
        arrays=keep_file(dump_model(verdict.model), content_type="application/octet-stream", now=now),
        samples=verdict.samples,
        held_out=verdict.held_out,
        accuracy=verdict.model_accuracy,
        rules_accuracy=verdict.rules_accuracy,
        in_use=True,
    )
    row.save(force_insert=True)
    record(
        ModelTrained(row.id, row.samples, row.held_out, row.accuracy, row.rules_accuracy, True),
        by=by, at=now, subject=("model", row.id),
    )  # fmt: skip
    return row
