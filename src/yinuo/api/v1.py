"""Version 1: the operations, how their errors are answered, and the document that describes both."""

from functools import cache
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from yinuo.api.bodies import StrictJson
from yinuo.api.errors import Broken, Unavailable
from yinuo.api.faults import fields_invalid, refuse
from yinuo.api.operations import customers, desk, orders, tickets
from yinuo.api.operations.common import answer
from yinuo.foundation.errors import YinuoError, as_conflict

log = structlog.get_logger("yinuo.api")
ROOT = "/api/v1"
AGAIN_AFTER_S = "2"
DESCRIPTION = (
    "Customer service for programs. Sign in with a token that an administrator makes in the settings; what it may do "
    "and in which queues is said there. Errors have one form; their sentences are Chinese or English by "
    "Accept-Language. Instants are UTC."
)

api = NinjaAPI(
    title="Yinuo",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=StrictJson(),
)
for _router in (tickets.router, customers.router, orders.router, desk.router):
    api.add_router("", _router)


@api.exception_handler(YinuoError)
def _typed(request: HttpRequest, error: YinuoError) -> HttpResponse:
    return refuse(request, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return refuse(request, fields_invalid(error.errors))


@api.exception_handler(HttpError)
def _ninja(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja wraps what the parser of bodies raises."""
    cause = error.__cause__
    return refuse(request, cause if isinstance(cause, YinuoError) else _unexpected(cause or error))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _database_gone(request: HttpRequest, error: Exception) -> HttpResponse:
    """Being restarted, or its connection was lost: what was under way is rolled back and may be sent again."""
    log.warning("the database did not answer", error=type(error).__name__)
    return refuse(request, Unavailable(headers={"Retry-After": AGAIN_AFTER_S}))


@api.exception_handler(IntegrityError)
def _twice(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    return refuse(request, as_conflict(error) or _unexpected(error))


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, _unexpected(error))


def _unexpected(error: BaseException) -> Broken:
    log.error("the API failed", exc_info=error)
    return Broken()


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of all operations."""
    return dict(api.get_openapi_schema(path_prefix=ROOT))


def openapi(request: HttpRequest) -> HttpResponse:
    """Open to everybody: it says nothing that is not in the manual."""
    return answer(document())
