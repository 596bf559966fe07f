"""What is in force, every version before it with what it changed, and the comparison with a handbook."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yinuo.calendars.builtin import builtin_calendar
from yinuo.domain.comparing import LACKS, SORTS, Claim, Finding, Gap, Lack, Sort, book_of, compare
from yinuo.domain.deadline.differences import differences
from yinuo.foundation.errors import Missing
from yinuo.packs import SHIPPED, shipped_figures, shipped_pack
from yinuo.sla.limits import (
    last_recount,
    limit_draft,
    limit_version,
    limit_versions,
    limits_in_force,
    policies_in,
)
from yinuo.staff.rights import Right
from yinuo.web.console.labels import say, short_source
from yinuo.web.console.limit_words import differences_shown, shown
from yinuo.web.console.settings_areas import found
from yinuo.web.console.views.base import requires
from yinuo.web.console.views.settings.limits.base import house_book, limits_page, stamp, version_name, who
from yinuo.web.console.views.settings.recounts import recount_shown


@requires(Right.EDIT_LIMITS)
def limits(request: HttpRequest) -> HttpResponse:
    """The tables that new tickets follow."""
    version, draft = limits_in_force(), limit_draft()
    names = who(version and version.published_by_id, draft and draft.changed_by_id)
    context: dict[str, Any] = {
        "version": version,
        "version_name": version_name(version),
        "published": stamp(version.published_at, names.get(version.published_by_id)) if version else None,
        "draft": draft,
        "drafted": stamp(draft.changed_at, names.get(draft.changed_by_id)) if draft else None,
        "groups": shown(house_book(policies_in(version.table))) if version else [],
        "recount": recount_shown(last_recount("policies", str(version.id))) if version else None,
        "handbooks": [(key, say(shipped_pack(key).name)) for key in SHIPPED],
    }
    return limits_page(request, "limits", context)


@requires(Right.EDIT_LIMITS)
def versions(request: HttpRequest) -> HttpResponse:
    """Every published version."""
    rows = limit_versions()
    names = who(*(row.published_by_id for row in rows))
    lines = [
        {
            "row": row,
            "name": version_name(row),
            "published": stamp(row.published_at, names.get(row.published_by_id)),
            "is_in_force": row.retired_at is None,
        }
        for row in rows
    ]
    return limits_page(request, "versions", {"lines": lines})


@requires(Right.EDIT_LIMITS)
def version(request: HttpRequest, id: UUID) -> HttpResponse:
    """One version: what it changed against the one before, and the whole of it."""
    row, before = found(limit_version(id))
    policies = policies_in(row.table)
    book = house_book(policies)
    names = who(row.published_by_id)
    context = {
        "row": row,
        "name": version_name(row),
        "before": before,
        "published": stamp(row.published_at, names.get(row.published_by_id)),
        "is_in_force": row.retired_at is None,
        "has_draft": limit_draft() is not None,
        "differences": differences_shown(book, differences(policies_in(before.table), policies)) if before else [],
        "groups": shown(book),
    }
    return limits_page(request, "version", context)


CONTRADICTIONS = (Sort.PACKS, Sort.CHAIN, Sort.ORDER, Sort.READING, Sort.INDICATOR, Sort.RHYTHM, Sort.SAMPLE)


@requires(Right.EDIT_LIMITS)
def comparison(request: HttpRequest) -> HttpResponse:
    """What is in force beside a shipped handbook: contradictions, limits that only one has, limits nobody has set."""
    version = limits_in_force()
    if version is None:
        raise Missing
    against = request.GET.get("against", "")
    if against not in SHIPPED:
        against = next(key for key in SHIPPED if key != version.code)
    here = house_book(policies_in(version.table), shipped_pack(version.code).name if version.code in SHIPPED else None)
    books = [here, book_of(shipped_pack(against))]
    report = compare(books, shipped_figures(), builtin_calendar("cn-office-nolunch"))
    sections = [(sort, say(SORTS[sort]), [_finding(one) for one in report.of(sort)]) for sort in Sort]
    gaps = [_gap(gap, ("here", gap.kind, gap.row) in report.nobody) for gap in report.gaps[0][1]]
    context = {
        "version": version,
        "here": say(here.name),
        "against": against,
        "handbooks": [(key, say(shipped_pack(key).name)) for key in SHIPPED],
        "sections": [section for section in sections if section[2]],
        "contradictions": sum(len(report.of(sort)) for sort in CONTRADICTIONS),
        "unset": [gap for gap in gaps if gap["lack"] in (Lack.COMPANY, Lack.CASE, Lack.TABLE)],
        "steps": [gap for gap in gaps if gap["lack"] is Lack.STEP],
        "unused": [gap for gap in gaps if gap["lack"] is Lack.UNUSED],
    }
    return limits_page(request, "compare", context)


def _finding(finding: Finding) -> dict[str, Any]:
    return {"title": say(finding.title), "said": say(finding.said), "claims": [_claim(one) for one in finding.claims]}


def _claim(claim: Claim) -> dict[str, Any]:
    book = say(claim.book)
    return {
        "book": short_source(book),
        "name": say(claim.name),
        "when": say(claim.when),
        "figure": say(claim.figure),
        "source": short_source(claim.source) if claim.source != book else "",
    }


def _gap(gap: Gap, nobody: bool) -> dict[str, Any]:
    return {
        "name": say(gap.name),
        "when": say(gap.when) or (_("everything else") if gap.row and gap.kind else ""),
        "lack": gap.lack,
        "missing": say(LACKS[gap.lack]),
        "nobody": nobody,
        "used_by": "、".join(say(title) for title in gap.used_by),
        "source": short_source(gap.source),
    }
