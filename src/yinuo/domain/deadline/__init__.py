"""Deadlines: clocks, due instants with their explanation, pausing, alarms, and policies as decision tables."""

from yinuo.domain.deadline.alternatives import Alternative, alternatives
from yinuo.domain.deadline.clocks import Clock, DeadlineError, instant_after, instant_before, measure
from yinuo.domain.deadline.conditions import FIELDS, FieldKind, facts_of_start
from yinuo.domain.deadline.due import Due, due, due_before, is_broken, is_in_time
from yinuo.domain.deadline.explanation import Explanation, Line, Reason, Run, explain, explain_before
from yinuo.domain.deadline.lint import OWN_CALENDARS, Fault, lint
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
    run_through,
    started,
)
from yinuo.domain.deadline.spans import parse_span, say_span
from yinuo.domain.deadline.words import say_clock, say_field

__all__ = [
    "BREACH",
    "FIELDS",
    "OWN_CALENDARS",
    "Alarm",
    "AlarmKind",
    "Alternative",
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
    "alternatives",
    "backward_alarms",
    "choose",
    "due",
    "due_before",
    "explain",
    "explain_before",
    "facts_of_start",
    "instant_after",
    "instant_before",
    "is_broken",
    "is_in_time",
    "lint",
    "measure",
    "next_alarm",
    "parse_span",
    "read_policies",
    "run_through",
    "say_clock",
    "say_field",
    "say_span",
    "started",
]
