from django.utils.translation import gettext_lazy as _

from yinuo.foundation.errors import ErrorKind, YinuoError


class IdentityTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "identity_taken"
    text = _("This phone number or address already belongs to another customer. Merge the two files instead.")


class IdentityInvalid(YinuoError):
    code = "identity_invalid"
    text = _("“{value}” is not a valid phone number or mail address.")


class ReasonNeeded(YinuoError):
    code = "reason_needed"
    text = _("Say why you need to see it: the reason is kept.")
