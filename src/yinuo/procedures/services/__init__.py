"""Moving tickets through procedures. `open_ticket` is the only door to a new ticket."""

from yinuo.procedures.services.about_orders import follow_order, hand_exception_over
from yinuo.procedures.services.agreeing import answer_plan
from yinuo.procedures.services.dispatching import WantedPerson, dispatch_tickets
from yinuo.procedures.services.documenting import (
    WantedDocument,
    keep_printed,
    make_documents,
    print_again,
    printed,
    printing_failed,
    renew_documents,
    take_document,
)
from yinuo.procedures.services.drafting import (
    add_procedure_step,
    drop_procedure_draft,
    move_procedure_part,
    move_procedure_step,
    open_procedure_draft,
    remove_procedure_part,
    remove_procedure_step,
    save_procedure_part,
    save_procedure_settings,
)
from yinuo.procedures.services.evidencing import (
    evidence_failed,
    forget_evidence,
    gathered,
    keep_evidence,
    keep_gathered,
    take_evidence,
    want_evidence,
)
from yinuo.procedures.services.exporting import (
    export_failed,
    forget_exports,
    keep_export,
    note_progress,
    take_export,
    want_export,
)
from yinuo.procedures.services.handing import escalate_ticket, hand_over, take_ticket
from yinuo.procedures.services.linking import send_link_again
from yinuo.procedures.services.moving import happen, press_button, reclassify, skip_step
from yinuo.procedures.services.opening import FirstMessage, open_by_writing, open_ticket
from yinuo.procedures.services.publishing import publish_handbook, publish_procedure
from yinuo.procedures.services.reviewing import (
    comment_on_procedure,
    publish_reviewed,
    retire_procedure,
    send_back_procedure,
    submit_procedure,
    withdraw_procedure,
)
from yinuo.procedures.services.subtasks import (
    accept_subtask,
    decline_subtask,
    finish_subtask,
    give_subtask,
    open_subtask,
    send_back_subtask,
    wait_in_subtask,
    withdraw_subtask,
)
from yinuo.procedures.services.transferring import move_run

__all__ = [
    "FirstMessage",
    "WantedDocument",
    "WantedPerson",
    "accept_subtask",
    "add_procedure_step",
    "answer_plan",
    "comment_on_procedure",
    "decline_subtask",
    "dispatch_tickets",
    "drop_procedure_draft",
    "escalate_ticket",
    "evidence_failed",
    "export_failed",
    "finish_subtask",
    "follow_order",
    "forget_evidence",
    "forget_exports",
    "gathered",
    "give_subtask",
    "hand_exception_over",
    "hand_over",
    "happen",
    "keep_evidence",
    "keep_export",
    "keep_gathered",
    "keep_printed",
    "make_documents",
    "move_procedure_part",
    "move_procedure_step",
    "move_run",
    "note_progress",
    "open_by_writing",
    "open_procedure_draft",
    "open_subtask",
    "open_ticket",
    "press_button",
    "print_again",
    "printed",
    "printing_failed",
    "publish_handbook",
    "publish_procedure",
    "publish_reviewed",
    "reclassify",
    "remove_procedure_part",
    "remove_procedure_step",
    "renew_documents",
    "retire_procedure",
    "save_procedure_part",
    "save_procedure_settings",
    "send_back_procedure",
    "send_back_subtask",
    "send_link_again",
    "skip_step",
    "submit_procedure",
    "take_document",
    "take_evidence",
    "take_export",
    "take_ticket",
    "wait_in_subtask",
    "want_evidence",
    "want_export",
    "withdraw_procedure",
    "withdraw_subtask",
]
