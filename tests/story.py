"""A small company for tests, built by services."""

from dataclasses import dataclass
from datetime import datetime

from yinuo.calendars.models import BusinessCalendar
from yinuo.catalog.models import Category
from yinuo.config.handbook import install_handbook
from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import recorded_of
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.work import work
from yinuo.procedures.events import DispatchWanted
from yinuo.procedures.services import FirstMessage, open_ticket
from yinuo.procedures.subscribers import on_dispatch_wanted
from yinuo.staff.models import Account, Department, Presence, Role, Team
from yinuo.staff.services import make_account, save_structure, set_presence, set_up_company
from yinuo.tickets.models import Ticket

SYSTEM = Actor.system("test")
PASSWORD = "yinuo-test-2026"


@dataclass
class Company:
    """A first line, a technical team, and one person of each role that the story needs."""

    first_line: Team
    technical: Team
    agent: Account
    second_agent: Account
    supervisor: Account
    technician: Account
    reviewer: Account
    administrator: Account


def make_company(*, pack: str = "handbook", online: bool = True) -> Company:
    now = clock.now()
    with work():
        set_up_company(name="一诺电器", hotline="400-000-0000", pack=pack, is_demo=False, by=SYSTEM, now=now)
        install_handbook(pack=pack, by=SYSTEM, now=now)
        calendar = BusinessCalendar.objects.get(code="office")
        department = Department.objects.get(code="service")
        technical_department = save_structure(
            model=Department, id=None, code="technical", name="技术部", by=SYSTEM, now=now
        )
        technical = save_structure(
            model=Team, id=None, code="technical", name="技术支持", department=technical_department, calendar=calendar,
            tier=2, roles=["technical", "engineer"], by=SYSTEM, now=now,
        )  # fmt: skip
        first_line = save_structure(
            model=Team, id=Team.objects.get(code="service").id, code="service", name="客服一组", department=department,
            calendar=calendar, tier=1, roles=["agent", "reviewer", "supervisor"], escalates_to=technical, by=SYSTEM,
            now=now,
        )  # fmt: skip
        roles = {role.code: role for role in Role.objects.all()}

        def person(username: str, name: str, role: str, teams: dict[Team, bool], *, present: bool = True) -> Account:
            account = make_account(
                username=username, name=name, password=PASSWORD, roles=[roles[role]], teams=teams, languages=["zh"],
                by=SYSTEM, now=now,
            )  # fmt: skip
            if online and present:
                set_presence(account=account, presence=Presence.ONLINE, by=SYSTEM, now=now)
                account.refresh_from_db()
            return account

        return Company(
            first_line=first_line,
            technical=technical,
            agent=person("lin", "林小满", "agent", {first_line: False}),
            second_agent=person("he", "何雨", "agent", {first_line: False}, present=False),
            supervisor=person("zhou", "周敏", "supervisor", {first_line: True}),
            technician=person("wu", "吴涛", "technical", {technical: False}),
            reviewer=person("xu", "许静", "reviewer", {first_line: False}),
            administrator=person("admin", "管理员", "administrator", {}),
        )


def write_in(
    company: Company,
    text: str = "热水器不加热，显示E2，麻烦看一下。",
    *,
    subject: str = "热水器故障",
    address: str = "zhang.san@example.com",
    name: str = "张三",
    category: str = "function_fault",
    urgency: str = "normal",
    at: datetime | None = None,
) -> Ticket:
    """A ticket as intake opens it, and brought to whoever is there for it."""
    now = clock.now()
    with work():
        customer, _ = identify(kind="email", value=address, name=name, by=SYSTEM, now=now, source="mail")
        chosen = Category.objects.get(code=category)
        ticket = open_ticket(
            customer=customer, team=company.first_line, channel="email", subject=subject,
            message=FirstMessage(text=text, at=at or now, envelope={"from": address, "name": name}),
            ticket_class=chosen.ticket_class, category=chosen, urgency=urgency, by=SYSTEM, now=now,
        )  # fmt: skip
    wanted = HistoryRow.objects.filter(ticket_id=ticket.id, kind=DispatchWanted.fact_kind())
    on_dispatch_wanted([recorded_of(row) for row in wanted])
    ticket.refresh_from_db()
    return ticket
