"""Delivery reports: RFC 3464, RFC 5965 complaints, and the free forms mail servers invent.

A report is believed when it has the form, or when a mail system sends it and it says so. From free
text the failed address is taken from the surest place that names one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from yinuo.domain.intake import bounce_reasons, charsets
from yinuo.domain.intake.headers import Headers, one_line, split
from yinuo.domain.intake.mime import Part
from yinuo.domain.intake.model import Bounce

MAX_RECIPIENTS = 100

_ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_ANY = re.compile(_ADDRESS)
_DAEMON = re.compile(
    r"mailer-?daemon|post_?master|mdaemon|mail(?:er)? ?(?:delivery|system|administrator)"
    r"|system administrator|delivery subsystem|"
    r"^(?:bounce|mmdf|mail-?system)|系统退信|postmaster|退信",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|undelivered|returned (?:e?mail|to sender)|return(?:ing|ed)? (?:message|mail)"
    r"|deliver\w* (?:status|fail|notif|problem|error|delay|has failed|was|subsystem)"
    r"|(?:message|mail|e-?mail) .{0,30}(?:delayed|could not be|not delivered)"
    r"|mail (?:system )?(?:error|failure)|failure (?:notice|delivery|notif)|failed (?:mail|delivery)"
    r"|non-?delivery|mail delivery|could not send"
    r"|warning: |delivery (?:incomplete|report)|permanent delivery|error sending|error during delivery"
    r"|bounce notif|smtp server: errors|message could ?n[o']t"
    r"|退信|投递失败|无法投递|未送达|发送失败|投递(?:状态|延迟)|系统退回|未能送达"
    r"|unzustellbar|nicht zugestellt|non remis|no entregado|не доставлен",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:could|can|was|were|did|has|have|had|would|is|are|be|been)(?: ?n[o']t| not)\s*(?:yet )?(?:be "
    r"|been )?(?:deliver|reach|sent|collect|accept)|unable to deliver|wasn'?t able to (?:deliver|send)"
    r"|not able to deliver"
    r"|deliver\w* .{0,60}(?:fail|error|problem|delayed)|fail\w* to deliver|fail\w* recipient"
    r"|permanent(?:ly)? (?:fatal )?(?:error|fail)|undeliver|rejected and discarded|fatal errors"
    r"|failed permanently|error .{0,60}deliver"
    r"|trouble delivering|user unknown|user'?s mailbox is full|no such user|failure reasons"
    r"|did not reach|returned (?:mail|message|to)|transcript of session|not exactly match"
    r"|not accepting|no valid recipients|loop alert|duplicated message-id"
    r"|退信|无法(?:投递|送达|发送)|投递失败|未(?:能)?送达|被退回|拒收"
    r"|配信|送信できません|送信に失敗|не может быть доставлено"
    r"|incorrectly constructed|rejected",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^[\s>*=-]*(?:(?:original|returned|undelivered|unsent|failed) (?:message|mail|headers?).{0,40}"
    r"|(?:below|this|here|attachment|following).{0,30}(?:is|follows).{0,12}(?:a )?copy of .{0,60}"
    r"|.{0,20}copy of the (?:first part of the )?message.{0,40}"
    r"|message (?:headers?|text) follows?.{0,10}|(?:the )?header.{0,40}(?:follow|message).{0,40}"
    r"|old message:.{0,10}|start of returned message.{0,10}"
    r"|.{0,10}forwarded message.{0,10}|original message (?:as received|follows|details).{0,20}"
    r"|unsent message.{0,20}|原始邮件.{0,10}|原邮件.{0,10})[\s*=:.-]*$",
    re.IGNORECASE,
)
_RETURNED_FIELD = re.compile(
    r"^(?:received|return-path|message-id|dkim-signature|x-[\w-]+|delivered-to): ?\S", re.IGNORECASE
)

_NAMES_ITSELF = re.compile(
    r"(?:non-?delivery|delivery (?:status|failure)) (?:report|notification)|退信(?:通知|报告)", re.IGNORECASE
)

# Where a free text names the failed address, the surest place first.
_PLACES = tuple(
    re.compile(pattern.replace("ADDRESS", f"({_ADDRESS})"), re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[\s*-]*(?:failed recipient|recipient|invalid recipient|original recipient"
        r"|收件人)\s*[:：]\s*(?:\[?smtp:\s*)?[<\[\"]?ADDRESS",
        r"rcpt to\s*:\s*<?ADDRESS>?",
        r"^\s*[\"'<\[*\s]*ADDRESS[\"'>\]]*\s*:",
        r"^\s*[<\"']?ADDRESS[>\"']?\s+(?:\(|\[|on (?:\d|\w{3},)|- no such)",
        r"^[\s*>\"'-]*[<\[]?(?:smtp:)?ADDRESS[>\]\"']*[\s.;,]*$",
        r"(?:generated from|delivering (?:your )?mail to|deliver(?:ed)? (?:the )?message to:?|delivered to"
        r"|addressed to|address:?|did not reach the following recipient:|undeliverable\s+to"
        r"|deliver(?:y)? .{0,20}(?:failed|attempts):|mailbox is full:|投递(?:至|到|给)|发送(?:至|到|给)|收件人"
        r"|malformed address:)\s*[<\"'“:：]*ADDRESS",
        r"<ADDRESS>[^\n]{0,20}(?:\.\.\.|:)",
        r"(?:unknown|invalid|reject|full|fail|quota|exist|unavailable|不存在|失败)[^\n@]{0,80}?<?ADDRESS>?",
        r"<?ADDRESS>?[^\n@]{0,80}?(?:unknown|invalid|reject|full|fail|quota|exist|match|cannot|could not|不存在|失败)",
        r"^\s*to:\s*<?ADDRESS",
    )
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report tells; `confirmation` when it reports success only."""

    bounces: tuple[Bounce, ...]
    original_message_id: str = ""
    confirmation: bool = False


def read_report(root: Part, subject: str, sender: str, envelope: str | None, text: str) -> Report | None:
    """The delivery report in a mail; None if it is none."""
    parts = list(_walk(root))
    statuses = [
        part for part in parts if part.content_type in ("message/delivery-status", "message/global-delivery-status")
    ]
    complaint = next((part for part in parts if part.content_type == "message/feedback-report"), None)
    returned = _returned(parts, text)
    original = _first_id(returned)
    if complaint is not None:
        return Report(_complaint(complaint, returned), original)
    hotmail = returned.raw("x-hmxmroriginalrecipient")
    if hotmail and "complaint" in subject.lower():
        return Report(
            (Bounce(one_line(hotmail, 320), "feedback", "", None, written_to=one_line(hotmail, 320)),), original
        )
    head, blank = _before_copy(text)
    fields: list[Bounce] = []
    actions: set[str] = set()
    for part in statuses:
        for bounce, action in _fields(part, head):
            actions.add(action)
            if action not in ("delivered", "relayed", "expanded", "deliverable"):
                fields.append(bounce)
    if not statuses and re.search(r"^final-recipient\s*:", text, re.IGNORECASE | re.MULTILINE):
        for bounce, action in _blocks(text, head):
            actions.add(action)
            if action not in ("delivered", "relayed", "expanded", "deliverable"):
                fields.append(bounce)
    if fields:
        return Report(_unique(fields), original)
    if actions:
        return Report((), original, confirmation=True)
    failed = [value for raw in root.headers.all_raw("x-failed-recipients") for value in _ANY.findall(raw)]
    report_form = root.content_type == "multipart/report" and "disposition" not in root.parameters.get(
        "report-type", ""
    )
    amazon = root.content_type == "text/plain" and '"notificationType":"Bounce"' in head.replace(" ", "")
    believed = bool(statuses or failed or amazon) or (report_form and bool(_SAID.search(head) or statuses))
    if not believed and not _looks_like_one(subject, sender, envelope, head, bool(returned.fields)):
        return None
    if "bouncedRecipients" in head:
        failed = re.findall(rf'"emailAddress"\s*:\s*"({_ADDRESS})"', head)
    own = {address.lower() for address in _ANY.findall(sender)}
    named = failed or _named(head, own) or _sent_to(returned) or _named(text, own)
    delayed = bool(re.search(r"delayed|warning|not yet|延迟", f"{subject} {head[:600]}", re.IGNORECASE))
    if not named:
        return Report((_bounce("", head, "", delayed),), original) if believed or blank or returned.fields else None
    return Report(_unique([_bounce(one, _about(head, one, named), "", delayed) for one in named]), original)


def _walk(part: Part) -> Iterator[Part]:
    yield part
    if part.content_type not in ("message/rfc822", "message/global"):
        for child in part.children:
            yield from _walk(child)


def _looks_like_one(subject: str, sender: str, envelope: str | None, head: str, copied: bool) -> bool:
    daemon = bool(_DAEMON.search(sender)) or not sender.strip("<> ") or bool(envelope and _DAEMON.search(envelope))
    null = envelope == ""
    # People write about bounces and forward them: an answer or a forward is no report.
    by_person = bool(re.match(r"\s*(?:re|fwd?|回复|答复|转发)\s*[:：]", subject, re.IGNORECASE))
    by_subject, by_text = bool(_SUBJECT.search(subject)) and not by_person, bool(_SAID.search(head[:3000]))
    if daemon:
        return by_subject or by_text
    if null and (by_subject or by_text):
        return by_subject or copied
    if by_subject and by_text:
        return copied or bool(_NAMES_ITSELF.search(head[:500]))
    return (
        by_text
        and copied
        and bool(re.search(r"no-?reply|admin|notification|daemon", f"{sender} {subject}", re.IGNORECASE))
    )


def _returned(parts: list[Part], text: str) -> Headers:
    """The header of the mail that came back, wherever it is."""
    for part in parts:
        if part.content_type in ("message/rfc822", "message/global") and part.children:
            return part.children[0].headers
        if part.content_type in ("text/rfc822-headers", "message/partial", "message/rfc822-headers"):
            return split(part.content().lstrip(b"\r\n"))[0]
    lines = text.split("\n")
    for position, line in enumerate(lines):
        if _RETURNED_FIELD.match(line.strip()):
            block = "\n".join(one.removeprefix("    ").removeprefix(">") for one in lines[position : position + 200])
            return split(block.lstrip().encode("utf-8", "surrogatepass"))[0]
    return Headers()


def _first_id(headers: Headers) -> str:
    found = re.search(r"<([^<>\s]{1,500})>", headers.raw("message-id"))
    return "" if found is None else found.group(1)


def _sent_to(headers: Headers) -> list[str]:
    return _ANY.findall(headers.raw("x-original-to") or headers.raw("to"))[:1]


def _before_copy(text: str) -> tuple[str, bool]:
    """The report's own words, and whether a copy of the returned mail follows them."""
    lines = text.split("\n")
    for position, line in enumerate(lines[:2000]):
        if (
            position
            and (_COPY.match(line[:200]) or _RETURNED_FIELD.match(line[:200]))
            and "".join(lines[:position]).strip()
        ):
            return "\n".join(lines[:position]), True
    return text[:20000], False


def _fields(part: Part, head: str) -> Iterator[tuple[Bounce, str]]:
    content = charsets.decode(part.content(), part.parameters.get("charset"))
    if not content.strip() and part.children:
        content = charsets.decode(part.children[0].body, None)
    yield from _blocks(content, head)


def _blocks(content: str, head: str) -> Iterator[tuple[Bounce, str]]:
    """The recipients of an RFC 3464 status, each with its action."""
    blocks = re.split(r"\n[ \t]*\n", content.replace("\r\n", "\n").replace("\r", "\n"))
    for block in blocks[: MAX_RECIPIENTS * 2]:
        headers, _ = split(block.strip("\n").encode("utf-8", "surrogatepass"))
        recipient = _recipient(headers)
        if not recipient:
            continue
        action = headers.text("action").lower().split(" ")[0].strip(";")
        diagnostic = headers.text("diagnostic-code").partition(";")[2].strip() or headers.text("diagnostic-code")
        status = bounce_reasons.code_in(headers.text("status").split("(")[0]) or ""
        said = diagnostic or headers.text("status").partition("(")[2] or _about(head, recipient, [recipient])
        found = _bounce(recipient, said, status, action == "delayed", action, head)
        original = _ANY.search(headers.raw("original-recipient").partition(";")[2])
        yield replace(found, written_to=original.group(0) if original else found.recipient), action


def _recipient(headers: Headers) -> str:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        value = one_line(headers.raw(name))
        address = value.partition(";")[2] if ";" in value else value
        found = _ANY.search(address)
        if found is not None:
            return found.group(0)
        if "@" in address:
            return one_line(address.strip().strip("<>"), 320)
    return ""


def _bounce(recipient: str, said: str, status: str, delayed: bool, action: str = "", context: str = "") -> Bounce:
    told = bounce_reasons.code_in(said)
    code = status
    if not status or (status.endswith(".0.0") and "." in told) or (status[2:] in ("0.0",) and told):
        code = told if "." in told or not status else status
    why = bounce_reasons.reason(said, code if "." in code else "", delayed=delayed)
    if why == "undefined" and context:
        why = bounce_reasons.reason(context[:2000], "", delayed=delayed)
    state = action or ("delayed" if delayed else "failed" if why not in ("undefined", "expired") else "")
    return Bounce(
        recipient=one_line(recipient, 320),
        reason=why,
        code=code,
        permanent=bounce_reasons.is_permanent(code, state),
        said=one_line(re.sub(r"\s+", " ", said), 500),
        written_to=one_line(recipient, 320),
    )


def _named(text: str, own: set[str]) -> list[str]:
    """The failed addresses a free text names."""
    for place in _PLACES:
        found = [address.strip(".'`") for address in place.findall(text[:20000])]
        kept = [
            one
            for one in dict.fromkeys(found)
            if one.lower() not in own and not one.lower().startswith(("postmaster@", "mailer-daemon@"))
        ]
        if kept:
            return kept[:MAX_RECIPIENTS]
    return [one for one in dict.fromkeys(_ANY.findall(text[:4000])) if one.lower() not in own][:1]


def _about(text: str, recipient: str, named: list[str]) -> str:
    """What a free text says of one address: from its line to the next address named, or 14 lines."""
    others = [one.lower() for one in named if one.lower() != recipient.lower()]
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if recipient.lower() in line.lower()), None)
    if start is None:
        return text[:2000]
    kept: list[str] = []
    for line in lines[start : start + 14]:
        if kept and any(one in line.lower() for one in others):
            break
        kept.append(line)
    words = "\n".join(kept)
    bare = re.sub(re.escape(recipient), " ", words, flags=re.IGNORECASE)
    if bounce_reasons.reason(bare, bounce_reasons.code_in(bare)) == "undefined":
        return text[:3000]
    return bare


def _complaint(part: Part, returned: Headers) -> tuple[Bounce, ...]:
    headers, _ = split(part.content().lstrip(b"\r\n"))
    named = _ANY.findall(headers.raw("original-rcpt-to")) or _ANY.findall(headers.raw("removal-recipient"))
    named = named or _sent_to(returned)
    kind = one_line(headers.text("feedback-type"), 100)
    return tuple(Bounce(one, "feedback", "", None, kind, one) for one in dict.fromkeys(named[:MAX_RECIPIENTS]))


def _unique(bounces: list[Bounce]) -> tuple[Bounce, ...]:
    kept: dict[str, Bounce] = {}
    for one in bounces:
        kept.setdefault(one.recipient.lower(), one)
    return tuple(kept.values())[:MAX_RECIPIENTS]
