"""What operations share: their answers, the idempotency key, pages."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query
from pydantic import BaseModel

from yinuo.api.grants import Grant
from yinuo.api.schemas import Fault

READING = frozenset({401, 403, 404, 422, 429, 500, 503})
WRITING = READING | {409, 413, 415}
PAGED = frozenset({"after", "limit"})
REPLAYED = "Idempotent-Replayed"
Key = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[\x21-\x7e]*$",
        description="One key for one request: sent again with the same key and body, it is carried out once and "
        "answered alike; with another body it is refused (409).",
    ),
]
After = Annotated[str, Query("", max_length=200, description="“next” of the page before")]
Limit = Annotated[int, Query(50, ge=1, le=100)]
State = Annotated[
    Literal["open", "all"],
    Query("open", description="open: what falls due first on top; all: last changed first, archived ones too"),
]


def answers(status: int, model: type[BaseModel], faults: frozenset[int]) -> dict[Any, Any]:
    """What an operation may answer, for the document."""
    return {status: model, faults: Fault}


def answer(values: Mapping[str, Any], status: int = 200, **headers: str) -> HttpResponse:
    """Plain values as JSON; ninja's serialisers, five times dearer, are for the document alone (tests compare)."""
    response = HttpResponse(json.dumps(values, ensure_ascii=False), content_type="application/json", status=status)
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


def made(values: Mapping[str, Any], place: str, *, fresh: bool) -> HttpResponse:
    """201, alike for the first time and for every repetition but for one line of the head."""
    response = answer(values, 201, Location=place)
    if not fresh:
        response[REPLAYED] = "true"
    return response


def grant_in(request: HttpRequest) -> Grant:
    """Whom the door has let in."""
    grant: Grant = request.auth  # type: ignore[attr-defined]
    return grant
