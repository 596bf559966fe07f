"""`python -m bench.peers.project.fill N`: migrates, and puts N tickets with their replies into the empty database."""

import random
import sys
from datetime import timedelta

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.desk.texts import reply, request

TOGETHER = 2000
STATES = ((1, 8), (2, 2), (3, 30), (4, 60))
"""8 % open, 2 % reopened, the rest resolved or closed."""


def main(tickets: int) -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    queue_model, ticket_model, reply_model = (
        apps.get_model("helpdesk", name) for name in ("Queue", "Ticket", "FollowUp")
    )
    user = get_user_model().objects.create_superuser("agent", "agent@desk.example", "peer-password-2026")
    queue = queue_model.objects.create(title="客服", slug="service", allow_public_submission=True)
    now = timezone.now()
    chance = random.Random(1)
    states, weights = zip(*STATES, strict=True)
    for first in range(1, tickets + 1, TOGETHER):
        made = []
        for number in range(first, min(first + TOGETHER, tickets + 1)):
            subject, body = request(number)
            at = now - timedelta(minutes=5 * (tickets - number))
            made.append(
                ticket_model(
                    id=number, title=subject, description=body, queue=queue, created=at, modified=at,
                    submitter_email=f"buyer{chance.randrange(tickets // 3)}@customer.example",
                    status=chance.choices(states, weights)[0], priority=chance.randint(1, 5),
                    assigned_to=user if chance.random() < 0.5 else None,
                )
            )  # fmt: skip
        ticket_model.objects.bulk_create(made)
        reply_model.objects.bulk_create(
            reply_model(
                ticket=ticket, date=ticket.created + timedelta(hours=turn), public=True, user=user if turn else None,
                title="Ticket Opened" if turn == 0 else "Comment",
                comment=ticket.description if turn == 0 else reply(ticket.id * 10 + turn),
            )
            for ticket in made
            for turn in range(1 + chance.randint(0, 5))
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('helpdesk_ticket', 'id'), %s)", [tickets])
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]))
