"""HTML of mails to plain text, and plain text to HTML.

The tokenizer is our own because the standard library's parser takes quadratic time on crafted
markup; this one looks at each character a bounded number of times.
"""

import re
from collections.abc import Iterator
from html import escape, unescape

MAX_HTML = 2_000_000

_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_ATTRIBUTE = re.compile(r"([a-zA-Z_:-]{1,40})\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_RAW = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title", "textarea", "head")}
_PARAGRAPH = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl"})
_BLOCK = frozenset(
    [
        "div",
        "tr",
        "table",
        "tbody",
        "thead",
        "section",
        "article",
        "header",
        "footer",
        "address",
        "center",
        "form",
        "fieldset",
        "dt",
        "dd",
        "caption",
        "blockquote",
        "body",
        "main",
        "nav",
        "aside",
        "includetail",
        "sign",
    ]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_VALUE = re.compile(r"=\s*([\"'])")
_LINE = "\n"


def text_to_html(text: str) -> str:
    """Plain text as HTML with its line breaks kept."""
    return f'<div style="white-space: pre-wrap">{escape(text)}</div>'


def html_to_text(html: str) -> str:
    """The text a reader sees, block by block; quoted blocks get `> ` in front of each line.

    Elements a browser hides (the preview lines of newsletters) are left out, unless nothing else is
    there.
    """
    return _render(html[:MAX_HTML], hide=True) or _render(html[:MAX_HTML], hide=False)


def _render(html: str, *, hide: bool) -> str:
    writer = _Writer()
    hidden, depth = "", 0
    for kind, name, value in _tokens(html):
        if depth:
            if name == hidden:
                depth += 1 if kind == "open" else -1
        elif kind == "text":
            writer.write(unescape(value))
        elif kind == "close":
            writer.close(name)
        elif hide and name not in _VOID and _HIDDEN.search(value[:4000]):
            hidden, depth = name, 1
        else:
            writer.open(name, value)
    return writer.result()


def _tokens(html: str) -> Iterator[tuple[str, str, str]]:
    """(`open`, tag, attributes) · (`close`, tag, "") · ("text", "", text), in order."""
    position, size = 0, len(html)
    closable = {'"': True, "'": True}  # whether the sign occurs again further on
    while position < size:
        start = html.find("<", position)
        if start < 0:
            yield "text", "", html[position:]
            return
        if start > position:
            yield "text", "", html[position:start]
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            # Outlook's downlevel-revealed conditions are comments to every other reader.
            position = size if end < 0 else end + 3
            continue
        if html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            position = size if end < 0 else end + 1
            continue
        found = _NAME.match(html, start + 1)
        if found is None:
            yield "text", "", "<"
            position = start + 1
            continue
        end = _tag_end(html, found.end(), closable)
        if end < 0:
            return
        name = found.group(1).lower()
        closing = html[start + 1] == "/"
        position = end + 1
        yield ("close" if closing else "open"), name, "" if closing else html[found.end() : end]
        if not closing and name in _RAW and html[end - 1] != "/":
            over = _RAW[name].search(html, position)
            position = size if over is None else over.start()


def _tag_end(html: str, position: int, closable: dict[str, bool]) -> int:
    """Where the tag's `>` is; quotes are honoured as long as they close at all."""
    at = position
    while True:
        end = html.find(">", at)
        if end < 0:
            return -1
        opening = _VALUE.search(html, at, end)
        if opening is None:
            return end
        sign = opening.group(1)
        other = html.find(sign, opening.end()) if closable[sign] else -1
        if other < 0:
            closable[sign] = False
            return end
        at = other + 1


class _Writer:
    """Collects lines; knows about blocks, preformatted text, lists and quotes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.quotes: list[bool] = []
        self.pre = 0
        self.lists: list[int | None] = []
        self.wants_blank = False
        self.pending_space = False

    def write(self, text: str) -> None:
        text = text.replace("\u00a0", " ").replace("\u200b", "").replace("\ufeff", "")
        if self.pre:
            first, *rest = text.replace("\r\n", _LINE).split(_LINE)
            self.current.append(first)
            for line in rest:
                self.end_line(always=True)
                self.current.append(line)
            return
        squeezed = _SPACE.sub(" ", text)
        if not self.current or self.current[-1].endswith(" "):
            squeezed = squeezed.lstrip(" ")
        if squeezed:
            self._flush_blank()
            self.current.append(squeezed)

    def _flush_blank(self) -> None:
        if self.wants_blank:
            if self.lines and self.lines[-1].strip("> "):
                self.lines.append(self._prefix().rstrip())
            self.wants_blank = False

    def _prefix(self) -> str:
        return "> " * min(sum(self.quotes), 20)

    def end_line(self, *, always: bool = False) -> None:
        line = "".join(self.current)
        self.current = []
        if line.strip() or always:
            self.lines.append((self._prefix() + (line if self.pre else line.strip())).rstrip())

    def open(self, name: str, attributes: str) -> None:
        if name == "br":
            self._flush_blank()
            self.end_line(always=True)
        elif name == "hr":
            self.end_line()
            self.current.append("_" * 32)
            self.end_line()
        elif name == "li":
            self.end_line()
            number = self.lists[-1] if self.lists else None
            if number is not None:
                self.lists[-1] = number + 1
            self.write(f"{number}. " if number is not None else "- ")
        elif name in ("td", "th"):
            if "".join(self.current).strip():
                self.current.append(" ")
        elif name == "pre":
            self.end_line()
            self.pre += 1
        elif name in _PARAGRAPH or name in _BLOCK:
            self.end_line()
            if name in _PARAGRAPH:
                self.wants_blank = bool(self.lines)
            if name == "ol":
                self.lists.append(1)
            elif name == "ul":
                self.lists.append(None)
            elif name == "blockquote":
                self.quotes.append(_cites(attributes))

    def close(self, name: str) -> None:
        if name == "pre":
            self.end_line()
            self.pre = max(0, self.pre - 1)
        elif name == "li":
            self.end_line()
        elif name in _PARAGRAPH or name in _BLOCK:
            self.end_line()
            if name in _PARAGRAPH:
                self.wants_blank = True
            if name in ("ol", "ul") and self.lists:
                self.lists.pop()
            elif name == "blockquote" and self.quotes:
                self.quotes.pop()

    def result(self) -> str:
        self.end_line()
        text = _LINE.join(self.lines)
        return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n")


def _cites(attributes: str) -> bool:
    found = {hit.group(1).lower(): hit.group(2).strip("\"'").lower() for hit in _ATTRIBUTE.finditer(attributes[:4000])}
    return (
        found.get("type") == "cite"
        or "cite" in found
        or "quote" in found.get("class", "")
        or "reply" in found.get("id", "")
        or "border-left" in found.get("style", "")
    )
