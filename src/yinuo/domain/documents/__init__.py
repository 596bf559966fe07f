"""Documents and registers as data: what stands on each sheet, laid out from what was filled in (section 14)."""

from yinuo.domain.documents.model import Book, Column, Form, Line, Register, Row, Section, Sheet
from yinuo.domain.documents.printing import Printer, printable
from yinuo.domain.documents.reading import read_book
from yinuo.domain.documents.registers import cells, fields_of
from yinuo.domain.documents.sheets import lay_out, shown

__all__ = [
    "Book",
    "Column",
    "Form",
    "Line",
    "Printer",
    "Register",
    "Row",
    "Section",
    "Sheet",
    "cells",
    "fields_of",
    "lay_out",
    "printable",
    "read_book",
    "shown",
]
