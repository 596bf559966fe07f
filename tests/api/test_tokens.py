"""Who is let in, to do what, and how soon no more."""

import time
from datetime import timedelta

import pytest

from tests.api.program import NEW, Program, program
from tests.story import SYSTEM, Company, make_company, write_in
from yinuo.api.grants import KNOWN_FOR_S, forget_grants, grant_of
from yinuo.foundation import clock as house_clock
from yinuo.foundation.models import HistoryRow
from yinuo.staff.errors import TokenNameTaken, TokenRevokedAlready, TokenWithoutQueue, TokenWithoutScope
from yinuo.staff.models import Token
from yinuo.staff.scopes import Scope
from yinuo.staff.services.tokens import digest_of, make_token, revoke_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> Company:
    return make_company()


def refused(answer, status: int, code: str) -> bool:
    return (answer.status_code, answer.json()["code"]) == (status, code)


class TestMaking:
    def test_the_secret_is_long_and_kept_nowhere(self):
        erp = program()
        token = Token.objects.get()
        assert len(erp.secret) == 35
        assert bytes(token.digest) == digest_of(erp.secret)
        assert token.beginning == erp.secret[:11]
        kept = [str(value) for row in (*Token.objects.values(), *HistoryRow.objects.values()) for value in row.values()]
        assert not any(erp.secret in value or erp.secret[11:] in value for value in kept)

    def test_making_and_revoking_are_facts(self):
        erp = program(Scope.READ_TICKETS)
        revoke_token(id=erp.token.id, by=SYSTEM, now=house_clock.now())
        kinds = HistoryRow.objects.filter(subject_id=erp.token.id).order_by("id").values_list("kind", flat=True)
        assert list(kinds) == ["staff.TokenMade", "staff.TokenRevoked"]
        with pytest.raises(TokenRevokedAlready):
            revoke_token(id=erp.token.id, by=SYSTEM, now=house_clock.now())

    def test_what_makes_no_sense_is_refused(self):
        usual = {"name": "ERP", "by": SYSTEM, "now": house_clock.now()}
        with pytest.raises(TokenWithoutScope):
            make_token(scopes=[], queues=None, **usual)
        with pytest.raises(TokenWithoutQueue):
            make_token(scopes=[Scope.READ_TICKETS], queues=[], **usual)
        made = make_token(scopes=[Scope.READ_TICKETS], queues=None, **usual)
        with pytest.raises(TokenNameTaken):
            make_token(scopes=[Scope.READ_TICKETS], queues=None, **usual | {"name": " ERP "})
        revoke_token(id=made.token.id, by=SYSTEM, now=house_clock.now())
        make_token(scopes=[Scope.READ_TICKETS], queues=None, **usual)


class TestTheDoor:
    def test_nobody_comes_in_without_a_token(self):
        erp = program()
        for said in ("", "Bearer", "Bearer ", "Basic eDp5", "Bearer yn_", f"Bearer {'x' * 9000}", "yn"):
            response = erp.get("/queues", Authorization=said)
            assert refused(response, 401, "token_invalid"), said
            assert response["WWW-Authenticate"] == "Bearer"

    def test_one_made_up_comes_not_in(self):
        stranger = Program(Token(), "yn_" + "A" * 32)
        assert refused(stranger.get("/queues"), 401, "token_invalid")

    def test_an_expired_one_comes_not_in_from_that_instant(self, clock):
        short = program(expires_at=house_clock.now() + timedelta(minutes=1))
        assert short.get("/queues").status_code == 200
        clock(timedelta(minutes=1))
        assert refused(short.get("/queues"), 401, "token_invalid")
        forget_grants()
        assert refused(short.get("/queues"), 401, "token_invalid")

    def test_a_revoked_one_comes_not_in_within_five_seconds_where_it_was_known(self):
        erp = program()
        assert erp.get("/queues").status_code == 200
        Token.objects.update(revoked_at=house_clock.now())  # as another process does
        since = time.monotonic()
        while erp.get("/queues").status_code == 200:
            assert time.monotonic() - since < 5
            time.sleep(0.05)
        assert KNOWN_FOR_S <= 5
        assert refused(erp.get("/queues"), 401, "token_invalid")

    def test_every_operation_needs_its_scope(self, company):
        ticket = write_in(company)
        asked = {
            Scope.CREATE_TICKETS: [("POST", "/tickets", NEW)],
            Scope.READ_TICKETS: [
                ("GET", f"/tickets/{ticket.number}", None),
                ("GET", f"/tickets/{ticket.number}/messages", None),
                ("GET", f"/tickets/{ticket.number}/deadlines", None),
                ("GET", "/queues/service/tickets", None),
                ("POST", f"/tickets/{ticket.number}/reveal", {"reason": "x"}),
            ],
            Scope.WRITE_TICKETS: [("POST", f"/tickets/{ticket.number}/messages", {"kind": "note", "text": "x"})],
            Scope.READ_CUSTOMERS: [
                ("GET", f"/customers/{ticket.customer_id}", None),
                ("POST", f"/customers/{ticket.customer_id}/reveal", {"reason": "x"}),
            ],
            Scope.READ_PERSONAL: [
                ("POST", f"/tickets/{ticket.number}/reveal", {"reason": "x"}),
                ("POST", f"/customers/{ticket.customer_id}/reveal", {"reason": "x"}),
            ],
        }
        before = HistoryRow.objects.count()
        made = 0
        for scope, calls in asked.items():
            lacking = program(*(set(Scope) - {scope}))
            made += 1
            for method, path, body in calls:
                assert refused(lacking(method, path, body), 403, "scope_missing"), (scope, path)
        assert HistoryRow.objects.count() == before + made
        every = program()
        for calls in asked.values():
            for method, path, body in calls:
                assert every(method, path, body).status_code in (200, 201), path

    def test_a_token_may_be_kept_to_so_many_requests_a_minute(self):
        slow = program(per_minute=3)
        answers = [slow.get("/queues") for _ in range(8)]  # two minutes at most, where one ends in between
        late = [answer for answer in answers if answer.status_code == 429]
        assert 2 <= len(late) <= 5
        assert refused(late[0], 429, "too_many_requests")
        assert 1 <= int(late[0]["Retry-After"]) <= 60
        assert program().get("/queues").status_code == 200

    def test_when_it_was_last_used_is_kept_to_the_minute(self, clock):
        erp = program()
        erp.get("/queues")
        first = Token.objects.get().last_used_at
        assert first
        forget_grants()
        erp.get("/queues")
        assert Token.objects.get().last_used_at == first
        clock(timedelta(minutes=2))
        forget_grants()
        erp.get("/queues")
        assert Token.objects.get().last_used_at > first

    def test_a_known_token_costs_no_query(self, django_assert_num_queries):
        erp = program()
        erp.get("/queues")
        with django_assert_num_queries(0):
            grant_of(erp.secret, house_clock.now())
