"""Forms and registers of the handbook in force."""

from functools import lru_cache
from uuid import UUID

from yinuo.domain.documents import Book, Form, read_book
from yinuo.domain.documents.sheets import form_of_step
from yinuo.domain.procedure import Definition
from yinuo.packs import shipped_documents
from yinuo.procedures.models import HandbookVersion
from yinuo.procedures.published import handbook_in_force


def book_in_force() -> Book:
    """Those that ship, for a handbook that was published before it had any."""
    version_id = handbook_in_force()
    return (_book(version_id) if version_id else None) or shipped_documents()


@lru_cache(maxsize=16)
def _book(version_id: UUID) -> Book | None:
    raw = HandbookVersion.objects.values_list("parts", flat=True).get(id=version_id).get("documents")
    return read_book(raw) if raw else None


def form_of(book: Book, key: str, step: str, definition: Definition | None) -> Form | None:
    """The form of a document that a step puts out; None where neither book nor procedure knows it."""
    part = definition.step_by_key.get(step) if definition else None
    if definition is None or part is None:
        return book.forms.get(key)
    title = next((one.title for one in part.documents if one.key == key), None)
    if title is None:
        return book.forms.get(key)
    return book.form_for(key, title) or form_of_step(key, title, part)
