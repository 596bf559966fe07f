"""Jobs of the ways in and out."""

import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

from yinuo.channels.adapters.email.sending import Line, ServerUnreachable
from yinuo.channels.models import Mailbox
from yinuo.channels.services.delivery import ATTEMPTS, Outcome, Ready, give_up, ready, write_outcomes
from yinuo.channels.services.health import sending_failed, sending_works
from yinuo.channels.services.intake import understand_contact as understand
from yinuo.foundation import clock
from yinuo.foundation.batches import finish, put_off
from yinuo.foundation.jobs import Taken, job
from yinuo.foundation.work import work

WRITE_EVERY_S = 1.0
"""What has been sent and is not written down goes out twice when this process is killed: never more than the mails of
so many seconds."""


class NotYet(Exception):
    """A mail is to be tried again; the reason is a code or what the server said."""


@job(queue="now")
def understand_contact(*, contact_id: str) -> None:
    """Parses a kept contact and files it; done already: nothing."""
    understand(UUID(contact_id), clock.now())


def _send_together(jobs: Sequence[Taken]) -> None:
    """By one connection for each mailbox; what came of them is written down together."""
    by_delivery = {UUID(job.arguments["delivery_id"]): job for job in jobs}
    waiting = ready(by_delivery)
    with work():
        finish([by_delivery[id] for id in by_delivery.keys() - {mail.delivery_id for mail in waiting}])
    for mailbox, mails in groupby(sorted(waiting, key=_by_mailbox), key=lambda mail: mail.mailbox):
        for outcomes in _attempts(mailbox, list(mails)):
            with work():
                again = write_outcomes(outcomes=outcomes, now=clock.now())
                finish([by_delivery[said.delivery_id] for said in outcomes if said.delivery_id not in again])
                for said in outcomes:
                    if said.delivery_id in again:
                        put_off([by_delivery[said.delivery_id]], NotYet(said.later))


def _give_up(*, delivery_id: str) -> None:
    give_up(delivery_id=UUID(delivery_id), reason="not_sent", now=clock.now())


# some more attempts: the delivery gives up before its job does, whatever else fails
@job(queue="mail", attempts=ATTEMPTS + 4, together=_send_together, given_up=_give_up)
def send_delivery(*, delivery_id: str) -> None:
    """Hands one mail to its server. Unreachable: tried again with growing waits; refused: given up, and told."""
    for mail in ready([UUID(delivery_id)]):
        for outcomes in _attempts(mail.mailbox, [mail]):
            if write_outcomes(outcomes=outcomes, now=clock.now()):
                raise NotYet(outcomes[0].later)


def _by_mailbox(mail: Ready) -> tuple[str, UUID]:
    return str(mail.mailbox.id), mail.delivery_id


def _attempts(mailbox: Mailbox, mails: Sequence[Ready]) -> Iterator[list[Outcome]]:
    """Tries them in turn; yields what came of it so often that little is lost with this process. Where the server
    cannot be spoken to, the rest is not tried: each would wait as long."""
    outcomes: list[Outcome] = []
    written_at = time.monotonic()
    with Line(mailbox) as line:
        for number, mail in enumerate(mails):
            try:
                verdict = line.send(mail.recipients, mail.raw)
            except ServerUnreachable as error:
                sending_failed(mailbox_id=mailbox.id, failure=error.reason, now=clock.now())
                outcomes += [Outcome(left.delivery_id, later=error.reason) for left in mails[number:]]
                break
            except Exception:
                if outcomes:
                    yield outcomes
                raise
            outcomes.append(Outcome(mail.delivery_id, verdict.settled, verdict.later))
            if time.monotonic() - written_at >= WRITE_EVERY_S:
                yield outcomes
                outcomes, written_at = [], time.monotonic()
        else:
            if mailbox.send_failing_since:
                sending_works(mailbox_id=mailbox.id, now=clock.now())
    if outcomes:
        yield outcomes
