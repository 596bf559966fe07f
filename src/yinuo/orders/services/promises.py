"""What is promised about an order, dated by its milestones and facts (R-OR-1, R-OR-3 … R-OR-7).

Called at once by the wiring when a fact is recorded, so that no date stands without its promise. A milestone is
announced 24 h before it (the policies say how long); who moves one owes the customer a word 48 h before the old date.
What could not be kept any more when it was planned is not promised: the page says that it is to be done at once.
"""

from datetime import datetime
from uuid import UUID

from yinuo.customers.queries import customer_facts
from yinuo.domain.deadline import Clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.work import service
from yinuo.orders.models import Milestone, Order, OrderException
from yinuo.sla.models import DeadlineState
from yinuo.sla.services import About, Book
from yinuo.sla.services.book import Subject

ANNOUNCED, DELAY, TOLD, ASKED = "milestone_notice", "delay_notice", "order_told", "fulfilment_asked"
EXCEPTION = ("exception_started", "exception_plan", "exception_result")
DELAY_CHECK, REPORT = "delay_check", "progress_report"


def subject_of(what: Milestone | OrderException | Order) -> Subject:
    kinds = {Milestone: "milestone", OrderException: "order_exception", Order: "order"}
    return kinds[type(what)], what.id


def subjects_of(order: Order) -> list[Subject]:
    """The order and everything of it that something is promised about."""
    milestones = Milestone.objects.filter(order=order).values_list("id", flat=True)
    exceptions = OrderException.objects.filter(order=order).values_list("id", flat=True)
    return [
        ("order", order.id),
        *(("milestone", id) for id in milestones),
        *(("order_exception", id) for id in exceptions),
    ]


def about(what: Milestone | OrderException | Order) -> About:
    order = what if isinstance(what, Order) else what.order
    return About(subject_of(what), None, order.customer_id, order.team_id, order.owner_id)


def facts_of(order: Order) -> dict[str, object]:
    """What policies ask about an order."""
    return {
        "scenario": "order",
        "amount": float(order.amount),
        "team": order.team.code,
        **customer_facts(order.customer),
    }


def _milestone(milestone_id: UUID) -> Milestone:
    return Milestone.objects.select_related("order__customer", "order__team").get(id=milestone_id)


@service
def promise_milestone(*, milestone_id: UUID, by: Actor, now: datetime) -> None:
    """A planned date: to be announced, and looked at again before the last moment to warn of a delay."""
    milestone = _milestone(milestone_id)
    book = Book.of_subject(subject_of(milestone))
    _date(book, milestone, by, now)
    book.write()


@service
def promise_moved_milestone(*, milestone_id: UUID, was: datetime, by: Actor, now: datetime) -> None:
    """Another date: what was to be announced before the old one follows it. A later date is a delay, of which the
    customer hears in time before the old one (R-OR-4)."""
    milestone = _milestone(milestone_id)
    book = Book.of_subject(subject_of(milestone))
    _date(book, milestone, by, now)
    untold = [row for row in book.rounds_of(DELAY, subject_of(milestone)) if row.state == DeadlineState.RUNNING]
    if milestone.planned_at > was and not untold:
        book.start(
            DELAY, about=about(milestone), round=_next_round(book, DELAY, milestone), starts_at=was,
            facts=facts_of(milestone.order), by=by, now=now,
        )  # fmt: skip
    book.write()


def _date(book: Book, milestone: Milestone, by: Actor, now: datetime) -> None:
    """The same promise under the new date while it can still be kept; one that was kept or broken stays as it was, and
    the new date has one of its own."""
    whose, facts = about(milestone), facts_of(milestone.order)
    rounds = book.rounds_of(ANNOUNCED, whose.subject)
    newest = rounds[-1] if rounds else None
    follows = newest is not None and newest.state == DeadlineState.RUNNING and newest.due_at >= now
    latest = book.latest(ANNOUNCED, about=whose, event_at=milestone.planned_at, facts=facts)
    if latest is not None and latest[0] >= now:
        round = newest.round if newest is not None and follows else len(rounds) + 1
        book.start(ANNOUNCED, about=whose, round=round, starts_at=milestone.planned_at, facts=facts, by=by, now=now)
    elif newest is not None and follows:
        book.cancel(ANNOUNCED, subject=whose.subject, round=newest.round, at=now, reason="too_near", by=by)
    _watch_for_delay(book, milestone, now)


def _watch_for_delay(book: Book, milestone: Milestone, now: datetime) -> None:
    """A bell before the last moment at which a delay can be told in time."""
    whose = about(milestone)
    book.cancel_timer(DELAY_CHECK, subject=whose.subject, round=1, at=now)
    latest = book.latest(DELAY, about=whose, event_at=milestone.planned_at, facts=facts_of(milestone.order))
    if latest is None or latest[0] <= now:
        return
    due_at, ahead = latest
    book.start_timer(
        DELAY_CHECK, about=whose, round=1, base_at=due_at, offset=-ahead, clock=Clock.SERVICE.value, now=now,
        values={"order": str(milestone.order_id), "milestone": str(milestone.id), "due_at": due_at.isoformat()},
    )  # fmt: skip


def _next_round(book: Book, kind: str, milestone: Milestone) -> int:
    return len(book.rounds_of(kind, subject_of(milestone))) + 1


@service
def keep_announced(*, milestone_id: UUID, at: datetime, by: Actor) -> None:
    """The customer knows the date."""
    _keep(_milestone(milestone_id), (ANNOUNCED,), at, by)


@service
def keep_delay_told(*, milestone_id: UUID, at: datetime, by: Actor) -> None:
    """The customer knows of the delay, and so that the old date was not kept: what was owed before it is given late."""
    milestone = _milestone(milestone_id)
    book = Book.of_subject(subject_of(milestone))
    current = book.rounds_of(ANNOUNCED, subject_of(milestone))[-1:]
    for row in book.open_ones():
        if row.kind == DELAY or (row.kind == ANNOUNCED and row not in current):
            book.meet(row.kind, subject=subject_of(milestone), round=row.round, at=at, by=by)
    book.write()


@service
def keep_reached(*, milestone_id: UUID, at: datetime, by: Actor, now: datetime) -> None:
    """It has happened: nothing is left to announce or to warn of."""
    milestone = _milestone(milestone_id)
    book = Book.of_subject(subject_of(milestone))
    for row in book.open_ones():
        book.meet(row.kind, subject=subject_of(milestone), round=row.round, at=at, by=by)
    book.cancel_timer(DELAY_CHECK, subject=subject_of(milestone), round=1, at=now)
    book.write()


def _keep(what: Milestone | OrderException | Order, kinds: tuple[str, ...], at: datetime, by: Actor) -> None:
    book = Book.of_subject(subject_of(what))
    for row in book.open_ones():
        if row.kind in kinds:
            book.meet(row.kind, subject=subject_of(what), round=row.round, at=at, by=by)
    book.write()


@service
def release_milestone(*, milestone_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Nothing is promised about it any more."""
    _release([subject_of(_milestone(milestone_id))], reason, by, now)


@service
def release_order(*, order_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Nothing is promised about the order and its milestones any more."""
    _release(subjects_of(Order.objects.get(id=order_id)), reason, by, now)


def _release(subjects: list[Subject], reason: str, by: Actor, now: datetime) -> None:
    book = Book.of_subjects(subjects)
    for row in book.open_ones():
        book.cancel(row.kind, subject=(row.subject_kind, row.subject_id), round=row.round, at=now, reason=reason, by=by)
    for subject in subjects:
        for timer in (DELAY_CHECK, REPORT):
            book.cancel_timer(timer, subject=subject, round=1, at=now)
    book.write()


@service
def promise_of_order(*, order_id: UUID, kind: str, starts_at: datetime, by: Actor, now: datetime) -> None:
    """Told its key facts after it was confirmed (R-OR-1), asked how it went after it was signed for (R-OR-6); once,
    also where an exception lay between."""
    order = Order.objects.select_related("customer", "team").get(id=order_id)
    book = Book.of_subject(subject_of(order))
    if not book.rounds_of(kind, subject_of(order)):
        book.start(kind, about=about(order), round=1, starts_at=starts_at, facts=facts_of(order), by=by, now=now)
    book.write()


@service
def keep_of_order(*, order_id: UUID, kind: str, at: datetime, by: Actor) -> None:
    _keep(Order.objects.get(id=order_id), (kind,), at, by)


@service
def promise_exception(*, exception_id: UUID, by: Actor, now: datetime) -> None:
    """From its discovery: taken up, a plan, the result told (R-OR-5)."""
    row = OrderException.objects.select_related("order__customer", "order__team").get(id=exception_id)
    book = Book.of_subject(subject_of(row))
    for kind in EXCEPTION:
        book.start(kind, about=about(row), round=1, starts_at=row.found_at, facts=facts_of(row.order), by=by, now=now)
    book.write()


@service
def keep_exception(*, exception_id: UUID, kinds: tuple[str, ...], at: datetime, by: Actor) -> None:
    _keep(OrderException.objects.get(id=exception_id), kinds, at, by)


@service
def hand_over_promises(*, order_id: UUID, by: Actor, now: datetime) -> None:
    """What is open is the new owner's, on the hours of the new team."""
    order = Order.objects.select_related("team").get(id=order_id)
    book = Book.of_subjects(subjects_of(order))
    book.hand_over(order.team_id, order.owner_id, team_code=order.team.code, by=by, now=now)
    book.write()


@service
def time_report(*, order_id: UUID, now: datetime) -> datetime | None:
    """Sets the bell for the next progress report, counted from `now`; when it rings. Nothing where none is agreed."""
    order = Order.objects.get(id=order_id)
    book = Book.of_subject(subject_of(order))
    book.cancel_timer(REPORT, subject=subject_of(order), round=1, at=now)
    rings_at = None
    if order.report_every and order.is_open:
        rings_at = book.start_timer(
            REPORT, about=about(order), round=1, base_at=now, offset=order.report_every, clock=Clock.WORKDAY.value,
            now=now, values={"order": str(order.id)},
        ).due_at  # fmt: skip
    book.write()
    return rings_at
