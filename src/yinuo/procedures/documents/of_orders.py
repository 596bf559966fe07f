"""The documents of an order of the house, laid out from what it holds when they are asked for (R-DO-1, R-OR-1 …).

A ticket about it makes none of them: its steps of that kind give way to the order (ADR 0021). None is kept: the order
holds what is printed, the sheet says from when it is and of which version, and the order's history says who took it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from yinuo.domain.documents import Book, Form, Line, Printer, Section, Sheet, lay_out, shown
from yinuo.domain.procedure.model import Field
from yinuo.domain.reading import Text
from yinuo.domain.redaction import mask_address
from yinuo.foundation.models import HistoryRow
from yinuo.orders.models import Contract, Milestone, Order, OrderException, OrderLine
from yinuo.orders.queries import TOLD
from yinuo.orders.states import ExceptionKind, ExceptionOption, MilestoneKind, OrderState, Way
from yinuo.procedures.documents.contents import first_contact
from yinuo.procedures.registers.orders import amount_text
from yinuo.staff.queries import company, names_of

Values = dict[str, Any]

CONFIRMATION, CONTRACT = "order_confirmation", "contract_record"
STATES, NOTICES, EXCEPTIONS = "order_state_log", "milestone_notice_log", "exception_form"
CHECKS = ("customer", "model", "quantity", "payment", "address")
"""What is checked before an order is confirmed: all of them, or it is not (R-OR-1)."""
LOGS = {
    "progress": Field("progress", Text("状态变更", "Changes of state"), type="log"),
    "notice_channel": Field("notice_channel", Text("通知记录", "Notices"), type="log"),
}
"""On a ticket's form each is one value; of an order every notice and every state is there to be told."""
NOTICE = {
    "orders.MilestoneAnnounced": Text("节点预告", "Announced"),
    "orders.DelayTold": Text("告知延期", "Delay told"),
}
MADE, TURNED = "orders.OrderMade", "orders.OrderStateChanged"


@dataclass(frozen=True)
class Kept:
    """What the order holds beside itself, read for one sheet."""

    lines: Sequence[OrderLine] = ()
    milestones: Sequence[Milestone] = ()
    exceptions: Sequence[OrderException] = ()
    history: Sequence[HistoryRow] = ()


def order_forms(book: Book, *, milestones: bool, exceptions: bool, contract: bool) -> list[Form]:
    """Those that there is something to put on, as the handbook in force has them."""
    there = {CONFIRMATION: True, CONTRACT: contract, STATES: True, NOTICES: milestones, EXCEPTIONS: exceptions}
    return [book.forms[key] for key, wanted in there.items() if wanted and key in book.forms]


def order_sheet(order: Order, key: str, book: Book, *, whole: bool, now: datetime) -> Sheet | None:
    """None where the order has nothing of the kind. The order comes with customer, team, owner and contract; `whole`:
    with contact and address where the form has them whole, else masked there too. At most five queries."""
    kept = _kept(order, key)
    there = order_forms(
        book, milestones=bool(kept.milestones), exceptions=bool(kept.exceptions), contract=_contract(order) is not None
    )
    form = next((one for one in there if one.key == key), None)
    if form is None:
        return None
    language = "en" if order.customer.language.startswith("en") else "zh"
    words = _Words(order, kept, book, language)
    items = {NOTICES: words.milestones, STATES: words.milestones, EXCEPTIONS: words.exceptions}.get(key, list)()
    printer = Printer(language, ZoneInfo(settings.TIME_ZONE), _names(kept.history))
    chinese = language == "zh"
    facts = (
        ("编号" if chinese else "Number", order.number),
        ("截至" if chinese else "As of", printer.instant(now)),
        ("订单版本" if chinese else "Version of the order", str(order.version)),
    )
    sheet = _laid(form, book, words.order(), items, printer, facts)
    return sheet if whole else _hidden(sheet)


def printed_order(sheet: Sheet, order: Order, now: datetime) -> dict[str, Any]:
    """What stands on the file: contact data hidden as on a ticket's, from when it is at its foot."""
    chinese = sheet.language.startswith("zh")
    firm = company()
    version = f"订单第 {order.version} 版" if chinese else f"version {order.version} of the order"
    at = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    return {
        **shown(sheet, unmasked=False).to_json(),
        "company": firm.name if firm else "",
        "foot": f"{order.number} · {version} · {at:%Y-%m-%d %H:%M}",
    }


def _contract(order: Order) -> Contract | None:
    return getattr(order, "contract", None)


def _kept(order: Order, key: str) -> Kept:
    kinds = {NOTICES: tuple(NOTICE), STATES: (MADE, TURNED)}.get(key)
    milestones = Milestone.objects.filter(order=order, dropped_at__isnull=True).order_by("planned_at", "id")
    exceptions = OrderException.objects.filter(order=order).order_by("found_at", "id")
    history = HistoryRow.objects.filter(subject_id=order.id, kind__in=kinds or ()).order_by("-at", "-id")
    return Kept(
        list(OrderLine.objects.filter(order=order).order_by("position")),
        list(milestones) if key in (CONFIRMATION, STATES, NOTICES) else (),
        list(exceptions) if key == EXCEPTIONS else (),
        list(history[:TOLD])[::-1] if kinds else (),
    )


def _names(history: Iterable[HistoryRow]) -> Mapping[str, str]:
    accounts = {row.actor_id for row in history if row.actor_kind == "account" and row.actor_id}
    return {str(id): name for id, name in names_of(accounts).items()} if accounts else {}


class _Words:
    """What an order holds under the names of the forms' fields."""

    def __init__(self, order: Order, kept: Kept, book: Book, language: str) -> None:
        self.row, self.kept, self.book, self.language = order, kept, book, language

    def order(self) -> Values:
        row = self.row
        between = "、" if self.language == "zh" else ", "
        lines = [(line.model_text, f"{line.quantity.normalize():f}") for line in self.kept.lines]
        signing = next((one for one in self.kept.milestones if one.kind == MilestoneKind.SIGNING), None)
        return {
            "order_number": row.number,
            "number": row.number,
            "customer_name": row.customer.name,
            "contact": first_contact(row.customer_id),
            "delivery_address": str(row.address or ""),
            "product_model": between.join(model for model, _quantity in lines),
            "quantity": lines[0][1] if len(lines) == 1 else between.join(" × ".join(line) for line in lines),
            "amount": amount_text(row),
            "payment_state": row.payment_state,
            "order_state": row.state,
            "first_planned_at": _at(signing.planned_at) if signing else None,
            "order_checks": list(CHECKS) if row.confirmed_at else None,
            "customer_confirmed_at": _at(row.confirmed_at),
            "owner": row.owner.name if row.owner else row.team.name,
            "progress": [
                self._entry(one, self._state(one.values["state"]))
                for one in self.kept.history
                if one.kind in (MADE, TURNED)
            ],
            **self._of_contract(),
        }

    def _of_contract(self) -> Values:
        one = _contract(self.row)
        if one is None:
            return {}
        ours, theirs = ("我方：", "客户方：") if self.language == "zh" else ("We: ", "The customer: ")
        terms = [f"{whose}{text}" for whose, text in ((ours, one.our_duties), (theirs, one.their_duties)) if text]
        return {
            "contract_number": one.number,
            "contract_terms": "\n".join(terms),
            "contract_lawful": one.lawful,
            "contract_compliant": one.compliant,
            "contract_fair": one.fair,
            "contract_review_note": str(one.review_note or ""),
            "contract_signature": {"at": _at(one.signed_at)} if one.signed_at else None,
        }

    def milestones(self) -> list[Values]:
        return [self._milestone(one) for one in self.kept.milestones]

    def _milestone(self, one: Milestone) -> Values:
        """A date that was moved stands as what was said first, why it moved and what it is now."""
        moved = one.moved > 0
        notices = [row for row in self.kept.history if row.values.get("milestone_id") == str(one.id)]
        return {
            "milestone": one.label or self._said("milestone", one.kind, MilestoneKind),
            "planned_at": _at(one.first_planned_at if moved else one.planned_at),
            "delay_reason": str(one.moved_reason or ""),
            "new_planned_at": _at(one.planned_at) if moved else None,
            "actual_at": _at(one.actual_at),
            "notice_channel": [self._notice(row) for row in notices],
            "notice_sent_at": _at(one.announced_at),
            "delay_told_at": _at(one.delay_told_at),
        }

    def _notice(self, row: HistoryRow) -> Values:
        way = row.values.get("way", "")
        told = [NOTICE[row.kind].say(self.language), self._label(way, Way) if way in Way.values else ""]
        return self._entry(row, " · ".join(filter(None, told)))

    def exceptions(self) -> list[Values]:
        return [
            {
                "exception_kind": self._said("exception_kind", one.kind, ExceptionKind),
                "exception_found_at": _at(one.found_at),
                "exception_note": str(one.note or ""),
                "exception_started_at": _at(one.started_at),
                "exception_option": self._said("exception_option", one.option, ExceptionOption) if one.option else None,
                "exception_plan": str(one.plan or ""),
                "exception_planned_at": _at(one.planned_at),
                "exception_result": str(one.result or ""),
                "result_told_at": _at(one.told_at),
            }
            for one in self.kept.exceptions
        ]

    @staticmethod
    def _entry(row: HistoryRow, text: str) -> Values:
        return {"at": _at(row.at), "by": str(row.actor_id or ""), "text": text}

    def _state(self, state: str) -> str:
        """In words: an entry of a log is printed as it stands."""
        field = self.book.fields.get("order_state")
        named = next((one.label for one in field.choices if one.value == state), None) if field else None
        return named.say(self.language) if named else self._label(state, OrderState)

    def _said(self, field: str, value: str, kind: Any) -> str:
        """The value as the book has words for it; else the room's own: a handbook may know fewer kinds."""
        known = field in self.book.fields and value in {one.value for one in self.book.fields[field].choices}
        return value if known else self._label(value, kind)

    def _label(self, value: str, kind: Any) -> str:
        with translation.override("zh-hans" if self.language == "zh" else "en"):
            return str(kind(value).label)


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _laid(
    form: Form, book: Book, values: Values, items: list[Values], printer: Printer, facts: tuple[tuple[str, str], ...]
) -> Sheet:
    """Sections that speak of a milestone or an exception stand once for each; what they say of the order, once."""
    of_items = items[0].keys() if items else ()
    laid = lay_out(replace(form, sections=()), book, LOGS, values, printer, facts)
    sections: list[tuple[str, tuple[Line, ...]]] = []
    for repeated, group in groupby(form.sections, lambda section: any(row.field in of_items for row in section.rows)):
        several = list(group)
        for number, item in enumerate(items if repeated else [{}], 1):
            wanted = several if number == 1 else [_only(section, of_items) for section in several]
            sheet = lay_out(replace(form, sections=tuple(wanted)), book, LOGS, {**values, **item}, printer)
            after = f" {number}" if repeated and len(items) > 1 else ""
            sections += [(f"{title}{after}", lines) for title, lines in sheet.sections]
    return replace(laid, sections=tuple(sections))


def _only(section: Section, names: Iterable[str]) -> Section:
    return replace(section, rows=tuple(row for row in section.rows if row.field in names))


def _hidden(sheet: Sheet) -> Sheet:
    """Masked also where the form prints it whole: everybody who works with customers may look at an order."""
    return replace(sheet, sections=tuple((title, tuple(map(_masked, lines))) for title, lines in sheet.sections))


def _masked(line: Line) -> Line:
    if line.field == "delivery_address":
        return replace(line, text=mask_address(line.text))
    return replace(line, mask=line.mask or "contact") if line.field == "contact" and line.text else line
