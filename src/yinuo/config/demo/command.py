"""What `yinuo demo` does, and what it tells."""

import argparse
import sys
import time

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection

from yinuo.config.demo.casting.growing import YEARS, grow
from yinuo.config.demo.company import ADDRESS, FIRST_LOGINS, NAME, PEOPLE
from yinuo.config.demo.history import make_demo
from yinuo.config.refusal import Refusal
from yinuo.foundation import clock
from yinuo.foundation.installation import check_installation
from yinuo.staff.demo import DEMO_PASSWORD
from yinuo.staff.models import Account
from yinuo.staff.queries import company
from yinuo.tickets.models import Ticket

LIVED = 300
"""So many tickets at most are lived through one by one; what is wanted beyond is cast from them."""


def run(chosen: argparse.Namespace) -> int:
    if chosen.check:
        check()
        return 0
    firm = company()
    if firm is None:
        _make(chosen.tickets)
    elif chosen.grow and firm.is_demo:
        _grow(chosen.tickets)
    elif not chosen.if_empty:
        raise Refusal(_why_not(firm.name, is_demo=firm.is_demo))
    firm = company()
    if firm is not None and firm.is_demo:
        print(logins())
    return 0


def _why_not(name: str, *, is_demo: bool) -> str:
    if is_demo:
        return (
            f"There is a company here already ({name}) with {Ticket.objects.count()} tickets. To give it more: "
            "yinuo demo --grow --tickets N. Another demo is made in an empty folder: yinuo demo --data FOLDER."
        )
    return (
        f"There is a company here already ({name}), and it is no demo. The demo is made in an empty folder only: "
        "yinuo demo --data FOLDER, or make run DATA=FOLDER."
    )


def _make(tickets: int) -> None:
    check_installation()
    began = time.monotonic()
    if tickets > LIVED:
        say(f"Living through {LIVED} tickets, of which the others become copies: some minutes …")
        made = make_demo(tickets=LIVED, now=clock.now(), founded=YEARS, for_casting=True)
    else:
        made = make_demo(tickets=tickets, now=clock.now())
    say(f"{made} tickets lived through in {time.monotonic() - began:.0f} s.")
    if tickets > LIVED:
        _grow(tickets)
    else:
        analyze()


def _grow(tickets: int) -> None:
    began = time.monotonic()
    try:
        made = grow(tickets, now=clock.now())
    except BaseException:
        there = Ticket.objects.count()
        say(f"Interrupted. {there:,} tickets are there, each whole. To go on: yinuo demo --grow --tickets {tickets}")
        raise
    analyze()
    say(f"{made:,} tickets in {(time.monotonic() - began) / 60:.1f} minutes.")


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def check() -> None:
    """Raises `Refusal` where a log-in that everybody knows still works."""
    accounts = list(Account.objects.filter(is_demo=True, is_active=True).order_by("username"))
    known = {encoded for encoded in {one.password for one in accounts} if check_password(DEMO_PASSWORD, encoded)}
    open_ones = [one.username for one in accounts if one.password in known]
    if open_ones:
        raise Refusal(
            "Others can reach this machine, and these log-ins of the demo still have the password that everybody knows: "
            f"{', '.join(open_ones)}. Change the passwords or switch the accounts off, or listen on 127.0.0.1 only."
        )


def logins() -> str:
    """The log-ins as they are printed at each start."""
    accounts = dict(Account.objects.filter(is_demo=True, is_active=True).values_list("username", "name"))
    first = [(login, does) for login, does in FIRST_LOGINS if login in accounts]
    others = sorted(({person.username for person in PEOPLE} & set(accounts)) - {login for login, _ in first})
    lines = [f"\n  Demo company {NAME}. The password of every log-in is {DEMO_PASSWORD}"]
    lines += [f"    {login:<8}{accounts[login]}　{does}" for login, does in first]
    if others:
        lines.append(f"    and {', '.join(others)}")
    lines.append(
        f"  Mail to {ADDRESS} is taken on 127.0.0.1:{settings.SMTP_PORT} (SMTP); what goes out is written to "
        f"{settings.DATA / 'outbox'}\n"
    )
    return "\n".join(lines)
