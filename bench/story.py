"""The ticket's own costs: opening one through services, beside the same rows written by bare SQL."""

from collections.abc import Iterator
from importlib import import_module

from bench.desk.database import fresh_database

NAME = "open_ticket"
NAMES = (NAME,)


def results() -> Iterator[dict[str, object]]:
    """Tickets a second, one client, on the embedded server with durable commits; the limit is the bare SQL."""
    with fresh_database("bench_story") as address:
        value, limit, note = import_module("bench.desk.opening").measure(address)  # its models need Django set up
    yield {
        "name": NAME,
        "value": round(value, 1),
        "unit": "tickets/s",
        "limit": round(limit, 1),
        "ratio": round(value / limit, 3),
        "note": note,
    }
