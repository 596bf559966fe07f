"""What a notice says, on the bell and by mail."""

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from yinuo.procedures.messages import say_instant
from yinuo.staff.models import Notice

SENTENCES = {
    "assigned": _("Ticket {number} is now yours."),
    "customer_wrote": _("The customer of ticket {number} has written."),
    "mentioned": _("You are mentioned in ticket {number}."),
    "not_delivered": _("A message of ticket {number} could not be delivered."),
    "deadline_warned": _("Ticket {number}: a promise is due at {due}."),
    "deadline_breached": _("Ticket {number}: a promise was due at {due} and is not kept."),
    "order_deadline_warned": _("Order {number}: a promise is due at {due}."),
    "order_deadline_breached": _("Order {number}: a promise was due at {due} and is not kept."),
    "order_delay_check": _("Order {number}: does the date hold? Until {due} a delay is told in time."),
    "order_progress_report": _("Order {number}: tell the customer how it goes."),
    "order_contract_review": _("Order {number}: the contract waits for your review."),
    "order_contract_passed": _("Order {number}: the contract may be signed."),
    "order_contract_returned": _("Order {number}: the contract came back from review."),
    "improvement_opened": _("Ticket {number} scored {score}: an improvement is open."),
    "order_improvement_opened": _("Order {number} scored {score}: an improvement is open."),
    "news_missing": _("Nothing new has been written for your leads: their monthly news was not sent."),
    "news_by_phone": _("Ticket {number}: the monthly news has no address, tell it by phone."),
    "subtask_offered": _("Ticket {number}: a sub-task waits for your department."),
    "subtask_given": _("Ticket {number}: a sub-task is yours now."),
    "subtask_moved": _("Ticket {number}: a colleague goes on with your sub-task."),
    "subtask_done": _("Ticket {number}: the department has answered a sub-task."),
    "subtask_declined": _("Ticket {number}: a sub-task came back, it is not that department's."),
    "subtask_sent_back": _("Ticket {number}: more is wanted of your sub-task."),
    "subtask_withdrawn": _("Ticket {number}: your sub-task is no longer needed."),
    "procedure_review": _("A draft of the procedure “{procedure}” waits for your review."),
    "procedure_sent_back": _("Your draft of the procedure “{procedure}” was sent back."),
}
OTHER = _("Something is to be done for ticket {number}.")


def sentence_of(notice: Notice) -> str:
    """One sentence in the language that is active; never a raw id."""
    if notice.kind == "deadlines":
        count = sum(notice.values["counts"].values())
        return ngettext("{n} promise needs you.", "{n} promises need you.", count).format(n=count)
    due = notice.values.get("due_at")
    language = translation.get_language() or "zh-hans"
    return str(SENTENCES.get(notice.kind, OTHER)).format(
        number=notice.values.get("number", ""),
        score=notice.values.get("score", ""),
        procedure=_title(notice, language),
        due=say_instant(datetime.fromisoformat(due), language) if due else "",
    )


def _title(notice: Notice, language: str) -> str:
    title, title_en = notice.values.get("title", ""), notice.values.get("title_en", "")
    return (title or title_en) if language.startswith("zh") else (title_en or title)


def texts_of(notice: Notice) -> tuple[str, str]:
    """Subject and body of the mail, in the account's language."""
    with translation.override(notice.account.language):
        sentence = sentence_of(notice)
        if notice.kind == "deadlines":
            return sentence, f"{sentence}\n\n{_listed(notice)}\n\n{settings.BASE_URL}/mine\n"
        room = "orders" if notice.kind.startswith("order_") else "tickets"
        place = f"{room}/{notice.values.get('number', '')}"
        if notice.kind == "news_missing":
            place = "leads/news"
        if notice.subject_kind == "improvement":
            place = f"improvements/{notice.subject_id}"
        if notice.subject_kind == "procedure_draft":
            place = f"settings/procedures/{notice.values['code']}/draft/review"
        link = f"{settings.BASE_URL}/{place}"
        return sentence, f"{sentence}\n\n{link}\n"


def _listed(notice: Notice) -> str:
    """The first of several promises, a line each."""
    language = translation.get_language() or "zh-hans"
    lines = [
        str(SENTENCES[one["kind"]]).format(
            number=one["number"], due=say_instant(datetime.fromisoformat(one["due_at"]), language)
        )
        for one in notice.values["listed"]
    ]
    more = sum(notice.values["counts"].values()) - len(lines)
    if more > 0:
        lines.append(ngettext("and {n} more", "and {n} more", more).format(n=more))
    return "\n".join(lines)
