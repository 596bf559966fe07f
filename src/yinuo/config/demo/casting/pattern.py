"""Texts with blanks, and finding in a text what has to become one."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Key = tuple[Hashable, ...]
"""Names a value that differs from cast to cast: `("id", uuid)`, `("at", instant)`, `("number",)` …"""


class Pattern:
    """Text with blanks, filled in from the values at `slots`: as fast as Python can."""

    __slots__ = ("_get", "slots", "text")

    def __init__(self, text: str, slots: Sequence[int]) -> None:
        """`text` is a format for `%`, with a `%s` for each slot."""
        self.slots = tuple(slots)
        self.text = text if slots else text % ()
        self._get: Callable[[Sequence[str]], Any] | None = itemgetter(*slots) if slots else None

    def fill(self, values: Sequence[str]) -> str:
        return self.text % self._get(values) if self._get else self.text


class Slots:
    """Numbers the keys of one mould; remembers what stood there in the original."""

    def __init__(self) -> None:
        self.numbers: dict[Key, int] = {}
        self.keys: list[Key] = []
        self.original: list[str] = []

    def of(self, key: Key, original: str) -> int:
        number = self.numbers.setdefault(key, len(self.original))
        if number == len(self.original):
            self.keys.append(key)
            self.original.append(original)
        elif self.original[number] != original:
            raise Unfit(f"{key} stands as {original!r} and as {self.original[number]!r}")
        return number

    def like(self, kind: str) -> list[tuple[Key, int]]:
        """The keys of one kind with their numbers."""
        return [(key, number) for key, number in self.numbers.items() if key[0] == kind]


class Unfit(Exception):
    """This ticket holds something that cannot be told anew."""


UUID_FORM = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ISO_FORM = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+\d\d:\d\d|Z)"
DATE_FORM = r"(?<![\d-])\d{4}-\d\d-\d\d(?![\d-]|T)"
SAID_FORM = r"\d{1,2}月\d{1,2}日\d\d:\d\d"
SAID_IN_ENGLISH = r"\d\d [A-Z][a-z]{2} \d{4}, \d\d:\d\d"
HEX_FORM = r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])"
MAIL_ID_FORM = r"<[0-9a-f]{12}\.\d+@[^<>\s]+>"


def said(instant: datetime, zone: ZoneInfo) -> str:
    """As `procedures.messages.say_instant` says it in Chinese."""
    local = instant.astimezone(zone)
    return f"{local.month}月{local.day}日{local:%H:%M}"


def said_in_english(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%d %b %Y, %H:%M}"


class Weaver:
    """Turns texts of one original into patterns.

    `known` are texts that have a key (names, numbers, whole letters), `ids` the ids that have one; instants, days and
    Message-IDs are recognised by their form. Other ids are of what all casts share: they stay.
    """

    def __init__(
        self,
        slots: Slots,
        known: Mapping[str, Key],
        ids: Mapping[UUID, Key],
        instants: Sequence[datetime],
        zone: ZoneInfo,
        within: str,
    ) -> None:
        """`within`: everything that will be woven, so that what does not stand in it is not looked for."""
        self.slots = slots
        self._ids = {str(one): key for one, key in ids.items()}
        self._zone = zone
        self._said = {form(instant, zone): instant for instant in instants for form in (said, said_in_english)}
        self._known = {text: key for text, key in known.items() if text}
        self._in_json = {_json(text): key for text, key in self._known.items()}
        self._plain_finder = _finder(self._known, within)
        self._json_finder = _finder(self._in_json, within)

    def plain(self, text: str) -> Pattern:
        return self._weave(text, self._plain_finder, self._known, "")

    def json(self, text: str) -> Pattern:
        """A text that is JSON: blanks in it take the values as they stand between quotes."""
        return self._weave(text, self._json_finder, self._in_json, "json")

    def _weave(self, text: str, finder: re.Pattern[str], known: Mapping[str, Key], way: str) -> Pattern:
        parts: list[str] = []
        slots: list[int] = []
        end = 0
        for found in finder.finditer(text):
            slot = self._slot(found[0], known, way)
            if slot is not None:
                parts += [text[end : found.start()].replace("%", "%%"), "%s"]
                slots.append(slot)
                end = found.end()
        parts.append(text[end:].replace("%", "%%"))
        pattern = Pattern("".join(parts), slots)
        if pattern.fill(self.slots.original) != text:
            raise AssertionError(f"woven wrongly: {text!r}")
        return pattern

    def _slot(self, found: str, known: Mapping[str, Key], way: str) -> int | None:
        key = known.get(found)
        if key is not None:
            return self.slots.of((way, *key) if way and key[0] in FREE_TEXTS else key, found)
        if found[8:9] == "-" and found[13:14] == "-":
            key = self._ids.get(found)
            return None if key is None else self.slots.of(key, found)
        if found[10:11] == "T" and found[4:5] == "-":
            return self.instant(datetime.fromisoformat(found), found)
        if found.startswith("<"):
            return self.slots.of(("mail", found), found)
        if found in self._said:
            kind = "said" if "月" in found else "said_in_english"
            return self.slots.of((kind, self._said[found]), found)
        if re.fullmatch(DATE_FORM, found):
            return self.slots.of(("date", date.fromisoformat(found)), found)
        return None

    def id(self, one: UUID) -> int | None:
        """The slot of an id that has one."""
        key = self._ids.get(str(one))
        return None if key is None else self.slots.of(key, str(one))

    def instant(self, at: datetime, text: str | None = None) -> int:
        """The slot of an instant. Raises `Unfit` for one written in another way than ours."""
        at = at.astimezone(UTC)
        if text is None or text == at.isoformat():
            return self.slots.of(("at", at), at.isoformat())
        if text == at.astimezone(self._zone).isoformat():
            return self.slots.of(("local", at), text)
        if text == in_zulu(at):
            return self.slots.of(("zulu", at), text)
        raise Unfit(f"an instant written as {text}")


def in_zulu(at: datetime) -> str:
    """As JSON is written here (RFC 3339): `Z` for UTC."""
    return at.isoformat().replace("+00:00", "Z")


FREE_TEXTS = frozenset({"text", "link"})
"""Kinds of keys whose values stand differently in JSON."""


def _json(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _finder(known: Mapping[str, Key], within: str) -> re.Pattern[str]:
    """Longest first; words of letters and digits only where they stand alone. What has a form of its own is found by
    it."""
    forms = [UUID_FORM, MAIL_ID_FORM, ISO_FORM, HEX_FORM, SAID_FORM, SAID_IN_ENGLISH, DATE_FORM]
    formed = re.compile("|".join(forms))
    literals = [
        rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])" if text.isascii() and text.isalnum() else re.escape(text)
        for text in sorted(known, key=len, reverse=True)
        if text in within and not formed.fullmatch(text)
    ]
    return re.compile("|".join([*literals, *forms]))
