"""The open desk of this hour: matters told case by case, dated from the present backwards."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from yinuo.config.demo.casebook import Casebook
from yinuo.config.demo.complaints import HELP, asked, called_at_once, complaint_accepted
from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.habits import Moments, where
from yinuo.config.demo.stories import accepted, solved_by_agent
from yinuo.config.demo.texts import FAMILIES, Family
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.services import escalate_ticket, hand_over, open_subtask
from yinuo.tickets.models import Ticket

Told = tuple[datetime, Moments]
Course = Callable[[Desk, Case], Moments]


def present_cases(desk: Desk, book: Casebook, now: datetime) -> list[Told]:
    """About two dozen tickets: just arrived, due in the next hours, overdue, waiting, dispatched, taken up again."""
    told: list[Told] = []

    def tell(ago: timedelta, family: Family, course: Course, *, team: str = "", urgency: str = "") -> None:
        ago += timedelta(seconds=desk.rng.uniform(0, 50))
        case = book.of(family, now - ago)
        if team:
            case.team = desk.house.teams[team]
        case.urgency = urgency or case.urgency
        told.append((now - ago, course(desk, case)))

    def minutes(number: float) -> timedelta:
        return timedelta(minutes=number)

    heater, gas, cooling, fridge, washer, kitchen, water, robot, lock, smell, repair = FAMILIES[:11]
    by_category = {family.category: family for family in FAMILIES if family.language != "en"}
    english = next(family for family in FAMILIES if family.language == "en")

    # overdue now
    tell(minutes(52), lock, unanswered, team="emergency")
    tell(timedelta(hours=27), cooling, slow)
    tell(timedelta(hours=30), by_category["complaint_service"], complained, team="emergency")
    tell(timedelta(hours=22), by_category["complaint_product"], investigated)
    # due in the next hours
    tell(minutes(11), smell, unanswered, team="emergency")
    tell(minutes(24), lock, dispatched)
    tell(minutes(8), heater, unanswered)
    tell(minutes(21), robot, unanswered)
    tell(minutes(37), english, returned_to_queue)
    tell(minutes(58), by_category["refund"], unanswered, team="emergency")
    tell(minutes(74), water, returned_to_queue)
    tell(minutes(96), washer, unanswered, team="emergency")
    tell(timedelta(hours=23, minutes=10), fridge, handled)
    tell(timedelta(hours=22), heater, handled)
    tell(timedelta(hours=20, minutes=35), by_category["return_exchange"], returned)
    # on their way
    tell(timedelta(hours=5), gas, onsite_planned)
    tell(timedelta(hours=7), cooling, judged_by_product)
    tell(timedelta(hours=9), kitchen, asked_back)
    tell(timedelta(hours=12), by_category["invoice"], asked_sales)
    tell(timedelta(hours=6), by_category["logistics"], handled_service)
    tell(timedelta(hours=3), by_category["price_quote"], handled_answer)
    tell(timedelta(hours=4), by_category["how_to"], handled_answer)
    tell(timedelta(hours=16), repair, handled)
    tell(timedelta(hours=14), robot, escalated)
    tell(timedelta(hours=18), by_category["installation"], asked_back, team="service")
    # solved, waiting for the customer's word; and taken up again after a low score
    tell(timedelta(hours=10), water, waiting_for_confirmation)
    tell(timedelta(hours=15), kitchen, waiting_for_confirmation)
    tell(timedelta(hours=56), washer, scored_low)
    tell(timedelta(hours=62), gas, scored_low)
    return told


def unanswered(desk: Desk, case: Case) -> Moments:
    desk.opens(case)
    yield from ()


def returned_to_queue(desk: Desk, case: Case) -> Moments:
    """Somebody had to give it back: nobody owns it."""
    ticket = desk.opens(case)
    yield desk.soon(2, 4)
    agent = desk.owner(ticket)
    hand_over(
        ticket=ticket, team=ticket.team, owner=None, note="我这会儿要接一个投诉电话，先放回队列，请方便的同事接一下。",
        by=Actor.account(agent.id), now=clock.now(),
    )  # fmt: skip


def _answered(desk: Desk, case: Case, *, at_once: bool = False) -> Iterator[datetime]:
    """In the hours of the team, or `at_once` whatever the hour is: then the desk looks alike at any time of the day."""
    ticket = desk.opens(case)
    yield desk.soon(6, 18) if at_once else desk.working(case.team, 6, 18)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    yield desk.soon(2, 8)
    return ticket


def handled(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(20, 60)
    desk.presses(ticket, "handle", "note_progress", progress="配件已申请，仓库回复今天出库，到货后约师傅上门。")


def asked_back(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(5, 25)
    agent = desk.doer(ticket, "handle")
    desk.answers(ticket, case, "{customer}您好，还请把铭牌和订单截图发给我，收到后马上给您安排。", agent)
    desk.presses(ticket, "handle", "wait_customer", agent)


def slow(desk: Desk, case: Case) -> Moments:
    """Answered in time, then the solution was not kept: the supervisor steps in."""
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(200, 260)
    desk.presses(ticket, "handle", "note_progress", progress="网点没有库存，已从外地仓库调货。")
    yield ticket.opened_at + timedelta(hours=24, minutes=35)
    ticket.refresh_from_db()
    supervisor = desk.house.people["zhou"]
    desk.notes(
        ticket, supervisor, "已经过了承诺的时间，请今天务必给客户一个准话，货不到就先借一台备用机。",
        *([desk.accounts[ticket.owner_id].username] if ticket.owner_id else ["lin"]),
    )  # fmt: skip


def complained(desk: Desk, case: Case) -> Moments:
    ticket = desk.opens(case)
    yield desk.soon(2, 4)
    called_at_once(desk, ticket)
    yield desk.working(case.team, 6, 18)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    yield desk.soon(2, 8)
    complaint_accepted(desk, case, ticket)
    yield desk.soon(120, 200)
    desk.writes(ticket, case, "说好今天之内给结果，到现在还没有人联系我，请尽快！")


def investigated(desk: Desk, case: Case) -> Moments:
    """A serious complaint that other departments look into too: one has answered, one is at it, one is late."""
    ticket = desk.opens(case)
    yield desk.soon(2, 4)
    called_at_once(desk, ticket)
    yield desk.soon(6, 18)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    yield desk.soon(2, 8)
    complaint_accepted(desk, case, ticket)
    yield desk.soon(10, 20)
    desk.presses(
        ticket, "grade", "graded", impact="high", customer_tier=case.buyer.customer.tier, grade="serious",
        grade_reason="同一台机器一个月坏两次，客户已提到12315。",
    )  # fmt: skip
    yield desk.soon(15, 30)
    here = "investigate_serious"
    technical = asked(desk, ticket, here, "technical", HELP["technical"][0], timedelta(hours=18))
    asked(desk, ticket, here, "product", "这个部件的同批次返修率是多少？要不要整批处理？", timedelta(hours=17))
    sales = asked(desk, ticket, here, "sales", "请核对成交时的承诺：有没有答应坏了直接换新？", timedelta(hours=30))
    yield desk.soon(20, 50)
    desk.accepts(technical)
    yield desk.soon(120, 200)
    desk.tells(technical, HELP["technical"][1])
    yield desk.soon(30, 60)
    desk.accepts(sales)
    yield ticket.opened_at + timedelta(hours=21)
    desk.notes(ticket, desk.house.people["zhou"], "技术已查清，产品还没有接手，请今天先给批次结论，客户在等。", "bai")


def judged_by_product(desk: Desk, case: Case) -> Moments:
    """The technician suspects the batch: product is at it."""
    ticket: Ticket = yield from _answered(desk, case, at_once=True)
    accepted(desk, case, ticket, complexity="complex")
    yield desk.soon(3, 8)
    desk.presses(ticket, "dispatch", "dispatched", dispatch_note="同型号本周第三台，请技术看是不是批次问题。")
    yield desk.soon(20, 60)
    technician = desk.doer(ticket, "diagnose")
    desk.presses(ticket, "diagnose", "contacted", technician, contacted_at=clock.now().isoformat())
    desk.presses(
        ticket, "diagnose", "ask_product", technician,
        product_question="控制板固件回退后恢复正常，同批次还有两台，请判断是不是这一版固件的问题，多久有新版本。",
        product_answer_by=(ticket.opened_at + timedelta(hours=48)).isoformat(),
    )  # fmt: skip
    yield desk.soon(40, 90)
    desk.accepts(desk.task(ticket, "product_judges"))


def returned(desk: Desk, case: Case) -> Moments:
    """Agreed to: the warehouse is to fetch it, and has not accepted yet."""
    ticket: Ticket = yield from _answered(desk, case, at_once=True)
    desk.sets_right(ticket, case, desk.doer(ticket, "record"))
    yield ticket.opened_at + timedelta(hours=19, minutes=20)
    desk.presses(
        ticket, "record", "to_logistics", customer_name=case.buyer.customer.name, wish=case.say(case.opening[1]),
        return_wanted=True, return_asked_at=ticket.opened_at.isoformat(), return_decision="同意退货，上门取件，验收后原路退款。",
        return_task="请约客户上门取件，外箱和配件齐全即可，验收结果当天回填。",
        return_task_by=(ticket.opened_at + timedelta(hours=44)).isoformat(),
    )  # fmt: skip


def asked_sales(desk: Desk, case: Case) -> Moments:
    """Asked by hand, accepted and answered."""
    ticket: Ticket = yield from _answered(desk, case, at_once=True)
    agent = desk.doer(ticket, where(desk, ticket, "record", "take_over"))
    desk.sets_right(ticket, case, agent)
    yield desk.soon(15, 50)
    ticket.refresh_from_db()
    open_subtask(
        ticket=ticket, team=desk.house.teams["sales"], title="核对开票抬头和合同金额", within=timedelta(hours=8),
        task="客户说合同抬头换过一次，请按最后签的合同核对抬头、税号和金额。", by=Actor.account(agent.id), now=clock.now(),
    )  # fmt: skip
    yield desk.soon(20, 40)
    task = desk.task(ticket)
    desk.accepts(task)
    yield desk.soon(60, 150)
    desk.tells(task, "已核对：按补充协议的新抬头开，金额不变，税号和付款方一致，可以开票。")


def handled_service(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    here = where(desk, ticket, "record", "take_over")
    desk.sets_right(ticket, case, desk.doer(ticket, here))
    yield desk.soon(15, 50)
    desk.presses(ticket, here, "note_progress", progress="已提交财务和仓库核对，等回复。")


def handled_answer(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    desk.presses(
        ticket, where(desk, ticket, "answer", "enquiry"), "note_progress", progress="报价和资料正在准备，今天发给客户。"
    )


def dispatched(desk: Desk, case: Case) -> Moments:
    """Urgent: answered and passed on at once; the technician is to ring within half an hour."""
    ticket = desk.opens(case)
    yield desk.soon(3, 5)
    desk.answers(ticket, case, desk.pick(case.family.answers))
    accepted(desk, case, ticket, complexity="complex")
    yield desk.soon(2, 4)
    desk.presses(ticket, "dispatch", "dispatched", dispatch_note="客户在门外，请立即联系。")


def onsite_planned(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket, complexity="complex")
    yield desk.soon(3, 8)
    desk.presses(ticket, "dispatch", "dispatched", dispatch_note="需要上门检测，客户下午在家。")
    yield desk.soon(20, 60)
    technician = desk.doer(ticket, "diagnose")
    desk.presses(
        ticket, "diagnose", "diagnosed", technician, contacted_at=clock.now().isoformat(),
        diagnosis="电话排查后仍报故障，需要带温度传感器和控制板上门。", need_onsite=True,
    )  # fmt: skip


def escalated(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(60, 120)
    agent = desk.doer(ticket, "handle")
    escalate_ticket(
        ticket=ticket,
        reason="固件日志看不懂，需要技术判断是不是升级包的问题。",
        by=Actor.account(agent.id),
        now=clock.now(),
    )
    yield desk.soon(15, 40)
    desk.notes(ticket, desk.house.people["wu"], "先要了设备日志，像是升级中断，下午和产品组一起看。", "bai")


def waiting_for_confirmation(desk: Desk, case: Case) -> Moments:
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(60, 240)
    solved_by_agent(desk, case, ticket)


def scored_low(desk: Desk, case: Case) -> Moments:
    """Scored 2 yesterday: an improvement is open and second handling under way."""
    ticket: Ticket = yield from _answered(desk, case)
    accepted(desk, case, ticket)
    yield desk.soon(200, 600)
    solved_by_agent(desk, case, ticket)
    yield desk.at_leisure(20, 23)
    desk.scores(ticket, 2, "修好一天又坏了，而且没有人主动联系我。")
    yield desk.soon(15, 60)
    agent = desk.doer(ticket, "handle")
    desk.answers(ticket, case, "{customer}您好，没有让您满意，对不起。我重新看了经过，今天另派一位师傅复检。", agent)
