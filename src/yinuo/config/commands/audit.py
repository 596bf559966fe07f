"""`yinuo audit verify`: recomputes every seal of the history; `yinuo audit check`: proves one evidence file."""

import argparse
import sys
from pathlib import Path
from typing import Any

from yinuo.config.commands.options import add_data
from yinuo.foundation.evidence import Unreadable, check_evidence, read_heads

MEANINGS = {
    "changed": "is not what was sealed",
    "removed": "is missing",
    "inserted": "was put in afterwards",
    "seal_changed": "was changed, or does not follow the one before it",
    "seal_unknown": "is not the one that the given log of seals names",
}


def add_parser(subparsers: Any) -> None:
    audit = subparsers.add_parser("audit", help="prove that history is as it was written")
    actions = audit.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", help="name every row changed, removed, inserted or swapped")
    add_data(verify)
    verify.set_defaults(run="yinuo.config.audit:verify", database=True)
    check = actions.add_parser("check", help="prove one evidence file; needs no database")
    check.add_argument("file", metavar="FILE", type=Path, help="the zip that was downloaded")
    check.add_argument("--seals", metavar="LOG", type=Path, help="a copy of DATA/log/seals.log kept elsewhere")
    check.set_defaults(run=check_file)


def check_file(chosen: argparse.Namespace) -> int:
    """Prints each fault by name, then what was looked at; 1 on faults, 2 where the file cannot be read."""
    try:
        heads = read_heads(chosen.seals) if chosen.seals else None
        checked = check_evidence(chosen.file, heads)
    except (Unreadable, OSError, UnicodeDecodeError) as error:
        print(f"{chosen.file}: {error}", file=sys.stderr)
        return 2
    for fault in checked.faults:
        print(f"{fault.what}: {fault.where} {MEANINGS[fault.what]}")
    chain = "each follows the one before" if checked.chained else "not all between them are enclosed"
    print(f"{checked.number}: {checked.rows} records, {checked.seals} seals ({chain}), {checked.files} files.")
    print(f"Newest seal: {checked.newest_seal} {checked.newest_digest}")
    if heads is None:
        print("Compare it with a seals.log that was kept elsewhere (--seals): that proves when this was known.")
    print(f"Faults: {len(checked.faults)}.")
    return 1 if checked.faults else 0
