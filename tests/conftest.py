"""Ground of the tests: services in a rolled-back transaction, `run_jobs()` for what they deferred."""

import os
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests import morning

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared_data(name: str) -> Path:
    """A file or folder of real material to check against; skips the test where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"no {path.parent.name}/{path.name}: real material to check against is not part of the repository")
    return path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    pass


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:
    from yinuo.foundation.installation import check_installation

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        check_installation()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a failed test with a house of its own: what that complained of."""
    report = yield
    house = getattr(item, "funcargs", {}).get("house")
    if report.failed and hasattr(house, "noted"):
        report.sections.append(("What the house complained of", house.noted()))
    return report


@pytest.fixture(scope="session", autouse=True)
def began() -> timedelta:
    """How far the clock of the tests is from the wall's, also in the processes that they start."""
    from django.conf import settings

    os.environ["YINUO_CLOCK_OFFSET_FILE"] = str(settings.CLOCK_OFFSET_FILE)
    return morning.begin(settings.CLOCK_OFFSET_FILE)


@pytest.fixture(scope="module")
def by_the_wall(began: timedelta) -> Iterator[None]:
    """For a module that compares the clock of the house with the database's."""
    from django.conf import settings

    morning.put(settings.CLOCK_OFFSET_FILE, timedelta())
    yield
    morning.put(settings.CLOCK_OFFSET_FILE, began)


@pytest.fixture
def clock(settings: object, began: timedelta) -> Iterator[Callable[[timedelta], None]]:
    """Moves the clock of every process that runs under the test settings: `clock(timedelta(hours=2))`."""
    from django.conf import settings as live

    offset = began

    def move(span: timedelta) -> None:
        nonlocal offset
        offset += span
        morning.put(live.CLOCK_OFFSET_FILE, offset)

    yield move
    morning.put(live.CLOCK_OFFSET_FILE, began)


def run_jobs(*, rounds: int = 20) -> int:
    """Fetches the real job rows and calls them, with what they defer in turn; how many ran. A failing job raises."""
    from django.db import connection

    from yinuo.foundation.jobs import registered

    ran = 0
    for _ in range(rounds):
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND (scheduled_at IS NULL) "
                "RETURNING id, task_name, args"
            )
            rows = sorted(cursor.fetchall())
        if not rows:
            return ran
        for _id, name, arguments in rows:
            import json

            registered[name](**(json.loads(arguments) if isinstance(arguments, str) else arguments))
            ran += 1
    raise AssertionError(f"jobs still defer jobs after {rounds} rounds")


@pytest.fixture
def connection_kept() -> Iterator[None]:
    """The test's transaction lives through requests to the application itself, as with Django's own test client."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
