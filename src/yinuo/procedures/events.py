"""Facts about tickets going through procedures."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class HandbookPublished(Fact):
    code: str
    version: int


@dataclass(frozen=True)
class ProcedurePublished(Fact):
    code: str
    version: int


@dataclass(frozen=True)
class ProcedureDraftOpened(Fact):
    """`based_on` is 0 for a procedure that is new here."""

    draft_id: UUID
    code: str
    based_on: int


@dataclass(frozen=True)
class ShippedTaken(Fact):
    """What a release ships became a draft. `edition` is its digest."""

    draft_id: UUID
    code: str
    edition: str


@dataclass(frozen=True)
class ShippedHidden(Fact):
    """The house wants to hear no more of what a release ships. `edition` is its digest."""

    code: str
    edition: str


@dataclass(frozen=True)
class ProcedureDraftChanged(Fact):
    """`edit` is added, changed, removed, moved or settings; `part` the list, `step` empty for the whole matter."""

    draft_id: UUID
    edit: str
    step: str
    part: str
    draft_version: int


@dataclass(frozen=True)
class ProcedureDraftDropped(Fact):
    draft_id: UUID
    code: str


@dataclass(frozen=True)
class ProcedureReviewed(Fact):
    """`act` is comment, submitted, withdrawn, sent_back or published; what was said is kept with the review."""

    draft_id: UUID
    code: str
    act: str
    draft_version: int


@dataclass(frozen=True)
class ProcedureRetired(Fact):
    code: str
    version: int


@dataclass(frozen=True)
class RunMoved(Fact):
    """The run follows another version from now on. `places`: step → the step that continues it."""

    run_id: UUID
    procedure: str
    was: int
    version: int
    places: dict[str, str]
    redated: bool


@dataclass(frozen=True)
class RunStarted(Fact):
    run_id: UUID
    procedure: str
    version: int


@dataclass(frozen=True)
class DispatchWanted(Fact):
    """Somebody of `role` (and `tier`, in `team` where one is named) is to be found for a new ticket."""

    step: str
    role: str
    tier: int | None
    team: str


@dataclass(frozen=True)
class RunEnded(Fact):
    run_id: UUID
    end: str


@dataclass(frozen=True)
class RunRevived(Fact):
    run_id: UUID


@dataclass(frozen=True)
class StepStarted(Fact):
    step_id: UUID
    key: str
    round: int
    role: str
    team_id: UUID | None
    owner_id: UUID | None


@dataclass(frozen=True)
class StepFinished(Fact):
    step_id: UUID
    key: str
    round: int
    outcome: str
    skipped: bool


@dataclass(frozen=True)
class StepCancelled(Fact):
    step_id: UUID
    key: str
    round: int


@dataclass(frozen=True)
class StepSaved(Fact):
    """Fields were filled in; which, not what."""

    step_id: UUID
    key: str
    round: int
    button: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class WaitingBegan(Fact):
    step: str
    wait: str


@dataclass(frozen=True)
class WaitingEnded(Fact):
    step: str


@dataclass(frozen=True)
class RoundStarted(Fact):
    round: int
    step: str


@dataclass(frozen=True)
class SubtaskOpened(Fact):
    """For a team, by a step of the procedure (`step`) or by hand; the title stands apart."""

    subtask_id: UUID
    team_id: UUID
    step: str


@dataclass(frozen=True)
class SubtaskKept(Fact):
    """The procedure would have asked again while this one is not over; what it wanted this time stands apart."""

    subtask_id: UUID


@dataclass(frozen=True)
class SubtaskAccepted(Fact):
    subtask_id: UUID
    account_id: UUID | None
    round: int


@dataclass(frozen=True)
class SubtaskGiven(Fact):
    """To another person of the department, by somebody who may; from `was_id`, where somebody had it. Why stands
    apart."""

    subtask_id: UUID
    account_id: UUID
    was_id: UUID | None
    round: int


@dataclass(frozen=True)
class SubtaskDone(Fact):
    """The result is an internal note."""

    subtask_id: UUID
    message_id: UUID
    round: int


@dataclass(frozen=True)
class SubtaskDeclined(Fact):
    """It came back without a result; the reason stands apart."""

    subtask_id: UUID
    round: int


@dataclass(frozen=True)
class SubtaskSentBack(Fact):
    """The result was not enough, or another team is asked; what is wanted stands apart."""

    subtask_id: UUID
    team_id: UUID
    round: int


@dataclass(frozen=True)
class SubtaskCancelled(Fact):
    """`why` is by_hand (the reason stands apart), or how its step or run ended."""

    subtask_id: UUID
    why: str


@dataclass(frozen=True)
class SubtaskWaits(Fact):
    """The department waits for somebody; `wait` empty: no longer."""

    subtask_id: UUID
    wait: str


@dataclass(frozen=True)
class Counted(Fact):
    what: str
    step: str
    round: int


@dataclass(frozen=True)
class MessageWanted(Fact):
    """A template is to be written to somebody; rendered and sent by jobs."""

    template: str
    to: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NewsHeld(Fact):
    """The monthly news was not sent; `reason` is nothing_new or no_address."""

    reason: str


@dataclass(frozen=True)
class SurveyWanted(Fact):
    survey: str
    round: int


@dataclass(frozen=True)
class ImprovementWanted(Fact):
    reason: str
    round: int


@dataclass(frozen=True)
class DocumentWanted(Fact):
    document: str
    step: str
    round: int


@dataclass(frozen=True)
class HappeningTaken(Fact):
    """Something outside moved the run: customer confirmed, timer rang …"""

    name: str


@dataclass(frozen=True)
class DocumentLaidOut(Fact):
    """A version of a document stands as it will be printed."""

    document_id: UUID
    document: str
    round: int
    version: int


@dataclass(frozen=True)
class DocumentPrintWanted(Fact):
    """One without a file is to be tried once more."""

    document_id: UUID


@dataclass(frozen=True)
class DocumentNotPrinted(Fact):
    """There is no file; `reason` is a code."""

    document_id: UUID
    reason: str


@dataclass(frozen=True)
class DocumentMade(Fact):
    """A version of a document has its file; `sha256` is that of the file, which holds a random mark."""

    document_id: UUID
    document: str
    round: int
    version: int
    sha256: str


@dataclass(frozen=True)
class DocumentRead(Fact):
    """Somebody took the file of a document."""

    document_id: UUID
    document: str
    version: int


@dataclass(frozen=True)
class RegisterExportWanted(Fact):
    """Somebody asked for a register as a file; the reason for whole contact data stands apart."""

    export_id: UUID
    register: str
    filters: dict[str, Any]
    unmasked: bool


@dataclass(frozen=True)
class RegisterExportUnderWay(Fact):
    """So many rows have been written."""

    export_id: UUID
    rows: int


@dataclass(frozen=True)
class RegisterExported(Fact):
    export_id: UUID
    register: str
    rows: int


@dataclass(frozen=True)
class RegisterExportFailed(Fact):
    export_id: UUID


@dataclass(frozen=True)
class RegisterExportTaken(Fact):
    export_id: UUID
    register: str


@dataclass(frozen=True)
class RegisterExportForgotten(Fact):
    """The file is deleted."""

    export_id: UUID


@dataclass(frozen=True)
class EvidenceWanted(Fact):
    """Somebody asked for the evidence of a ticket; the reason stands apart."""

    evidence_id: UUID


@dataclass(frozen=True)
class EvidenceGathered(Fact):
    """The content of an evidence file, fixed by its digest; it holds a random mark."""

    evidence_id: UUID
    sha256: str


@dataclass(frozen=True)
class EvidenceMade(Fact):
    evidence_id: UUID


@dataclass(frozen=True)
class EvidenceFailed(Fact):
    evidence_id: UUID


@dataclass(frozen=True)
class EvidenceTaken(Fact):
    evidence_id: UUID


@dataclass(frozen=True)
class EvidenceForgotten(Fact):
    """The file is deleted."""

    evidence_id: UUID
