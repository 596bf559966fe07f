"""Run beside a house of the tests: makes the small company, an after-sales procedure whose handling step asks the
technicians, and a ticket at that step; prints its number."""

from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main() -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(make())  # noqa: T201


def make() -> str:
    from tests.story import SYSTEM, make_company, write_in
    from yinuo.foundation import clock
    from yinuo.foundation.actors import Actor
    from yinuo.packs import shipped_pack
    from yinuo.procedures.services import press_button, publish_procedure, take_ticket

    company, now = make_company(), clock.now()
    body = shipped_pack("handbook").procedures["after_sales"].to_json()
    step = next(step for step in body["steps"] if step["key"] == "handle")
    step["tasks"] = [
        {
            "key": "find_cause", "title": {"zh": "查明不加热的原因", "en": "Find why it does not heat"},
            "role": "technical", "limit": "subtask", "accept": "taken_over", "at_start": True, "needed": True,
        }
    ]  # fmt: skip
    publish_procedure(code="after_sales", body=body, by=SYSTEM, now=now)
    ticket = write_in(company)
    by = Actor.account(company.agent.id)
    if ticket.owner_id != company.agent.id:
        ticket = take_ticket(ticket=ticket, account=company.agent, by=by, now=now)
    fields = {
        "customer_name": "张三", "contact": "13800000000", "symptom": "不加热，显示 E2",
        "problem_type": "function_fault", "urgency": "normal", "complexity": "normal",
    }  # fmt: skip
    press_button(
        step=ticket.steps.get(key="accept"), button="accepted", fields=fields, roles=frozenset({"agent"}),
        account_id=company.agent.id, by=by, now=now,
    )  # fmt: skip
    return ticket.number


if __name__ == "__main__":
    main()
