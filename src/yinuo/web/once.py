"""Forms that write carry an id of their own (`{{ once }}` in the template): sent again, by a second click, a page that
lost its answer or a proxy that tried again, they are carried out once and answered alike."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from yinuo.foundation.clock import now
from yinuo.foundation.sent_forms import carry_out_once, result_of, sent_key

FIELD = "once"
BESIDE = frozenset({"csrfmiddlewaretoken", "version", FIELD})
"""Fields that say nothing about what is wanted: the same message with them changed is the same message."""


@dataclass(frozen=True)
class Once:
    """One sending of a form. A form without an id is not guarded: it is none of our pages'."""

    key: bytes | None

    @property
    def before(self) -> str | None:
        """What it came to when it was sent before (empty where that has no name); nothing where it was not."""
        return result_of(self.key) if self.key else None

    def __call__(self, act: Callable[[], object]) -> str:
        """Carries it out, or takes the result of the sending that did. What `act` returns is kept where it is text: an
        id or a number."""

        def named() -> str:
            made = act()
            return made if isinstance(made, str) else ""

        return carry_out_once(self.key, named, now()) if self.key else named()


def once_of(request: HttpRequest, holder: UUID) -> Once:
    """`holder`: the account that posts, or the ticket whose customer does."""
    try:
        form = UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return Once(None)
    return Once(sent_key(holder, form, _content(request)))


def _content(request: HttpRequest) -> Iterator[bytes]:
    yield request.path.encode("utf-8", "surrogatepass")
    for name, values in sorted(request.POST.lists()):
        if name not in BESIDE:
            yield from (text.encode("utf-8", "surrogatepass") for text in (name, *values))
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest = hashlib.sha256()
            for piece in file.chunks():
                digest.update(piece)
            file.seek(0)
            yield from (text.encode("utf-8", "surrogatepass") for text in (name, file.name or ""))
            yield digest.digest()
