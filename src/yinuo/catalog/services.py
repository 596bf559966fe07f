"""Editing scenarios, the category tree and products."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from yinuo.catalog.events import CatalogChanged
from yinuo.catalog.models import Category, Product, Scenario
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import ErrorKind, YinuoError
from yinuo.foundation.events import record
from yinuo.foundation.ids import new_id
from yinuo.foundation.work import service
from yinuo.staff.errors import CodeTaken


class CategoryLoop(YinuoError):
    kind = ErrorKind.CONFLICT
    code = "category_loop"
    text = _("A category cannot stand below itself.")


@service
def save_category(*, id: UUID | None, by: Actor, now: datetime, **fields: Any) -> Category:
    """Raises `CodeTaken`, `CategoryLoop`."""
    if Category.objects.filter(code=fields.get("code", "")).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    category = Category.objects.get(id=id) if id else Category(id=new_id())
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
def save_product(*, id: UUID | None, by: Actor, now: datetime, **fields: Any) -> Product:
    """Raises `CodeTaken`."""
    if Product.objects.filter(code=fields.get("code", "")).exclude(id=id).exists():
        raise CodeTaken(value=fields["code"])
    product = Product.objects.get(id=id) if id else Product(id=new_id())
    for field, value in fields.items():
        setattr(product, field, value)
    product.save()
    _recorded("product", product.code, product.id, fields, by, now)
    return product


@service
def save_scenario(*, code: str, by: Actor, now: datetime, **fields: Any) -> Scenario:
    scenario, _made = Scenario.objects.update_or_create(code=code, defaults=fields)
    _recorded("scenario", code, UUID(int=0), fields, by, now)
    return scenario


def _recorded(what: str, code: str, id: UUID, fields: dict[str, Any], by: Actor, now: datetime) -> None:
    record(CatalogChanged(what, code, tuple(sorted(fields)), id), by=by, at=now, subject=(what, id))
