"""The documents of an order: on screen as on paper, and as files for who works on it (R-DO-1)."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yinuo.domain.documents import shown
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.orders.models import Order
from yinuo.orders.permissions import SEERS, access_order, may_work_on, require_order_work
from yinuo.orders.queries import Parts
from yinuo.orders.services import take_document
from yinuo.procedures.documents.book import book_in_force
from yinuo.procedures.documents.of_orders import order_forms, order_sheet, printed_order
from yinuo.procedures.documents.pdf import make_pdf
from yinuo.staff.queries import company
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import say
from yinuo.web.console.paper import on_paper
from yinuo.web.console.rows import iso
from yinuo.web.console.views.base import page, requires, to_keep, viewer


def papers(row: Order, parts: Parts, *, may_take: bool) -> list[dict[str, Any]]:
    """Those that the order has something for, for its page."""
    has_contract = getattr(row, "contract", None) is not None
    forms = order_forms(
        book_in_force(), milestones=bool(parts.milestones), exceptions=bool(parts.exceptions), contract=has_contract
    )
    return [
        {
            "title": say(form.title),
            "url": reverse("order_document", args=[row.number, form.key]),
            "file_url": reverse("order_document_file", args=[row.number, form.key]) if may_take else "",
        }
        for form in forms
    ]


@requires(*SEERS)
def document(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """As it would be printed now; what the order's page masks for somebody is masked here too."""
    who, at = viewer(request), now()
    row = access_order(who, number)
    may_take = may_work_on(who, row)
    sheet = order_sheet(row, key, book_in_force(), whole=may_take, now=at)
    if sheet is None:
        raise Missing
    firm = company()
    context = {
        "row": row,
        "sheet": on_paper(shown(sheet, unmasked=False)),
        "company": firm.name if firm else "",
        "at_iso": iso(at),
        "file_url": reverse("order_document_file", args=[row.number, key]) if may_take else "",
    }
    return page(request, "console/orders/document.html", context, here="orders", topics=[f"order:{row.id}"])


@require_safe
@requires(*SEERS)
def document_file(request: HttpRequest, number: str, key: str) -> HttpResponse:
    """The PDF, for who works on the order; that it was taken is recorded first. Raises `FontMissing`."""
    who, at = viewer(request), now()
    row = access_order(who, number)
    require_order_work(who, row)
    sheet = order_sheet(row, key, book_in_force(), whole=True, now=at)
    if sheet is None:
        raise Missing
    pdf = make_pdf(printed_order(sheet, row, at), at=at)
    take_document(order=row, document=key, digest=hashlib.sha256(pdf).hexdigest(), by=who.actor, now=at)
    response = HttpResponse(pdf, content_type="application/pdf")
    name = f"{row.number}-{sheet.title}-{row.version}.pdf"
    return to_keep(response, name)
