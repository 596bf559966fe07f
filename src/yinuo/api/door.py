"""The way of an API request: past everything that is for people in browsers (sessions, forms' tokens, pages)."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import translation

from yinuo.api.errors import NoSuchMethod
from yinuo.api.faults import language_of, refuse
from yinuo.foundation.errors import Missing

BEGINNING = "/api/"

_resolved = lru_cache(maxsize=256)(resolve)
"""Most requests go to a few addresses; resolving one costs as much as reading its body."""


class ApiDoor:
    """Middleware, right below the request log: answers what begins with /api/ itself and hands on the rest. Programs
    send a token with each request and no cookie, so nothing here is done on behalf of somebody's browser."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond
        self.head = {
            "Cache-Control": "no-store",
            "Content-Language": "",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "Vary": "Accept-Language, Authorization",
            "X-Content-Type-Options": "nosniff",
        }
        if settings.SECURE_HSTS_SECONDS:
            self.head["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(BEGINNING):
            return self.respond(request)
        language = language_of(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
        translation.activate(language)
        response = self._answer(request)
        for name, value in self.head.items():
            response[name] = value or language
        response["Content-Length"] = str(len(response.content))
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        try:
            match = _resolved(request.path_info)
        except Resolver404:
            return refuse(request, Missing())
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if response.status_code == 405:  # django-ninja tells it in plain text
            allowed = {"Allow": response["Allow"]}
            return refuse(request, NoSuchMethod(method=request.method or "", headers=allowed))
        return response
