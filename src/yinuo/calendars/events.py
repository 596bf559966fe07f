from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class CalendarChanged(Fact):
    calendar_id: UUID
    version: int


@dataclass(frozen=True)
class OfficialDaysImported(Fact):
    country: str
    year: int
    days: int
