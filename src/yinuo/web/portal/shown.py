"""What the customer's page of a ticket shows, as flat values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinuo.domain.scoring import Question
from yinuo.orders.queries import orders_on_their_way
from yinuo.orders.states import MilestoneKind, OrderState
from yinuo.procedures.agreeing import plans_of
from yinuo.procedures.messages import say_instant
from yinuo.quality.models import Survey
from yinuo.quality.queries import last_answered, questions_for, survey_to_answer, wants_better
from yinuo.sla.models import DeadlineState
from yinuo.sla.queries import promises_of, warn_at
from yinuo.tickets import queries
from yinuo.tickets.models import OPEN_STATUSES, Direction, Message, Status, Ticket
from yinuo.tickets.queries import messages_of_customer_view
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.portal.words import ORDER_TONE, PATH, PROMISED, SCORES, STANDS_AT, STATUS, TONE

Row = dict[str, Any]


def instant(at: datetime | None) -> Row:
    """ISO for the script that knows the viewer's zone, and words for who has no scripts."""
    if at is None:
        return {"iso": "", "text": ""}
    return {"iso": at.isoformat(timespec="seconds"), "text": say_instant(at, get_language() or "zh")}


def head_of(ticket: Ticket) -> Row:
    stands_at = STANDS_AT[Status(ticket.status)]
    reached = (ticket.opened_at, None, ticket.solved_at, ticket.confirmed_at, ticket.closed_at)
    skipped = stands_at == 4 and ticket.confirmed_at is None
    return {
        "number": ticket.number,
        "subject": ticket.subject or _("(no subject)"),
        "status": STATUS[ticket.status],
        "tone": TONE[Status(ticket.status)],
        "opened": instant(ticket.opened_at),
        "again": ticket.round if ticket.round > 1 and ticket.status in OPEN_STATUSES else 0,
        "path": [
            {
                "label": label,
                "state": _state(place, stands_at, skipped=skipped and place == 3),
                "at": instant(reached[place]),
            }
            for place, label in enumerate(PATH)
        ],
    }


def _state(place: int, stands_at: int, *, skipped: bool) -> str:
    if skipped:
        return "skipped"
    if place < stands_at or (place == stands_at and place >= 3):
        return "done"
    return "now" if place == stands_at else "next"


def promise_of(ticket: Ticket, now: datetime) -> Row | None:
    """What the customer may expect next and by when: the earliest promise to the customer that is still open."""
    if ticket.status not in OPEN_STATUSES:
        return None
    known = [row for row in promises_of(ticket.id).answer() if row.kind in PROMISED]
    running = next((row for row in known if row.state == DeadlineState.RUNNING), None)
    if running is None:
        return None
    late = running.due_at < now
    return {
        "what": PROMISED[running.kind],
        "due": instant(running.due_at),
        "late": late,
        "chip": {
            "due_iso": running.due_at.isoformat(timespec="seconds"),
            "warn_iso": (at := warn_at(running)) and at.isoformat(timespec="seconds"),
            "state": "running",
        },
    }


def orders_of(ticket: Ticket) -> list[Row]:
    """The orders that the ticket is about, if they are this customer's: how far they are, what comes when."""
    ids = queries.orders_of(ticket.id)
    return [
        {
            "number": order.number,
            "state": OrderState(order.state).label,
            "tone": ORDER_TONE[OrderState(order.state)],
            "milestones": [
                {
                    "name": one.label or MilestoneKind(one.kind).label,
                    "at": instant(one.actual_at or one.planned_at),
                    "reached": one.actual_at is not None,
                    "moved": one.moved and one.actual_at is None,
                }
                for one in milestones
            ],
        }
        for order, milestones in (orders_on_their_way(ids, ticket.customer_id) if ids else ())
    ]


def talk_of(ticket: Ticket, firm: str) -> list[Row]:
    """The conversation, oldest first: automatic mails are folded, but for the one with the solution to confirm."""
    found = messages_of_customer_view(ticket.id)
    asked = [message.id for message in found if message.template == "solved_notice" and ticket.status == Status.SOLVED]
    return [_shown(message, ticket, firm) | {"unfolded": message.id in asked[-1:]} for message in found]


def _shown(message: Message, ticket: Ticket, firm: str) -> Row:
    ours = message.direction == Direction.OUT
    author = (message.account.name if message.account else firm) if ours else _("You")
    at = instant(message.at)
    return {
        "id": message.id,
        "kind": "us" if ours else "them",
        "author": author,
        "initial": initial_of(author),
        "role": firm if ours and message.account else "",
        "at_iso": at["iso"],
        "at_text": at["text"],
        "text": without_secret(message.text, ticket.number),
        "folded": _title(message, ticket.number) if ours and message.template else "",
        "files": [
            {
                "name": file.filename,
                "size": size_text(file.size),
                "url": reverse("portal_file", args=[ticket.number, file.id]),
                "icon": "photo" if file.content_type.startswith("image/") else "file",
            }
            for file in message.attachments.all()
        ],
    }


def _title(message: Message, number: str) -> str:
    """The subject of an automatic mail without the number."""
    subject = str((message.envelope or {}).get("subject") or "")
    return subject.replace(f"[{number}]", "").strip() or _("Automatic mail")


def without_secret(text: str, number: str) -> str:
    """The page never repeats its own secret address, so that a picture of it gives nothing away."""
    return re.sub(rf"https?://[^\s/]+/t/{re.escape(number)}/[\w-]+", _("(this page)"), text)


def size_text(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{round(size / 1024)} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


@dataclass
class Sent:
    """What was sent and refused: the words as typed, the sentence of each field, one for the whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""


def survey_of(ticket: Ticket, sent: Sent | None = None) -> list[Row]:
    """The scenario's own questions, in the viewer's language."""
    sent = sent or Sent()
    return [_question(question, sent) for question in questions_for(ticket).questions]


def _question(question: Question, sent: Sent) -> Row:
    given = sent.values.get(question.key, "")
    choices: Iterable[tuple[str, Any]] = ()
    if question.type == "score":
        choices = [(str(number), words) for number, words in SCORES]
    elif question.type == "bool":
        choices = [("yes", _("Yes")), ("no", _("No"))]
    return {
        "key": question.key,
        "text": question.text.say((get_language() or "zh")[:2]),
        "type": question.type,
        "required": question.required,
        "given": given,
        "fault": sent.faults.get(question.key, ""),
        "choices": [{"value": value, "words": words, "chosen": value == given} for value, words in choices],
    }


def asked_of(ticket: Ticket, sent: Sent | None = None) -> Row:
    """What we ask of the customer just now. `kind`: plan (to be agreed to), confirm, score, thanks, again (a low score,
    and we go on), nothing else. `agreed`: the plan that is carried out with the customer's consent. The thanks of an
    earlier round stay while its second handling goes on."""
    open_survey = survey_to_answer(ticket)
    answered = last_answered(ticket)
    if ticket.status in OPEN_STATUSES:
        plan, agreed = plans_of(ticket)
        if plan:
            return {"kind": "plan", "text": plan.text, "stamp": plan.stamp}
        kept = {"agreed": {"at": instant(agreed.at), "parts": agreed.parts} if agreed else None}
        if answered and wants_better(answered) and answered.round < ticket.round:
            return {"kind": "again", "answered": _answered(answered), **kept}
        return {"kind": "", **kept}
    if open_survey and open_survey.answered_at:
        return {"kind": "thanks", "low": wants_better(open_survey), "answered": _answered(open_survey)}
    if ticket.status == Status.SOLVED and sent is None:
        return {"kind": "confirm"}
    return {"kind": "score", "questions": survey_of(ticket, sent)}


def _answered(survey: Survey) -> Row:
    return {"score": survey.score, "comment": survey.comment, "at": instant(survey.answered_at)}
