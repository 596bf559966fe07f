"""What surrounds every page: request log, content policy, viewer, error pages."""

import secrets
import time
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import translation

from yinuo.foundation.errors import InvalidForm, Missing, YinuoError, as_conflict
from yinuo.web.metrics import observe_request

log = structlog.get_logger("yinuo.web")
Respond = Callable[[HttpRequest], HttpResponse]


def policy_for(*, frame_ancestors: Sequence[str]) -> str:
    """The policy of a page that pages of `frame_ancestors` may show in a frame."""
    return "; ".join(
        [
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "style-src 'self'",
            "script-src 'self'",
            "worker-src 'self'",
            "connect-src 'self'",
            "frame-src 'self'",
            f"frame-ancestors {' '.join(frame_ancestors)}",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
        ]
    )


POLICY = policy_for(frame_ancestors=["'none'"])


class RequestLog:
    """One line a request with its id, which error pages show, so that a person can name it to IT."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(6)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        request.request_id = request_id
        began = time.perf_counter()
        try:
            response = self.respond(request)
            response["X-Request-Id"] = request_id
            route = request.resolver_match.route if request.resolver_match else ""
            took_s = time.perf_counter() - began
            log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(took_s * 1000, 1),
            )
            observe_request(request.method, route, response.status_code, took_s)
            return response
        finally:
            structlog.contextvars.clear_contextvars()


class ContentPolicy:
    """A strict content policy, unless the view has set its own (mail bodies are served sandboxed)."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class Viewer:
    """The language of the person who looks: the account's own, else cookie or browser."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user
        if account.is_authenticated and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(account.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.respond(request)


class ErrorPages:
    """Typed errors become a sentence: a fragment for htmx, a page else. The API tells its own (`api.faults`)."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """PostgreSQL takes no NUL character and nobody can type one: what carries one goes no further. Nor does a form
        in another charset, whose text would be kept garbled."""
        if request.method == "POST" and getattr(request, "is_foreign", False):
            raise BadRequest("a form in another charset than UTF-8")
        if "\0" in request.path or _has_nul(request.GET):
            return self.process_exception(request, Missing())
        if request.method == "POST" and _has_nul(request.POST):
            return self.process_exception(request, InvalidForm())
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = exception if isinstance(exception, YinuoError) else as_conflict(exception)
        if error is None:
            return None
        if error is not exception:
            log.warning("two at once", exc_info=exception)
        if request.headers.get("HX-Request"):
            return HttpResponse(
                str(error),
                status=error.status,
                content_type="text/plain; charset=utf-8",
                headers={"X-Error-Code": error.code},
            )
        return render(request, "errors/error.html", {"error": error}, status=error.status)


def _has_nul(values: QueryDict) -> bool:
    return any("\0" in text for name, texts in values.lists() for text in (name, *texts))
