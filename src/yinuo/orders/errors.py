"""Errors about orders."""

from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class NumberTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_number_taken"
    text = _("There is an order {number} already.")


class NumberInvalid(YinuoError):
    code = "order_number_invalid"
    text = _("“{number}” is no order number: at most 40 letters, digits, - or _.")


class StateRefused(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_state_refused"
    text = _("An order in the state “{state}” cannot become “{to}”.")


class OrderEnded(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_ended"
    text = _("This order is completed or cancelled. Nothing of it changes any more.")


class AmountInvalid(YinuoError):
    code = "amount_invalid"
    text = _("Amounts and quantities are numbers from 0 to 999,999,999,999 with two decimals at most.")


class LinesMissing(YinuoError):
    code = "order_lines_missing"
    text = _("Say what is ordered: at least one model with its quantity.")


class MilestoneTwice(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "milestone_twice"
    text = _("This order has such a milestone already. Move that one instead.")


class MilestoneOver(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "milestone_over"
    text = _("This milestone has been reached or taken out already.")


class InFuture(YinuoError):
    code = "in_future"
    text = _("What has happened lies in the past: this time is still to come.")


class DateTooFar(YinuoError):
    code = "order_date_too_far"
    text = _("This date lies more than ten years away. Check the year.")


class MoveReasonNeeded(YinuoError):
    code = "move_reason_needed"
    text = _("Say why the date moves: the customer will ask.")


class NotDelayed(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "not_delayed"
    text = _("This milestone was not moved to a later date: there is no delay to tell of.")


class ExceptionOver(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_exception_over"
    text = _("The result of this exception has been told already.")


class PlanNeeded(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_exception_unplanned"
    text = _("Settle with the customer what is to be done before you tell the result.")


class ResultNeeded(YinuoError):
    code = "order_exception_result_needed"
    text = _("Write down what came of it.")


class ContractEmpty(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "contract_empty"
    text = _("A contract says what both sides owe each other. Fill in both before it goes to review.")


class ContractHeld(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "contract_held"
    text = _("This contract is under review or approved: its text stands.")


class NotReviewed(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "contract_not_reviewed"
    text = _("A contract is signed only after somebody else found it lawful, compliant and fair.")


class OwnReview(YinuoError):
    kind = ErrorKind.DENIED
    code = "contract_own_review"
    text = _("Who wrote a contract does not review it.")


class ReviewNoteNeeded(YinuoError):
    code = "contract_review_note_needed"
    text = _("Say what is wrong, so that it can be put right.")


class NotSignedFor(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_not_signed_for"
    text = _("The goods have not been signed for yet: there is nothing to ask about.")


class NoDeskForOrders(YinuoError):
    kind = ErrorKind.UNAVAILABLE
    code = "no_desk_for_orders"
    text = _("No team takes orders. Give a team the scenario “Order” in the settings.")


class CustomerNeeded(YinuoError):
    code = "order_customer_needed"
    text = _("Say whose order it is: a mail address or a phone number.")


class CustomerOther(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "order_customer_other"
    text = _("Order {number} belongs to another customer.")


class OwnerUnknown(YinuoError):
    code = "order_owner_unknown"
    text = _("Nobody here has the log-in name “{name}”.")


class FileTooLarge(YinuoError):
    code = "order_file_too_large"
    text = _("A file holds {rows} rows and 5 MB at most. Split it, or use the interface.")


class FileUnreadable(YinuoError):
    code = "order_file_unreadable"
    text = _("This file cannot be read. Save it as CSV or as an Excel workbook (.xlsx) and try again.")


class ColumnsMissing(YinuoError):
    code = "order_columns_missing"
    text = _("The first row has no head “{head}”. Take the heads of the sample file.")
