"""What moves a run, and what may be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yinuo.domain.procedure.forms import FieldErrors
from yinuo.domain.reading import Text


@dataclass(frozen=True, slots=True)
class Outcome:
    """Somebody with `roles` pressed the button `key` of `step`; `round` guards against a stale page."""

    step: str
    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    by: str = ""
    round: int | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Somebody with the right passes over a step."""

    step: str
    roles: frozenset[str]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something outside happened: customer_confirmed, customer_scored, answered, reopened, timer …

    `fields` are merged where the definition declares them (fields or facts), without a form check: they
    come from services, in canonical form.
    """

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)


class ProcedureError(Exception):
    """Something cannot be done in this run; nothing has changed. `text` says why, for the screen."""

    code = "procedure"

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class StepNotActive(ProcedureError):
    """The step is not under way (any more)."""

    code = "step_not_active"

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(
            Text("这一步已经不在办理中,请刷新后再看。", "This step is no longer under way: reload the page.")
        )


class UnknownButton(ProcedureError):
    """The step has no such button, or not now."""

    code = "unknown_outcome"

    def __init__(self, step: str, key: str) -> None:
        self.step, self.key = step, key
        super().__init__(Text("这一步现在不能这样办理。", "This step cannot be ended in this way now."))


class RoleNeeded(ProcedureError):
    """Only these roles may do this."""

    code = "role_needed"

    def __init__(self, roles: tuple[str, ...]) -> None:
        self.roles = roles
        super().__init__(Text("您的角色不能办理这一项。", "Your role may not do this."))


class FormFaulty(ProcedureError):
    """The form is not in order; `errors` has one sentence per field."""

    code = "form_faulty"

    def __init__(self, errors: FieldErrors) -> None:
        self.errors = errors
        zh = "".join(error.say("zh") for error in errors.errors)
        super().__init__(Text(zh, " ".join(error.say("en") for error in errors.errors)))


class GuardUnmet(ProcedureError):
    """Something must be true first."""

    code = "guard_unmet"


class TasksOpen(ProcedureError):
    """Other departments have not answered yet what the step needs; `tasks` are their titles."""

    code = "tasks_open"

    def __init__(self, tasks: tuple[Text, ...]) -> None:
        self.tasks = tasks
        zh, en = "、".join(f"“{one.zh}”" for one in tasks), ", ".join(f"“{one.en}”" for one in tasks)
        super().__init__(
            Text(
                f"子任务{zh}还没有交回结果。等结果来了再办，不再需要的请写明原因撤回。",
                f"Not answered yet: {en}. Wait for the result, or withdraw what is not needed, with the reason.",
            )
        )


class TasksAsked(ProcedureError):
    """Departments that were asked and have not answered are asked again; `tasks` are the titles of what they have."""

    code = "tasks_asked"

    def __init__(self, tasks: tuple[Text, ...]) -> None:
        self.tasks = tasks
        zh, en = "、".join(f"“{one.zh}”" for one in tasks), ", ".join(f"“{one.en}”" for one in tasks)
        super().__init__(
            Text(
                f"子任务{zh}已经派出，还没有办结，这次没有再派。要补充请写内部备注；退回来的在子任务里另派，要重新派的先撤回。",
                f"Already asked and not over: {en}. Nothing was sent out now. Add to it by an internal note; what came "
                "back is given to another team there; to ask anew, withdraw it first.",
            )
        )


class NoWayOn(ProcedureError):
    """No row of the step's decision holds: a fault of the definition, refused rather than lost."""

    code = "no_way_on"

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(
            Text(
                "流程定义没有说明这种情况的下一步,请联系管理员。",
                "The procedure does not say what comes next here: ask an administrator.",
            )
        )


class RunEnded(ProcedureError):
    """The run is over."""

    code = "run_ended"

    def __init__(self) -> None:
        super().__init__(Text("流程已经结束。", "This procedure has ended."))
