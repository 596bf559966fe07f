from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class CatalogChanged(Fact):
    """A scenario, category or product was made or changed."""

    what: str
    code: str
    fields: tuple[str, ...]
    id: UUID


@dataclass(frozen=True)
class NewsPublished(Fact):
    """`product_id` is None for news of the whole house."""

    news_id: UUID
    product_id: UUID | None


@dataclass(frozen=True)
class NewsWithdrawn(Fact):
    news_id: UUID
