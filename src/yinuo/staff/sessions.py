"""Who came in, who was kept out, who left: recorded, and streams of an ended session closed."""

from datetime import datetime

from allauth.mfa.models import Authenticator

from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.live import end_streams
from yinuo.foundation.live_tokens import session_holder
from yinuo.foundation.work import service
from yinuo.staff.events import LoggedIn, LoggedOut, LogInLocked, SecondFactorChanged
from yinuo.staff.models import Account


@service
def note_login(*, account: Account, now: datetime) -> None:
    record(LoggedIn(account.id), by=Actor.account(account.id), at=now, subject=("account", account.id))


@service
def end_session(*, account: Account, session_key: str, now: datetime) -> None:
    """Tells the event stream that nobody of this session listens any more."""
    end_streams(session_holder(session_key), now)
    record(LoggedOut(account.id), by=Actor.account(account.id), at=now, subject=("account", account.id))


@service
def note_lockout(*, username: str, now: datetime) -> None:
    """Somebody failed too often with this log-in name; recorded where the account exists."""
    account = Account.objects.filter(username__iexact=username).first()
    if account:
        record(LogInLocked(account.id), by=Actor.system("log-in"), at=now, subject=("account", account.id))


@service
def note_second_factor(*, account: Account, on: bool, by: Actor, now: datetime) -> None:
    record(SecondFactorChanged(account.id, on), by=by, at=now, subject=("account", account.id))


@service
def remove_second_factor(*, account: Account, by: Actor, now: datetime) -> None:
    """For who has lost the phone and the recovery codes: the password alone lets in again."""
    if Authenticator.objects.filter(user=account).delete()[0]:
        note_second_factor(account=account, on=False, by=by, now=now)


def has_second_factor(account: Account) -> bool:
    return Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists()
