"""`yinuo bpmn write` and `yinuo bpmn read`: procedures as BPMN 2.0 for other tools, and drafts out of their files."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from yinuo.domain.procedure import Definition, Known, lint
from yinuo.domain.procedure.bpmn import BpmnFaulty, read_bpmn, write_bpmn
from yinuo.domain.reading import ReadingError
from yinuo.packs import SHIPPED, shipped_pack


def add_parser(subparsers: Any) -> None:
    """Add `bpmn` with its verbs to the `yinuo` command."""
    parser = subparsers.add_parser("bpmn", help="procedures as BPMN 2.0")
    verbs = parser.add_subparsers(required=True, metavar="write|read")
    write = verbs.add_parser("write", help="a procedure as BPMN 2.0, with lanes and coordinates")
    write.add_argument("procedure", metavar="PROCEDURE", help="key of a shipped procedure, or a YAML or JSON file")
    write.add_argument("--handbook", choices=SHIPPED, default=SHIPPED[0], help="whose procedure and names of roles")
    write.add_argument("--lang", choices=["zh", "en"], default="zh", help="language of the names")
    write.set_defaults(run=_write)
    read = verbs.add_parser("read", help="a BPMN 2.0 file as a draft in YAML; what is open goes to standard error")
    read.add_argument("file", type=Path)
    read.add_argument("--handbook", choices=SHIPPED, default=SHIPPED[0], help="whose names of roles lanes have")
    read.add_argument("--lang", choices=["zh", "en"], default="zh", help="language of what is open")
    read.set_defaults(run=_read)


def _write(arguments: argparse.Namespace) -> int:
    pack = shipped_pack(arguments.handbook)
    definition = pack.procedures.get(arguments.procedure)
    if definition is None:
        try:
            # JSON first: YAML reads some of its words (`on`) as something else
            text = Path(arguments.procedure).read_text("utf-8")
            raw = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
            definition = Definition.from_json(raw)
        except (OSError, UnicodeDecodeError, ReadingError, yaml.YAMLError, TypeError, ValueError) as error:
            known = ", ".join(pack.procedures)
            print(f"yinuo bpmn: no procedure ({known}) and no file of one: {error}", file=sys.stderr)
            return 2
    names = {code: role.name.say(arguments.lang) for code, role in pack.roles.items()}
    print(write_bpmn(definition, language=arguments.lang, role_names=names), end="")
    return 0


def _read(arguments: argparse.Namespace) -> int:
    """0 where nothing is open, 1 where something is, 2 where the file cannot be read."""
    pack = shipped_pack(arguments.handbook)
    roles = {name: code for code, role in pack.roles.items() for name in (role.name.zh, role.name.en)}
    try:
        taken = read_bpmn(arguments.file.read_bytes(), roles=roles)
    except (OSError, BpmnFaulty) as error:
        said = error.text.say(arguments.lang) if isinstance(error, BpmnFaulty) else str(error)
        print(f"yinuo bpmn: {said}", file=sys.stderr)
        return 2
    print(yaml.safe_dump(taken.body, allow_unicode=True, sort_keys=False, width=120), end="")
    faults = lint(Definition.from_json(taken.body), Known(roles=frozenset(pack.roles)))
    for fault in faults:
        print(fault.say(arguments.lang), file=sys.stderr)
    return 1 if faults else 0
