"""Jobs of the ways in and out."""

from uuid import UUID

from yinuo.channels.adapters.email.sending import MailRefused, ServerUnreachable, send
from yinuo.channels.services.delivery import ATTEMPTS, mark_attempt_failed, mark_sent, ready
from yinuo.channels.services.health import sending_failed, sending_works
from yinuo.channels.services.intake import understand_contact as understand
from yinuo.foundation import clock
from yinuo.foundation.jobs import job


@job(queue="now")
def understand_contact(*, contact_id: str) -> None:
    """Parses a kept contact and files it; done already: nothing."""
    understand(UUID(contact_id), clock.now())


@job(queue="now", attempts=ATTEMPTS + 4)  # some more: the delivery gives up before its job does, whatever else fails
def send_delivery(*, delivery_id: str) -> None:
    """Hands one mail to its server. Unreachable: tried again with growing waits; refused: given up, and told."""
    waiting = ready(UUID(delivery_id))
    if waiting is None:
        return
    try:
        send(waiting.mailbox, waiting.recipients, waiting.raw)
    except MailRefused as error:
        mark_attempt_failed(delivery_id=waiting.delivery.id, reason=error.reason, permanent=True, now=clock.now())
    except ServerUnreachable as error:
        sending_failed(mailbox_id=waiting.mailbox.id, failure=error.reason, now=clock.now())
        if not mark_attempt_failed(
            delivery_id=waiting.delivery.id, reason=error.reason, permanent=False, now=clock.now()
        ):
            raise
    else:
        mark_sent(delivery_id=waiting.delivery.id, now=clock.now())
        sending_works(mailbox_id=waiting.mailbox.id, now=clock.now())
