"""What became of sub-tasks, in the words of the time line."""

from django.utils.translation import gettext as _

from yinuo.domain.redaction import mask_text
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.web.console.labels import WAIT

OPENED, ACCEPTED, DONE, DECLINED, SENT_BACK, CANCELLED, WAITS = SUBTASKS = tuple(
    f"procedures.Subtask{what}" for what in ("Opened", "Accepted", "Done", "Declined", "SentBack", "Cancelled", "Waits")
)


def subtask_told(row: HistoryRow, team: str) -> tuple[str, str, str, str]:
    """Sentence, icon, tone and the smaller line of a fact about a sub-task; `team` is the name of the one it names."""
    v, texts = row.values, personal_of(row)
    text, icon, tone = {
        OPENED: (_("Sub-task for %(team)s") % {"team": team}, "users", ""),
        ACCEPTED: (_("Sub-task accepted"), "user-check", ""),
        DONE: (_("Sub-task answered"), "circle-check", "good"),
        DECLINED: (_("Sub-task came back: not that department's"), "arrow-back-up", "warn"),
        SENT_BACK: (
            _("Sub-task back to %(team)s, round %(round)s") % {"team": team, "round": v.get("round")}, "rotate", "warn"
        ),
        CANCELLED: (_("Sub-task no longer needed"), "circle-x", "warn"),
        WAITS: (
            (_("Sub-task: %(wait)s") % {"wait": WAIT.get(v["wait"], "")}, "player-pause", "")
            if v.get("wait")
            else (_("Sub-task goes on"), "player-play", "")
        ),
    }[row.kind]  # fmt: skip
    told = mask_text(_(": ").join([text, texts["title"]])) if texts.get("title") else text
    return told, icon, tone, mask_text(texts.get("reason", ""))
