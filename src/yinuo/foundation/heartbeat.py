"""Signs of life of the parts that nobody looks at: worker, sealer, alarm."""

from datetime import datetime

from yinuo.foundation.models import Heartbeat


def beat(part: str, now: datetime) -> None:
    """Notes that `part` did its round, outside of any service: nothing depends on it but the eye of the operator."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": now})


def last_beats() -> dict[str, datetime]:
    return dict(Heartbeat.objects.values_list("part", "at"))
