"""Setting, meeting, pausing and moving promises; putting limits in force."""

from yinuo.sla.services.book import ALARM_TOPIC, OPEN, About, Book
from yinuo.sla.services.policies import publish_policies
from yinuo.sla.services.single import (
    meet_deadline,
    move_deadlines,
    move_to_customer,
    pause_deadline,
    resume_deadline,
    start_deadline,
    start_timer,
)

__all__ = [
    "ALARM_TOPIC",
    "OPEN",
    "About",
    "Book",
    "meet_deadline",
    "move_deadlines",
    "move_to_customer",
    "pause_deadline",
    "publish_policies",
    "resume_deadline",
    "start_deadline",
    "start_timer",
]
