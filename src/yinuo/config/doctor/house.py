"""Checks that ask the database. Django is set up before this module is loaded."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from yinuo.channels.queries import failing_mailboxes, mailboxes
from yinuo.config.doctor.finding import Finding, broken, good, watch
from yinuo.config.postgres import DataLock, Held
from yinuo.foundation.backups import last_backup
from yinuo.foundation.clock import now
from yinuo.foundation.encryption import key_check
from yinuo.foundation.failed_jobs import queue_counts
from yinuo.foundation.heartbeat import last_beats
from yinuo.foundation.models import Installation
from yinuo.foundation.seals import oldest_unsealed
from yinuo.staff.demo import listens_on_loopback
from yinuo.staff.queries import demo_accounts

SILENT = timedelta(minutes=1)
BACKUP_AGE = timedelta(days=7)
CLOCK_WATCH, CLOCK_BROKEN = timedelta(seconds=2), timedelta(seconds=30)
WAITING_LONG_S = 300.0
UNSEALED_LONG_S = 60.0
MAIL_AGE = timedelta(minutes=15)
RESERVED_CONNECTIONS = 40
LEAST_MAJOR, NEWEST_MAJOR = 15, 18
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def house_checks(data: Path) -> Iterator[Finding]:
    """What the database knows. After a failing migration check the rest is left out: tables may be missing."""
    yield from _server()
    yield _clock()
    missing = _migrations()
    yield missing
    if missing.advice:
        return
    yield _key_fits()
    running = _is_running(data)
    yield from _parts(running)
    yield from _jobs()
    yield _sealing(running)
    yield from _mail(running)
    yield _backup()
    yield _demo()


def _server() -> Iterator[Finding]:
    major, minor = divmod(connection.pg_version, 10_000)
    if major < LEAST_MAJOR:
        yield broken("PostgreSQL", f"version {major}.{minor}", f"Yinuo needs {LEAST_MAJOR} to {NEWEST_MAJOR}.")
    elif major > NEWEST_MAJOR:
        yield watch("PostgreSQL", f"version {major}.{minor}", f"Yinuo is tested up to {NEWEST_MAJOR}.")
    else:
        yield good("PostgreSQL", f"version {major}.{minor}")
    unsafe = [name for name in DURABLE if _setting(name) == "off"]
    if unsafe:
        yield broken(
            "durability",
            f"{', '.join(unsafe)} is off: what people were told is kept may be lost in a power failure.",
            "Switch it on in the server's settings (embedded: own.conf), then restart.",
        )
    else:
        yield good("durability", ", ".join(DURABLE) + " on")
    most = int(_setting("max_connections"))
    if most < RESERVED_CONNECTIONS:
        yield watch("connections", f"max_connections is {most}", f"Allow at least {RESERVED_CONNECTIONS}.")
    if _setting("server_encoding") != "UTF8":
        yield broken("encoding", f"The database is in {_setting('server_encoding')}.", "Make a new one in UTF8.")
    if _setting("is_superuser") == "on":
        yield watch("database role", "The application logs in as a superuser.", "Give it a role of its own.")


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _clock() -> Finding:
    before = now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    after = now()
    apart = max(before - theirs, theirs - after, timedelta())
    says = f"{apart.total_seconds():.1f} s apart from the database's"
    if apart > CLOCK_BROKEN:
        return broken("clock", says, "Set both by NTP: deadlines are counted by this machine's clock.")
    if apart > CLOCK_WATCH:
        return watch("clock", says, "Set both by NTP.")
    return good("clock", says)


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return broken("migrations", f"{missing} are not applied.", "Run yinuo prepare, or restart yinuo up.")
    return good("migrations", "all applied")


def _key_fits() -> Finding:
    installation = Installation.objects.filter(id=1).first()
    if installation is None:
        return watch("key fits", "The installation is not set up yet.", "Run yinuo prepare, or start yinuo up.")
    if bytes(installation.key_check) != key_check():
        return broken(
            "key fits",
            f"{settings.KEY_FILE} is not the key of this database: customers' data cannot be read.",
            "Put the right key file back; it is in every backup, under its passphrase.",
        )
    return good("key fits", "the key file belongs to this database")


def _is_running(data: Path) -> bool:
    """Whether `yinuo up` holds this folder."""
    lock = DataLock(data)
    try:
        lock.take("doctor")
    except Held as held:
        return held.owner.get("command") == "up"
    lock.drop()
    return False


def _parts(running: bool) -> Iterator[Finding]:
    if not running:
        yield watch("running", "yinuo up does not run on this folder.", "Start it, unless you run the parts yourself.")
    moment, beats = now(), last_beats()
    for part in sorted({"worker", "alarm", *beats}):
        at = beats.get(part)
        says = "never seen" if at is None else f"last seen {_ago(moment - at)} ago"
        if at is not None and moment - at <= SILENT:
            yield good(part, says)
        elif running:
            yield broken(part, says, f"See DATA/log/{part}.log for why it does not run.")
        else:
            yield watch(part, says, "It does nothing until it runs again.")


def _jobs() -> Iterator[Finding]:
    for queue, count in queue_counts().items():
        if count["failed"]:
            yield watch(
                f"jobs ({queue})",
                f"{count['failed']:.0f} failed",
                "Look at Settings › Failed jobs: try them again or dismiss them.",
            )
        if count["oldest_s"] > WAITING_LONG_S:
            says = f"{count['waiting']:.0f} wait, the oldest for {_ago(timedelta(seconds=count['oldest_s']))}"
            yield broken(f"jobs ({queue})", says, "Is the worker running, and is one job holding up the others?")
        if not count["failed"] and count["oldest_s"] <= WAITING_LONG_S:
            yield good(f"jobs ({queue})", f"{count['waiting']:.0f} waiting, {count['running']:.0f} running")


def _sealing(running: bool) -> Finding:
    age_s = oldest_unsealed(now())
    if age_s <= UNSEALED_LONG_S:
        return good("history", "sealed up to now")
    says = f"The oldest row without a seal is {_ago(timedelta(seconds=age_s))} old."
    advice = "A worker seals every 2 s; a transaction left open holds it up (see pg_stat_activity)."
    return broken("history", says, advice) if running else watch("history", says, advice)


def _mail(running: bool) -> Iterator[Finding]:
    failing = failing_mailboxes()
    moment = now()
    for box in failing:
        way = "Mail does not come in" if box.way == "in" else "Mail does not go out"
        yield broken(
            f"mailbox {box.address}",
            f"{way}, for {_ago(moment - box.since)} ({box.code}).",
            "Check server, log-in and network; Settings › Mailboxes tries both ways.",
        )
    troubled = {box.mailbox_id for box in failing}
    fetched = [box for box in mailboxes() if box.active and box.imap_host and box.id not in troubled]
    for box in fetched:
        if running and (box.checked_at is None or moment - box.checked_at > MAIL_AGE):
            seen = "never" if box.checked_at is None else f"{_ago(moment - box.checked_at)} ago"
            yield broken(f"mailbox {box.address}", f"last looked into {seen}", "Is intake running? See its log.")
    if not failing:
        yield good("mailboxes", f"{len(fetched)} fetched, none fails")


def _backup() -> Finding:
    made = last_backup()
    if made is None:
        return watch("backup", "None was ever made.", "yinuo backup FILE, daily, to another machine or disk.")
    age = now() - made
    if age > BACKUP_AGE:
        return watch("backup", f"The last one is {_ago(age)} old.", "yinuo backup FILE, daily, from a timer.")
    return good("backup", f"the last one is {_ago(age)} old")


def _demo() -> Finding:
    known = len(demo_accounts())
    if known and not listens_on_loopback():
        return broken(
            "demo log-ins",
            f"{known} log-ins that everybody knows work, and others can reach this machine.",
            "Change their passwords or switch them off in Settings › Accounts.",
        )
    return good("demo log-ins", f"{known} work, on this machine only" if known else "none")


def _ago(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0)
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def run_checks(data: Path) -> list[Finding]:
    """As many findings as there are before the database fails, then that."""
    findings: list[Finding] = []
    try:
        for finding in house_checks(data):
            findings.append(finding)  # noqa: PERF402 - those before a failure count
    except DatabaseError as error:
        says = str(error).strip().splitlines()
        findings.append(broken("database", says[0] if says else type(error).__name__, "See the server's log."))
    return findings
