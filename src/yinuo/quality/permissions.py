"""Who may see an improvement: who may see its ticket, and whoever leads improvements."""

from uuid import UUID

from yinuo.foundation.errors import Missing
from yinuo.quality.models import Improvement
from yinuo.staff.permissions import Viewer
from yinuo.staff.rights import Right
from yinuo.tickets.permissions import may_see


def access_improvement(viewer: Viewer, id: UUID) -> Improvement:
    """Raises `Missing`."""
    row = Improvement.objects.filter(id=id).select_related("ticket__customer", "owner", "survey").first()
    if row is None or not (
        viewer.has(Right.LEAD_IMPROVEMENTS)
        or row.owner_id == viewer.id
        or may_see(viewer, team_id=row.ticket.team_id, owner_id=row.ticket.owner_id, ticket_id=row.ticket_id)
    ):
        raise Missing
    return row
