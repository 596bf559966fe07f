"""The page of one order: lines, payment, milestones with their promises, contract, exceptions, tickets, history."""

import hashlib
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yinuo.domain.redaction import mask_address, mask_text
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.foundation.files import read_file
from yinuo.orders.events import CONTRACT_FILE
from yinuo.orders.models import Contract, Milestone, Order, OrderException
from yinuo.orders.permissions import SEERS, access_order, may_work_on
from yinuo.orders.queries import Parts, history_of, parts_of, subjects_of
from yinuo.orders.services import take_document
from yinuo.orders.states import (
    EDITABLE,
    ContractState,
    ExceptionKind,
    ExceptionOption,
    OrderState,
    PaymentState,
)
from yinuo.quality.models import ImprovementState
from yinuo.quality.queries import improvement_of_order
from yinuo.sla.accounts import account_about
from yinuo.sla.models import Deadline, DeadlineState
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.lists import about_order, of_customer
from yinuo.web.addresses import reverse
from yinuo.web.console.chips import Chip, chip, explained
from yinuo.web.console.labels import STATUS, PromiseNames
from yinuo.web.console.order_words import (
    PAYMENT_TONE,
    STATE_TONE,
    every,
    milestone_name,
    money,
    quantity,
)
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import page, requires, to_keep, viewer
from yinuo.web.console.views.improvements import STATE
from yinuo.web.console.views.orders.documents import papers
from yinuo.web.console.words import Words

Shown = dict[str, Any]


@requires(*SEERS)
def order(request: HttpRequest, number: str) -> HttpResponse:
    return order_page(request, access_order(viewer(request), number))


def order_page(request: HttpRequest, row: Order, *, address: str = "") -> HttpResponse:
    """`address`: in full, for who has just given the reason."""
    who, parts = viewer(request), parts_of(row)
    sheet, tickets = _Sheet(row, parts, who), _tickets(row, who)
    context = {
        "row": row,
        "may_work": sheet.may_work,
        "is_open": row.is_open,
        "state": OrderState(row.state).label,
        "tone": STATE_TONE[row.state],
        "payment": PaymentState(row.payment_state).label,
        "payment_tone": PAYMENT_TONE[row.payment_state],
        "amount": money(row.amount, row.currency),
        "address": address or (row.address if sheet.may_work else mask_address(row.address)),
        "may_show": bool(row.address) and not (address or sheet.may_work) and may_show_address(who, row),
        "note": row.note if sheet.may_work else mask_text(row.note),
        "times": {
            name: iso(getattr(row, f"{name}_at")) for name in ("placed", "confirmed", "told", "signed", "next_report")
        },
        "reports": every(row.report_every),
        "report_late": bool(row.next_report_at and row.next_report_at < sheet.now),
        "lines": sheet.lines(),
        "milestones": [sheet.milestone(one) for one in parts.milestones],
        "exceptions": [sheet.exception(one) for one in parts.exceptions],
        "promises": sheet.chips(row.id),
        "contract": sheet.contract(),
        "improvement": _improvement(row),
        "feedback": row.feedback if sheet.may_work else mask_text(row.feedback),
        "tickets": tickets,
        "documents": papers(row, parts, may_take=sheet.may_work),
        "timeline": _timeline(row, parts),
        "topic": f"order:{row.id}",
    }
    return page(request, "console/orders/order.html", context, here="orders", topics=[f"order:{row.id}"])


class _Sheet:
    """Parts of one order as the template wants them."""

    def __init__(self, row: Order, parts: Parts, who: Viewer) -> None:
        self.row, self.parts, self.who = row, parts, who
        self.may_work = may_work_on(who, row)
        self.now = now()
        self.names = PromiseNames()
        self.promises: dict[UUID, list[Deadline]] = {}
        for promise in parts.promises:
            self.promises.setdefault(promise.subject_id, []).append(promise)

    def chips(self, subject_id: UUID) -> list[Chip]:
        """Open ones, and those broken; what was kept in time is no news."""
        return [
            chip(one, self.names, self.row.number, explained_by="order_promise")
            for one in self.promises.get(subject_id, [])
            if one.state in (DeadlineState.RUNNING, DeadlineState.PAUSED)
            or (one.state == DeadlineState.MET and one.breached_at)
        ]

    def lines(self) -> list[Shown]:
        return [
            {
                "model": line.model_text,
                "product": line.product.name if line.product else "",
                "quantity": quantity(line.quantity),
                "price": money(line.price, self.row.currency),
                "sum": money(None if line.price is None else line.price * line.quantity, self.row.currency),
            }
            for line in self.parts.lines
        ]

    def milestone(self, one: Milestone) -> Shown:
        late = bool(one.actual_at and one.actual_at > one.first_planned_at)
        overdue = one.actual_at is None and one.planned_at < self.now
        untold = any(
            promise.kind == "delay_notice" and promise.state == DeadlineState.RUNNING
            for promise in self.promises.get(one.id, [])
        )
        return {
            "id": one.id,
            "name": milestone_name(one.kind, one.label),
            "state": "done" if one.actual_at else "late" if overdue else "next",
            "tone": ("warn" if late else "good") if one.actual_at else "bad" if overdue else "",
            "planned_iso": iso(one.planned_at),
            "first_iso": iso(one.first_planned_at) if one.first_planned_at != one.planned_at else "",
            "moved": one.moved,
            "reason": mask_text(one.moved_reason),
            "actual_iso": iso(one.actual_at),
            "announced_iso": iso(one.announced_at),
            "delay_iso": iso(one.delay_told_at),
            "is_open": one.actual_at is None and self.row.is_open,
            "late": late,
            "overdue": overdue,
            "delay_untold": untold,
            "chips": self.chips(one.id),
        }

    def exception(self, one: OrderException) -> Shown:
        stage = "told" if one.told_at else "planned" if one.planned_at else "started" if one.started_at else "found"
        show = (lambda text: text) if self.may_work else mask_text
        return {
            "id": one.id,
            "kind": ExceptionKind(one.kind).label,
            "stage": stage,
            "is_open": one.told_at is None and self.row.is_open,
            "note": show(one.note),
            "option": ExceptionOption(one.option).label if one.option else "",
            "plan": show(one.plan),
            "result": show(one.result),
            "found_iso": iso(one.found_at),
            "told_iso": iso(one.told_at),
            "chips": self.chips(one.id),
        }

    def contract(self) -> Shown | None:
        one: Contract | None = getattr(self.row, "contract", None)
        if one is None:
            return None
        judged = {"lawful": one.lawful, "compliant": one.compliant, "fair": one.fair}
        may_review = (
            one.state == ContractState.IN_REVIEW
            and self.who.has(Right.REVIEW_CONTRACTS)
            and one.written_by_id != self.who.id
        )
        return {
            "number": one.number,
            "state": ContractState(one.state).label,
            "tone": {"approved": "done", "signed": "done", "returned": "bad", "in_review": "waiting"}.get(
                one.state, "active"
            ),
            "our_duties": mask_text(one.our_duties),
            "their_duties": mask_text(one.their_duties),
            "filename": one.filename if one.file_id else "",
            "written_by": one.written_by.name if one.written_by else "",
            "judged": judged if one.reviewed_at else None,
            "reviewed_by": one.reviewed_by.name if one.reviewed_by else "",
            "reviewed_iso": iso(one.reviewed_at),
            "review_note": mask_text(one.review_note),
            "signed_iso": iso(one.signed_at),
            "may_edit": self.may_work and self.row.is_open and one.state in EDITABLE,
            "may_submit": self.may_work and self.row.is_open and one.state in EDITABLE,
            "may_review": may_review,
            "may_sign": self.may_work and one.state == ContractState.APPROVED,
        }


def about(who: Viewer, row: Order, thing: Milestone | OrderException | None) -> Shown | None:
    """What an act is about, with what is promised of it: the milestone or the exception."""
    if thing is None:
        return None
    sheet = _Sheet(row, parts_of(row), who)
    if isinstance(thing, Milestone):
        shown = sheet.milestone(thing)
        return {"name": shown["name"], "planned_iso": shown["planned_iso"], "chips": shown["chips"]}
    shown = sheet.exception(thing)
    return {"name": shown["kind"], "found_iso": shown["found_iso"], "note": shown["note"], "chips": shown["chips"]}


def may_show_address(who: Viewer, row: Order) -> bool:
    """In full it is shown to who has to do with the customer, as their contacts are (R-SE-1)."""
    return who.has(Right.SEE_PERSONAL) and (
        who.has(Right.SEE_ALL_TICKETS)
        or row.customer.dedicated_agent_id == who.id
        or bool(of_customer(row.customer_id, viewer=who, limit=1))
    )


def _tickets(row: Order, who: Viewer) -> list[Shown]:
    """Those of its tickets that the viewer may see."""
    return [
        {
            "number": one.number,
            "subject": mask_text(one.subject),
            "status": STATUS[one.status],
            "url": reverse("ticket", args=[one.number]),
        }
        for one in about_order(row.id, viewer=who)
    ]


def _improvement(row: Order) -> Shown | None:
    """What a low score came to."""
    found = improvement_of_order(row.id) if row.answered_at else None
    return {"id": found.id, "state": STATE[ImprovementState(found.state)]} if found else None


def _timeline(row: Order, parts: Parts) -> list[Shown]:
    """What is promised of a milestone names it: two of them fall due in much the same words."""
    history = history_of(row.id, [promise.id for promise in parts.promises])
    names = {one.id: milestone_name(one.kind, one.label) for one in parts.milestones}
    about = {promise.id: names.get(promise.subject_id, "") for promise in parts.promises}
    words = Words(history)
    return [
        {
            "at_iso": iso(one.at),
            "by": words.by(one),
            "about": about.get(one.subject_id, ""),
            "text": told.text,
            "tone": told.tone,
            "detail": told.detail,
        }
        for one, told in ((one, words(one)) for one in history)
        if told
    ]


@requires(*SEERS)
def promise(request: HttpRequest, number: str, id: UUID) -> HttpResponse:
    """How a deadline came about, for the small window of its chip."""
    row = access_order(viewer(request), number)
    account = account_about(subjects_of(row.id), id)
    if account is None:
        raise Missing
    return render(request, "console/tickets/promise.html", {"told": explained(account, PromiseNames())})


@require_safe
@requires(*SEERS)
def contract_file(request: HttpRequest, number: str) -> HttpResponse:
    """The signed paper, to keep; that it was taken is recorded first. Raises `Missing` where there is none."""
    row = access_order(viewer(request), number)
    contract: Contract | None = getattr(row, "contract", None)
    if (
        contract is None
        or contract.file_id is None
        or not (may_work_on(viewer(request), row) or viewer(request).has(Right.REVIEW_CONTRACTS))
    ):
        raise Missing
    content = read_file(contract.file_id)
    digest = hashlib.sha256(content).hexdigest()
    take_document(order=row, document=CONTRACT_FILE, digest=digest, by=viewer(request).actor, now=now())
    response = HttpResponse(content, content_type="application/octet-stream")
    return to_keep(response, contract.filename)
