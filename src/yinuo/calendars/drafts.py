"""A calendar as edits would make it, before they are saved."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from yinuo.calendars.models import BusinessCalendar, CalendarException
from yinuo.calendars.queries import built, official_json
from yinuo.domain.worktime import Calendar

Differing = tuple[date, list[list[str]], str]
"""A dated exception: date, spans (none: closed), reason."""
ONE_DAY = timedelta(days=1)
LONGEST_STRETCH = 366


def calendar_as(fields: Mapping[str, Any], exceptions: Iterable[Differing]) -> Calendar:
    """What `services.save_calendar` would make of this. Raises `CalendarError`."""
    follows = fields.get("follows", "")
    rules: dict[str, Any] = {
        "tz": fields["zone"],
        "hours": fields["hours"],
        "holidays": [],
        "overrides": {on.isoformat(): {"spans": spans, "name": name} for on, spans, name in exceptions},
    }
    if follows:
        rules["official"] = follows.lower()
    return built(rules, official_json(follows))


def fields_of(row: BusinessCalendar) -> dict[str, Any]:
    """What of a calendar stands beside its dated exceptions."""
    return {name: getattr(row, name) for name in ("code", "name", "zone", "hours", "follows")}


def with_days(
    row: BusinessCalendar, *, since: date, until: date, spans: list[list[str]] | None, name: str
) -> list[Differing]:
    """The exceptions of a calendar with these dates put in: `spans` None takes out what stood there, so that week and
    official days count again. Raises ValueError for a stretch that ends before it begins, or is longer than a year."""
    days = (until - since).days + 1
    if not 1 <= days <= LONGEST_STRETCH:
        raise ValueError(f"{days} days")
    kept = [
        (one.on, one.spans, one.name)
        for one in CalendarException.objects.filter(calendar=row).order_by("on") if not since <= one.on <= until
    ]  # fmt: skip
    if spans is not None:
        kept += [(since + n * ONE_DAY, spans, name) for n in range(days)]
    return sorted(kept, key=lambda one: one[0])
