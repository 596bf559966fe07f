"""Run beside a house: tells, as one JSON object, what became of everything that was sent."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder

MARK = re.compile(r"〔([MP]\d{4})〕")
DOOR_LINES = 2
"""What our door puts in front: Return-Path and Delivered-To."""


def main() -> None:
    with with_database(Path(data_folder(None)), "test"):
        from yinuo.channels.models import Contact, Delivery
        from yinuo.customers.models import Identity
        from yinuo.foundation.files import read_file
        from yinuo.foundation.models import HistoryRow, JobFailure
        from yinuo.sla.models import Deadline
        from yinuo.tickets.models import Message, Ticket

        numbers = dict(Ticket.objects.values_list("id", "number"))
        contacts = []
        for contact in Contact.objects.order_by("arrived_at"):
            raw = read_file(contact.raw_id)
            way = contact.channel if contact.channel != "email" else contact.source_key.partition(":")[0]
            if way == "smtp":
                raw = raw.split(b"\r\n", DOOR_LINES)[DOOR_LINES]
            contacts.append(
                {
                    "way": way,
                    "state": contact.state,
                    "reason": contact.reason,
                    "sha": hashlib.sha256(raw).hexdigest(),
                    "ticket": numbers.get(contact.ticket_id),
                }
            )
        addresses = defaultdict(list)
        for customer_id, value in Identity.objects.values_list("customer_id", "value"):
            addresses[customer_id].append(str(value))
        inbound = defaultdict(list)
        for ticket_id, text in Message.objects.filter(direction="in").values_list("ticket_id", "text"):
            inbound[ticket_id].append(MARK.findall(str(text)))
        sent = defaultdict(list)
        for ticket_id, header_id, state in Delivery.objects.filter(message_id__isnull=False).values_list(
            "ticket_id", "header_id", "state"
        ):
            sent[ticket_id].append([header_id, state])
        owed = Counter(
            Message.objects.filter(template__startswith="acknowledgement").values_list("ticket_id", flat=True)
        )
        tickets = [
            {
                "number": ticket.number,
                "addresses": addresses[ticket.customer_id],
                "inbound": inbound[ticket.id],
                "acknowledgements": owed[ticket.id],
                "sent": sent[ticket.id],
            }
            for ticket in Ticket.objects.all()
        ]
        rung = Counter(HistoryRow.objects.filter(kind="sla.DeadlineBreached").values_list("subject_id", flat=True))
        breached = set(Deadline.objects.filter(breached_at__isnull=False).values_list("id", flat=True))
        told = {
            "contacts": contacts,
            "tickets": tickets,
            "failures": [row.error for row in JobFailure.objects.all()],
            "breaches": {
                "deadlines": len(breached),
                "facts": sum(rung.values()),
                "as_facts_say": set(rung) == breached and max(rung.values(), default=1) == 1,
            },
        }
        print(json.dumps(told))


if __name__ == "__main__":
    main()
