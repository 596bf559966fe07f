"""Raw bytes to `Inbound`. Never raises: what cannot be understood becomes `unreadable`."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import unquote

from yinuo.domain.intake import autoreplies, charsets, identifiers, mime
from yinuo.domain.intake.addresses import addresses
from yinuo.domain.intake.bounces import Report, read_report
from yinuo.domain.intake.headers import Headers, one_line
from yinuo.domain.intake.html import html_to_text, text_to_html
from yinuo.domain.intake.mime import Part
from yinuo.domain.intake.model import Address, Attachment, AutoSignals, Bounce, Inbound, Kind
from yinuo.domain.intake.replies import strip_reply

MAX_RAW = 64 * 1024 * 1024
MAX_TEXT = 1_000_000
MAX_ATTACHMENTS = 200
_HEAD_OF_LARGE = 1024 * 1024

_MAX_HOPS = 50
_NOBODY = Address("", "")
_PLACEHOLDER = re.compile(
    r"^\s*(?:(?:您的|你的).{0,20}(?:不支持|无法显示).{0,10}html|.{0,60}(?:does not|doesn't) support html"
    r"|this (?:is an html|message (?:is in|contains) html)|.{0,40}html(?:格式|邮件).{0,20}(?:查看|显示))",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Found:
    """What the walk over the parts collects, in reading order; a body is (plain, html), either may be ""."""

    bodies: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    spare: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def parse(raw: bytes, *, own_addresses: frozenset[str] = frozenset()) -> Inbound:
    """What intake sees in a raw mail.

    `own_addresses` are the desk's mailboxes: mail from them is a loop. Bounds: 64 MiB raw (larger is
    `unreadable`), one million characters of text, 200 attachments; beyond a bound `problems` says so.
    """
    try:
        if len(raw) > MAX_RAW:
            head = _parse(raw[:_HEAD_OF_LARGE], own_addresses)
            return replace(head, kind=Kind.UNREADABLE, attachments=(), problems=(*head.problems, "too large"))
        return _parse(raw, own_addresses)
    except (RecursionError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError) as error:
        # A mail is kept whatever it is; a person reads the raw one from the quarantine.
        return unreadable(raw, f"parser failed: {type(error).__name__}")


def _parse(raw: bytes, own_addresses: frozenset[str]) -> Inbound:
    root, problems = mime.read(raw)
    headers = root.headers
    found = _Found()
    _collect(root, found, "")
    if not any(plain.strip() or html.strip() for plain, html in found.bodies) and found.spare:
        found.bodies = found.spare[:1]
    html = _html(found.bodies)
    text = _text(found.bodies)
    subject = headers.text("subject")
    sender = _sender(headers)
    envelope = _envelope(headers)
    auto = autoreplies.signals(headers, subject, text)
    report = None
    if auto.by_text != "subject" or root.content_type == "multipart/report":
        seen = report_text(root) if root.children else text
        report = read_report(root, subject, headers.text("from"), envelope, seen or text)
    reply = strip_reply(text, subject=subject, sender=sender.address, name=sender.name)
    places = ("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
    delivered = [one.address for name in places for one in _all(headers, name)]
    ids = identifiers.message_ids(headers.raw("message-id"))
    inbound = Inbound(
        kind=Kind.MESSAGE,
        sender=sender,
        envelope_sender=envelope,
        reply_to=_all(headers, "reply-to"),
        to=_all(headers, "to"),
        cc=_all(headers, "cc"),
        delivered_to=tuple(dict.fromkeys(one for one in delivered if one)),
        subject=subject,
        sent_at=_date(headers.text("date")),
        text=text,
        reply=reply.text,
        html=html,
        attachments=_with_inline(found.attachments, html),
        message_id=ids[0] if ids else "",
        in_reply_to=identifiers.message_ids(headers.raw("in-reply-to")),
        references=identifiers.message_ids(" ".join(headers.all_raw("references"))),
        bounces=report.bounces if report else (),
        original_message_id=report.original_message_id if report else "",
        auto=auto,
        body_digest=_digest(subject, text, found.attachments),
        problems=tuple(dict.fromkeys((*problems, *found.problems))),
    )
    return replace(inbound, kind=_kind(inbound, root, report, own_addresses))


def _kind(inbound: Inbound, root: Part, report: Report | None, own_addresses: frozenset[str]) -> Kind:
    headers = root.headers
    empty = not inbound.text.strip() and not inbound.attachments and not inbound.html.strip()
    if not headers.fields or (empty and not inbound.sender.address):
        return Kind.UNREADABLE
    if _is_loop(inbound, headers, own_addresses):
        return Kind.LOOP
    if report is not None:
        return Kind.AUTO_REPLY if report.confirmation else Kind.BOUNCE
    if "disposition-notification" in root.parameters.get("report-type", ""):
        return Kind.AUTO_REPLY
    return Kind.AUTO_REPLY if autoreplies.is_auto_reply(inbound.auto) else Kind.MESSAGE


def _is_loop(inbound: Inbound, headers: Headers, own_addresses: frozenset[str]) -> bool:
    if len(headers.all_raw("received")) > _MAX_HOPS:
        return True
    if identifiers.is_own(inbound.sender.address, own_addresses):
        return True
    if any(identifiers.is_own(value, own_addresses) for value in headers.all_raw(autoreplies.OWN_LOOP_HEADER)):
        return True
    domains = {address.rpartition("@")[2] for address in own_addresses}
    return identifiers.own_message_id(inbound.message_id, domains) is not None


def _collect(part: Part, found: _Found, within: str) -> None:
    kind = part.content_type
    if kind == "multipart/alternative" and part.children:
        _collect_alternative(part, found, within)
    elif kind.startswith("multipart/") and part.children:
        for child in part.children:
            _collect(child, found, within)
    elif kind in ("message/rfc822", "message/global"):
        if part.filename or not within:
            _attach(part, found, within)
        if part.children:
            name = part.filename or part.children[0].headers.text("subject")[:200] or "message"
            _collect_within(part.children[0], found, f"{within}/{name}" if within else name)
    elif within:
        if part.filename:
            _attach(part, found, within)
    elif kind in ("text/plain", "text/html") and part.disposition != "attachment":
        body = _body(part)
        if part.filename:
            found.spare.append(body)
            _attach(part, found, within)
        else:
            found.bodies.append(body)
            if body[0] and "\nbegin " in body[0]:
                _take_uu(part, found)
    else:
        _attach(part, found, within)


def _collect_within(part: Part, found: _Found, within: str) -> None:
    """Only the named files of an attached mail: its own words stay inside it."""
    if part.children and part.content_type.startswith("multipart/"):
        for child in part.children:
            _collect_within(child, found, within)
    else:
        _collect(part, found, within)


def _collect_alternative(part: Part, found: _Found, within: str) -> None:
    """The same words in several forms make one body: the first plain one, and the HTML."""
    plain, html = "", ""
    for child in part.children:
        inner = _Found()
        _collect(child, inner, within)
        plain = plain or "\n".join(one for one, _ in inner.bodies if one.strip())
        html = html or "\n".join(one for _, one in inner.bodies if one.strip())
        found.attachments += inner.attachments[: max(0, MAX_ATTACHMENTS - len(found.attachments))]
        found.spare += inner.spare
        found.problems += inner.problems
    if plain or html:
        found.bodies.append((plain, html))


def _body(part: Part) -> tuple[str, str]:
    content = part.content()
    label = part.parameters.get("charset")
    if part.content_type == "text/html":
        return "", _clean(charsets.decode(content, label or charsets.html_label(content)))
    text = _clean(charsets.decode(content, label))
    if part.parameters.get("format", "").lower() == "flowed":
        text = _unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return text, ""


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", "", lines).replace("\x0c", "\n")[:MAX_TEXT]


def _unflow(text: str, delete_space: bool) -> str:
    """Soft line breaks of RFC 3676 undone."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        if open_depth == depth and content != "-- ":
            out[-1] += content
        else:
            out.append(("> " * depth if depth else "") + content)
        if soft and delete_space:
            out[-1] = out[-1][:-1]
        open_depth = depth if soft else -1
    return "\n".join(out)


def _text(bodies: list[tuple[str, str]]) -> str:
    pieces = []
    for plain, html in bodies:
        piece = plain
        if "&nbsp;" in plain:
            # QQ Mail writes HTML entities into its plain part.
            piece = unescape(plain).replace("\u00a0", " ")
        if html and (not plain.strip() or _PLACEHOLDER.search(plain[:400])):
            piece = html_to_text(html) or plain
        if piece.strip():
            pieces.append(piece)
    return "\n".join(pieces)[:MAX_TEXT]


def _html(bodies: list[tuple[str, str]]) -> str:
    if not any(html.strip() for _, html in bodies):
        return ""
    return "\n".join(html if html.strip() else text_to_html(plain) for plain, html in bodies)


def _take_uu(part: Part, found: _Found) -> None:
    """Moves uuencoded files out of the plain body just found (clients before MIME send them so)."""
    rest, files = mime.uu_files(part.content())
    if not files:
        return
    found.bodies[-1] = (_clean(charsets.decode(rest, part.parameters.get("charset"))), "")
    for name, content in files[: max(0, MAX_ATTACHMENTS - len(found.attachments))]:
        digest = hashlib.sha256(content).hexdigest()
        found.attachments.append(Attachment(name, "application/octet-stream", "", False, content, len(content), digest))


def _attach(part: Part, found: _Found, within: str) -> None:
    if len(found.attachments) >= MAX_ATTACHMENTS:
        found.problems.append("too many attachments")
        return
    content = part.content()
    content_id = part.headers.text("content-id").strip("<> ")[:250]
    found.attachments.append(
        Attachment(
            filename=part.filename,
            content_type=part.content_type,
            content_id=content_id,
            inline=part.disposition == "inline" and part.main_type == "image" and bool(content_id),
            content=content,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            within=within,
        )
    )


def _with_inline(attachments: list[Attachment], html: str) -> tuple[Attachment, ...]:
    shown = {unquote(one).lower() for one in re.findall(r"cid:([^\"'\s>)]{1,250})", html, re.IGNORECASE)}
    return tuple(
        replace(one, inline=True) if one.content_id and one.content_id.lower() in shown else one for one in attachments
    )


def report_text(root: Part) -> str:
    """The readable parts of a mail in order, HTML as text, attached mails left out."""
    if root.content_type in ("message/rfc822", "message/global", "text/rfc822-headers"):
        return ""
    if root.children:
        return "\n".join(filter(None, (report_text(child) for child in root.children)))
    if root.content_type not in ("text/plain", "text/html"):
        return ""
    plain, html = _body(root)
    return plain or html_to_text(html)


def _all(headers: Headers, name: str) -> tuple[Address, ...]:
    return tuple(one for raw in headers.all_raw(name)[:20] for one in addresses(raw))[:500]


def _sender(headers: Headers) -> Address:
    named = _all(headers, "from")
    for one in (*named, *_all(headers, "sender")):
        if one.address:
            return one
    return named[0] if named else _NOBODY


def _envelope(headers: Headers) -> str | None:
    raw = headers.raw("return-path").strip()
    if not headers.has("return-path"):
        return None
    if raw.replace(" ", "") in ("<>", ""):
        return ""
    return one_line(raw.strip("<> "), 320)


def _date(value: str) -> datetime | None:
    for candidate in (value, _tidy_date(value)):
        try:
            found = parsedate_to_datetime(candidate)
            return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _tidy_date(value: str) -> str:
    hit = re.search(r"(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})[ ,]+(\d{1,2}:\d{2}(?::\d{2})?)\s*(.*)", value)
    if hit is None:
        return ""
    zone = re.search(r"[+-]\d{4}", hit.group(5))
    return f"{hit.group(1)} {hit.group(2)} {hit.group(3)} {hit.group(4)} {zone.group(0) if zone else '+0000'}"


def _digest(subject: str, text: str, attachments: list[Attachment]) -> str:
    words = re.sub(r"\s+", "", text)
    digest = hashlib.sha256()
    for piece in (subject, words, *sorted(one.sha256 for one in attachments)):
        digest.update(piece.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()


def unreadable(raw: bytes, problem: str) -> Inbound:
    """A mail of which nothing is known but its bytes; `problem` says why."""
    nothing: tuple[Bounce, ...] = ()
    return Inbound(
        kind=Kind.UNREADABLE,
        sender=_NOBODY,
        envelope_sender=None,
        reply_to=(),
        to=(),
        cc=(),
        delivered_to=(),
        subject="",
        sent_at=None,
        text="",
        reply="",
        html="",
        attachments=(),
        message_id="",
        in_reply_to=(),
        references=(),
        bounces=nothing,
        original_message_id="",
        auto=AutoSignals(),
        body_digest=hashlib.sha256(raw).hexdigest(),
        problems=(problem,),
    )
