"""The page of one ticket and its parts, each of which looks again when something changes."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinuo.customers.queries import identities_of
from yinuo.domain.redaction import mask_contact, mask_text
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.foundation.select import answers_of
from yinuo.orders.lists import of_customer as orders_of_customer
from yinuo.orders.lists import rows_of as order_rows_of
from yinuo.orders.permissions import may_see_orders
from yinuo.procedures.queries import newest_run
from yinuo.quality.models import ImprovementState
from yinuo.quality.queries import improvements_of, surveys_of
from yinuo.sla.accounts import account_of
from yinuo.staff.rights import Right
from yinuo.tickets.lists import of_customer
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.queries import history_of, orders_of, watchers_of
from yinuo.tickets.services.messages import reply_address
from yinuo.web.addresses import reverse
from yinuo.web.components.shell import initial_of
from yinuo.web.console.chips import Chip, chips, explained
from yinuo.web.console.labels import (
    CHANNEL,
    IMPACT,
    PRESENCE,
    PRIORITY,
    SOURCE,
    STATUS,
    STATUS_TONE,
    TICKET_CLASS,
    TIER,
    URGENCY,
    PromiseNames,
    level_of,
    named,
)
from yinuo.web.console.look import Look
from yinuo.web.console.rows import Rows, iso
from yinuo.web.console.stepcards import Typed
from yinuo.web.console.subtask_cards import subtasks_shown
from yinuo.web.console.talk import conversation, shown_address
from yinuo.web.console.views.base import page, viewer
from yinuo.web.console.views.improvements import STATE
from yinuo.web.console.views.orders.walks import OrderRows
from yinuo.web.console.views.posting import ticket_view
from yinuo.web.console.views.ticket_acts import MOST_BYTES
from yinuo.web.console.words import reasons_text

Context = dict[str, Any]
OTHERS = 6
ORDERS = 8


@ticket_view
def show(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The page, or the part of it that looks again (`?part=`)."""
    look = Look(request, ticket, viewer(request))
    name = request.GET.get("part", "")
    found = {
        "head": head, "talk": talk, "run": run, "side": side, "orders": orders, "subtasks": subtasks_shown,
    }.get(name)  # fmt: skip
    if found:
        return render(request, f"console/tickets/{name}.html", _ground(look) | found(look))
    look.read("newest_run", "messages", "promises", "happened_between", "subtasks")
    _ready = look.between, look.cards  # so that all names are read together
    context = (
        _ground(look) | _beside(look) | head(look) | talk(look) | run(look) | subtasks_shown(look) | _composer(look)
    )
    topics = [f"ticket:{ticket.id}", f"team:{ticket.team_id}"]
    return page(request, "console/tickets/ticket.html", context, here="desk", topics=topics)


def _ground(look: Look) -> Context:
    """What every part needs."""
    ticket = look.ticket
    return {
        "ticket": ticket,
        "number": ticket.number,
        "subject": ticket.subject if look.unmasked else mask_text(ticket.subject),
        "topic": f"ticket:{ticket.id}",
        "may_work": look.may_work,
        "may_unmask": look.viewer.has(Right.SEE_PERSONAL),
        "unmasked": look.unmasked,
        "self_url": reverse("ticket", args=[ticket.number]),
        "max_bytes": MOST_BYTES,
    }


def _beside(look: Look) -> Context:
    """The list beside the ticket: its queue, or for who may not see that what waits for himself."""
    team, who = look.ticket.team, look.viewer
    if any(one.id == team.id for one in who.queues):
        return {"list_name": team.name, "list_url": reverse("queue", args=[team.code]), "list_topic": f"team:{team.id}"}
    return {"list_name": _("Steps for me"), "list_url": reverse("steps"), "list_topic": f"account:{who.id}"}


def head(look: Look) -> Context:
    ticket = look.ticket
    path = []
    category = ticket.category
    while category is not None:
        path.insert(0, named(category.name, category.name_en))
        category = category.parent
    return {
        "status": STATUS[ticket.status],
        "status_tone": STATUS_TONE[ticket.status],
        "level": level_of(ticket.priority),
        "priority": PRIORITY.get(ticket.priority, ""),
        "urgency": URGENCY.get(ticket.urgency, ""),
        "impact": IMPACT.get(ticket.impact, ""),
        "category": " › ".join([str(TICKET_CLASS.get(ticket.ticket_class, "")), *path]),
        "source": SOURCE.get(ticket.category_source, ""),
        "confidence": round(ticket.category_confidence * 100) if ticket.category_confidence else 0,
        "channel": CHANNEL.get(ticket.channel, ""),
        "promises": _promises(look),
        "may_take": look.may_work and ticket.owner_id != look.viewer.id and ticket.is_open,
        "is_mine": ticket.owner_id == look.viewer.id,
        "is_closed": ticket.status == Status.CLOSED,
        "opened_iso": iso(ticket.opened_at),
    }


def _promises(look: Look) -> list[Chip]:
    """Several departments may owe the same at once: which of them, a promise about a sub-task says."""
    found = chips(look.promises, look.promise_names, look.ticket.number, round=look.ticket.round)
    about = {str(row.id): row.subject_id for row in look.promises if row.subject_kind == "subtask"}
    teams = {row.id: row.team.name for row in look.subtasks} if about else {}
    for one in found:
        subject = about.get(one["id"])
        if subject in teams:
            one["label"] = f"{one['label']} · {teams[subject]}"
    return found


def talk(look: Look) -> Context:
    history, words = look.between
    newest = next((message for message in reversed(look.messages) if not message.template), None)
    return {
        "messages_shown": conversation(look.ticket, look.messages, history, words, unmasked=look.unmasked),
        "newest": str(newest.id) if newest else "",
    }


def run(look: Look) -> Context:
    return {"run": look.cards.all(look.promises) if look.cards else None}


def step_card(request: HttpRequest, ticket: Ticket, step_id: UUID, typed: Typed | None = None) -> Context:
    """One active step alone, with what was typed."""
    look = Look(request, ticket, viewer(request))
    step = next((step for step in look.cards.steps if step.id == step_id), None) if look.cards else None
    if step is None or step.state != "active":
        raise Missing
    return _ground(look) | {"step": look.cards.active(step, look.promises, typed)}


def _composer(look: Look) -> Context:
    address = reply_address(look.ticket, look.messages)
    return {
        "reply_to": shown_address(address, look.unmasked),
        "can_reply": bool(address) and look.ticket.status != Status.CLOSED,
        "signature": look.viewer.account.signature,
    }


def side(look: Look) -> Context:
    """The customer, his other tickets, who follows, how it was scored, what happened."""
    ticket, who, unmasked = look.ticket, look.viewer, look.unmasked
    others = [row for row in of_customer(ticket.customer_id, viewer=who, limit=OTHERS + 1) if row.id != ticket.id]
    history, look.newest_run, watchers, surveys, improvements = answers_of(
        history_of(ticket.id),
        newest_run(ticket.id),
        watchers_of(ticket.id),
        surveys_of(ticket),
        improvements_of(ticket),
    )
    words = look.words(history)
    return {
        "customer": {
            "name": ticket.customer.name,
            "initial": initial_of(ticket.customer.name),
            "tier": TIER.get(ticket.customer.tier, ""),
            "since_iso": iso(ticket.customer.created_at),
            "url": _customer_url(ticket),
            "identities": [
                {"kind": row.kind, "value": str(row.value) if unmasked else mask_contact(str(row.value))}
                for row in identities_of(ticket.customer_id)
            ],
            "notes": ticket.customer.notes if unmasked else mask_text(ticket.customer.notes),
            "tags": ticket.customer.tags,
        },
        "product": ticket.product,
        "others": Rows(now())(others[:OTHERS], with_steps=False),
        "watchers": [
            {"name": watch.account.name, "initial": initial_of(watch.account.name), "presence": watch.account.presence,
             "presence_words": PRESENCE[watch.account.presence]}
            for watch in watchers
        ],
        "following": any(watch.account_id == who.id for watch in watchers),
        "surveys": [
            {"round": survey.round, "score": survey.score, "asked_iso": iso(survey.asked_at),
             "comment": survey.comment if unmasked else mask_text(survey.comment)}
            for survey in surveys
        ],
        "improvements": [
            {"id": row.id, "state_words": STATE[ImprovementState(row.state)]} for row in improvements
        ],
        "timeline": [
            {"at_iso": iso(row.at), "by": words.by(row), "text": told.text, "tone": told.tone, "detail": told.detail}
            for row, told in ((row, words(row)) for row in history)
            if told
        ],
    }  # fmt: skip


def orders(look: Look) -> Context:
    """The orders that the ticket is about, and others of the customer to link it with."""
    if not may_see_orders(look.viewer):
        return {"orders": [], "other_orders": []}
    found = orders_of_customer(look.ticket.customer_id, limit=ORDERS).rows
    linked = set(orders_of(look.ticket.id))
    older = linked - {row.id for row in found}
    if older:
        found += order_rows_of(older)
    rows = [(row.id in linked, shown) for row, shown in zip(found, OrderRows()(found), strict=True)]
    return {
        "orders": [shown for is_linked, shown in rows if is_linked],
        "other_orders": [shown for is_linked, shown in rows if not is_linked],
    }


def _customer_url(ticket: Ticket) -> str:
    return reverse("customer", args=[ticket.customer_id])


@ticket_view
def promise(request: HttpRequest, ticket: Ticket, id: UUID) -> HttpResponse:
    """How a deadline came about, for the small window of its chip."""
    account = account_of(ticket.id, id)
    if account is None:
        raise Missing
    return render(request, "console/tickets/promise.html", {"told": explained(account, PromiseNames())})


@ticket_view
def assignment(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Why this team and person."""
    why = ticket.assignment or {}
    return render(
        request,
        "console/tickets/assignment.html",
        {
            "ticket": ticket,
            "reasons": reasons_text(why.get("reasons", [])),
            "automatic": why.get("automatic", False),
            "at_iso": why.get("at", ""),
        },
    )
