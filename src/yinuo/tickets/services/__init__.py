"""Writing to tickets. A new ticket is opened by `procedures.services.open_ticket` alone."""

from yinuo.tickets.services.about_orders import link_order, tell_by_mail, unlink_order
from yinuo.tickets.services.assigning import assign, escalate, take
from yinuo.tickets.services.automatic import add_automatic_messages
from yinuo.tickets.services.describing import (
    classify,
    move_to_customer,
    set_due,
    set_due_of_many,
)
from yinuo.tickets.services.following import follow, unfollow
from yinuo.tickets.services.linking import keep_link
from yinuo.tickets.services.messages import (
    add_inbound_message,
    add_note,
    mark_message,
    mark_messages,
    note_first_answer,
    reply,
    send_again,
)
from yinuo.tickets.services.opening import create_ticket
from yinuo.tickets.services.portal import add_portal_message
from yinuo.tickets.services.status import reopen, set_score, set_status, start_round

__all__ = [
    "add_automatic_messages",
    "add_inbound_message",
    "add_note",
    "add_portal_message",
    "assign",
    "classify",
    "create_ticket",
    "escalate",
    "follow",
    "keep_link",
    "link_order",
    "mark_message",
    "mark_messages",
    "move_to_customer",
    "note_first_answer",
    "reopen",
    "reply",
    "send_again",
    "set_due",
    "set_due_of_many",
    "set_score",
    "set_status",
    "start_round",
    "take",
    "tell_by_mail",
    "unfollow",
    "unlink_order",
]
