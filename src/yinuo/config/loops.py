"""What `yinuo worker`, `alarm` and `intake` run. Django is set up before this module is loaded."""

import argparse
import signal
import threading

from yinuo.channels.process import run_forever as run_intake
from yinuo.config.refusal import Refusal
from yinuo.foundation.installation import check_installation
from yinuo.foundation.jobs import QUEUES
from yinuo.foundation.worker import run as run_worker
from yinuo.sla.alarm import run_forever


def worker(chosen: argparse.Namespace) -> int:
    """Works off jobs until SIGTERM, each queue with slots of its own so that none holds up another."""
    names = list(dict.fromkeys(chosen.queues or QUEUES))
    if unknown := [name for name in names if name not in QUEUES]:
        raise Refusal(f"{', '.join(unknown)}: no such queue. There are {', '.join(QUEUES)}.")
    check_installation()
    run_worker(names)
    return 0


def alarm(chosen: argparse.Namespace) -> int:
    """Watches deadlines until SIGTERM."""
    check_installation()
    run_forever(_stopped_by_signal())
    return 0


def intake(chosen: argparse.Namespace) -> int:
    """Fetches mailboxes and holds the SMTP and LMTP doors open until SIGTERM."""
    check_installation()
    run_intake(_stopped_by_signal())
    return 0


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
