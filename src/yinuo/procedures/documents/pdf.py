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
    """`sheet` is `Sheet.to_json()` with `company`, `number`, `foot` and `page` beside it. Raises `FontMissing`."""
    chosen = font()
    values = json.dumps({**sheet, "font": chosen.family}, ensure_ascii=False)
    pdf: bytes = _compiler(chosen.fonts).compile(
        str(FOLDER / "sheet.typ"), format="pdf", sys_inputs={"sheet": values}, timestamp=int(at.timestamp())
    )
    return pdf


@cache
def _compiler(fonts: Any) -> Any:
    return typst.Compiler(root=str(FOLDER), font_paths=fonts)
