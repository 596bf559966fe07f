"""An exception that is noted in a ticket while the ticket is linked with its order is handed to the order once."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from tests.orders.ordering import SYSTEM, buyer
from tests.procedures.test_story import press
from tests.story import make_company, write_in

from yinuo.foundation import clock
from yinuo.orders.models import Order, OrderException
from yinuo.orders.services import make_order
from yinuo.procedures.services import hand_exception_over

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def test_two_at_once_hand_it_over_once():
    company, now = make_company(), clock.now()
    order = make_order(
        number="SC-1", customer=buyer(), team=company.first_line, owner=company.agent, state="making",
        lines=[(None, "BX-60L", 1, None)], placed_at=now, by=SYSTEM, now=now,
    )  # fmt: skip
    ticket = write_in(company, "订单什么时候到？", subject="订单进度", category="order_problem")
    press(
        ticket, "take_over", "taken_over", company.agent, order_number="-", customer_name="张三", matter="exception",
        exception_found_at=clock.now() - timedelta(minutes=20),
    )  # fmt: skip
    came = []

    def act() -> None:
        try:
            came.append(hand_exception_over(ticket=ticket, order=order, by=SYSTEM, now=clock.now()))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act) for _ in range(2)]
    with transaction.atomic():
        Order.objects.select_for_update().get(id=order.id)  # so that both come to it before either is done
        for thread in threads:
            thread.start()
        until = time.monotonic() + 20
        while waiting() < 2 and time.monotonic() < until:
            time.sleep(0.05)
    for thread in threads:
        thread.join(20)
    assert OrderException.objects.filter(order=order).count() == 1
    assert sum(one is not None for one in came) == 1 and len(came) == 2
