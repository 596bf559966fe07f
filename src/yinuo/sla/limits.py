"""Reads about the tables of limits: what is in force, the draft, earlier versions, and their words."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from yinuo.domain.comparing import Book, book_of
from yinuo.domain.deadline import Policy, read_policies
from yinuo.domain.deadline.editing import Table
from yinuo.domain.procedure import Definition
from yinuo.domain.reading import Text
from yinuo.packs import shipped_pack
from yinuo.sla.known import GROUND, House
from yinuo.sla.models import PolicyDraft, PolicyVersion, Recount

WEEKDAYS = {
    "mon": Text("星期一", "Monday"),
    "tue": Text("星期二", "Tuesday"),
    "wed": Text("星期三", "Wednesday"),
    "thu": Text("星期四", "Thursday"),
    "fri": Text("星期五", "Friday"),
    "sat": Text("星期六", "Saturday"),
    "sun": Text("星期日", "Sunday"),
}


def policies_in(table: Table) -> dict[str, Policy]:
    """Kind → policy of a table that was saved, so it can be read."""
    return {policy.key: policy for policy in read_policies(table)}


def limits_in_force() -> PolicyVersion | None:
    """What new deadlines follow; nothing before set-up."""
    return PolicyVersion.objects.filter(retired_at__isnull=True).order_by("-published_at").first()


def limit_versions() -> list[PolicyVersion]:
    """Every published version without its table, the newest first."""
    return list(
        PolicyVersion.objects.only("code", "version", "published_at", "published_by_id", "retired_at", "note").order_by(
            "-published_at", "-version"
        )
    )


def limit_version(id: UUID) -> tuple[PolicyVersion, PolicyVersion | None] | None:
    """A version and the one that was in force before it."""
    version = PolicyVersion.objects.filter(id=id).first()
    if version is None:
        return None
    before = PolicyVersion.objects.filter(published_at__lt=version.published_at).order_by("-published_at").first()
    return version, before


def limit_draft() -> PolicyDraft | None:
    """The draft under work, with the version it is based on."""
    return PolicyDraft.objects.select_related("based_on").first()


def last_recount(cause: str, about: str = "") -> Recount | None:
    """The newest recount of this cause, of one thing where `about` names it."""
    rows = Recount.objects.filter(cause=cause)
    return (rows.filter(about=about) if about else rows).order_by("-began_at").first()


def book_here(
    policies: Mapping[str, Policy], procedures: Mapping[str, Definition], name: Text, here: House
) -> Book:  # fmt: skip
    """Tables of this house as the comparison reads them, with the names that this house gives things."""
    ground = book_of(shipped_pack(GROUND))
    return replace(
        ground, key="here", name=name, policies=policies, procedures=procedures,
        names={**ground.names, **here.names, "weekday": WEEKDAYS},
        scenario_of={path: node.scenario_id for path, node in here.categories.items()},
    )  # fmt: skip


def recount(id: UUID) -> Recount | None:
    return Recount.objects.filter(id=id).first()
