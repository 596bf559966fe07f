"""The customer's answer to a plan, from his own page."""

from datetime import datetime

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed
from yinuo.foundation.work import service
from yinuo.procedures.agreeing import AGREED, REFUSED, plan_to_agree
from yinuo.procedures.services.moving import happen, lock_ticket
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import add_portal_message


@service
def answer_plan(*, ticket: Ticket, agreed: bool, seen: str, by: Actor, now: datetime, text: str = "") -> bool:
    """The customer agrees to the plan that he `seen`, or refuses it and says in `text` what he wants instead. Raises
    `Changed` where there is another plan by now, or none to answer."""
    locked, _run = lock_ticket(ticket)
    plan = plan_to_agree(locked)
    if plan is None or plan.stamp != seen:
        raise Changed
    signature = {"customer_signature": {"way": "portal", "at": now.isoformat()}}
    moved = happen(
        ticket=locked, name=AGREED if agreed else REFUSED, by=by, now=now, fields=signature if agreed else {}
    )  # fmt: skip
    if text.strip():
        locked.refresh_from_db()
        add_portal_message(ticket=locked, text=text, by=by, now=now)
    return moved
