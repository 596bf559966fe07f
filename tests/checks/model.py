"""What an example is, and the small house that each is put into."""

from dataclasses import dataclass, field

GROUND = {
    "Makefile": "run: build\n\t@echo\nbuild:\n\t@echo\n",
    ".npmrc": "omit-lockfile-registry-resolved=true\n",
    "src/yinuo/foundation/events.py": (
        "class Fact:\n    pass\n\n\ndef record(fact, *, by, at, subject):\n    return fact\n"
    ),
    "src/yinuo/foundation/actors.py": "class Actor:\n    pass\n",
    "src/yinuo/foundation/clock.py": "from datetime import datetime\n\n\ndef now():\n    return datetime.now()\n",
    "src/yinuo/tickets/events.py": (
        "from dataclasses import dataclass\nfrom uuid import UUID\n\nfrom yinuo.foundation.events import Fact\n\n\n"
        "@dataclass(frozen=True)\nclass TicketOpened(Fact):\n    ticket_id: UUID\n"
    ),
    "src/yinuo/config/cli.py": 'COMMANDS = (("up", "yinuo.config.commands.up", "start everything"),)\n',
    "src/yinuo/config/commands/up.py": (
        'def add_parser(parsers):\n    parsers.add_parser("up").add_argument("--port")\n'
    ),
}


@dataclass(frozen=True)
class Example:
    """`files` are put into the ground; the rule must say `says` about one of them (or nothing, for a good one)."""

    rule: str
    about: str
    files: dict[str, str] = field(hash=False)
    says: str = ""


def one(rule: str, about: str, path: str, text: str, says: str = "") -> Example:
    return Example(rule, about, {path: text}, says)
