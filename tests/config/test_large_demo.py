"""A demo grown by casting cannot be told from one that services made: read back by models, queries, pages, proofs."""

import argparse
import json
import re
from collections import Counter, defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.servers import wait_for

from yinuo.calendars.models import BusinessCalendar
from yinuo.calendars.queries import calendar_of
from yinuo.config.demo import command
from yinuo.config.demo.casting import growing
from yinuo.config.demo.casting.crew import FLOATER, FLOATER_TEAMS
from yinuo.config.demo.history import make_demo
from yinuo.config.refusal import Refusal
from yinuo.customers.identities import identity_index, name_tokens, normalise
from yinuo.customers.models import Customer, Identity
from yinuo.customers.services import customer_with
from yinuo.domain.deadline import Clock, due_before, is_in_time, started
from yinuo.domain.procedure import available_buttons
from yinuo.domain.textsearch import matches
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.in_force import forget
from yinuo.foundation.installation import check_installation
from yinuo.foundation.models import HistoryRow
from yinuo.foundation.numbers import next_number
from yinuo.foundation.seals import count_unsealed, head_file, seal_history, verify_history
from yinuo.procedures.models import Run, Step, StepState
from yinuo.procedures.queries import position_of
from yinuo.procedures.services import press_button
from yinuo.quality.models import Survey
from yinuo.sla.alarm import notice_due
from yinuo.sla.models import Deadline
from yinuo.sla.policies import policies_of
from yinuo.sla.queries import next_due
from yinuo.staff.models import Account, Company, Team
from yinuo.staff.permissions import Viewer
from yinuo.tickets.finding import search
from yinuo.tickets.links import hash_of, token_for
from yinuo.tickets.lists import queue
from yinuo.tickets.models import Message, MessageState, SearchRow, Status, Ticket
from yinuo.tickets.numbers_in_bulk import make_room
from yinuo.tickets.search import asked_for, vectors_of
from yinuo.tickets.services import reply

pytestmark = pytest.mark.processes
LIVED, WANTED = 90, 420
WORDS = (
    "退款",
    "投诉",
    "发票",
    "换货",
    "蓝牙耳机",
    "热水器",
    "智能手表",
    "重复扣款",
    "按键失灵",
    "翻译笔",
    "满意度",
    "回访",
)
TURNS = ("sla.DeadlinePaused", "sla.DeadlineResumed", "sla.DeadlineMoved")


@pytest.fixture(scope="module")
def grown(django_db_setup, django_db_blocker):
    """Made once with real commits, since other processes write it; interrupted on the way and gone on with."""
    with django_db_blocker.unblock():
        head_file().unlink(missing_ok=True)  # of an earlier run
        check_installation()  # gone where a test with real commits emptied the tables before
        now = clock.now()
        lived = make_demo(tickets=LIVED, now=now, founded=growing.YEARS, for_casting=True)
        first = set(Ticket.objects.values_list("id", flat=True))
        stopped = _interrupted(now)
        growing.grow(WANTED, now=now)
        try:
            yield now, first, stopped, lived
        finally:
            connection.close()
            call_command("flush", interactive=False, verbosity=0)
            forget()
            check_installation()


def _interrupted(now) -> int:
    """How many tickets there are after a growing that was ended half-way."""
    batch, progress = growing.BATCH, growing.Progress

    class Ended(progress):
        def add(self, tickets: int, rows: int) -> None:
            super().add(tickets, rows)
            if self.tickets > 60:
                raise KeyboardInterrupt

    growing.BATCH, growing.Progress = 30, Ended
    try:
        growing.grow(WANTED, now=now)
    except KeyboardInterrupt:
        return Ticket.objects.count()
    finally:
        growing.BATCH, growing.Progress = batch, progress
    raise AssertionError("it was not ended")


@pytest.fixture
def world(grown, django_db_blocker):
    """Each test in a transaction that is taken back."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield grown
        transaction.set_rollback(True)


@pytest.fixture
def cast(world) -> list[Ticket]:
    """The tickets that nobody lived through."""
    _, first, _, _ = world
    return [ticket for ticket in Ticket.objects.select_related("customer") if ticket.id not in first]


def test_there_are_as_many_as_were_wanted_open_and_closed(world, cast):
    now, first, stopped, _ = world
    assert Ticket.objects.count() == max(WANTED, len(first))
    assert len(first) < stopped < WANTED, "the interrupted one left whole tickets behind"
    is_open = sum(ticket.is_open for ticket in cast)
    assert 0.08 * (WANTED - stopped) < is_open < 0.16 * len(cast), "a tenth of what is cast, the oldest weeks first"
    assert any(ticket.reopened or ticket.round > 1 for ticket in cast)
    assert {ticket.scenario for ticket in cast} >= {
        "after_sales",
        "consultation",
        "presales",
        "service",
        "order",
        "complaint",
    }
    ages = [now - ticket.opened_at for ticket in cast]
    assert max(ages) > timedelta(days=700)
    assert min(ages) > timedelta()
    at_night = sum(1 for ticket in cast if 16 <= ticket.opened_at.hour < 22)  # midnight to six in Shanghai
    assert at_night < 0.1 * len(cast)
    assert Team.objects.count() == 12


def test_history_is_sealed_and_proves_itself(grown, django_db_blocker):
    with django_db_blocker.unblock():
        wait_for(lambda: seal_history() == 0 and count_unsealed() == 0, seconds=90)  # others' transactions end first
        assert list(verify_history()) == []
        assert HistoryRow.objects.count() > 20 * WANTED


def test_every_ticket_is_whole(world, cast):
    runs = {run.ticket_id: run for run in Run.objects.all()}
    active = Counter(Step.objects.filter(state=StepState.ACTIVE).values_list("run_id", flat=True))
    opened = set(HistoryRow.objects.filter(kind="tickets.TicketOpened").values_list("ticket_id", flat=True))
    indexed = set(SearchRow.objects.values_list("source_id", flat=True))
    messages = defaultdict(list)
    for message in Message.objects.all():
        messages[message.ticket_id].append(message)
    for ticket in cast:
        run = runs[ticket.id]
        assert bool(run.ended_at) == (ticket.status == Status.CLOSED)
        assert bool(run.ended_at) != bool(active[run.id] or run.state.get("arrived"))
        assert run.ended_at is None or run.ended_at == ticket.closed_at or ticket.status == Status.CLOSED
        assert ticket.id in opened
        assert ticket.id in indexed
        assert messages[ticket.id]
        assert {message.id for message in messages[ticket.id]} <= indexed
        assert all(message.state != MessageState.QUEUED for message in messages[ticket.id])
        assert bytes(ticket.link_hash) == hash_of(token_for(ticket))


def test_promises_are_due_when_the_domain_says_so(world, cast):
    now, first, _, _ = world
    turned = set(HistoryRow.objects.filter(kind__in=TURNS).values_list("subject_id", flat=True))
    told = dict(HistoryRow.objects.filter(kind="sla.DeadlineMet").values_list("subject_id", "values"))
    computed, office = 0, BusinessCalendar.objects.values_list("id", flat=True).get(code="office")
    for row in Deadline.objects.exclude(ticket_id__in=first).filter(nature="promise"):
        if row.id not in turned and row.policy_row:
            calendar = calendar_of(row.calendar_id) if row.calendar_id else None
            if policies_of(row.policy_version_id)[row.kind].direction == "backward":
                counted = due_before(row.started_at, row.target, Clock(row.clock), calendar, calendar_of(office))
            else:
                counted = started(row.started_at, row.target, Clock(row.clock), calendar)
            assert counted.due_at == row.due_at
            computed += 1
        if row.state == "met":
            in_time = is_in_time(row.due_at, row.done_at) or row.paused_at is not None
            assert told[row.id]["in_time"] == in_time == (row.breached_at is None)
            assert told[row.id]["due_at"] == row.due_at.isoformat()
        assert row.next_alarm_at is None or row.next_alarm_at > now
        assert row.breached_at is None or row.breached_at == row.due_at
    assert computed > len(cast)
    for ticket in cast:
        due = next_due(ticket.id)
        assert ticket.next_due_at == (due.due_at if due else None)
    assert Deadline.objects.exclude(ticket_id__in=first).filter(next_alarm_at__gt=now).exists()


def test_nothing_lies_in_the_future_and_nothing_of_another_is_left(world, cast):
    now, first, _, _ = world
    assert not HistoryRow.objects.filter(at__gt=now).exists()
    assert not Message.objects.filter(at__gt=now).exists()
    numbers = set(Ticket.objects.filter(id__in=first).values_list("number", flat=True))
    contacts = set(
        Identity.objects.filter(customer__tickets__in=first)
        .exclude(customer__tickets__in=[one.id for one in cast])
        .values_list("value", flat=True)
    )
    ids = re.compile("|".join(map(str, first)))
    mine = {ticket.id for ticket in cast}
    for message in Message.objects.filter(ticket_id__in=mine):
        said = f"{message.text}{message.envelope}"
        assert not [number for number in numbers if number in said]
        assert not [contact for contact in contacts if contact in said]
        assert "{" not in message.text
    for row in HistoryRow.objects.filter(ticket_id__in=mine):
        assert not ids.search(json.dumps(row.values))


def test_texts_are_long_enough_and_hardly_one_is_like_another(world, cast):
    openings: dict[str, str] = {}
    later = []
    for message in Message.objects.filter(ticket_id__in=[one.id for one in cast], direction="in").order_by("at"):
        if message.ticket_id in openings:
            later.append(message.text)
        else:
            openings[message.ticket_id] = message.text
    assert len(set(openings.values())) > 0.98 * len(openings)
    assert len(set(later)) > 0.5 * len(later), "what customers add is short, and short sentences come again"
    lengths = sorted(len(text) for text in openings.values())
    assert lengths[0] >= 30
    assert lengths[-1] > 150
    assert lengths[-1] <= 400


def test_search_finds_what_a_scan_of_all_texts_finds(world):
    viewer = Viewer(Account.objects.get(username="gu"))
    texts = {message.id: (message.ticket_id, message.full_text or message.text) for message in Message.objects.all()}
    texts |= {ticket.id: (ticket.id, ticket.subject) for ticket in Ticket.objects.all()}
    found_at_all = 0
    for word in WORDS:
        by_scan = {source for source, (_, text) in texts.items() if matches(text, word)}
        with connection.cursor() as cursor:
            cursor.execute("SELECT source_id FROM tickets_search WHERE vector @@ %s::tsquery", [asked_for(word)])
            proposed = {row[0] for row in cursor.fetchall()}
        assert by_scan <= proposed, word
        hits, after = set(), ""
        while True:
            found = search(word, viewer=viewer, after=after)
            hits |= {hit.row.id for hit in found.hits}
            after = found.after
            if not after:
                break
        assert hits == {texts[source][0] for source in by_scan}, word
        found_at_all += bool(hits)
    assert found_at_all >= 10


def test_search_rows_are_those_the_job_would_write(world, cast):
    opened = {ticket.id: ticket.opened_at for ticket in cast}
    some = list(Message.objects.filter(ticket_id__in=opened).order_by("id")[:60])
    for message in some:
        (wanted,) = vectors_of(message.full_text or message.text, opened[message.ticket_id])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT opened_at, vector = %s::tsvector FROM tickets_search WHERE source_id = %s AND part = 0",
                [wanted, message.id],
            )
            assert cursor.fetchone() == (opened[message.ticket_id], True)


def test_customers_come_often_or_seldom_and_are_found(world, cast):
    per_customer = Counter(ticket.customer_id for ticket in cast)
    assert max(per_customer.values()) >= 5
    assert sum(1 for many in per_customer.values() if many == 1) > 0.3 * len(per_customer)
    for identity in Identity.objects.select_related("customer"):
        assert normalise(identity.kind, identity.value) == identity.value
        assert bytes(identity.index) == identity_index(identity.kind, identity.value)
    some = Customer.objects.filter(tickets__in=[ticket.id for ticket in cast]).distinct()
    for customer in some:
        assert customer.name_tokens == name_tokens(customer.name)
        assert customer.created_at <= customer.tickets.earliest("opened_at").opened_at
        for identity in customer.identities.all():
            assert customer_with(kind=identity.kind, value=identity.value) == customer
    assert some.filter(company__isnull=False).exists()


def test_numbers_rise_through_the_day_and_go_on(world):
    now, _, _, _ = world
    numbers = list(Ticket.objects.values_list("number", flat=True))
    days = defaultdict(list)
    for number in numbers:
        prefix, day, rest = re.fullmatch(r"([A-Z]+)(\d{8})(\d{4,})", number).groups()
        days[prefix, day].append(int(rest))
    for (prefix, _), given in days.items():
        assert max(given) < len(given) + 6, prefix  # the interrupted one left gaps, no more
    for prefix in {prefix for prefix, _ in days}:
        for back in (0, 1, 3, 40, 400):
            number = next_number(prefix, now - timedelta(days=back))
            assert number not in numbers
            day = number[len(prefix) : len(prefix) + 8]
            if back == 0:
                assert int(number[len(prefix) + 8 :]) <= max(days.get((prefix, day), [0])) + 2


def test_an_agent_works_on_what_was_cast(world, cast, settings):
    """Queue, page, note, answer, alarm: as on any other ticket."""
    now, _, _, _ = world
    steps = Step.objects.filter(state=StepState.ACTIVE, ticket__in=[ticket.id for ticket in cast]).select_related(
        "ticket", "run"
    )
    step = next(one for one in steps if one.ticket.owner_id and "note_progress" in _buttons(one))
    ticket = step.ticket
    account = Account.objects.get(id=ticket.owner_id)
    listed = queue(ticket.team_id, limit=1000)
    waiting = Ticket.objects.filter(team=ticket.team_id, is_open=True)
    assert {row.id for row in listed.rows} == set(waiting.values_list("id", flat=True))
    browser = Client(HTTP_ACCEPT_LANGUAGE="zh-CN")
    browser.force_login(account)
    page = browser.get(reverse("ticket", args=[ticket.number]))
    assert page.status_code == 200
    assert ticket.subject in page.content.decode()
    roles = frozenset(account.roles.values_list("code", flat=True))
    press_button(
        step=step, button="note_progress", fields={"progress": "已联系客户。"}, roles=roles, account_id=account.id,
        by=Actor.account(account.id), now=now,
    )  # fmt: skip
    reply(ticket=ticket, account_id=account.id, text="您好，正在办理。", by=Actor.account(account.id), now=now)
    soonest = Deadline.objects.filter(ticket_id__in=[one.id for one in cast], next_alarm_at__gt=now).earliest(
        "next_alarm_at"
    )
    while notice_due(now=soonest.next_alarm_at + timedelta(seconds=1)):
        pass
    assert HistoryRow.objects.filter(subject_id=soonest.id, at=soonest.next_alarm_at).exists()


def _buttons(step: Step) -> set[str]:
    position = position_of(step.ticket, step.run)
    return {button.key for button in available_buttons(position.definition, position.state, step.key)}


def test_an_agent_helps_out_in_six_of_twelve_queues(world):
    viewer = Viewer(Account.objects.get(username=FLOATER))
    assert viewer.team_ids == set(Team.objects.filter(code__in=FLOATER_TEAMS).values_list("id", flat=True))
    assert len(viewer.team_ids) == 6


def test_scores_belong_to_answered_surveys(world, cast):
    scored = [ticket for ticket in cast if ticket.score]
    assert len(scored) > 0.2 * len(cast)
    for survey in Survey.objects.filter(ticket__in=[one.id for one in scored], answered_at__isnull=False):
        assert survey.answered_at >= survey.asked_at


def test_a_company_that_is_no_demo_is_left_alone(world):
    Company.objects.update(is_demo=False)
    with pytest.raises(Refusal, match="it is no demo"):
        command.run(argparse.Namespace(check=False, if_empty=False, grow=True, tickets=10_000))
    Company.objects.update(is_demo=True)
    with pytest.raises(Refusal, match="--grow"):
        command.run(argparse.Namespace(check=False, if_empty=False, grow=False, tickets=10_000))


@pytest.mark.django_db
def test_room_is_made_among_the_numbers_of_past_days():
    now = clock.now()
    here = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    today, before = here.date(), (here - timedelta(days=30)).date()
    first, second = next_number("SH", now), next_number("SH", now)
    reached = make_room({("SH", before): 5, ("SH", today): 7})
    assert reached == {("SH", before): 0, ("SH", today): 2}
    third, earlier = next_number("SH", now), next_number("SH", now - timedelta(days=30))
    assert [number[-4:] for number in (first, second, third)] == ["0001", "0002", "0010"]
    assert int(earlier[10:]) > 5
    assert make_room({("SH", before): 2})["SH", before] >= 0
    assert next_number("SH", now)[-4:] == "0012", "room in the past moves nothing of today"
