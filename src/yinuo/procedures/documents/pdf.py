"""Sheets as PDF, by typst: what is filled in goes in as values, never as markup."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from yinuo.procedures.documents.fonts import font

FOLDER = Path(__file__).parent


def make_pdf(sheet: dict[str, Any], *, at: datetime) -> bytes:
    """`sheet` is `Sheet.to_json()` with `company` and `foot` beside it. Raises `FontMissing`."""
    return print_sheet("sheet.typ", sheet, at=at)


def print_sheet(template: str, values: dict[str, Any], *, at: datetime) -> bytes:
    """A template of this folder with its values: the same ones give the same file. Raises `FontMissing`."""
    chosen = font()
    given = json.dumps({**values, "font": chosen.family}, ensure_ascii=False)
    pdf: bytes = _compiler(chosen.fonts).compile(
        str(FOLDER / template), format="pdf", sys_inputs={"sheet": given}, timestamp=int(at.timestamp())
    )
    return pdf


@cache
def _compiler(fonts: Any) -> Any:
    return typst.Compiler(root=str(FOLDER), font_paths=fonts)
