"""`yinuo up`: starts everything and keeps it running until Ctrl-C."""

import argparse
import os
from typing import Any

from yinuo.config.commands.options import add_data
from yinuo.config.paths import data_folder
from yinuo.config.refusal import Refusal
from yinuo.config.up.forking import marked
from yinuo.config.up.house import House
from yinuo.config.up.site import read_site


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("up", help="start everything; Ctrl-C stops it")
    add_data(parser)
    parser.add_argument("--port", type=int, metavar="NUMBER", help="port (default: YINUO_PORT, else 8000)")
    parser.add_argument(
        "--demo", action="store_true", default=os.environ.get("YINUO_DEMO") == "1", help="with the demo company"
    )
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    site = read_site(chosen.port)
    if chosen.demo and not site.on_loopback:
        raise Refusal(
            "The demo's log-ins are known to everybody: it runs on this machine only. "
            "Leave YINUO_LISTEN and YINUO_TLS away, or start without it: make run DEMO=0."
        )
    data = data_folder(chosen.data)
    marked(data)
    return House(data, site, chosen.demo).run()
