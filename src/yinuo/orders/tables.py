"""Tables as shops and ERPs export them: CSV or an Excel workbook's first sheet, as rows of texts and numbers (R-OR-3).

Nothing of a file is trusted: its size, its rows, what a workbook unpacks to are bounded, and XML that declares
entities is refused.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from yinuo.orders.errors import FileTooLarge, FileUnreadable

Cell = str | float
MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 60 * 1024 * 1024
MOST_ROWS = 1_000
MOST_COLUMNS = 60
MOST_CELL = 2_000
_PLACE = re.compile(r"([A-Z]{1,3})\d+")


def read_table(content: bytes) -> list[list[Cell]]:
    """Rows from the head on; a workbook is known by its first bytes. Raises `FileTooLarge`, `FileUnreadable`."""
    if len(content) > MOST_BYTES:
        raise FileTooLarge(rows=MOST_ROWS)
    rows = _workbook(content) if content[:2] == b"PK" else _csv(content)
    found: list[list[Cell]] = []
    for row in rows:
        if len(found) > MOST_ROWS:
            raise FileTooLarge(rows=MOST_ROWS)
        if any(cell != "" for cell in row):
            found.append([cell[:MOST_CELL] if isinstance(cell, str) else cell for cell in row[:MOST_COLUMNS]])
        elif found:
            found.append([])  # keeps the numbers of the rows that follow
    return found


def _csv(content: bytes) -> Iterator[list[Cell]]:
    text = _decoded(content)
    first = text.splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            yield [cell.strip() for cell in row]
    except csv.Error:
        raise FileUnreadable from None


def _decoded(content: bytes) -> str:
    """UTF-8, or as Excel in China saves it."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise FileUnreadable


def _workbook(content: bytes) -> Iterator[list[Cell]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if sum(part.file_size for part in book.infolist()) > MOST_UNPACKED:
                raise FileTooLarge(rows=MOST_ROWS)
            names = book.namelist()
            sheets = sorted(name for name in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name))
            if not sheets:
                raise FileUnreadable
            shared = _Shared().read(book.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            sheet = min(sheets, key=lambda name: int(re.sub(r"\D", "", name)))
            yield from _Sheet(shared).read(book.read(sheet))
    except (zipfile.BadZipFile, expat.ExpatError, ValueError, IndexError, KeyError, RuntimeError, NotImplementedError):
        raise FileUnreadable from None


class _Parts:
    """Reads one part of a workbook; entities are refused before any is read."""

    def parse(self, xml: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, given: self.begin(name.rpartition(" ")[2], given)
        parser.EndElementHandler = lambda name: self.end(name.rpartition(" ")[2])
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(xml, True)

    def _refuse(self, *_given: object) -> None:
        raise FileUnreadable

    def begin(self, name: str, given: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _Shared(_Parts):
    """Texts that cells refer to by number. What is said about pronunciation is left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._parts: list[str] = []
        self._in_text = self._in_phonetic = False

    def read(self, xml: bytes) -> list[str]:
        self.parse(xml)
        return self.texts

    def begin(self, name: str, given: dict[str, str]) -> None:
        if name == "si":
            self._parts = []
        self._in_phonetic = self._in_phonetic or name == "rPh"
        self._in_text = name == "t" and not self._in_phonetic

    def end(self, name: str) -> None:
        if name == "si":
            self.texts.append("".join(self._parts))
        if name == "rPh":
            self._in_phonetic = False
        self._in_text = False

    def text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


class _Sheet(_Parts):
    def __init__(self, shared: list[str]) -> None:
        self._shared = shared
        self.rows: list[list[Cell]] = []
        self._kind, self._column, self._next = "", 0, 0
        self._parts: list[str] = []
        self._reads = False

    def read(self, xml: bytes) -> list[list[Cell]]:
        self.parse(xml)
        return self.rows

    def begin(self, name: str, given: dict[str, str]) -> None:
        if name == "row":
            number = int(given.get("r") or len(self.rows) + 1)
            if number > MOST_ROWS + 1:
                raise FileTooLarge(rows=MOST_ROWS)
            self._next = 0
            while len(self.rows) < number:
                self.rows.append([])
        elif name == "c":
            place = _PLACE.fullmatch(given.get("r", ""))
            self._column = _column(place[1]) if place else self._next
            self._next = self._column + 1
            self._kind, self._parts = given.get("t", "n"), []
        elif name in ("v", "t"):
            self._reads = True

    def text(self, text: str) -> None:
        if self._reads:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reads = False
        elif name == "c" and self._parts and self._column < MOST_COLUMNS:
            row = self.rows[-1]
            row.extend([""] * (self._column + 1 - len(row)))
            row[self._column] = self._value("".join(self._parts))

    def _value(self, text: str) -> Cell:
        match self._kind:
            case "s":
                return self._shared[int(text)].strip()
            case "n":
                return float(text)
            case "b":
                return "1" if text == "1" else "0"
            case "e":
                return ""
        return text.strip()


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
