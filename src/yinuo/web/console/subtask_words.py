"""What became of sub-tasks, in the words of the time line."""

from typing import Protocol

from django.utils.translation import gettext as _

from yinuo.domain.redaction import mask_text
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.web.console.labels import WAIT

OPENED, KEPT, ACCEPTED, GIVEN, DONE, DECLINED, SENT_BACK, CANCELLED, WAITS = SUBTASKS = tuple(
    f"procedures.Subtask{what}"
    for what in ("Opened", "Kept", "Accepted", "Given", "Done", "Declined", "SentBack", "Cancelled", "Waits")
)


class Known(Protocol):
    """Names by ids."""

    def team(self, team_id: object) -> str: ...
    def account(self, account_id: object) -> str: ...


def subtask_told(row: HistoryRow, names: Known) -> tuple[str, str, str, str]:
    """Sentence, icon, tone and the smaller line of a fact about a sub-task."""
    v, texts = row.values, personal_of(row)
    team = names.team(v.get("team_id"))
    text, icon, tone = {
        OPENED: (_("Sub-task for %(team)s") % {"team": team}, "users", ""),
        KEPT: (_("Asked already: no second sub-task"), "users", "warn"),
        ACCEPTED: (_("Sub-task accepted"), "user-check", ""),
        GIVEN: (_("Sub-task given to %(who)s") % {"who": names.account(v.get("account_id"))}, "user-share", ""),
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
