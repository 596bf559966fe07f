"""Requests made up by schemathesis from the OpenAPI document: no 500, and every answer as the document says.

A short run in every suite; `make proof` takes a long one.
"""

from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.program import program
from tests.orders.ordering import ordered
from tests.story import make_company, write_in
from yinuo.api.v1 import document
from yinuo.config.wsgi import application
from yinuo.tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("connection_kept")]
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application
OPERATIONS: list[APIOperation] = [found.ok() for found in SCHEMA.get_all_operations()]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TOO_LARGE = 413


@pytest.fixture
def ticket() -> Ticket:
    company = make_company()
    made = write_in(company)
    ordered(company, number="SC-1", customer=made.customer)
    return made


def wrong_in(case: Case) -> set[ParameterLocation]:
    """Where a request was made wrong on purpose: not in its head, which gets a token that is good."""
    parts = case.meta.components.items() if case.meta else ()
    return {place for place, part in parts if part.mode.is_negative} - {ParameterLocation.HEADER}


def tried(operation: APIOperation, ticket: Ticket, mode: GenerationMode, times: int) -> None:
    """Made-up requests of an operation, half of them about things that are there."""
    secret = program().secret
    there = {
        "number": ticket.number,
        "id": str(ticket.customer_id),
        "code": "service",
        "order": "SC-1",
        "kind": "shipping",
    }

    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=times < LONG,
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def send(case: Case, known: bool) -> None:
        wrong = wrong_in(case) - ({ParameterLocation.PATH} if known else set())
        if known:
            for name in case.path_parameters:
                case.path_parameters[name] = there[name]
        headers = {"Authorization": f"Bearer {secret}"}
        response = case.call(headers=headers)
        refused = [negative_data_rejection] if wrong and response.status_code != TOO_LARGE else []
        case.validate_response(response, checks=[*CHECKS, *refused], headers=headers)

    send()


SHORT, LONG = 8, 300
named: Callable[[APIOperation], str] = lambda operation: str(operation.definition.raw["operationId"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_made_up_requests_are_answered_as_the_document_says(operation, ticket):
    tried(operation, ticket, GenerationMode.POSITIVE, SHORT)


def test_the_document_describes_something():
    assert len(OPERATIONS) >= 12


@pytest.mark.proof
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_many_made_up_requests_good_and_bad_are_answered_as_the_document_says(operation, mode, ticket):
    tried(operation, ticket, mode, LONG)
