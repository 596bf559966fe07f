"""Deadlines: clocks, due instants with their explanation, pausing, alarms, and policies as decision tables."""

from yinuo.domain.deadline.clocks import Clock, DeadlineError, instant_after, instant_before, measure
from yinuo.domain.deadline.conditions import FIELDS, FieldKind
from yinuo.domain.deadline.due import Due, due, due_before, is_broken, is_in_time
from yinuo.domain.deadline.explanation import Explanation, Line, Reason, Run, explain
from yinuo.domain.deadline.lint import Fault, lint
from yinuo.domain.deadline.policy import Policy, Row, Target, choose, read_policies
from yinuo.domain.deadline.progress import (
    BREACH,
    Alarm,
    AlarmKind,
    Level,
    Progress,
    alarms,
    backward_alarms,
    next_alarm,
    started,
)
from yinuo.domain.deadline.spans import parse_span, say_span

__all__ = [
    "BREACH",
    "FIELDS",
    "Alarm",
    "AlarmKind",
    "Clock",
    "DeadlineError",
    "Due",
    "Explanation",
    "Fault",
    "FieldKind",
    "Level",
    "Line",
    "Policy",
    "Progress",
    "Reason",
    "Row",
    "Run",
    "Target",
    "alarms",
    "backward_alarms",
    "choose",
    "due",
    "due_before",
    "explain",
    "instant_after",
    "instant_before",
    "is_broken",
    "is_in_time",
    "lint",
    "measure",
    "next_alarm",
    "parse_span",
    "read_policies",
    "say_span",
    "started",
]
