"""Senders whose mail is filtered: an address, or every address of a domain."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yinuo.channels.models import BlockedSender
from yinuo.foundation.encryption import blind_index
from yinuo.foundation.errors import YinuoError


class SenderInvalid(YinuoError):
    code = "sender_invalid"
    text = _("“{value}” is neither a mail address nor a domain such as “@example.com”.")


def normalised_sender(value: str) -> str:
    """`name@example.com`, or `@example.com` for a whole domain. Raises `SenderInvalid`."""
    plain = value.strip().lower()
    name, at, domain = plain.rpartition("@")
    domain = domain if at or "." in plain else ""
    if not domain or "." not in domain.strip(".") or any(c.isspace() or c in '<>,;"' for c in plain):
        raise SenderInvalid(value=value)
    return f"{name}@{domain}"


def sender_index(normalised: str) -> bytes:
    """Blind index of a normalised sender, an address or a domain with its `@`; intake looks both up."""
    return blind_index("blocked", normalised)


def blocked_senders() -> list[tuple[UUID, str, object]]:
    """`(id, shown, added_at)`, newest first."""
    return list(BlockedSender.objects.order_by("-added_at").values_list("id", "shown", "added_at"))
