"""A definition from a file of somebody's: bounded before it is looked at, and read without making anything of it."""

import json
from typing import Any

from django.utils.translation import gettext as _

from yinuo.domain.procedure import Definition
from yinuo.domain.reading import ReadingError
from yinuo.domain.strict_yaml import parse_bounded
from yinuo.procedures.errors import DefinitionUnreadable, faults_said

MOST_BYTES = 256 * 1024
MOST_VALUES = 50_000


def read_file(content: bytes) -> dict[str, Any]:
    """The body of a definition. Raises `DefinitionUnreadable` with the place of the first faults."""
    if len(content) > MOST_BYTES:
        raise DefinitionUnreadable(reason=_("the file is larger than 256 KB"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionUnreadable(reason=_("the file is no text in UTF-8")) from error
    try:
        raw = _storable(parse_bounded(text, _("line"), most=MOST_VALUES))
        return Definition.from_json(raw if isinstance(raw, dict) else {}).to_json()
    except ReadingError as error:
        raise DefinitionUnreadable(reason=faults_said(error.faults)) from error


def _storable(raw: Any) -> Any:
    """Raises `DefinitionUnreadable` for what JSON or the database cannot hold: numbers without end, signs that are no
    letters."""
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, TypeError) as error:
        raise DefinitionUnreadable(reason=_("the file holds a value that cannot be kept")) from error
    if "\\u0000" in text:
        raise DefinitionUnreadable(reason=_("the file holds a value that cannot be kept"))
    return raw
