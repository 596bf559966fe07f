"""Tickets as rows of lists: flat values, so that a row's template computes nothing (DESIGN section 6)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from yinuo.domain.redaction import mask_text
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import active_step_keys
from yinuo.tickets.models import OPEN_STATUSES, Status
from yinuo.web.components.shell import initial_of
from yinuo.web.console.labels import (
    CHANNEL_ICON,
    PRIORITY,
    STATUS,
    STATUS_TONE,
    TIER,
    PromiseNames,
    level_of,
    named,
    say,
)

FRESH = timedelta(seconds=15)
Row = dict[str, Any]


def iso(instant: datetime | None) -> str:
    return instant.isoformat(timespec="seconds") if instant else ""


class Rows:
    """Makes rows for one answer; what rows share is read once."""

    def __init__(self, now: datetime, *, may_take: bool = False) -> None:
        self.now = now
        self.may_take = may_take
        self.promise = PromiseNames()
        self.status = {key: str(words) for key, words in STATUS.items()}
        self.priority = {key: str(words) for key, words in PRIORITY.items()}
        self.tier = {key: str(words) for key, words in TIER.items()}
        self.nobody = _("Nobody yet")
        self.take = _("Take")
        self._ticket_url = reverse("ticket", args=["N"])
        self._take_url = reverse("ticket_take", args=["N"])

    def __call__(self, found: Sequence[Mapping[str, Any]]) -> list[Row]:
        steps = active_step_keys(row["id"] for row in found)
        return [self._row(row, steps.get(row["id"], ())) for row in found]

    def _row(self, row: Mapping[str, Any], steps: Iterable[tuple[UUID, str]]) -> Row:
        owner = row["owner__name"] or ""
        status = Status(row["status"])
        category = named(row["category__name"] or "", row["category__name_en"])
        takeable = self.may_take and not owner and status in OPEN_STATUSES
        return {
            "id": str(row["id"]),
            "number": row["number"],
            "url": self._ticket_url.replace("N", row["number"]),
            "subject": mask_text(row["subject"]),
            "snippet": category,
            "channel_icon": CHANNEL_ICON.get(row["channel"], "message-circle"),
            "unread": status in OPEN_STATUSES and row["first_answered_at"] is None,
            "fresh": self.now - row["opened_at"] < FRESH,
            "level": level_of(row["priority"]),
            "priority": self.priority.get(row["priority"], ""),
            "customer": row["customer__name"],
            "customer_note": self.tier.get(row["customer__tier"], ""),
            "step": "、".join(say(definition_of(version).step_by_key[key].title) for version, key in steps),
            "status": self.status[status],
            "status_tone": STATUS_TONE[status],
            "owner": owner or self.nobody,
            "owner_initial": initial_of(owner) if owner else "",
            "take_url": self._take_url.replace("N", row["number"]) if takeable else "",
            "take_label": self.take,
            "version": row["version"],
            "deadline": self._deadline(row),
            "updated_iso": iso(row["updated_at"]),
        }

    def _deadline(self, row: Mapping[str, Any]) -> Row | None:
        if not row["next_due_at"]:
            return None
        return {
            "label": self.promise(row["next_due_kind"]),
            "due_iso": iso(row["next_due_at"]),
            "warn_iso": iso(row["next_warn_at"]),
            "state": "running",
        }
