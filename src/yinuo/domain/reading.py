"""Reads plain JSON-like values into typed ones and says where a fault lies.

Procedure definitions and policy packs are edited by people, on screen and in YAML. A reader walks
such a value, collects every fault with its path (`$.steps[2].fields[0].type`) and lets the caller
raise them all at once instead of one per attempt.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\Z")

MESSAGES: dict[str, tuple[str, str]] = {
    "missing": ("缺少“{key}”", "“{key}” is missing"),
    "unknown_key": ("不认识的项“{key}”", "unknown entry “{key}”"),
    "wrong_type": ("应为{expected}", "should be {expected}"),
    "bad_name": (
        "“{value}”不是合法的名称(小写字母、数字、下划线)",
        "“{value}” is no name (lower case, digits, _)",
    ),
    "bad_choice": ("“{value}”不在可选值中:{allowed}", "“{value}” is none of {allowed}"),
    "bad_span": ("“{value}”不是时长,例如 30m、2h、1d12h", "“{value}” is no span such as 30m, 2h, 1d12h"),
    "twice": ("“{value}”重复", "“{value}” is there twice"),
    "bad_number": ("“{value}”超出范围 {low}–{high}", "“{value}” is outside {low}–{high}"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A short text in both languages of the product."""

    zh: str = ""
    en: str = ""

    def say(self, language: str) -> str:
        """The text in `language` (`zh…` or anything else for English), the other one where empty."""
        first, second = (self.zh, self.en) if language.lower().startswith("zh") else (self.en, self.zh)
        return first or second

    def to_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a value that somebody wrote: `code`, where it is, and what is said about it."""

    code: str
    path: str
    values: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, str] = ("", "")

    def say(self, language: str = "en") -> str:
        """One sentence with the place of the fault."""
        return f"{self.path}: {self.sentence(language)}"

    def sentence(self, language: str = "en") -> str:
        """What is wrong, without its place."""
        zh, en = self.texts if self.texts != ("", "") else MESSAGES.get(self.code, (self.code, self.code))
        pattern = zh if language.lower().startswith("zh") else en
        return pattern.format_map(dict(self.values))


class ReadingError(ValueError):
    """A value could not be read; `faults` names every place."""

    code = "unreadable_definition"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.say() for fault in self.faults))


def parse_span(value: object) -> timedelta | None:
    """A span written as `2d`, `1h30m`, `45s`, or `0`; None when it is none of these."""
    if value == 0:
        return timedelta()
    if not isinstance(value, str):
        return None
    text = value.strip().replace(" ", "")
    if text == "0":
        return timedelta()
    match = _SPAN.match(text)
    if not match or not text:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def write_span(span: timedelta) -> str:
    """The inverse of `parse_span`: hours are the largest unit below whole days."""
    rest = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


class Reader:
    """One value, its path, and the list of faults that the whole walk shares."""

    __slots__ = ("faults", "path", "value")

    def __init__(self, value: Any, path: str = "$", faults: list[Fault] | None = None) -> None:
        self.value = value
        self.path = path
        self.faults: list[Fault] = [] if faults is None else faults

    def fault(self, code: str, **values: object) -> None:
        self.faults.append(Fault(code, self.path, tuple((key, str(value)) for key, value in values.items())))

    def done(self) -> None:
        """Raise `ReadingError` when anything was wrong."""
        if self.faults:
            raise ReadingError(self.faults)

    def child(self, key: str) -> "Reader":
        value = self.value.get(key) if isinstance(self.value, Mapping) else None
        return Reader(value, f"{self.path}.{key}", self.faults)

    def has(self, key: str) -> bool:
        return isinstance(self.value, Mapping) and self.value.get(key) is not None

    def mapping(self, *known: str) -> bool:
        """Whether this is a mapping; entries outside `known` (if given) are faults."""
        if not isinstance(self.value, Mapping):
            self.fault("wrong_type", expected="a mapping")
            return False
        for key in self.value:
            if not isinstance(key, str) or (known and key not in known):
                self.fault("unknown_key", key=key)
        return True

    def pairs(self) -> Iterator[tuple[str, "Reader"]]:
        """Entries of a mapping keyed by names."""
        if self.value is None:
            return
        if not isinstance(self.value, Mapping):
            self.fault("wrong_type", expected="a mapping")
            return
        for key in self.value:
            child = Reader(self.value[key], f"{self.path}.{key}", self.faults)
            if not isinstance(key, str) or not NAME.match(key):
                child.fault("bad_name", value=key)
            yield str(key), child

    def keyed(self, key: str, name: str) -> Iterator[tuple[str, "Reader"]]:
        """Entries of the list `key`, each a mapping named by its entry `name`; order is theirs."""
        seen: set[str] = set()
        for row in self.child(key).items():
            if not isinstance(row.value, Mapping):
                row.fault("wrong_type", expected="a mapping")
                continue
            found = row.name(name, required=True)
            if found in seen:
                row.fault("twice", value=found)
            seen.add(found)
            yield found, row

    def items(self) -> Iterator["Reader"]:
        """Entries of a list; nothing for an absent value; one for a single mapping or word."""
        if self.value is None:
            return
        if isinstance(self.value, str | Mapping):
            yield self
            return
        if not isinstance(self.value, Sequence):
            self.fault("wrong_type", expected="a list")
            return
        for index, value in enumerate(self.value):
            yield Reader(value, f"{self.path}[{index}]", self.faults)

    def word(self, key: str, *, required: bool = False, default: str = "") -> str:
        """A piece of text; numbers and dates that YAML made of it are refused."""
        child = self.child(key)
        if child.value is None:
            if required:
                self.fault("missing", key=key)
            return default
        if not isinstance(child.value, str):
            child.fault("wrong_type", expected="a text")
            return default
        return child.value

    def name(self, key: str, *, required: bool = False, default: str = "") -> str:
        """A name: lower-case letters, digits, underscore."""
        value = self.word(key, required=required, default=default)
        if value and not NAME.match(value):
            self.child(key).fault("bad_name", value=value)
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names (a single one may stand without the list)."""
        found: list[str] = []
        for item in self.child(key).items():
            if not isinstance(item.value, str) or not NAME.match(item.value):
                item.fault("bad_name", value=item.value)
            elif item.value in found:
                item.fault("twice", value=item.value)
            else:
                found.append(item.value)
        return tuple(found)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found: list[str] = []
        for item in self.child(key).items():
            if isinstance(item.value, str):
                found.append(item.value)
            else:
                item.fault("wrong_type", expected="a text")
        return tuple(found)

    def one_of(self, key: str, allowed: Sequence[str], default: str = "") -> str:
        value = self.word(key, default=default)
        if value != default and value not in allowed:
            self.child(key).fault("bad_choice", value=value, allowed=", ".join(allowed))
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.child(key).value
        if value is None:
            return default
        if not isinstance(value, bool):
            self.child(key).fault("wrong_type", expected="true or false")
            return default
        return value

    def number(self, key: str, *, low: int, high: int, default: int | None = None) -> int | None:
        value = self.child(key).value
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            self.child(key).fault("wrong_type", expected="a whole number")
            return default
        if not low <= value <= high:
            self.child(key).fault("bad_number", value=value, low=low, high=high)
            return default
        return value

    def span(self, key: str) -> timedelta | None:
        """A span as `parse_span` reads it; None where absent."""
        value = self.child(key).value
        if value is None:
            return None
        span = parse_span(value)
        if span is None:
            self.child(key).fault("bad_span", value=value)
        return span

    def text(self, key: str) -> Text:
        """A text in both languages, `{zh: …, en: …}`; what is missing stays empty for lint to name."""
        child = self.child(key)
        return child.as_text() if child.value is not None else Text()

    def as_text(self) -> Text:
        if isinstance(self.value, str):
            return Text(self.value, "")
        if not self.mapping("zh", "en"):
            return Text()
        return Text(self.word("zh"), self.word("en"))

    def texts(self, key: str) -> tuple[Text, ...]:
        return tuple(item.as_text() for item in self.child(key).items())

    def rows(self, key: str, read: Callable[["Reader"], T | None]) -> tuple[T, ...]:
        """Every entry of a list read by `read`; entries it gives up on (None) are left out."""
        found = (read(item) for item in self.child(key).items())
        return tuple(item for item in found if item is not None)
