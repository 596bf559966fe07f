"""Jobs, with real worker processes and real commits (DESIGN section 4, row "jobs")."""

import os
import signal
import time
from contextlib import suppress

import pytest
from tests.foundation import sample_jobs
from tests.foundation.conftest import eventually
from tests.foundation.sample_jobs import (
    LampEchoed,
    break_lamp,
    dawdle,
    fail_at_first,
    fail_once,
    hold,
    light_lamps,
    parent,
    say,
)

from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.failed_jobs import JobGone, dismiss_failed_job, failed_jobs, retry_failed_job
from yinuo.foundation.jobs import later
from yinuo.foundation.models import HandlerMark, HistoryRow, JobFailure
from yinuo.foundation.work import attempt, service, work

pytestmark = pytest.mark.processes
TESTER = Actor.system("test")


_workers = []


def cleared(database):
    """The database, with no job and nothing said."""
    database.query("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    eventually(lambda: not database.query("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"))
    database.query("TRUNCATE sample_log, sample_switch, procrastinate_jobs CASCADE")
    database.query("TRUNCATE foundation_handlermark, foundation_jobfailure")
    return database


@pytest.fixture
def still_house(own_database):
    """No worker: rows stay as the transaction left them."""
    for process in _workers:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
    return cleared(own_database)


@pytest.fixture
def house(own_database):
    return cleared(own_database)


@pytest.fixture
def worker(house, start):
    """A running worker of all queues that is known to answer; one that a test ended is replaced."""
    if not _workers or _workers[-1].poll() is not None:
        _workers.append(start(house.environment, "worker"))
    defer(say, what="worker is up")
    eventually(lambda: "worker is up" in house.said(), 30, "worker starts")
    eventually(lambda: not house.jobs())
    house.query("TRUNCATE sample_log")
    return _workers[-1]


@service
def defer(job, /, **arguments) -> None:
    later(job, **arguments)


# -- services inside services --------------------------------------------------------------------------------------


@service
def _fails_inside() -> None:
    sample_jobs.write("half")
    later(say, what="never")
    raise ValueError("inner")


def test_catching_the_error_of_an_inner_service_refuses_the_commit(still_house):
    with pytest.raises(RuntimeError, match="attempt"), work():
        sample_jobs.write("outer")
        with suppress(ValueError):
            _fails_inside()
    assert still_house.said() == [] and still_house.jobs() == []


def test_what_fails_in_an_attempt_is_taken_back_alone(still_house):
    with work():
        light_lamps("kept")
        with suppress(ValueError), attempt():
            light_lamps("lost")
            _fails_inside()
        later(say, what="kept")
    assert still_house.said() == []
    assert sorted(row[1] for row in still_house.jobs()) == ["foundation.run_afterwards", say.name]
    ids = still_house.query("SELECT jsonb_array_elements_text(args -> 'event_ids') FROM procrastinate_jobs")
    assert [row.values["note"] for row in HistoryRow.objects.filter(id__in=[row[0] for row in ids])] == ["kept"]


# -- AT_ONCE and AFTERWARDS ----------------------------------------------------------------------------------------


def test_an_at_once_function_runs_inside_and_is_rolled_back_with_the_service(still_house):
    lamp = break_lamp()
    assert still_house.said() == [f"counted {lamp}"]
    still_house.query("TRUNCATE sample_log")
    rows = HistoryRow.objects.count()
    with pytest.raises(KeyError), work():
        break_lamp()
        assert len(still_house.said()) == 1, "it has run already"
        raise KeyError
    assert still_house.said() == [] and HistoryRow.objects.count() == rows


def test_an_at_once_function_may_not_record_what_has_at_once_functions_itself(still_house):
    rows = HistoryRow.objects.count()
    with pytest.raises(RuntimeError, match="AT_ONCE"):
        break_lamp(LampEchoed)
    assert HistoryRow.objects.count() == rows


def test_many_facts_of_one_transaction_make_one_job(still_house):
    light_lamps("a", "b", "c")
    assert [row[1] for row in still_house.jobs()] == ["foundation.run_afterwards"]


def test_one_failing_handler_neither_holds_up_others_nor_makes_them_run_twice(house, worker):
    house.switch("handler fails")
    light_lamps("x", "y")
    eventually(lambda: [row[3] for row in house.jobs()] == [1], what="the first attempt ends")
    assert house.said() == ["first x", "last x", "first y", "last y"], "what failed is taken back alone"
    assert HandlerMark.objects.count() == 4
    house.query("DELETE FROM sample_switch")
    eventually(lambda: not house.jobs(), 20, "the second attempt")
    assert house.said()[4:] == ["second x", "second y"]
    assert HandlerMark.objects.count() == 6


# -- inside the transaction ----------------------------------------------------------------------------------------


def test_a_service_that_rolls_back_leaves_no_job_behind(still_house):
    with pytest.raises(ValueError, match="rolled back"):
        sample_jobs._write_and_defer("web", fail=True)
    assert still_house.jobs() == []
    assert still_house.said() == []


def test_the_child_of_a_job_that_rolls_back_never_runs(house, worker):
    defer(parent, what="a", fail=True)
    eventually(lambda: [row[2] for row in house.jobs()] == ["failed"], what="parent fails")
    defer(say, what="later one")
    eventually(lambda: house.said() == ["later one"], what="a later job runs")
    eventually(lambda: [row[1:3] for row in house.jobs()] == [(parent.name, "failed")])


def test_a_child_starts_only_after_its_parents_commit(house, worker):
    defer(parent, what="b", fail=False, seconds=1.5)
    time.sleep(0.7)
    assert house.said() == [], "the parent's transaction is still open"
    eventually(lambda: len(house.said()) == 3)
    assert house.said() == ["parent b", "parent ends b", "child b"]


def test_a_job_begins_within_100_ms_of_its_commit(house, worker):
    lags = []
    for number in range(10):
        time.sleep(0.13 * (number % 3 + 1))  # not in step with the polling of each second
        defer(say, what=f"job {number}")
        committed = house.query("SELECT clock_timestamp()")[0][0]
        eventually(lambda: f"job {number}" in house.said())  # noqa: B023 - called at once
        (at,) = house.query("SELECT at FROM sample_log WHERE what = %s", f"job {number}")[0]
        lags.append((at - committed).total_seconds())
    lags.sort()
    assert lags[len(lags) // 2] < 0.1, f"median of {lags}"
    assert lags[-2] < 0.5, f"nine of ten are woken and not found by polling: {lags}"


def test_a_job_whose_hint_is_lost_is_found_by_looking(house, worker):
    house.query(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('now', %s, '{\"what\": \"quiet\"}')",
        say.name,
    )
    eventually(lambda: house.said() == ["quiet"], 4)


def test_a_slow_queue_does_not_hold_up_another(house, worker):
    for _ in range(2):
        defer(dawdle, seconds=2)
    eventually(lambda: "dawdling" in house.said())
    defer(say, what="quick")
    eventually(lambda: "quick" in house.said(), 1.5)
    assert house.said() == ["dawdling", "quick"], "bulk has one slot, and it is busy"


# -- failing, retrying, dying --------------------------------------------------------------------------------------


def test_a_failed_attempt_is_tried_again_and_its_error_forgotten_after_success(house, worker):
    defer(fail_once, what="wobbly")
    eventually(lambda: JobFailure.objects.count() == 1)
    assert house.said() == []
    eventually(lambda: house.said() == ["done wobbly"])
    eventually(lambda: house.jobs() == [], what="succeeded jobs are deleted")
    assert JobFailure.objects.count() == 0


def test_a_failed_job_is_listed_retried_and_done(house, worker):
    defer(fail_at_first, what="stubborn")
    (failed,) = eventually(failed_jobs)
    assert (failed.task, failed.queue, failed.arguments) == (fail_at_first.name, "now", {"what": "stubborn"})
    assert failed.error == "ValueError: stubborn was told to fail"
    assert failed.failed_at is not None and failed.attempts == 1

    house.switch("stubborn")
    retry_failed_job(job_id=failed.id, by=TESTER, now=clock.now())
    eventually(lambda: house.said() == ["done stubborn"])
    eventually(lambda: not house.jobs())
    assert HistoryRow.objects.filter(kind="foundation.FailedJobRetried", values__job_id=failed.id).count() == 1
    with pytest.raises(JobGone):
        retry_failed_job(job_id=failed.id, by=TESTER, now=clock.now())


def test_a_dismissed_job_is_gone_but_history_has_it(house, worker):
    defer(fail_at_first, what="hopeless")
    (failed,) = eventually(failed_jobs)
    dismiss_failed_job(job_id=failed.id, by=TESTER, now=clock.now())
    assert house.jobs() == [] and JobFailure.objects.count() == 0
    (row,) = HistoryRow.objects.filter(kind="foundation.FailedJobDismissed", values__job_id=failed.id)
    assert row.values["task"] == fail_at_first.name
    with pytest.raises(JobGone):
        dismiss_failed_job(job_id=failed.id, by=TESTER, now=clock.now())


def test_the_error_of_a_failed_job_is_encrypted_in_the_database(house, worker):
    defer(fail_at_first, what="13812345678")
    eventually(failed_jobs)
    (raw,) = house.query("SELECT error FROM foundation_jobfailure")[0]
    assert b"13812345678" not in bytes(raw)


def test_the_job_of_a_killed_worker_is_done_by_the_next_one(house, worker, start):
    defer(hold, what="long", seconds=4)
    eventually(lambda: house.said() == ["began long"])
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert [row[2] for row in house.jobs()] == ["doing"]
    _workers.append(start(house.environment, "worker"))
    eventually(lambda: "ended long" in house.said(), 45, "the job is taken up again")
    assert house.said() == ["began long", "began long", "ended long"]
    eventually(lambda: not house.jobs())


def test_a_stopped_worker_ends_what_it_has_begun(house, worker):
    defer(hold, what="short", seconds=1.5)
    eventually(lambda: house.said() == ["began short"])
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    assert house.said() == ["began short", "ended short"]
    assert house.jobs() == []


def test_a_worker_outlives_the_loss_of_its_database_connections(house, worker):
    house.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    defer(say, what="after the loss")
    eventually(lambda: house.said() == ["after the loss"], 20)
    assert worker.poll() is None
