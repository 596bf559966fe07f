"""What `yinuo demo` does, and what it tells."""

import argparse
import sys
import time

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection

from yinuo.config.demo.company import ADDRESS, FIRST_LOGINS, NAME
from yinuo.config.demo.history import make_demo
from yinuo.config.refusal import Refusal
from yinuo.foundation import clock
from yinuo.foundation.installation import check_installation
from yinuo.staff.demo import DEMO_PASSWORD
from yinuo.staff.models import Account
from yinuo.staff.queries import company

MANY = 2000
TICKETS_PER_MINUTE = 200


def run(chosen: argparse.Namespace) -> int:
    if chosen.check:
        check()
        return 0
    firm = company()
    if firm is None:
        _make(chosen.tickets)
    elif not chosen.if_empty:
        raise Refusal(
            f"There is a company here already ({firm.name}). The demo is made in an empty folder only: "
            "yinuo demo --data FOLDER, or make run DATA=FOLDER."
        )
    firm = company()
    if firm is not None and firm.is_demo:
        print(logins())
    return 0


def _make(tickets: int) -> None:
    check_installation()
    if tickets > MANY:
        minutes = tickets // TICKETS_PER_MINUTE
        print(
            f"{tickets} tickets are lived through one by one: this takes about {minutes} minutes, and all of them are "
            "there at the end or none.",
            file=sys.stderr,
        )
    began = time.monotonic()
    made = make_demo(tickets=tickets, now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{made} tickets lived through in {time.monotonic() - began:.0f} s.", file=sys.stderr)


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
    others = sorted(set(accounts) - {login for login, _ in first})
    lines = [f"\n  Demo company {NAME}. The password of every log-in is {DEMO_PASSWORD}"]
    lines += [f"    {login:<8}{accounts[login]}　{does}" for login, does in first]
    if others:
        lines.append(f"    and {', '.join(others)}")
    lines.append(
        f"  Mail to {ADDRESS} is taken on 127.0.0.1:{settings.SMTP_PORT} (SMTP); what goes out is written to "
        f"{settings.DATA / 'outbox'}\n"
    )
    return "\n".join(lines)
