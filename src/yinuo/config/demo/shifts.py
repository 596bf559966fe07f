"""Coming and going: presence by the shifts of the people."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from yinuo.config.demo.company import PEOPLE, Person
from yinuo.config.demo.desk import Desk
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.staff.models import Notice, Presence
from yinuo.staff.services import mark_notices_read, set_presence

KNOWN = timedelta(days=10)
"""So far back coming and going is told; before that everybody counts as present."""
AT_THE_DESK = {
    "lin": Presence.ONLINE, "he": Presence.ONLINE, "song": Presence.BUSY, "zhou": Presence.ONLINE,
    "wu": Presence.ONLINE, "xie": Presence.ONLINE, "yan": Presence.ONLINE, "deng": Presence.AWAY,
}  # fmt: skip
"""Who is there when the demo is opened, at whatever hour: a desk without people would answer nothing."""


def working(desk: Desk, person: Person, began: datetime) -> Iterator[datetime]:
    """A person's days from `began` on."""
    office = desk.calendar(desk.house.teams["corporate"])
    day = began.astimezone(office.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start_h, end_h = person.shift
    hours = (end_h - start_h) % 24
    while True:
        if person.daily or office.is_working_day(day.date()):
            start = day + timedelta(hours=start_h, minutes=desk.rng.uniform(-12, 3))
            yield start.astimezone(began.tzinfo)
            _be(desk, person.username, Presence.ONLINE)
            yield (start + timedelta(hours=hours, minutes=desk.rng.uniform(5, 25))).astimezone(began.tzinfo)
            _be(desk, person.username, Presence.OFFLINE)
        day += timedelta(days=1)


def _be(desk: Desk, username: str, presence: Presence) -> None:
    account = desk.house.people[username]
    set_presence(account=account, presence=presence, by=Actor.account(account.id), now=clock.now())


def on_shift() -> list[Person]:
    """Those who are given tickets."""
    return [
        person for person in PEOPLE if {"agent", "technical", "reviewer", "executor", "director"} & set(person.roles)
    ]


def all_here(desk: Desk) -> None:
    for person in on_shift():
        _be(desk, person.username, Presence.ONLINE)


def at_the_desk(desk: Desk) -> None:
    for username, presence in AT_THE_DESK.items():
        _be(desk, username, presence)


def bells_seen(desk: Desk, until: datetime) -> None:
    """Who was here has read what was told before `until`."""
    for account in desk.house.people.values():
        told = Notice.objects.filter(account=account, at__lt=until).values_list("id", flat=True)
        mark_notices_read(account_id=account.id, ids=list(told), now=clock.now())
