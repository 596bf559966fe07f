"""Codes in the words of the screens: statuses, priorities, channels, classes, presences, promises."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from yinuo.calendars.models import BusinessCalendar
from yinuo.domain.deadline import Clock, Policy, say_span
from yinuo.domain.reading import Text
from yinuo.domain.redaction import mask_text
from yinuo.packs import shipped_sources
from yinuo.sla.policies import policies_of, version_in_force
from yinuo.tickets.models import MessageState, Status

Words = str | Promise

STATUS: dict[str, Words] = {
    Status.NEW: pgettext_lazy("ticket", "New"),
    Status.OPEN: pgettext_lazy("ticket", "In work"),
    Status.WAITING: pgettext_lazy("ticket", "Waiting for the customer"),
    Status.SOLVED: pgettext_lazy("ticket", "Solved"),
    Status.CONFIRMED: pgettext_lazy("ticket", "Confirmed"),
    Status.CLOSED: pgettext_lazy("ticket", "Archived"),
}
STATUS_TONE = {
    Status.NEW: "active",
    Status.OPEN: "active",
    Status.WAITING: "waiting",
    Status.SOLVED: "done",
    Status.CONFIRMED: "done",
    Status.CLOSED: "",
}
PRIORITY: dict[int, Words] = {
    1: pgettext_lazy("priority", "Critical"),
    2: pgettext_lazy("priority", "High"),
    3: pgettext_lazy("priority", "Normal"),
    4: pgettext_lazy("priority", "Low"),
}
URGENCY: dict[str, Words] = {
    "urgent": pgettext_lazy("urgency", "Urgent"),
    "normal": pgettext_lazy("urgency", "Normal"),
    "low": pgettext_lazy("urgency", "Low"),
}
IMPACT: dict[str, Words] = {
    "high": pgettext_lazy("impact", "High"),
    "normal": pgettext_lazy("impact", "Normal"),
    "low": pgettext_lazy("impact", "Low"),
}
TICKET_CLASS: dict[str, Words] = {
    "consultation": _("Consultation"),
    "service": pgettext_lazy("ticket class", "Service"),
    "complaint": _("Complaint"),
}
CHANNEL: dict[str, Words] = {
    "email": pgettext_lazy("channel", "E-mail"),
    "phone": pgettext_lazy("channel", "Phone"),
    "portal": pgettext_lazy("channel", "Customer's page"),
    "webform": pgettext_lazy("channel", "Web form"),
    "api": pgettext_lazy("channel", "Interface"),
    "chat": pgettext_lazy("channel", "Chat"),
    "visit": pgettext_lazy("channel", "In person"),
    "wechat": pgettext_lazy("channel", "WeChat"),
    "other": pgettext_lazy("channel", "Other"),
    "note": pgettext_lazy("channel", "Note"),
}
CHANNEL_ICON = {
    "email": "mail",
    "phone": "phone",
    "portal": "world-www",
    "webform": "forms",
    "api": "api",
    "chat": "message-circle",
    "visit": "building",
    "wechat": "brand-wechat",
}
TIER: dict[str, Words] = {
    "key": pgettext_lazy("customer", "Key customer"),
    "ordinary": pgettext_lazy("customer", "Ordinary customer"),
    "potential": pgettext_lazy("customer", "Potential customer"),
    "member": pgettext_lazy("customer", "Member"),
}
PRESENCE: dict[str, Words] = {
    "online": _("Online"),
    "busy": _("Busy"),
    "away": _("Away"),
    "offline": _("Offline"),
}
SOURCE: dict[str, Words] = {
    "rules": _("by rules"),
    "learned": _("learned"),
    "person": _("set by a person"),
}
DELIVERY: dict[str, Words] = {
    MessageState.QUEUED: pgettext_lazy("delivery", "Waiting to be sent"),
    MessageState.SENT: pgettext_lazy("delivery", "Sent"),
    MessageState.FAILED: pgettext_lazy("delivery", "Not sent"),
    MessageState.BOUNCED: pgettext_lazy("delivery", "Returned undelivered"),
    MessageState.HELD: pgettext_lazy("delivery", "Held back"),
}
DELIVERY_REASON: dict[str, Words] = {
    "no_address": _("there is no address to send to"),
    "no_outgoing_server": _("no service mailbox is set up to send from"),
    "loop_guard": _("so many automatic mails went to this address that this one was left out"),
    "unreachable": _("the mail server cannot be reached"),
    "not_sent": _("every attempt to send it was cut short"),
    "unencrypted": _("the mail server offers no encryption"),
    "certificate": _("the mail server's certificate is not valid"),
    "log_in": _("the mail server does not accept our log-in"),
}
SMTP_REASON: dict[str, Words] = {
    "1": _("the address does not exist"),
    "2": _("the recipient's mailbox takes no mail, perhaps because it is full"),
    "3": _("the recipient's mail server takes no mail"),
    "4": _("the way to the recipient is disturbed"),
    "7": _("the recipient's server refused it"),
}
_STATUS_CODE = re.compile(r"[45]\.(\d)\.\d+")
WAIT: dict[str, Words] = {
    "customer": _("waiting for the customer"),
    "outside": _("waiting for a third party"),
    "agreed": _("waiting for an agreed time"),
}
CLOCK: dict[Clock, Words] = {
    Clock.SERVICE: _("service hours"),
    Clock.WORKDAY: _("working days, round the clock"),
    Clock.ALWAYS: _("round the clock"),
    Clock.WORKDAYS: _("whole working days"),
}

WHY_MOVED: dict[str, Words] = {
    "facts_changed": _("Deadlines follow the ticket's class."),
    "customer": _("Other service hours were agreed with the customer."),
    "handed_over": _("The team that has it now keeps other hours."),
    "team": _("The team got another business calendar."),
    "calendar": _("The business calendar was changed."),
    "official_days": _("The official days off of a year were published or corrected."),
    "policies": _("New limits came into force."),
    "procedure": _("The ticket goes on under another version of its procedure."),
}


def language() -> str:
    """`zh` or `en`, as the pure core says it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(text: Text) -> str:
    """A text of a definition or pack in the language of the screen."""
    return text.say(language())


def short_source(source: str) -> str:
    """What a source is about, without its chapters."""
    return say(shipped_sources().short(source))


def full_source(source: str) -> str:
    """What a source is about, and where it stands in the handbooks."""
    return say(shipped_sources().full(source))


def named(name: str, name_en: str | None) -> str:
    """The name in the language of the screen; Chinese where there is no English one."""
    return (name_en or name) if language() == "en" else name


def level_of(priority: int) -> int:
    """The mark of a priority: 4 bars for critical (rank 1) down to 1 for low."""
    return max(1, min(4, 5 - priority))


def span_text(span: timedelta, clock: Clock = Clock.ALWAYS) -> str:
    return say_span(span, language(), clock)


KEPT_S = 5.0
_in_force: tuple[float, Mapping[str, Policy]] = (-KEPT_S, {})


class PromiseNames:
    """Names of promise kinds, from the policies in force; looked up again after five seconds at the earliest."""

    def __init__(self) -> None:
        global _in_force
        if time.monotonic() - _in_force[0] > KEPT_S:
            version = version_in_force()
            _in_force = (time.monotonic(), policies_of(version) if version else {})
        self._policies = _in_force[1]

    def all(self) -> dict[str, str]:
        """Every kind that is promised here, with its name."""
        return {kind: self(kind) for kind in self._policies}

    def __call__(self, kind: str) -> str:
        policy = self._policies.get(kind)
        return (policy.name.get(language()) or policy.name.get("zh") or kind) if policy else str(_("Time limit"))

    def spans(self, kind: str) -> str:
        """How long a promise of this kind is: one span, or the shortest and the longest of its lines."""
        policy = self._policies.get(kind)
        targets = {(row.target.limit, row.target.clock) for row in policy.rows if row.target} if policy else set()
        said = [span_text(limit, clock) for limit, clock in sorted(targets, key=lambda target: target[0])]
        return "" if not said else said[0] if said[0] == said[-1] else f"{said[0]}–{said[-1]}"


def delivery_reason(reason: str) -> str:
    """Why a mail was not sent or came back: our own codes in words, a server's answer explained and quoted."""
    if reason in DELIVERY_REASON:
        return str(DELIVERY_REASON[reason])
    code = _STATUS_CODE.search(reason)
    words = SMTP_REASON.get(code[1]) if code else SMTP_REASON["1"] if reason.startswith("550") else None
    words = words or SMTP_REASON["7"]
    return gettext("%(words)s (“%(answer)s”)") % {"words": words, "answer": mask_text(reason[:200])}


def calendar_name(calendar: BusinessCalendar | None) -> str:
    return calendar.name if calendar else ""
