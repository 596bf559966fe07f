"""Management commands of Django, called by `yinuo manage` and `yinuo prepare`."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command, execute_from_command_line
from django.db import connection

from yinuo.config import cli
from yinuo.config.handbook import renew_rights
from yinuo.config.refusal import Refusal
from yinuo.config.up.site import LOOPBACK, is_loopback
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.installation import check_installation
from yinuo.foundation.keyfile import KeyUnusable

RELEASE = Actor.system("release")
PREPARING = 0x59494E554F02  # beside the sealer's own, foundation.seals


def run(chosen: argparse.Namespace) -> int:
    execute_from_command_line(["yinuo manage", *chosen.rest])
    return 0


def prepare(chosen: argparse.Namespace) -> int:
    """Migrations, and what the release gives the shipped roles; then the demo company where it is wanted and absent,
    which prints its log-ins. Where others can reach this machine, `demo --check` refuses while known log-ins still
    work."""
    try:
        with _alone():
            call_command("migrate", interactive=False, verbosity=0)
            check_installation()
            _renew_rights()
    except KeyUnusable as unusable:
        raise Refusal(str(unusable)) from unusable
    if not cli.has_command("demo"):
        return 0
    if os.environ.get("YINUO_DEMO") == "1":
        return cli.main(["demo", "--if-empty"])
    if not is_loopback(os.environ.get("YINUO_LISTEN", LOOPBACK)):
        return cli.main(["demo", "--check"])
    return 0


def _renew_rights() -> None:
    for role, rights in renew_rights(by=RELEASE, now=clock.now()).items():
        print(f"  New rights of the role {role}: {', '.join(rights)} (Settings, Rights)")


@contextmanager
def _alone() -> Iterator[None]:
    """Of several machines that start at the same moment one prepares the database, the others wait for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
