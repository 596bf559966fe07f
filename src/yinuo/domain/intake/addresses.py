"""Address lists as they come: groups, comments, quoted names, words encoded where they may not be."""

import re

from yinuo.domain.intake.headers import decode_words, one_line
from yinuo.domain.intake.model import Address

MAX_ADDRESSES = 500

_PLAIN = re.compile(r"[^\s<>\"(),;:\[\]]+@[^\s<>\"(),;:]+")
_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z))
      | (?P<word>=\?[^?\s]+\?[BbQq]\?[^?]*\?=)
      | (?P<comment>\((?:[^()\\]|\\.|\\\Z|\((?:[^()\\]|\\.)*+\))*+(?:\)|\Z))
      | (?P<angle><[^<>]*>?)
      | (?P<comma>[,;])
      | (?P<group>:)
      | (?P<blank>[ \t\r\n]+)
      | (?P<text>[^\s"(),;:<]+|.)""",
    re.VERBOSE | re.DOTALL,
)


def addresses(raw: str) -> tuple[Address, ...]:
    """The mailboxes in a raw (not yet RFC 2047 decoded) header value, at most 500, groups opened."""
    found: list[Address] = []
    words: list[tuple[str, str]] = []
    angle: str | None = None
    comment = ""

    def finish() -> None:
        nonlocal words, angle, comment
        one = _mailbox(words, angle, comment)
        if one is not None:
            found.append(one)
        words, angle, comment = [], None, ""

    for match in _TOKEN.finditer(raw):
        kind, value = str(match.lastgroup), match.group(0)
        # An unclosed quote or comment would swallow the rest: read again without that sign.
        if kind == "quoted" and (len(value) < 2 or value[-1] != '"'):
            return addresses(raw.replace('"', " "))
        if kind == "comment" and value[-1] != ")":
            return addresses(raw.replace("(", " "))
        if kind == "comma":
            if len(found) >= MAX_ADDRESSES:
                return tuple(found[:MAX_ADDRESSES])
            finish()
        elif kind == "group":
            joined = "".join(text for _, text in words)
            if "@" in joined or joined.strip().lower() in ("mailto", "smtp"):
                words.append(("text", value))
            else:
                words, angle, comment = [], None, ""
        elif kind == "angle":
            if angle is None or not _is_address(angle):
                if angle is not None:
                    words.append(("text", angle))
                angle = value.strip("<> \t\r\n")
        elif kind == "comment":
            comment = comment or value[1:-1]
        else:
            words.append((kind, value))
    finish()
    return tuple(found[:MAX_ADDRESSES])


def _is_address(text: str) -> bool:
    return "@" in text


def _mailbox(words: list[tuple[str, str]], angle: str | None, comment: str) -> Address | None:
    phrase = "".join(_unquoted(text) if kind == "quoted" else text for kind, text in words)
    name = one_line(decode_words(phrase), 500).strip("\"' ")
    if angle is not None:
        address = angle
        if address.startswith("@") and ":" in address:
            address = address.rsplit(":", 1)[1]
        if not _is_address(address):
            inner = _PLAIN.search(decode_words(address)) or _PLAIN.search(name)
            address = inner.group(0) if inner else address
        if not address and not name:
            return None
        return Address(_tidy(name), _clean(address))
    joined = "".join(text for _, text in words).strip()
    if not joined:
        return None
    quoted_local = re.fullmatch(r'"(?:[^"\\]|\\.)+"@[^\s@]+', joined)
    if quoted_local:
        return Address(_tidy(one_line(decode_words(comment), 500)), _clean(joined))
    hit = _PLAIN.search(name)
    if hit is None:
        return Address(_tidy(name), "") if name else None
    rest = (name[: hit.start()] + name[hit.end() :]).strip("\"'[]<> ")
    return Address(_tidy(rest or one_line(decode_words(comment), 500)), _clean(hit.group(0)))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _tidy(name: str) -> str:
    return re.sub(r"\s+", " ", name).strip()


def _clean(address: str) -> str:
    return one_line(address.removeprefix("mailto:"), 320).replace(" ", "")
