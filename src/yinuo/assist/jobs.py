"""Learning, in a worker only: it takes memory and time."""

from yinuo.assist.services import learn
from yinuo.foundation import clock
from yinuo.foundation.jobs import job


@job(queue="bulk", attempts=2)
def learn_weekly(*, timestamp: int = 0) -> None:
    """Trains anew; `timestamp` is the tick's, unused."""
    learn(now=clock.now())
