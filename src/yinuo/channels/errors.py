from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class AlreadyDecided(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "already_decided"
    text = _("Somebody has dealt with this message already.")


class NothingToOpen(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "nothing_to_open"
    text = _("This message names no sender, so no ticket can be opened. Append it to a ticket or discard it.")
