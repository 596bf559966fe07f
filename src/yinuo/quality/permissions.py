"""Who may see an improvement: who may see its ticket, the team of its order, and whoever leads improvements."""

from uuid import UUID

from yinuo.foundation.errors import Missing
from yinuo.quality.models import Improvement
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import may_see


def access_improvement(viewer: Viewer, id: UUID) -> Improvement:
    """Raises `Missing`."""
    rows = Improvement.objects.select_related("ticket__customer", "order__customer", "owner", "survey")
    row = rows.filter(id=id).first()
    if row is None or not (
        viewer.has(Right.LEAD_IMPROVEMENTS) or row.owner_id == viewer.id or _sees_its_subject(viewer, row)
    ):
        raise Missing
    return row


def _sees_its_subject(viewer: Viewer, row: Improvement) -> bool:
    if row.ticket is not None:
        return may_see(viewer, team_id=row.ticket.team_id, owner_id=row.ticket.owner_id, ticket_id=row.ticket_id)
    return row.order is not None and (row.order.team_id in viewer.team_ids or row.order.owner_id == viewer.id)
