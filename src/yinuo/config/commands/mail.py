"""`yinuo mail inspect`: what intake sees in raw mails, one JSON object a line."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from yinuo.domain.intake import Address, Inbound, parse


def add_parser(subparsers: Any) -> None:
    """Adds `mail` with its one verb `inspect` to the command line."""
    mail = subparsers.add_parser("mail", help="look at raw mails")
    verbs = mail.add_subparsers(dest="verb", required=True)
    inspect = verbs.add_parser("inspect", help="print what intake sees in raw mails, a JSON object a line")
    inspect.add_argument(
        "--own", metavar="ADDRESS", action="append", default=[], help="an address of the desk; may be repeated"
    )
    inspect.add_argument("files", metavar="FILE", nargs="+", help="a raw mail (.eml); - reads standard input")
    inspect.set_defaults(run=inspect_mails)


def inspect_mails(arguments: argparse.Namespace) -> int:
    """Prints one line for each file; 1 if a file could not be read (the others are still printed)."""
    own = frozenset(address.strip() for address in arguments.own)
    failed = False
    for name in arguments.files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            print(f"{name}: {error.strerror or error}", file=sys.stderr)
            failed = True
            continue
        line = json.dumps(seen(parse(raw, own_addresses=own)), ensure_ascii=False)
        sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()
    return 1 if failed else 0


def seen(inbound: Inbound) -> dict[str, object]:
    """The fields of `yinuo mail inspect`, in the order of the documentation."""
    bounce = inbound.bounce
    return {
        "kind": inbound.kind.value,
        "from": _address(inbound.sender),
        "to": [_address(one) for one in inbound.to],
        "cc": [_address(one) for one in inbound.cc],
        "subject": inbound.subject,
        "text": inbound.text,
        "reply": inbound.reply,
        "html": inbound.html,
        "attachments": [
            {"filename": one.filename or None, "size": one.size, "sha256": one.sha256, "content_type": one.content_type}
            for one in inbound.attachments
        ],
        "message_id": inbound.message_id,
        "references": list(inbound.references),
        "bounce": None
        if bounce is None
        else {"recipient": bounce.recipient, "reason": bounce.reason, "code": bounce.code},
        "bounces": [
            {"recipient": one.recipient, "reason": one.reason, "code": one.code, "permanent": one.permanent}
            for one in inbound.bounces
        ],
        "reply_to": [_address(one) for one in inbound.reply_to],
        "in_reply_to": list(inbound.in_reply_to),
        "date": inbound.sent_at.isoformat() if inbound.sent_at else None,
        "problems": list(inbound.problems),
    }


def _address(one: Address) -> dict[str, str | None]:
    return {"name": one.name or None, "address": one.address or None}
