"""Every timed job. Missed ticks are replayed after a stop, and each of these bears it.

Not here, since it must not wait behind the slots it looks after: sealing and taking up the jobs of killed workers,
threads of the worker (`foundation.worker`). What falls due is the alarm's (`sla.alarm`).
"""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection

from yinuo.calendars.services import import_new_official_days
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.jobs import JobFunction, every, job
from yinuo.foundation.live_tokens import VALID
from yinuo.foundation.models import HandlerMark, StreamEnd
from yinuo.foundation.sent_forms import forget_sent
from yinuo.procedures.services import forget_evidence, forget_exports

MARKS_KEPT = timedelta(days=30)  # longer than any job is tried again
SYSTEM = Actor.system("schedule")


@job(queue="bulk")
def clear_expired() -> None:
    """Sessions, cached values, ended streams, done-marks, marks of sent forms and files of old exports and evidence."""
    moment = now()
    Session.objects.filter(expire_date__lt=moment).delete()
    StreamEnd.objects.filter(at__lt=moment - VALID).delete()
    HandlerMark.objects.filter(done_at__lt=moment - MARKS_KEPT).delete()
    forget_sent(moment)
    forget_exports(now=moment)
    forget_evidence(now=moment)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_cache WHERE expires < %s", [moment])
        cursor.execute("DELETE FROM foundation_jobfailure WHERE job_id NOT IN (SELECT id FROM procrastinate_jobs)")


@job(queue="bulk")
def import_official_days() -> None:
    """Years whose official days off have been published with a newer package and are not in the calendars yet."""
    import_new_official_days(country="CN", by=SYSTEM, now=now())


EVERY: tuple[tuple[str, JobFunction], ...] = (
    ("17 * * * *", clear_expired),
    ("40 19 * * *", import_official_days),  # 3:40 in China
)

for _cron, _what in EVERY:
    every(_cron, _what)
