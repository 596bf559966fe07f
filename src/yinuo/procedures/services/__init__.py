"""Moving tickets through procedures. `open_ticket` is the only door to a new ticket."""

from yinuo.procedures.services.dispatching import WantedPerson, dispatch_tickets
from yinuo.procedures.services.handing import escalate_ticket, hand_over, take_ticket
from yinuo.procedures.services.linking import send_link_again
from yinuo.procedures.services.moving import happen, press_button, reclassify, skip_step
from yinuo.procedures.services.opening import FirstMessage, open_by_writing, open_ticket
from yinuo.procedures.services.publishing import publish_handbook, publish_procedure

__all__ = [
    "FirstMessage",
    "WantedPerson",
    "dispatch_tickets",
    "escalate_ticket",
    "hand_over",
    "happen",
    "open_by_writing",
    "open_ticket",
    "press_button",
    "publish_handbook",
    "publish_procedure",
    "reclassify",
    "send_link_again",
    "skip_step",
    "take_ticket",
]
