"""A form is carried out once, also by two at the same moment (real commits)."""

import threading
from uuid import uuid4

import pytest
from django.db import connections

from yinuo.foundation import clock
from yinuo.foundation.sent_forms import KEPT, carry_out_once, forget_sent, result_of, sent_key

pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def database(own_database):
    return own_database


def test_of_two_at_the_same_moment_one_acts_and_both_have_its_result():
    key, acted, answers = sent_key(uuid4(), uuid4(), [b"x"]), [], []
    together = threading.Barrier(4)

    def act() -> str:
        acted.append(threading.get_ident())
        return f"made by {threading.get_ident()}"

    def send() -> None:
        together.wait(10)
        answers.append(carry_out_once(key, act, clock.now()))
        connections.close_all()

    threads = [threading.Thread(target=send) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(acted) == 1
    assert answers == [f"made by {acted[0]}"] * 4


def test_what_failed_leaves_no_mark():
    key = sent_key(uuid4(), uuid4(), [])
    with pytest.raises(ZeroDivisionError):
        carry_out_once(key, lambda: str(1 / 0), clock.now())
    assert result_of(key) is None
    assert carry_out_once(key, lambda: "done", clock.now()) == "done"


def test_marks_are_forgotten_when_no_page_can_send_them_again():
    key = sent_key(uuid4(), uuid4(), [])
    carry_out_once(key, lambda: "done", clock.now() - KEPT)
    forget_sent(clock.now())
    assert result_of(key) is None


def test_content_is_not_mixed_up_with_what_stands_beside_it():
    holder, form = uuid4(), uuid4()
    keys = {sent_key(holder, form, content) for content in ([b"ab", b"c"], [b"a", b"bc"], [b"abc"], [])}
    assert len(keys) == 4
