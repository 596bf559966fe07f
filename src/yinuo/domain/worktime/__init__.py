"""Business calendars (working time, working days) without any clock or I/O."""

from yinuo.domain.worktime.calendar import FIRST_YEAR, LAST_YEAR, Calendar
from yinuo.domain.worktime.days import Day, DayKind, Label, OfficialDay, OfficialTable, Override, Rules
from yinuo.domain.worktime.errors import CalendarError, NeverOpenError

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "Calendar",
    "CalendarError",
    "Day",
    "DayKind",
    "Label",
    "NeverOpenError",
    "OfficialDay",
    "OfficialTable",
    "Override",
    "Rules",
]
