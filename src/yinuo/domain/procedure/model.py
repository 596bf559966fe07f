"""The parts of a procedure definition: immutable values, no behaviour beyond look-ups.

Everything is data that a person edits (a YAML pack, the definition editor); `definition.py` reads it,
`lint.py` judges it, `advance.py` moves a run through it. Roles, policy kinds, message templates and
surveys are named by their keys, which the pack resolves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from yinuo.domain.conditions import Conditions
from yinuo.domain.reading import Text

NO_TEXT = Text()
FIELD_TYPES = (
    "text",
    "longtext",
    "choice",
    "multi",
    "bool",
    "instant",
    "date",
    "int",
    "money",
    "percent",
    "score",
    "ref",
    "sign",
    "log",
)
REF_KINDS = ("account", "team", "department", "customer", "product", "order", "article", "ticket")
SIGN_WAYS = ("handwritten", "portal", "recording", "stamp")
SKIPPED = "skipped"
CANCELLED = "cancelled"
"""How a step may end without a button; no button may be named so."""
BUTTON_KINDS = ("finish", "save", "wait", "resume")
BUTTON_STYLES = ("primary", "plain", "danger")
WAITS = ("customer", "outside", "agreed")
"""For whom, or (`agreed`) for which date, a step can wait."""
JOINS = ("any", "all")
MASKS = ("phone", "mail", "contact", "id_number", "bank_card", "name", "text")
PSEUDO = ("outcome", "round", "timer", "subtask")
"""Names a condition may use beside facts and fields."""
TASK_DONE, TASK_DECLINED, TASK_WITHDRAWN, TASK_AGAIN = TASK_HAPPENINGS = (
    "subtask_done",
    "subtask_declined",
    "subtask_withdrawn",
    "subtask_again",
)
"""What happens to a sub-task outside: answered, come back without a result, withdrawn by hand, sent back for more."""
EFFECT_KINDS = (
    "message",
    "survey",
    "improvement",
    "status",
    "subtask",
    "assign",
    "document",
    "timer",
    "cancel_timer",
    "stamp",
    "set",
    "count",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a closed set. `given` marks values that a handbook prints (★ in section 14)."""

    value: str
    label: Text
    given: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. Low and high bound numbers, or the length of a text."""

    name: str
    label: Text
    type: str = "text"
    required: bool = False
    choices: tuple[Choice, ...] = ()
    visible_when: Conditions = ()
    required_when: Conditions = ()
    masked: str = ""
    ref: str = ""
    low: int | None = None
    high: int | None = None
    auto: bool = False
    """Filled by the procedure (a stamp, a happening), shown, never typed."""
    proof: bool = False
    """Must be given anew in each round: a loop back over its step empties it."""
    future: bool = False
    """An instant that may lie ahead (planned, promised)."""
    prefill: str = ""
    """Where the form's first value comes from (`customer.name`, `ticket.description` …)."""
    hint: Text = NO_TEXT
    column: str = ""
    """`register:column` in which the value is printed (section 14)."""

    @property
    def values(self) -> tuple[Any, ...] | None:
        """The closed set this field takes its value from, or None."""
        if self.type == "choice":
            return tuple(choice.value for choice in self.choices)
        if self.type == "bool":
            return (True, False)
        if self.type == "score":
            return (1, 2, 3, 4, 5)
        return None


@dataclass(frozen=True, slots=True)
class MetBy:
    """What keeps a promise: a finished step, a happening, or an instant field that got its value."""

    step: str = ""
    happening: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise: which policy kind, from which instant it counts, and what keeps it.

    `starts` is `step` (the step's start), `run` (acceptance), `round` (the start of the current round)
    or the name of an instant field. The figure, the clock and the warnings are the policy's.
    """

    kind: str
    starts: str = "step"
    when: Conditions = ()
    met_by: tuple[MetBy, ...] = ()
    pauses: tuple[str, ...] = ()
    """While the run waits for one of these (`customer`, `outside`, `agreed`) the clock stands still."""
    until: str = ""
    """The instant field that says until when, where the policy leaves the limit to the case."""


@dataclass(frozen=True, slots=True)
class Script:
    """What may be said at a step (话术); `{placeholders}` are filled in on screen."""

    text: Text
    title: Text = NO_TEXT
    when: Conditions = ()


@dataclass(frozen=True, slots=True)
class Document:
    """An output document (输出物) of a step."""

    key: str
    title: Text
    when: Conditions = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A task for another department (子任务), opened when the step begins (`at_start`) or by an automatic act.

    It goes to a team that takes steps of `role`, or to `team`. `limit` and `accept` are policy kinds: when it is to be
    answered and accepted; `until` and `accept_until` name instant fields for lines that leave that to the case. `ask`
    names the field that says what is to be done, `result` the one that takes the answer. While one that is `needed`
    is under way its step cannot be finished.
    """

    key: str
    title: Text
    role: str = ""
    team: str = ""
    limit: str = ""
    accept: str = ""
    until: str = ""
    accept_until: str = ""
    ask: str = ""
    result: str = ""
    needed: bool = False
    at_start: bool = False
    when: Conditions = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be true before a step may finish, with the sentence that says so.

    Limited to the outcomes named in `outcomes`, or for every finishing one.
    """

    need: Conditions
    message: Text
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An automatic effect: `kind` with its `target` (template, survey, status, field …)."""

    kind: str
    target: str
    when: Conditions = ()
    options: tuple[tuple[str, Any], ...] = ()

    def option(self, name: str, default: Any = "") -> Any:
        """The value of an option, `default` where it is not given."""
        for key, value in self.options:
            if key == name:
                return value
        return default


@dataclass(frozen=True, slots=True)
class Button:
    """A named button of a step.

    `finish` ends the step, `save` keeps the fields, `wait` waits for `wait` (customer, outside, or an agreed date),
    `resume` ends the waiting. `lenient` asks for no required fields. `withdraws` ends the step although departments
    still owe their answers: what the step has asked them for is withdrawn.
    """

    key: str
    label: Text
    kind: str = "finish"
    style: str = "plain"
    wait: str = ""
    when: Conditions = ()
    roles: tuple[str, ...] = ()
    sets: Mapping[str, Any] = field(default_factory=dict)
    lenient: bool = False
    withdraws: bool = False
    asks: tuple[str, ...] = ()
    """Fields that this button needs, beside the required ones."""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """One row of a step's decision: the first whose conditions hold is taken.

    Either `to` (several steps are parallel branches) or `end` (the key of an end).
    `loop` begins the next round.
    """

    to: tuple[str, ...] = ()
    end: str = ""
    when: Conditions = ()
    loop: bool = False
    label: Text = NO_TEXT
    open: str = ""
    """A condition that could not be read from a file: lint reports it, and the arrow is never taken."""


@dataclass(frozen=True, slots=True)
class StartsAt:
    """A step that begins `offset` after (before, where negative) the instant in `field`."""

    field: str
    offset: timedelta
    clock: str = "always"


@dataclass(frozen=True, slots=True)
class On:
    """What an outside happening does: the first row whose `active` step is active and `when` holds.

    `outcome` presses that button of the active step; `to` jumps; `end` ends; `resume` ends waiting.
    A row without any of these only carries out its `actions`. `ended` rows apply after the end.
    After a row marked `again` the rows below it are tried too, on what the run has become.
    """

    happening: str
    active: tuple[str, ...] = ()
    when: Conditions = ()
    outcome: str = ""
    to: tuple[str, ...] = ()
    end: str = ""
    resume: bool = False
    ended: bool = False
    again: bool = False
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """A way a run may end and the ticket status it leaves."""

    key: str
    title: Text
    status: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who, by when, what is asked and said, and where it leads."""

    key: str
    title: Text
    role: str
    tier: int | None = None
    lead: str = ""
    """Department that leads (R-CL-5)."""
    source: str = ""
    purpose: Text = NO_TEXT
    limits: tuple[Limit, ...] = ()
    fields: tuple[Field, ...] = ()
    scripts: tuple[Script, ...] = ()
    must: tuple[Text, ...] = ()
    never: tuple[Text, ...] = ()
    documents: tuple[Document, ...] = ()
    tasks: tuple[Task, ...] = ()
    guards: tuple[Guard, ...] = ()
    buttons: tuple[Button, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    join: str = "any"
    starts_at: StartsAt | None = None
    on_start: tuple[Action, ...] = ()
    on_finish: tuple[Action, ...] = ()
    waits: str = ""
    """The step itself waits for the customer or someone outside from its start."""
    pool: bool = False
    """Who waits here is a lead: the lead pool lists him until its primary button brings him back (R-PS-4)."""
    skip_by: tuple[str, ...] = ()
    open: tuple[Text, ...] = ()
    """What could not be read from a file, for somebody to decide; lint reports each."""

    def button(self, key: str) -> Button | None:
        """The button named `key`."""
        for button in self.buttons:
            if button.key == key:
                return button
        return None

    def field(self, name: str) -> Field | None:
        """The field named `name`."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        return None
