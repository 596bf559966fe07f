"""Sub-tasks of a ticket as flat values: who has each, its limits, its result, what the viewer may do with it."""

from typing import Any

from django.urls import reverse

from yinuo.domain.redaction import mask_text
from yinuo.procedures.errors import SUBTASK_STATES
from yinuo.procedures.models import Subtask, SubtaskState
from yinuo.procedures.permissions import may_accept, may_answer, may_decline, may_give, may_steer
from yinuo.sla.models import DeadlineState
from yinuo.web.console.chips import chip
from yinuo.web.console.labels import WAIT, say
from yinuo.web.console.look import Look
from yinuo.web.console.rows import iso
from yinuo.web.console.talk import file_values

TONES = {
    SubtaskState.OFFERED: "active",
    SubtaskState.ACCEPTED: "active",
    SubtaskState.DONE: "done",
    SubtaskState.DECLINED: "bad",
    SubtaskState.CANCELLED: "",
}


def subtasks_shown(look: Look) -> dict[str, Any]:
    """What the part of the page needs. One query, and the conversation where it has results."""
    rows = look.subtasks
    running = look.position is not None and look.position.run.ended_at is None
    may_open = running and may_steer(look.viewer, look.ticket)
    return {"subtasks": [_card(look, row, running=running) for row in rows], "may_open_subtask": may_open}


def _card(look: Look, row: Subtask, *, running: bool) -> dict[str, Any]:
    state, args = SubtaskState(row.state), [look.ticket.number, row.id]
    acts = set(_acts(look, row, running=running))
    card = {
        "id": str(row.id),
        "title": _title(look, row),
        "task": _text(look, row.task),
        "team": row.team.name,
        "owner": row.owner.name if row.owner else "",
        "asked_by": row.opened_by.name if row.opened_by else "",
        "opened_iso": iso(row.opened_at),
        "ended_iso": iso(row.ended_at),
        "state": state.value,
        "state_words": WAIT.get(row.wait) or SUBTASK_STATES[state],
        "tone": "waiting" if row.wait else TONES[state],
        "round": row.round,
        "reason": _text(look, row.reason),
        "version": row.version,
        "wait": row.wait,
        "deadlines": [
            chip(one, look.promise_names, look.ticket.number)
            for one in look.promises
            if one.subject_id == row.id and one.round == row.round and one.state != DeadlineState.CANCELLED
        ],
        "result": None,
        "act_url": reverse("subtask_act", args=[*args, "accept"]).removesuffix("accept"),
        **{f"may_{act}": True for act in acts},
    }
    if row.result_id:
        message = next((one for one in look.messages if one.id == row.result_id), None)
        if message:
            card["result"] = {
                "text": _text(look, message.text),
                "files": [file_values(file) for file in message.files],
            }
    return card


def _title(look: Look, row: Subtask) -> str:
    """That of the definition in the language of the screen, else as it was written."""
    known = look.position.definition.task_by_key.get(row.key) if look.position and row.key else None
    return say(known[1].title) if known else _text(look, row.title)


def _acts(look: Look, row: Subtask, *, running: bool) -> list[str]:
    """What this viewer may do with it now."""
    viewer, state, found = look.viewer, row.state, []
    if state == SubtaskState.OFFERED and may_accept(viewer, row):
        found.append("accept")
    if state == SubtaskState.ACCEPTED and may_answer(viewer, row):
        found += ["answer", "go_on" if row.wait else "wait"]
    if state in (SubtaskState.OFFERED, SubtaskState.ACCEPTED) and may_decline(viewer, row):
        found.append("decline")
    if state in (SubtaskState.OFFERED, SubtaskState.ACCEPTED) and may_give(viewer, row):
        found.append("give")
    if running and may_steer(viewer, look.ticket):
        if state in (SubtaskState.DONE, SubtaskState.DECLINED):
            found.append("send_back")
        if state in (SubtaskState.OFFERED, SubtaskState.ACCEPTED, SubtaskState.DECLINED):
            found.append("withdraw")
    return found


def _text(look: Look, text: str) -> str:
    return text if look.unmasked else mask_text(text)
