"""A file of orders read in: one row for each milestone of an order, as the handbook's register has it (section 14.2).

Each order is taken whole or refused whole, with its row and a sentence; the others are taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import YinuoError
from yinuo.orders.errors import ColumnsMissing
from yinuo.orders.services import NewLine, NewMilestone, Told, note_read, take_order
from yinuo.orders.states import MilestoneKind, OrderState, PaymentState
from yinuo.orders.tables import Cell, read_table

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("订单编号", "订单号", "order number", "number"),
    "name": ("客户名称", "客户名称/姓名", "客户姓名", "customer"),
    "mail": ("客户邮箱", "邮箱", "email", "mail"),
    "phone": ("客户电话", "电话", "手机", "phone"),
    "amount": ("订单金额", "金额", "amount"),
    "currency": ("币种", "currency"),
    "model": ("产品型号", "型号", "model"),
    "quantity": ("数量", "quantity"),
    "price": ("单价", "price"),
    "payment": ("付款状态", "payment"),
    "state": ("订单状态", "state"),
    "address": ("收货地址", "送货地址", "address"),
    "placed_at": ("下单时间", "placed"),
    "milestone": ("关键节点", "节点", "milestone"),
    "planned_at": ("预计完成时间", "计划时间", "planned"),
    "actual_at": ("实际完成时间", "完成时间", "actual"),
    "owner": ("责任人", "responsible"),
}
"""Field → the heads under which it may stand; what else stands in the file is left aside."""
STATES = {
    "待生产": OrderState.TO_MAKE, "生产中": OrderState.MAKING, "已发货": OrderState.SHIPPED,
    "待签收": OrderState.TO_SIGN, "已签收": OrderState.SIGNED, "已完成": OrderState.COMPLETED,
    "已取消": OrderState.CANCELLED, **{state.value: state for state in OrderState if state != OrderState.EXCEPTION},
}  # fmt: skip
PAYMENTS = {
    "已付清": PaymentState.PAID, "部分付款": PaymentState.PART_PAID, "未付款": PaymentState.UNPAID,
    "已退款": PaymentState.REFUNDED, **{state.value: state for state in PaymentState},
}  # fmt: skip
MILESTONES = {
    "生产": MilestoneKind.PRODUCTION, "发货": MilestoneKind.SHIPPING, "安装": MilestoneKind.INSTALLATION,
    "签收提醒": MilestoneKind.SIGNING, **{kind.value: kind for kind in MilestoneKind if kind != MilestoneKind.OTHER},
}  # fmt: skip
EXCEL_BEGAN = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock; the zone is the company's
FORMS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d",
    "%Y年%m月%d日",
)  # fmt: skip
SOURCE = "file"
EXACT = 10**15
"""Spreadsheets keep fifteen digits of a number and make the others zeros: two long order numbers would become one."""


@dataclass(frozen=True)
class Refused:
    """`row` counts from 1 with the head, as spreadsheets do."""

    row: int
    number: str
    reason: str


@dataclass
class Report:
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


class RowFault(Exception):
    """A cell that cannot be understood; its sentence is for the report."""


Row = dict[str, Cell]


def read_orders(content: bytes, *, by: Actor, now: datetime) -> Report:
    """Takes the orders of a file, each in a transaction of its own. Raises `FileTooLarge`, `FileUnreadable`,
    `ColumnsMissing`."""
    report = Report()
    for place, rows in _by_order(read_table(content)):
        number = _text(rows[0], "number")
        try:
            told = _told(rows)
            taken = take_order(told=told, source=SOURCE, by=by, now=now)
        except RowFault as fault:
            report.refused.append(Refused(place, number[:60], str(fault)))
        except YinuoError as error:
            report.refused.append(Refused(place, number[:60], str(error)))
        else:
            report.made += taken.made
            report.changed += taken.changed and not taken.made
            report.unchanged += not taken.changed
    note_read(
        made=report.made,
        changed=report.changed,
        unchanged=report.unchanged,
        refused=len(report.refused),
        by=by,
        now=now,
    )
    return report


def _by_order(table: Sequence[Sequence[Cell]]) -> list[tuple[int, list[Row]]]:
    """The rows of each order with the place of its first, in the order of the file."""
    heads = [str(cell).strip().lower() for cell in table[0]] if table else []
    places = {
        name: next((heads.index(head) for head in known if head in heads), None) for name, known in COLUMNS.items()
    }
    if places["number"] is None:
        raise ColumnsMissing(head=COLUMNS["number"][0])
    found: dict[str, tuple[int, list[Row]]] = {}
    for at, cells in enumerate(table[1:], 2):
        if not cells:
            continue
        row: Row = {name: cells[place] for name, place in places.items() if place is not None and place < len(cells)}
        number = "" if _is_shortened(row) else _text(row, "number")
        found.setdefault(number.upper() or f"row {at}", (at, []))[1].append(row)
    return list(found.values())


def _told(rows: list[Row]) -> Told:
    """Raises `RowFault`."""
    first = rows[0]
    if _is_shortened(first):
        raise RowFault(
            _("The spreadsheet has shortened the order number to 15 digits. Make the column text and fill it in again.")
        )
    return Told(
        number=_text(first, "number"),
        identity=_identity(first),
        name=_text(first, "name")[:120],
        placed_at=_instant(first, "placed_at"),
        amount=_number(first, "amount"),
        currency=_text(first, "currency").upper()[:3] or None,
        payment_state=_known(first, "payment", PAYMENTS),
        state=_known(first, "state", STATES),
        address=_text(first, "address")[:400] or None,
        owner=_text(first, "owner") or None,
        lines=_lines(rows),
        milestones=[one for one in map(_milestone, rows) if one],
    )


def _identity(row: Row) -> tuple[str, str] | None:
    for kind, name in (("email", "mail"), ("phone", "phone")):
        if value := _text(row, name):
            return kind, value
    return None


def _lines(rows: list[Row]) -> list[NewLine]:
    """Each model once: further rows of the same model are further milestones."""
    found: dict[str, NewLine] = {}
    for row in rows:
        model = _text(row, "model")[:200]
        if model and model not in found:
            quantity = _number(row, "quantity")
            found[model] = NewLine(model, Decimal(1) if quantity is None else quantity, _number(row, "price"))
    return list(found.values())


def _milestone(row: Row) -> NewMilestone | None:
    name = _text(row, "milestone")
    if not name:
        return None
    planned_at, actual_at = _instant(row, "planned_at"), _instant(row, "actual_at")
    if planned_at is None and actual_at is None:
        raise RowFault(_("The milestone “%(name)s” has no date.") % {"name": name[:40]})
    kind = MILESTONES.get(name)
    return NewMilestone(
        kind or MilestoneKind.OTHER, planned_at or actual_at or EXCEL_BEGAN, actual_at, "" if kind else name[:60]
    )


def _is_shortened(row: Row) -> bool:
    number = row.get("number", "")
    return isinstance(number, float) and not abs(number) < EXACT  # what is no number at all, too


def _text(row: Row, name: str) -> str:
    value = row.get(name, "")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value.strip()


def _number(row: Row, name: str) -> Decimal | None:
    text = _text(row, name).replace(",", "").lstrip("¥￥")
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise RowFault(_("“%(text)s” is no number (%(column)s).") % _said(text, name)) from None


def _known(row: Row, name: str, words: Mapping[str, Any]) -> str | None:
    text = _text(row, name)
    if not text:
        return None
    if text not in words:
        raise RowFault(_("“%(text)s” is not known here (%(column)s).") % _said(text, name))
    return str(words[text].value)


def _instant(row: Row, name: str) -> datetime | None:
    """A time of the company's zone, as text or as Excel counts days."""
    value = row.get(name, "")
    if value == "":
        return None
    zone = ZoneInfo(settings.TIME_ZONE)
    try:
        if isinstance(value, float):
            return (EXCEL_BEGAN + timedelta(seconds=round(value * 86_400))).replace(tzinfo=zone)
        found = next(filter(None, (_as(value, form) for form in FORMS)), None) or datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise RowFault(_("“%(text)s” is no date (%(column)s).") % _said(str(value), name)) from None


def _as(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the company's, put in by whoever calls
    except ValueError:
        return None


def _said(text: str, name: str) -> dict[str, str]:
    return {"text": text[:40], "column": COLUMNS[name][0]}


SAMPLE_HEADS = tuple(names[0] for names in COLUMNS.values())


def sample(now: datetime) -> tuple[str, ...]:
    """A row as it should be, for the file that people take as a pattern: ordered yesterday, shipped in a week."""
    ordered, shipping = (
        f"{(now + timedelta(days=days)).astimezone(ZoneInfo(settings.TIME_ZONE)):%Y-%m-%d} 10:00" for days in (-1, 7)
    )
    return (
        "SC-10086", "华夏酒店", "buyer@example.com", "", "12980.00", "CNY", "BX-60L", "10", "1298.00", "已付清",
        "待生产", "深圳市南山区科技园路 1 号", ordered, "发货", shipping, "", "",
    )  # fmt: skip
