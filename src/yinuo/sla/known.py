"""What the limits of this house may name: its calendars, roles, teams, scenarios, categories and products beside the
handbook's kinds, events and scales."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import F, IntegerField, QuerySet, TextField, Value

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendars_in_force
from yinuo.catalog.models import Category, Product, Scenario
from yinuo.domain.deadline.conditions import WEEKDAYS
from yinuo.domain.deadline.lint import Known
from yinuo.domain.packs_lint import known_to
from yinuo.domain.reading import Text
from yinuo.packs import SHIPPED, shipped_pack
from yinuo.staff.models import Role, Team

GROUND = SHIPPED[0]
"""The pack whose events, channels and scales hold for all."""
NOTHING = Value("", output_field=TextField())


@dataclass(frozen=True)
class House:
    """How people here call what limits name: by field, then by value, in the order of lists. `categories` by place in
    the tree."""

    names: Mapping[str, Mapping[str, Text]]
    categories: Mapping[str, Category]


def house() -> House:
    """Two queries, whatever there is."""
    named: dict[str, dict[str, Text]] = {
        "scenario": {}, "team": {}, "calendar": {}, "role": {}, "product": {}
    }  # fmt: skip
    several = [
        _labels("scenario", Scenario, english=F("name_en"), position=F("position")),
        _labels("team", Team),
        _labels("calendar", BusinessCalendar),
        _labels("role", Role, english=F("name_en")),
        _labels("product", Product),
    ]
    for _position, name, code, english, field in several[0].union(*several[1:], all=True).order_by("at", "zh", "code"):
        named[field][code] = Text(name, english)
    categories = category_paths()
    named["category"] = {path: Text(node.name, node.name_en) for path, node in categories.items()}
    return House(named, categories)


def _labels(
    field: str, model: type, *, english: F | Value = NOTHING, position: F | Value | None = None
) -> QuerySet:  # fmt: skip
    at = position or Value(0, output_field=IntegerField())
    rows = model.objects.annotate(
        at=at, zh=F("name"), en=english, field=Value(field, output_field=TextField())
    )  # fmt: skip
    return rows.values_list("at", "zh", "code", "en", "field")


def known_here(here: House | None = None) -> Known:
    """What `here`, or what this house is now, lets the limits name."""
    here = here or house()
    ground = known_to(shipped_pack(GROUND))
    values = {
        **ground.values,
        **{field: frozenset(here.names[field]) for field in ("scenario", "category", "team", "product")},
        "weekday": frozenset(WEEKDAYS),
    }
    return replace(
        ground,
        kinds=frozenset(kind for key in SHIPPED for kind in shipped_pack(key).policies),
        calendars=frozenset(here.names["calendar"]),
        roles=frozenset(here.names["role"]),
        scenarios=frozenset(here.names["scenario"]),
        values=values,
        hours=calendars_in_force,
    )


def category_paths() -> dict[str, Category]:
    """Every category by its place in the tree, `after_sales_support/function_fault`; one query."""
    nodes = {node.id: node for node in Category.objects.order_by("position", "code")}
    found = {}
    for node in nodes.values():
        path, above = [node.code], node.parent_id
        while above in nodes and len(path) <= len(nodes):
            path.insert(0, nodes[above].code)
            above = nodes[above].parent_id
        found["/".join(path)] = node
    return found
