"""Bodies of requests: bounded before they are read, strict when they are parsed."""

import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic_core import from_json

from yinuo.api.errors import BodyTooLarge, Malformed, NotJson, NotUtf8, TooManyParts

SMALL_BYTES = 64 * 1024
LARGE_BYTES = 8 * 1024 * 1024
"""Of requests that may bring files: 5 MB of them in base64, and the text."""
MOST_PARTS = 200_000
"""Commas and brackets of one body, so that a small body cannot become a large heap of empty lists."""
_TYPE = re.compile(r"\s*application/json\s*(?:;\s*charset\s*=\s*\"?utf-?8\"?\s*)?\Z", re.IGNORECASE)
_PLACE = re.compile(r"line (\d+) column (\d+)")
PIECE_BYTES = 64 * 1024


def take_body(request: HttpRequest, most: int) -> None:
    """Reads the body, up to `most` bytes of it, into `request.body`. A declared length beyond that is refused unread;
    one without a length is cut where it passes the bound. Raises `BodyTooLarge`, `NotJson`."""
    if not _TYPE.match(request.META.get("CONTENT_TYPE", "")):
        raise NotJson
    length = request.META.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        if int(length) > most:
            raise BodyTooLarge(most=most)
        body = _read(request, int(length))
    elif "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        # Django takes a missing length for none, so this one is read from the server itself
        body = _read(request.META["wsgi.input"], most + 1)
        if len(body) > most:
            raise BodyTooLarge(most=most)
    else:
        body = b""
    request._body = body  # type: ignore[attr-defined] # what request.body gives from now on


def _read(source: Any, most: int) -> bytes:
    parts: list[bytes] = []
    while most and (part := source.read(min(most, PIECE_BYTES))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


class StrictJson(Parser):
    """JSON as RFC 8259 has it: UTF-8, no NaN, no half surrogates, at most 200 levels deep."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Raises `NotUtf8`, `Malformed`, `TooManyParts`."""
        body = request.body
        try:
            body.decode()
        except UnicodeDecodeError:
            raise NotUtf8 from None
        if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_PARTS:
            raise TooManyParts(most=MOST_PARTS)
        try:
            return from_json(body, allow_inf_nan=False)
        except ValueError as error:
            place = _PLACE.search(str(error))
            line, column = place.groups() if place else ("1", "1")
            raise Malformed(line=line, column=column) from None
