"""Complaints: the call at once, grade, investigation, remedy, consent, visits."""

from datetime import timedelta

from yinuo.config.demo.desk import Case, Desk
from yinuo.config.demo.habits import BLAME, PRAISE, Moments, archiving, between, where
from yinuo.foundation import clock
from yinuo.procedures.models import Subtask
from yinuo.tickets.models import Ticket

LEADS = {"investigate": "handler", "investigate_serious": "supervisor", "investigate_major": "director"}
DEMANDS = ("要求给个说法，并补偿损失。", "要求退款。", "要求换一台新的。", "要求道歉，保证不再发生。")
HELP = {
    "technical": (
        "请查两次上门的维修记录：第一次换了什么，故障码是不是同一个。",
        "两次都是同一故障码，第一次只清了码，没有换部件。",
    ),
    "logistics": ("请查这一单的派送轨迹和外箱照片。", "轨迹和照片已核对：中转时外箱破损，仍继续派送，承运方认可。"),
}
"""What the departments are asked, and what they find."""
FINDINGS = (
    ("records", "查通话和派单记录：答应的时间没有回复，属实，责任在我方。", "service"),
    ("customer", "与客户逐项核对：师傅比约定晚到一个多小时，没有提前告知，属实。", "technical"),
    ("records", "查物流轨迹：外箱破损后仍送达，承运方和我方都有责任。", "logistics"),
    ("on_site", "到现场看过：同一处故障修了两次，第一次没有更换部件。", "technical"),
)
REMEDIES = (
    ("apology", "当面道歉，延长保修半年", "《售后服务承诺》第四条", None),
    ("compensation", "道歉并补偿 200 元", "《投诉处理办法》补偿标准", "200"),
    ("exchange", "换一台同型号新机，旧机上门取回", "三包规定", None),
    ("refund", "全额退款，三个工作日内到账", "《退款规定》", None),
    ("compensation", "补偿误工和往返费用 800 元", "《投诉处理办法》补偿标准", "800"),
)


def called_at_once(desk: Desk, ticket: Ticket) -> None:
    """The complaint's first call, before anything is settled."""
    desk.presses(ticket, "accept", "contacted", contacted_at=clock.now().isoformat())


def complaint_accepted(desk: Desk, case: Case, ticket: Ticket) -> None:
    handler = desk.doer(ticket, "accept")
    desk.sets_right(ticket, case, handler)
    step = desk.step(ticket, "accept")
    desk.presses(
        ticket, "accept", "accepted", handler, customer_name=case.buyer.customer.name, contact=case.buyer.email,
        contacted_at=step.form.get("contacted_at") or clock.now().isoformat(), content=case.say(case.opening[1]),
        product=case.blanks["product"], demand=desk.pick(DEMANDS), emotion=desk.pick(("upset", "upset", "angry", "calm")),
        promised_at=(clock.now() + timedelta(hours=20)).isoformat(), promised_way=desk.pick(("phone", "email")),
    )  # fmt: skip


def complaint(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    complaints = desk.house.teams["complaints"]
    yield desk.soon(3, 20)
    complaint_accepted(desk, case, ticket)
    yield desk.working(complaints, 5, 40)
    desk.presses(
        ticket, "grade", "graded", impact=desk.pick(("normal", "normal", "low", "high")),
        customer_tier=case.buyer.customer.tier,
    )  # fmt: skip
    here = where(desk, ticket, "investigate", "investigate_serious", "investigate_major")
    yield from between(desk, case, ticket, here)
    yield desk.working(complaints, 30, 300)
    method, found, department = desk.pick(FINDINGS)
    if department in HELP and (here != "investigate" or desk.chance(0.3)):
        yield from helped(desk, ticket, here, department)
    desk.presses(ticket, here, "found", method=[method], findings=found, responsible_department=department)
    yield desk.working(complaints, 15, 90)
    yield from remedied(desk, case, ticket)
    yield desk.at_leisure(2, 28)
    low = desk.chance(0.2)
    if desk.is_at(ticket, "visit"):
        desk.scores(ticket, desk.pick((2, 3, 1)) if low else desk.pick((4, 5, 4)), desk.pick(BLAME if low else PRAISE))
    if low and desk.is_at(ticket, "visit"):
        yield desk.working(complaints, 20, 120)
        desk.presses(ticket, "visit", "not_accepted", visit_way="phone", visit_note="客户认为补偿不够，要求主管出面。")
        yield desk.working(complaints, 30, 200)
        yield from remedied(desk, case, ticket)
        yield desk.working(complaints, 60, 400)
        desk.presses(
            ticket, "visit", "accepted", visit_way="phone", satisfaction=4, suggestion="希望以后主动告知进展。"
        )
    if desk.is_at(ticket, "record"):
        yield from archiving(desk, case, ticket)
        return
    yield desk.working(complaints, 1350, 1500)
    if desk.is_at(ticket, "second_visit"):
        desk.presses(ticket, "second_visit", "accepted", second_visit_note="再次致电，没有反复，客户表示认可。")
        yield from archiving(desk, case, ticket)


def helped(desk: Desk, ticket: Ticket, here: str, department: str) -> Moments:
    """The department that was at it looks into it too (R-CP-2)."""
    question, answer = HELP[department]
    task = asked(desk, ticket, here, department, question, timedelta(hours=6))
    yield desk.working(task.team, 5, 60)
    desk.accepts(task)
    yield desk.working(task.team, 30, 200)
    desk.tells(task, answer)
    yield desk.working(desk.house.teams["complaints"], 10, 60)


def asked(
    desk: Desk, ticket: Ticket, here: str, department: str, question: str, within: timedelta
) -> Subtask:  # fmt: skip
    desk.presses(
        ticket, here, "ask_departments", asked_departments=[department], department_question=question,
        department_answer_by=(clock.now() + within).isoformat(),
    )  # fmt: skip
    return desk.task(ticket, f"{LEADS[here]}_{department}")


def remedied(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    """A remedy drawn up, upward where it is above the handler's authority, agreed, carried out and told."""
    complaints = desk.house.teams["complaints"]
    refused = desk.chance(0.12)
    while not desk.is_at(ticket, "carry_out"):
        kind, remedy, grounds, money = desk.pick(REMEDIES)
        while here := where(desk, ticket, "remedy", "remedy_supervisor", "remedy_director"):
            desk.presses(
                ticket, here, "proposed", remedy_kinds=[kind], remedy=remedy, grounds=grounds, compensation=money or "",
                planned_at=(clock.now() + timedelta(hours=30)).isoformat(),
            )  # fmt: skip
            yield desk.working(complaints, 10, 60)
        if refused:
            desk.presses(ticket, "agree", "refused", progress="客户觉得诚意不够，希望再加一条。")
            refused = False
            yield desk.working(complaints, 10, 60)
        else:
            desk.presses(ticket, "agree", "agreed", customer_signature={"way": desk.pick(("recording", "portal"))})
    yield desk.working(complaints, 30, 400)
    handler = desk.doer(ticket, "carry_out")
    desk.presses(ticket, "carry_out", "done", handler, execution=f"已办：{remedy}。")
    yield desk.working(complaints, 10, 120)
    desk.answers(ticket, case, desk.pick(case.family.solved), desk.doer(ticket, "tell"))
    desk.presses(ticket, "tell", "told", told_way="phone")
