from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class CalendarChanged(Fact):
    """`reason`: edited, or official_days (a year's table arrived or was corrected)."""

    calendar_id: UUID
    version: int
    reason: str = "edited"


@dataclass(frozen=True)
class OfficialDaysImported(Fact):
    country: str
    year: int
    days: int
