"""Which open promises a calendar touches: for the recount, and for what-if before it."""

from uuid import UUID

from django.db.models import F, Q, QuerySet

from yinuo.calendars.models import BusinessCalendar
from yinuo.customers.queries import agreed_calendars
from yinuo.sla.models import Deadline, DeadlineState, PolicyVersion
from yinuo.sla.policies import CONTRACT_CALENDAR
from yinuo.staff.models import Team

OPEN = (DeadlineState.RUNNING, DeadlineState.PAUSED)

COUNTED_BACK = Q(state=DeadlineState.RUNNING, nature="promise", due_at__lte=F("started_at"))
"""Running promises due before the event they are about: what may have to be told in somebody's hours (`sent_in`)."""


def touched_by(calendar_id: UUID) -> tuple[QuerySet[Deadline], QuerySet[Deadline]]:
    """What counts on the calendar, and what must be told within its hours, whatever hours the limit itself counts on.
    Each is found by an index of open rows; no row is in both."""
    counting = Deadline.objects.filter(calendar_id=calendar_id, state__in=OPEN)
    told = Deadline.objects.filter(COUNTED_BACK, _may_be_told_in(calendar_id)).exclude(calendar_id=calendar_id)
    return counting, told


def _may_be_told_in(calendar_id: UUID) -> Q:
    """Whose hours these are, as `policies.named_calendar` finds them: a few too many rather than one too few."""
    code = BusinessCalendar.objects.values_list("code", flat=True).get(id=calendar_id)
    teams = list(Team.objects.filter(calendar_id=calendar_id).values_list("id", flat=True))
    customers = [customer for customer, agreed in agreed_calendars().items() if agreed == calendar_id]
    naming = list(PolicyVersion.objects.filter(table__contains=[{"sent_in": code}]).values_list("id", flat=True))
    return (
        Q(team_id__in=teams)
        | Q(customer_id__in=customers)
        | Q(policy_version_id__in=naming)
        | Q(**{f"facts__{CONTRACT_CALENDAR}": code})
    )
