"""What the limits of this house may name: its calendars, roles, teams, scenarios and categories beside the handbook's
kinds, events and scales."""

from dataclasses import replace

from yinuo.calendars.models import BusinessCalendar
from yinuo.catalog.models import Category, Scenario
from yinuo.domain.deadline.conditions import WEEKDAYS
from yinuo.domain.deadline.lint import Known
from yinuo.domain.packs_lint import known_to
from yinuo.packs import SHIPPED, shipped_pack
from yinuo.staff.models import Role, Team

GROUND = SHIPPED[0]
"""The pack whose events, channels and scales hold for all."""


def known_here() -> Known:
    """Four short queries; nothing is kept."""
    ground = known_to(shipped_pack(GROUND))
    scenarios = frozenset(Scenario.objects.values_list("code", flat=True))
    values = {
        **ground.values,
        "scenario": scenarios,
        "category": frozenset(category_paths()),
        "team": frozenset(Team.objects.values_list("code", flat=True)),
        "weekday": frozenset(WEEKDAYS),
    }
    return replace(
        ground,
        kinds=frozenset(kind for key in SHIPPED for kind in shipped_pack(key).policies),
        calendars=frozenset(BusinessCalendar.objects.values_list("code", flat=True)),
        roles=frozenset(Role.objects.values_list("code", flat=True)),
        scenarios=scenarios,
        values=values,
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
