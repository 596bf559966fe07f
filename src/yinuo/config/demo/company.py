"""The house of the demo company: departments, teams with their calendars, people with their roles, products."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.services import save_calendar
from yinuo.catalog.models import Category, Product
from yinuo.catalog.services import save_category, save_product
from yinuo.channels.models import Mailbox
from yinuo.channels.services.mailboxes import save_mailbox
from yinuo.config.demo.products import PRODUCTS
from yinuo.config.handbook import install_handbook
from yinuo.foundation.actors import Actor
from yinuo.staff.demo import DEMO_PASSWORD
from yinuo.staff.models import Account, Department, Role, Skill, Team
from yinuo.staff.services import make_account, save_structure, set_up_company

DEMO = Actor.system("demo")
NAME = "一诺电器"
HOTLINE = "400-000-0000"
ADDRESS = "service@yinuo.example"

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDARS = {
    "daily": ("每天 8:00–22:00", {day: [["08:00", "22:00"]] for day in EVERY_DAY}),
    "around": ("全天 24 小时", {day: [["00:00", "24:00"]] for day in EVERY_DAY}),
}

DEPARTMENTS = {
    "service": "客户服务部",
    "technical": "技术部",
    "sales": "销售部",
    "product": "产品研发部",
    "logistics": "物流仓储部",
    "operations": "运营部",
}

SKILLS = {"heating": "热水与净水", "cooling": "制冷与空调", "smart": "智能家居与联网", "kitchen": "厨房电器"}


@dataclass(frozen=True)
class TeamPlan:
    """`escalates_to`: code of the next line."""

    code: str
    name: str
    department: str
    calendar: str
    tier: int
    roles: tuple[str, ...]
    escalates_to: str = ""
    scenarios: tuple[str, ...] = ()


TEAMS = (
    TeamPlan("quality", "质量管理组", "operations", "office", 3, ("reviewer", "director", "analyst", "operations")),
    TeamPlan("product", "产品组", "product", "office", 3, ("product_manager",), "quality"),
    TeamPlan("technical", "技术支持组", "technical", "office", 2, ("technical", "engineer"), "product"),
    TeamPlan("emergency", "紧急值班组", "technical", "around", 2, ("agent", "technical", "engineer"), "technical"),
    TeamPlan(
        "complaints", "投诉处理组", "service", "office", 2,
        ("agent", "complaint_handler", "executor", "regional_specialist", "supervisor"), "quality",
    ),
    TeamPlan("orders", "订单物流组", "logistics", "office", 1, ("agent", "order_clerk", "logistics"), "complaints"),
    TeamPlan("sales", "售前咨询组", "sales", "office", 1, ("agent", "sales"), "product", ("presales",)),
    TeamPlan("corporate", "重点客户组", "service", "office", 1, ("agent", "clerk"), "technical"),
    TeamPlan("service", "客服一组", "service", "daily", 1, ("agent", "clerk"), "technical"),
)  # fmt: skip

CATEGORY_TEAMS = {
    "order_problem": "orders", "order_change": "orders", "logistics": "orders", "product_enquiry": "sales",
    "price_quote": "sales", "complaint_product": "complaints", "complaint_service": "complaints",
    "complaint_logistics": "complaints", "complaint_billing": "complaints",
}  # fmt: skip
"""Queues that intake chooses by category; everything else goes to the team of the mailbox."""


@dataclass(frozen=True)
class Person:
    """`shift`: hours of the day on which this person is at work, `daily` also at weekends; `leads` among `teams`."""

    username: str
    name: str
    department: str
    roles: tuple[str, ...]
    teams: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("zh",)
    shift: tuple[int, int] = (9, 18)
    daily: bool = False
    mail: bool = False


PEOPLE = (
    Person("lin", "林小满", "service", ("agent",), ("service",), (), ("heating", "smart"), ("zh", "en"), (8, 17), True),
    Person("he", "何雨", "service", ("agent",), ("service",), (), ("kitchen",), ("zh",), (9, 18), True),
    Person("tang", "唐佳怡", "service", ("agent",), ("service",), (), ("cooling",), ("zh",), (13, 22), True),
    Person("song", "宋雅", "service", ("clerk", "agent"), ("service",), (), (), ("zh",), (10, 19), True),
    Person("zhou", "周敏", "service", ("supervisor", "agent"), ("service", "corporate", "complaints"), ("service", "corporate"),
           (), ("zh", "en"), (9, 18), False, True),
    Person("deng", "邓可欣", "service", ("agent",), ("corporate",), (), ("smart",), ("zh", "en")),
    Person("ma", "马丽娜", "service", ("agent",), ("corporate",), (), ("heating", "cooling"), ("zh",)),
    Person("xie", "谢文婷", "service", ("complaint_handler", "agent", "executor"), ("complaints",), ("complaints",)),
    Person("guo", "郭海峰", "service", ("regional_specialist", "agent", "complaint_handler"), ("complaints",)),
    Person("qin", "秦磊", "technical", ("supervisor", "technical"), ("technical", "emergency"),
           ("technical", "emergency"), ("heating", "cooling", "smart", "kitchen")),
    Person("wu", "吴涛", "technical", ("technical",), ("technical",), (), ("heating", "smart"), ("zh", "en")),
    Person("luo", "罗志强", "technical", ("engineer", "technical"), ("technical",), (), ("cooling", "kitchen")),
    Person("jiang", "蒋鹏", "technical", ("technical", "engineer", "agent"), ("emergency",), (),
           ("heating", "cooling"), ("zh", "en"), (7, 19), True),
    Person("pan", "潘亮", "technical", ("technical", "engineer", "agent"), ("emergency",), (),
           ("smart", "kitchen"), ("zh",), (19, 7), True),
    Person("yan", "严冬梅", "logistics", ("order_clerk", "agent"), ("orders",), ("orders",)),
    Person("tan", "谭勇", "logistics", ("logistics", "agent"), ("orders",)),
    Person("feng", "冯婧", "sales", ("sales", "agent"), ("sales",), ("sales",), (), ("zh", "en")),
    Person("bai", "白雪", "product", ("product_manager",), ("product",), ("product",)),
    Person("meng", "孟凡", "product", ("executor",), ("complaints",)),
    Person("xu", "许静", "operations", ("reviewer",), ("quality",)),
    Person("cao", "曹颖", "operations", ("operations", "analyst"), ("quality",)),
    Person("gu", "顾明远", "operations", ("director",), ("quality",), ("quality",)),
    Person("admin", "管理员", "operations", ("administrator",)),
)  # fmt: skip

FIRST_LOGINS = (
    ("lin", "客服专员"), ("zhou", "客服主管"), ("wu", "技术支持"), ("xu", "审核员"), ("gu", "总监"), ("admin", "系统管理员"),
)  # fmt: skip
"""Log-ins printed one by one; the others have the same password."""


def _known_first(person: Person) -> int:
    """Numbered in this order, which is that of the log-in page."""
    known = [login for login, _ in FIRST_LOGINS]
    return known.index(person.username) if person.username in known else len(known)


@dataclass
class House:
    """What was made, by code or log-in name."""

    teams: dict[str, Team]
    people: dict[str, Account]
    roles: dict[UUID, frozenset[str]]
    products: dict[str, Product]
    mailbox: Mailbox


def found_company(now: datetime) -> House:
    """Founds the company `now`, by the services that a set-up page calls."""
    set_up_company(name=NAME, hotline=HOTLINE, pack="handbook", is_demo=True, by=DEMO, now=now)
    install_handbook(pack="handbook", by=DEMO, now=now)
    departments = _departments(now)
    skills = {
        code: save_structure(model=Skill, id=None, code=code, name=name, by=DEMO, now=now)
        for code, name in SKILLS.items()
    }
    teams = _teams(departments, now)
    people = _people(departments, teams, skills, now)
    products = {
        product.code: save_product(
            id=None, code=product.code, name=product.name, model=product.model, brand="一诺", by=DEMO, now=now
        )
        for product in PRODUCTS
    }
    for code, team in CATEGORY_TEAMS.items():
        save_category(id=Category.objects.get(code=code).id, team=teams[team], by=DEMO, now=now)
    mailbox = save_mailbox(
        id=None, version=None, address=ADDRESS, name=f"{NAME}客户服务", team=teams["service"], transport="folder",
        signature=f"{NAME}客户服务　{HOTLINE}", since=now, plus_addressing=True, by=DEMO, now=now,
    )  # fmt: skip
    roles = {people[person.username].id: frozenset(person.roles) for person in PEOPLE}
    return House(teams, people, roles, products, mailbox)


def _departments(now: datetime) -> dict[str, Department]:
    known = {row.code: row for row in Department.objects.all()}
    return {
        code: save_structure(
            model=Department, id=known[code].id if code in known else None, code=code, name=name, by=DEMO, now=now
        )
        for code, name in DEPARTMENTS.items()
    }


def _teams(departments: Mapping[str, Department], now: datetime) -> dict[str, Team]:
    calendars = {"office": BusinessCalendar.objects.get(code="office")}
    for code, (name, hours) in CALENDARS.items():
        fields = {"code": code, "name": name, "zone": "Asia/Shanghai", "hours": hours, "follows": ""}
        calendars[code] = save_calendar(id=None, version=None, fields=fields, exceptions=[], by=DEMO, now=now)
    made = {row.code: row for row in Team.objects.all()}
    for plan in TEAMS:
        made[plan.code] = save_structure(
            model=Team, id=made[plan.code].id if plan.code in made else None, code=plan.code, name=plan.name,
            department=departments[plan.department], calendar=calendars[plan.calendar], tier=plan.tier,
            roles=list(plan.roles), scenarios=list(plan.scenarios), escalates_to=made.get(plan.escalates_to),
            by=DEMO, now=now,
        )  # fmt: skip
    return made


def _people(
    departments: Mapping[str, Department], teams: Mapping[str, Team], skills: Mapping[str, Skill], now: datetime
) -> dict[str, Account]:
    roles = {role.code: role for role in Role.objects.all()}
    one_hash = make_password(DEMO_PASSWORD)
    return {
        person.username: make_account(
            username=person.username, name=person.name, password=DEMO_PASSWORD, password_hash=one_hash, is_demo=True,
            roles=[roles[code] for code in person.roles],
            teams={teams[code]: code in person.leads for code in person.teams},
            skills=[skills[code] for code in person.skills], languages=list(person.languages),
            department=departments[person.department], staff_number=f"YN{1001 + number}",
            email=f"{person.username}@yinuo.example", mail_notices=person.mail,
            signature=f"{person.name}　{NAME}{DEPARTMENTS[person.department]}\n服务热线 {HOTLINE}", by=DEMO, now=now,
        )
        for number, person in enumerate(sorted(PEOPLE, key=_known_first))
    }  # fmt: skip
