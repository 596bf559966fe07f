"""Rows as the API shows them: codes for programs, instants in UTC, contact data masked."""

from datetime import UTC, datetime
from typing import Any

from yinuo.customers.models import Customer, Identity, IdentityKind
from yinuo.domain.redaction import mask, mask_text
from yinuo.sla.models import Deadline
from yinuo.tickets.links import without_secrets
from yinuo.tickets.models import Direction, Message
from yinuo.tickets.walks import Row

Values = dict[str, Any]
_MASKED_AS = {IdentityKind.PHONE: "phone", IdentityKind.EMAIL: "mail"}


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def ticket_values(row: Row, *, unmasked: bool = False) -> Values:
    return {
        "id": str(row["id"]),
        "number": row["number"],
        "subject": row["subject"] if unmasked else mask_text(row["subject"]),
        "status": row["status"],
        "scenario": row["scenario"],
        "ticket_class": row["ticket_class"],
        "category": row["category__code"],
        "urgency": row["urgency"],
        "impact": row["impact"],
        "priority": row["priority"],
        "channel": row["channel"],
        "language": row["language"],
        "queue": row["team__code"],
        "owner": {"id": str(row["owner_id"]), "name": row["owner__name"]} if row["owner_id"] else None,
        "customer": {"id": str(row["customer_id"]), "name": row["customer__name"]},
        "opened_at": instant(row["opened_at"]),
        "updated_at": instant(row["updated_at"]),
        "first_answered_at": instant(row["first_answered_at"]),
        "solved_at": instant(row["solved_at"]),
        "confirmed_at": instant(row["confirmed_at"]),
        "closed_at": instant(row["closed_at"]),
        "reopened": row["reopened"],
        "score": row["score"],
        "next_due": {"kind": row["next_due_kind"], "due_at": instant(row["next_due_at"])}
        if row["next_due_at"]
        else None,
        "version": row["version"],
    }


def message_values(message: Message, *, unmasked: bool = False) -> Values:
    text = without_secrets(message.text)
    return {
        "id": str(message.id),
        "direction": message.direction,
        "channel": message.channel,
        "author": _author(message, unmasked),
        "text": (text if unmasked else mask_text(text)).strip(),
        "at": instant(message.at),
        "state": message.state,
        "state_reason": message.state_reason,
        "unverified": message.unverified,
        "files": [
            {"id": str(file.id), "name": file.filename, "content_type": file.content_type, "size": file.size}
            for file in message.attachments.all()
            if not file.inline
        ],
    }


def _author(message: Message, unmasked: bool) -> Values:
    if message.direction == Direction.IN:
        name = message.customer.name if message.customer else str(message.envelope.get("name", ""))
        return {"kind": "customer", "name": name if unmasked else mask_text(name)}
    if message.account:
        return {"kind": "colleague", "name": message.account.name}
    return {"kind": "automatic" if message.template else "program", "name": ""}


def deadline_values(row: Deadline) -> Values:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "round": row.round,
        "state": row.state,
        "started_at": instant(row.started_at),
        "due_at": instant(row.due_at),
        "warned_at": instant(row.warned_at),
        "breached_at": instant(row.breached_at),
        "done_at": instant(row.done_at),
    }


def customer_values(customer: Customer, identities: list[Identity], *, unmasked: bool = False) -> Values:
    return {
        "id": str(customer.id),
        "kind": customer.kind,
        "name": customer.name,
        "tier": customer.tier,
        "language": customer.language,
        "tags": list(customer.tags),
        "identities": [
            {
                "id": str(identity.id),
                "kind": identity.kind,
                "value": str(identity.value) if unmasked else masked(identity),
                "verified": identity.verified_at is not None,
            }
            for identity in identities
        ],
        "created_at": instant(customer.created_at),
    }


def masked(identity: Identity) -> str:
    """The identity as everybody may see it."""
    return mask(_MASKED_AS.get(IdentityKind(identity.kind), "contact"), str(identity.value))
