"""A ticket goes on under another version of its procedure, by a person who has seen what that changes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from yinuo.domain.procedure import ProcedureError, RunState
from yinuo.domain.procedure.transfer import transfer
from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.events import record
from yinuo.foundation.rows import flush, update
from yinuo.foundation.work import service
from yinuo.procedures.errors import NothingRuns, ReasonMissing, SameVersion, refused
from yinuo.procedures.events import RunMoved
from yinuo.procedures.facts import facts_of
from yinuo.procedures.models import ProcedureVersion, Run, StepState
from yinuo.procedures.published import definition_of
from yinuo.procedures.services.effects import Context, carry_out
from yinuo.procedures.services.loading import lock_matter
from yinuo.sla.policies import version_in_force as limits_in_force
from yinuo.staff.models import Account
from yinuo.tickets.models import Ticket
from yinuo.tickets.services import set_due


@service
def move_run(
    *, ticket: Ticket, to: UUID, places: Mapping[str, str], redate: bool, reason: str, seen: int, by: Actor,
    now: datetime,
) -> Run:  # fmt: skip
    """The run follows the version `to` of its procedure from now on. `places`: for each step under way that the version
    lacks, which one continues it; its row, form and promises go with it. `redate`: open promises follow the limits in
    force too, time already used kept. `seen` is the run's version that the preview was made of. Raises
    `ReasonMissing`, `Changed`, `SameVersion`, `NothingRuns`, `Missing`, `StepRefused`."""
    if not reason.strip():
        raise ReasonMissing(fields={"reason": str(ReasonMissing.text)})
    matter = lock_matter(ticket.id)
    locked, run = matter.ticket, matter.run
    if run is None or run.ended_at is not None:
        raise NothingRuns
    if run.version != seen:
        raise Changed
    before = run.procedure
    version = ProcedureVersion.objects.filter(id=to, code=before.code, published_at__isnull=False).first()
    if version is None:
        raise Missing
    if version.id == before.id:
        raise SameVersion
    new = definition_of(version.id)
    try:
        state, effects = transfer(new, RunState.from_json(run.state), places, facts_of(locked), now)
    except ProcedureError as error:
        raise refused(error) from error
    context = Context(locked, run, by, now, matter=matter)
    for step in context.steps:
        if step.state == StepState.ACTIVE:
            key = step.key if step.key in new.step_by_key else places[step.key]
            role, pool = new.step_by_key[key].role, new.step_by_key[key].pool
            may = step.role == role or _has_role(step.owner, role)
            context.change(step, key=key, role=role, pool=pool, owner_id=step.owner_id if may else None)
    run.procedure, run.state = version, state.to_json()
    run.moves = [*run.moves, [str(before.id), now.isoformat()]]
    run.version += 1
    update(run, "procedure_id", "state", "moves", "version")
    record(
        RunMoved(run.id, version.code, before.version, version.version, dict(places), redate),
        by=by, at=now, subject=("run", run.id), ticket_id=locked.id, customer_id=locked.customer_id,
        personal={"reason": reason.strip()},
    )  # fmt: skip
    carry_out(context, effects)
    limits = limits_in_force() if redate else None
    if limits:
        context.book.recount(reason="procedure", by=by, now=now, version_id=limits)
        context.book.write()
        set_due(ticket=context.ticket, due=context.book.next_due())
    flush()
    return run


def _has_role(owner: Account | None, role: str) -> bool:
    return owner is not None and owner.roles.filter(code=role).exists()
