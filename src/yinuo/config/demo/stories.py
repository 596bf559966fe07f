"""How matters go: through their procedures, with the hesitation, slips and second thoughts of real people."""

from datetime import datetime, timedelta

from yinuo.config.demo.complaints import called_at_once, complaint
from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.habits import BLAME, PRAISE, Moments, archiving, between, where
from yinuo.config.demo.sales import order, presales
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.services import happen
from yinuo.staff.models import Account
from yinuo.tickets.models import Status, Ticket

DIAGNOSES = (
    "控制板采样异常，温度传感器阻值漂移，需要更换。",
    "电机堵转保护，部件磨损，建议更换总成。",
    "固件升级中断导致启动失败，可远程恢复。",
    "安装不规范引起，需要现场调整。",
)
WITHDRAWALS = (
    "不好意思，问题自己解决了，不用处理了，谢谢。",
    "和另一封邮件是同一件事，这一单撤掉吧。",
    "家里人已经弄好了，麻烦您关掉。",
    "我先不办了，需要的时候再联系。",
)
WITHDRAWAL_EN = "Thank you, it works again. You can close this one."
SORRY = "{customer}您好，没有让您满意，对不起。我重新看了全部经过，这次由我负责到您满意为止，今天给您新的方案。"
SORRY_EN = "Dear {customer}, I am sorry that you were not satisfied. I have read everything again and will stay with it until it is right; you have a new proposal today."


def lived(desk: Desk, case: Case) -> Moments:
    """The whole course of a matter, by the procedure its scenario opens."""
    if case.channel == "phone":
        caller = desk.pick(desk.on_duty(case.team, "agent"))
        ticket = desk.opens(case, owner=caller)
        yield desk.soon(1.5, 6 if desk.chance(0.1) else 4)
        spoken_with(desk, ticket, caller)
        desk.answers(
            ticket,
            case,
            "{customer}您好，刚才电话里和您说的情况我记下了，工单号{number}。\n\n" + desk.pick(case.family.answers),
        )
    else:
        ticket = desk.opens(case)
        if ticket.scenario == "complaint":
            yield desk.working(case.team, 1, 7 if desk.chance(0.1) else 4)
            called_at_once(desk, ticket)
        yield _first_answer(desk, case)
        desk.answers(ticket, case, desk.pick(case.family.answers))
    yield from answered_on(desk, case, ticket)


def withdrawn(desk: Desk, case: Case) -> Moments:
    """The customer needs nothing any more."""
    ticket = desk.opens(case)
    yield desk.soon(4, 100)
    desk.writes(ticket, case, WITHDRAWAL_EN if case.family.language == "en" else desk.pick(WITHDRAWALS))
    yield desk.soon(2, 30)
    agent = desk.owner(ticket)
    happen(ticket=ticket, name="withdrawn", by=Actor.account(agent.id), now=clock.now())


def answered_on(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    """The course after the first answer."""
    courses = {
        "after_sales": after_sales, "presales": presales, "consultation": consultation, "complaint": complaint,
        "order": order,
    }  # fmt: skip
    yield from courses.get(ticket.scenario, served)(desk, case, ticket)


def spoken_with(desk: Desk, ticket: Ticket, caller: Account) -> None:
    """Answered while he is on the phone."""
    if ticket.scenario == "complaint":
        called_at_once(desk, ticket)
    elif here := where(desk, ticket, "accept", "answer", "record", "take_over", "enquiry"):
        desk.presses(ticket, here, "spoken", caller, spoken_at=clock.now().isoformat())


def _first_answer(desk: Desk, case: Case) -> datetime:
    """Mostly within the hour; some late, so that promises are missed now and then."""
    if case.urgency == "urgent":
        return desk.soon(4, 45 if desk.chance(0.12) else 24)
    if desk.chance(0.06):
        return desk.working(case.team, 110, 190)
    return desk.working(case.team, 6, 100)


# ── 售后 ────────────────────────────────────────────────────────────────────────────────────────────────────


def accepted(desk: Desk, case: Case, ticket: Ticket, *, complexity: str = "normal") -> None:
    agent = desk.doer(ticket, "accept")
    desk.sets_right(ticket, case, agent)
    kinds = {"how_to": "how_to", "improvement_request": "improvement"}
    desk.presses(
        ticket, "accept", "accepted", agent, customer_name=case.buyer.customer.name, contact=case.buyer.email,
        symptom=case.say(case.opening[1]), environment=case.product.model if case.product else "",
        problem_type=kinds.get(case.category.code, "function_fault"), urgency=case.urgency, complexity=complexity,
    )  # fmt: skip


def after_sales(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.soon(2, 12)
    technical = case.urgency == "urgent" or desk.chance(case.family.technical)
    at_once = technical and (case.urgency == "urgent" or desk.chance(0.6))
    accepted(desk, case, ticket, complexity="complex" if at_once else "normal")
    if not at_once:
        yield desk.working(case.team, 5, 40)
        yield from between(desk, case, ticket, "handle")
        if technical:
            desk.presses(ticket, "handle", "to_technical", give_up_reason="beyond_ability")
    if technical:
        yield from by_technician(desk, case, ticket)
    else:
        yield desk.working(case.team, 10, 240)
        solved_by_agent(desk, case, ticket)
    yield from ending(desk, case, ticket)


def solved_by_agent(desk: Desk, case: Case, ticket: Ticket) -> None:
    agent = desk.doer(ticket, "handle")
    desk.answers(ticket, case, desk.pick(case.family.solved), agent)
    desk.presses(
        ticket, "handle", "solved", agent, solution_way=case.family.way, solution=desk.pick(case.family.solution)
    )


def by_technician(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.soon(2, 9) if case.urgency == "urgent" else desk.working(case.team, 2, 9)
    desk.presses(
        ticket, "dispatch", "dispatched", dispatch_note=f"{case.blanks['product']}：客户已按指导排查过，请联系确认。"
    )
    yield desk.soon(6, 25) if case.urgency == "urgent" else desk.working(desk.house.teams["technical"], 15, 110)
    technician = desk.doer(ticket, "diagnose")
    onsite = case.family.way == "onsite"
    desk.presses(
        ticket, "diagnose", "diagnosed", technician, contacted_at=clock.now().isoformat(),
        diagnosis=desk.pick(DIAGNOSES), need_onsite=onsite,
    )  # fmt: skip
    yield desk.soon(10, 60)
    way = case.family.way
    plan = desk.pick(case.family.solution)
    desk.presses(ticket, "agree", "agreed", technician, solution_way=way, solution=plan)
    if onsite:
        yield desk.soon(90, 420) if case.urgency == "urgent" else desk.working(desk.house.teams["technical"], 120, 700)
        engineer = desk.pick([desk.house.people["luo"], desk.house.people["jiang"], desk.house.people["pan"]])
        desk.presses(
            ticket, "onsite", "been_there", engineer, engineer=str(engineer.id), onsite_at=clock.now().isoformat(),
            onsite_note="到场检测与诊断一致，已处理。",
        )  # fmt: skip
    yield desk.soon(25, 120)
    carried_out(desk, case, ticket)


def carried_out(desk: Desk, case: Case, ticket: Ticket) -> None:
    technician = desk.doer(ticket, "carry_out")
    desk.answers(ticket, case, desk.pick(case.family.solved), technician)
    desk.presses(ticket, "carry_out", "done", technician, effect_confirmed=True, effect_note="试机正常，客户在场确认。")


def ending(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    """Confirmation, visit, second handling after a low score, feedback record, review."""
    low = desk.chance(0.07)
    answered = low or desk.chance(0.8)
    if answered:
        yield desk.at_leisure(0.4, 20)
        ticket.refresh_from_db()
        if ticket.status == Status.SOLVED and desk.chance(0.35):
            desk.confirms(ticket)
            yield desk.at_leisure(0.5, 12)
        score = desk.pick((2, 2, 3, 1)) if low else desk.pick((5, 5, 5, 4))
        if desk.is_at(ticket, "confirm") or desk.is_at(ticket, "visit"):
            desk.scores(ticket, score, desk.pick(BLAME if low else PRAISE))
        if low:
            yield from second_handling(desk, case, ticket)
    else:
        yield desk.working(case.team, 1700, 2100)
        if not desk.is_at(ticket, "visit"):
            return
        agent = desk.doer(ticket, "visit")
        if desk.chance(0.75):
            desk.presses(ticket, "visit", "scored", agent, visit_way="phone", satisfaction=desk.pick((4, 5, 5)))
        else:
            desk.presses(
                ticket, "visit", "declined", agent, visit_way="phone", visit_note="客户在忙，说问题已解决，不用评价。"
            )
    yield from archiving(desk, case, ticket)


def second_handling(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.working(case.team, 10, 70)
    sorry = SORRY_EN if case.family.language == "en" else SORRY
    if desk.is_at(ticket, "handle"):
        desk.answers(ticket, case, sorry, desk.doer(ticket, "handle"))
        yield desk.working(case.team, 60, 400)
        solved_by_agent(desk, case, ticket)
    else:
        technician = desk.doer(ticket, "agree")
        desk.answers(ticket, case, sorry, technician)
        yield desk.soon(30, 120)
        desk.presses(ticket, "agree", "agreed", technician, solution_way="remote", solution="复检并更换相关部件")
        yield desk.working(desk.house.teams["technical"], 60, 400)
        carried_out(desk, case, ticket)
    yield desk.at_leisure(1, 16)
    desk.scores(ticket, desk.pick((4, 5)), "第二次处理得很认真。")


# ── 咨询 ────────────────────────────────────────────────────────────────────────────────────────────────────


def consultation(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.soon(2, 10)
    desk.sets_right(ticket, case, desk.doer(ticket, "answer"))
    if desk.chance(0.12):
        desk.presses(
            ticket,
            "answer",
            "to_back_office",
            customer_name=case.buyer.customer.name,
            question=case.say(case.opening[1]),
        )
        yield desk.working(desk.house.teams["complaints"], 40, 300)
        desk.answers(ticket, case, desk.pick(case.family.solved), desk.doer(ticket, "back_office"))
        desk.presses(ticket, "back_office", "answered", answer=desk.pick(case.family.solution))
    else:
        yield from between(desk, case, ticket, "answer")
        desk.presses(
            ticket, "answer", "answered", customer_name=case.buyer.customer.name, contact=case.buyer.email,
            question=case.say(case.opening[1]), answer=desk.pick(case.family.solution),
        )  # fmt: skip
    yield desk.at_leisure(0.3, 26)
    if not desk.is_at(ticket, "ask"):
        return
    if desk.chance(0.04):
        desk.scores(ticket, 3, desk.pick(BLAME))
        yield desk.working(desk.house.teams["complaints"], 40, 300)
        handler = desk.doer(ticket, "back_office")
        desk.answers(ticket, case, desk.pick(case.family.solved), handler)
        desk.presses(ticket, "back_office", "answered", handler, answer=desk.pick(case.family.solution))
        yield desk.at_leisure(1, 20)
        desk.presses(ticket, "ask", "satisfied", desk.doer(ticket, "ask"), satisfaction=4)
    elif desk.chance(0.62):
        desk.scores(ticket, desk.pick((5, 5, 4, 5)), desk.pick(PRAISE))


# ── 服务 ────────────────────────────────────────────────────────────────────────────────────────


def served(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.soon(2, 10)
    desk.sets_right(ticket, case, desk.doer(ticket, "record"))
    yield from between(desk, case, ticket, "record")
    yield desk.working(case.team, 30, 500)
    agent = desk.doer(ticket, "record")
    desk.answers(ticket, case, desk.pick(case.family.solved), agent)
    returned = {}
    if case.category.code == "return_exchange":
        returned = {
            "return_wanted": True,
            "return_asked_at": ticket.opened_at.isoformat(),
            "return_decision": "同意，快递上门取件。",
        }
    desk.presses(
        ticket, "record", "served", agent, customer_name=case.buyer.customer.name, contact=case.buyer.email,
        wish=case.say(case.opening[1]), note=desk.pick(case.family.solution), **returned,
    )  # fmt: skip
    low = desk.chance(0.04)
    if low or desk.chance(0.6):
        yield desk.at_leisure(0.5, 24)
        if not desk.is_at(ticket, "centre"):
            return
        desk.scores(ticket, desk.pick((2, 3, 1)) if low else desk.pick((5, 4, 5)), desk.pick(BLAME if low else PRAISE))
    else:
        yield desk.working(desk.house.teams["quality"], 200, 900)
        if desk.is_at(ticket, "centre"):
            desk.presses(
                ticket, "centre", "satisfied", satisfaction=desk.pick((4, 5)), review_note="电话回访，客户认可。"
            )
    if low:
        yield from settled(desk, case, ticket)


def settled(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    """A service that did not satisfy goes on as an ordinary complaint."""
    yield desk.working(case.team, 20, 120)
    if desk.chance(0.5):
        desk.presses(ticket, "settle_by_phone", "settled", settlement="致歉并当面说明经过，客户接受。")
    else:
        desk.presses(
            ticket, "settle_by_phone", "not_settled", settlement="客户要求书面答复，转业务部门。",
            content="换货后同样的毛病又出现，电话里没有得到说法。", grade="ordinary", responsible_department="service",
            hand_over_note="查清两次换货的经过，给客户书面答复。",
            department_due_at=(clock.now() + timedelta(hours=72)).isoformat(),
        )  # fmt: skip
        yield desk.working(desk.house.teams["complaints"], 60, 400)
        desk.presses(ticket, "department", "settled", settlement="业务部门出具书面说明，补偿延保半年。")
    yield desk.working(desk.house.teams["complaints"], 60, 500)
    desk.presses(ticket, "specialist", "satisfied", satisfaction=4, suggestion="希望以后主动告知进展。")
