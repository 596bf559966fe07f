"""What intake sees in one raw mail: plain values, nothing loaded, nothing decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DATED_AGAIN = timedelta(days=10)
UNDATED_AGAIN = timedelta(hours=1)


class Kind(StrEnum):
    """What sort of mail it is (DESIGN section 3: own loop, bounce, auto-reply, message)."""

    MESSAGE = "message"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LOOP = "loop"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox. `address` is as written (trimmed); `name` is decoded, "" when there is none."""

    name: str
    address: str

    @property
    def key(self) -> str:
        """The form two spellings of one mailbox share: lower case."""
        return self.address.lower()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in the mail.

    `filename` is the last path component as sent, free of control characters, "" when the part has
    no name. `inline` marks a part the HTML shows in place (`cid:`). `within` names the attached
    mail this file was found in, "" for a file of the mail itself.
    """

    filename: str
    content_type: str
    content_id: str
    inline: bool
    content: bytes
    size: int
    sha256: str
    within: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient a mail of ours could not reach.

    `recipient` is where delivery failed at last; `written_to` the address the mail was sent to, which
    differs where the recipient's server forwards.

    `code` is the enhanced status (`5.1.1`, RFC 3463) where there is one, else the SMTP reply code
    (`550`), else "". `permanent` is None where the report does not tell. `said` is the sentence the
    other server gave, at most 500 characters.
    """

    recipient: str
    reason: str
    code: str
    permanent: bool | None
    said: str = ""
    written_to: str = ""


@dataclass(frozen=True, slots=True)
class AutoSignals:
    """The headers and phrases by which a machine shows itself (RFC 3834 and customs)."""

    auto_submitted: str = ""
    precedence: str = ""
    suppress: str = ""
    mailing_list: bool = False
    by_header: str = ""
    by_text: str = ""
    answers: bool = False

    @property
    def acknowledge(self) -> bool:
        """Whether an automatic answer to this mail would be proper (RFC 3834 section 2)."""
        told = self.suppress.lower()
        return not (
            self.by_header
            or self.by_text
            or self.mailing_list
            or "all" in told
            or "autoreply" in told
            or self.precedence in ("bulk", "junk", "list")
        )


@dataclass(frozen=True, slots=True)
class Inbound:
    """A mail, understood. Every string is bounded and free of CR, LF or NUL where it is a header."""

    kind: Kind
    sender: Address
    envelope_sender: str | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    text: str
    reply: str
    html: str
    attachments: tuple[Attachment, ...]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    bounces: tuple[Bounce, ...]
    original_message_id: str
    auto: AutoSignals
    body_digest: str
    problems: tuple[str, ...] = ()

    @property
    def bounce(self) -> Bounce | None:
        """The first failed recipient."""
        return self.bounces[0] if self.bounces else None

    @property
    def answer_address(self) -> str:
        """Where an answer goes: Reply-To if given, else From; "" when nobody is named."""
        return next((one.address for one in self.reply_to if one.address), self.sender.address)

    @property
    def duplicate_key(self) -> tuple[str, str, str]:
        """Two mails with an equal key, `same_within` of each other, are one mail that came twice (DESIGN section 3).
        The digest covers subject, text and files; without a Message-ID the Date stands in its place."""
        named = self.message_id or (f"sent {self.sent_at.isoformat()}" if self.sent_at else "unnamed")
        return (named, self.sender.key, self.body_digest)

    @property
    def same_within(self) -> timedelta | None:
        """How far apart two arrivals of one mail may lie; no bound where a Message-ID names it. A sending server tries
        again for some five days (RFC 5321, 4.5.4.1); what says neither its name nor when it was written may well be
        said again on purpose."""
        if self.message_id:
            return None
        return DATED_AGAIN if self.sent_at else UNDATED_AGAIN
