"""What promises follow by themselves."""

from yinuo.foundation.events import Recorded
from yinuo.sla.models import Deadline


def on_customers_merged(event: Recorded) -> None:
    """Promises to a customer move with the file."""
    Deadline.objects.filter(customer_id=event.fact.merged_id).update(customer_id=event.fact.kept_id)
