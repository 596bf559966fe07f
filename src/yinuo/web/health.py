"""Is it up, is it ready, how is it: `/healthz`, `/readyz`, `/metrics`. No personal data in any of them."""

import hmac
import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from yinuo.channels.queries import failing_mailboxes
from yinuo.foundation.clock import now
from yinuo.foundation.failed_jobs import queue_counts
from yinuo.foundation.heartbeat import last_beats
from yinuo.foundation.seals import oldest_unsealed
from yinuo.sla.queries import count_overdue
from yinuo.web.metrics import request_figures

log = structlog.get_logger("yinuo.web")


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every migration is applied, else 503. Callers on this machine also get how
    long ago worker and alarm gave a sign of life and what waits; that is news, not readiness: pages work without."""
    report: dict[str, object] = {"ready": False}
    try:
        report["migrations_open"] = _migrations_open()
        report["ready"] = not report["migrations_open"]
        if is_local(request) and report["ready"]:
            moment = now()
            report["seconds_since"] = {part: round(_seconds(moment - at), 1) for part, at in last_beats().items()}
            report["queues"] = queue_counts()
    except DatabaseError as error:
        log.warning("not ready", error=type(error).__name__)
        report["database"] = "unreachable"
    shown = report if is_local(request) else {"ready": report["ready"]}
    return JsonResponse(shown, status=200 if report["ready"] else 503, headers={"Cache-Control": "no-store"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for callers on this machine or with `Authorization: Bearer` and `YINUO_METRICS_TOKEN`."""
    if not (is_local(request) or _has_token(request)):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    registry.register(_House())
    text = generate_latest(request_figures()) + generate_latest(registry)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def is_local(request: HttpRequest) -> bool:
    """Whether the caller is on this machine. What came through a proxy counts as local only when every address it
    names is, and our front server has not marked it as passed on to it by yet another one."""
    if request.META.get("HTTP_X_YINUO_RELAYED"):
        return False
    named = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), request.META.get("HTTP_X_REAL_IP", "")]
    passed = [address.strip() for address in named if address.strip()]
    return all(_is_loopback(address) for address in [*passed, request.META.get("REMOTE_ADDR", "")])


def _is_loopback(address: str) -> bool:
    if not address or address.startswith(("unix", "/")):
        return True  # a Unix socket: only this user reaches it
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and kind == "Bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())


_applied = False


def _migrations_open() -> int:
    """How many migrations are not applied. Looked for until there is none; then the database is only greeted."""
    global _applied
    if _applied:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return 0
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _applied = not missing
    return missing


def _seconds(span: timedelta) -> float:
    return span / timedelta(seconds=1)


class _House(Collector):
    """What the database knows, asked at each look."""

    def collect(self) -> Iterator[Metric]:
        moment = now()
        yield from _job_figures(queue_counts())
        yield _gauge(
            "yinuo_deadlines_overdue", "Promises past their due instant and still open.", count_overdue(moment)
        )
        yield _gauge(
            "yinuo_history_unsealed_seconds", "Age of the oldest history row without a seal.", oldest_unsealed(moment)
        )
        failing = GaugeMetricFamily(
            "yinuo_mailbox_failing_seconds", "How long mail has not come in or gone out.", labels=["mailbox", "way"]
        )
        for mailbox in failing_mailboxes():
            failing.add_metric([str(mailbox.mailbox_id), mailbox.way], _seconds(moment - mailbox.since))
        yield failing
        yield _beat_figures(last_beats(), moment)


def _job_figures(counts: dict[str, dict[str, float]]) -> Iterable[Metric]:
    waiting = GaugeMetricFamily("yinuo_jobs_waiting", "Jobs that could run now.", labels=["queue"])
    oldest = GaugeMetricFamily("yinuo_jobs_oldest_seconds", "How long the oldest of them waits.", labels=["queue"])
    running = GaugeMetricFamily("yinuo_jobs_running", "Jobs being worked on.", labels=["queue"])
    failed = GaugeMetricFamily("yinuo_jobs_failed", "Jobs that wait for a person.", labels=["queue"])
    for queue, count in counts.items():
        waiting.add_metric([queue], count["waiting"])
        oldest.add_metric([queue], count["oldest_s"])
        running.add_metric([queue], count["running"])
        failed.add_metric([queue], count["failed"])
    return waiting, oldest, running, failed


def _beat_figures(beats: dict[str, datetime], moment: datetime) -> Metric:
    since = GaugeMetricFamily("yinuo_beat_seconds", "Since the last sign of life of a part.", labels=["part"])
    for part, at in beats.items():
        since.add_metric([part], _seconds(moment - at))
    return since


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
