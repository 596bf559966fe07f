"""Spans of time as people write and read them: 24h, 30m, 10s, 3d, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

from yinuo.domain.deadline.clocks import ONE_DAY, Clock, DeadlineError

_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)\s*")
_UNITS = {"d": 86_400, "h": 3_600, "min": 60, "m": 60, "s": 1}
LONGEST = timedelta(days=3_660)


def parse_span(raw: object, path: str = "") -> timedelta:
    """A span from text such as `24h`, `90m`, `10s`, `3d`, `1h30m`; a day is 24 hours of the clock it runs on. Raises
    `DeadlineError` for what is none, and for more than ten years."""
    if isinstance(raw, timedelta):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    seconds, at = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != at:
            break
        seconds += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    if not text or at != len(text):
        raise DeadlineError("span", f"{raw!r} is no span of time; write 24h, 30m, 10s or 3d", path)
    if seconds > LONGEST.total_seconds():
        raise DeadlineError("too_long", f"{raw!r} is longer than ten years", path)
    return timedelta(seconds=seconds)


def say_span(span: timedelta, lang: str, clock: Clock = Clock.ALWAYS) -> str:
    """A span in words, `zh` or `en`: hours, minutes and seconds, whole working days on their own clock. What is there
    but rounds to nothing is under a second."""
    if clock is Clock.WORKDAYS:
        days = span // ONE_DAY
        if lang == "zh":
            return f"{days} 个工作日"
        return f"{days} working day" if days == 1 else f"{days} working days"
    total = round(span.total_seconds())
    hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
    units = ("小时", "分钟", "秒") if lang == "zh" else ("h", "min", "s")
    parts = [f"{n} {unit}" for n, unit in zip((hours, minutes, seconds), units, strict=True) if n]
    if not parts and span > timedelta():
        return "不到 1 秒" if lang == "zh" else "under 1 s"
    return " ".join(parts) or f"0 {units[1]}"
