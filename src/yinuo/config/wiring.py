"""Everything the system does by itself when something has happened: fact → who reacts.

AT_ONCE: in the recording transaction; rows only, no network, no file, records nothing that is itself AT_ONCE.
AFTERWARDS: in a job, at least once, in any order.
"""

from yinuo.foundation import events

AT_ONCE: dict[type[events.Fact], tuple[str, ...]] = {}

AFTERWARDS: dict[type[events.Fact], tuple[str, ...]] = {}


def connect_rooms() -> None:
    events.connect(at_once=AT_ONCE, afterwards=AFTERWARDS)
