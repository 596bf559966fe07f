"""Open promises dated anew, some hundreds in a transaction, since a calendar, official days or the limits changed.

A job for each batch, which defers the next one: whatever is killed meanwhile, the next attempt goes on where the last
commit stood, and nobody waits for more than one batch of locks.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from yinuo.customers.queries import people_of
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.jobs import later
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.sla.events import DeadlinesRecounted
from yinuo.sla.models import Deadline, Recount
from yinuo.sla.services.book import OPEN, Book
from yinuo.sla.touched import COUNTED_BACK, touched_by

BATCH = 500
POLICIES, CUSTOMER = "policies", "customer"


@service
def begin_recount(*, cause: str, about: UUID, by: Actor, now: datetime) -> Recount | None:
    """Dates anew what is open: of a calendar (`cause` is calendar or official_days, `about` the calendar), of a team
    that got another calendar (team), of a customer with whom other hours are agreed (customer), or, for policies,
    everything by the version `about`. Nothing where nothing is open."""
    total = sum(walk.count() for walk in _concerned(cause, about))
    if not total:
        return None
    row = Recount(cause=cause, about=str(about), by_id=by.id, began_at=now, total=total)
    row.save(force_insert=True)
    later("sla.recount", recount_id=str(row.id))
    return row


@service
def recount_some(*, recount_id: UUID, by: Actor, now: datetime, limit: int = BATCH) -> bool:
    """The next batch; whether there is more. Records `DeadlineMoved` for each promise due at another instant, at the
    end `DeadlinesRecounted`."""
    recount = Recount.objects.select_for_update().get(id=recount_id)
    if recount.ended_at is not None:
        return False
    about = UUID(recount.about)
    ids = _next_ids(recount, limit)
    # locked in one order, by id, whichever walk found them
    batch = list(Deadline.objects.filter(id__in=ids, state__in=OPEN).select_for_update().order_by("id"))
    if recount.cause == POLICIES:  # not what another recount has moved on before we had the lock
        batch = [row for row in batch if row.policy_version_id and row.policy_version_id < about]
    book = Book(batch)
    moved = book.recount(reason=recount.cause, by=by, now=now, version_id=about if recount.cause == POLICIES else None)
    book.write()
    Recount.objects.filter(id=recount.id).update(
        cursor=ids[-1] if ids else recount.cursor,
        looked=F("looked") + len(ids),
        moved=F("moved") + moved,
        ended_at=None if len(ids) == limit else now,
    )
    touch("recounts", *{f"team:{row.team_id}" for row in batch if moved and row.team_id})
    if len(ids) == limit:
        later("sla.recount", recount_id=str(recount.id))
        return True
    record(
        DeadlinesRecounted(recount.id, recount.cause, recount.looked + len(ids), recount.moved + moved),
        by=by, at=now, subject=("recount", recount.id),
    )  # fmt: skip
    return False


def _next_ids(recount: Recount, limit: int) -> list[UUID]:
    """The next ids after the cursor, of all walks together."""
    found: list[UUID] = []
    for walk in _concerned(recount.cause, UUID(recount.about)):
        if recount.cursor is not None:
            walk = walk.filter(id__gt=recount.cursor)
        found += walk.order_by("id").values_list("id", flat=True)[:limit]
    return sorted(found)[:limit]


def _concerned(cause: str, about: UUID) -> tuple[QuerySet[Deadline], ...]:
    """What is open and could change. Each is one walk along an index of open rows, by id; no row is in two. What is
    counted back round the clock may still have to be told within hours."""
    open_rows = Deadline.objects.filter(state__in=OPEN)
    if cause == POLICIES:
        # ids rise with time: what follows a version published since has nothing to take from this one
        return (open_rows.filter(policy_version_id__isnull=False, policy_version_id__lt=about),)
    on_hours = open_rows.filter(Q(calendar_id__isnull=False) | COUNTED_BACK)
    if cause == CUSTOMER:
        return (on_hours.filter(customer_id__in=people_of(about)),)
    if cause == "team":
        return (on_hours.filter(team_id=about),)
    return touched_by(about)
