"""The list of procedures, a version with its steps, and a version as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.bpmn import write_bpmn
from yinuo.domain.procedure.differences import differences
from yinuo.domain.procedure.writing import write_yaml
from yinuo.foundation.clock import now
from yinuo.procedures.library import Shelf, draft_of, numbered, review_of, scenarios_of, shelves, versions_of
from yinuo.procedures.models import DraftState, ProcedureVersion
from yinuo.procedures.published import definition_of
from yinuo.procedures.services import retire_procedure
from yinuo.procedures.shipped import Offer, offers
from yinuo.staff.rights import Right
from yinuo.web.console.labels import language, named, say
from yinuo.web.console.procedure_changes import changes_shown, review_shown
from yinuo.web.console.procedure_picture import picture_of
from yinuo.web.console.procedure_words import Speech, house_names, titled
from yinuo.web.console.settings_areas import found
from yinuo.web.console.views.base import done, requires, viewer
from yinuo.web.console.views.settings.procedures.base import (
    MAY_SEE,
    parts_shown,
    procedures_page,
    settings_of,
    stamp,
    steps_shown,
    the_step,
    version_state,
    with_names,
)


@requires(*MAY_SEE)
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure, the scenarios that follow it, its version and draft."""
    stand = shelves()
    here = {one.code: (one.version, one.draft) for one in stand}
    told: dict[str, Offer] = {}
    if viewer(request).has(Right.EDIT_PROCEDURES):
        told = {code: offer for code, offer in offers(here, whole=True).items() if offer.hidden_at is None}
    rows = [_shelf_shown(one, one.code in told) for one in stand]
    with_names(one for row in rows for one in (row["published"], row["drafted"]) if one)
    new = [(offer.code, titled(offer.definition)) for offer in told.values() if offer.code not in here]
    return procedures_page(request, "procedures", {"rows": rows, "new": new, "is_told": bool(told)})


def _shelf_shown(one: Shelf, is_offered: bool) -> dict[str, Any]:
    version, draft = one.version, one.draft
    return {
        "code": one.code,
        "title": titled(one.definition),
        "steps": len(one.definition.steps),
        "scenarios": [named(*names) for names in one.scenarios],
        "version": version.version if version else None,
        "is_in_force": one.is_in_force,
        "is_offered": is_offered,
        "published": stamp(version.published_at, version.published_by_id) if version else None,
        "draft": draft,
        "in_review": draft is not None and draft.state == DraftState.REVIEW,
        "drafted": stamp(draft.changed_at, draft.changed_by_id) if draft else None,
    }


@requires(*MAY_SEE)
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """What new tickets follow, else the newest version."""
    rows = versions_of(code)
    if not rows:
        draft = found(draft_of(code))
        context = {"code": code, "title": titled(Definition.from_json(draft.body)), "draft": draft}
        return procedures_page(request, "unpublished", context)
    return _version_page(request, next((row for row in rows if row.retired_at is None), rows[0]), rows)


@requires(*MAY_SEE)
def version(request: HttpRequest, code: str, nth: int) -> HttpResponse:
    """One version with all its steps: it never changes."""
    rows = versions_of(code)
    return _version_page(request, found(next((row for row in rows if row.version == nth), None)), rows)


def _version_page(request: HttpRequest, row: ProcedureVersion, rows: list[ProcedureVersion]) -> HttpResponse:
    definition = definition_of(row.id)
    speech = Speech(definition, house_names())
    earlier = next((other for other in rows if other.version < row.version), None)
    scenarios = scenarios_of(row.code) if row.retired_at is None else []
    old = Speech(definition_of(earlier.id), speech.names) if earlier else None
    versions = [
        {"number": other.version, "note": other.note, "state": version_state(other),
         "is_in_force": other.retired_at is None, "published": stamp(other.published_at, other.published_by_id)}
        for other in rows
    ]  # fmt: skip
    authors = [stamp(row.published_at, author) for author in row.author_ids]
    review = review_shown(speech, review_of(row.draft_id))
    draft = draft_of(row.code)
    may_take = row.retired_at is None and viewer(request).has(Right.EDIT_PROCEDURES)
    offer = offers({row.code: (row, draft)}).get(row.code) if may_take else None
    with_names([*(entry["published"] for entry in versions), *authors, *(entry["stamp"] for entry in review)])
    context = {
        "row": row,
        "code": row.code,
        "picture": picture_of(definition),
        "title": titled(definition),
        "state": version_state(row),
        "is_in_force": row.retired_at is None,
        "published": next(entry["published"] for entry in versions if entry["number"] == row.version),
        "authors": _(", ").join(one["by"] for one in authors if one["by"]),
        "draft": draft,
        "offer": offer,
        "is_used": bool(scenarios),
        "scenarios": [named(*names) for names in scenarios],
        "steps": steps_shown(speech),
        "parts": [part for part in parts_shown(speech, None) if part["lines"]],
        "versions": versions,
        "changes": changes_shown(old, speech, differences(old.definition, definition)) if old else [],
        "earlier": earlier,
        "review": review,
    }
    return procedures_page(request, "version", context)


@requires(*MAY_SEE)
def step(request: HttpRequest, code: str, nth: int, step: str) -> HttpResponse:
    """One step of a version with everything that it says."""
    row = found(numbered(code, nth))
    definition = definition_of(row.id)
    one = the_step(definition, step)
    speech = Speech(definition, house_names())
    at = definition.steps.index(one)
    context = {
        "row": row,
        "code": code,
        "title": titled(definition),
        "step": one,
        "step_title": speech.step(step),
        "settings": settings_of(speech, one),
        "parts": [part for part in parts_shown(speech, one) if part["lines"]],
        "previous": definition.steps[at - 1].key if at else "",
        "following": definition.steps[at + 1].key if at + 1 < len(definition.steps) else "",
    }
    return procedures_page(request, "step", context)


def as_file(text: str, name: str) -> HttpResponse:
    """A YAML file to keep."""
    return HttpResponse(
        text,
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.yaml"'},
    )


@requires(*MAY_SEE)
def export(request: HttpRequest, code: str, nth: int) -> HttpResponse:
    """The version as a file that another house, or this one, can bring in."""
    row = found(numbered(code, nth))
    return as_file(write_yaml(definition_of(row.id)), f"procedure_{code}_{nth}")


@requires(*MAY_SEE)
def bpmn(request: HttpRequest, code: str, nth: int) -> HttpResponse:
    """The version as BPMN 2.0, for drawing tools, with the names of this house in the language of the screen."""
    row = found(numbered(code, nth))
    names = {key: say(name) for key, name in house_names().role.items()}
    return HttpResponse(
        write_bpmn(definition_of(row.id), language=language(), role_names=names),
        content_type="application/xml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="procedure_{code}_{nth}.bpmn"'},
    )


@requires(Right.REVIEW_PROCEDURES)
@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Takes a procedure that no scenario uses out of use."""
    retire_procedure(code=code, by=viewer(request).actor, now=now())
    return done(request, _("Retired. What runs by it goes on."), "settings_procedures")
