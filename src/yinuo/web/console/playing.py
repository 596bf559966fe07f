"""A play of a draft as it travels in its page: facts, start and moves as JSON, and what came of them in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yinuo.domain.comparing import Book
from yinuo.domain.procedure import Definition
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.playing import DOES, Department, Entry, Happen, Move, Pass, Play, Press, Promised, SkipStep
from yinuo.foundation.clock import day_of
from yinuo.foundation.errors import InvalidForm
from yinuo.procedures.errors import SUBTASK_STATES
from yinuo.web.console.labels import CLOCK, STATUS, WAIT
from yinuo.web.console.limit_words import limit_text, when_text
from yinuo.web.console.procedure_words import Speech
from yinuo.web.console.rows import iso

MOST_MOVES, MOST_LETTERS = 200, 200_000


@dataclass
class Told:
    """A play as JSON tells it. Whoever looks could write it himself: it is checked like a form, and kept nowhere."""

    at: datetime
    facts: dict[str, str]
    calendar_id: UUID
    moves: list[Move] = field(default_factory=list)

    def to_json(self) -> str:
        raw = {
            "at": self.at.isoformat(), "facts": self.facts, "calendar": str(self.calendar_id),
            "moves": [_written(move) for move in self.moves],
        }  # fmt: skip
        return json.dumps(raw, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Told":
        """Raises `InvalidForm`."""
        try:
            raw = json.loads(text) if len(text) <= MOST_LETTERS else None
            moves = [_move(*move) for move in raw["moves"]]
            facts = {str(name): str(value) for name, value in raw["facts"].items()}
            told = cls(_instant(raw["at"]), facts, UUID(raw["calendar"]), moves)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as error:
            raise InvalidForm from error
        if len(told.moves) > MOST_MOVES:
            raise InvalidForm
        return told


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not 2000 <= at.year <= 2100:
        raise ValueError(text)
    return at


def _written(move: Move) -> list[Any]:
    if isinstance(move, Press):
        return ["press", move.step, move.button, dict(move.fields)]
    if isinstance(move, SkipStep):
        return ["skip", move.step]
    if isinstance(move, Happen):
        return ["happen", move.name, dict(move.fields)]
    if isinstance(move, Department):
        return ["task", move.number, move.does]
    return ["pass", move.until.isoformat()]


def _move(kind: str, *parts: Any) -> Move:
    if kind == "press":
        step, button, fields = parts
        return Press(str(step), str(button), dict(fields))
    if kind == "skip":
        return SkipStep(str(parts[0]))
    if kind == "happen":
        return Happen(str(parts[0]), dict(parts[1]))
    if kind == "task":
        number, does = parts
        if does not in ("accepted", *DOES):
            raise ValueError(does)
        return Department(int(number), does)
    if kind == "pass":
        return Pass(_instant(parts[0]))
    raise ValueError(kind)


def example(one: m.Field, now: datetime, account_id: UUID) -> Any:
    """A value that fits a required field, so that one need not invent each."""
    if one.choices:
        return [one.choices[0].value] if one.type == "multi" else one.choices[0].value
    if one.type in ("int", "money", "percent"):
        return max(one.low or 1, 1)
    given = {
        "bool": "true", "score": 5, "instant": now + timedelta(days=1) if one.future else now, "date": day_of(now),
        "sign": {"way": "portal"},
    }  # fmt: skip
    if one.type == "ref":
        return str(account_id) if one.ref == "account" else _("example")
    return given.get(one.type, _("example"))


def log_shown(play: Play, speech: Speech) -> list[dict[str, Any]]:
    """What happened, the newest first; what would be sent is marked."""
    return [
        {
            "at_iso": iso(entry.at),
            "title": _title(entry, speech, play),
            "lines": list(_lines(entry, speech)),
        }
        for entry in reversed(play.entries)
    ]


def _title(entry: Entry, speech: Speech, play: Play) -> str:
    what = entry.what
    if what == "start":
        return _("The ticket was opened")
    if isinstance(what, str):
        name = what.removeprefix("start_")
        timer = speech.timer(what) if name == what else _("the date of “%(step)s”") % {"step": speech.step(name)}
        return _("Rang: %(timer)s") % {"timer": timer}
    if isinstance(what, Press):
        button = speech.button(what.button, speech.definition.step_by_key.get(what.step))
        return _("%(step)s: “%(button)s”") % {"step": speech.step(what.step), "button": button}
    if isinstance(what, SkipStep):
        return _("Step skipped: %(step)s") % {"step": speech.step(what.step)}
    if isinstance(what, Happen):
        return speech.happening(what.name)
    if isinstance(what, Department):
        key = next((task.key for task in play.tasks if task.number == what.number), "")
        return _(": ").join([speech.task(key), str(SUBTASK_STATES[TASK_STATES[what.does]])])
    return ""


TASK_STATES = {"accepted": "accepted", "done": "done", "declined": "declined", "withdrawn": "cancelled"}


def tasks_shown(play: Play, speech: Speech) -> list[dict[str, Any]]:
    """Sub-tasks that were handed out, the open ones with what can become of them."""
    shown = []
    for task in play.tasks:
        plan = speech.definition.task_by_key[task.key][1]
        is_open = task.state in ("offered", "accepted", "declined")
        acts = [("accepted", _("Accept"))] if task.state == "offered" else []
        acts += [("done", _("Give the result"))] if task.state in ("offered", "accepted") else []
        acts += [("declined", _("Not ours"))] if task.state in ("offered", "accepted") else []
        acts += [("withdrawn", _("Withdraw"))] if is_open else []
        shown.append(
            {
                "number": task.number, "title": speech.task(task.key), "whom": speech.task_for(plan), "ask": task.ask,
                "state_words": SUBTASK_STATES[TASK_STATES.get(task.state, task.state)], "is_open": is_open,
                "needed": plan.needed, "acts": acts,
            }
        )  # fmt: skip
    return shown


def _lines(entry: Entry, speech: Speech) -> Iterator[dict[str, str]]:
    if entry.what == "start":  # whoever opens a ticket wants this of every procedure
        message = m.Action("message", "acknowledgement", (), (("to", "customer"),))
        yield {"icon": "send", "text": speech.action(message), "at_iso": ""}
    for effect in entry.effects:
        line = _line(effect, speech)
        if line:
            icon, text, at_iso = line
            yield {"icon": icon, "text": text, "at_iso": at_iso}


def _line(effect: fx.Effect, s: Speech) -> tuple[str, str, str] | None:
    if isinstance(effect, fx.StartStep):
        step, role = s.step(effect.step), s.role(effect.role)
        return "player-play", _("begins: %(step)s (%(role)s)") % {"step": step, "role": role}, ""
    if isinstance(effect, fx.CancelStep):
        return "circle-x", _("stopped: %(step)s") % {"step": s.step(effect.step)}, ""
    if isinstance(effect, fx.StartRound):
        return "rotate", _("round %(round)s begins") % {"round": effect.round}, ""
    if isinstance(effect, fx.SetStatus):
        return "tag", _("status becomes “%(status)s”") % {"status": STATUS.get(effect.status, effect.status)}, ""
    if isinstance(effect, fx.Wait):
        return "clock-pause", str(WAIT[effect.wait]) if effect.wait else _("the waiting ends"), ""
    if isinstance(effect, fx.QueueMessage):
        return "send", s.action(m.Action("message", effect.template, (), (("to", effect.to),))), ""
    if isinstance(effect, fx.AskSurvey):
        return "send", s.action(m.Action("survey", effect.survey)), ""
    if isinstance(effect, fx.Dispatch):
        return "user-share", s.action(m.Action("assign", effect.role, (), (("tier", effect.tier),))), ""
    if isinstance(effect, fx.WantDocument):
        return "file-text", s.action(m.Action("document", effect.document)), ""
    if isinstance(effect, fx.OpenImprovement):
        return "trending-up", _("open an improvement"), ""
    if isinstance(effect, fx.OpenSubtask):
        return "users", s.action(m.Action("subtask", effect.key)), ""
    if isinstance(effect, fx.KeepSubtask):
        return "users", _("a department that was asked already is not asked twice"), ""
    if isinstance(effect, fx.CancelSubtask):
        return "circle-x", _("a sub-task is no longer needed"), ""
    if isinstance(effect, fx.StartTimer):
        return "bell", _("a timer is set"), ""
    if isinstance(effect, fx.EndRun):
        return "flag", _("end: %(end)s") % {"end": s.end(effect.end)}, ""
    return None


STATES = {"running": "", "paused": "waiting", "met": "good", "cancelled": ""}


def promises_shown(play: Play, speech: Speech, book: Book) -> list[dict[str, Any]]:
    """Promises, the open ones first by when they are due, each with the line of the limits that applies."""
    order = {"running": 0, "paused": 1, "met": 2, "cancelled": 3}
    tasks = {task.number: task.key for task in play.tasks}
    return [
        {
            "name": speech.names.promise(one.kind),
            "step": speech.task(tasks[one.task]) if one.task else speech.step(one.step) if one.step else "",
            "round": one.round,
            "line": _applies(one, book),
            "due_iso": iso(one.due_at) if one.due_at and one.state != "paused" else "",
            "ended_iso": iso(one.ended_at) if one.state == "met" else "",
            "late": one.is_late(play.now),
            "words": _state(one, play.now),
            "tone": "bad" if one.is_late(play.now) else STATES[one.state],
            "is_open": one.state in ("running", "paused"),
        }
        for one in sorted(play.promises, key=lambda one: (order[one.state], one.due_at is None, one.due_at or play.now))
    ]


def _applies(one: Promised, book: Book) -> str:
    """“grade is serious: 24 hours · working days round the clock”."""
    policy = book.policies[one.kind]
    when = when_text(book, policy, one.row) if len(policy.rows) > 1 else ""
    limit = limit_text(one.row)
    if one.row.target:
        limit = f"{limit} · {CLOCK[one.row.target.clock]}"
    return _(": ").join(filter(None, [when, limit]))


def _state(one: Promised, now: datetime) -> str:
    if one.state in ("running", "paused") and one.due_at is None:
        return _("no limit")
    if one.state == "running":
        return _("overdue") if one.is_late(now) else _("runs")
    if one.state == "met":
        return _("kept, too late") if one.is_late(now) else _("kept")
    return _("paused") if one.state == "paused" else _("no longer applies")


def happenings_of(definition: Definition) -> list[tuple[str, tuple[str, ...]]]:
    """What can happen outside, with the scores that its rows look at."""
    found: dict[str, tuple[str, ...]] = {}
    for row in definition.on:
        if row.happening in ("timer", "facts_changed", *m.TASK_HAPPENINGS):
            continue
        scores = [
            one.field
            for one in row.when
            if (known := definition.field_by_name.get(one.field)) is not None and known.type == "score"
        ]
        if row.happening == "customer_scored":
            asked = (definition.step_by_key[key] for key in row.active if key in definition.step_by_key)
            scores += [one.name for step in asked for one in step.fields if one.type == "score"]
        found[row.happening] = tuple(dict.fromkeys([*found.get(row.happening, ()), *scores]))
    return list(found.items())


def values_of(play: Play) -> Mapping[str, Any]:
    """What conditions look at."""
    return {**play.facts, **play.run.fields, "round": play.run.round}
