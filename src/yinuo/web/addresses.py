"""Addresses of pages, each made once: a page has dozens, and Django's `reverse` makes every one anew from patterns."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.urls import reverse as _made


def reverse(name: str, *, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> str:
    """As Django's `reverse`. Raises `NoReverseMatch`."""
    return _kept(name, tuple(args), tuple(kwargs.items()) if kwargs else ())


@lru_cache(maxsize=4096)
def _kept(name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]) -> str:
    return _made(name, args=args, kwargs=dict(kwargs))
