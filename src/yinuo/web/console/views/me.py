"""One's own settings, presence and theme."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm
from yinuo.staff.login import THEME_COOKIE
from yinuo.staff.models import Presence
from yinuo.staff.services import change_own_settings, set_presence
from yinuo.staff.sessions import has_second_factor
from yinuo.web.console.views.base import carry_out, done, login_required, next_page, page, viewer

THEMES = {
    "auto": gettext_lazy("Like the system"),
    "light": gettext_lazy("Light"),
    "dark": gettext_lazy("Dark"),
}


class OwnForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name shown"), max_length=60)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    theme = forms.ChoiceField(label=gettext_lazy("Appearance"), choices=THEMES.items(), widget=forms.RadioSelect)
    signature = forms.CharField(
        label=gettext_lazy("Signature"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Stands below your replies by mail, after the text and before the company's signature."),
    )
    mail_notices = forms.BooleanField(
        label=gettext_lazy("Send me notices by mail"),
        required=False,
        help_text=gettext_lazy("What the bell shows, to your own address, unless you are online."),
    )


@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    account = viewer(request).account
    initial = {name: getattr(account, name) for name in OwnForm.base_fields}
    form = OwnForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form, lambda values: change_own_settings(account=account, **values, by=viewer(request).actor, now=now())
        )
        if not failed:
            with translation.override(form.cleaned_data["language"]):
                response = done(request, _("Saved."), "me")
            response.set_cookie(THEME_COOKIE, form.cleaned_data["theme"], max_age=31_536_000, samesite="Lax")
            return response
    return page(
        request,
        "console/me.html",
        {"form": form, "account": account, "second_factor": has_second_factor(account)},
        here="me",
        status=failed or 200,
    )


@login_required
@require_POST
def presence(request: HttpRequest) -> HttpResponse:
    """Online, busy, away or offline: what routing goes by."""
    chosen = request.POST.get("presence", "")
    if chosen not in Presence.values:
        raise InvalidForm
    set_presence(account=request.user, presence=Presence(chosen), by=viewer(request).actor, now=now())
    return HttpResponseRedirect(next_page(request))


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The theme chosen in the menu, so that it is there on the next computer too."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise InvalidForm
    change_own_settings(account=request.user, theme=chosen, by=viewer(request).actor, now=now())
    return HttpResponse(status=204)
