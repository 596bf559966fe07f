"""A register as an Excel file: written row by row, in memory that does not grow, with as many sheets as it takes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from yinuo.domain.documents import Book, Column, Register
from yinuo.procedures.registers.walk import Entry

SHEET_ROWS = 1_048_576
CELL_LENGTH = 32_767
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = ("int", "score")
WIDE = ("longtext",)


def write_workbook(
    path: Path,
    register: Register,
    book: Book,
    batches: Iterable[Sequence[Entry]],
    *,
    language: str,
    mark: str,
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """The number of rows. `mark` says who exported what and when: it stands above the columns, at the foot of each
    printed page and in the properties. Every text is written as text, whatever it begins with: nothing of a
    customer's is ever calculated."""
    title = register.title.say(language)
    workbook = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )  # fmt: skip
    workbook.set_properties({"title": title, "comments": mark, "author": mark})
    try:
        return _Sheets(workbook, register, book, title, language, mark, sheet_rows).write(batches)
    finally:
        workbook.close()


class _Sheets:
    def __init__(
        self,
        workbook: xlsxwriter.Workbook,
        register: Register,
        book: Book,
        title: str,
        language: str,
        mark: str,
        sheet_rows: int,
    ) -> None:
        self.workbook, self.title, self.mark, self.sheet_rows = workbook, title, mark, sheet_rows
        self.labels = [column.label.say(language) for column in register.columns]
        kinds = [(column, _kind(column, book)) for column in register.columns]
        self.numeric = [kind in NUMBERS and column.show != "words" for column, kind in kinds]
        self.widths = [42 if column.join or kind in WIDE else 18 for column, kind in kinds]
        self.plain = workbook.add_format({"text_wrap": True, "valign": "top"})
        self.defused = workbook.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self.head = workbook.add_format({"bold": True, "bg_color": "#E9EFFC", "border": 1, "valign": "vcenter"})
        self.marked = workbook.add_format({"font_color": "#626D80", "italic": True})

    def write(self, batches: Iterable[Sequence[Entry]]) -> int:
        number, total = 1, 0
        sheet, row = self._sheet(number), 2
        for batch in batches:
            for entry in batch:
                if row >= self.sheet_rows:
                    number += 1
                    sheet, row = self._sheet(number), 2
                for column, text in enumerate(entry.cells):
                    self._cell(sheet, row, column, text)
                row, total = row + 1, total + 1
        return total

    def _sheet(self, number: int) -> xlsxwriter.workbook.Worksheet:
        sheet = self.workbook.add_worksheet(f"{self.title[:24]}{f' {number}' if number > 1 else ''}")
        for column, width in enumerate(self.widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(2, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        sheet.set_footer(f"&L{self.mark.replace('&', '&&')}&R&P / &N")
        sheet.write_string(0, 0, self.mark, self.marked)
        for column, label in enumerate(self.labels):
            sheet.write_string(1, column, label, self.head)
        return sheet

    def _cell(self, sheet: xlsxwriter.workbook.Worksheet, row: int, column: int, text: str) -> None:
        if not text:
            return
        if self.numeric[column] and text.isascii() and text.isdigit() and len(text) < 15:
            sheet.write_number(row, column, int(text), self.plain)
            return
        style = self.defused if text.startswith(FORMULA_STARTS) else self.plain
        sheet.write_string(row, column, text[:CELL_LENGTH], style)


def _kind(column: Column, book: Book) -> str:
    field = book.fields.get(column.sources[0])
    return field.type if field else ""


def mark_of(name: str, at: datetime, *, language: str, unmasked: bool) -> str:
    """Who took this, and when; whether contact data stands in it whole."""
    if language.startswith("zh"):
        whole = " · 含完整联系方式" if unmasked else ""
        return f"导出人 {name} · {at:%Y-%m-%d %H:%M}{whole} · 仅限内部使用，不得外传"
    whole = " · with whole contact data" if unmasked else ""
    return f"Exported by {name} · {at:%Y-%m-%d %H:%M}{whole} · internal, not to be passed on"
