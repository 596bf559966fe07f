from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class UsernameTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "username_taken"
    text = _("The log-in name “{username}” is taken. Choose another one.")


class CodeTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "code_taken"
    text = _("The code “{value}” is taken. Choose another one.")


class LastAdministrator(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "last_administrator"
    text = _("At least one active account must keep the right to manage staff.")


class StillUsed(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "still_used"
    text = _("“{name}” is still used, so it stays. Take it away from people and teams first.")


class EmailTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "email_taken"
    text = _("Another account has this mail address.")


class ShiftRefused(YinuoError):
    code = "shift_refused"
    text = _("The shift from {starts} to {ends} cannot be: shifts last a day at most and do not overlap.")


class TokenNameTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "token_name_taken"
    text = _("There is a token with this name in use already.")


class TokenRevokedAlready(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "already_revoked"
    text = _("This token is revoked already.")


class TokenWithoutQueue(YinuoError):
    code = "no_queue"
    text = _("Choose the queues that this token may touch, or every queue.")


class TokenWithoutScope(YinuoError):
    code = "no_scope"
    text = _("Choose what this token may do.")
