"""Who did it: every recorded fact names an actor."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    ACCOUNT = "account"
    CUSTOMER = "customer"
    TOKEN = "token"  # noqa: S105 - a kind of actor: an API token
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is empty for the system alone; `part` says which part of it acted (alarm, intake …)."""

    kind: ActorKind
    id: UUID | None = None
    part: str = ""

    @classmethod
    def account(cls, account_id: UUID) -> "Actor":
        return cls(ActorKind.ACCOUNT, account_id)

    @classmethod
    def customer(cls, customer_id: UUID) -> "Actor":
        return cls(ActorKind.CUSTOMER, customer_id)

    @classmethod
    def token(cls, token_id: UUID) -> "Actor":
        return cls(ActorKind.TOKEN, token_id)

    @classmethod
    def system(cls, part: str) -> "Actor":
        return cls(ActorKind.SYSTEM, None, part)
