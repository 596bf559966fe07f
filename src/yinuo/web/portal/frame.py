"""The frame of the customer's pages: who may see the ticket, the cookie, the language, the headers.

A secret link is exchanged for a signed cookie that the browser sends to this one ticket's pages only, so the secret
leaves the address bar; the cookie holds the link's hash, so it ends when the link ends.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.foundation.limits import Limit
from yinuo.staff.queries import company
from yinuo.tickets.models import Ticket
from yinuo.tickets.permissions import access_by_kept_link
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import Link, Live, PortalShell

COOKIE = "yinuo_ticket"
COOKIE_AGE_S = 7 * 24 * 3600
SALT = "yinuo.portal.ticket"
View = Callable[..., HttpResponse]


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks, for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def portal_page(view: View) -> View:
    """Never kept by anybody in between, never found by search engines, never named to other sites."""

    @wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        patch_vary_headers(response, ["Cookie"])
        return response

    return call


def for_ticket(view: View) -> View:
    """Hands the ticket of the URL to the view, if this browser has opened its link; else says how to get in. Another
    ticket's cookie is as good as none, and a number that doesn't exist looks the same."""

    @wraps(view)
    def call(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            ticket = kept_ticket(request, number)
        except Missing:
            return locked(request)
        speak(request, ticket.language)
        return view(request, ticket, *args, **kwargs)

    return portal_page(call)


def kept_ticket(request: HttpRequest, number: str) -> Ticket:
    """The ticket whose link this browser has opened, if it is the one of the URL. Raises `Missing`."""
    try:
        ticket_id, link_hash = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE_S)
        return access_by_kept_link(number, UUID(ticket_id), bytes.fromhex(link_hash))
    except (signing.BadSignature, ValueError):
        raise Missing from None


def remember(response: HttpResponse, ticket: Ticket) -> None:
    """The cookie of the link that was opened; `Lax`, since the way here begins in a mail."""
    response.set_cookie(
        COOKIE,
        signing.dumps([ticket.id.hex, bytes(ticket.link_hash or b"").hex()], salt=SALT),
        max_age=COOKIE_AGE_S,
        path=reverse("portal_ticket", args=[ticket.number]),
        secure=settings.WITH_TLS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, ticket: Ticket) -> None:
    response.delete_cookie(COOKIE, path=reverse("portal_ticket", args=[ticket.number]), samesite="Lax")


def speak(request: HttpRequest, language: str) -> None:
    """The language chosen on these pages, else the ticket's own."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate("en" if language.startswith("en") else "zh-hans")
        request.LANGUAGE_CODE = translation.get_language()


def locked(request: HttpRequest, *, sentence: str = "", status: int = 404) -> HttpResponse:
    """No way in with what the browser has: what to do instead. A part asked for by htmx gets the sentence alone."""
    sentence = sentence or _("Please open the link in our mail again, or have it sent to you anew.")
    if wants_fragment(request):
        return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "portal/locked.html", {"shell": shell_of(), "sentence": sentence}, status=status)


def slow_down(request: HttpRequest, limit: Limit) -> HttpResponse:
    """Too often: when to try again."""
    minutes = max(1, int(limit.within.total_seconds() // 60))
    sentence = _("Too many attempts. Please wait %(minutes)s minutes and try again.") % {"minutes": minutes}
    response = locked(request, sentence=sentence, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def shell_of(*, live: Live | None = None) -> PortalShell:
    firm = company()
    return PortalShell(
        company=firm.name if firm else "",
        now_iso=now().isoformat(timespec="milliseconds"),
        home_url=reverse("portal_help"),
        hotline=firm.hotline if firm else "",
        live=live,
        links=(Link(_("How to reach us"), reverse("portal_help")),),
        language_url=reverse("language"),
    )
