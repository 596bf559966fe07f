"""Signs of life of the parts that nobody looks at: worker, alarm, intake."""

from datetime import datetime, timedelta

from yinuo.foundation.models import Heartbeat

LEAST_GAP = timedelta(seconds=10)
_given: dict[str, datetime] = {}


def beat(part: str, now: datetime) -> None:
    """Notes that `part` did its round, at most every 10 s a process. Outside of any service: nothing depends on it
    but the eye of the operator."""
    if part in _given and abs(now - _given[part]) < LEAST_GAP:
        return
    Heartbeat.objects.update_or_create(part=part, defaults={"at": now})
    _given[part] = now


def last_beats() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("part", "at"))
