"""“Topic changed” hints to open screens. A lost hint costs delay, never work (DESIGN section 3)."""

import json
from datetime import datetime

from yinuo.foundation.models import StreamEnd
from yinuo.foundation.pending import Pending, pending
from yinuo.foundation.prepared import Statement

CHANNEL = "yinuo_live"
PAYLOAD_BYTES = 7500  # NOTIFY refuses 8000 and more


def touch(*topics: str) -> None:
    """Collects topics such as `ticket:<id>`, `team:<id>`, `account:<id>`; one NOTIFY after the commit carries them."""
    pending().topics.update(topics)


def end_streams(holder: str, now: datetime) -> None:
    """Closes the event streams of `holder` (see `live_tokens`) after the commit, and refuses its present tokens."""
    StreamEnd.objects.update_or_create(holder=holder, defaults={"at": now})
    touch(holder)


def hint_of(mine: Pending) -> Statement | None:
    """What tells the hints that a service has collected: changed topics, and queues with new jobs."""
    calls = [(CHANNEL, payload) for payload in _payloads(sorted(mine.topics))] + list(mine.job_channels.items())
    if not calls:
        return None
    places = ", ".join(f"pg_notify(${2 * at + 1}, ${2 * at + 2})" for at in range(len(calls)))
    return f"SELECT {places}".encode(), [part for call in calls for part in call]


def _payloads(topics: list[str]) -> list[str]:
    payloads: list[str] = []
    batch: list[str] = []
    length = 2
    for topic in topics:
        if length + len(topic) + 4 > PAYLOAD_BYTES:
            payloads.append(json.dumps(batch))
            batch, length = [], 2
        batch.append(topic)
        length += len(topic) + 4
    return [*payloads, json.dumps(batch)] if batch else payloads
