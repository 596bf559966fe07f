"""The processes of a running house: `web`, `stream`, `worker`, `alarm`, `intake`. `yinuo up` starts them all."""

import argparse
from pathlib import Path
from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    web = subparsers.add_parser("web", help="serve pages and API")
    _add_address(web, 8001)
    web.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    web.add_argument("--threads", type=int, default=4, help="requests at a time in each (default: 4)")
    web.set_defaults(run="yinuo.config.serve:web", database="server")

    stream = subparsers.add_parser("stream", help="serve the event stream")
    _add_address(stream, 8002)
    stream.set_defaults(run="yinuo.config.serve:stream", database="server")

    worker = subparsers.add_parser("worker", help="work off jobs")
    add_data(worker)
    worker.add_argument(
        "--queue", dest="queues", action="append", metavar="NAME", help="a queue to work off (default: all)"
    )
    worker.set_defaults(run="yinuo.config.loops:worker", database=True)

    alarm = subparsers.add_parser("alarm", help="watch deadlines")
    add_data(alarm)
    alarm.set_defaults(run="yinuo.config.loops:alarm", database=True)

    intake = subparsers.add_parser("intake", help="take mail in")
    add_data(intake)
    intake.set_defaults(run="yinuo.config.loops:intake", database=True)


def _add_address(parser: argparse.ArgumentParser, port: int) -> None:
    add_data(parser)
    parser.add_argument("--socket", type=Path, metavar="FILE", help="listen on this Unix socket")
    parser.add_argument("--port", type=int, default=port, help=f"else on this loopback port (default: {port})")
