"""A form that was sent again is answered, not carried out again: its row is in the transaction that carried it out.

The key covers who sent which form with which content, so that a page which lost its answer may send the same once more,
while other content under the same form is another message and never swallowed.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from yinuo.foundation.encryption import key_for
from yinuo.foundation.models import SentForm
from yinuo.foundation.work import work

KEPT = timedelta(days=7)


def sent_key(holder: UUID, form: UUID, content: Iterable[bytes]) -> bytes:
    """16 bytes that tell nothing without the key. `holder`: the account or ticket whose page the form stood on."""
    digest = hmac.new(key_for("sent-forms"), holder.bytes + form.bytes, hashlib.sha256)
    for piece in content:
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.digest()[:16]


def result_of(key: bytes) -> str | None:
    """What the form came to when it was carried out; nothing where it was not."""
    return SentForm.objects.filter(key=key).values_list("result", flat=True).first()


def carry_out_once(key: bytes, act: Callable[[], str], now: datetime) -> str:
    """Calls `act` in one transaction with the mark that it was called; what it returned then (an id or a number, no
    personal value). Sent at the same moment by two, the second waits for the first and takes its result. An error of
    `act` takes the mark back."""
    with work(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_sentform (key, result, at) VALUES (%s, '', %s) ON CONFLICT DO NOTHING", [key, now]
        )
        if not cursor.rowcount:
            return result_of(key) or ""
        result = act()
        if result:
            SentForm.objects.filter(key=key).update(result=result)
        return result


def forget_sent(now: datetime) -> None:
    """Those that no page can send again."""
    SentForm.objects.filter(at__lt=now - KEPT).delete()
