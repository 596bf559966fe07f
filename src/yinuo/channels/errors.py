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


class KeyReused(YinuoError):
    """One key stands for one request: the same key came with another body."""

    kind = ErrorKind.CONFLICT
    code = "key_reused"
    text = _("This key was used before, for another request. Send each request with a key of its own.")


class CategoryUnknown(YinuoError):
    code = "category_unknown"
    text = _("There is no category “{code}”.")


class QueueUnknown(YinuoError):
    code = "queue_unknown"
    text = _("There is no queue “{code}”.")
