"""Header fields: splitting, unfolding, RFC 2047 words and RFC 2231 parameters, all forgiving.

Values that leave this module are one line: CR, LF, NUL and other controls have become spaces, so
nothing decoded can be mistaken for a header of its own later.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from yinuo.domain.intake import charsets

MAX_HEADER_BYTES = 256 * 1024
MAX_FIELDS = 1000
MAX_VALUE = 32 * 1024

_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*)$", re.DOTALL)
# The text may hold no "=?": that keeps the scan linear on hostile input.
_WORD = re.compile(r"=\?([^?\s=]{2,60})\?([BbQq])\?((?:[^?=]|=(?!\?[^=])|\?(?!=))*)\?=")
_UNCLOSED = re.compile(r"=\?([A-Za-z0-9_-]{3,40})\?([BbQq])\?([A-Za-z0-9+/=_]{8,})$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)', re.DOTALL)
_CONTINUED = re.compile(r"^(.+?)(?:\*(\d{1,3}))?(\*)?$")


@dataclass(frozen=True, slots=True)
class Headers:
    """The header fields of one entity in order, names in lower case, values raw but unfolded."""

    fields: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[str, ...] = field(default=())

    def raw(self, name: str) -> str:
        """The first field of this name, not RFC 2047 decoded; "" when absent."""
        return next((_text(value) for key, value in self.fields if key == name), "")

    def all_raw(self, name: str) -> list[str]:
        """Every field of this name, not RFC 2047 decoded."""
        return [_text(value) for key, value in self.fields if key == name]

    def text(self, name: str) -> str:
        """The first field of this name, decoded and on one line; "" when absent."""
        return one_line(decode_words(self.raw(name)))

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return any(key == name for key, _ in self.fields)


def split(content: bytes) -> tuple[Headers, bytes]:
    """Header fields and body of an entity.

    A line that is no field ends the header, as RFC 5322 parsers agree, unless fields follow it at
    once: then it is taken as a folded line that lost its indent.
    """
    lines: list[bytes] = []
    problems: list[str] = []
    position = 0
    limit = min(len(content), MAX_HEADER_BYTES)
    while position < limit:
        end = content.find(b"\n", position)
        stop = len(content) if end < 0 else end
        line = content[position:stop].rstrip(b"\r")
        following = stop + 1
        if not line:
            position = following
            break
        if line[:1] in b" \t":
            if not line.strip() and not lines:
                position = following
                break
            if lines:
                lines[-1] += b"\n" + line
        elif _FIELD.match(line):
            if len(lines) >= MAX_FIELDS:
                problems.append("too many header fields")
                position = following
                break
            lines.append(line)
        elif lines and _field_follows(content, following):
            problems.append("broken header line")
            lines[-1] += b"\n " + line
        else:
            break
        position = following
    else:
        if position < len(content):
            problems.append("header too long")
    found: list[tuple[str, bytes]] = []
    for line in lines:
        match = _FIELD.match(line)
        if match is not None:
            value = match.group(2).replace(b"\r", b"").replace(b"\n", b"")
            found.append((match.group(1).decode("ascii").lower(), value.strip()[:MAX_VALUE]))
    return Headers(tuple(found), tuple(problems)), content[position:]


def _field_follows(content: bytes, position: int) -> bool:
    end = content.find(b"\n", position)
    line = content[position : len(content) if end < 0 else end].rstrip(b"\r")
    match = _FIELD.match(line)
    known = (b"content-", b"from", b"to", b"subject", b"date", b"mime-", b"message-id", b"x-", b"received")
    return match is not None and match.group(1).lower().startswith(known)


def _text(value: bytes) -> str:
    return charsets.decode(value, None)


def one_line(text: str, limit: int = 4000) -> str:
    """`text` without controls and direction overrides, at most `limit` characters."""
    return _BIDI.sub("", _CONTROL.sub(" ", text))[:limit].strip()


def decode_words(value: str) -> str:
    """`value` with its RFC 2047 words decoded; words nothing can decode stay as they are.

    Neighbouring words of one character set are joined as bytes first, since Chinese clients cut
    characters in two (which RFC 2047 section 5 forbids).
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending: tuple[str, bytes, str] | None = None
    last = 0

    def flush() -> None:
        nonlocal pending
        if pending is not None:
            out.append(_decoded(*pending))
            pending = None

    for match in _WORD.finditer(value):
        between = value[last : match.start()]
        label = match.group(1).split("*")[0].lower()
        content = _word_bytes(match.group(2), match.group(3), label)
        if pending is None or between.strip(" \t\r\n"):
            flush()
            out.append(between)
        elif pending[0] != label:
            flush()
        if content is None:
            flush()
            out.append(match.group(0))
        elif pending is None:
            pending = (label, content, match.group(0))
        else:
            pending = (label, pending[1] + content, pending[2] + " " + match.group(0))
        last = match.end()
    flush()
    rest = value[last:]
    cut = _UNCLOSED.search(rest)
    if cut is not None:
        content = _word_bytes(cut.group(2), cut.group(3), cut.group(1))
        if content is not None:
            rest = rest[: cut.start()] + _decoded(cut.group(1), content, cut.group(0))
    return "".join(out) + rest


def _decoded(label: str, content: bytes, original: str) -> str:
    text = charsets.decode(content, label)
    if "\ufffd" not in text or charsets.fits(content, label):
        return text
    # A subject cut to a length ends in half a character; more damage than that is no text at all.
    lost = text.count("\ufffd")
    return text.replace("\ufffd", "") if lost <= 2 and lost * 8 <= len(text) else original


def _word_bytes(encoding: str, body: str, label: str) -> bytes | None:
    if encoding in "Qq":
        raw_text = body.replace("_", " ")
        raw = raw_text.encode("ascii" if raw_text.isascii() else charsets.codec_for(label) or "utf-8", "replace")
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda hit: bytes.fromhex(hit.group(1).decode()), raw)
    return loose_base64(body.encode("ascii", "ignore"))


def loose_base64(content: bytes) -> bytes | None:
    """Base64 with wrong padding, blanks or stray characters; None if nothing can be made of it."""
    kept = re.sub(rb"[^A-Za-z0-9+/=_-]", b"", content).replace(b"-", b"+").replace(b"_", b"/")
    parts = re.split(rb"=+", kept)
    out = b""
    for part in parts:
        if len(part) % 4 == 1:
            part = part[:-1]
        try:
            out += base64.b64decode(part + b"=" * (-len(part) % 4))
        except binascii.Error:
            return None
    return out


def value_and_parameters(raw: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset="x"; name*0*=…` as the value and its decoded parameters (RFC 2231).

    Parameter names are in lower case. Undeclared 8-bit and RFC 2047 words in parameters, both
    forbidden and both common, are decoded too.
    """
    head, _, _ = raw.partition(";")
    pieces: dict[str, dict[int, tuple[bool, str]]] = {}
    plain: dict[str, str] = {}
    for match in _PARAMETER.finditer(raw[len(head) :]):
        name, value = match.group(1).lower(), match.group(2).strip()
        if value.startswith('"'):
            value = re.sub(r'\\(["\\])', r"\1", value[1:].removesuffix('"'))
        found = _CONTINUED.match(name)
        if found is None or (found.group(2) is None and found.group(3) is None):
            plain.setdefault(name, value)
        else:
            order = int(found.group(2) or 0)
            pieces.setdefault(found.group(1), {}).setdefault(order, (found.group(3) is not None, value))
        if len(plain) + len(pieces) > 100:
            break
    parameters = {name: one_line(decode_words(value), 1000) for name, value in plain.items()}
    for name, parts in pieces.items():
        parameters[name] = one_line(decode_words(_joined(parts)), 1000)
    return one_line(head.strip().strip('"'), 200), parameters


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    label: str | None = None
    content = b""
    for order, (encoded, value) in sorted(parts.items()):
        if encoded and order == min(parts) and value.count("'") >= 2:
            label, _, value = value.split("'", 2)
        content += unquote_to_bytes(value) if encoded else value.encode("utf-8")
    return charsets.decode(content, label)
