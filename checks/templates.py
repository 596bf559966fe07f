"""Templates: forms, rows, what may not stand in a page."""

import re
from collections.abc import Iterator

from checks.house import Fault, House, Source, rule

COMMENT = re.compile(r"\{%\s*comment\b.*?endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", re.DOTALL)
FORM = re.compile(r"<form\b(?P<tag>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>(?P<body>.*?)</form>", re.DOTALL)
POST = re.compile(r"\bmethod=[\"']?post\b", re.IGNORECASE)
INLINE = (
    (re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json[\"'])[^>]*>"), "inline script"),
    (re.compile(r"<style\b"), "inline style sheet"),
    (re.compile(r"<[a-zA-Z][^<>]*?\sstyle\s*="), "style="),
    (re.compile(r"<[a-zA-Z][^<>]*?\son[a-z]{3,}\s*=\s*[\"']"), "inline handler"),
    (re.compile(r"[\"']\s*javascript:", re.IGNORECASE), "javascript:"),
    (re.compile(r"\bhx-on\b|\bhx-vals=[\"']js:|\bhx-vars\b"), "script in an attribute of htmx"),
)
UNESCAPED = re.compile(r"\|\s*safe(?:seq)?\b|\{%\s*autoescape\s+off")
OUTSIDE = re.compile(
    r"(?:src|srcset|href|action|data|poster|hx-(?:get|post)|content)\s*=\s*[\"'](?:https?:)?//"
    r"(?!www\.w3\.org/)[^\"']*"
)
TICKETS = "src/yinuo/web/console/templates/console/tickets/"
ROWS = re.compile(r"/(?:[\w]*_)?(?:rows?|mini)\.html$")
PLAIN_TAGS = {"comment", "endcomment", "for", "empty", "endfor", "if", "elif", "else", "endif", "with", "endwith"}
SLOW_FILTERS = re.compile(r"\|\s*(?:date|time|timesince|timeuntil|naturaltime|naturalday|localize|utc|timezone)\b")
REQUEST = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*\shx-(?:get|post)=(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")


def _bare(source: Source) -> str:
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source.text)


@rule("DESIGN 4, pages; docs/frontend.md: no inline script, style or handler, no CDN")
def pages_are_strict(house: House) -> Iterator[Fault]:
    """No inline script, style or handler, no unescaped value, nothing fetched from outside."""
    for source in house.templates():
        text = _bare(source)
        for pattern, what in (*INLINE, (UNESCAPED, "unescaped"), (OUTSIDE, "from outside")):
            for match in pattern.finditer(text):
                yield Fault(source.path, source.line_at(match.start()), f"{what}: {match.group()[-60:]}")


@rule("DESIGN 7")
def forms_carry_csrf(house: House) -> Iterator[Fault]:
    """Every form that posts carries {% csrf_token %}."""
    for source in house.templates():
        text = _bare(source)
        for form in FORM.finditer(text):
            posts = POST.search(form["tag"]) or "hx-post" in form["tag"]
            if posts and not re.search(r"\{%\s*csrf_token\s*%\}", form["body"]):
                yield Fault(source.path, source.line_at(form.start()), "a form without csrf_token")


@rule("DESIGN 4, pages: every form carries its ticket and version, the server checks both")
def ticket_forms_name_their_ticket(house: House) -> Iterator[Fault]:
    """Every posting form of the ticket pages has the inputs `ticket` (its number) and `version`."""
    sources = list(house.templates(TICKETS))
    elsewhere = {
        (match["form"], match["name"])
        for source in sources
        for tag in re.findall(r"<(?:input|textarea|select)\b[^>]*>", _bare(source))
        if (match := re.search(r"\bform=\"(?P<form>[\w-]+)\".*?\bname=\"(?P<name>\w+)\"", tag))
    }
    for source in sources:
        for form in FORM.finditer(_bare(source)):
            if not POST.search(form["tag"]):
                continue
            own = re.search(r"\bid=\"([\w-]+)\"", form["tag"])
            for name in ("ticket", "version"):
                inside = re.search(rf"\bname=[\"']{name}[\"']|\{{\{{\s*\w+\.{name}\s*\}}\}}", form["body"])
                if not inside and (own is None or (own[1], name) not in elsewhere):
                    action = re.search(r"\baction=\"\{%\s*url\s+'([\w:]+)'", form["tag"])
                    called = action[1] if action else own[1] if own else ""
                    yield Fault(source.path, source.line_at(form.start()), f"a form without {name}", f"{called}.{name}")


@rule("DESIGN 6, Lists: a row's template has no custom tag, no {% url %}, no date filter")
def rows_are_flat(house: House) -> Iterator[Fault]:
    """In templates of rows (…rows.html, …row.html, mini.html) values stand as they are: plain tags only within the
    loop, no {% url %}, no date filter."""
    for source in house.templates():
        if not ROWS.search(source.path):
            continue
        text = _bare(source)
        for start, end in _loops(text):
            for tag in re.finditer(r"\{%\s*(\w+)", text[start:end]):
                if tag[1] not in PLAIN_TAGS:
                    yield Fault(source.path, source.line_at(start + tag.start()), f"{tag[1]} in a row", tag[1])
            for slow in SLOW_FILTERS.finditer(text[start:end]):
                yield Fault(source.path, source.line_at(start + slow.start()), f"{slow.group()} in a row")


def _loops(text: str) -> Iterator[tuple[int, int]]:
    depth, start = 0, 0
    for tag in re.finditer(r"\{%\s*(for|empty|endfor)\b.*?%\}", text):
        if tag[1] == "for":
            if not depth:
                start = tag.start()
            depth += 1
        elif tag[1] == "empty":
            if depth == 1:
                yield start, tag.start()
                start = len(text)  # what stands under {% empty %} is said once
        else:
            depth -= 1
            if not depth and start < tag.start():
                yield start, tag.start()


@rule("docs/frontend.md, Forms: nothing is inherited")
def requests_say_where(house: House) -> Iterator[Fault]:
    """Every hx-get and hx-post says itself what it swaps (hx-swap)."""
    for source in house.templates():
        for match in REQUEST.finditer(_bare(source)):
            if "hx-swap" not in match.group():
                yield Fault(source.path, source.line_at(match.start()), "a request without hx-swap")


@rule("docs/frontend.md: every file begins with a comment that names its context")
def templates_say_their_context(house: House) -> Iterator[Fault]:
    """A template of the components begins with a comment that names what it needs."""
    for source in house.templates("src/yinuo/web/components/"):
        if not re.match(r"\s*(?:\{%\s*(?:extends|load)[^%]*%\}\s*)*\{(?:%\s*comment|#)", source.text):
            yield Fault(source.path, 1, "say in a comment what the template needs")
