"""Jobs of procedures."""

from uuid import UUID

from yinuo.foundation import clock
from yinuo.foundation.jobs import job
from yinuo.procedures.documents.fonts import FontMissing
from yinuo.procedures.documents.pdf import make_pdf
from yinuo.procedures.models import Document
from yinuo.procedures.services import keep_printed, printed, printing_failed


def _give_up(*, document_id: str) -> None:
    printing_failed(document_id=UUID(document_id), reason="not_printed", now=clock.now())


@job(queue="soon", given_up=_give_up)
def print_document(*, document_id: str) -> None:
    """Prints one version of a document; one that has its file already is left alone. Without a font no attempt helps:
    it is said, and tried again when somebody asks for it."""
    document = Document.objects.select_related("ticket").filter(id=document_id, file__isnull=True).first()
    if document is None:
        return
    try:
        pdf = make_pdf(printed(document), at=document.made_at)
    except FontMissing as missing:
        printing_failed(document_id=document.id, reason=missing.code, now=clock.now())
        return
    keep_printed(document_id=document.id, pdf=pdf, now=clock.now())
