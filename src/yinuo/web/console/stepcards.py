"""The steps of a run as cards: active ones with their form, finished ones with what was filled in, the way ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yinuo.domain.procedure import available_buttons
from yinuo.domain.procedure.model import CANCELLED
from yinuo.domain.procedure.model import Step as StepDefinition
from yinuo.procedures.errors import roles_said
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.queries import Position, begins_of, first_values, step_stamp, way_ahead
from yinuo.sla.models import Deadline
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.models import Message, Ticket
from yinuo.tickets.queries import members
from yinuo.web.addresses import reverse
from yinuo.web.console.chips import chip
from yinuo.web.console.labels import PRESENCE, WAIT, PromiseNames, say
from yinuo.web.console.names import Names
from yinuo.web.console.rows import iso
from yinuo.web.console.stepforms import filled_in, form_fields, people_in

Card = dict[str, Any]


@dataclass(frozen=True)
class Typed:
    """What was typed into the form of one step and is shown again: after a choice that shows other fields, or with
    the errors of a refused form."""

    step_id: UUID
    values: Mapping[str, Any]
    errors: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    names_subtasks: bool = False
    """The sentence is about sub-tasks of the page: it leads to them."""


class Cards:
    """Makes the cards of one run for one viewer."""

    def __init__(
        self,
        ticket: Ticket,
        position: Position,
        steps: list[Step],
        viewer: Viewer,
        messages: list[Message],
        names: Names,
        promise: PromiseNames,
        *,
        may_work: bool,
        unmasked: bool,
    ) -> None:
        self.ticket, self.position, self.steps, self.viewer = ticket, position, steps, viewer
        self.messages, self.may_work, self.unmasked = messages, may_work, unmasked
        self.promise = promise
        self._accounts: list[tuple[str, str]] | None = None
        self._mentioned = {
            one: UUID(one)
            for step in steps
            for one in people_in(self.definition(step), {**position.state.fields, **step.form})
            if _is_uuid(one)
        }
        self._known = names
        names.want(accounts=self._mentioned.values())

    def definition(self, step: Step) -> StepDefinition:
        return self.position.definition_for(step).step_by_key[step.key]

    def all(self, promises: list[Deadline]) -> dict[str, Any]:
        """Finished, active and coming steps."""
        done = [step for step in self.steps if step.state != StepState.ACTIVE]
        active = [step for step in self.steps if step.state == StepState.ACTIVE]
        ended = self.position.definition.end_by_key.get(self.position.state.end)
        return {
            "title": say(self.position.definition.title),
            "version": self.position.run.procedure.version,
            "move_url": self._move_url(),
            "round": self.position.state.round,
            "picture_url": reverse("ticket_picture", args=[self.ticket.number]),
            "done_steps": [self.done(step) for step in done],
            "active_steps": [self.active(step, promises) for step in active],
            "next_steps": self._ahead(),
            "ended": say(ended.title) if ended else "",
            "ended_iso": iso(self.position.state.ended_at),
        }

    def _ahead(self) -> list[Card]:
        """What comes next; of a step that waits for its date, when it begins."""
        scheduled = {one.key for one in self.position.state.arrived if one.timer}
        begins = begins_of(self.ticket.id, scheduled) if scheduled else {}
        return [
            {"title": say(step.title), "begins_iso": iso(begins.get(step.key))} for step in way_ahead(self.position)
        ]

    def _move_url(self) -> str:
        may = self.may_work and self.position.run.ended_at is None and self.viewer.has(Right.MOVE_RUNS)
        return reverse("ticket_version", args=[self.ticket.number]) if may else ""

    def done(self, step: Step) -> Card:
        definition = self.definition(step)
        button = definition.button(step.outcome)
        state = StepState(step.state)
        return {
            "id": str(step.id),
            "title": say(definition.title),
            "round": step.round,
            "state": state.value,
            "outcome": say(button.label) if button else "",
            "by": step.done_by.name if step.done_by else "",
            "done_iso": iso(step.done_at),
            "fields": filled_in(definition, step.form, self.names(), unmasked=self.unmasked)
            if step.outcome != CANCELLED
            else [],
        }

    def active(self, step: Step, promises: list[Deadline], typed: Typed | None = None) -> Card:
        definition = self.definition(step)
        active = self.position.state.step(step.key)
        mine = [row for row in promises if row.subject_id == step.id and row.state in ("running", "paused")]
        args = [self.ticket.number, step.id]
        return {
            "id": str(step.id),
            "ticket": self.ticket.number,
            "title": say(definition.title),
            "round": step.round,
            "owner": step.owner.name if step.owner else "",
            "purpose": say(definition.purpose),
            "source": definition.source,
            "must": [say(text) for text in definition.must],
            "never": [say(text) for text in definition.never],
            "has_scripts": bool(definition.scripts),
            "wait": WAIT.get(active.wait, "") if active else "",
            "needed": _(", ").join(
                self._task(task.key) for task in self.position.state.tasks if task.needed and task.step == step.key
            ),
            "deadlines": [chip(row, self.promise, self.ticket.number) for row in mine],
            "stamp": step_stamp(step),
            "may_work": self.may_work,
            "buttons": self._buttons(step, definition) if self.may_work else [],
            "for_others": self._for_others(step) if self.may_work else [],
            "may_skip": self.may_work and bool(self.viewer.role_codes & set(definition.skip_by)),
            "press_url": reverse("step_press", args=args),
            "look_url": reverse("step_look", args=args),
            "skip_url": reverse("step_skip", args=args),
            "fields": self.fields(step, typed),
            "sentence": typed.sentence if typed else "",
            "names_subtasks": typed.names_subtasks if typed else False,
        }

    def _task(self, key: str) -> str:
        known = self.position.definition.task_by_key.get(key)
        return say(known[1].title) if known else ""

    def _buttons(self, step: Step, definition: StepDefinition) -> list[Card]:
        active = self.position.state.step(step.key)
        waiting = bool(active and active.wait)
        found = [
            button
            for button in available_buttons(self.position.definition, self.position.state, step.key)
            if (not button.roles or self.viewer.role_codes & set(button.roles))
            and not (button.kind == "wait" and waiting)
        ]
        order = {"primary": 0, "plain": 1, "danger": 2}
        return [
            {"key": button.key, "label": say(button.label), "style": button.style, "kind": button.kind}
            for button in sorted(found, key=lambda button: (button.kind != "finish", order[button.style]))
        ]

    def _for_others(self, step: Step) -> list[str]:
        """What of the step only other roles may press, in a sentence each."""
        return [
            _("“%(button)s” is for %(roles)s to press.")
            % {"button": say(button.label), "roles": roles_said(button.roles)}
            for button in available_buttons(self.position.definition, self.position.state, step.key)
            if button.roles and not self.viewer.role_codes & set(button.roles)
        ]

    def fields(self, step: Step, typed: Typed | None = None) -> list[Card]:
        definition = self.definition(step)
        standing = first_values(self.ticket, definition, self.position, self.messages)
        values = {**self.position.values, **standing, **(typed.values if typed else {})}
        wants_people = any(one.type == "ref" and one.ref == "account" for one in definition.fields)
        return form_fields(
            definition,
            standing,
            values,
            prefix=f"s{step.id.hex[-8:]}",
            errors=typed.errors if typed else {},
            unmasked=self.unmasked,
            accounts=self.accounts() if wants_people else [],
            names=self.names(),
        )

    def accounts(self) -> list[tuple[str, str]]:
        """Everybody who may be named in a form, with presence and load."""
        if self._accounts is None:
            people = {member.account_id: member for member in members()}
            self._accounts = [
                (
                    str(member.account_id),
                    f"{member.name} · {member.team} · {PRESENCE[member.presence]} · {member.open_count}",
                )
                for key, member in people.items()
            ]
        return self._accounts

    def names(self) -> dict[str, str]:
        """Names of the people in forms and logs."""
        known = {text: self._known.name(one) for text, one in self._mentioned.items()}
        return {text: name for text, name in known.items() if name}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
