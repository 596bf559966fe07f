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
