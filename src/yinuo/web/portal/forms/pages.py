"""What a page of a form carries: a signed, one-time token. It says which form, when the page was made, and the nonce
that makes one ticket of however many sendings; the browser's work is done on it too."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core import signing

from yinuo.domain.formspam import proves

KEPT = timedelta(hours=12)
"""How long a page may lie open before it is sent; later it is shown again with what was typed."""
RECEIPT_S = 30 * 24 * 3600
WORK_BITS = 16
"""Some 65,000 SHA-256: a fraction of a second for a browser, and a cost for who sends thousands."""
_PAGE, _RECEIPT = "yinuo.form.page", "yinuo.form.receipt"


class PageStale(Exception):
    """The token is not one of ours, or too old."""


@dataclass(frozen=True)
class Page:
    """One page of a form in one browser."""

    nonce: str
    made_at: datetime

    def is_proved_by(self, work: str) -> bool:
        return proves(self.nonce, work, WORK_BITS)


def new_page(now: datetime) -> Page:
    return Page(secrets.token_hex(16), now)


def sign_page(page: Page, code: str) -> str:
    return signing.dumps([code, page.nonce, int(page.made_at.timestamp())], salt=_PAGE)


def read_page(token: str, code: str, now: datetime) -> Page:
    """Raises `PageStale`."""
    try:
        of, nonce, made = signing.loads(token, salt=_PAGE)
    except (signing.BadSignature, ValueError):
        raise PageStale from None
    page = Page(nonce, datetime.fromtimestamp(made, UTC))
    if of != code or now - page.made_at > KEPT:
        raise PageStale
    return page


def sign_receipt(nonce: str) -> str:
    return signing.dumps(nonce, salt=_RECEIPT)


def read_receipt(token: str) -> str:
    """The nonce. Raises `PageStale`."""
    try:
        return str(signing.loads(token, salt=_RECEIPT, max_age=RECEIPT_S))
    except (signing.BadSignature, ValueError):
        raise PageStale from None
