"""Run beside a house of the tests: tickets for the customer's page. `make` prints their links by name as JSON,
`answer NUMBER TEXT` and `solve NUMBER` do what the agent does."""

import json
import sys
from pathlib import Path
from typing import Any

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(command: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(json.dumps(globals()[command](*arguments)))  # noqa: T201


def make(*names: str) -> dict[str, list[str]]:
    from tests.story import make_company, write_in
    from yinuo.tickets.links import token_for

    company = make_company()
    made = {name: write_in(company, f"{name}：显示E2", subject=f"热水器{name}") for name in names}
    return {name: [ticket.number, token_for(ticket)] for name, ticket in made.items()}


def answer(number: str, text: str) -> None:
    from yinuo.foundation import clock
    from yinuo.foundation.actors import Actor
    from yinuo.tickets.services import reply

    ticket, agent = _ticket_and_agent(number)
    reply(ticket=ticket, account_id=agent.id, text=text, by=Actor.account(agent.id), now=clock.now())


def solve(number: str) -> None:
    _press(
        number, "accept", "accepted", customer_name="张三", contact="zhang.san@example.com", symptom="E2",
        problem_type="function_fault", urgency="normal", complexity="normal",
    )  # fmt: skip
    _press(number, "handle", "solved", solution_way="remote", solution="断电一分钟")


def _ticket_and_agent(number: str) -> tuple[Any, Any]:
    from yinuo.staff.models import Account
    from yinuo.tickets.models import Ticket

    return Ticket.objects.get(number=number), Account.objects.get(username="lin")


def _press(number: str, key: str, button: str, **fields: object) -> None:
    from yinuo.foundation import clock
    from yinuo.foundation.actors import Actor
    from yinuo.procedures.models import Step, StepState
    from yinuo.procedures.services import press_button
    from yinuo.staff.permissions import Viewer

    ticket, agent = _ticket_and_agent(number)
    press_button(
        step=Step.objects.get(ticket=ticket, key=key, state=StepState.ACTIVE), button=button, fields=fields,
        roles=Viewer(agent).role_codes, account_id=agent.id, by=Actor.account(agent.id), now=clock.now(),
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
