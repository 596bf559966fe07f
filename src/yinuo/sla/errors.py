"""Errors about limits."""

from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class LimitsRefused(YinuoError):
    """`faults` are those that `domain.deadline.lint` found, each with its kind and row."""

    code = "limits_refused"
    text = _("These limits cannot be published: {reason}")


class LimitUnreadable(YinuoError):
    code = "limit_unreadable"
    text = _("This row cannot be saved: {reason}")


class DraftExists(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "draft_exists"
    text = _("There is a draft of the limits already. Finish or discard it first.")


class DraftGone(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "draft_gone"
    text = _("The draft has been published or discarded in the meantime.")
