"""The only source of `now`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_lived_again: ContextVar[datetime | None] = ContextVar("lived_again", default=None)


def now() -> datetime:
    """The present instant, aware, UTC; inside of `lived_again` the instant it names."""
    return _lived_again.get() or by_the_wall()


@contextmanager
def lived_again(instant: datetime) -> Iterator[None]:
    """Inside, `now` is `instant`: for making a past by the real services (the demo). What is recorded keeps its true
    instant of recording beside it."""
    token = _lived_again.set(instant)
    try:
        yield
    finally:
        _lived_again.reset(token)


def by_the_wall() -> datetime:
    """The present instant, whatever is being lived again. In the test settings every process adds the offset, in
    seconds, that a file names, so that a deadline can pass without waiting for it."""
    instant = datetime.now(UTC)
    if settings.CLOCK_OFFSET_FILE:
        instant += _offset(settings.CLOCK_OFFSET_FILE)
    return instant


def _offset(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text() or 0))
    except FileNotFoundError:
        return timedelta()


def day_of(instant: datetime) -> date:
    """Its date where the company is."""
    return instant.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def today() -> date:
    """The present date where the company is."""
    return day_of(now())


def is_moved() -> bool:
    """Whether the test settings move the clock: who sleeps until an instant must then look more often."""
    return settings.CLOCK_OFFSET_FILE is not None
