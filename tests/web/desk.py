"""What the tests of the console's ticket pages share: logged-in clients, posts as htmx sends them."""

from typing import Any

from django.test import Client

from yinuo.procedures.models import Step, StepState
from yinuo.procedures.queries import step_stamp
from yinuo.staff.models import Account
from yinuo.tickets.models import Ticket

HTMX = {"HX-Request": "true"}


def client_of(account: Account, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(account, backend="yinuo.staff.login.AuthenticationBackend")
    return client


def without(right: str, account: Account) -> Account:
    """The account, after an administrator has taken this right from its roles."""
    for role in account.roles.all():
        role.rights = [kept for kept in role.rights if kept != right]
        role.save(update_fields=["rights"])
    return account


def post(client: Client, of: Ticket, act: str, *, htmx: bool = True, **fields: Any) -> Any:
    """A post to `/tickets/<number>/<act>` that names its ticket, unless `ticket=` says another."""
    fields.setdefault("ticket", of.number)
    headers = HTMX if htmx else {}
    return client.post(f"/tickets/{of.number}/{act}", fields, headers=headers)


def active(ticket: Ticket, key: str) -> Step:
    return Step.objects.get(ticket=ticket, key=key, state=StepState.ACTIVE)


def press(client: Client, ticket: Ticket, key: str, button: str, *, version: str = "", **fields: Any) -> Any:
    """A button of an active step; `fields` are those of its form."""
    step = active(ticket, key)
    posted = {f"f.{name}": value for name, value in fields.items()}
    return post(
        client, ticket, f"steps/{step.id}/press", button=button, version=version or step_stamp(step), **posted
    )  # fmt: skip
