"""The settings' first page, and the company."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Denied
from yinuo.staff.queries import company
from yinuo.staff.rights import Right
from yinuo.staff.services import change_company
from yinuo.web.console.settings_areas import Versioned, areas_of, found, settings_page
from yinuo.web.console.views.base import carry_out, done, login_required, requires, viewer


class CompanyForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Company name"), max_length=80)
    hotline = forms.CharField(
        label=gettext_lazy("Service hotline"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Stands in greetings and on the customers' pages. May stay empty."),
    )


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Leads to the first area that the viewer may open."""
    groups = areas_of(viewer(request))
    if not groups:
        raise Denied
    return HttpResponseRedirect(groups[0][1][0][2])


@requires(Right.EDIT_STAFF)
def company_page(request: HttpRequest) -> HttpResponse:
    firm = found(company())
    initial = {"name": firm.name, "hotline": firm.hotline, "version": firm.version}
    form = CompanyForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: change_company(**values, by=viewer(request).actor, now=now()),
            newest=lambda: found(company()).version,
        )
        if not failed:
            return done(request, _("Saved."), "settings_company")
    return settings_page(request, "company", {"form": form, "firm": firm}, area="company", status=failed or 200)
