"""Two people do the same thing in the same moment: one of them is told so, and nothing is there twice."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.urls import reverse

from tests.procedures.test_two_about_one_order import waiting
from tests.story import make_company
from tests.web.test_settings_pages import logged_in
from yinuo.sla.models import PolicyDraft

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def both(table: str, act: Callable[[], HttpResponse]) -> list[HttpResponse]:
    """The answers of two that have both looked before either has written."""
    came: list[HttpResponse] = []

    def run() -> None:
        try:
            came.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")  # may be read, not written
        for thread in threads:
            thread.start()
        until = time.monotonic() + 20
        while waiting() < 2 and time.monotonic() < until:
            time.sleep(0.05)
    for thread in threads:
        thread.join(20)
    return sorted(came, key=lambda answer: answer.status_code)


def test_of_two_who_open_a_draft_one_is_told_that_it_is_there():
    supervisor = make_company().supervisor
    clients = [logged_in(supervisor) for _ in range(2)]
    done, refused = both("sla_policydraft", lambda: clients.pop().post(reverse("settings_limit_open")))
    assert (done.status_code, refused.status_code) == (302, 409)
    assert "刚刚有人改过这里" in refused.content.decode()
    assert PolicyDraft.objects.count() == 1
