"""Orders of the demo company: on their way, delivered, delayed, in trouble, by the real services as the days go by."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from yinuo.calendars.queries import calendar_of
from yinuo.config.demo.chronicle import Story
from yinuo.config.demo.company import House
from yinuo.config.demo.customers import Buyer
from yinuo.config.demo.desk import Desk
from yinuo.domain.worktime import Calendar
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.orders import services as act
from yinuo.orders.models import Milestone, Order
from yinuo.tickets.queries import open_of_scenario
from yinuo.tickets.services import link_order

SHOP = Actor.system("shop")
SEED = 20261130
LINKED = 6
PRICES = {
    "YN-H60": 1299, "YN-G13": 2199, "YN-A35": 2799, "YN-A72": 6999, "YN-R520": 4599, "YN-W10": 5299, "YN-D8": 4999,
    "YN-K9": 2899, "YN-P600": 1999, "YN-F400": 1599, "YN-X5": 3299, "YN-L3": 1899,
}  # fmt: skip
STREETS = ("建设路", "学院路", "滨江大道", "人民中路", "桂花街", "望江东路", "科技园路", "长宁路")
REGIONS = (
    "广东省深圳市南山区",
    "浙江省杭州市西湖区",
    "江苏省南京市鼓楼区",
    "四川省成都市武侯区",
    "上海市长宁区",
    "湖北省武汉市洪山区",
)
DELAYS = ("工厂缺芯片，排产推迟", "仓库盘点，发货顺延", "路上遇到大雪，货车改道", "安装师傅排期已满")
DUTIES = (
    "按附件清单供货，送到指定地点并安装调试；整机保修三年，故障 24 小时内到场；逾期交货每日按合同额千分之一赔付。",
    "签约后三日内付三成预付款，验收合格后十日内付清余款；提供安装所需的水电和场地；逾期付款每日按未付款千分之一赔付。",
)
FINDINGS = {
    "out_of_stock": (
        "仓库实际只剩一台，系统数不对。",
        "replace",
        "换成同系列新款，不加价。",
        "客户同意换新款，已改单。",
    ),
    "wrong_address": ("快递员打电话说门牌号不存在。", "readdress", "改送到公司前台。", "新地址已核对，今天重新派送。"),
    "customer_changed": ("客户说收货人换成物业经理。", "readdress", "改收货人和电话。", "已改，送货前会先打电话。"),
}


@dataclass(frozen=True)
class Course:
    """`ago`: when it was placed; `days` until shipping and until installation; what happens on the way."""

    ago: timedelta
    ships_in: float
    installs_in: float = 0
    delayed: bool = False
    trouble: str = ""
    forgotten: bool = False
    stuck: bool = False
    project: bool = False
    quantity: int = 1


COURSES = (
    *(Course(timedelta(days=29 - number * 1.6), 2 + number % 3, 4 + number % 4) for number in range(10)),
    Course(timedelta(days=21), 3, 6, delayed=True),
    Course(timedelta(days=15), 4, 0, trouble="wrong_address"),
    Course(timedelta(days=9), 3, 5, trouble="out_of_stock"),
    Course(timedelta(days=26), 12, 24, project=True, quantity=30),
    Course(timedelta(days=12), 9, 21, project=True, quantity=12, delayed=True),
    # under way today
    Course(timedelta(days=4), 6, 8),
    Course(timedelta(days=3), 5, 0),
    Course(timedelta(days=2), 4, 7, delayed=True),
    Course(timedelta(days=1, hours=4), 3, 5),
    Course(timedelta(hours=20), 6, 9),
    Course(timedelta(hours=6), 5, 0),
    Course(timedelta(hours=2), 7, 0),
    Course(timedelta(days=5), 3, 8, forgotten=True),
    Course(timedelta(days=6), 2, 5, forgotten=True),
    Course(timedelta(days=3, hours=2), 4, 6, trouble="out_of_stock", stuck=True),
    Course(timedelta(hours=5), 4, 6, trouble="out_of_stock"),
    Course(timedelta(days=1, hours=1), 3, 0, trouble="customer_changed"),
)


def order_stories(house: House, buyers: list[Buyer], now: datetime) -> Iterator[tuple[datetime, Story]]:
    """When each begins, and how it goes; chance of their own, so that tickets go as they would without orders."""
    desk = Desk(house, Random(SEED))
    for number, course in enumerate(COURSES):
        corporate = [buyer for buyer in buyers if buyer.is_corporate == course.project]
        buyer = corporate[(number * 7) % len(corporate)]
        yield now - course.ago, _lived(desk, buyer, course, number)


def linked_orders(house: House) -> None:
    """Tickets about orders that are open now stand beside the order that they are about."""
    now, clerk = clock.now(), house.people["yan"]
    hours = calendar_of(house.teams["orders"].calendar_id)
    for number, ticket in enumerate(open_of_scenario("order", limit=LINKED)):
        product = house.products[sorted(PRICES)[number]]
        price = Decimal(PRICES[product.code])
        order = act.make_order(
            customer=ticket.customer, team=house.teams["orders"], owner=clerk, source="api", number=f"SC{20261700 + number}",
            lines=[(product, product.model, 1, price)], amount=price, payment_state="paid",
            address=f"{REGIONS[number]}{STREETS[number]} {number + 3} 号", placed_at=ticket.opened_at - timedelta(days=3),
            by=SHOP, now=now,
        )  # fmt: skip
        _planned(order, "shipping", hours, 3 + number, 15)
        link_order(ticket=ticket, order=order, by=Actor.account(clerk.id), now=now)


def _lived(desk: Desk, buyer: Buyer, course: Course, number: int) -> Story:
    clerk, logistics = desk.house.people["yan"], desk.house.people["tan"]
    by, carried = Actor.account(clerk.id), Actor.account(logistics.id)
    team = desk.house.teams["orders"]
    hours = desk.calendar(team)
    order = _placed(desk, buyer, course, number)
    shipping = _planned(order, "shipping", hours, course.ships_in, 15)
    installing = _planned(order, "installation", hours, course.installs_in, 10) if course.installs_in else None
    if course.forgotten:
        return  # nobody has looked at it since
    yield desk.working(team, 20, 110)
    act.confirm_order(order=order, by=by, now=clock.now())
    yield desk.working(team, 10, 70)
    act.tell_order(order=order, way=desk.pick(("phone", "sms")), by=by, now=clock.now())
    if course.project:
        yield from _contract(desk, order, by)
    yield desk.working(team, 60, 200)
    act.set_state(order=order, state="making", by=carried, now=clock.now())
    if course.trouble:
        yield from _trouble(desk, order, course.trouble, by, stuck=course.stuck)
        if course.stuck:
            return
    if course.project:
        yield desk.working(team, 1_900, 2_500)
        act.report_progress(order=order, way="phone", text="首批已下线，正在做出厂检验。", by=by, now=clock.now())
    if course.delayed:
        yield desk.working(team, 30, 200)
        later = hours.add(shipping.planned_at, timedelta(hours=27))
        act.move_milestone(milestone=shipping, planned_at=later, reason=desk.pick(DELAYS), by=carried, now=clock.now())
        yield desk.working(team, 15, 90)
        shipping = act.tell_delay(milestone=shipping, way="phone", by=by, now=clock.now())
        shipping.refresh_from_db()
    yield from _reached(desk, order, shipping, "shipped", by, carried)
    if installing is not None:
        yield from _reached(desk, order, installing, "to_sign", by, carried)
    yield desk.working(team, 30, 500)
    act.set_state(order=order, state="signed", by=carried, now=clock.now())
    yield desk.working(team, 60, 400)
    act.answer_fulfilment(
        order=order, satisfaction=desk.pick((5, 5, 5, 4, 4, 3)), goods_intact=True, on_time=not course.delayed,
        feedback=desk.pick(("", "师傅很细心，装完把地也扫了。", "包装有点磕碰，机器没事。")), by=by, now=clock.now(),
    )  # fmt: skip
    yield desk.working(team, 60, 300)
    act.set_state(order=order, state="completed", by=by, now=clock.now())


def _placed(desk: Desk, buyer: Buyer, course: Course, number: int) -> Order:
    code = sorted(PRICES)[number % len(PRICES)]
    product, price = desk.house.products[code], Decimal(PRICES[code])
    street = f"{REGIONS[number % len(REGIONS)]}{STREETS[number % len(STREETS)]} {number + 8} 号"
    order = act.make_order(
        customer=buyer.customer, team=desk.house.teams["orders"], owner=desk.house.people["yan"],
        lines=[(product, product.model, course.quantity, price)], amount=price * course.quantity, address=street,
        payment_state="part_paid" if course.project else desk.pick(("paid", "paid", "paid", "unpaid")),
        number="" if number % 3 else f"SC{20260000 + number * 37}", source="desk" if number % 3 else "api",
        placed_at=clock.now(), by=SHOP, now=clock.now(),
    )  # fmt: skip
    if course.project:
        act.agree_reports(order=order, every=timedelta(days=5), by=SHOP, now=clock.now())
    return order


def _planned(order: Order, kind: str, hours: Calendar, days: float, hour: int) -> Milestone:
    """On a working day, at an hour at which somebody is there."""
    day = (clock.now() + timedelta(days=days)).astimezone(hours.zone).date()
    at = datetime.combine(day, time(hour), hours.zone)
    planned_at = at if hours.is_open(at) else hours.next_open_moment(at)
    return act.plan_milestone(order=order, kind=kind, planned_at=planned_at, by=SHOP, now=clock.now())


def _contract(desk: Desk, order: Order, by: Actor) -> Story:
    clerk, reviewer, team = desk.house.people["yan"], desk.house.people["xu"], desk.house.teams["orders"]
    act.write_contract(
        order=order, number=f"HT-{order.number}", our_duties=DUTIES[0], their_duties=DUTIES[1], account=clerk, by=by,
        now=clock.now(),
    )  # fmt: skip
    act.submit_contract(order=order, by=by, now=clock.now())
    yield desk.working(team, 60, 300)
    act.review_contract(
        order=order, account=reviewer, lawful=True, compliant=True, fair=True, note="", by=Actor.account(reviewer.id),
        now=clock.now(),
    )  # fmt: skip
    yield desk.working(team, 60, 300)
    act.sign_contract(order=order, signed_at=clock.now(), by=by, now=clock.now())


def _trouble(desk: Desk, order: Order, kind: str, by: Actor, *, stuck: bool) -> Story:
    """`stuck`: taken up, and the customer has not said yet what he wants."""
    note, option, plan, result = FINDINGS[kind]
    team = desk.house.teams["orders"]
    yield desk.working(team, 20, 60)
    found = act.report_exception(order=order, kind=kind, note=note, by=by, now=clock.now())
    yield desk.working(team, 10, 50)
    act.start_exception(exception=found, by=by, now=clock.now())
    if stuck:
        return
    yield desk.working(team, 40, 120)
    act.plan_exception(exception=found, option=option, plan=plan, by=by, now=clock.now())
    yield desk.working(team, 30, 90)
    act.tell_exception(exception=found, result=result, way="phone", by=by, now=clock.now())


def _reached(desk: Desk, order: Order, milestone: Milestone, state: str, by: Actor, carried: Actor) -> Story:
    """Announced on the working day before, mostly in time; then it happens."""
    team = desk.house.teams["orders"]
    hours = desk.calendar(team)
    announced = hours.previous_open_moment(milestone.planned_at - timedelta(days=1, hours=desk.rng.uniform(1, 5)))
    yield max(announced, clock.now() + timedelta(minutes=5))
    act.announce_milestone(milestone=milestone, way=desk.pick(("sms", "phone", "sms")), by=by, now=clock.now())
    yield max(milestone.planned_at - timedelta(minutes=desk.rng.uniform(5, 200)), clock.now() + timedelta(minutes=5))
    act.reach_milestone(milestone=milestone, actual_at=clock.now(), by=carried, now=clock.now())
    act.set_state(order=order, state=state, by=carried, now=clock.now())
