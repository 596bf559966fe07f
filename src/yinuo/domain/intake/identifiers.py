"""Names by which a mail finds its ticket: our Message-IDs and reply addresses.

Message-ID: `<yn.HEX.KIND@DOMAIN>`; HEX is the UUID of the delivery (32 digits), KIND what it was.
Reply address: `service+t-TOKEN@DOMAIN`; the token is secret and stands for a ticket.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

KINDS = ("mail", "ack", "notice", "survey")

_OURS = re.compile(r"<?yn\.([0-9a-f]{32})\.([a-z]{1,20})@([a-z0-9.-]{1,253})>?", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s\x00-\x1f\x7f]{1,500})>")
_BARE_ID = re.compile(r"[^\s<>,;\x00-\x1f\x7f]+@[^\s<>,;\x00-\x1f\x7f]+")
_TOKEN = re.compile(r"^(.+)\+t-([A-Za-z0-9_-]{8,64})@(.+)$")
MAX_REFERENCES = 200


@dataclass(frozen=True, slots=True)
class OwnMessageId:
    """A Message-ID of ours, taken apart."""

    delivery_id: UUID
    kind: str
    domain: str


def message_id_for(delivery_id: UUID, domain: str, kind: str = "mail") -> str:
    """The Message-ID of a delivery, in angle brackets; the same delivery always has the same one.

    `domain` is that of the mailbox, `kind` a short word of letters. Raises ValueError if either
    could not stand in a header.
    """
    ascii_domain = domain.strip().rstrip(".").lower().encode("idna").decode("ascii")
    made = f"<yn.{delivery_id.hex}.{kind}@{ascii_domain}>"
    if _OURS.fullmatch(made) is None:
        raise ValueError(f"no Message-ID can be made for kind {kind!r} and domain {domain!r}")
    return made


def own_message_id(message_id: str, domains: Collection[str]) -> OwnMessageId | None:
    """What one of our Message-IDs says; None if it is not ours (any other form or domain)."""
    found = _OURS.fullmatch(message_id.strip())
    if found is None:
        return None
    domain = found.group(3).lower()
    if domain not in {name.lower().encode("idna").decode("ascii") for name in domains}:
        return None
    return OwnMessageId(UUID(hex=found.group(1)), found.group(2).lower(), domain)


def delivery_in(message_id: str, domains: Collection[str]) -> UUID | None:
    """The delivery a Message-ID of ours names; None if it is not ours."""
    found = own_message_id(message_id, domains)
    return None if found is None else found.delivery_id


def deliveries_in(message_ids: Iterable[str], domains: Collection[str]) -> tuple[UUID, ...]:
    """The deliveries named among these Message-IDs, in their order, each once."""
    found = (delivery_in(one, domains) for one in message_ids)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def reply_address(mailbox: str, token: str) -> str:
    """The address an answer to a ticket goes to.

    Raises ValueError on a token of another form, or if the local part would outgrow the 64 octets
    of RFC 5321 (a mailbox name of up to 39 leaves room for a token of 128 bits).
    """
    local, _, domain = mailbox.rpartition("@")
    made = f"{local}+t-{token}@{domain}"
    if not local or not domain or _TOKEN.match(made) is None:
        raise ValueError("the reply address needs a mailbox and a token of 8 to 64 letters, digits, - or _")
    if len(made.rpartition("@")[0]) > 64:
        raise ValueError("the mailbox name is too long to carry a reply token")
    return made


def token_in(address: str, own_addresses: Collection[str]) -> str | None:
    """The reply token in an address of ours; None for any other address. Tokens keep their case."""
    found = _TOKEN.match(address.strip().strip("<>"))
    if found is None:
        return None
    plain = f"{found.group(1)}@{found.group(3)}".lower()
    return found.group(2) if plain in {own.lower() for own in own_addresses} else None


def is_own(address: str, own_addresses: Collection[str]) -> bool:
    """Whether an address is one of ours, with or without a reply token."""
    wanted = address.strip().lower()
    if not wanted:
        return False
    own = {one.lower() for one in own_addresses}
    return wanted in own or token_in(wanted, own) is not None


def message_ids(raw: str) -> tuple[str, ...]:
    """The Message-IDs in a header value, without brackets, each once, at most 200 (first and last kept)."""
    found = _ID.findall(raw)
    if not found:
        found = _BARE_ID.findall(raw)[:1] or ([raw.strip()[:500]] if raw.strip() and " " not in raw.strip() else [])
    unique = list(dict.fromkeys(found))
    if len(unique) > MAX_REFERENCES:
        unique = [unique[0], *unique[1 - MAX_REFERENCES :]]
    return tuple(unique)
