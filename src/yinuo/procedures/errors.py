from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yinuo.domain.procedure import FormFaulty, ProcedureError, RoleNeeded, StepNotActive
from yinuo.foundation.errors import ErrorKind, YinuoError


class StepRefused(YinuoError):
    """A sentence of the procedure core, in the language of the screen."""

    kind = ErrorKind.INVALID
    code = "step_refused"


class StepStale(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "step_not_active"


class StepDenied(YinuoError):
    kind = ErrorKind.DENIED
    code = "role_needed"


class ReasonMissing(YinuoError):
    code = "reason_missing"
    text = _("Write down why, so that others can follow it.")


class NowhereToEscalate(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "nowhere_to_escalate"
    text = _("The team {team} has no team to escalate to. Hand the ticket over instead.")


def refused(error: ProcedureError) -> YinuoError:
    """The typed error of the house for an error of the pure core; form faults keep their fields."""
    language = (get_language() or "zh")[:2]
    kind: type[YinuoError] = StepRefused
    fields: dict[str, str] = {}
    if isinstance(error, RoleNeeded):
        kind = StepDenied
    elif isinstance(error, StepNotActive):
        kind = StepStale
    elif isinstance(error, FormFaulty):
        fields = {fault.name: fault.say(language) for fault in error.errors.errors}
    raised = kind(fields=fields)
    raised.text = error.text.say(language).replace("{", "{{").replace("}", "}}")
    return raised
