"""The lead pool of the demo: enquiries without an intent yet, heard from monthly (R-PS-4)."""

from datetime import datetime, timedelta

from yinuo.config.demo.casebook import Casebook
from yinuo.config.demo.chronicle import Story
from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.habits import Moments
from yinuo.config.demo.sales import proposed
from yinuo.config.demo.texts import FAMILIES
from yinuo.foundation import clock
from yinuo.tickets.models import Ticket

EARLIEST = timedelta(days=38)
"""So far back the first of them asked: more than a month, so that news has gone out."""
WAITS = (
    "新房年底交付，春节后再联系。",
    "预算要等明年，先进客户池。",
    "还在比较别家，月底再问一次。",
    "旧机还能用，等以旧换新的消息。",
    "等总部批了采购计划再谈。",
    "装修还没定厂家，先要资料。",
)
WRITES = "看到你们发的产品动态了，白色款现在订多久能装？价格和上次方案里一样吗？"
RETURNS = "看到整机保修延长到五年了，我们这边也批下来了，麻烦按上次的方案重新报个价。"


def lead_stories(desk: Desk, book: Casebook, now: datetime) -> list[tuple[datetime, Story]]:
    """Who asked when, from the longest in the pool to the newest; the first two have written since."""
    by_category = {family.category: family for family in FAMILIES if family.language != "en"}
    quote, enquiry = by_category["price_quote"], by_category["product_enquiry"]
    told = []
    plan = (
        (38, quote, RETURNS),
        (37, enquiry, WRITES),
        (36, quote, ""),
        (34, enquiry, ""),
        (16, quote, ""),
        (6, enquiry, ""),
    )
    for (days, family, writes), why in zip(plan, WAITS, strict=True):
        at = _morning(desk, now - timedelta(days=days))
        case = book.of(family, at)
        case.team = desk.house.teams["sales"]
        told.append((at, _lead(desk, case, why, writes, now)))
    return told


def _morning(desk: Desk, at: datetime) -> datetime:
    """Some time in the morning of that day, on the clock of the house."""
    local = at.astimezone(desk.calendar(desk.house.teams["sales"]).zone)
    return local.replace(hour=9, minute=desk.rng.randrange(10, 50)).astimezone(at.tzinfo)


def _lead(desk: Desk, case: Case, why: str, writes: str, now: datetime) -> Moments:
    ticket = desk.opens(case)
    yield desk.soon(2, 4)
    desk.answers(ticket, case, desk.pick(case.family.answers), desk.doer(ticket, "enquiry"))
    desk.sets_right(ticket, case, desk.doer(ticket, "enquiry"))
    yield desk.soon(10, 30)
    desk.presses(
        ticket, "enquiry", "recorded", customer_name=case.buyer.customer.name, contact=case.buyer.email,
        product=case.blanks["product"], needs=case.say(case.opening[1]), preferred_channel="email",
    )  # fmt: skip
    yield desk.soon(20, 60)
    desk.presses(
        ticket, "grade", "graded", urgency="normal", value="high" if case.buyer.is_corporate else "ordinary",
        is_complex=False, first_proposal=desk.pick(case.family.solution),
    )  # fmt: skip
    yield desk.soon(90, 240)
    proposed(desk, case, ticket)
    yield desk.soon(1300, 1500)
    desk.presses(ticket, "follow_up", "not_yet", intent="none", follow_up_plan=why)
    if writes:
        yield now - timedelta(days=3, hours=desk.rng.uniform(1, 6))
        desk.writes(ticket, case, writes)
    if writes == RETURNS:
        yield desk.soon(60, 200)
        _taken_up(desk, ticket)


def _taken_up(desk: Desk, ticket: Ticket) -> None:
    """His interest has returned: back to the proposal."""
    plan = f"客户要重新报价，{clock.now() + timedelta(days=2):%m月%d日}前发出。"
    desk.presses(ticket, "lead_pool", "interest_returned", follow_up_plan=plan)
