"""Run beside a house of the tests: `make IMAP SMTP` makes the small company with people for complaints, orders and
sales and a mailbox on the given servers; `link NUMBER` prints a ticket's secret page, `token NAME` a token of the
interface, `state NUMBER` the ticket's state with its steps under way, `sent NUMBER TEMPLATE` how many of its automatic
messages went out."""

import json
import sys
from pathlib import Path
from typing import Any

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(command: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(json.dumps(globals()[command](*arguments)))  # noqa: T201


def make(imap_port: str, smtp_port: str) -> None:
    from tests.servers import PASSWORD as MAIL_PASSWORD
    from tests.story import PASSWORD, SYSTEM, make_company
    from yinuo.calendars.models import BusinessCalendar
    from yinuo.channels.services.mailboxes import save_mailbox
    from yinuo.foundation import clock
    from yinuo.staff.models import Department, Presence, Role, Team
    from yinuo.staff.services import make_account, save_structure, set_presence

    company, now = make_company(), clock.now()
    calendar, department = BusinessCalendar.objects.get(code="office"), Department.objects.get(code="service")

    def team(code: str, name: str, tier: int, roles: list[str]) -> Team:
        return save_structure(
            model=Team, id=None, code=code, name=name, department=department, calendar=calendar, tier=tier,
            roles=roles, by=SYSTEM, now=now,
        )  # fmt: skip

    def person(username: str, name: str, roles: list[str], team: Team, *, leads: bool = False) -> None:
        account = make_account(
            username=username, name=name, password=PASSWORD, roles=Role.objects.filter(code__in=roles),
            teams={team: leads}, languages=["zh"], by=SYSTEM, now=now,
        )  # fmt: skip
        set_presence(account=account, presence=Presence.ONLINE, by=SYSTEM, now=now)

    complaints = team("complaints", "投诉组", 2, ["complaint_handler", "supervisor", "director", "reviewer"])
    sales = team("sales", "销售组", 1, ["agent", "sales", "product_manager", "reviewer"])
    orders = team("orders", "订单组", 1, ["order_clerk", "logistics", "agent", "supervisor", "reviewer"])
    person("tang", "唐果", ["complaint_handler", "agent"], complaints, leads=True)
    person("gao", "高远", ["director"], complaints)
    person("feng", "冯婧", ["sales", "agent"], sales, leads=True)
    person("yan", "严冬梅", ["order_clerk", "agent", "logistics"], orders, leads=True)
    person("shen", "沈立", ["reviewer"], complaints)
    save_mailbox(
        id=None, version=None, address="service@yinuo.example", name="一诺客服", team=company.first_line,
        imap_host="127.0.0.1", imap_port=int(imap_port), imap_security="none", smtp_host="127.0.0.1",
        smtp_port=int(smtp_port), smtp_security="none", username="service@yinuo.example", password=MAIL_PASSWORD,
        by=SYSTEM, now=now,
    )  # fmt: skip


def link(number: str) -> str:
    from yinuo.tickets.links import token_for

    return f"/t/{number}/{token_for(_ticket(number))}"


def token(name: str) -> str:
    from tests.story import SYSTEM
    from yinuo.foundation import clock
    from yinuo.staff.scopes import Scope
    from yinuo.staff.services.tokens import make_token

    scopes = [Scope.WRITE_ORDERS, Scope.READ_ORDERS]
    return make_token(name=name, scopes=scopes, queues=None, by=SYSTEM, now=clock.now()).secret


def state(number: str) -> dict[str, Any]:
    from yinuo.procedures.models import Step, StepState

    ticket = _ticket(number)
    steps = Step.objects.filter(ticket=ticket, state=StepState.ACTIVE).order_by("started_at")
    owner = ticket.owner.username if ticket.owner else ""
    return {"status": ticket.status, "steps": [step.key for step in steps], "owner": owner}


def sent(number: str, template: str) -> int:
    from yinuo.tickets.models import Message, MessageState

    return Message.objects.filter(ticket=_ticket(number), template=template, state=MessageState.SENT).count()


def _ticket(number: str) -> Any:
    from yinuo.tickets.models import Ticket

    return Ticket.objects.select_related("owner").get(number=number)


if __name__ == "__main__":
    main(*sys.argv[1:])
