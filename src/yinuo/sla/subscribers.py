"""What promises follow by themselves."""

from yinuo.foundation.events import Recorded, only_if
from yinuo.sla.services import begin_recount, move_to_customer


def on_customers_merged(event: Recorded) -> None:
    """Promises to a customer move with the file."""
    move_to_customer(merged_id=event.fact.merged_id, kept_id=event.fact.kept_id)


def count_merged(event: Recorded) -> None:
    """Afterwards: what was promised to a customer counts on in the hours of the file that stays."""
    begin_recount(cause="customer", about=event.fact.kept_id, by=event.by, now=event.at)


@only_if(lambda fact: bool({"calendar", "company"} & set(fact.fields)))
def on_customer_changed(event: Recorded) -> None:
    """Afterwards: other hours are agreed with a customer; his open promises, and those of his people, follow."""
    begin_recount(cause="customer", about=event.fact.customer_id, by=event.by, now=event.at)


def on_calendar_changed(event: Recorded) -> None:
    """Afterwards: what counts on the calendar is dated anew, time already used kept."""
    cause = "official_days" if event.fact.reason == "official_days" else "calendar"
    begin_recount(cause=cause, about=event.fact.calendar_id, by=event.by, now=event.at)


@only_if(lambda fact: fact.moves_open)
def on_policies_published(event: Recorded) -> None:
    """Afterwards: open promises follow the new version, where whoever published it says so."""
    begin_recount(cause="policies", about=event.subject[1], by=event.by, now=event.at)


@only_if(lambda fact: fact.what == "team" and "calendar" in fact.fields)
def on_structure_changed(event: Recorded) -> None:
    """Afterwards: a team that got another calendar takes its open promises along."""
    begin_recount(cause="team", about=event.fact.id, by=event.by, now=event.at)
