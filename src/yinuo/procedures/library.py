"""Reads about procedures as such: what is in force, drafts, earlier versions, their review."""

from dataclasses import dataclass
from uuid import UUID

from yinuo.catalog.models import Scenario
from yinuo.domain.procedure import Definition, Known, lint
from yinuo.domain.procedure.differences import Difference, differences
from yinuo.domain.reading import Fault
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, ReviewEntry
from yinuo.procedures.published import definition_of

WITHOUT_BODY = (
    "code", "version", "published_at", "published_by_id", "retired_at", "note", "draft_id", "author_ids",
    "edition_id",
)  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """One procedure of the house: its newest version (`is_in_force` or retired), the draft where there is one, and the
    scenarios whose new tickets follow it."""

    code: str
    version: ProcedureVersion | None
    draft: ProcedureDraft | None
    scenarios: tuple[tuple[str, str], ...]
    versions: int

    @property
    def is_in_force(self) -> bool:
        return self.version is not None and self.version.retired_at is None

    @property
    def definition(self) -> Definition:
        if self.version is not None:
            return definition_of(self.version.id)
        return Definition.from_json(self.draft.body if self.draft else {})


def shelves() -> list[Shelf]:
    """Every procedure: those in force first, in the order of the scenarios that use them. Three queries, and one for
    each definition that this process has not read yet."""
    newest: dict[str, ProcedureVersion] = {}
    counts: dict[str, int] = {}
    for row in ProcedureVersion.objects.filter(published_at__isnull=False).only(*WITHOUT_BODY).order_by("version"):
        newest[row.code] = row
        counts[row.code] = counts.get(row.code, 0) + 1
    drafts = {draft.code: draft for draft in ProcedureDraft.objects.order_by("opened_at")}
    used: dict[str, list[tuple[str, str]]] = {}
    for scenario in Scenario.objects.order_by("position", "code"):
        used.setdefault(scenario.procedure, []).append((scenario.name, scenario.name_en))
    order = [code for code in used if code in newest or code in drafts]
    order += sorted(code for code in {*newest, *drafts} if code not in used)
    found = [
        Shelf(code, newest.get(code), drafts.get(code), tuple(used.get(code, ())), counts.get(code, 0))
        for code in order
    ]
    return sorted(found, key=lambda shelf: not shelf.is_in_force)


def shelf(code: str) -> Shelf | None:
    """One procedure by its code."""
    return next((one for one in shelves() if one.code == code), None)


def versions_of(code: str) -> list[ProcedureVersion]:
    """Every published version without its body, the newest first."""
    rows = ProcedureVersion.objects.filter(code=code, published_at__isnull=False)
    return list(rows.only(*WITHOUT_BODY).order_by("-version"))


def scenarios_of(code: str) -> list[tuple[str, str]]:
    """Names of the scenarios whose new tickets follow the procedure."""
    rows = Scenario.objects.filter(procedure=code).order_by("position", "code")
    return list(rows.values_list("name", "name_en"))


def numbered(code: str, number: int) -> ProcedureVersion | None:
    """A published version."""
    return ProcedureVersion.objects.filter(code=code, version=number, published_at__isnull=False).first()


def in_force(code: str) -> ProcedureVersion | None:
    """What new tickets follow."""
    rows = ProcedureVersion.objects.filter(code=code, published_at__isnull=False, retired_at__isnull=True)
    return rows.order_by("-version").first()


def draft_of(code: str) -> ProcedureDraft | None:
    """The draft under work, with the version it is based on."""
    return ProcedureDraft.objects.filter(code=code).select_related("based_on").first()


def review_of(draft_id: UUID | None) -> list[ReviewEntry]:
    """What was said and done about a draft, the first first."""
    if draft_id is None:
        return []
    return list(ReviewEntry.objects.filter(draft_id=draft_id).order_by("at", "id"))


@dataclass(frozen=True)
class Judged:
    """A draft with what is wrong with it and what it changes against what is in force."""

    draft: ProcedureDraft
    definition: Definition
    faults: tuple[Fault, ...]
    changes: tuple[Difference, ...]
    in_force: ProcedureVersion | None
    old: Definition | None


def judged(draft: ProcedureDraft, known: Known) -> Judged:
    """One query."""
    definition = Definition.from_json(draft.body)
    version = in_force(draft.code)
    old = Definition.from_json(version.body) if version else None
    changes = differences(old, definition) if old else ()
    return Judged(draft, definition, tuple(lint(definition, known)), changes, version, old)
