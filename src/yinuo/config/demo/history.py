"""The lived history of the demo company, whole or not at all."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from yinuo.channels.services.delivery import SENDER, Outcome, write_outcomes
from yinuo.channels.subscribers import on_message_queued
from yinuo.config.demo import shifts
from yinuo.config.demo.casebook import Casebook
from yinuo.config.demo.chronicle import Chronicle, Story
from yinuo.config.demo.company import found_company
from yinuo.config.demo.customers import make_buyers
from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.incidents import happenings
from yinuo.config.demo.leads import EARLIEST, lead_stories
from yinuo.config.demo.news import news_stories
from yinuo.config.demo.orders import linked_orders, order_stories
from yinuo.config.demo.present import present_cases
from yinuo.config.demo.stories import lived, withdrawn
from yinuo.foundation import clock
from yinuo.foundation.draining import draining
from yinuo.foundation.events import Recorded
from yinuo.procedures.subscribers import on_document_wanted, on_fields_changed
from yinuo.tickets.models import Message, MessageState
from yinuo.tickets.services import mark_message
from yinuo.tickets.subscribers import index

SEED = 20261121
LIVED = timedelta(days=34)
OPEN = EARLIEST + timedelta(days=2)
"""So long the house is at work; what is lived by chance begins later."""
COMPOSED = timedelta(days=3)
INDEXED_AT_ONCE = 500
FOUNDED_BEFORE = timedelta(days=430)
OF, HALF_WAY, WITHDRAWN = 20, frozenset({0, 3, 6, 9, 12, 15}), frozenset({1, 8, 14})
"""For casting: of twenty matters these are left lying half-way, and those withdrawn by the customer."""
QUIET_BEFORE = timedelta(hours=20)
"""The last hours before the present are told case by case (`present`), so that the open desk always looks alike."""


def make_demo(
    *, tickets: int, now: datetime, seed: int = SEED, founded: timedelta = FOUNDED_BEFORE, for_casting: bool = False
) -> int:
    """Makes company, customers and about `tickets` tickets up to `now`; how many. All in one transaction: a demo that
    was interrupted is not there. No mail leaves the house: those of the past are marked as sent.

    `for_casting`: others are to be cast from these tickets, so many are left lying half-way, the first ones that go to
    their end are of every scenario, and the mails of what is not told case by case are not kept as files.
    """
    rng = Random(seed)
    began, opened = now - LIVED, now - OPEN
    indexed_at_the_end: list[UUID] = []
    mails = _Queue(now)
    instead = {
        "channels.send_delivery": _sent,
        "yinuo.channels.subscribers.on_message_queued": mails,
        "yinuo.procedures.subscribers.on_document_wanted": mails.if_recent(on_document_wanted),
        "yinuo.procedures.subscribers.on_fields_changed": mails.if_recent(on_fields_changed),
        "yinuo.tickets.subscribers.index_message": lambda event: indexed_at_the_end.append(event.fact.message_id),
    }
    with draining(instead) as here, _few_collections():
        with clock.lived_again(opened - founded):
            house = found_company(clock.now())
            buyers = make_buyers(house, rng, clock.now(), opened)
            here.drain()
        desk = Desk(house, rng)
        book = Casebook(desk, buyers)
        chronicle = Chronicle(here, opened, now)
        with clock.lived_again(opened):
            shifts.all_here(desk)
        for person in shifts.on_shift():
            chronicle.begin(now - shifts.KNOWN, shifts.working(desk, person, now - shifts.KNOWN))
        present = [*present_cases(desk, book, now), *lead_stories(desk, book, now)]
        for at, story in (*present, *happenings(desk, book, now), *news_stories(house, now)):
            chronicle.begin(at, story)
        if not for_casting:
            for at, story in order_stories(house, buyers, now):
                chronicle.begin(at, story)
        past = max(tickets - len(present), 0)
        until = now if for_casting else now - QUIET_BEFORE
        every_kind = iter(book.every_kind() if for_casting else ())
        for number, at in enumerate(book.arrivals(began, until, past)):
            family = next(every_kind, None) if number % OF not in HALF_WAY | WITHDRAWN else None
            case = book.of(family, at) if family else book.any(at)
            case.to_the_end = family is not None
            case.opened_among = mails.left_out if for_casting else set()
            chronicle.begin(at, _for_casting(desk, case, number) if for_casting else lived(desk, case))
        chronicle.run()
        with clock.lived_again(now):
            if not for_casting:
                linked_orders(house)
                here.drain()
            shifts.at_the_desk(desk)
            shifts.bells_seen(desk, now - QUIET_BEFORE)
        for start in range(0, len(indexed_at_the_end), INDEXED_AT_ONCE):
            index(Message.objects.filter(id__in=indexed_at_the_end[start : start + INDEXED_AT_ONCE]))
    return past + len(present)


def _for_casting(desk: Desk, case: Case, number: int) -> Story:
    if number % OF in HALF_WAY:
        return islice(lived(desk, case), desk.rng.randint(1, 6))
    return withdrawn(desk, case) if number % OF in WITHDRAWN else lived(desk, case)


class _Queue:
    """Outgoing messages of the last days are composed and delivered as real ones, so that answers to them find their
    ticket; for older ones, whose mails are in nobody's mailbox, it is enough to know that they were sent."""

    def __init__(self, now: datetime) -> None:
        self._composed_from = now - COMPOSED
        self.left_out: set[UUID] = set()
        """Tickets whose mails are not composed."""

    def _is_recent(self, event: Recorded) -> bool:
        return event.at >= self._composed_from and event.ticket_id not in self.left_out

    def if_recent(self, handler: Callable[[list[Recorded]], None]) -> Callable[[Recorded], None]:
        """Documents of the last days are printed as real ones; those of older matters are made when asked for."""
        return lambda event: handler([event]) if self._is_recent(event) else None

    def __call__(self, event: Recorded) -> None:
        if self._is_recent(event):
            on_message_queued([event])
        else:
            mark_message(
                message_id=event.fact.message_id, state=MessageState.SENT, reason="", by=SENDER, now=clock.now()
            )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Hundreds of thousands of short-lived rows, no cycles worth looking for: a tenth of the time is saved."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _sent(*, delivery_id: str) -> None:
    write_outcomes(outcomes=[Outcome(UUID(delivery_id))], now=clock.now())
