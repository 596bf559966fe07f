"""History as sentences: one line of the table for each kind of fact (R-SE-2). No id is ever shown: what has no name
any more is called by what it was."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.model import SKIPPED, Step
from yinuo.domain.redaction import mask_text
from yinuo.domain.routing import REASONS, Reason, say_reasons
from yinuo.foundation.events import personal_of
from yinuo.foundation.models import HistoryRow
from yinuo.packs import shipped_documents
from yinuo.web.console.document_words import UNTOLD, document_told, evidence_told
from yinuo.web.console.labels import (
    CHANNEL,
    DELIVERY,
    IMPACT,
    PRIORITY,
    STATUS,
    URGENCY,
    WAIT,
    WHY_MOVED,
    PromiseNames,
    delivery_reason,
    language,
    named,
    say,
)
from yinuo.web.console.names import Names
from yinuo.web.console.subtask_words import SUBTASKS, subtask_told


@dataclass(frozen=True)
class Told:
    """One fact told: `tone` is good, warn, bad or nothing; `detail` is a second, smaller line."""

    text: str
    icon: str = "circle-dot"
    tone: str = ""
    detail: str = ""


class Words:
    """Tells facts of one ticket; names are read at once for all rows given."""

    def __init__(
        self,
        rows: Iterable[HistoryRow],
        definitions: Sequence[Definition] = (),
        names: Names | None = None,
        promise: PromiseNames | None = None,
    ) -> None:
        self.promise = promise or PromiseNames()
        self.definitions, self.definition = definitions, next(iter(definitions), None)
        self.names = names or Names()
        want(self.names, rows)

    def __call__(self, row: HistoryRow) -> Told | None:
        """The fact as a sentence, or None for one that concerns machines only."""
        tell = TABLE.get(row.kind)
        if tell is None:
            return Told(_("Something was recorded that this page has no words for yet."), "info-circle")
        return tell(self, row.values, row)

    def by(self, row: HistoryRow) -> str:
        """Who did it."""
        if row.actor_kind == "account":
            return self.account(row.actor_id)
        if row.actor_kind == "customer":
            return _("The customer")
        if row.actor_kind == "token":
            return self.names.name(_uuid(row.actor_id)) or _("Another program")
        return _("The system")

    def account(self, account_id: object) -> str:
        return self.names.name(_uuid(account_id)) or _("Somebody")

    def team(self, team_id: object) -> str:
        return self.names.name(_uuid(team_id)) or _("another team")

    def category(self, code: str) -> str:
        return named(*self.names.category(code)) or _("no category")

    def _steps(self, key: str) -> Iterator[Step]:
        return (one.step_by_key[key] for one in self.definitions if key in one.step_by_key)

    def step(self, key: str) -> str:
        step = next(self._steps(key), None)
        return say(step.title) if step else _("a step")

    def document(self, key: str) -> str:
        form = shipped_documents().forms.get(key)
        steps = self.definition.steps if self.definition else ()
        title = next((one.title for step in steps for one in step.documents if one.key == key), form and form.title)
        return say(title) if title else _("Document")

    def button(self, step: str, key: str) -> str:
        button = next((found for one in self._steps(step) if (found := one.button(key))), None)
        return say(button.label) if button else ""


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value)) if value else UUID(int=0)


OF_ACCOUNTS, OF_TEAMS = ("owner_id", "from_owner_id", "account_id"), ("team_id", "from_team_id", "to_team_id")


def want(names: Names, rows: Iterable[HistoryRow]) -> None:
    """Everybody and everything that these facts mention."""
    for row in rows:
        if row.actor_id and row.actor_kind == "account":
            names.want(accounts=[row.actor_id])
        if row.actor_id and row.actor_kind == "token":
            names.want(programs=[row.actor_id])
        values = row.values
        names.want(
            accounts=[UUID(one) for one in (*map(values.get, OF_ACCOUNTS), *(values.get("mentioned") or ())) if one],
            teams=[UUID(one) for one in map(values.get, OF_TEAMS) if one],
        )
        if row.kind in ("tickets.TicketOpened", "tickets.TicketClassified") and values["category"]:
            names.want(categories=[values["category"]])


Values = Mapping[str, Any]
Tell = Callable[[Words, Values, HistoryRow], Told | None]
TABLE: dict[str, Tell] = {}


def _of(*kinds: str) -> Callable[[Tell], Tell]:
    def add(tell: Tell) -> Tell:
        for kind in kinds:
            TABLE[kind] = tell
        return tell

    return add


def _silent(w: Words, v: Values, row: HistoryRow) -> Told | None:
    return None


TABLE |= dict.fromkeys(UNTOLD, _silent)


# --- tickets ----------------------------------------------------------------------------------------------------


@_of("tickets.TicketOpened")
def _opened(w: Words, v: Values, row: HistoryRow) -> Told:
    channel = CHANNEL.get(v["channel"], "")
    return Told(
        _("Ticket opened (%(channel)s)") % {"channel": channel},
        "ticket",
        "",
        _("%(category)s, priority %(priority)s")
        % {"category": w.category(v["category"]), "priority": PRIORITY.get(v["priority"], "")},
    )


@_of("tickets.CustomerWrote")
def _wrote(w: Words, v: Values, row: HistoryRow) -> Told:
    if v["unverified"]:
        return Told(_("A message came from an unverified sender"), "mail", "warn")
    return Told(_("The customer wrote (%(channel)s)") % {"channel": CHANNEL.get(v["channel"], "")}, "mail")


@_of("tickets.NoteAdded")
def _noted(w: Words, v: Values, row: HistoryRow) -> Told:
    if v["mentioned"]:
        who = _(", ").join(w.account(one) for one in v["mentioned"])
        return Told(_("Internal note for %(who)s") % {"who": who}, "note")
    return Told(_("Internal note"), "note")


@_of("tickets.MessageStateChanged")
def _delivered(w: Words, v: Values, row: HistoryRow) -> Told | None:
    if v["state"] == "sent":
        return None
    return Told(
        _("Message: %(state)s") % {"state": DELIVERY.get(v["state"], "")},
        "alert-triangle",
        "bad",
        delivery_reason(v["reason"]) if v["reason"] else "",
    )


@_of("tickets.TicketAssigned")
def _assigned(w: Words, v: Values, row: HistoryRow) -> Told:
    to = w.account(v["owner_id"]) if v["owner_id"] else _("the queue of %(team)s") % {"team": w.team(v["team_id"])}
    if v["owner_id"] and row.actor_id and str(row.actor_id) == v["owner_id"]:
        return Told(_("%(who)s took the ticket") % {"who": to}, "user-check")
    return Told(_("Given to %(to)s") % {"to": to}, "user-share", "", reasons_text(v["reasons"]))


def reasons_text(reasons: Iterable[Mapping[str, Any]]) -> str:
    """Why a team and person were chosen, in one sentence."""
    known = [Reason.from_json(reason) for reason in reasons if reason.get("code") in REASONS]
    return say_reasons(known, language()) if known else ""


@_of("tickets.TicketEscalated")
def _escalated(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Escalated to %(team)s") % {"team": w.team(v["to_team_id"])}, "arrow-up", "warn", _reason(row))


@_of("tickets.TicketClassified")
def _classified(w: Words, v: Values, row: HistoryRow) -> Told:
    was: Mapping[str, Any] = v["was"]
    parts = []
    if was.get("category") != v["category"]:
        parts.append(w.category(v["category"]))
    if was.get("urgency") != v["urgency"]:
        parts.append(_("urgency %(value)s") % {"value": URGENCY.get(v["urgency"], "")})
    if was.get("impact") != v["impact"]:
        parts.append(_("impact %(value)s") % {"value": IMPACT.get(v["impact"], "")})
    if was.get("priority") != v["priority"]:
        parts.append(_("priority %(value)s") % {"value": PRIORITY.get(v["priority"], "")})
    if not parts:
        return Told(_("Complexity changed"), "tag", "", _("Deadlines follow; time already used is kept."))
    detail = _("Deadlines follow; time already used is kept.")
    if v["source"] == "learned" and v["confidence"]:
        detail = _("learned, %(percent)s%% sure") % {"percent": round(v["confidence"] * 100)}
    return Told(_("Changed to %(what)s") % {"what": _(", ").join(map(str, parts))}, "tag", "", str(detail))


@_of("tickets.StatusChanged")
def _status(w: Words, v: Values, row: HistoryRow) -> Told:
    tone = "good" if v["status"] in ("solved", "confirmed", "closed") else ""
    return Told(_("Status: %(status)s") % {"status": STATUS.get(v["status"], "")}, "flag", tone)


@_of("tickets.TicketReopened")
def _reopened(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Reopened, for the %(count)s. time") % {"count": v["count"]}, "rotate", "warn")


@_of("tickets.TicketFollowed")
def _followed(w: Words, v: Values, row: HistoryRow) -> Told:
    who = w.account(v["account_id"])
    text = _("%(who)s follows the ticket") if v["following"] else _("%(who)s no longer follows the ticket")
    return Told(text % {"who": who}, "eye" if v["following"] else "eye-off")


# --- procedures -------------------------------------------------------------------------------------------------


@_of("procedures.RunStarted")
def _run_started(w: Words, v: Values, row: HistoryRow) -> Told:
    title = say(w.definition.title) if w.definition else _("Procedure")
    return Told(_("%(procedure)s begun, version %(version)s") % {"procedure": title, "version": v["version"]}, "route")


@_of("procedures.RunMoved")
def _run_moved(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(
        _("Goes on under version %(version)s of its procedure, not %(was)s any more") % v, "route", "", _reason(row)
    )


@_of("procedures.RunEnded")
def _run_ended(w: Words, v: Values, row: HistoryRow) -> Told:
    end = w.definition.end_by_key.get(v["end"]) if w.definition else None
    return Told(_("Procedure ended: %(end)s") % {"end": say(end.title) if end else _("done")}, "circle-check", "good")


@_of("procedures.StepStarted")
def _step_started(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Step begun: %(step)s") % {"step": w.step(v["key"])}, "player-play")


@_of("procedures.StepFinished")
def _step_finished(w: Words, v: Values, row: HistoryRow) -> Told:
    step = w.step(v["key"])
    if v["skipped"] or v["outcome"] == SKIPPED:
        return Told(_("Step skipped: %(step)s") % {"step": step}, "arrow-right", "warn")
    outcome = w.button(v["key"], v["outcome"])
    text = _("Step done: %(step)s (%(outcome)s)") if outcome else _("Step done: %(step)s")
    return Told(text % {"step": step, "outcome": outcome}, "circle-check", "good")


@_of("procedures.DocumentMade", "procedures.DocumentRead", "procedures.DocumentNotPrinted", "procedures.NewsHeld")
def _document(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(*document_told(row.kind, w.document(v.get("document", "")), v))


@_of("procedures.EvidenceWanted", "procedures.EvidenceMade", "procedures.EvidenceTaken", "procedures.EvidenceFailed")
def _evidence(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(evidence_told(row.kind), "shield-check", "", _reason(row))


@_of("procedures.StepCancelled")
def _step_cancelled(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Step no longer needed: %(step)s") % {"step": w.step(v["key"])}, "circle-x")


@_of("procedures.StepSaved")
def _step_saved(w: Words, v: Values, row: HistoryRow) -> Told | None:
    if v["button"] == "skip":
        return Told(_("Reason for skipping %(step)s") % {"step": w.step(v["key"])}, "note", "", _reason(row))
    step = w.definition.step_by_key.get(v["key"]) if w.definition else None
    button = step.button(v["button"]) if step else None
    if button is None or button.kind == "finish":
        return None  # told as the step's end
    return Told(_("%(button)s, at step %(step)s") % {"button": say(button.label), "step": w.step(v["key"])}, "note")


@_of("procedures.WaitingBegan")
def _waiting(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(
        _("Step %(step)s: %(wait)s") % {"step": w.step(v["step"]), "wait": WAIT.get(v["wait"], "")}, "player-pause"
    )


@_of("procedures.WaitingEnded")
def _waited(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Step %(step)s goes on") % {"step": w.step(v["step"])}, "player-play")


@_of("procedures.RoundStarted")
def _round(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Round %(round)s begun") % {"round": v["round"]}, "refresh", "warn")


TABLE |= {
    "tickets.AgentReplied": lambda w, v, row: Told(_("Answered the customer"), "send", "good"),
    "procedures.RunRevived": lambda w, v, row: Told(_("Procedure taken up again"), "rotate"),
    "quality.SurveyAsked": lambda w, v, row: Told(_("Customer asked for a score"), "star"),
    "quality.ImprovementOpened": lambda w, v, row: Told(_("Improvement opened"), "trending-up", "warn"),
}
TABLE |= dict.fromkeys(SUBTASKS, lambda w, v, row: Told(*subtask_told(row, w)))


# --- promises ---------------------------------------------------------------------------------------------------


@_of("sla.DeadlineMet")
def _met(w: Words, v: Values, row: HistoryRow) -> Told:
    name = w.promise(v["kind"])
    if v["in_time"]:
        return Told(_("%(promise)s: kept in time") % {"promise": name}, "check", "good")
    return Told(_("%(promise)s: kept late") % {"promise": name}, "clock-exclamation", "bad")


@_of("sla.DeadlineCancelled")
def _cancelled(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("%(promise)s: no longer due") % {"promise": w.promise(v["kind"])}, "clock")


@_of("sla.DeadlinePaused")
def _paused(w: Words, v: Values, row: HistoryRow) -> Told:
    wait = WAIT.get(v["wait"], "")
    return Told(_("%(promise)s: clock stopped") % {"promise": w.promise(v["kind"])}, "clock-pause", "", str(wait))


@_of("sla.DeadlineResumed")
def _resumed(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("%(promise)s: clock goes on") % {"promise": w.promise(v["kind"])}, "clock")


@_of("sla.DeadlineMoved")
def _moved(w: Words, v: Values, row: HistoryRow) -> Told:
    earlier = datetime.fromisoformat(v["due_at"]) < datetime.fromisoformat(v["was"])
    text = _("%(promise)s: due earlier") if earlier else _("%(promise)s: due later")
    why = WHY_MOVED.get(v["reason"], WHY_MOVED["facts_changed"])
    return Told(text % {"promise": w.promise(v["kind"])}, "clock", "", str(why))


@_of("sla.DeadlineWarned")
def _warned(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("%(promise)s: due soon") % {"promise": w.promise(v["kind"])}, "clock", "warn")


@_of("sla.DeadlineBreached")
def _breached(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("%(promise)s: overdue") % {"promise": w.promise(v["kind"])}, "clock-exclamation", "bad")


@_of("sla.DeadlineEscalated")
def _told_above(w: Words, v: Values, row: HistoryRow) -> Told:
    text = _("%(promise)s: the director told") if v["tell"] == "director" else _("%(promise)s: the supervisor told")
    return Told(text % {"promise": w.promise(v["kind"])}, "bell", "bad")


# --- quality, customers -----------------------------------------------------------------------------------------


@_of("quality.SurveyAnswered")
def _scored(w: Words, v: Values, row: HistoryRow) -> Told:
    tone = "good" if v["score"] >= 4 else "bad"
    return Told(_("Customer gave %(score)s of 5") % {"score": v["score"]}, "star", tone, _personal(row, "comment"))


@_of("quality.ImprovementMoved")
def _improved(w: Words, v: Values, row: HistoryRow) -> Told:
    if v["state"] == "proven":
        return Told(_("Improvement: effect proven"), "trending-up", "good")
    return Told(_("Improvement: cause and action written down"), "trending-up")


@_of("customers.CustomerMade")
def _customer_made(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Customer file made"), "user-plus")


@_of("customers.CustomerChanged")
def _customer_changed(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Customer file changed"), "edit")


@_of("customers.IdentityAdded")
def _identity(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Phone number or address added to the customer file"), "user-plus")


@_of("customers.CustomersMerged")
def _merged(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Two customer files became one"), "users")


@_of("customers.PersonalDataShown")
def _shown(w: Words, v: Values, row: HistoryRow) -> Told:
    return Told(_("Masked contact data was shown"), "eye", "", _reason(row))


def _reason(row: HistoryRow) -> str:
    reason = _personal(row, "reason")
    return _("Reason: %(reason)s") % {"reason": reason} if reason else ""


def _personal(row: HistoryRow, name: str) -> str:
    return mask_text(personal_of(row).get(name, ""))
