"""Tickets as rows of lists: flat values, so that a row's template computes nothing (DESIGN section 6)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yinuo.domain.redaction import mask_text
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import TaskRow, active_step_keys, tasks_for
from yinuo.staff.permissions import Viewer
from yinuo.tickets.lists import TicketRow
from yinuo.tickets.models import OPEN_STATUSES
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.console.labels import (
    CHANNEL_ICON,
    PRIORITY,
    STATUS,
    STATUS_TONE,
    TIER,
    PromiseNames,
    language,
    level_of,
    say,
)

FRESH = timedelta(seconds=15)
Row = dict[str, Any]


def iso(instant: datetime | None) -> str:
    return instant.isoformat(timespec="seconds") if instant else ""


class Rows:
    """Makes rows for one answer; what rows share is read once."""

    def __init__(self, now: datetime, *, may_take: bool = False, for_whom: Viewer | None = None) -> None:
        """`for_whom`: of each ticket is shown what waits for this person, a sub-task before a step."""
        self.now = now
        self.may_take = may_take
        self.for_whom = for_whom
        self.promise = PromiseNames()
        self.status = {key: str(words) for key, words in STATUS.items()}
        self.priority = {key: str(words) for key, words in PRIORITY.items()}
        self.tier = {key: str(words) for key, words in TIER.items()}
        self.nobody = _("Nobody yet")
        self.take = _("Take")
        self._ticket_url = reverse("ticket", args=["N"])
        self._take_url = reverse("ticket_take", args=["N"])
        self.in_english = language() == "en"
        self._steps: dict[tuple[UUID, str], str] = {}
        self._promises: dict[str, str] = {}

    def __call__(self, found: Sequence[TicketRow], *, with_steps: bool = True) -> list[Row]:
        ids = [row.id for row in found]
        steps = active_step_keys(ids) if found and with_steps else {}
        tasks = tasks_for(self.for_whom.id, self.for_whom.team_ids, ids) if found and self.for_whom else {}
        return [self._row(row, steps.get(row.id, ())) | self._task(tasks.get(row.id)) for row in found]

    def _task(self, task: TaskRow | None) -> Row:
        """What a sub-task says in place of the step of its ticket."""
        if task is None:
            return {}
        said = _("Sub-task: %(title)s") if task.accepted else _("To accept: %(title)s")
        due = task.due
        return {
            "snippet": said % {"title": mask_text(task.title)},
            "step": "",
            "deadline": self._chip(due.due_at, due.kind, due.warn_at) if due else None,
        }

    def _row(self, row: TicketRow, steps: Iterable[tuple[UUID, str]]) -> Row:
        is_open = row.status in OPEN_STATUSES
        takeable = self.may_take and not row.owner and is_open
        return {
            "id": str(row.id),
            "number": row.number,
            "url": self._ticket_url.replace("N", row.number),
            "subject": mask_text(row.subject),
            "snippet": (row.category_en or row.category) if self.in_english else row.category,
            "channel_icon": CHANNEL_ICON.get(row.channel, "message-circle"),
            "unread": is_open and row.first_answered_at is None,
            "fresh": self.now - row.opened_at < FRESH,
            "level": level_of(row.priority),
            "priority": self.priority.get(row.priority, ""),
            "customer": row.customer,
            "customer_note": self.tier.get(row.tier, ""),
            "step": "、".join(self._step(version, key) for version, key in steps),
            "status": self.status[row.status],
            "status_tone": STATUS_TONE[row.status],
            "owner": row.owner or self.nobody,
            "owner_initial": initial_of(row.owner) if row.owner else "",
            "take_url": self._take_url.replace("N", row.number) if takeable else "",
            "take_label": self.take,
            "version": row.version,
            "deadline": self._deadline(row),
            "updated_iso": iso(row.updated_at),
        }

    def _step(self, version: UUID, key: str) -> str:
        known = self._steps.get((version, key))
        if known is None:
            known = self._steps[version, key] = say(definition_of(version).step_by_key[key].title)
        return known

    def _promise(self, kind: str) -> str:
        known = self._promises.get(kind)
        if known is None:
            known = self._promises[kind] = self.promise(kind)
        return known

    def _deadline(self, row: TicketRow) -> Row | None:
        return self._chip(row.next_due_at, row.next_due_kind, row.next_warn_at) if row.next_due_at else None

    def _chip(self, due_at: datetime, kind: str, warn_at: datetime | None) -> Row:
        return {"label": self._promise(kind), "due_iso": iso(due_at), "warn_iso": iso(warn_at), "state": "running"}
