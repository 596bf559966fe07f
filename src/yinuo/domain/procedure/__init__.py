"""Procedures as data: a definition, a run through it, what to do next (`docs/algorithms/procedure.md`)."""

from yinuo.domain.procedure.advance import advance, available_buttons, start
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.forms import (
    FieldError,
    FieldErrors,
    canonical_instant,
    check_form,
    visible_fields,
)
from yinuo.domain.procedure.inputs import (
    FormFaulty,
    GuardUnmet,
    Happening,
    NoWayOn,
    Outcome,
    ProcedureError,
    RoleNeeded,
    RunEnded,
    Skip,
    StepNotActive,
    TasksAsked,
    TasksOpen,
    UnknownButton,
)
from yinuo.domain.procedure.lint import Known, lint
from yinuo.domain.procedure.promises import promised
from yinuo.domain.procedure.run import ActiveStep, DoneStep, Promise, RunState

__all__ = [
    "ActiveStep",
    "Definition",
    "DoneStep",
    "FieldError",
    "FieldErrors",
    "FormFaulty",
    "GuardUnmet",
    "Happening",
    "Known",
    "NoWayOn",
    "Outcome",
    "ProcedureError",
    "Promise",
    "RoleNeeded",
    "RunEnded",
    "RunState",
    "Skip",
    "StepNotActive",
    "TasksAsked",
    "TasksOpen",
    "UnknownButton",
    "advance",
    "available_buttons",
    "canonical_instant",
    "check_form",
    "lint",
    "promised",
    "start",
    "visible_fields",
]
