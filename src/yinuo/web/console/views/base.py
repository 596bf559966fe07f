"""What the console's views share: who looks, the frame of a page, carrying out a posted form.

A view parses, asks permission, calls a service and renders:

    @requires(Right.EDIT_CATALOG)
    def product(request, id):
        row = catalog.product(id)
        form = ProductForm(request.POST or None, initial=row)
        failed = 0
        if request.method == "POST":
            failed = carry_out(form, lambda values: save_product(id=id, **values, by=viewer(request).actor, now=now()))
            if not failed:
                return done(request, _("Saved."), "settings_products")
        return page(request, "console/settings/product.html", {"form": form}, here="settings", status=failed or 200)
"""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from yinuo.foundation.errors import Changed, Denied, InvalidForm, YinuoError
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.frame import shell_of

View = Callable[..., HttpResponse]
Response = TypeVar("Response", bound=HttpResponseBase)


def viewer(request: HttpRequest) -> Viewer:
    """The account that looks, with its rights and teams read once a request."""
    known: Viewer | None = getattr(request, "_yinuo_viewer", None)
    if known is None or known.account.pk != request.user.pk:
        known = Viewer(request.user)
        request._yinuo_viewer = known
    return known


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def to_login(request: HttpRequest) -> HttpResponse:
    """The log-in page, back here afterwards. A part asked for by htmx gets 401 and a sentence instead: the page
    keeps what was typed and offers the way to the log-in itself."""
    if wants_fragment(request):
        return HttpResponse(
            _("Your log-in has ended. Log in again; what you typed is still here."),
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"X-Error-Code": "log_in"},
        )
    return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': _looked_at(request)})}")


def _looked_at(request: HttpRequest) -> str:
    """The page that somebody looks at; of a form that was sent the one it stood on: its own address shows nothing."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return urlsplit(came_from)._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return "/"


def login_required(view: View) -> View:
    """For logged-in accounts only."""

    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_login(request)

    return call


def requires(*rights: Right) -> Callable[[View], View]:
    """For logged-in accounts with at least one of the rights; others get `Denied`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(viewer(request).has(right) for right in rights):
                raise Denied
            return view(request, *args, **kwargs)

        return login_required(call)

    return decorate


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    here: str,
    topics: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """A console page in its frame. `here` is the key of the place in the rail, `topics` what the page listens to."""
    shell = shell_of(request, viewer(request), here=here, topics=topics)
    return render(request, template, {"shell": shell, **(context or {})}, status=status)


def carry_out(
    form: forms.Form,
    act: Callable[[dict[str, Any]], Any],
    *,
    at: Mapping[type[YinuoError], str] | None = None,
    newest: Callable[[], int] | None = None,
) -> int:
    """Checks `form` and calls `act` with its cleaned values; 0 when done, else the status to show the form with.

    A typed error becomes a sentence at the field that `at` names for its class, or above the form. On `Changed`
    what was typed stays and the form takes up the version that `newest` gives, so that saving again overwrites
    knowingly.
    """
    if not form.is_valid():
        return InvalidForm().status
    try:
        act(form.cleaned_data)
    except Changed as error:
        form.add_error(None, str(error))
        if newest and "version" in form.fields:
            form.data = form.data.copy()
            form.data["version"] = str(newest())
            form.add_error(
                None, _("Your entries are still here, but not saved. Saving again overwrites the other change.")
            )
        return error.status
    except Denied:
        raise
    except YinuoError as error:
        for name, sentence in error.fields.items():
            form.add_error(name if name in form.fields else None, str(sentence))
        if not error.fields:
            form.add_error((at or {}).get(type(error)), str(error))
        return error.status
    return 0


def done(request: HttpRequest, sentence: str, to: str, *args: Any) -> HttpResponse:
    """Says that it is done, on the page named `to` (a URL name, or a path that begins with a slash)."""
    messages.success(request, sentence)
    return HttpResponseRedirect(to if to.startswith("/") else reverse(to, args=args))


def to_keep(response: Response, name: str) -> Response:
    """A file to be saved under this name, never shown in our own pages nor kept by anybody in between."""
    response["Content-Disposition"] = content_disposition_header(True, name.replace("/", "、"))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def next_page(request: HttpRequest, fallback: str = "/") -> str:
    """Where the posted or given `next` leads, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return fallback
