"""Reads about what a matter can be about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from yinuo.catalog.models import Category, Product, ProductNews, Scenario
from yinuo.foundation.in_force import once
from yinuo.foundation.select import select

LISTED = 300


@dataclass(frozen=True)
class Node:
    """A category at its depth in the tree; `is_first` and `is_last` among those of the same parent."""

    category: Category
    depth: int
    is_first: bool
    is_last: bool


def category_tree() -> list[Node]:
    """Every category below its parent, in order."""
    below: dict[UUID | None, list[Category]] = {}
    for row in Category.objects.select_related("scenario", "team").order_by("position", "code"):
        below.setdefault(row.parent_id, []).append(row)

    def walk(parent: UUID | None, depth: int) -> Iterator[Node]:
        row = below.get(parent, [])
        for at, category in enumerate(row):
            yield Node(category, depth, at == 0, at == len(row) - 1)
            yield from walk(category.id, depth + 1)

    return list(walk(None, 0))


def categories_in_force() -> dict[str, Category]:
    """Code → active category with its scenario, queue and what stands above it; shared, never to be changed."""
    return once("categories", _categories)


def _categories() -> dict[str, Category]:
    rows = {row.id: row for row in Category.objects.select_related("scenario", "team")}
    for row in rows.values():
        if row.parent_id:
            row.parent = rows[row.parent_id]
    return {row.code: row for row in rows.values() if row.active}


def scenarios_in_force() -> dict[str, Scenario]:
    """Code → scenario; shared, never to be changed."""
    return once("scenarios", lambda: {row.code: row for row in Scenario.objects.all()})


def category(id: UUID) -> Category | None:
    return Category.objects.filter(id=id).select_related("scenario", "parent").first()


def scenarios() -> list[Scenario]:
    return list(Scenario.objects.annotate(used_by=Count("categories")).order_by("position", "code"))


def scenario(code: str) -> Scenario | None:
    return Scenario.objects.filter(code=code).first()


def products(text: str = "") -> list[Product]:
    """Products whose name, code, model or brand holds `text`; active ones first, at most 300."""
    rows = Product.objects.all()
    if text.strip():
        wanted = text.strip()
        holds = [Q(**{f"{field}__icontains": wanted}) for field in ("name", "code", "model", "brand")]
        rows = rows.filter(holds[0] | holds[1] | holds[2] | holds[3])
    return list(rows.order_by("-active", "name")[:LISTED])


def product(id: UUID) -> Product | None:
    return Product.objects.filter(id=id).first()


def category_names(codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Code → name and English name."""
    rows = select("SELECT code, name, name_en FROM catalog_category WHERE code = ANY(%s)", list(codes))
    return {code: (name, name_en) for code, name, name_en in rows}


def categories_to_choose() -> list[tuple[Category, int]]:
    """Active categories with their depth, each below its parent."""
    return [(node.category, node.depth) for node in category_tree() if node.category.active]


def categories_in_use() -> list[Category]:
    """Active ones with their parents, by position."""
    return list(Category.objects.filter(active=True).select_related("parent").order_by("position", "code"))


def news_after(since: datetime) -> list[ProductNews]:
    """Issues that may go out, published after `since`, the newest first."""
    rows = ProductNews.objects.filter(published_at__gt=since, withdrawn_at__isnull=True)
    return list(rows.order_by("-published_at", "-id")[:LISTED])


def newest_news(limit: int = 50) -> list[ProductNews]:
    """The newest issues with their products, withdrawn ones too."""
    return list(ProductNews.objects.select_related("product").order_by("-published_at", "-id")[:limit])
