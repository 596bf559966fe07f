"""The only source of `now`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """The present instant, aware, UTC. In the test settings every process adds the offset, in seconds,
    that a file names, so that a deadline can pass without waiting for it."""
    instant = datetime.now(UTC)
    if settings.CLOCK_OFFSET_FILE:
        instant += _offset(settings.CLOCK_OFFSET_FILE)
    return instant


def _offset(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(file.read_text() or 0))
    except FileNotFoundError:
        return timedelta()


def is_moved() -> bool:
    """Whether the test settings move the clock: who sleeps until an instant must then look more often."""
    return settings.CLOCK_OFFSET_FILE is not None
