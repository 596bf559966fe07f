"""Run beside a house of the tests: prints what its database says."""

import sys
from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(question: str, *arguments: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        from yinuo.channels.models import Mailbox
        from yinuo.customers.services import customer_with
        from yinuo.tickets.models import Message, Ticket

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
            case _:
                raise SystemExit(f"no such question: {question}")
        print("\n".join(map(str, answer)))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
