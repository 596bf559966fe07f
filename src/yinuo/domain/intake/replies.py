"""What is new in a mail: the text without the quoted conversation and without the signature.

Own rules, line by line; the libraries for this know no Chinese client. A forwarded mail is content
and stays. When everything looks quoted the answer is "": the whole text is always kept beside it.
"""

import re
from dataclasses import dataclass

from yinuo.domain.intake import quote_marks as marks

MAX_LINES = 3_000
_MAX_LINE = 2000
# What is left of an attribution when its closing `>` was put on a line of its own.
_LOOSE_END = re.compile(r"^>\s*(?:wrote|写道|寫道)?\s*[:：]")


@dataclass(frozen=True, slots=True)
class Reply:
    """New text; `forwarded` tells that it contains a forwarded mail."""

    text: str
    forwarded: bool = False


class _Tries:
    """How many more lines may be tried as attributions in one pass; a mail made of them is an attack."""

    def __init__(self) -> None:
        self.left = 600


@dataclass(frozen=True, slots=True)
class _Quote:
    """Where a quote begins: its first line, the first line after its head, and whether by a head of lines."""

    start: int
    body: int
    attribution: bool


def strip_reply(text: str, *, subject: str = "", sender: str = "", name: str = "") -> Reply:
    """The new part of `text`.

    `subject` tells forwards from replies where clients mark both alike; `sender` (address) and
    `name` let a closing block that carries them be recognised as a signature.
    """
    lines = _lines(text)
    forward = _forward_at(lines, is_forward=bool(marks.FORWARD_SUBJECT.match(subject)))
    if forward is not None:
        start, body = forward
        before = _without_quotes(lines[:start])
        own = _trimmed(_without_signature(before, sender, name))
        if own:
            return Reply("\n".join([*own, "", *_trimmed(lines[start:])]), forwarded=True)
        return Reply("\n".join(_trimmed(lines[body:])), forwarded=True)
    kept = _without_quotes(lines)
    return Reply("\n".join(_trimmed(_without_signature(kept, sender, name))))


def split_forward(text: str) -> tuple[str, str]:
    """The forwarder's own words, and the forwarded mail with its header lines; ("…", "") if none."""
    lines = _lines(text)
    found = _forward_at(lines, is_forward=True)
    if found is None:
        return "\n".join(_trimmed(lines)), ""
    start = found[0]
    marked = marks.FORWARD.match(lines[start]) or marks.SEPARATOR.match(lines[start])
    embedded = lines[start + 1 :] if marked else lines[start:]
    return "\n".join(_trimmed(lines[:start])), "\n".join(_trimmed(embedded))


def _lines(text: str) -> list[str]:
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    clean = re.sub("[\u200b\u200e\u200f\ufeff]", "", clean)
    return [line.rstrip() for line in clean.split("\n")[:MAX_LINES]]


def _trimmed(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]


def _forward_at(lines: list[str], *, is_forward: bool) -> tuple[int, int] | None:
    """First line of a forward and the first line below its header; None if the mail is no forward."""
    tries = _Tries()
    for position, line in enumerate(lines):
        if len(line) < 200 and marks.FORWARD.match(line):
            return position, _below_header(lines, position + 1)
        if _header_block(lines, position) is not None or marks.SEPARATOR.match(line[:200]):
            if not is_forward:
                return None
            start = position
            return start, _below_header(lines, position + (1 if marks.SEPARATOR.match(line[:200]) else 0))
        if _attribution_end(lines, position, tries) is not None:
            return None
    return None


def _below_header(lines: list[str], position: int) -> int:
    while position < len(lines) and not lines[position].strip():
        position += 1
    end = _header_block(lines, position)
    return position if end is None else end


def _without_quotes(lines: list[str]) -> list[str]:
    quote = _first_quote(lines)
    if quote is None:
        return _without_marked_lines(lines)
    before, rest = lines[: quote.start], lines[quote.body :]
    own = [line for line in before if line.strip() and not _marked(line)]
    if quote.attribution and not own:
        return _below_top_quote(lines, quote, rest)
    below = _without_attributions(rest)
    if quote.attribution and _answered_inline(below):
        return _without_marked_lines([*before, *below])
    return _without_marked_lines(before)


def _below_top_quote(lines: list[str], quote: _Quote, rest: list[str]) -> list[str]:
    """Nothing new stands above the first quote: the writer answers below it or between its lines."""
    runs = _marked_runs(rest)
    first = next((line for line in rest if line.strip()), "")
    if not first:
        return []
    if not _marked(first):
        return [*lines[: quote.start], *_without_attributions(rest)]
    if not _answered_inline(rest):
        return []
    if len(runs) == 1:
        return rest[runs[0][1] :]
    return _without_marked_lines(lines)


def _without_marked_lines(lines: list[str]) -> list[str]:
    """`lines` without a block of `>` lines at its very end, or alone at its very top."""
    body = _trimmed(lines)
    signature = next((at for at, line in enumerate(body) if marks.SIGNATURE_LINE.match(line)), len(body))
    kept = _trimmed(body[:signature])
    runs = _marked_runs(kept)
    if not runs:
        return body
    start, end = runs[-1]
    if end == len(kept):
        return _trimmed(kept[:start])
    if len(runs) == 1 and start == 0:
        return body[end:]
    return body


def _marked(line: str) -> bool:
    return line.lstrip().startswith((">", "＞"))


def _marked_runs(lines: list[str]) -> list[tuple[int, int]]:
    """Blocks of `>` lines as (first, after last); blank lines inside a block do not end it."""
    runs: list[tuple[int, int]] = []
    for position, line in enumerate(lines):
        if not _marked(line):
            continue
        if runs and not any(text.strip() for text in lines[runs[-1][1] : position]):
            runs[-1] = (runs[-1][0], position + 1)
        else:
            runs.append((position, position + 1))
    return runs


def _answered_inline(rest: list[str]) -> bool:
    """Whether words of the writer follow a `>` block (a signature is none)."""
    seen, tries = False, _Tries()
    for position, line in enumerate(rest):
        if marks.SIGNATURE_LINE.match(line) or _mobile(line.strip()):
            return False
        if _marked(line):
            seen = True
        elif seen and line.strip() and _attribution_end(rest, position, tries) is None:
            return True
    return False


def _without_attributions(lines: list[str]) -> list[str]:
    kept: list[str] = []
    position, tries = 0, _Tries()
    while position < len(lines):
        end = None if _marked(lines[position]) else _attribution_end(lines, position, tries)
        if end is None:
            kept.append(lines[position])
            position += 1
        else:
            position = end
    return kept


def _first_quote(lines: list[str]) -> _Quote | None:
    tries = _Tries()
    for position, line in enumerate(lines):
        if not line.strip():
            continue
        short = line[:200]
        if marks.SEPARATOR.match(short):
            return _Quote(_above_rule(lines, position), _below_header(lines, position + 1), attribution=False)
        if marks.BARE_SEPARATOR.match(short) and _header_block(lines, _next_line(lines, position)) is not None:
            return _Quote(_above_rule(lines, position), position + 1, attribution=False)
        end = _header_block(lines, position)
        if end is not None:
            start = _above_rule(lines, position)
            if not any(text.strip() for text in lines[:start]):
                return None
            return _Quote(start, end, attribution=False)
        end = _attribution_end(lines, position, tries)
        if end is not None:
            return _Quote(position, end, attribution=True)
    return None


def _next_line(lines: list[str], position: int) -> int:
    position += 1
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def _above_rule(lines: list[str], position: int) -> int:
    """`position`, or the drawn rule right above it."""
    above = position - 1
    while above >= 0 and not lines[above].strip("> "):
        above -= 1
    return above if above >= 0 and marks.RULE.match(lines[above]) else position


def _header_block(lines: list[str], position: int) -> int | None:
    """The line after a quoted mail's header that begins at `position`; None if none begins there."""
    if position >= len(lines):
        return None
    if marks.run_together(lines[position]):
        return position + 1
    first = marks.label_of(lines[position][:_MAX_LINE])
    if first not in ("from", "sent"):
        return None
    kinds = {first}
    at, last, loose = position + 1, position, 0
    while at < len(lines) and at - position < 16 and loose <= 2:
        line = lines[at][:_MAX_LINE]
        kind = marks.label_of(line)
        if kind is not None and kind not in kinds:
            kinds.add(kind)
            last, loose = at, 0
        elif line.strip("> |*-"):
            if at > 0 and not lines[at - 1].strip():
                break
            loose += 1
        else:
            loose += 1
        at += 1
    if len(kinds) < 3 or not kinds & {"to", "subject"}:
        return None
    return last + 1 if "subject" not in kinds or last + 1 >= len(lines) else _after_subject(lines, last)


def _after_subject(lines: list[str], last: int) -> int:
    """A subject may run over one more line; a header ends with a blank one."""
    following = lines[last + 1]
    if marks.label_of(lines[last]) == "subject" and following.startswith((" ", "\t")):
        return last + 2
    return last + 1


def _attribution_end(lines: list[str], position: int, tries: _Tries) -> int | None:
    """The line after an “On … wrote:” that begins at `position`; None if none begins there."""
    if not tries.left:
        return None
    first = lines[position]
    if not first.strip() or len(first) > 600 or not marks.ATTRIBUTION_START.match(first):
        return None
    joined = ""
    blanks = 0
    for count in range(6):
        at = position + count
        if at >= len(lines):
            return None
        line = lines[at].strip()
        if count and not line:
            blanks += 1
            # Only a cut that leaves `<` or a name alone goes on below an empty line.
            if blanks > 1 or not re.match(r"^(?:on|at)\s", first, re.IGNORECASE):
                return None
            following = lines[at + 1].strip() if at + 1 < len(lines) else ""
            if not following.startswith("<"):
                return None
            continue
        if count and _marked(line) and not _LOOSE_END.match(line):
            return None
        joined = f"{joined} {line}".strip() if count else line.lstrip("> ")
        if len(joined) > 600:
            return None
        if not line.endswith((":", "：", ">")) and "GMT" not in line:
            continue
        tries.left = max(0, tries.left - 1)
        if marks.ATTRIBUTION_END.search(joined) and any(rule.match(joined) for rule in marks.ATTRIBUTIONS):
            return at + 1
    return None


def _without_signature(lines: list[str], sender: str, name: str) -> list[str]:
    body = _trimmed(lines)
    for position, line in enumerate(body):
        if marks.SIGNATURE_LINE.match(line) and len(body) - position <= 26:
            body = body[:position]
            break
    body = _without_mobile(body)
    last = max((at for at, line in enumerate(body) if not line.strip()), default=-1)
    block = body[last + 1 :]
    if last > 0 and 1 <= len(block) <= 8 and _is_card(block, sender, name):
        body = _trimmed(body[:last])
        if body and marks.RULE.match(body[-1]):
            body = body[:-1]
    return _without_mobile(body)


def _is_card(block: list[str], sender: str, name: str) -> bool:
    """Whether a closing block is the sender's card: begins with the name, or shows the address."""
    first = block[0].strip("- ").lower()
    if marks.RULE.match(block[0]) and len(block) > 1:
        return _is_card(block[1:], sender, name)
    if name and first == name.strip().lower() and len(block) >= 2:
        return True
    address = sender.lower()
    return bool(address) and any(
        re.fullmatch(rf"\W*(?:\S+\W+)?{re.escape(address)}\W*", line.lower()) for line in block
    )


def _mobile(line: str) -> bool:
    if not line or len(line) > 160 or marks.SENT_FROM_OTHER.match(line):
        return False
    return any(rule.match(line) for rule in marks.MOBILE)


def _without_mobile(lines: list[str]) -> list[str]:
    kept = _trimmed(lines)
    while kept and (_mobile(kept[-1].strip()) or marks.RULE.match(kept[-1])):
        kept = _trimmed(kept[:-1])
    return kept
