"""Understanding mail: raw bytes in, plain values out; what becomes of it, decided by pure rules."""

from yinuo.domain.intake.autoreplies import OWN_LOOP_HEADER
from yinuo.domain.intake.deciding import (
    Action,
    Decision,
    Known,
    LoopLimits,
    MatchedBy,
    ThreadMatch,
    bounce_match,
    decide,
    find_thread,
    may_acknowledge,
)
from yinuo.domain.intake.html import html_to_text, text_to_html
from yinuo.domain.intake.html_safe import safe_html
from yinuo.domain.intake.identifiers import (
    KINDS,
    OwnMessageId,
    deliveries_in,
    delivery_in,
    is_own,
    message_id_for,
    own_message_id,
    reply_address,
    token_in,
)
from yinuo.domain.intake.model import Address, Attachment, AutoSignals, Bounce, Inbound, Kind
from yinuo.domain.intake.parsing import parse, unreadable
from yinuo.domain.intake.replies import Reply, split_forward, strip_reply

__all__ = [
    "KINDS",
    "OWN_LOOP_HEADER",
    "Action",
    "Address",
    "Attachment",
    "AutoSignals",
    "Bounce",
    "Decision",
    "Inbound",
    "Kind",
    "Known",
    "LoopLimits",
    "MatchedBy",
    "OwnMessageId",
    "Reply",
    "ThreadMatch",
    "bounce_match",
    "decide",
    "deliveries_in",
    "delivery_in",
    "find_thread",
    "html_to_text",
    "is_own",
    "may_acknowledge",
    "message_id_for",
    "own_message_id",
    "parse",
    "reply_address",
    "safe_html",
    "split_forward",
    "strip_reply",
    "text_to_html",
    "token_in",
    "unreadable",
]
