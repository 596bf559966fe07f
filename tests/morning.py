"""When the tests take place: their clocks begin on a working morning long before any holiday, whatever the wall says,
so that no sum of working time depends on when the suite is run. Another beginning is tried with
`YINUO_TESTS_BEGIN=2026-07-04T23:55+08:00`."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime.fromisoformat(os.environ.get("YINUO_TESTS_BEGIN", "2026-07-07T10:00+08:00"))


def begin(file: Path) -> timedelta:
    """Puts the clock of every process of the test settings that looks into `file` to the beginning; its offset."""
    offset = BEGIN - datetime.now(UTC)
    put(file, offset)
    return offset


def put(file: Path, offset: timedelta) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(str(offset.total_seconds()))
    draft.replace(file)
