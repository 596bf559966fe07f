"""Errors as the API tells them: one form for all, in the language that was asked for."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yinuo.api.errors import FieldsInvalid
from yinuo.foundation.errors import YinuoError

log = structlog.get_logger("yinuo.api")

SENTENCES: dict[str, str | Promise] = {
    "missing": _("This is missing."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be text."),
    "string_too_long": _("At most {max_length} characters."),
    "string_too_short": _("At least {min_length} characters."),
    "string_pattern_mismatch": _("This does not have the right form."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "int_parsing_size": _("This number is too large."),
    "greater_than_equal": _("At least {ge}."),
    "less_than_equal": _("At most {le}."),
    "list_type": _("This must be a list."),
    "too_long": _("At most {max_length} entries."),
    "bytes_type": _("This must be text."),
    "literal_error": _("One of these: {expected}."),
    "enum": _("One of these: {expected}."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "control_characters": _("Control characters are not allowed here."),
    "line_breaks": _("Line breaks and control characters are not allowed here."),
    "not_base64": _("This is not valid base64."),
    "files_too_large": _("All files together: {most} bytes at most."),
    "file_empty": _("This file is empty."),
}
MOST_FAULTS = 50
LONGEST_NAME = 200
OTHERWISE = _("This is not valid.")
_QUOTED = re.compile(r"'([^']*)'")


def as_values(error: YinuoError, request_id: str) -> dict[str, Any]:
    """The one form of every error."""
    return {
        "code": error.code,
        "text": str(error),
        "fields": [{"field": name, "text": str(text)} for name, text in error.fields.items()],
        "request_id": request_id,
    }


def refuse(request: HttpRequest, error: YinuoError) -> HttpResponse:
    """The answer that tells `error`."""
    values = as_values(error, getattr(request, "request_id", ""))
    response = HttpResponse(
        json.dumps(values, ensure_ascii=False), content_type="application/json", status=error.status
    )
    for name, value in getattr(error, "headers", {}).items():
        response[name] = value
    response._has_been_logged = True  # type: ignore[attr-defined] # the request log has it, once is enough
    return response


def fields_invalid(errors: list[dict[str, Any]]) -> FieldsInvalid:
    """What pydantic found, as fields with a sentence each; the first that it found about a field stays."""
    found: dict[str, str] = {}
    for error in errors[:MOST_FAULTS]:
        found.setdefault(_name(error["loc"]), _sentence(error["type"], error.get("ctx", {})))
    return FieldsInvalid(fields=found)


def refuse_unknown(given: Iterable[str], known: frozenset[str]) -> None:
    """Raises `FieldsInvalid` with each name that the address does not know."""
    unknown = [name for name in given if name not in known][:MOST_FAULTS]
    if unknown:
        raise FieldsInvalid(fields={name[:LONGEST_NAME]: _sentence("extra_forbidden", {}) for name in unknown})


def _name(place: tuple[str | int, ...]) -> str:
    """`customer.value`, `files.0.name`, `limit`: without where it stood and the name of the body's variable."""
    kept = place[2:] if place[0] == "body" else place[1:]
    return ".".join(str(part) for part in kept)[:LONGEST_NAME]


def _sentence(kind: str, values: Mapping[str, Any]) -> str:
    sentence = str(SENTENCES.get(kind, OTHERWISE))
    given = {name: _listed(value) if name == "expected" else value for name, value in values.items()}
    return sentence.format(**given)


def _listed(expected: object) -> str:
    return ", ".join(_QUOTED.findall(str(expected))) or str(expected)


@lru_cache(maxsize=256)
def language_of(accepted: str) -> str:
    """`zh-hans` or `en`, whichever an Accept-Language names first by weight; Chinese where it names neither."""
    best, weight = "zh-hans", 0.0
    for part in accepted[:200].split(","):
        name, _, quality = part.strip().partition(";")
        try:
            given = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        for language, beginning in (("zh-hans", "zh"), ("en", "en")):
            if name.lower().startswith(beginning) and given > weight:
                best, weight = language, given
    return best
