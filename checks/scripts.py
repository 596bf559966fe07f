"""Scripts and styles of the pages."""

import re
from collections.abc import Iterator

from checks.house import Fault, House, Source, rule

ASSETS = "src/yinuo/web/assets/"
COMMENTS = re.compile(r"/\*.*?\*/|(?<![:\"'`\w\\])//[^\n]*", re.DOTALL)
RUNS_TEXT = (
    (re.compile(r"\beval\s*\("), "eval runs text"),
    (re.compile(r"\bnew\s+Function\s*\("), "new Function runs text"),
    (re.compile(r"\bset(?:Timeout|Interval)\s*\(\s*[\"'`]"), "a timer of text"),
    (re.compile(r"\bdocument\.write(?:ln)?\s*\("), "document.write"),
    (re.compile(r"\b(?:inner|outer)HTML\s*\+?=(?!=)(?!\s*(?:\"[^\"]*\"|'[^']*'|`[^`$]*`)\s*;)"), "HTML from a value"),
    (re.compile(r"\binsertAdjacentHTML\s*\(\s*[^,]+,(?!\s*[\"'])"), "HTML from a value"),
    (re.compile(r"\bcreateContextualFragment\s*\("), "HTML from a value"),
    (re.compile(r"[\"'`]https?://(?!www\.w3\.org/)"), "a resource from outside"),
    (re.compile(r"\bconsole\.(?:log|debug|info)\s*\("), "console output"),
)
COLOUR = re.compile(
    r"(?<![\w&-])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklch|oklab)\(|"
    r"(?<![\w$.#-])(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple|silver)(?![\w-])",
    re.IGNORECASE,
)
VALUE = re.compile(r"(?P<property>[\w$-]+)\s*:\s*(?P<value>[^;{}]+)(?=[;}]|$)")
OUTSIDE = re.compile(r"url\(\s*[\"']?(?:https?:)?//|@import\s+(?:url\()?[\"'](?:https?:)?//")
ENTRY = re.compile(r"^ {2}(?P<key>\w+):", re.MULTILINE)
TABLE = re.compile(r"^const (?P<name>\w+) = \{\n(?P<body>.*?)^\};?", re.MULTILINE | re.DOTALL)
STRINGS = f"{ASSETS}js/strings.js"


def without_comments(text: str) -> str:
    """The text with comments blanked out; lines stay where they are."""
    return COMMENTS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


@rule("DESIGN 4, pages: no eval; DESIGN 7")
def scripts_run_no_text(house: House) -> Iterator[Fault]:
    """No eval, no HTML made from a value, nothing from outside, no console output in scripts."""
    for source in house.sources(".js", under=ASSETS):
        if source.path.endswith("/build.js"):
            continue
        text = without_comments(source.text)
        for pattern, why in RUNS_TEXT:
            for match in pattern.finditer(text):
                yield Fault(source.path, source.line_at(match.start()), why, match.group().strip())


@rule("DESIGN 8: one accent colour; amber and red only for promises at risk and broken")
def colours_in_tokens(house: House) -> Iterator[Fault]:
    """Colours are written in _tokens.scss alone; everything else names a token. Nothing is fetched from outside."""
    for source in house.sources(".scss", ".css", under=ASSETS):
        text = without_comments(source.text)
        for match in OUTSIDE.finditer(text):
            yield Fault(source.path, source.line_at(match.start()), "a resource from outside")
        if source.path.endswith("/_tokens.scss"):
            continue
        yield from _colours(source, text)


def _colours(source: Source, text: str) -> Iterator[Fault]:
    for declaration in VALUE.finditer(text):
        value = re.sub(r"url\([^)]*\)|var\(--[\w-]+|\"[^\"]*\"|'[^']*'", " ", declaration["value"])
        found = COLOUR.search(value)
        if found and not declaration["property"].startswith(("grid-", "content")):
            yield Fault(source.path, source.line_at(declaration.start()), f"colour {found.group()}: use a token")


@rule("DESIGN 6, Language: Simplified Chinese complete and first")
def script_languages_agree(house: House) -> Iterator[Fault]:
    """The sentences of scripts exist in Chinese and in English, with the same blanks."""
    if not house.has(STRINGS):
        return
    source = Source(STRINGS, house.text(STRINGS))
    tables = {match["name"]: match["body"] for match in TABLE.finditer(source.text)}
    chinese, english = (_entries(tables.get(name, "")) for name in ("chinese", "english"))
    if not chinese or not english:
        yield Fault(STRINGS, 1, "the tables `chinese` and `english` were not found")
    for key in sorted(chinese.keys() ^ english.keys()):
        yield Fault(STRINGS, 1, f"{key} is missing in {'english' if key in chinese else 'chinese'}", key)
    for key in sorted(chinese.keys() & english.keys()):
        blanks = [set(re.findall(r"\{\w+\}", table[key])) for table in (chinese, english)]
        if blanks[0] != blanks[1]:
            yield Fault(STRINGS, 1, f"{key} has other blanks in English", key)
        if not re.search(r"[\u4e00-\u9fff]", chinese[key]) and re.search(r"[A-Za-z]{2}", chinese[key]):
            yield Fault(STRINGS, 1, f"{key} is not Chinese", key)


def _entries(body: str) -> dict[str, str]:
    starts = list(ENTRY.finditer(body))
    ends = [*(match.start() for match in starts[1:]), len(body)]
    return {match["key"]: body[match.end() : end] for match, end in zip(starts, ends, strict=True)}
