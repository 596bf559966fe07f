"""Values as they stand on paper: in one language, in one zone, without what a font cannot draw."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from yinuo.domain.conditions import is_empty
from yinuo.domain.procedure.model import Field
from yinuo.domain.reading import Text

YES, NO = Text("是", "Yes"), Text("否", "No")
PASSED, BACK = Text("通过", "Passed"), Text("退回", "Sent back")
SIGNED = {
    "handwritten": Text("手写签字", "Signed by hand"),
    "portal": Text("客户页面确认", "On the customer's page"),
    "recording": Text("电话录音", "Recorded call"),
    "stamp": Text("盖章", "Stamped"),
}
SATISFACTION = {
    5: Text("非常满意", "Very satisfied"),
    4: Text("满意", "Satisfied"),
    3: Text("一般", "Neither"),
    2: Text("不满意", "Dissatisfied"),
    1: Text("非常不满意", "Very dissatisfied"),
}
EMOTICON = Text("〔表情〕", "[emoji]")
_PICTURES = ((0x1F000, 0x1FAFF), (0x1FB00, 0x1FBFF), (0xE000, 0xF8FF), (0xF0000, 0x10FFFF))
_JOINING = frozenset({0x200D, 0xFE0E, 0xFE0F, 0x20E3, *range(0x1F3FB, 0x1F400)})


def printable(text: str, language: str) -> str:
    """The text without control characters, and with a word in the place of each run of emoji: an office font has no
    drawing of them, and an empty box would look like a fault."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    drawn = False
    for character in text:
        code = ord(character)
        if code in _JOINING:
            continue
        if any(low <= code <= high for low, high in _PICTURES):
            if not drawn:
                kept.append(EMOTICON.say(language))
            drawn = True
            continue
        drawn = False
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn"):
            kept.append(character)
    return "".join(kept)


@dataclass(frozen=True)
class Printer:
    """`names` are those of the accounts, products … that values name by id."""

    language: str
    zone: tzinfo
    names: Mapping[str, str]

    def say(self, text: Text) -> str:
        return text.say(self.language)

    def value(self, field: Field, value: Any, show: str = "") -> str:
        """A filled-in value; empty where there is none. Nothing is hidden here."""
        if is_empty(value):
            return ""
        return printable(self._value(field, value, show), self.language)

    def _value(self, field: Field, value: Any, show: str) -> str:
        match field.type:
            case "choice" | "multi":
                labels = {choice.value: self.say(choice.label) for choice in field.choices}
                given = value if isinstance(value, list | tuple) else [value]
                return ("、" if self.language.startswith("zh") else ", ").join(
                    labels.get(str(one), str(one)) for one in given
                )
            case "bool":
                good, bad = (PASSED, BACK) if show == "passed" else (YES, NO)
                return self.say(good if value is True or value == "true" else bad)
            case "instant":
                return self.instant(value, day=show == "day")
            case "score":
                return self._score(value, show)
            case "sign":
                return self._sign(value)
            case "money":
                return self.money(value)
            case "percent":
                return f"{value}%"
            case "ref":
                return self.names.get(str(value), "" if field.ref == "account" else str(value))
            case "log":
                entries = self.log(value)
                return "\n".join(" ".join(part for part in entry if part) for entry in entries)
        if isinstance(value, bool):
            return self.say(YES if value else NO)
        if isinstance(value, list | tuple):
            return "、".join(self.names.get(str(one), str(one)) for one in value)
        return self.names.get(str(value), str(value))

    def instant(self, value: Any, *, day: bool = False) -> str:
        """In the zone; a text that is no instant stays as it is."""
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        local = at.astimezone(self.zone) if at.tzinfo else at
        return f"{local:%Y-%m-%d}" if day else f"{local:%Y-%m-%d %H:%M}"

    def money(self, value: Any) -> str:
        """With thousands apart, cents where there are any."""
        try:
            amount = round(float(value), 2)
        except (TypeError, ValueError):
            return str(value)
        text = f"{amount:,.2f}".removesuffix(".00")
        return f"¥{text}" if self.language.startswith("zh") else f"CNY {text}"

    def log(self, value: Any) -> tuple[tuple[str, str, str], ...]:
        """The entries of a log: instant, by whom, what."""
        if not isinstance(value, list | tuple):
            return ()
        return tuple(
            (
                self.instant(entry.get("at", "")),
                self.names.get(str(entry.get("by", "")), ""),
                printable(str(entry.get("text", "")), self.language),
            )
            for entry in value
            if isinstance(entry, Mapping)
        )

    def _score(self, value: Any, show: str) -> str:
        if show == "number" or not isinstance(value, int):
            return str(value)
        if show == "words":
            return self.say(SATISFACTION.get(value, Text(str(value), str(value))))
        return f"{value} 分" if self.language.startswith("zh") else f"{value} of 5"

    def _sign(self, value: Any) -> str:
        if not isinstance(value, Mapping):
            return str(value)
        way = SIGNED.get(str(value.get("way", "")))
        at = value.get("at")
        parts = (self.say(way) if way else "", str(value.get("by", "")), self.instant(at) if at else "")
        return " · ".join(filter(None, parts))
