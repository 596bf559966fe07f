"""What requests hold and answers give, for validation and for the OpenAPI document."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from yinuo.tickets.services.messages import NewFile

FILES_BYTES = 5 * 1024 * 1024
TEXT = 50_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def _without_controls(text: str) -> str:
    if _CONTROLS.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


def _on_one_line(text: str) -> str:
    """Stands in heads of mails, where a line break would begin another field. Signs that turn the direction of writing
    are left out, as in mails: with one a program's name reads as a picture's."""
    if _BREAKS.search(text):
        raise PydanticCustomError("line_breaks", "line breaks")
    return _TURNS.sub("", text)


def _decoded(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PydanticCustomError("not_base64", "not base64") from None
    if not content:
        raise PydanticCustomError("file_empty", "empty")
    return content


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema({"type": "string", "contentEncoding": "base64", "pattern": r"^[A-Za-z0-9+/]+={0,2}$"}),
]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT), AfterValidator(_without_controls)
]
Line = Annotated[str, AfterValidator(_on_one_line)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class Strict(BaseModel):
    """Of what comes in: an unknown field is a fault."""

    model_config = ConfigDict(extra="forbid")


# ── what comes in ───────────────────────────────────────────────────────────────────────────────────────────


class Who(Strict):
    """The customer, by a mail address or phone number. Who is known already stays one file; else one is made."""

    kind: Literal["email", "phone"]
    value: Line = Field(
        min_length=3, max_length=254, description="mail address, or phone number (+86 where no country)"
    )
    name: Line = Field("", max_length=120)


class File(Strict):
    """A file, in base64. All files of a request together: 5 MB."""

    name: Line = Field(min_length=1, max_length=200)
    content_type: str = Field(
        "application/octet-stream", max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_-]*/[A-Za-z0-9][A-Za-z0-9.+_-]*$"
    )
    content: Base64


class WithFiles(Strict):
    files: list[File] = Field(default=[], max_length=10)

    @field_validator("files")
    @classmethod
    def _bound(cls, files: list[File]) -> list[File]:
        if sum(len(file.content) for file in files) > FILES_BYTES:
            raise PydanticCustomError("files_too_large", "too large", {"most": FILES_BYTES})
        return files

    @property
    def new_files(self) -> tuple[NewFile, ...]:
        return tuple(NewFile(file.name, file.content, file.content_type) for file in self.files)


class NewTicket(WithFiles):
    """A matter of one customer."""

    customer: Who
    text: Prose = Field(description="what the customer wants, in the customer's words")
    subject: Line = Field("", max_length=200, description="empty: the beginning of the text")
    category: Code | None = Field(None, description="a code of /categories; left out: by rules, as with a mail")
    urgency: Literal["urgent", "normal", "low"] | None = Field(None, description="left out: by rules")
    queue: Code | None = Field(
        None,
        description="a code of /queues; left out: the category's, else the first; a token for certain queues files "
        "into the first of them",
    )
    language: Literal["zh-hans", "en"] | None = Field(None, description="left out: that of the text")


class NewMessage(WithFiles):
    """An answer to the customer (sent by mail), or a note that only colleagues see."""

    kind: Literal["reply", "note"]
    text: Prose


class Reason(Strict):
    """Why personal values are looked at; kept in the history."""

    reason: Prose = Field(max_length=500)


# ── what goes out ───────────────────────────────────────────────────────────────────────────────────────────


class FieldFault(BaseModel):
    field: str
    text: str


class Fault(BaseModel):
    """Every error. `code` is stable; `text` is a sentence in Chinese or English, by Accept-Language."""

    code: str
    text: str
    fields: list[FieldFault]
    request_id: str


class MadeTicket(BaseModel):
    id: UUID
    number: str


class MadeMessage(BaseModel):
    id: UUID
    kind: Literal["reply", "note"]


class Named(BaseModel):
    id: UUID
    name: str


class NextDue(BaseModel):
    """The earliest promise that is still running."""

    kind: str
    due_at: datetime


class Ticket(BaseModel):
    """Contact data in `subject` is masked."""

    id: UUID
    number: str
    subject: str
    status: Literal["new", "open", "waiting", "solved", "confirmed", "closed"]
    scenario: str
    ticket_class: str
    category: str | None
    urgency: str
    impact: str
    priority: int = Field(description="1 critical, 2 high, 3 normal, 4 low")
    channel: str
    language: str
    queue: str
    owner: Named | None
    customer: Named
    opened_at: datetime
    updated_at: datetime
    first_answered_at: datetime | None
    solved_at: datetime | None
    confirmed_at: datetime | None
    closed_at: datetime | None
    reopened: int
    score: int | None
    next_due: NextDue | None
    version: int


class TicketPage(BaseModel):
    """`next` is the `after` of the following page; null on the last."""

    items: list[Ticket]
    next: str | None


class Author(BaseModel):
    kind: Literal["customer", "colleague", "automatic", "program"]
    name: str


class Attachment(BaseModel):
    id: UUID
    name: str
    content_type: str
    size: int


class Message(BaseModel):
    """`text` is what is new in it, without quotes; contact data is masked unless shown with a reason."""

    id: UUID
    direction: Literal["in", "out", "internal"]
    channel: str
    author: Author
    text: str
    at: datetime
    state: Literal["received", "queued", "sent", "failed", "bounced", "held"]
    state_reason: str
    unverified: bool
    files: list[Attachment]


class MessagePage(BaseModel):
    items: list[Message]
    next: str | None


class RevealedTicket(MessagePage):
    """Nothing in it is masked."""

    subject: str


class Deadline(BaseModel):
    """A promise. Breached is `breached_at`; an open promise stays `running` until it is kept, however late."""

    id: UUID
    kind: str
    round: int
    state: Literal["running", "paused", "met", "cancelled"]
    started_at: datetime
    due_at: datetime
    warned_at: datetime | None
    breached_at: datetime | None
    done_at: datetime | None


class DeadlineList(BaseModel):
    items: list[Deadline]


class Identity(BaseModel):
    id: UUID
    kind: Literal["email", "phone", "wechat", "wecom", "external"]
    value: str
    verified: bool


class Customer(BaseModel):
    """`value` of an identity is masked unless shown with a reason."""

    id: UUID
    kind: Literal["person", "company"]
    name: str
    tier: str
    language: str
    tags: list[str]
    identities: list[Identity]
    created_at: datetime


class Queue(BaseModel):
    id: UUID
    code: str
    name: str
    tier: int


class QueueList(BaseModel):
    items: list[Queue]


class Category(BaseModel):
    code: str
    name: str
    name_en: str
    parent: str | None
    ticket_class: Literal["consultation", "service", "complaint"]
    scenario: str


class CategoryList(BaseModel):
    items: list[Category]


class Scenario(BaseModel):
    code: str
    name: str
    name_en: str


class ScenarioList(BaseModel):
    items: list[Scenario]
