"""Editing scenarios, the category tree and products."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yinuo.catalog.events import CatalogChanged, NewsPublished, NewsWithdrawn
from yinuo.catalog.models import Category, Product, ProductNews, Scenario
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, ErrorKind, Missing, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.live import touch
from yinuo.foundation.work import service
from yinuo.staff.errors import CodeTaken

Part = TypeVar("Part", Category, Product, Scenario)


class PrefixTaken(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "prefix_taken"
    text = _("The prefix “{value}” already begins the numbers of another scenario.")


class CategoryLoop(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "category_loop"
    text = _("A category cannot stand below itself.")


class NewsEmpty(YinuoError):
    code = "news_empty"
    text = _("Write what is new.")


@service
def save_category(*, id: UUID | None, by: Actor, now: datetime, version: int | None = None, **fields: Any) -> Category:
    """Raises `Missing`, `Changed` on a stale `version`, `CodeTaken`, `CategoryLoop`."""
    if Category.objects.filter(code=fields.get("code", "")).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    category = _locked(Category, version, id=id) if id else Category(id=new_id())
    for field, value in fields.items():
        setattr(category, field, value)
    above = category.parent
    while above is not None:
        if above.id == category.id:
            raise CategoryLoop
        above = above.parent
    category.save()
    _recorded("category", category.code, category.id, fields, by, now)
    return category


@service
def save_product(*, id: UUID | None, by: Actor, now: datetime, version: int | None = None, **fields: Any) -> Product:
    """Raises `Missing`, `Changed` on a stale `version`, `CodeTaken`."""
    if Product.objects.filter(code=fields.get("code", "")).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    product = _locked(Product, version, id=id) if id else Product(id=new_id())
    for field, value in fields.items():
        setattr(product, field, value)
    product.save()
    _recorded("product", product.code, product.id, fields, by, now)
    return product


@service
def save_scenario(*, code: str, by: Actor, now: datetime, version: int | None = None, **fields: Any) -> Scenario:
    """Makes or changes the scenario of that code. Raises `Changed` on a stale `version`, `PrefixTaken`."""
    if "prefix" in fields and Scenario.objects.filter(prefix=fields["prefix"]).exclude(code=code).exists():
        raise PrefixTaken(value=fields["prefix"])
    exists = Scenario.objects.filter(code=code).exists()
    scenario = _locked(Scenario, version, code=code) if exists else Scenario(code=code)
    for field, value in fields.items():
        setattr(scenario, field, value)
    scenario.save(force_insert=not exists)
    _recorded("scenario", code, UUID(int=0), fields, by, now)
    return scenario


@service
def move_category(*, id: UUID, up: bool, by: Actor, now: datetime) -> None:
    """Changes places with the neighbour above or below under the same parent; at the end of the row nothing happens.
    Raises `Missing`."""
    moved = _locked(Category, None, id=id)
    row = list(Category.objects.select_for_update().filter(parent=moved.parent_id).order_by("position", "code"))
    at = next(index for index, category in enumerate(row) if category.id == id)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(row):
        return
    row[at], row[to] = row[to], row[at]
    for position, category in enumerate(row):
        category.position = position
    Category.objects.bulk_update(row, ["position"])
    _recorded("category", moved.code, id, {"position": to}, by, now)


@service
def publish_news(*, product: Product | None, text: str, text_en: str, by: Actor, now: datetime) -> ProductNews:
    """From now on it goes out with the monthly news, to each customer in the pool once. Raises `NewsEmpty`."""
    if not text.strip():
        raise NewsEmpty(fields={"text": str(NewsEmpty.text)})
    news = ProductNews.objects.create(
        product=product, text=text.strip(), text_en=text_en.strip(), published_at=now, published_by_id=by.id
    )
    record(NewsPublished(news.id, product.id if product else None), by=by, at=now, subject=("news", news.id))
    touch("leads")
    return news


@service
def withdraw_news(*, id: UUID, by: Actor, now: datetime) -> None:
    """It goes out no more; who has it keeps it. Withdrawn twice is withdrawn once. Raises `Missing`."""
    news = ProductNews.objects.select_for_update().filter(id=id).first()
    if news is None:
        raise Missing
    if news.withdrawn_at:
        return
    news.withdrawn_at = now
    news.save(update_fields=["withdrawn_at"])
    record(NewsWithdrawn(news.id), by=by, at=now, subject=("news", news.id))
    touch("leads")


def _locked(model: type[Part], version: int | None, **key: Any) -> Part:
    row = model.objects.select_for_update().filter(**key).first()
    if row is None:
        raise Missing
    if version is not None and row.version != version:
        raise Changed
    row.version += 1
    return row


def _recorded(what: str, code: str, id: UUID, fields: dict[str, Any], by: Actor, now: datetime) -> None:
    record(CatalogChanged(what, code, tuple(sorted(fields)), id), by=by, at=now, subject=(what, id))
