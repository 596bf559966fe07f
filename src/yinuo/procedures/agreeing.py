"""A plan that the customer is to agree to before it is carried out (R-CP-3): shown to him, answered by him, and kept
before his eyes while it is carried out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from yinuo.domain.procedure import Definition, RunState
from yinuo.domain.procedure.model import Step
from yinuo.procedures.messages import fill, filled_fields
from yinuo.procedures.models import Run
from yinuo.procedures.published import definition_of
from yinuo.procedures.queries import run_of, steps_of
from yinuo.tickets.models import Ticket

AGREED, REFUSED = "plan_accepted", "plan_refused"
"""What the customer's answer is called in a definition."""


@dataclass(frozen=True)
class Plan:
    """What is put to the customer, in the words of the step's script; `stamp` changes with them, and with the round: an
    answer sent once more is none to the same words put to him again."""

    text: str
    round: int

    @property
    def stamp(self) -> str:
        return hashlib.sha256(f"{self.round} {self.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def plan_to_agree(ticket: Ticket) -> Plan | None:
    """The plan that waits for the customer's answer; none where no step does, or it is not all written down yet."""
    run = run_of(ticket.id)
    return _plan(run, ticket.language[:2]) if run else None


def _plan(run: Run, language: str) -> Plan | None:
    if run.ended_at:
        return None
    asking = _asking(definition_of(run.procedure_id), RunState.from_json(run.state))
    if asking is None or not asking[0].scripts:
        return None
    step, number = asking
    script, known = step.scripts[0].text.say(language), filled_fields(run, language)
    if not all(map(known.get, _blanks(script))):
        return None
    return Plan(fill(script, known), number)


@dataclass(frozen=True)
class Agreed:
    """What the customer agreed to and when: the parts of the plan by the names of their fields."""

    at: datetime
    parts: tuple[tuple[str, str], ...]


def plans_of(ticket: Ticket) -> tuple[Plan | None, Agreed | None]:
    """The plan that waits for the customer's answer, or the one that is carried out with his consent."""
    run = run_of(ticket.id)
    if run is None:
        return None, None
    plan = _plan(run, ticket.language[:2])
    return plan, None if plan else _agreed(run, ticket.language[:2])


def _agreed(run: Run, language: str) -> Agreed | None:
    """None once another plan is worked out, in another round."""
    definition = definition_of(run.procedure_id)
    answers = {(key, row.outcome) for row in definition.on if row.happening == AGREED for key in row.active}
    if run.ended_at or not answers:
        return None
    steps = steps_of(run)
    place = next((at for at, one in reversed([*enumerate(steps)]) if (one.key, one.outcome) in answers), None)
    if place is None or any(one.round > steps[place].round for one in steps[place + 1 :]):
        return None
    step = definition.step_by_key[steps[place].key]
    if steps[place].done_at is None or not step.scripts:
        return None
    known = filled_fields(run, language)
    parts = tuple(
        (field.label.say(language), known[name])
        for name in dict.fromkeys(_blanks(step.scripts[0].text.say(language)))
        if (field := definition.field_by_name.get(name)) and known.get(name)
    )
    return Agreed(steps[place].done_at, parts) if parts else None


def _blanks(script: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(script) if name]


def _asking(definition: Definition, state: RunState) -> tuple[Step, int] | None:
    """The step under way that a customer's agreement ends, and its round."""
    keys = {key for row in definition.on if row.happening == AGREED for key in row.active}
    return next(((definition.step_by_key[one.key], one.round) for one in state.active if one.key in keys), None)
