"""Jobs taken many at a time: one transaction, each job on its own where that fails, nothing twice."""

import os
import signal

import pytest
from tests.foundation.conftest import eventually
from tests.foundation.sample_jobs import (
    break_lamp,
    fail_always,
    fail_and_give_up_badly,
    fail_now,
    light_lamps,
    say,
    switch_lamp,
)
from tests.foundation.test_jobs import defer

from yinuo.foundation import batches
from yinuo.foundation.failed_jobs import failed_jobs
from yinuo.foundation.jobs import ATTEMPTS
from yinuo.foundation.models import HandlerMark
from yinuo.foundation.worker import requeue_stalled

pytestmark = pytest.mark.processes


@pytest.fixture
def house(own_database, start):
    """No worker, no job, nothing said."""
    start.end_all()
    own_database.query("TRUNCATE sample_log, sample_switch, procrastinate_jobs, procrastinate_workers CASCADE")
    own_database.query("TRUNCATE foundation_handlermark, foundation_jobfailure")
    return own_database


@pytest.fixture
def hands(house):
    """The id of a worker, whose work the test does itself."""
    return house.query("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")[0][0]


def waiting(house) -> list[tuple[str, int]]:
    """Status and attempts of the jobs, but for those of the hour."""
    return [(row[2], row[3]) for row in house.jobs() if not row[1].startswith("config.")]


def work_off(hands: int, queue: str = "facts") -> int:
    """Takes what is there and does it; how many jobs."""
    jobs = batches.take(queue, hands, 50) or batches.take_tried(queue, hands)
    batches.do(jobs)
    return len(jobs)


def test_what_many_services_recorded_is_done_in_one_go(house, hands):
    for note in "abc":
        switch_lamp(note)
    assert len(house.jobs()) == 3
    assert work_off(hands) == 3
    assert house.said() == ["gathered a b c"]
    assert house.jobs() == []
    assert HandlerMark.objects.count() == 0, "the rows of the jobs were the marks"


def test_a_fact_that_concerns_nobody_costs_no_job(house):
    switch_lamp("dark", lit=False)
    assert house.jobs() == []


def test_what_is_recorded_meanwhile_is_followed_up_in_the_same_go(house, hands):
    switch_lamp("breaks")
    assert work_off(hands) == 1
    said = house.said()
    assert said[0] == "gathered breaks" and said[1].startswith("counted") and said[2] == "mended"
    assert house.jobs() == []


def test_one_that_fails_is_tried_again_alone_and_the_others_are_done_once(house, hands):
    for note in ("a", "bad", "b"):
        switch_lamp(note)
    work_off(hands)
    assert house.said() == ["gathered a", "gathered b"], "what was done together was taken back"
    assert waiting(house) == [("todo", 1)]
    assert house.query("SELECT scheduled_at > now() + interval '1 second' FROM procrastinate_jobs") == [(True,)]
    assert work_off(hands) == 0, "its time has not come"


def test_a_job_that_was_tried_before_is_taken_alone(house, hands):
    for note in "ab":
        switch_lamp(note)
    house.query("UPDATE procrastinate_jobs SET attempts = 1")
    assert work_off(hands) == 1
    assert work_off(hands) == 1
    assert house.said() == ["gathered a", "gathered b"]


def test_what_has_a_done_mark_is_not_done_again_in_a_go(house, hands):
    house.switch("handler fails")
    light_lamps("x")
    work_off(hands)
    house.query("DELETE FROM sample_switch")
    house.query("UPDATE procrastinate_jobs SET attempts = 0, scheduled_at = NULL")  # as a person's retry leaves it
    work_off(hands)
    assert house.said() == ["first x", "last x", "second x"]


def test_work_for_a_job_that_was_given_to_another_is_taken_back(house, hands):
    switch_lamp("a")
    jobs = batches.take("facts", hands, 50)
    house.query("DELETE FROM procrastinate_workers WHERE id = %s", hands)  # silent for too long
    assert requeue_stalled() == 1
    batches.do(jobs)
    assert house.said() == []
    assert waiting(house) == [("todo", 1)]


def test_jobs_wait_in_the_order_in_which_they_came(house, hands):
    for number in range(5):
        switch_lamp(str(number))
    jobs = batches.take("facts", hands, 3)
    assert [job.id for job in jobs] == [row[0] for row in house.jobs()][:3]
    assert [row[2] for row in house.jobs()] == ["doing"] * 3 + ["todo"] * 2


# -- giving up -----------------------------------------------------------------------------------------------------


def test_who_waits_for_a_job_is_told_when_it_is_given_up(house, hands):
    defer(fail_always, what="a")
    work_off(hands)
    assert house.said() == []
    house.query("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    work_off(hands)
    assert house.said() == ["given up a"]
    (failed,) = failed_jobs()
    assert failed.error == "ValueError: a fails always" and failed.attempts == 2


def test_an_error_in_the_last_words_does_not_hold_up_the_end_of_the_job(house, hands):
    defer(fail_and_give_up_badly, what="a")
    work_off(hands)
    assert house.said() == []
    assert waiting(house) == [("failed", 1)]


def test_a_job_whose_workers_all_died_is_given_up(house, hands):
    defer(fail_always, what="a")
    house.query("UPDATE procrastinate_jobs SET attempts = %s, status = 'doing'", ATTEMPTS - 1)
    assert requeue_stalled() == 1
    assert house.said() == ["given up a"]
    assert failed_jobs()[0].error.startswith("WorkerDied")


def test_a_job_that_nobody_knows_waits_for_a_person(house, hands):
    house.query("INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('facts', 'no.such', '{}')")
    work_off(hands)
    assert failed_jobs()[0].error == "LookupError: no such job: no.such"


# -- with real workers ---------------------------------------------------------------------------------------------


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(house, start):
    worker = start(house.environment, "worker", "--queue", "facts")
    switch_lamp("a")
    eventually(lambda: house.said() == ["gathered a"], 30, "the worker is up")
    for note in ("b", "slow"):
        switch_lamp(note)
    eventually(lambda: ("doing", 0) in waiting(house))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    start(house.environment, "worker", "--queue", "facts")
    eventually(lambda: not waiting(house), 60, "the jobs are taken up again")
    said = " ".join(house.said()).replace("gathered ", "").split()
    assert sorted(said) == ["a", "b", "slow"]


def test_a_stopped_worker_ends_the_go_it_has_begun_and_takes_no_more(house, start):
    worker = start(house.environment, "worker", "--queue", "facts", "--queue", "now")
    defer(say, what="up")
    switch_lamp("a")
    eventually(lambda: len(house.said()) == 2, 30, "the worker is up")
    switch_lamp("slow")
    eventually(lambda: waiting(house) == [("doing", 0)])
    worker.send_signal(signal.SIGTERM)
    break_lamp()
    assert worker.wait(20) == 0
    assert "gathered slow" in house.said() and "mended" not in house.said()
    assert waiting(house) == [("todo", 0)]
    assert house.query("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '10 s'") == [
        (0,)
    ]


def test_a_job_of_another_queue_that_is_given_up_tells_so_too(house, start):
    start(house.environment, "worker", "--queue", "now")
    defer(fail_now, what="b")
    eventually(lambda: house.said() == ["given up b"], 30)
    eventually(lambda: waiting(house) == [("failed", 1)])
