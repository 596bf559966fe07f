from collections.abc import Iterable, Sequence

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from yinuo.domain.procedure import FormFaulty, ProcedureError, RoleNeeded, StepNotActive, TasksAsked
from yinuo.domain.reading import Fault
from yinuo.foundation.errors import ErrorKind, YinuoError
from yinuo.staff.queries import role_texts


class StepRefused(YinuoError):
    """A sentence of the procedure core, in the language of the screen."""

    kind = ErrorKind.INVALID
    code = "step_refused"


class StepAsksAgain(StepRefused):
    """Departments that still have what they were asked for would be asked again."""

    code = "tasks_asked"


class StepStale(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "step_not_active"


class StepDenied(YinuoError):
    kind = ErrorKind.DENIED
    code = "role_needed"
    text = _("This is for {roles} to do. Give the ticket to one of them, or ask.")


class ReasonMissing(YinuoError):
    code = "reason_missing"
    text = _("Write down why, so that others can follow it.")


class NowhereToEscalate(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "nowhere_to_escalate"
    text = _("The team {team} has no team to escalate to. Hand the ticket over instead.")


class DefinitionFaulty(YinuoError):
    code = "definition_faulty"
    text = _("This procedure cannot be published: {reason}")


class DefinitionUnreadable(YinuoError):
    """An edit or a file that makes no definition."""

    code = "definition_unreadable"
    text = _("This cannot be kept: {reason}")


EDIT_FAULTS = {
    "gone": _("This part of the draft is no longer there. Look at the draft as it is now."),
    "last_step": _("The last step stays: a procedure has at least one."),
    "taken": _("There is a step of this name already."),
}


class EditRefused(YinuoError):
    """`fault` is the code of the `EditError` that the pure core raised."""

    kind = ErrorKind.CONFLICT
    code = "edit_refused"

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.text = EDIT_FAULTS[fault]


class DraftThere(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_draft_exists"
    text = _("Somebody works on this procedure already. Go on with that draft, or discard it first.")


class NothingShipped(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "nothing_shipped"
    text = _("This definition is no longer offered: it was taken, or the system was updated. Look at it as it is now.")


class NoDraft(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_draft_gone"
    text = _("The draft has been published or discarded in the meantime.")


class DraftInReview(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_in_review"
    text = _("The draft is being reviewed. Take it back before you change it.")


class DraftNotInReview(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_not_in_review"
    text = _("The draft is not in review: it was sent back or taken back in the meantime.")


class NothingChanged(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_unchanged"
    text = _("The draft says the same as what is in force. There is nothing to review.")


class OwnDraft(YinuoError):
    kind = ErrorKind.DENIED
    code = "own_draft"
    text = _("You worked on this draft. Somebody else has to review it.")


class CommentMissing(YinuoError):
    code = "comment_missing"
    text = _("Say what should be different, so that the author can go on.")


class ProcedureInUse(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "procedure_in_use"
    text = _("New tickets of these scenarios follow it: {scenarios}. Give them another procedure first.")


class SameVersion(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "same_version"
    text = _("The ticket follows this version already.")


class NothingRuns(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "nothing_runs"
    text = _("The procedure of this ticket has ended.")


SUBTASK_STATES = {
    "offered": _("waits to be accepted"),
    "accepted": _("in work"),
    "done": _("answered"),
    "declined": _("came back"),
    "cancelled": _("withdrawn"),
}


class SubtaskEmpty(YinuoError):
    code = "subtask_empty"
    text = _("Say in a few words what the department is to do.")


class ResultMissing(YinuoError):
    code = "result_missing"
    text = _("Write down the result, so that whoever asked can go on.")


class SubtaskStale(YinuoError):
    """Accepted, finished, sent back or withdrawn meanwhile; or not its turn."""

    kind = ErrorKind.CONFLICT
    code = "subtask_stale"
    text = _("This sub-task is “{state}” by now. Look at it as it is, then go on.")


class SubtaskTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "subtask_taken"
    text = _("{name} was faster and has accepted this sub-task.")


class SubtaskTheirs(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "subtask_theirs"
    text = _("{name} has this sub-task already.")


class NotOfDepartment(YinuoError):
    code = "not_of_department"
    text = _("Choose somebody who is in {team} now.")


class NoSuchTeam(YinuoError):
    code = "no_such_team"
    text = _("Choose the department that is to do it.")


TOLD_FAULTS = 3


def faults_said(faults: Sequence[Fault]) -> str:
    """The first faults with their places, in the language of the screen."""
    language = (get_language() or "zh")[:2]
    told = [fault.say(language).removeprefix("$.").removeprefix("$: ") for fault in faults[:TOLD_FAULTS]]
    more = len(faults) - TOLD_FAULTS
    return "; ".join(told) + (f" … (+{more})" if more > 0 else "")


def roles_said(codes: Iterable[str]) -> str:
    """Roles by their names, in the language of the screen."""
    language = (get_language() or "zh")[:2]
    names = role_texts()
    return gettext(" or ").join(names[code].say(language) if code in names else code for code in codes)


def refused(error: ProcedureError) -> YinuoError:
    """The typed error of the house for an error of the pure core; form faults keep their fields."""
    language = (get_language() or "zh")[:2]
    kind: type[YinuoError] = StepRefused
    fields: dict[str, str] = {}
    if isinstance(error, RoleNeeded):
        return StepDenied(roles=roles_said(error.roles))
    if isinstance(error, StepNotActive):
        kind = StepStale
    elif isinstance(error, TasksAsked):
        kind = StepAsksAgain
    elif isinstance(error, FormFaulty):
        fields = {fault.name: fault.say(language) for fault in error.errors.errors}
    raised = kind(fields=fields)
    raised.text = error.text.say(language).replace("{", "{{").replace("}", "}}")
    return raised
