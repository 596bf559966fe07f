"""Orders made and fed, what is promised on their way, and what goes wrong with them."""

from yinuo.orders.services.contracts import review_contract, sign_contract, submit_contract, write_contract
from yinuo.orders.services.exceptions import plan_exception, report_exception, start_exception, tell_exception
from yinuo.orders.services.feeding import NewLine, NewMilestone, Taken, Told, note_read, take_order
from yinuo.orders.services.following import (
    agree_reports,
    answer_fulfilment,
    move_to_customer,
    report_progress,
    show_address,
    take_document,
)
from yinuo.orders.services.making import assign_order, change_order, confirm_order, make_order, set_state, tell_order
from yinuo.orders.services.milestones import (
    announce_milestone,
    drop_milestone,
    move_milestone,
    plan_milestone,
    reach_milestone,
    tell_delay,
)

__all__ = [
    "NewLine",
    "NewMilestone",
    "Taken",
    "Told",
    "agree_reports",
    "announce_milestone",
    "answer_fulfilment",
    "assign_order",
    "change_order",
    "confirm_order",
    "drop_milestone",
    "make_order",
    "move_milestone",
    "move_to_customer",
    "note_read",
    "plan_exception",
    "plan_milestone",
    "reach_milestone",
    "report_exception",
    "report_progress",
    "review_contract",
    "set_state",
    "show_address",
    "sign_contract",
    "start_exception",
    "submit_contract",
    "take_document",
    "take_order",
    "tell_delay",
    "tell_exception",
    "tell_order",
    "write_contract",
]
