"""Sheets on screen as on paper; see `console/paper.html`."""

from itertools import zip_longest
from typing import Any

from yinuo.domain.documents import Line, Sheet


def on_paper(sheet: Sheet) -> dict[str, Any]:
    """Lines two beside each other, wide ones alone, as on the printed form."""
    return {
        "title": sheet.title,
        "language": sheet.language,
        "facts": sheet.facts,
        "signatures": sheet.signatures,
        "sections": [{"title": title, "lines": _beside(lines)} for title, lines in sheet.sections],
    }


def _beside(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Each with whether it takes the whole width: long ones, and those that none stands beside."""
    told: list[dict[str, Any]] = []
    is_open = False
    for line, after in zip_longest(lines, lines[1:]):
        alone = line.wide or (not is_open and (after is None or after.wide))
        told.append({"label": line.label, "text": line.text, "wide": alone, "entries": line.entries})
        is_open = not alone and not is_open
    return told
