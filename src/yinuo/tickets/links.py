"""The customer's secret link: 128 bits, its hash stored, expiring (R-EN-4, DESIGN section 7).

The token is derived from the ticket and a salt under a key of its own, so that later mails can carry the same
link while the database holds only a hash.
"""

import base64
import hashlib
import hmac
import os
import re
from datetime import datetime, timedelta
from uuid import UUID

from yinuo.foundation.encryption import key_for
from yinuo.tickets.models import Ticket

VALID = timedelta(days=180)
_SECRET = re.compile(r"(/t/[A-Z]{1,6}\d{12,})/[A-Za-z0-9_-]{22}")


def give_link(ticket: Ticket, now: datetime) -> None:
    """Sets the link columns of an unsaved or locked ticket."""
    ticket.link_salt = os.urandom(16)
    ticket.link_hash = hash_of(token_of(ticket.id, ticket.link_salt))
    ticket.link_expires_at = now + VALID


def token_of(ticket_id: UUID, salt: bytes) -> str:
    digest = hmac.digest(key_for("portal-links"), ticket_id.bytes + bytes(salt), "sha256")[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def token_for(ticket: Ticket) -> str:
    """The token of a ticket that has a link, or nothing."""
    return token_of(ticket.id, bytes(ticket.link_salt)) if ticket.link_salt else ""


def without_secrets(text: str) -> str:
    """A text for colleagues: whoever read the token of a customer's link could confirm and score in the customer's
    name."""
    return _SECRET.sub(r"\1/…", text)
