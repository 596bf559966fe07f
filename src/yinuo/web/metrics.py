"""Figures of this process for `/metrics`. Several web processes add up by files: each server has a folder of its own
(`PROMETHEUS_MULTIPROC_DIR`) beside those of the others.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Histogram, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

REQUEST_SECONDS = Histogram(
    "yinuo_request_seconds",
    "Time to answer a request.",
    ["method", "route", "status"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe_request(method: str | None, route: str, status: int, seconds: float) -> None:
    """`route` is the pattern, never the address: addresses carry numbers and secrets. `status` is kept as 2xx …"""
    known = method if method in METHODS else "other"
    REQUEST_SECONDS.labels(known, route or "none", f"{status // 100}xx").observe(seconds)


class _OfAllServers:
    def collect(self) -> Iterable[Metric]:
        beside = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).parent
        return MultiProcessCollector.merge([str(file) for file in beside.glob("*/*.db")])


def request_figures() -> CollectorRegistry:
    """What all web processes have observed."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    registry.register(_OfAllServers())
    return registry
