"""How people log in: allauth with a second factor, locked out by axes after repeated failures.

The one file that receives signals of the log-in apps.
"""

from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off
from axes.signals import user_locked_out
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet, Sum
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext_lazy as _

from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.encryption import seal, unseal
from yinuo.staff.demo import listens_on_loopback
from yinuo.staff.models import Account
from yinuo.staff.services import set_password
from yinuo.staff.sessions import end_session, note_lockout, note_login, note_second_factor
from yinuo.staff.standing import account_with_standing

THEME_COOKIE = "yinuo_theme"


def client_address(request: HttpRequest) -> str:
    """Who asks: the front server names the client in X-Real-IP and nothing else can reach us."""
    return str(request.META.get("HTTP_X_REAL_IP") or request.META.get("REMOTE_ADDR") or "unknown")


def account_tried(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The log-in name of an attempt, in one form, whatever its capitals."""
    given = credentials or {}
    name = given.get("username") or given.get(settings.AXES_USERNAME_FORM_FIELD)
    return str(name or request.POST.get(settings.AXES_USERNAME_FORM_FIELD, "")).strip().lower()


class LockOut(AxesDatabaseHandler):
    """Locks an account after `AXES_FAILURE_LIMIT` failures and an address after `LOCKOUT_PER_ADDRESS`: a whole
    office may come from one address. A success clears the account's failures only, so that nobody with an account of
    his own can go on guessing those of others."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_account, of_address = self.get_user_attempts(request, credentials)
        per_address = _failures(of_address) * settings.AXES_FAILURE_LIMIT // settings.LOCKOUT_PER_ADDRESS
        return max(_failures(of_account), per_address)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_account, _of_address = self.filter_user_attempts(request, credentials)
        return of_account.delete()[0]

    def minutes_left(self, request: HttpRequest, credentials: dict[str, Any] | None) -> int:
        """Until the lock opens, rounded up."""
        last = max(
            (attempts.aggregate(last=Max("attempt_time"))["last"] for attempts in self._locking(request, credentials)),
            default=request.axes_attempt_time,
        )
        left = last + get_cool_off(request) - request.axes_attempt_time
        return max(1, -int(-left.total_seconds() // 60))

    def _locking(self, request: HttpRequest, credentials: dict[str, Any] | None) -> list[QuerySet[Any]]:
        limits = (settings.AXES_FAILURE_LIMIT, settings.LOCKOUT_PER_ADDRESS)
        attempts = self.get_user_attempts(request, credentials)
        return [rows for rows, limit in zip(attempts, limits, strict=True) if _failures(rows) >= limit]


def _failures(attempts: QuerySet[Any]) -> int:
    return attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """The page after too many failures: says how long to wait and whom to ask."""
    minutes = LockOut().minutes_left(request, credentials)
    return render(request, "account/locked_out.html", {"minutes": minutes}, status=429)


class AuthenticationBackend(AllauthBackend):
    """Demo accounts, whose password everybody knows, count only while the server listens on loopback: neither a new
    log-in nor a session from before works otherwise."""

    def get_user(self, user_id: UUID) -> Account | None:
        """With what the account is here: every page asks for its rights and teams."""
        account = account_with_standing(user_id)
        return account if account and self.user_can_authenticate(account) else None

    def user_can_authenticate(self, user: Account) -> bool:
        return super().user_can_authenticate(user) and (not user.is_demo or listens_on_loopback())


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The log-in name or the password is wrong."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("The present password is wrong."),
        "too_many_login_attempts": _("Too many failures. Wait a quarter of an hour, then try again."),
        "rate_limited": _("Too many requests. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by administrators."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counting wrong passwords is axes' work; allauth's own count is for the second factor."""

    def pre_login(self, request: HttpRequest, user: Account, **hooks: Any) -> HttpResponse | None:
        """allauth goes on here with accounts that the backend refused, to say why."""
        if user.is_demo and not listens_on_loopback():
            return render(request, "account/demo_refused.html", status=403)
        refused: HttpResponse | None = super().pre_login(request, user, **hooks)
        return refused

    def post_login(self, request: HttpRequest, user: Account, **hooks: Any) -> HttpResponse:
        """Recorded; the browser takes up the account's own theme."""
        note_login(account=user, now=now())
        response: HttpResponse = super().post_login(request, user, **hooks)
        response.set_cookie(THEME_COOKIE, user.theme, max_age=31_536_000, samesite="Lax")
        return response

    def logout(self, request: HttpRequest) -> None:
        account, key = request.user, request.session.session_key
        super().logout(request)
        if key and account.is_authenticated:
            end_session(account=account, session_key=key, now=now())

    def clean_password(self, password: str, user: Account | None = None) -> str:
        """A temporary password has to be replaced by another one."""
        if user and user.must_change_password and user.check_password(password):
            raise ValidationError(_("Choose a password other than the temporary one."))
        return str(super().clean_password(password, user))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("me")

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        """By password, or by a code where there is a second factor; in our words."""
        words = {"reauthenticate": _("Use the password"), "mfa_reauthenticate": _("Use a code from the app")}
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in methods]

    def set_password(self, user: Account, password: str) -> None:
        set_password(account=user, password=password, must_change=False, by=Actor.account(user.id), now=now())


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong or no longer valid. Take the newest one from the app."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text.encode(), purpose="mfa").hex()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(bytes.fromhex(encrypted_text), purpose="mfa").decode()


@receiver(user_locked_out)
def _locked(username: str = "", **kwargs: Any) -> None:
    if username:
        note_lockout(username=username, now=now())


@receiver(authenticator_added)
def _factor_added(user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    _factor_changed(user, authenticator, on=True)


@receiver(authenticator_removed)
def _factor_removed(user: Account, authenticator: Authenticator, **kwargs: Any) -> None:
    _factor_changed(user, authenticator, on=False)


def _factor_changed(user: Account, authenticator: Authenticator, *, on: bool) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        note_second_factor(account=user, on=on, by=Actor.account(user.id), now=now())
