"""The failed-jobs page: what could not be done although it was tried several times, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.foundation.failed_jobs import (
    JOBS_TOPIC,
    SHOWN,
    FailedJob,
    JobGone,
    count_failed,
    dismiss_failed_job,
    failed_jobs,
    queue_counts,
    retry_all_failed,
    retry_failed_job,
)
from yinuo.foundation.heartbeat import last_beats
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.settings_areas import areas_of
from yinuo.web.console.views.base import done, page, requires, viewer, wants_fragment

SILENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QueueRow:
    name: str
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class JobRow:
    """`concerns` are the job's arguments, ids mostly, as one line."""

    id: int
    task: str
    concerns: str
    attempts: int
    error: str
    failed_iso: str


def _row(job: FailedJob) -> JobRow:
    return JobRow(
        id=job.id,
        task=job.task,
        concerns=", ".join(f"{name} {value}" for name, value in job.arguments.items()),
        attempts=job.attempts,
        error=job.error,
        failed_iso=job.failed_at.isoformat() if job.failed_at else "",
    )


@requires(Right.SEE_JOBS)
def jobs(request: HttpRequest) -> HttpResponse:
    """The list, newest first, with what waits in each queue; for htmx the changing part alone."""
    if wants_fragment(request):
        return render(request, "console/jobs_list.html", _shown())
    return page(
        request,
        "console/jobs.html",
        {"areas": areas_of(viewer(request)), "area": "jobs", **_shown()},
        here="settings",
        topics=[JOBS_TOPIC],
    )


def _shown() -> dict[str, Any]:
    rows = [_row(job) for job in failed_jobs()]
    names = {
        "facts": _("What follows from each change"),
        "mail": _("Mail going out"),
        "now": _("At once"),
        "soon": _("Soon"),
        "bulk": _("When there is time"),
    }
    return {
        "rows": rows,
        "more": count_failed() - len(rows) if len(rows) == SHOWN else 0,
        "queues": [
            QueueRow(names[queue], int(count["waiting"]), int(count["running"]), int(count["failed"]))
            for queue, count in queue_counts().items()
        ],
        "worker_silent": _is_silent(last_beats().get("worker"), now()),
    }


def _is_silent(beat: datetime | None, moment: datetime) -> bool:
    return beat is None or moment - beat > SILENT


def _carry_out(request: HttpRequest, act: Callable[..., None], id: int, sentence: str) -> HttpResponse:
    """Calls the service; says on the page what came of it, also where somebody else was quicker."""
    try:
        act(job_id=id, by=viewer(request).actor, now=now())
        messages.success(request, sentence)
    except JobGone as gone:
        messages.warning(request, str(gone))
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("jobs")})
    return HttpResponseRedirect(reverse("jobs"))


@require_POST
@requires(Right.SEE_JOBS)
def retry(request: HttpRequest, id: int) -> HttpResponse:
    return _carry_out(request, retry_failed_job, id, _("The job is tried again."))


@require_POST
@requires(Right.SEE_JOBS)
def dismiss(request: HttpRequest, id: int) -> HttpResponse:
    return _carry_out(request, dismiss_failed_job, id, _("The job was dismissed. The history keeps that it was."))


@require_POST
@requires(Right.SEE_JOBS)
def retry_all(request: HttpRequest) -> HttpResponse:
    count = retry_all_failed(by=viewer(request).actor, now=now())
    sentence = ngettext("%(count)d job is tried again.", "%(count)d jobs are tried again.", count)
    return done(request, sentence % {"count": count}, "jobs")
