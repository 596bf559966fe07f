"""Files of orders from a shop or ERP, read in with a report of what was refused (R-OR-3)."""

import csv
import io

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.orders.importing import SAMPLE_HEADS, Report, read_orders
from yinuo.orders.importing import sample as sample_row
from yinuo.staff.rights import Right
from yinuo.web.console.views.base import carry_out, page, requires, viewer


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or Excel workbook (.xlsx), at most 1,000 rows and 5 MB. One row for each milestone."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )


@requires(Right.WORK_ORDERS)
def import_orders(request: HttpRequest) -> HttpResponse:
    form = FileForm(request.POST or None, request.FILES or None)
    failed = 0
    report: Report | None = None
    if request.method == "POST":
        reports: list[Report] = []
        failed = carry_out(
            form,
            lambda values: reports.append(read_orders(values["file"].read(), by=viewer(request).actor, now=now())),
        )
        report = reports[0] if reports else None
    context = {"form": form, "report": report, "heads": SAMPLE_HEADS}
    return page(request, "console/orders/import.html", context, here="orders", status=failed or 200)


@requires(Right.WORK_ORDERS)
def sample(request: HttpRequest) -> HttpResponse:
    """A file with the heads and one row, as Excel opens it."""
    text = io.StringIO()
    csv.writer(text).writerows([SAMPLE_HEADS, sample_row(now())])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response
