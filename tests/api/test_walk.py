"""Every address of the API, taken from the table of addresses and the OpenAPI document, as programs that have no
business there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.api.program import NEW, ROOT, Program, program
from tests.orders.ordering import ordered
from tests.story import Company, make_company, write_in
from yinuo.api.v1 import document
from yinuo.foundation.models import HistoryRow
from yinuo.staff.models import Token
from yinuo.staff.scopes import Scope
from yinuo.tickets.models import Ticket

pytestmark = pytest.mark.django_db
BODIES: dict[str, dict[str, Any]] = {
    "create_ticket": NEW,
    "put_order": {"state": "making"},
    "put_milestone": {"planned_at": "2027-06-01T02:00:00Z"},
    "create_exception": {"kind": "other", "note": "x"},
    "create_message": {"kind": "note", "text": "x"},
    "reveal_ticket": {"reason": "x"},
    "reveal_customer": {"reason": "x"},
}
ALL_ERRORS = {"401", "403", "404", "422", "429", "500", "503"}


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    id: str
    answers: frozenset[str]
    says: str

    def filled(self, ticket: Ticket) -> str:
        values = {
            "number": ticket.number, "id": ticket.customer_id, "code": "service", "order": f"SC-{ticket.number}",
            "kind": "shipping",
        }  # fmt: skip
        return re.sub(r"{(\w+)}", lambda found: str(values[found[1]]), self.path.removeprefix(ROOT))


OPERATIONS = [
    Operation(method.upper(), path, told["operationId"], frozenset(map(str, told["responses"])), told["description"])
    for path, methods in document()["paths"].items()
    for method, told in methods.items()
]


def _walk(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern)


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def ticket(company: Company) -> Ticket:
    """Of another customer than the one that the walk opens a ticket for."""
    made = write_in(company, address="li.si@example.com", name="李四")
    ordered(company, number=f"SC-{made.number}", customer=made.customer)
    return made


def asked(who: Program, ticket: Ticket) -> Iterator[tuple[Operation, int, dict[str, Any]]]:
    for operation in OPERATIONS:
        response = who(operation.method, operation.filled(ticket), BODIES.get(operation.id))
        yield operation, response.status_code, response.json()


def test_the_document_has_every_address_of_the_table():
    table = {
        "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
        for path in _walk(get_resolver().url_patterns)
        if path.startswith("api/")
    }
    assert table - {"/api/v1/openapi.json", "/api/v1/"} == {operation.path for operation in OPERATIONS}
    assert len(OPERATIONS) >= 12
    assert {operation.id for operation in OPERATIONS if operation.method in ("POST", "PUT")} == set(BODIES)


def test_the_document_names_every_error_of_every_operation():
    for operation in OPERATIONS:
        assert operation.answers >= ALL_ERRORS, operation.path
        if operation.method in ("POST", "PUT"):
            assert operation.answers >= {"409", "413", "415"}, operation.path
        assert "{" not in operation.path or "Scope" in operation.says, operation.path


def test_without_a_token_nothing_is_told(ticket):
    before = HistoryRow.objects.count()
    stranger = Program(Token(), "yn_" + "B" * 32)
    for operation, status, told in asked(stranger, ticket):
        assert (status, told.get("code")) == (401, "token_invalid"), operation
    for operation in OPERATIONS:
        assert Client().generic(operation.method, ROOT + operation.filled(ticket)).status_code == 401
    assert HistoryRow.objects.count() == before


def test_a_log_in_of_a_person_is_no_token(company, ticket):
    browser = Client()
    browser.force_login(company.administrator, backend="yinuo.staff.login.AuthenticationBackend")
    for operation in OPERATIONS:
        assert browser.generic(operation.method, ROOT + operation.filled(ticket)).status_code == 401


def test_with_one_scope_only_what_it_names_is_answered(ticket):
    for scope in Scope:
        who = program(scope)
        for operation, status, told in asked(who, ticket):
            named = set(re.findall(r"\w+:\w+", operation.says))
            if named <= {scope.value}:
                assert status in (200, 201), (scope, operation, told)
            else:
                assert (status, told.get("code")) == (403, "scope_missing"), (scope, operation)


def test_in_another_queue_nothing_of_a_ticket_is_there(company, ticket):
    who = program(queues=[company.technical])
    before = HistoryRow.objects.filter(ticket_id=ticket.id).count()
    for operation, status, told in asked(who, ticket):
        if "{" in operation.path:
            assert (status, told.get("code")) == (404, "missing"), operation
    assert HistoryRow.objects.filter(ticket_id=ticket.id).count() == before


def test_ids_that_are_nowhere_are_missing_like_those_of_others(company, ticket):
    other = Ticket(number="SH209901010001", customer_id=UUID(int=7))
    for operation, status, told in asked(program(), other):
        if operation.id == "put_order":
            assert (status, told.get("code")) == (422, "order_customer_needed"), "what is nowhere is made by it"
        elif "{" in operation.path and "{code}" not in operation.path:
            assert (status, told.get("code")) == (404, "missing"), operation
