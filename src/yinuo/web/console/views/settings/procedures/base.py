"""What the pages about procedures share."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.editing import STEP_PARTS, WHOLE_PARTS
from yinuo.domain.procedure.model import Step
from yinuo.domain.reading import Fault
from yinuo.foundation.errors import Missing
from yinuo.procedures.models import ProcedureVersion
from yinuo.staff.queries import names_of
from yinuo.staff.rights import Right
from yinuo.web.console.labels import WAIT, full_source, say, short_source
from yinuo.web.console.procedure_terms import JOIN, PARTS
from yinuo.web.console.procedure_words import Line, Speech, place_of, span_words
from yinuo.web.console.rows import iso
from yinuo.web.console.settings_areas import settings_page
from yinuo.web.console.views.base import viewer

MAY_SEE = (Right.EDIT_PROCEDURES, Right.REVIEW_PROCEDURES)


def procedures_page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page about procedures; `may_edit` and `may_review` say which acts it offers."""
    who = viewer(request)
    rights = {"may_edit": who.has(Right.EDIT_PROCEDURES), "may_review": who.has(Right.REVIEW_PROCEDURES)}
    return settings_page(
        request, f"procedures/{template}", rights | dict(context or {}), area="procedures", status=status
    )


def stamp(at: Any, account_id: object) -> dict[str, Any]:
    """When and by whom, for the template; `account_id` is turned into a name by `with_names`."""
    return {"iso": iso(at), "by_id": UUID(str(account_id)) if account_id else None}


def with_names(stamps: Iterable[dict[str, Any]]) -> None:
    """Puts the names into all stamps of a page: one query."""
    several = list(stamps)
    names = dict(names_of({one["by_id"] for one in several if one["by_id"]}))
    for one in several:
        one["by"] = names.get(one["by_id"]) or ""


def version_state(version: ProcedureVersion) -> str:
    return _("retired") if version.retired_at else _("in force")


def steps_shown(speech: Speech, faults: Sequence[Fault] = ()) -> list[dict[str, Any]]:
    """The steps as a table: who, what is promised, where each leads, how many problems."""
    definition = speech.definition
    wrong: dict[str, int] = {}
    for fault in faults:
        step = place_of(definition, fault)[0]
        wrong[step] = wrong.get(step, 0) + 1
    return [
        {
            "key": step.key,
            "title": speech.step(step.key),
            "role": speech.role(step.role),
            "tier": step.tier,
            "source": short_source(step.source),
            "limits": [
                (speech.names.promise(limit.kind), speech.names.promise.spans(limit.kind)) for limit in step.limits
            ],
            "fields": len(step.fields),
            "ways": [
                {"when": speech.conditions(arrow.when, step), "to": speech.target(arrow), "loop": arrow.loop}
                for arrow in step.arrows
            ],
            "faults": wrong.get(step.key, 0),
            "is_first": step.key in definition.start,
        }
        for step in definition.steps
    ]


def parts_shown(speech: Speech, step: Step | None, faults: Sequence[Fault] = ()) -> list[dict[str, Any]]:
    """The lists of a step, or of the whole matter, with problems at the entries they are about."""
    shown = []
    placed = [(place_of(speech.definition, fault), fault) for fault in faults]
    for part in STEP_PARTS if step else WHOLE_PARTS:
        mine = [(place[2], fault) for place, fault in placed if place[:2] == (step.key if step else "", part)]
        lines: list[Line] = speech.lines(step, part)
        for line in lines:
            line.faults = [speech.fault(fault) for at, fault in mine if at == line.at]
        told = [speech.fault(fault) for at, fault in mine if at is None or at >= len(lines)]
        shown.append({"key": part, "title": str(PARTS[part]), "lines": lines, "faults": told})
    return shown


def faults_of_step(speech: Speech, step: Step | None, faults: Sequence[Fault]) -> list[str]:
    """Problems of the step itself, not of an entry of one of its lists."""
    parts = STEP_PARTS if step else WHOLE_PARTS
    key = step.key if step else ""
    return [
        speech.fault(fault)
        for fault in faults
        if (place := place_of(speech.definition, fault))[0] == key and place[1] not in parts
    ]


def the_step(definition: Definition, key: str) -> Step:
    """Raises `Missing`."""
    if key not in definition.step_by_key:
        raise Missing
    return definition.step_by_key[key]


def settings_of(speech: Speech, step: Step) -> list[tuple[str, str]]:
    """The settings of a step in words, those that say something."""
    rows = [(_("Role"), speech.role(step.role))]
    if step.tier:
        rows.append((_("Line"), str(step.tier)))
    if step.join != "any":
        rows.append((_("Begins"), str(JOIN[step.join])))
    if step.starts_at:
        values = {"span": span_words(step.starts_at.offset), "field": speech.field(step.starts_at.field)}
        rows.append((_("Begins"), _("%(span)s after “%(field)s”") % values))
    if step.waits:
        rows.append((_("Waits"), str(WAIT[step.waits])))
    if step.pool:
        rows.append((_("Lead pool"), _("whoever waits here")))
    if step.skip_by:
        rows.append((_("May skip it"), _(", ").join(map(speech.role, step.skip_by))))
    if say(step.purpose):
        rows.append((_("What it is for"), say(step.purpose)))
    if step.source:
        rows.append((_("Source"), full_source(step.source)))
    return rows
