"""What one version of a procedure changed against another, and what was said about it, in words."""

from collections.abc import Iterable
from dataclasses import dataclass, is_dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.differences import Change, Difference
from yinuo.domain.reading import Text
from yinuo.procedures.models import ReviewAct, ReviewEntry
from yinuo.web.console.labels import WAIT, Words, full_source
from yinuo.web.console.procedure_terms import JOIN, PARTS
from yinuo.web.console.procedure_words import READ_AS, Line, Speech, span_words
from yinuo.web.console.rows import iso

CHANGES: dict[Change, Words] = {
    Change.STEP_ADDED: gettext_lazy("step added"),
    Change.STEP_REMOVED: gettext_lazy("step deleted"),
    Change.SETTING: gettext_lazy("changed"),
    Change.ADDED: gettext_lazy("added"),
    Change.REMOVED: gettext_lazy("deleted"),
    Change.CHANGED: gettext_lazy("changed"),
    Change.ORDER: gettext_lazy("order changed"),
}
SETTINGS: dict[str, Words] = {
    "title": gettext_lazy("Name"),
    "role": gettext_lazy("Role"),
    "tier": gettext_lazy("Line"),
    "lead": gettext_lazy("Leading department"),
    "source": gettext_lazy("Source"),
    "purpose": gettext_lazy("What it is for"),
    "join": gettext_lazy("Begins"),
    "starts_at": gettext_lazy("Begins"),
    "waits": gettext_lazy("Waits"),
    "pool": gettext_lazy("Lead pool"),
    "skip_by": gettext_lazy("May skip it"),
    "start": gettext_lazy("First steps"),
    "steps": gettext_lazy("Steps"),
}
WRITTEN_AS = {read: written for written, read in READ_AS.items()}
ACTS: dict[str, Words] = {
    ReviewAct.COMMENT: gettext_lazy("remarks"),
    ReviewAct.SUBMITTED: gettext_lazy("handed it to review"),
    ReviewAct.WITHDRAWN: gettext_lazy("took it back"),
    ReviewAct.SENT_BACK: gettext_lazy("sent it back"),
    ReviewAct.PUBLISHED: gettext_lazy("published it"),
}


@dataclass
class ChangeShown:
    """One change, both states in words."""

    step: str
    part: str
    what: str
    before: str
    after: str


def changes_shown(old: Speech, new: Speech, found: Iterable[Difference]) -> list[ChangeShown]:
    """Each side speaks for itself: a step or a field may be called otherwise in the other version."""
    return [_change(old, new, one) for one in found]


def _change(old: Speech, new: Speech, one: Difference) -> ChangeShown:
    speaker = new if one.step in new.definition.step_by_key else old
    part = WRITTEN_AS.get(one.part, one.part)
    return ChangeShown(
        speaker.step(one.step) if one.step else _("the whole procedure"),
        str(SETTINGS.get(part) or PARTS.get(part, part)),
        str(CHANGES[one.change]),
        _side(old, one, part, one.before),
        _side(new, one, part, one.after),
    )


def _side(speech: Speech, one: Difference, part: str, value: Any) -> str:
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, m.Step):
        return f"{speech.step(value.key)} · {speech.role(value.role)}"
    if one.change is Change.ORDER:
        return " › ".join(_name(speech, part, entry, one.step) for entry in value)
    if one.change is Change.SETTING:
        return _setting(speech, part, value)
    return _entry(speech, part, value, one.step)


def _name(speech: Speech, part: str, entry: Any, step: str) -> str:
    return speech.step(entry.key) if part == "steps" else _line(speech, part, entry, step).title


def _entry(speech: Speech, part: str, entry: Any, step: str) -> str:
    line = _line(speech, part, entry, step)
    return " · ".join([line.title, *line.details])


def _line(speech: Speech, part: str, entry: Any, step: str) -> Line:
    owner = speech.definition.step_by_key.get(step)
    entries = getattr(owner or speech.definition, READ_AS.get(part, part), ())
    lines = speech.lines(owner, part) if part in PARTS else []
    at = next((at for at, other in enumerate(entries) if other == entry), None)
    return lines[at] if at is not None and at < len(lines) else Line(0, str(entry))


def _setting(speech: Speech, part: str, value: Any) -> str:
    if isinstance(value, Text):
        return " / ".join(text for text in (value.zh, value.en) if text)
    if part == "source":
        return full_source(value)
    if part == "role":
        return speech.role(value)
    if part == "skip_by":
        return _(", ").join(map(speech.role, value))
    if part == "start":
        return _(", ").join(map(speech.step, value))
    if part == "join":
        return str(JOIN[value])
    if part == "pool":
        return _("whoever waits here") if value else "–"
    if part == "waits":
        return str(WAIT[value])
    if isinstance(value, m.StartsAt):
        return _("%(span)s after “%(field)s”") % {"span": span_words(value.offset), "field": speech.field(value.field)}
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return _(", ").join(_entry(speech, part, entry, "") for entry in value)
    return str(value)


def review_shown(speech: Speech, entries: Iterable[ReviewEntry]) -> list[dict[str, Any]]:
    """What was said and done, the first first."""
    return [
        {
            "act": str(ACTS[entry.act]),
            "is_comment": entry.act == ReviewAct.COMMENT,
            "tone": {"sent_back": "warn", "published": "good"}.get(entry.act, ""),
            "text": entry.text,
            "step": speech.step(entry.place) if entry.place else "",
            "key": entry.place if entry.place in speech.definition.step_by_key else "",
            "stamp": {"iso": iso(entry.at), "by_id": entry.by_id},
        }
        for entry in entries
    ]
