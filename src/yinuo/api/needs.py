"""The door of each operation: a token that is let in, has the scope and is not too busy; then the body, bounded."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest
from ninja.security import HttpBearer

from yinuo.api.bodies import SMALL_BYTES, take_body
from yinuo.api.errors import FieldsInvalid, TokenInvalid
from yinuo.api.faults import refuse_unknown
from yinuo.api.grants import Grant, count_request, grant_of
from yinuo.foundation.clock import now
from yinuo.staff.scopes import Scope


class Token(HttpBearer):
    """Asked before anything of the request is read. `scope` None: any token; `query`: the fields that the address may
    carry. Its class name is what the OpenAPI document calls the way to sign in."""

    def __init__(
        self, scope: Scope | None = None, *, query: frozenset[str] = frozenset(), most_bytes: int = SMALL_BYTES
    ) -> None:
        super().__init__()
        self.scope = scope
        self.query = query
        self.most_bytes = most_bytes

    def __call__(self, request: HttpRequest) -> Grant:
        """Raises `TokenInvalid`, `ScopeMissing`, `TooMany`, `FieldsInvalid`, and what `take_body` raises."""
        way, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if way.lower() != "bearer":
            raise TokenInvalid
        grant = self.authenticate(request, secret.strip())
        count_request(grant)
        if self.scope:
            grant.require(self.scope)
        if request.META.get("QUERY_STRING"):
            refuse_unknown(_fields_of(request), self.query)
        if request.method in ("POST", "PUT"):
            take_body(request, self.most_bytes)
        return grant

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return grant_of(token, now())


def _fields_of(request: HttpRequest) -> Iterable[str]:
    """Raises `FieldsInvalid` where they are beyond number."""
    try:
        return request.GET
    except TooManyFieldsSent:
        raise FieldsInvalid from None
