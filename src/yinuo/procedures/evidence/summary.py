"""The summary of an evidence file as PDF: what a person reads first."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from yinuo.domain.documents import Printer
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.documents.pdf import print_sheet
from yinuo.procedures.evidence.words import ACTORS, STATES, told


def make_summary(content: dict[str, Any], rows: list[HistoryRow], *, at: datetime) -> bytes:
    """Raises `FontMissing`."""
    return print_sheet("evidence.typ", _printed(content, rows), at=at)


def _printed(content: dict[str, Any], rows: list[HistoryRow]) -> dict[str, Any]:
    language = content["language"]
    printer = Printer(language, ZoneInfo(content["zone"]), {})
    names = content["names"]

    def at(text: str) -> str:
        return printer.instant(text) if text else ""

    def who(row: HistoryRow) -> str:
        known = names.get(str(row.actor_id)) if row.actor_id else ""
        return known or (ACTORS[row.actor_kind].say(language) if row.actor_kind in ACTORS else row.actor_kind)

    ticket = content["ticket"]
    whole: dict[str, Any] = json.loads(json.dumps(content))
    return {
        "language": language,
        "company": content["company"],
        "number": ticket["number"],
        "subject": ticket["subject"],
        "customer": ticket["customer"],
        "team": ticket["team"],
        "owner": ticket["owner"],
        "opened": at(ticket["opened_at"]),
        "made": at(content["made_at"]),
        "made_for": content["made_for"],
        "mark": content["mark"],
        "versions": [
            [one["what"], one["title"], str(one["version"]), at(one["published_at"]), one["sha256"]]
            for one in whole["versions"]
        ],
        "steps": [
            [one["title"], str(one["round"]), at(one["started_at"]), at(one["done_at"]), one["by"], one["outcome"]]
            for one in whole["steps"]
        ],
        "deadlines": [
            {
                "name": one["name"],
                "started": at(one["started_at"]),
                "due": at(one["due_at"]),
                "done": at(one["done_at"]),
                "state": STATES[one["state"]].say(language) if one["state"] in STATES else one["state"],
                "late": one["state"] == "late",
                "sum": one["sum"],
            }
            for one in whole["deadlines"]
        ],
        "history": [[at(row.at.isoformat()), who(row), told(row.kind, language), row.id.hex[-12:]] for row in rows],
    }
