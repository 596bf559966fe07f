"""Words of the settings for codes."""

from typing import Protocol

from django.utils.translation import gettext_lazy as _

from yinuo.staff.rights import Right
from yinuo.staff.scopes import Scope
from yinuo.web.console import labels


class TwoNames(Protocol):
    name: str
    name_en: str


def named(row: TwoNames) -> str:
    """The name of a role, scenario or category in the viewer's language."""
    return labels.named(row.name, row.name_en)


RIGHTS = {
    Right.WORK_TICKETS: _("Work on tickets of own teams"),
    Right.SEE_ALL_TICKETS: _("See all tickets"),
    Right.ASSIGN_TICKETS: _("Give tickets to others"),
    Right.REVIEW_TICKETS: _("Review tickets"),
    Right.SEE_PERSONAL: _("Show personal data, with a reason"),
    Right.EXPORT_REGISTERS: _("Export registers"),
    Right.EDIT_CUSTOMERS: _("Edit customers"),
    Right.WORK_ORDERS: _("Make and move orders"),
    Right.REVIEW_CONTRACTS: _("Review contracts"),
    Right.WRITE_NEWS: _("Write product news for the lead pool"),
    Right.WORK_QUARANTINE: _("Work off the quarantine"),
    Right.LEAD_IMPROVEMENTS: _("Lead improvements"),
    Right.EDIT_CATALOG: _("Edit scenarios, categories, products"),
    Right.EDIT_CALENDARS: _("Edit business calendars"),
    Right.EDIT_LIMITS: _("Edit limits"),
    Right.EDIT_PROCEDURES: _("Edit procedures"),
    Right.REVIEW_PROCEDURES: _("Review procedures of others and publish them"),
    Right.MOVE_RUNS: _("Move tickets to another version of their procedure"),
    Right.EDIT_STAFF: _("Edit accounts, teams, roles"),
    Right.EDIT_MAILBOXES: _("Edit mailboxes"),
    Right.EDIT_FORMS: _("Edit web forms"),
    Right.SEE_JOBS: _("See failed jobs"),
    Right.SEE_AUDIT: _("See the audit trail"),
}

SCOPES = {
    Scope.CREATE_TICKETS: _("Open tickets"),
    Scope.READ_TICKETS: _("Read tickets, contact data masked"),
    Scope.WRITE_TICKETS: _("Answer customers and note things"),
    Scope.READ_CUSTOMERS: _("Read customers, contact data masked"),
    Scope.READ_PERSONAL: _("See contact data, with a reason that is kept"),
    Scope.READ_ORDERS: _("Read orders, addresses masked"),
    Scope.WRITE_ORDERS: _("Make orders and bring them up to date"),
}

CLASSES = {"consultation": _("Consultation"), "service": _("Service"), "complaint": _("Complaint")}

WEEKDAYS = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}

DAY_KINDS = {
    "working": _("working day"),
    "make_up": _("make-up workday"),
    "special": _("other hours"),
    "duty": _("on duty"),
    "day_off": _("day off"),
    "holiday": _("holiday"),
    "closed": _("closed"),
}
