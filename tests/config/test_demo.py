"""The demo company: whole, consistent, alive; made once; its known passwords are found where others could use them."""

import argparse
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.test import RequestFactory

from yinuo.assist.models import Suggestion
from yinuo.channels.models import Contact, Delivery
from yinuo.config.demo import command, history
from yinuo.config.demo.company import PEOPLE
from yinuo.config.demo.history import make_demo
from yinuo.config.demo.texts import FAMILIES
from yinuo.config.refusal import Refusal
from yinuo.foundation import clock
from yinuo.foundation.models import HistoryRow
from yinuo.procedures.models import Run, Step, StepState, Subtask, SubtaskState
from yinuo.quality.models import Improvement
from yinuo.sla.models import Deadline
from yinuo.staff.demo import DEMO_PASSWORD
from yinuo.staff.models import Account, Company, Notice, Role
from yinuo.tickets.models import Message, MessageState, SearchRow, Status, Ticket

TICKETS = 55
FOUNDING = {"calendars.CalendarChanged", "staff.StructureChanged", "sla.PoliciesPublished", "sla.recount"}
"""What the founding of the company itself leaves to the workers."""


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Made once for all tests of this file, and taken back after them."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")  # left by tests with real commits: no flush empties it
        now = clock.now()
        made = make_demo(tickets=TICKETS, now=now)
        try:
            yield now, made
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture
def db_of(demo, django_db_blocker):
    """Each test in a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo
        transaction.set_rollback(True)


def test_every_run_has_something_under_way_or_an_end(db_of):
    assert Ticket.objects.count() == Run.objects.count()
    for run in Run.objects.select_related("ticket"):
        active = Step.objects.filter(run=run, state=StepState.ACTIVE).count() or len(run.state.get("arrived", []))
        assert bool(active) != bool(run.ended_at), f"{run.ticket.number}: {active} active steps, ended {run.ended_at}"
        assert (run.ticket.status == Status.CLOSED) == bool(run.ended_at), run.ticket.number
        if run.ended_at:
            assert not Deadline.objects.filter(ticket_id=run.ticket_id, state__in=["running", "paused"]).exists()


def test_nothing_happened_in_the_future_and_no_alarm_was_left_behind(db_of):
    now, _ = db_of
    assert not HistoryRow.objects.filter(at__gt=now).exists()
    assert not Message.objects.filter(at__gt=now).exists()
    assert not Deadline.objects.filter(next_alarm_at__lt=now).exists()
    oldest = Ticket.objects.earliest("opened_at").opened_at
    assert timedelta(days=30) < now - oldest < history.OPEN


def test_the_open_desk_is_alive(db_of):
    now, made = db_of
    assert Ticket.objects.count() >= made == TICKETS
    open_ones = Ticket.objects.filter(is_open=True)
    assert 18 <= open_ones.count() <= 40
    assert open_ones.filter(owner=None).count() >= 2
    assert {Status.NEW, Status.OPEN, Status.WAITING} <= set(open_ones.values_list("status", flat=True))
    promises = Deadline.objects.filter(nature="promise", state="running")
    overdue = promises.filter(breached_at__isnull=False).values("ticket_id").distinct().count()
    assert 2 <= overdue <= 8
    soon = promises.filter(breached_at=None, due_at__lt=now + timedelta(hours=12)).values("ticket_id").distinct()
    assert soon.count() >= 5
    assert Notice.objects.filter(kind="deadline_breached").exists()


def test_other_departments_are_asked_and_have_answered_or_not(db_of):
    """Whatever the hour is: waiting to be accepted, in work, late, answered; by the procedure and by hand."""
    tasks = Subtask.objects.filter(ticket__is_open=True)
    promises = Deadline.objects.filter(subject_kind="subtask", subject_id__in=tasks.values("id"))
    late = set(promises.filter(state="running", breached_at__isnull=False).values_list("subject_id", flat=True))
    states = {state: set(tasks.filter(state=state).values_list("id", flat=True)) for state in SubtaskState.values}
    assert states["offered"] - late
    assert states["offered"] & late
    assert states["accepted"] - late
    assert states["done"]
    assert tasks.filter(key="").exists()
    assert tasks.exclude(key="").exists()
    assert not tasks.exclude(state="done").filter(result__isnull=False).exists()
    assert Notice.objects.filter(kind="subtask_offered").exists()


def test_the_lead_pool_has_customers_who_have_had_its_news(db_of):
    pool = Step.objects.filter(pool=True, state=StepState.ACTIVE)
    assert pool.count() >= 5
    news = Message.objects.filter(template="product_news", ticket__in=pool.values("ticket_id"))
    assert news.count() >= 3
    assert not news.exclude(state=MessageState.SENT).exists()
    for message in news:
        step = pool.get(ticket_id=message.ticket_id)
        assert message.at - step.started_at >= timedelta(days=30)
    assert [one for one in pool.select_related("ticket") if one.ticket.last_customer_at > one.started_at]
    assert HistoryRow.objects.filter(kind="procedures.Counted", values__what="lead_returned").exists()


def test_what_else_happens_at_a_desk_is_there(db_of):
    assert set(Contact.objects.values_list("state", flat=True)) == {
        "accepted", "duplicate", "filtered", "quarantined",
    }  # fmt: skip
    assert Message.objects.filter(state=MessageState.BOUNCED).count() == 1
    assert Message.objects.filter(unverified=True).count() == 1
    assert Message.objects.filter(direction="internal").exists()
    assert Notice.objects.filter(kind="mentioned").exists()
    assert Ticket.objects.filter(language="en").exists()
    assert Ticket.objects.filter(round=2).exists()
    assert Improvement.objects.exists()
    assert Ticket.objects.filter(status=Status.CLOSED, score__gte=4).exists()


def test_no_mail_waits_to_be_sent_and_no_job_is_left(db_of):
    assert not Message.objects.filter(direction="out", state=MessageState.QUEUED).exists()
    assert not Delivery.objects.filter(state="queued").exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT job.task_name, fact.kind FROM procrastinate_jobs job "
            "LEFT JOIN foundation_history fact ON job.args->'event_ids' ? fact.id::text WHERE job.status = 'todo'"
        )
        assert {kind or task for task, kind in cursor.fetchall()} <= FOUNDING


def test_texts_have_no_blank_left_and_are_found(db_of):
    texts = Message.objects.values_list("text", flat=True)
    assert not [text for text in texts if "{" in text or "}" in text]
    written = set(Message.objects.filter(direction="in").values_list("text", flat=True))
    assert len(written) >= 40
    indexed = set(SearchRow.objects.values_list("source_id", flat=True))
    assert set(Message.objects.exclude(text="").values_list("id", flat=True)) <= indexed


def test_decided_tickets_are_lessons_for_the_classifier(db_of):
    closed = Ticket.objects.filter(status=Status.CLOSED).count()
    assert closed > 10
    assert Suggestion.objects.exclude(decided="").count() >= closed


def test_every_role_can_log_in(db_of):
    assert {role for person in PEOPLE for role in person.roles} == set(Role.objects.values_list("code", flat=True))
    request = RequestFactory().post("/accounts/login/")
    for person in PEOPLE:
        found = authenticate(request, username=person.username, password=DEMO_PASSWORD)
        assert found is not None, person.username
        assert found.name == person.name


def test_a_second_time_nothing_is_made(db_of, capsys):
    before = Ticket.objects.count(), HistoryRow.objects.count()
    assert command.run(argparse.Namespace(check=False, if_empty=True, grow=False, tickets=10)) == 0
    assert (Ticket.objects.count(), HistoryRow.objects.count()) == before
    printed = capsys.readouterr().out
    assert DEMO_PASSWORD in printed
    assert "lin" in printed
    with pytest.raises(Refusal, match="company here already"):
        command.run(argparse.Namespace(check=False, if_empty=False, grow=False, tickets=10))


def test_known_passwords_are_refused_until_changed(db_of):
    chosen = argparse.Namespace(check=True, if_empty=False, grow=False, tickets=0)
    with pytest.raises(Refusal, match=r"admin, .*lin"):
        command.run(chosen)
    Account.objects.exclude(username="lin").update(password="!")
    with pytest.raises(Refusal, match="demo still have the password that everybody knows: lin"):
        command.run(chosen)
    Account.objects.filter(username="lin").update(is_active=False)
    assert command.run(chosen) == 0


@pytest.mark.django_db
def test_a_demo_that_fails_half_way_leaves_nothing(monkeypatch):
    def stops(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(history.shifts, "at_the_desk", stops)
    monkeypatch.setattr(history, "present_cases", lambda *arguments: [])
    monkeypatch.setattr(history, "happenings", lambda *arguments: [])
    with pytest.raises(KeyboardInterrupt):
        make_demo(tickets=2, now=clock.now())
    assert not Company.objects.exists()
    assert not Ticket.objects.exists()


def test_there_is_enough_variety_of_texts():
    openings = {opening for family in FAMILIES for opening in family.openings}
    replies = {text for family in FAMILIES for text in (*family.answers, *family.solved, *family.questions)}
    assert len(openings) >= 60
    assert len(replies) >= 40
