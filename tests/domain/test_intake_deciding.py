"""What becomes of a mail, in the order of intake, and the names by which it finds its ticket."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.intake import (
    Action,
    Address,
    Decision,
    Inbound,
    Kind,
    Known,
    LoopLimits,
    MatchedBy,
    decide,
    deliveries_in,
    delivery_in,
    is_own,
    message_id_for,
    own_message_id,
    parse,
    reply_address,
    token_in,
)

TICKET = UUID("0190c1f0-0000-7000-8000-000000000001")
OTHER = UUID("0190c1f0-0000-7000-8000-000000000002")
DELIVERY = UUID("0190c1f0-0000-7000-8000-0000000000aa")
SERVICE = "service@example.cn"
TOKEN = "AbCdEf12345-_xyz"


def known(**changes: object) -> Known:
    base = Known(
        own_addresses=frozenset({SERVICE}),
        own_domains=frozenset({"example.cn"}),
        ticket_of_token={TOKEN: TICKET}.get,
        ticket_of_delivery={DELIVERY: TICKET}.get,
        participants={TICKET: ["wang@example.com"], OTHER: []}.__getitem__,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def mail(headers: str = "", sender: str = "Wang@Example.com", to: str = SERVICE, body: str = "屏幕闪") -> Inbound:
    raw = f"From: {sender}\r\nTo: {to}\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n{headers}\r\n{body}"
    return parse(raw.encode(), own_addresses=frozenset({SERVICE}))


def asked(inbound: Inbound, **changes: object) -> Decision:
    return decide(inbound, known(**changes))


def test_a_new_matter_opens_a_ticket_and_is_acknowledged() -> None:
    decision = asked(mail())
    assert (decision.action, decision.match, decision.acknowledge) == (Action.OPEN, None, True)


def test_a_reply_finds_its_ticket_by_the_token_in_the_address() -> None:
    decision = asked(mail(to=f"其他 <x@y.cn>, {reply_address(SERVICE, TOKEN)}"))
    assert decision.action is Action.APPEND
    assert decision.match is not None and decision.match.ticket_id == TICKET
    assert decision.match.by is MatchedBy.TOKEN
    assert not decision.unverified
    assert not decision.acknowledge


def test_the_token_is_found_where_only_the_server_noted_the_recipient() -> None:
    assert asked(mail(f"Delivered-To: {reply_address(SERVICE, TOKEN)}\r\n")).action is Action.APPEND


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_a_reply_finds_its_ticket_by_our_message_id(header: str) -> None:
    decision = asked(mail(f"{header}: <a@b> {message_id_for(DELIVERY, 'example.cn')}\r\n"))
    assert decision.match is not None
    assert (decision.match.by, decision.match.delivery_id) == (MatchedBy.MESSAGE_ID, DELIVERY)


def test_the_nearest_of_our_mails_in_the_thread_decides() -> None:
    near = uuid4()
    chain = f"{message_id_for(DELIVERY, 'example.cn')} {message_id_for(near, 'example.cn')}"
    decision = asked(mail(f"References: {chain}\r\n"), ticket_of_delivery={DELIVERY: TICKET, near: OTHER}.get)
    assert decision.match is not None and decision.match.ticket_id == OTHER


def test_the_subject_never_finds_a_ticket() -> None:
    raw = f"From: a@b.cn\r\nSubject: Re: [SH202603010001] {TOKEN} {message_id_for(DELIVERY, 'example.cn')}\r\n\r\nx"
    assert asked(parse(raw.encode())).action is Action.OPEN


def test_a_message_id_of_another_domain_or_an_unknown_delivery_is_not_ours() -> None:
    assert asked(mail(f"In-Reply-To: {message_id_for(DELIVERY, 'evil.example')}\r\n")).action is Action.OPEN
    assert asked(mail(f"In-Reply-To: {message_id_for(uuid4(), 'example.cn')}\r\n")).action is Action.OPEN


def test_a_stranger_with_the_right_token_is_unverified() -> None:
    decision = asked(mail(to=reply_address(SERVICE, TOKEN), sender="stranger@example.org"))
    assert (decision.action, decision.unverified) == (Action.APPEND, True)


def test_our_own_mail_goes_nowhere_even_if_it_looks_like_a_reply() -> None:
    own = mail(f"In-Reply-To: {message_id_for(DELIVERY, 'example.cn')}\r\n", sender=SERVICE)
    assert asked(own).action is Action.DROP_LOOP


def test_a_bounce_is_tied_to_the_delivery_it_returns() -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example.com\r\nTo: service@example.cn\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nfailed\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; wang@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {message_id_for(DELIVERY, 'example.cn')}\r\n\r\n--b--\r\n"
    )
    inbound = parse(raw.encode())
    decision = asked(inbound)
    assert decision.action is Action.RECORD_BOUNCE
    assert decision.match is not None and decision.match.delivery_id == DELIVERY
    assert inbound.bounce is not None
    assert (inbound.bounce.reason, inbound.bounce.code, inbound.bounce.permanent) == ("mailboxfull", "5.2.2", True)


def test_an_auto_reply_is_filed_and_not_answered() -> None:
    decision = asked(mail(f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {message_id_for(DELIVERY, 'example.cn')}\r\n"))
    assert (decision.action, decision.acknowledge) == (Action.FILE_AUTO_REPLY, False)
    assert decision.match is not None and decision.match.ticket_id == TICKET


def test_order_of_intake() -> None:
    """Loop before bounce before auto-reply before blocked before accepted."""
    blocked = frozenset({"wang@example.com"})
    assert asked(mail(sender=SERVICE), blocked=frozenset({SERVICE})).action is Action.DROP_LOOP
    assert asked(mail("Auto-Submitted: auto-replied\r\n"), blocked=blocked).action is Action.FILE_AUTO_REPLY
    assert asked(mail(to=reply_address(SERVICE, TOKEN)), blocked=blocked).action is Action.BLOCK
    for kind in (Kind.MESSAGE, Kind.BOUNCE, Kind.AUTO_REPLY):
        assert asked(replace(mail(), kind=kind), seen_before=True).action is Action.KEEP_DUPLICATE
    assert asked(mail(sender=SERVICE), seen_before=True).action is Action.DROP_LOOP


@pytest.mark.parametrize(
    ("entry", "blocked"),
    [
        ("wang@example.com", True),
        ("@example.com", True),
        ("@com", True),
        ("@ample.com", False),
        ("@sub.example.com", False),
    ],
)
def test_blocked_addresses_and_domains(entry: str, blocked: bool) -> None:
    assert (asked(mail(), blocked=frozenset({entry})).action is Action.BLOCK) == blocked


def test_a_mail_without_sender_waits_for_a_person() -> None:
    assert asked(parse(b"Subject: x\r\n\r\nsome text")).action is Action.QUARANTINE
    assert asked(parse(b"")).action is Action.QUARANTINE


@pytest.mark.parametrize(
    "header",
    [
        "Precedence: bulk",
        "Precedence: list",
        "List-Id: <x.example.com>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Return-Path: <>",
    ],
)
def test_machines_open_tickets_but_get_no_acknowledgement(header: str) -> None:
    decision = asked(mail(f"{header}\r\n"))
    assert (decision.action, decision.acknowledge) == (Action.OPEN, False)


def test_one_sender_is_acknowledged_a_few_times_an_hour() -> None:
    limits = LoopLimits(acknowledgements=2, window=timedelta(hours=1))
    answers = [decide(mail(), known(acknowledged=count), limits).acknowledge for count in range(4)]
    assert answers == [True, True, False, False]
    assert not decide(mail(), known(), LoopLimits(acknowledgements=0)).acknowledge


@given(st.uuids(), st.sampled_from(["example.cn", "Mail.Example.CN", "例子.中国"]), st.sampled_from(["mail", "ack"]))
def test_message_ids_round_trip(delivery: UUID, domain: str, kind: str) -> None:
    made = message_id_for(delivery, domain, kind)
    assert made == message_id_for(delivery, domain, kind)
    assert made.isascii() and made.startswith("<yn.") and made.endswith(">")
    assert delivery_in(made, [domain]) == delivery_in(made.strip("<>").upper(), [domain]) == delivery
    found = own_message_id(made, [domain])
    assert found is not None and found.kind == kind
    assert delivery_in(made, ["other.example"]) is None
    assert deliveries_in([made, "<x@y>", made], [domain]) == (delivery,)


@pytest.mark.parametrize(
    ("domain", "kind"), [("", "mail"), ("a b", "mail"), ("x>\r\nBcc: y", "mail"), ("x.cn", "no kind")]
)
def test_message_ids_are_refused_where_they_would_break_a_header(domain: str, kind: str) -> None:
    with pytest.raises(ValueError):
        message_id_for(DELIVERY, domain, kind)


def test_reply_addresses() -> None:
    address = reply_address(SERVICE, TOKEN)
    assert address == f"service+t-{TOKEN}@example.cn"
    assert token_in(f"<{address.replace('service', 'Service')}>", [SERVICE]) == TOKEN
    assert token_in(address, ["other@example.cn"]) is None
    assert token_in(SERVICE, [SERVICE]) is None
    assert is_own(address, [SERVICE]) and is_own("SERVICE@example.cn", [SERVICE])
    assert not is_own("", [SERVICE]) and not is_own("service+x@example.cn", [SERVICE])
    for token in ("short", "with space in it", "a\r\nBcc: x@y.cn"):
        with pytest.raises(ValueError):
            reply_address(SERVICE, token)


def test_every_kind_of_mail_gets_a_decision_with_a_reason() -> None:
    for kind in Kind:
        decision = asked(replace(mail(), kind=kind, sender=Address("", "a@b.cn")))
        assert decision.reason
