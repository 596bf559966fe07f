"""Reply tokens: `service+t-TOKEN@domain` stands for a ticket. The token holds the ticket's id and a keyed digest, so
it opens no page and needs no look-up; it ties a mail to a ticket, and nothing more."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from yinuo.foundation.encryption import key_for
from yinuo.tickets.models import Ticket

DIGEST_BYTES = 8


def reply_token(ticket_id: UUID) -> str:
    """32 characters."""
    return base64.urlsafe_b64encode(ticket_id.bytes + _digest(ticket_id)).decode()


def ticket_of_reply_token(token: str) -> UUID | None:
    """The ticket, or nothing for a token that is not ours."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + DIGEST_BYTES:
        return None
    ticket_id = UUID(bytes=raw[:16])
    if not hmac.compare_digest(raw[16:], _digest(ticket_id)):
        return None
    return Ticket.objects.filter(id=ticket_id).values_list("id", flat=True).first()


def _digest(ticket_id: UUID) -> bytes:
    return hmac.new(key_for("reply-tokens"), ticket_id.bytes, hashlib.sha256).digest()[:DIGEST_BYTES]
