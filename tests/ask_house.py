"""Run beside a house of the tests: prints what its database says."""

import sys
from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(question: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        from yinuo.channels.models import Mailbox
        from yinuo.customers.services import customer_with
        from yinuo.foundation import clock
        from yinuo.foundation.models import HistoryRow
        from yinuo.quality.models import Improvement
        from yinuo.sla.models import Deadline
        from yinuo.staff.models import Notice
        from yinuo.tickets.models import Message, Ticket

        def _answer_due(number: str) -> Deadline:
            return Deadline.objects.get(ticket_id=Ticket.objects.get(number=number).id, kind="first_answer")

        match question:
            case "tickets":
                answer = list(Ticket.objects.order_by("opened_at").values_list("number", flat=True))
            case "message_states":
                customer = customer_with(kind="email", value=arguments[0])
                answer = list(
                    Message.objects.filter(ticket__customer=customer, direction="out").values_list("state", flat=True)
                )
            case "mailbox":
                answer = [row.failure or "works" for row in Mailbox.objects.all()]
            case "round":
                ticket = Ticket.objects.get(number=arguments[0])
                improvement = Improvement.objects.get(ticket=ticket)
                answer = [f"{ticket.round} {improvement.state} {improvement.survey.score}"]
            case "seconds_to_warning_and_due":
                due = _answer_due(arguments[0])
                now = clock.now()
                answer = [(due.next_alarm_at - now).total_seconds(), (due.due_at - now).total_seconds()]
            case "kinds":
                ticket = Ticket.objects.get(number=arguments[0])
                due = _answer_due(arguments[0])
                answer = list(HistoryRow.objects.filter(subject_id=due.id).values_list("kind", flat=True))
            case "breach_dated_when_due":
                due = _answer_due(arguments[0])
                breach = HistoryRow.objects.get(subject_id=due.id, kind="sla.DeadlineBreached")
                answer = [breach.at == due.due_at == due.breached_at and breach.recorded_at > breach.at]
            case "told":
                due = _answer_due(arguments[0])
                # promises that fall due in one minute are told of together, those of other tickets among them
                listed = [
                    one
                    for row in Notice.objects.filter(account__username=arguments[1])
                    for one in row.values.get("listed", [])
                ]
                breaches = [
                    one for one in listed if one["kind"] == "deadline_breached" and one["number"] == arguments[0]
                ]
                answer = [sum(one["kind_of_promise"] == due.kind for one in breaches)]
            case _:
                raise SystemExit(f"no such question: {question}")
        print("\n".join(map(str, answer)))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
