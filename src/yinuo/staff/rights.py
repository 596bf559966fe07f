"""Rights: what a role may do. Whom a person may see follows from teams and follows; this is about actions."""

from enum import StrEnum


class Right(StrEnum):
    """Codes as roles store them; the pages translate them."""

    WORK_TICKETS = "work_tickets"  # see the queues of own teams, answer, do steps
    SEE_ALL_TICKETS = "see_all_tickets"
    ASSIGN_TICKETS = "assign_tickets"  # give to others; everybody who works may take
    REVIEW_TICKETS = "review_tickets"
    SEE_PERSONAL = "see_personal"  # unmask contact data, with a reason, recorded
    EXPORT_REGISTERS = "export_registers"  # take registers out of the house as files, marked and recorded
    EDIT_CUSTOMERS = "edit_customers"
    WORK_ORDERS = "work_orders"  # make and change orders, move milestones, settle exceptions, import files
    REVIEW_CONTRACTS = "review_contracts"
    WRITE_NEWS = "write_news"  # of products, as the lead pool hears them monthly
    WORK_QUARANTINE = "work_quarantine"
    LEAD_IMPROVEMENTS = "lead_improvements"
    EDIT_CATALOG = "edit_catalog"
    EDIT_CALENDARS = "edit_calendars"
    EDIT_LIMITS = "edit_limits"  # how long each promise may take, and who is told when it breaks
    EDIT_PROCEDURES = "edit_procedures"  # in drafts; nothing of it counts before somebody else published it
    REVIEW_PROCEDURES = "review_procedures"  # send drafts of others back, or publish them
    MOVE_RUNS = "move_runs"  # let a ticket go on under another version of its procedure
    EDIT_STAFF = "edit_staff"
    EDIT_MAILBOXES = "edit_mailboxes"
    EDIT_FORMS = "edit_forms"
    SEE_JOBS = "see_jobs"
    SEE_AUDIT = "see_audit"
