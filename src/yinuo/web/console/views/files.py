"""Attachments and mails as they were sent: only for who may see the ticket, and so that nothing in them runs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from yinuo.domain.intake.html_safe import safe_html
from yinuo.domain.redaction import mask_text
from yinuo.foundation.errors import Missing
from yinuo.foundation.files import read_file, read_pieces
from yinuo.tickets.links import without_secrets
from yinuo.tickets.permissions import access_attachment, access_message
from yinuo.web.addresses import reverse
from yinuo.web.console.unmasking import is_unmasked
from yinuo.web.console.views.base import login_required, viewer

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MAIL_POLICY = "; ".join(
    [
        "sandbox allow-popups allow-popups-to-escape-sandbox",
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src 'self' data:",
        "frame-ancestors 'self'",
        "form-action 'none'",
        "base-uri 'none'",
    ]
)
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
PAGE = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta name="color-scheme" content="light"><body>'
)


@login_required
def message_html(request: HttpRequest, id: UUID) -> HttpResponse:
    """A mail's HTML, sanitised and under a policy that lets nothing run or load but its own embedded pictures."""
    who = viewer(request)
    message = access_message(who, id)
    if message.html_id is None:
        raise Missing
    pictures = {
        file.content_id: reverse("attachment", args=[file.id])
        for file in message.attachments.all()
        if file.content_id and file.content_type in SHOWN_INLINE
    }
    html = without_secrets(safe_html(read_file(message.html_id).decode("utf-8", "replace"), pictures))
    if not is_unmasked(request, who, message.ticket):
        html = mask_text(html)
    return HttpResponse(
        PAGE + html,
        headers={
            "Content-Security-Policy": MAIL_POLICY,
            "X-Frame-Options": "SAMEORIGIN",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "private, no-store",
        },
    )


@login_required
def attachment(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """A file as it came: pictures may be looked at in place, everything else is downloaded."""
    found = access_attachment(viewer(request), id)
    shown = found.content_type in SHOWN_INLINE
    response = StreamingHttpResponse(
        read_pieces(found.file_id), content_type=found.content_type if shown else "application/octet-stream"
    )
    response["Content-Length"] = str(found.size)
    response["Content-Disposition"] = content_disposition_header(not shown, found.filename or "file")
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
