"""What promises follow by themselves."""

from yinuo.foundation.events import Recorded
from yinuo.sla.services import move_to_customer


def on_customers_merged(event: Recorded) -> None:
    """Promises to a customer move with the file."""
    move_to_customer(merged_id=event.fact.merged_id, kept_id=event.fact.kept_id)
