"""What `yinuo worker`, `alarm` and `intake` run. Django is set up before this module is loaded."""

import argparse
import signal
import threading

import structlog
from django.db import OperationalError, connection

from yinuo.channels.process import run_forever as run_intake
from yinuo.config.refusal import Refusal
from yinuo.foundation.installation import check_installation
from yinuo.foundation.jobs import QUEUES
from yinuo.foundation.worker import run as run_worker
from yinuo.sla.alarm import run_forever

log = structlog.get_logger()
LOOK_AGAIN_S = 0.5


def worker(chosen: argparse.Namespace) -> int:
    """Works off jobs until SIGTERM, each queue with slots of its own so that none holds up another."""
    names = list(dict.fromkeys(chosen.queues or QUEUES))
    if unknown := [name for name in names if name not in QUEUES]:
        raise Refusal(f"{', '.join(unknown)}: no such queue. There are {', '.join(QUEUES)}.")
    if _database_answers(_stopped_by_signal()):
        run_worker(names)
    return 0


def alarm(chosen: argparse.Namespace) -> int:
    """Watches deadlines until SIGTERM."""
    if _database_answers(stop := _stopped_by_signal()):
        run_forever(stop)
    return 0


def intake(chosen: argparse.Namespace) -> int:
    """Fetches mailboxes and holds the SMTP and LMTP doors open until SIGTERM."""
    if _database_answers(stop := _stopped_by_signal()):
        run_intake(stop)
    return 0


def _database_answers(stop: threading.Event) -> bool:
    """Waits for a database that is just starting, or failing over, instead of falling again and again; false where
    the end was asked for meanwhile. Raises `KeyUnusable`."""
    while not stop.is_set():
        try:
            check_installation()
        except OperationalError as error:
            log.warning("database unreachable, trying again", error=type(error).__name__)
            connection.close()
            stop.wait(LOOK_AGAIN_S)
        else:
            return True
    return False


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
