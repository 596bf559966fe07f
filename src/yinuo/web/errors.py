"""Pages for what Django itself refuses: 400, 403, 404, 500, a form without its token."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def unreadable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "errors/400.html", 400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "errors/404.html", 404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "errors/403.html", 403)


def broken(request: HttpRequest) -> HttpResponse:
    return _page(request, "errors/500.html", 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(request, "errors/csrf.html", 403)


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """`request_id` is what the person can name to IT; the log has the same."""
    return render(request, template, {"request_id": getattr(request, "request_id", "")}, status=status)
