"""What occurs in the course of every matter, whatever its procedure: asking back, notes, the ending."""

from collections.abc import Iterator
from datetime import datetime

from yinuo.config.demo.desk import Case, Desk
from yinuo.tickets.models import Status, Ticket

Moments = Iterator[datetime]

PROGRESS = (
    "已电话联系客户，约好明天再确认一次。",
    "配件已申请，仓库回复今天出库。",
    "查了同型号的记录，和上周那单现象一样。",
    "客户发来的照片看不清铭牌，已请他重拍。",
    "网点反馈师傅在路上。",
    "已按知识条目排查，前三项正常。",
)
NOTES = (
    "客户是老用户，说话客气些，上次换件也是我们处理的。",
    "这个现象最近多了几例，留意一下是不是同一批次。",
    "电话没接通，已发短信，下午再打。",
    "客户要求周末上门，已和网点说好。",
)
PRAISE = ("处理得很快，谢谢。", "师傅很专业，讲得清楚。", "客服态度好，一次就说明白了。", "", "", "", "", "")
BLAME = (
    "问题拖了太久，中间没有人主动告诉我进展。",
    "修好两天又出现同样的问题。",
    "师傅迟到一个多小时，也没有提前说。",
    "说好给结果，最后还是我自己打电话问的。",
)


def where(desk: Desk, ticket: Ticket, *keys: str) -> str:
    """Which of the steps is under way; empty where none is."""
    return next((key for key in keys if desk.is_at(ticket, key)), "")


def between(desk: Desk, case: Case, ticket: Ticket, key: str) -> Moments:
    """Asking back, waiting for the customer, noting progress."""
    questions = case.family.questions or (
        ("{customer}您好，还需要您补充一下购买渠道和订单号，方便我核对。",) if case.family.language != "en" else ()
    )
    if questions and desk.chance(0.3):
        account = desk.doer(ticket, key)
        desk.answers(ticket, case, desk.pick(questions), account)
        desk.presses(ticket, key, "wait_customer", account)
        yield desk.at_leisure(0.3, 9)
        desk.writes(ticket, case, case.say(desk.pick(case.family.more or ("好的，稍后补充。",))))
        yield desk.working(case.team, 10, 90)
    elif case.family.more and desk.chance(0.55):
        yield desk.at_leisure(0.2, 3)
        ticket.refresh_from_db()
        if ticket.status in (Status.OPEN, Status.WAITING, Status.NEW):
            desk.writes(ticket, case, case.say(desk.pick(case.family.more)))
        yield desk.working(case.team, 15, 120)
    if desk.chance(0.2):
        account = desk.doer(ticket, key)
        desk.notes(ticket, account, desk.pick(NOTES), *(["zhou"] if desk.chance(0.3) else []))
        yield desk.working(case.team, 5, 30)
    if desk.chance(0.25) and desk.is_at(ticket, key):
        desk.presses(ticket, key, "note_progress", progress=desk.pick(PROGRESS))
        yield desk.working(case.team, 20, 150)


def archiving(desk: Desk, case: Case, ticket: Ticket) -> Moments:
    yield desk.working(case.team, 10, 200)
    if not desk.is_at(ticket, "record"):
        return
    desk.presses(ticket, "record", "recorded", services_done=desk.pick(case.family.solution), opinions="无")
    quality = desk.house.teams["quality"]
    yield desk.working(quality, 20, 500)
    if desk.chance(0.06):
        desk.presses(ticket, "review", "back", review_note="服务内容写得太笼统，请写明更换了什么部件。")
        yield desk.working(case.team, 20, 120)
        desk.presses(ticket, "record", "recorded", services_done=desk.pick(case.family.solution) + "，旧件已收回登记")
        yield desk.working(quality, 20, 200)
    desk.presses(
        ticket, "review", "passed", is_complete=True, is_in_form=True, items_right=True, is_true=True
    )  # fmt: skip
