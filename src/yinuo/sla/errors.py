"""Errors about limits."""

from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError

READING_FAULTS = {
    "span": _("the limit is no span of time."),
    "too_long": _("the limit is longer than ten years."),
    "whole_days": _("whole working days are counted in days."),
    "clock": _("this clock does not exist."),
    "never": _("its times of day are the same: nothing lies between."),
    "duplicate": _("there is a row like this already."),
    "last_row": _("it is the last one. Leave its limit empty instead."),
    "row": _("the row has been deleted in the meantime."),
    "kind": _("there is no such limit any more."),
}


class LimitsRefused(YinuoError):
    """`faults` are those that `domain.deadline.lint` found, each with its kind and row."""

    code = "limits_refused"
    text = _("These limits cannot be published: {reason}")


class LimitUnreadable(YinuoError):
    """`fault` is the code of the `DeadlineError` that the pure core raised."""

    code = "limit_unreadable"
    text = _("This row cannot be saved: {reason}")

    def __init__(self, fault: str) -> None:
        super().__init__(reason=READING_FAULTS.get(fault, _("it holds something that cannot be understood.")))


class DraftExists(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "draft_exists"
    text = _("There is a draft of the limits already. Finish or discard it first.")


class DraftGone(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "draft_gone"
    text = _("The draft has been published or discarded in the meantime.")
