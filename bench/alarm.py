"""The alarm with a million running promises: how fast it drains ten thousand of one instant, and how late it is when
they are spread over a minute."""

from collections.abc import Iterator
from importlib import import_module

from bench.desk.database import fresh_database

DRAIN, LAG = "alarm_drain", "alarm_lag"
NAMES = (DRAIN, LAG)


def results() -> Iterator[dict[str, object]]:
    """On the embedded server with durable commits. Drain: promises a second, the limit being the same rows (update,
    history, job) by bare SQL. Lag: 99th percentile in ms from due to noticed, the limit being a bare loop."""
    with fresh_database("bench_alarm") as address:
        desk = import_module("bench.desk.alarm")  # its models need Django set up
        desk.make_promises()
        value, limit, note = desk.measure_drain(address)
        yield {
            "name": DRAIN,
            "value": round(value),
            "unit": "promises/s",
            "limit": round(limit),
            "ratio": round(value / limit, 3),
            "note": note,
        }
        value, limit, note = desk.measure_lag(address)
        yield {
            "name": LAG,
            "value": round(value),
            "unit": "ms",
            "limit": round(limit),
            "ratio": round(value / limit, 2),
            "note": note,
        }
