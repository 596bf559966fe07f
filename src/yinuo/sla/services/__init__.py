"""Setting, meeting, pausing and moving promises; putting limits in force."""

from yinuo.sla.services.book import ALARM_TOPIC, OPEN, About, Book
from yinuo.sla.services.policies import (
    drop_draft,
    move_limit,
    open_draft,
    publish_draft,
    publish_policies,
    remove_limit,
    save_limit,
    save_limit_settings,
)
from yinuo.sla.services.recounts import begin_recount, recount_some
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
    "begin_recount",
    "drop_draft",
    "meet_deadline",
    "move_deadlines",
    "move_limit",
    "move_to_customer",
    "open_draft",
    "pause_deadline",
    "publish_draft",
    "publish_policies",
    "recount_some",
    "remove_limit",
    "resume_deadline",
    "save_limit",
    "save_limit_settings",
    "start_deadline",
    "start_timer",
]
