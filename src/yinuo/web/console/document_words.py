"""Facts about documents, evidence and monthly news in words, and the facts that concern machines only."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from yinuo.procedures.models import ExportState

EXPORT_STATE = {
    ExportState.WAITING: pgettext_lazy("export", "Waiting"),
    ExportState.RUNNING: pgettext_lazy("export", "Being written"),
    ExportState.DONE: pgettext_lazy("export", "Ready"),
    ExportState.FAILED: pgettext_lazy("export", "Failed: ask again"),
    ExportState.FORGOTTEN: pgettext_lazy("export", "Deleted after a week"),
}

UNTOLD = (
    "tickets.MessageQueued",
    "tickets.LinkMade",
    "procedures.MessageWanted",
    "procedures.DocumentWanted",
    "procedures.DocumentLaidOut",
    "procedures.DocumentPrintWanted",
    "procedures.EvidenceGathered",
    "procedures.EvidenceForgotten",
    "procedures.SurveyWanted",
    "procedures.ImprovementWanted",
    "procedures.HappeningTaken",
    "procedures.Counted",
    "procedures.DispatchWanted",
    "sla.DeadlineStarted",
    "sla.TimerMoved",
    "sla.TimerRang",
    "staff.NoticesWanted",
    "channels.ContactKept",
    "channels.ContactDecided",
    "channels.DeliveryQueued",
    "channels.DeliverySent",
    "channels.DeliveryFailed",
)


def document_told(kind: str, title: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Text, icon and tone."""
    said = {"title": title, "version": values.get("version", "")}
    if kind == "procedures.NewsHeld":
        why = _("Monthly news not sent: no mail address, tell it by phone")
        if values["reason"] == "nothing_new":
            why = _("Monthly news not sent: nothing new since the last one")
        return why, "speakerphone", "warn"
    if kind == "procedures.DocumentNotPrinted":
        return _("A document could not be printed"), "alert-triangle", "warn"
    if kind == "procedures.DocumentRead":
        return _("%(title)s taken, version %(version)s") % said, "download", ""
    return _("%(title)s made, version %(version)s") % said, "file-text", ""


def evidence_told(kind: str) -> str:
    """What became of an evidence file."""
    return {
        "procedures.EvidenceWanted": _("Evidence file asked for"),
        "procedures.EvidenceMade": _("Evidence file ready"),
        "procedures.EvidenceTaken": _("Evidence file taken"),
    }.get(kind, _("The evidence file could not be made"))
