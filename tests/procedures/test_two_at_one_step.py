"""Two people finish one step at the same moment: one does, the other is told, and nothing is half done."""

import threading

import pytest
from django.db import connections
from tests.procedures.test_story import press
from tests.story import make_company, write_in

from yinuo.foundation import clock as house_clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import YinuoError
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Run, Step, StepState
from yinuo.procedures.services import press_button
from yinuo.sla.models import Deadline
from yinuo.staff.models import Account
from yinuo.staff.permissions import Viewer
from yinuo.tickets.models import Ticket

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
ACCEPTED = {
    "customer_name": "张三", "contact": "13812341234", "symptom": "不加热", "problem_type": "function_fault",
    "urgency": "normal", "complexity": "normal",
}  # fmt: skip


def both(
    step: Step, first: tuple[str, dict[str, str], Account], second: tuple[str, dict[str, str], Account]
) -> list[str]:
    """What became of the two presses: empty, or the code of the refusal."""
    together, came = threading.Barrier(2), []

    def act(button: str, fields: dict[str, str], account: Account) -> None:
        together.wait(10)
        try:
            press_button(
                step=step, button=button, fields=fields, roles=Viewer(account).role_codes, account_id=account.id,
                by=Actor.account(account.id), now=house_clock.now(),
            )  # fmt: skip
            came.append("")
        except YinuoError as error:
            came.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(came)


def facts(ticket: Ticket, kind: str) -> int:
    return HistoryRow.objects.filter(ticket_id=ticket.id, kind=kind).count()


def test_the_same_button_counts_once():
    company = make_company()
    ticket = write_in(company)
    step = Step.objects.get(ticket=ticket, key="accept")
    before = Run.objects.get(ticket=ticket).version
    one, other = (("accepted", ACCEPTED, account) for account in (company.agent, company.second_agent))
    assert both(step, one, other) == ["", "step_not_active"]
    assert [row.key for row in Step.objects.filter(ticket=ticket, state=StepState.ACTIVE)] == ["handle"]
    assert Run.objects.get(ticket=ticket).version == before + 1
    assert facts(ticket, "procedures.StepSaved") == facts(ticket, "procedures.StepFinished") == 1


def test_of_two_ways_on_one_is_gone():
    company = make_company()
    ticket = write_in(company)
    press(ticket, "accept", "accepted", company.agent, **ACCEPTED)
    step = Step.objects.get(ticket=ticket, key="handle", state=StepState.ACTIVE)
    solved = ("solved", {"solution_way": "remote", "solution": "重置"}, company.agent)
    passed_on = ("to_technical", {"give_up_reason": "beyond_ability"}, company.second_agent)
    assert both(step, solved, passed_on) == ["", "step_not_active"]
    (now,) = Step.objects.filter(ticket=ticket, state=StepState.ACTIVE)
    open_promises = set(Deadline.objects.filter(ticket_id=ticket.id, state="running").values_list("kind", flat=True))
    form = Step.objects.get(id=step.id).form
    if now.key == "confirm":
        assert "solution" in form and "give_up_reason" not in form and "dispatch" not in open_promises
    else:
        assert now.key == "dispatch" and "give_up_reason" in form and "solution" not in form
        assert "dispatch" in open_promises
