"""A conversation as flat values: messages in, out and internal, with what happened between them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from yinuo.domain.redaction import mask_contact, mask_text
from yinuo.foundation.models import HistoryRow
from yinuo.tickets.links import without_secrets
from yinuo.tickets.models import Attachment, Direction, Message, MessageState, Ticket
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.console.labels import CHANNEL, DELIVERY, delivery_reason
from yinuo.web.console.rows import iso
from yinuo.web.console.words import Words

Shown = dict[str, Any]
BETWEEN = frozenset(
    {
        "tickets.TicketAssigned",
        "tickets.TicketEscalated",
        "tickets.TicketClassified",
        "tickets.TicketReopened",
        "tickets.StatusChanged",
        "procedures.StepFinished",
        "procedures.NewsHeld",
        "procedures.RoundStarted",
        "procedures.SubtaskOpened",
        "procedures.SubtaskKept",
        "procedures.SubtaskAccepted",
        "procedures.SubtaskGiven",
        "procedures.SubtaskDone",
        "procedures.SubtaskDeclined",
        "procedures.SubtaskSentBack",
        "procedures.SubtaskCancelled",
        "procedures.RunEnded",
        "sla.DeadlineBreached",
        "quality.SurveyAnswered",
    }
)
"""Kinds of facts that stand between the messages; the time line beside tells all."""
RETRIED = (MessageState.FAILED, MessageState.BOUNCED, MessageState.HELD)


def size_text(size: int) -> str:
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


def conversation(
    ticket: Ticket, messages: Iterable[Message], history: Sequence[HistoryRow], words: Words, *, unmasked: bool
) -> list[Shown]:
    """Messages and happenings in order of time; what one act did stands as it was done. `history`: newest first."""
    entries = [(message.at, 0, message_values(message, ticket, unmasked=unmasked)) for message in messages]
    for row in reversed(history):
        if row.kind in BETWEEN:
            told = words(row)
            if told:
                value = {"happening": True, "icon": told.icon, "text": told.text, "tone": told.tone}
                entries.append((row.at, 1, value | {"id": str(row.id), "at_iso": iso(row.at)}))
    return [value for _at, _order, value in sorted(entries, key=lambda entry: entry[:2])]


def message_values(message: Message, ticket: Ticket, *, unmasked: bool) -> Shown:
    """As components/message.html wants them. Personal values in texts are masked unless `unmasked`."""
    values: Shown = {
        "id": str(message.id),
        "kind": {Direction.IN: "them", Direction.OUT: "us", Direction.INTERNAL: "note"}[Direction(message.direction)],
        "at_iso": iso(message.at),
        "files": [file_values(file) for file in message.files if not file.inline],
        "unverified": message.unverified,
        **_texts(message, unmasked),
    }
    if message.direction == Direction.IN:
        author = message.customer.name if message.customer else _sender(message.envelope, unmasked)
        values |= {
            "author": author,
            "initial": initial_of(author),
            "channel": str(CHANNEL.get(message.channel, "")),
            "html_url": reverse("message_html", args=[message.id]) if message.html_id else "",
        }
        return values
    author = _colleague(message)
    values |= {"author": author, "initial": initial_of(author)}
    if message.direction == Direction.OUT:
        values |= _outgoing(message, ticket, unmasked)
    return values


def _colleague(message: Message) -> str:
    """Who wrote on our side: a person, the house itself by a template, or a program by the interface."""
    if message.account:
        return message.account.name
    return _("Yinuo") if message.template else _("Another program")


def _texts(message: Message, unmasked: bool) -> Shown:
    text, full = without_secrets(message.text), without_secrets(message.full_text)
    quoted = full[full.find(text) + len(text) :].strip() if full and text and text in full else full
    if not unmasked:
        text, quoted = mask_text(text), mask_text(quoted)
    return {"text": text.strip(), "quoted": quoted.strip()}


def _sender(envelope: Mapping[str, Any], unmasked: bool) -> str:
    name = str(envelope.get("name", ""))
    return str(
        (name if unmasked else mask_text(name))
        or shown_address(str(envelope.get("from", "")), unmasked)
        or _("Unknown sender")
    )


def shown_address(address: str, unmasked: bool) -> str:
    return address if unmasked or not address else mask_contact(address)


def _outgoing(message: Message, ticket: Ticket, unmasked: bool) -> Shown:
    envelope = message.envelope
    to = ", ".join(shown_address(str(address), unmasked) for address in envelope.get("to", []))
    cc = ", ".join(shown_address(str(address), unmasked) for address in envelope.get("cc", []))
    recipients = _("To %(to)s") % {"to": to} if to else ""
    if cc:
        recipients += " · " + _("Cc %(cc)s") % {"cc": cc}
    state = MessageState(message.state)
    words = str(DELIVERY.get(state, ""))
    if message.state_reason:
        words = _("%(state)s: %(reason)s") % {"state": words, "reason": delivery_reason(message.state_reason)}
    return {
        "role": _("Automatic") if message.template else "",
        "recipients": recipients,
        "state": state.value,
        "state_text": words,
        "retry_url": reverse("message_again", args=[ticket.number, message.id]) if state in RETRIED else "",
        "ticket": ticket.number,
    }


def file_values(file: Attachment) -> Shown:
    icon = "photo" if file.content_type.startswith("image/") else "file"
    name = file.filename or _("Unnamed file")
    return {
        "name": name, "size": size_text(file.size), "url": reverse("attachment", args=[file.id]), "icon": icon,
    }  # fmt: skip
