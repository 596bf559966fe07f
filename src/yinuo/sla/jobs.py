"""Jobs of promises."""

from uuid import UUID

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.jobs import job
from yinuo.sla.services import recount_some

COUNTER = Actor.system("recount")


@job(queue="bulk")
def recount(*, recount_id: str) -> None:
    """One batch of a recount; it defers the next."""
    recount_some(recount_id=UUID(recount_id), by=COUNTER, now=clock.now())
