"""Run beside a house with the demo: `token` prints a token of the API, `known` everything personal that the house
knows, by kind, as JSON: what must be found nowhere in clear."""

import json
import sys
from pathlib import Path

from yinuo.config.database import with_database
from yinuo.config.paths import data_folder


def main(command: str) -> None:
    with with_database(Path(data_folder(None)), "test"):
        print(json.dumps(globals()[command]()))  # noqa: T201


def token() -> str:
    from tests.story import SYSTEM
    from yinuo.foundation import clock
    from yinuo.staff.scopes import Scope
    from yinuo.staff.services.tokens import make_token

    made = make_token(name="dump", scopes=[Scope.CREATE_TICKETS], queues=None, by=SYSTEM, now=clock.now())
    return made.secret


def known() -> dict[str, list[str]]:
    from yinuo.channels.models import Contact, Delivery, Mailbox
    from yinuo.customers.models import Customer, Identity
    from yinuo.staff.models import Account
    from yinuo.tickets.models import Attachment, Message, Ticket

    contacts = [str(value) for value in Identity.objects.values_list("value", flat=True)]
    contacts += [str(value) for value in Account.objects.values_list("email", flat=True)]
    for summary in Contact.objects.values_list("summary", flat=True):
        contacts += [str(summary.get("from", ""))]
    for envelope in Message.objects.values_list("envelope", flat=True):
        contacts += [str(envelope.get("from", "")), str(envelope.get("reply_to", ""))]
        contacts += [*envelope.get("to", []), *envelope.get("cc", [])]
    for recipients in Delivery.objects.values_list("recipients", flat=True):
        contacts += recipients
    own = {address.lower() for address in Mailbox.objects.values_list("address", flat=True)}
    return {
        "contacts": sorted({one for one in contacts if one and one.lower() not in own}),
        "names": sorted({str(name) for name in Customer.objects.values_list("name", flat=True)}),
        "subjects": sorted({str(subject) for subject in Ticket.objects.values_list("subject", flat=True)}),
        "texts": sorted({str(text) for text in Message.objects.filter(direction="in").values_list("text", flat=True)}),
        "files": sorted({str(name) for name in Attachment.objects.values_list("filename", flat=True)}),
        "own": sorted(own),
    }


if __name__ == "__main__":
    main(sys.argv[1])
