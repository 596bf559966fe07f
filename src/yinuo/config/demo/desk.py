"""What people at the desk and customers can do in a story: thin calls of the services, at the instant lived."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from yinuo.assist.services import classify_by_rules
from yinuo.calendars.queries import calendar_of
from yinuo.catalog.models import Category, Product
from yinuo.config.demo.company import ADDRESS, PEOPLE, House
from yinuo.config.demo.customers import Buyer
from yinuo.config.demo.texts import Family
from yinuo.domain.worktime import Calendar
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.procedures.models import Step, StepState, Subtask
from yinuo.procedures.services import (
    FirstMessage,
    accept_subtask,
    finish_subtask,
    open_ticket,
    press_button,
    reclassify,
    take_ticket,
)
from yinuo.quality.services import answer_survey, confirm_solved
from yinuo.staff.models import Account, Team
from yinuo.tickets.models import Status, Ticket
from yinuo.tickets.services import add_inbound_message, add_note, reply

Thing = TypeVar("Thing")
INTAKE = Actor.system("intake")


@dataclass
class Case:
    """One matter: who writes about what, in which words. `blanks` fill the texts of its family. Its ticket is noted in
    `opened_among`."""

    family: Family
    opening: tuple[str, str]
    buyer: Buyer
    blanks: dict[str, str]
    category: Category
    team: Team
    product: Product | None = None
    channel: str = "email"
    urgency: str = "normal"
    said: set[str] = field(default_factory=set)
    opened_among: set[UUID] = field(default_factory=set)
    to_the_end: bool = False
    """Whether it takes no turn that leaves it lying, as a customer who is not ready yet does."""

    def say(self, text: str) -> str:
        return text.format_map(self.blanks)


class Desk:
    """The house with its people; everything happens at `clock.now()`."""

    def __init__(self, house: House, rng: Random) -> None:
        self.house = house
        self.rng = rng
        self.accounts = {account.id: account for account in house.people.values()}
        self.calendars: dict[UUID, Calendar] = {}
        self.mails = 0

    # -- time ----------------------------------------------------------------------------------------

    def calendar(self, team: Team) -> Calendar:
        if team.calendar_id not in self.calendars:
            self.calendars[team.calendar_id] = calendar_of(team.calendar_id)
        return self.calendars[team.calendar_id]

    def working(self, team: Team, least: float, most: float) -> datetime:
        """After some minutes of the team's working time, mostly nearer to `least`."""
        minutes = least + (most - least) * self.rng.random() ** 2
        return self.calendar(team).add(clock.now(), timedelta(minutes=minutes))

    def soon(self, least: float, most: float) -> datetime:
        """After some minutes, by day and night."""
        return clock.now() + timedelta(minutes=self.rng.uniform(least, most))

    def at_leisure(self, least_h: float, most_h: float) -> datetime:
        """When a customer finds time: after some hours, between half past seven and half past ten."""
        at = clock.now() + timedelta(hours=self.rng.uniform(least_h, most_h))
        local = at.astimezone(self.calendar(self.house.teams["service"]).zone)
        minute = local.hour * 60 + local.minute
        if 450 <= minute < 1350:
            return at
        morning = local.replace(hour=7, minute=30, second=self.rng.randrange(60)) + timedelta(days=minute >= 1350)
        return morning + timedelta(minutes=self.rng.uniform(5, 150))

    def pick(self, among: Sequence[Thing]) -> Thing:
        return self.rng.choice(among)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # -- customers -----------------------------------------------------------------------------------

    def mail_id(self, email: str) -> str:
        self.mails += 1
        return f"<{self.rng.getrandbits(48):012x}.{self.mails}@{email.rpartition('@')[2]}>"

    def opens(self, case: Case, *, owner: Account | None = None) -> Ticket:
        """A first contact becomes a ticket, with the class that the rules read in it. Where they would choose another
        scenario the true class stands, as if the clerk who files mail had seen it."""
        subject, text = (case.say(part) for part in case.opening)
        found = classify_by_rules(text, subject)
        guess = Category.objects.select_related("scenario").filter(code=found.category.value or "").first()
        category = guess if guess and guess.scenario_id == case.category.scenario_id else case.category
        envelope: dict[str, Any] = {}
        if case.channel == "email":
            envelope = {
                "from": case.buyer.email, "name": case.buyer.customer.name, "to": [ADDRESS], "cc": [],
                "subject": subject, "message_id": self.mail_id(case.buyer.email), "references": [],
            }  # fmt: skip
        ticket = open_ticket(
            customer=case.buyer.customer, team=case.team, channel=case.channel, subject=subject,
            message=FirstMessage(text=text, at=clock.now(), envelope=envelope), ticket_class=category.ticket_class,
            category=category, urgency=case.urgency, sentiment=found.sentiment.value or "neutral",
            confidence=found.category.confidence, mailbox_id=self.house.mailbox.id if envelope else None,
            language=case.family.language, product=case.product, owner=owner,
            by=Actor.account(owner.id) if owner else INTAKE, now=clock.now(),
        )  # fmt: skip
        case.opened_among.add(ticket.id)
        return ticket

    def writes(self, ticket: Ticket, case: Case, text: str, *, email: str = "", unverified: bool = False) -> None:
        """The customer (or, unverified, somebody else) writes again."""
        ticket.refresh_from_db()
        email = email or case.buyer.email
        add_inbound_message(
            ticket=ticket, customer=None if unverified else case.buyer.customer, channel="email", text=text,
            envelope={
                "from": email, "name": "" if unverified else case.buyer.customer.name, "to": [ADDRESS], "cc": [],
                "subject": f"Re: {ticket.subject}", "message_id": self.mail_id(email), "references": [],
            },
            unverified=unverified, by=INTAKE if unverified else Actor.customer(ticket.customer_id), at=clock.now(),
            now=clock.now(),
        )  # fmt: skip

    def scores(self, ticket: Ticket, score: int, suggestion: str = "") -> None:
        """The customer scores on the portal (which confirms what is not confirmed yet)."""
        answers: dict[str, Any] = {"satisfaction": score}
        if ticket.scenario == "after_sales":
            for key in ("score_efficiency", "score_attitude", "score_effect"):
                answers[key] = min(5, max(1, score + self.rng.choice((-1, 0, 0, 1))))
        if suggestion:
            answers["suggestion"] = suggestion
        answer_survey(
            ticket=ticket, answers=answers, way="portal", by=Actor.customer(ticket.customer_id), now=clock.now()
        )

    def confirms(self, ticket: Ticket) -> None:
        confirm_solved(ticket=ticket, way="portal", by=Actor.customer(ticket.customer_id), now=clock.now())

    # -- people at the desk --------------------------------------------------------------------------

    def owner(self, ticket: Ticket, role: str = "agent") -> Account:
        """Whoever has the ticket; where nobody has it, somebody of its team with the role takes it."""
        ticket.refresh_from_db()
        if ticket.owner_id and role in self.house.roles[ticket.owner_id]:
            return self.accounts[ticket.owner_id]
        if ticket.owner_id is None:
            mates = self.on_duty(ticket.team, role)
            if mates:
                taker = self.pick(mates)
                take_ticket(ticket=ticket, account=taker, by=Actor.account(taker.id), now=clock.now())
                ticket.refresh_from_db()
                return taker
        return self.somebody(role)

    def on_duty(self, team: Team, role: str) -> list[Account]:
        mates = [
            self.house.people[person.username]
            for person in PEOPLE
            if team.code in person.teams and role in person.roles
        ]
        present = set(
            Account.objects.filter(id__in=[mate.id for mate in mates], presence="online").values_list("id", flat=True)
        )
        return [mate for mate in mates if mate.id in present] or mates

    def somebody(self, role: str) -> Account:
        return next(self.accounts[one] for one, roles in self.house.roles.items() if role in roles)

    def doer(self, ticket: Ticket, key: str) -> Account:
        """Whoever is to do the step that is under way."""
        return self._doer(ticket, self.step(ticket, key))

    def _doer(self, ticket: Ticket, step: Step) -> Account:
        if step.owner_id and step.role in self.house.roles[step.owner_id]:
            return self.accounts[step.owner_id]
        return self.owner(ticket, step.role)

    def step(self, ticket: Ticket, key: str) -> Step:
        step = Step.objects.get(ticket_id=ticket.id, key=key, state=StepState.ACTIVE)
        step.ticket = ticket
        return step

    def is_at(self, ticket: Ticket, key: str) -> bool:
        return Step.objects.filter(ticket=ticket, key=key, state=StepState.ACTIVE).exists()

    def answers(self, ticket: Ticket, case: Case, text: str, account: Account | None = None) -> Account:
        """Somebody answers the customer by mail."""
        account = account or self.owner(ticket)
        ticket.refresh_from_db()
        case.blanks |= {"agent": account.name, "number": ticket.number}
        reply(ticket=ticket, account_id=account.id, text=case.say(text), by=Actor.account(account.id), now=clock.now())
        return account

    def presses(self, ticket: Ticket, key: str, button: str, account: Account | None = None, **fields: Any) -> Account:
        step = self.step(ticket, key)
        account = account or self._doer(ticket, step)
        press_button(
            step=step, button=button, fields=fields, roles=self.house.roles[account.id], account_id=account.id,
            by=Actor.account(account.id), now=clock.now(),
        )  # fmt: skip
        return account

    def task(self, ticket: Ticket, key: str = "") -> Subtask:
        """The newest sub-task of the ticket, of those that the procedure calls `key`."""
        return Subtask.objects.select_related("team").filter(ticket=ticket, key=key).latest("opened_at")

    def accepts(self, task: Subtask) -> Account:
        """Somebody of the department takes a sub-task on."""
        account = self._mate(task.team)
        accept_subtask(subtask=task, account=account, by=Actor.account(account.id), now=clock.now())
        return account

    def tells(self, task: Subtask, text: str) -> None:
        """Whoever accepted the sub-task gives its result."""
        task.refresh_from_db()
        if task.owner_id:
            finish_subtask(subtask=task, text=text, by=Actor.account(task.owner_id), now=clock.now())

    def _mate(self, team: Team) -> Account:
        """Who leads the team, else one of it; those who work on tickets."""
        people = [person for person in PEOPLE if team.code in person.teams]
        leads = [person for person in people if team.code in person.leads]
        return self.house.people[self.pick(leads or people).username]

    def notes(self, ticket: Ticket, account: Account, text: str, *mentioned: str) -> None:
        add_note(
            ticket=ticket, account_id=account.id, text=text, by=Actor.account(account.id), now=clock.now(),
            mentioned=[self.house.people[name].id for name in mentioned],
        )  # fmt: skip

    def sets_right(self, ticket: Ticket, case: Case, account: Account) -> None:
        """A person corrects the class where the rules were wrong."""
        ticket.refresh_from_db()
        if ticket.category_id != case.category.id and ticket.status != Status.CLOSED:
            reclassify(
                ticket=ticket, category=case.category, source="person", by=Actor.account(account.id), now=clock.now()
            )
