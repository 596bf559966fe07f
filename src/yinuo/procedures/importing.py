"""A definition from a file of somebody's: bounded before it is looked at, and read without making anything of it."""

import json
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.bpmn import BpmnFaulty, read_bpmn
from yinuo.domain.reading import ReadingError
from yinuo.domain.strict_yaml import parse_bounded
from yinuo.procedures.errors import DefinitionUnreadable, faults_said
from yinuo.staff.queries import roles

MOST_BYTES = 256 * 1024
MOST_VALUES = 50_000


def read_file(content: bytes) -> dict[str, Any]:
    """The body of a definition: our YAML, or BPMN 2.0 of any tool. Raises `DefinitionUnreadable` with the place of the
    first faults."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _of_bpmn(content)
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


def _of_bpmn(content: bytes) -> dict[str, Any]:
    """Lanes are roles by the names that this house gives them."""
    known = {name: role.code for role in roles() for name in (role.name, role.name_en) if name}
    try:
        body: dict[str, Any] = _storable(read_bpmn(content, roles=known).body)
    except BpmnFaulty as error:
        raise DefinitionUnreadable(reason=error.text.say(get_language() or "zh")) from error
    return body


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
