"""The packs that ship with Yinuo, as YAML files beside this module."""

from functools import cache
from importlib import resources
from typing import Any

from yinuo.domain.documents import Book, read_book
from yinuo.domain.figures import Figures, read_figures
from yinuo.domain.packs import Pack, read_pack
from yinuo.domain.sources import Sources, read_sources
from yinuo.domain.strict_yaml import parse_yaml

SHIPPED = ("handbook", "rules")


def pack_text(name: str) -> str:
    """The text of a shipped file; raises FileNotFoundError for an unknown one."""
    return resources.files(__name__).joinpath(name).read_text("utf-8")


@cache
def shipped_pack(key: str) -> Pack:
    """A shipped pack, read once; raises KeyError for an unknown one."""
    if key not in SHIPPED:
        raise KeyError(key)
    return read_pack(key, pack_text)


@cache
def procedure_raw(code: str) -> dict[str, Any]:
    """A shipped procedure as plain values, read once: for publishing, never to be changed."""
    raw: dict[str, Any] = parse_yaml(pack_text(f"procedure_{code}.yaml"), code)
    return raw


@cache
def shipped_figures() -> Figures:
    """Indicators, rhythms, other readings and samples of the handbooks, read once."""
    return read_figures(pack_text("figures.yaml"))


@cache
def shipped_sources() -> Sources:
    """Where the promises come from, in words, read once."""
    return read_sources(pack_text("sources.yaml"))


@cache
def shipped_documents() -> Book:
    """Forms and registers, read once."""
    return read_book(documents_raw())


def documents_raw() -> dict[str, Any]:
    """The same as plain values, for publishing."""
    raw: dict[str, Any] = parse_yaml(pack_text("documents.yaml"), "documents.yaml")
    return raw
