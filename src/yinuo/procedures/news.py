"""The monthly news (R-PS-4): to each customer what is new since he last had some; never a mail with nothing in it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from yinuo.catalog.models import ProductNews
from yinuo.catalog.queries import news_after
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.procedures.events import NewsHeld
from yinuo.procedures.published import parts_in_force
from yinuo.staff.queries import team_leads
from yinuo.staff.services import notify
from yinuo.tickets.models import Message, Ticket

BLANK = "{news}"
NOTHING_NEW, NO_ADDRESS = "nothing_new", "no_address"
ISSUES = 5
"""So many issues at most stand in one mail, the newest."""


def templates_with_news() -> list[str]:
    """The handbook's templates that have a place for news."""
    known = parts_in_force().get("templates", [])
    return [one["key"] for one in known if any(BLANK in body for body in one["body"].values())]


def news_for(tickets: Mapping[UUID, Ticket], code: str) -> dict[UUID, str]:
    """By ticket what is new since `code` last went out to its customer, or since he asked; empty where nothing is. An
    issue about a product is for those who asked about it, or about none. Two queries."""
    if not tickets:
        return {}
    sent = Message.objects.filter(ticket__in=tickets, template=code).values_list("ticket_id").annotate(Max("at"))
    since = {id: ticket.opened_at for id, ticket in tickets.items()} | dict(sent)
    issues = news_after(min(since.values()))
    return {id: _said(issues_for(ticket, since[id], issues), ticket.language) for id, ticket in tickets.items()}


def issues_for(ticket: Ticket, since: datetime, issues: Iterable[ProductNews]) -> list[ProductNews]:
    """What of `issues` (the newest first) the ticket's customer has not had yet, the newest of it."""
    new = [
        issue
        for issue in issues
        if issue.published_at > since and (issue.product_id in (None, ticket.product_id) or ticket.product_id is None)
    ]
    return new[:ISSUES]


def _said(issues: Iterable[ProductNews], language: str) -> str:
    english = language.startswith("en")
    return "\n\n".join((english and issue.text_en) or issue.text for issue in issues)


def hold_news(ticket: Ticket, reason: str, *, by: Actor, now: datetime) -> None:
    """Nothing went out: the ticket's history says why, and whoever has the lead is told. That there is nothing new is
    told a person once a month, however many leads he has."""
    record(
        NewsHeld(reason),
        by=by, at=now, subject=("ticket", ticket.id), ticket_id=ticket.id, customer_id=ticket.customer_id,
    )  # fmt: skip
    people = [ticket.owner_id] if ticket.owner_id else team_leads(ticket.team_id)
    if reason == NOTHING_NEW:
        for person in people:
            notify(
                accounts=[person], kind="news_missing", subject=("account", person), at=now, by=by,
                once=f"{now:%Y-%m}",
            )  # fmt: skip
        return
    notify(
        accounts=people, kind="news_by_phone", subject=("ticket", ticket.id), at=now, by=by, ticket_id=ticket.id,
        once=f"{now:%Y-%m-%d}", values={"number": ticket.number},
    )  # fmt: skip
