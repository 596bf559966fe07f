"""What `yinuo calendar import` runs."""

import argparse

from yinuo.calendars.services import import_official_file
from yinuo.config.refusal import Refusal
from yinuo.domain.worktime import CalendarError
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now

COMMAND = Actor.system("command")


def take_file(chosen: argparse.Namespace) -> int:
    """Takes over the official days of a file; deadlines that cross them are dated anew by a worker."""
    try:
        text = chosen.file.read_text(encoding="utf-8-sig")
        taken = import_official_file(country="CN", text=text, by=COMMAND, now=now())
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(f"{chosen.file} cannot be read: {error}") from error
    except CalendarError as error:
        raise Refusal(f"{chosen.file}: {error}") from error
    for year, days in taken.items():
        print(f"{year}: {days} days off and make-up workdays")
    print("Deadlines that run through these years are dated anew by the next worker.")
    return 0
