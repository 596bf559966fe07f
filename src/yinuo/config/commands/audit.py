"""`yinuo audit verify`: recomputes every seal of the history."""

from typing import Any

from yinuo.config.commands.options import add_data


def add_parser(subparsers: Any) -> None:
    audit = subparsers.add_parser("audit", help="prove that history is as it was written")
    actions = audit.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="name every row changed, removed, inserted or swapped")
    add_data(verify)
    verify.set_defaults(run="yinuo.config.audit:verify", database=True)
