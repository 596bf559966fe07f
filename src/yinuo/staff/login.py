"""How people log in: allauth with a second factor, locked out by axes after repeated failures."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yinuo.foundation.encryption import seal, unseal


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by administrators."""
        return False


class LoginForm(AllauthLoginForm):
    """allauth's form as it is; named here because axes counts failures by the field that this form calls `login`."""


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), purpose="mfa").hex()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(bytes.fromhex(encrypted_text), purpose="mfa").decode()


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """The page after five failures: says how long to wait and whom to ask."""
    return render(request, "account/locked_out.html", status=429)
