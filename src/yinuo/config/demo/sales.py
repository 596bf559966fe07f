"""Before and during an order: enquiries, proposals, leads; orders under way and their exceptions."""

from datetime import timedelta

from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.habits import BLAME, PRAISE, Moments, archiving, between
from yinuo.foundation import clock
from yinuo.tickets.models import Ticket

MEETINGS = ("周四上午视频演示，客户带采购一起看。", "约好到展厅试用，带上户型图。", "下周二上门量尺寸，顺便谈安装。")
LATER = ("新房年底交付，春节后再联系。", "预算要等明年，先进客户池。", "还在比较别家，月底再问一次。")
EXCEPTIONS = (
    ("out_of_stock", "仓库缺货，下批三天后到。", "等三天，或换同价位现货", "postpone", "客户同意等，已备注优先发。"),
    ("wrong_address", "地址少写了楼号，派送退回。", "改地址重派，或自提", "readdress", "已改地址，明天重派。"),
    ("customer_changed", "收货人换了电话。", "改联系人电话", "readdress", "已更新联系人，物流已知会。"),
    ("out_of_stock", "该颜色停产。", "换白色，或退款", "replace", "客户换白色，今天发出。"),
)


def presales(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    sales = desk.house.teams["sales"]
    yield desk.soon(2, 10)
    desk.sets_right(ticket, case, desk.doer(ticket, "enquiry"))
    yield from between(desk, case, ticket, "enquiry")
    desk.presses(
        ticket, "enquiry", "recorded", customer_name=case.buyer.customer.name, contact=case.buyer.email,
        product=case.blanks["product"], needs=case.say(case.opening[1]), preferred_channel="email",
        shown=["site"] if desk.chance(0.4) else [],
    )  # fmt: skip
    yield desk.working(sales, 20, 240)
    firm = case.buyer.is_corporate
    is_complex = firm and not case.to_the_end and desk.chance(0.3)
    desk.presses(
        ticket, "grade", "graded", urgency="urgent" if desk.chance(0.15) else "normal",
        value="high" if firm else "ordinary", is_complex=is_complex, first_proposal=desk.pick(case.family.solution),
        written_need="客户发来清单，见附件。" if is_complex else "",
    )  # fmt: skip
    if is_complex:
        yield desk.working(sales, 60, 500)
        desk.presses(
            ticket, "feasibility", "assessed", feasibility=desk.pick(("feasible", "feasible", "partly")),
            feasibility_note="现有型号可以满足，安装位置要现场看。",
        )  # fmt: skip
    yield desk.working(sales, 60, 700)
    if not desk.is_at(ticket, "propose"):
        return
    proposed(desk, case, ticket)
    yield desk.working(sales, 400, 1200)
    if not case.to_the_end and desk.chance(0.3):
        desk.presses(ticket, "follow_up", "not_yet", follow_up_plan=desk.pick(LATER))
        return
    if desk.chance(0.5):
        desk.presses(
            ticket, "follow_up", "interested", intent="high", follow_up_plan=desk.pick(MEETINGS),
            trial_or_meeting=desk.pick(("trial", "meeting")),
            trial_or_meeting_at=(clock.now() + timedelta(days=2)).isoformat(),
        )  # fmt: skip
        yield desk.working(sales, 1000, 1300)
        desk.presses(ticket, "trial", "ordered", trial_result="看过样机，当场定了。")
    else:
        desk.presses(ticket, "follow_up", "ordered", intent="high")
    yield from asked(desk, case, ticket)


def proposed(desk: Desk, case: Case, ticket: Ticket) -> None:
    salesman = desk.doer(ticket, "propose")
    desk.answers(ticket, case, desk.pick(case.family.solved), salesman)
    desk.presses(
        ticket, "propose", "sent", salesman, feature_match=desk.pick(case.family.solution),
        quote=str(desk.rng.randint(12, 90) * 100), schedule=desk.pick(("三天内送装", "一周内送装", "两周")),
        preferred_channel="email",
    )  # fmt: skip


def asked(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    """The satisfaction, by the customer or after the bell, then feedback record and review."""
    low = desk.chance(0.05)
    if low or desk.chance(0.6):
        yield desk.at_leisure(1, 26)
        if desk.is_at(ticket, "ask"):
            desk.scores(ticket, 3 if low else desk.pick((5, 4, 5)), desk.pick(BLAME if low else PRAISE))
    else:
        yield desk.working(desk.house.teams["sales"], 2000, 2300)
    if desk.is_at(ticket, "record"):
        yield from archiving(desk, case, ticket)


def order(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    orders = desk.house.teams["orders"]
    yield desk.soon(2, 10)
    desk.sets_right(ticket, case, desk.doer(ticket, "take_over"))
    yield from between(desk, case, ticket, "take_over")
    yield desk.working(orders, 15, 150)
    clerk = desk.doer(ticket, "take_over")
    known = {
        "order_number": case.blanks["order"],
        "customer_name": case.buyer.customer.name,
        "contact": case.buyer.email,
    }
    if case.category.code == "order_change" or desk.chance(0.35):
        found = clock.now().isoformat()
        desk.presses(ticket, "take_over", "taken_over", clerk, matter="exception", exception_found_at=found, **known)
        yield from exception_settled(desk, ticket)
    else:
        desk.presses(ticket, "take_over", "taken_over", clerk, matter="under_way", **known)
        yield desk.working(orders, 10, 60)
    desk.answers(ticket, case, desk.pick(case.family.solved), desk.doer(ticket, "plan"))
    if desk.chance(0.4):
        desk.presses(ticket, "plan", "nothing_left", order_state="completed")
    else:
        desk.presses(
            ticket, "plan", "planned", order_state="shipped", milestone="signing",
            milestone_planned_at=(clock.now() + timedelta(days=4)).isoformat(), report_every="never",
        )  # fmt: skip
        yield desk.working(orders, 60, 500)
        desk.presses(ticket, "follow", "announce", notice_channel=desk.pick(("sms", "phone")))
        yield desk.working(orders, 1000, 1600)
        now = clock.now().isoformat()
        desk.presses(ticket, "follow", "signed_for", actual_at=now, signed_for_at=now)
    yield from asked(desk, case, ticket)


def exception_settled(desk: Desk, ticket: Ticket) -> Moments:
    orders = desk.house.teams["orders"]
    kind, note, options, option, result = desk.pick(EXCEPTIONS)
    yield desk.working(orders, 5, 70 if desk.chance(0.1) else 45)
    desk.presses(ticket, "start_exception", "started", exception_kind=kind, exception_note=note)
    yield desk.working(orders, 20, 120)
    desk.presses(ticket, "settle_exception", "settled", options=options, exception_option=option)
    yield desk.working(orders, 10, 50)
    desk.presses(ticket, "tell_exception", "told", exception_result=result, order_state="to_sign")
