"""The parts of a mail, split by our own bounded MIME reader.

Bounds, so that no mail can exhaust memory, stack or time: depth 20, 500 parts, eight times the
mail's size in copies. Beyond a bound the rest stays one opaque part. The standard library's parser
recurses with the nesting and re-encodes undeclared 8-bit text; this one keeps the bytes.
"""

import binascii
import quopri
import re
from dataclasses import dataclass

from yinuo.domain.intake import charsets
from yinuo.domain.intake.headers import Headers, loose_base64, one_line, split, value_and_parameters

MAX_DEPTH = 20
MAX_PARTS = 500

_UU_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?:[ -`][^\r\n]{0,100}\r?\n){1,200000}?`?\r?\n?end\r?$", re.MULTILINE
)
_UU = re.compile(rb"^begin [0-7]{3,4} (.+?)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One entity: its header, its type, its undecoded body, and the parts inside it."""

    headers: Headers
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    body: bytes
    children: tuple["Part", ...] = ()

    @property
    def main_type(self) -> str:
        """`text` of `text/plain`."""
        return self.content_type.partition("/")[0]

    def content(self) -> bytes:
        """The body with its transfer encoding undone. Never raises."""
        return decode_transfer(self.body, self.headers.raw("content-transfer-encoding"))


class _Budget:
    """How many parts, and bytes in parts, may still be made; shared by the whole tree."""

    def __init__(self, size: int) -> None:
        self.left = MAX_PARTS
        # Each level of nesting copies its content once: twenty levels of a large mail are refused.
        self.bytes_left = 8 * size + 1_000_000
        self.problems: list[str] = []


def read(raw: bytes) -> tuple[Part, tuple[str, ...]]:
    """The tree of parts of a whole mail, and what was wrong with it."""
    content = _without_mbox_line(raw.lstrip(b"\r\n"))
    if b"\n" not in content[:4096] and b"\r" in content[:4096]:
        content = content.replace(b"\r", b"\n")
    budget = _Budget(len(content))
    part = _part(content, 0, "text/plain", budget)
    return part, tuple(dict.fromkeys((*part.headers.problems, *budget.problems)))


def _without_mbox_line(content: bytes) -> bytes:
    """`content` without the `From somebody at some time` line that mail folders put first."""
    return content.partition(b"\n")[2] if content.startswith((b"From ", b">From ")) else content


def _part(content: bytes, depth: int, default: str, budget: _Budget) -> Part:
    budget.left -= 1
    budget.bytes_left -= len(content)
    deep = depth >= MAX_DEPTH or budget.bytes_left < 0
    headers, body = split(content)
    declared, parameters = value_and_parameters(headers.raw("content-type"))
    content_type = _content_type(declared, default)
    disposition, more = value_and_parameters(headers.raw("content-disposition"))
    filename = _filename(more.get("filename") or parameters.get("name") or more.get("name") or "")
    children: tuple[Part, ...] = ()
    if content_type.startswith("multipart/"):
        boundary = parameters.get("boundary", "")
        inner = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
        pieces = [] if deep else _pieces(body, boundary, budget)
        if deep:
            budget.problems.append("nested too deep")
        children = tuple(_part(piece, depth + 1, inner, budget) for piece in pieces)
        if not children:
            content_type = "application/octet-stream" if deep else "text/plain"
            if not deep:
                budget.problems.append("no boundary found")
    elif content_type in ("message/rfc822", "message/global"):
        inside = decode_transfer(body, headers.raw("content-transfer-encoding"))
        if not deep and budget.left > 0:
            children = (_part(_without_mbox_line(inside.lstrip(b"\r\n")), depth + 1, "text/plain", budget),)
        else:
            budget.problems.append("nested too deep")
    return Part(
        headers=headers,
        content_type=content_type,
        parameters=parameters,
        disposition=disposition.lower(),
        filename=filename,
        body=body,
        children=children,
    )


def _content_type(declared: str, default: str) -> str:
    value = re.sub(r"[^a-z0-9/.+_-]", "", declared.strip().lower())
    if re.fullmatch(r"[a-z0-9._+-]+/[a-z0-9._+-]+", value):
        return value[:100]
    if value.startswith("multipart/"):
        return "multipart/mixed"
    return {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(value, default)


def _filename(name: str) -> str:
    """The last path component: a name is shown and offered for saving, never a place."""
    base = re.split(r"[/\\]", name)[-1].strip().strip("\x00")
    return "" if base in (".", "..") else base[:255]


def _pieces(body: bytes, boundary: str, budget: _Budget) -> list[bytes]:
    marker = boundary.encode("utf-8", "surrogateescape")[:200].rstrip()
    if not marker:
        guess = re.search(rb"^--([^\s-][^\r\n]{5,69}?)[ \t]*\r?\nContent-", body, re.MULTILINE | re.IGNORECASE)
        if guess is None:
            return []
        marker = guess.group(1)
    line = re.compile(rb"(?:^|\r?\n|\r)--" + re.escape(marker) + rb"(--)?[ \t]*(?=\r|\n|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for match in line.finditer(body):
        if start is not None:
            pieces.append(body[start : max(start, match.start())])
            budget_left = budget.left - len(pieces)
            if budget_left <= 0:
                budget.problems.append("too many parts")
                return pieces
        if match.group(1):
            return pieces
        start = match.end()
        if body[start : start + 2] == b"\r\n":
            start += 2
        elif body[start : start + 1] in (b"\n", b"\r"):
            start += 1
    if start is not None:
        budget.problems.append("no closing boundary")
        pieces.append(body[start:])
    return pieces


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """`body` with a Content-Transfer-Encoding undone; unknown encodings leave it as it is."""
    name = re.sub(r"[^a-z0-9-]", "", encoding.lower())
    if name in ("base64", "b"):
        decoded = loose_base64(_base64_only(body))
        return body if decoded is None else decoded
    if name in ("quoted-printable", "quopri", "q"):
        return quopri.decodestring(body)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _undo_uu(body)
    return body


def _base64_only(body: bytes) -> bytes:
    # Footers that list servers append in clear text are not part of the encoded text.
    lines = body.splitlines()
    kept = [line.strip() for line in lines]
    for position, line in enumerate(kept):
        if line and not re.fullmatch(rb"[A-Za-z0-9+/=_\- \t!]*", line):
            return b"".join(kept[:position]) if position else b"".join(kept)
    return b"".join(kept)


def uu_files(body: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A text without the uuencoded files in it, and these files as (name, content)."""
    files: list[tuple[str, bytes]] = []
    rest: list[bytes] = []
    position = 0
    for found in _UU_BLOCK.finditer(body):
        name = charsets.decode(found.group(1).strip(), None)
        files.append((_filename(one_line(name, 255)), _undo_uu(found.group(0))))
        rest.append(body[position : found.start()])
        position = found.end()
    return b"".join([*rest, body[position:]]), files


def _undo_uu(body: bytes) -> bytes:
    start = _UU.search(body)
    if start is None:
        return body
    out = b""
    for line in body[start.end() :].splitlines():
        if line.strip() == b"end":
            break
        if not line.strip():
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:length])
            except binascii.Error:
                continue
    return out
