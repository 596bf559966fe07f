"""What the tests of the API share: a program with a token that sends requests as programs do."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.story import SYSTEM
from yinuo.api.grants import forget_grants
from yinuo.foundation import clock as house_clock
from yinuo.staff.models import Team, Token
from yinuo.staff.scopes import Scope
from yinuo.staff.services.tokens import make_token

ROOT = "/api/v1"
NEW = {
    "customer": {"kind": "email", "value": "zhang.san@example.com", "name": "张三"},
    "subject": "热水器故障",
    "text": "热水器不加热，显示E2，请处理。",
}


@dataclass
class Program:
    """Sends with its token. What a body is given as is sent: text and bytes as they are, all else as JSON."""

    token: Token
    secret: str

    def __call__(
        self, method: str, path: str, body: Any = None, *, key: str = "", kind: str = "application/json", **head: str
    ) -> HttpResponse:
        if not (body is None or isinstance(body, str | bytes)):
            body = json.dumps(body)
        headers = {"Authorization": f"Bearer {self.secret}", "Accept-Language": "zh-CN"}
        headers |= {name.replace("_", "-"): value for name, value in head.items()}
        if key:
            headers["Idempotency-Key"] = key
        more = {} if body is None else {"data": body, "content_type": kind}
        return Client().generic(method, ROOT + path, headers=headers, **more)

    def get(self, path: str, **head: str) -> HttpResponse:
        return self("GET", path, **head)

    def post(self, path: str, body: Any, *, key: str = "", **head: str) -> HttpResponse:
        return self("POST", path, body, key=key, **head)


def program(*scopes: Scope, queues: list[Team] | None = None, **more: Any) -> Program:
    """A program with these scopes (all of them where none is named) in these queues (every one where none is)."""
    forget_grants()
    made = make_token(
        name=f"程序{Token.objects.count()}", scopes=scopes or tuple(Scope), queues=queues, by=SYSTEM,
        now=house_clock.now(), **more,
    )  # fmt: skip
    return Program(made.token, made.secret)
