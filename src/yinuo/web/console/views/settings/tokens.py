"""Tokens by which other programs use the interface."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from yinuo.api.grants import forget_grants
from yinuo.foundation.clock import now
from yinuo.staff import queries
from yinuo.staff.errors import TokenNameTaken, TokenWithoutQueue, TokenWithoutScope
from yinuo.staff.models import Team, Token
from yinuo.staff.rights import Right
from yinuo.staff.scopes import Scope
from yinuo.staff.services.tokens import NewToken, make_token, revoke_token
from yinuo.web.addresses import reverse
from yinuo.web.console.settings_areas import SeveralField, choices_of, settings_page, several
from yinuo.web.console.settings_words import SCOPES
from yinuo.web.console.views.base import carry_out, requires, viewer, wants_fragment

LASTS = {
    "90": (timedelta(days=90), gettext_lazy("90 days")),
    "365": (timedelta(days=365), gettext_lazy("one year")),
    "": (None, gettext_lazy("until it is revoked")),
}
USUAL_PER_MINUTE = 600
MOST_PER_MINUTE = 1_000_000


class TokenForm(forms.Form):
    """The queues are chosen one by one, or every one is taken."""

    name = forms.CharField(
        label=gettext_lazy("Program"), max_length=60,
        help_text=gettext_lazy("Which program will use it, such as “Web shop”. The history calls it so."),
    )  # fmt: skip
    scopes = SeveralField(
        label=gettext_lazy("What it may do"), choices=[(key.value, text) for key, text in SCOPES.items()]
    )
    every_queue = forms.BooleanField(
        label=gettext_lazy("In every queue"), required=False,
        help_text=gettext_lazy(
            "Those to come too. Otherwise it sees the tickets of the queues chosen here and no others."
        ),
    )  # fmt: skip
    queues = SeveralField(label=gettext_lazy("Queues"))
    lasts = forms.ChoiceField(
        label=gettext_lazy("Valid for"), required=False, choices=[(key, text) for key, (_span, text) in LASTS.items()],
        initial="365",
    )  # fmt: skip
    per_minute = forms.IntegerField(
        label=gettext_lazy("Requests a minute at most"), required=False, min_value=1, max_value=MOST_PER_MINUTE,
        initial=USUAL_PER_MINUTE, help_text=gettext_lazy("Counted in each web process. Empty: no bound."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = queries.queues_of(None)
        self.fields["queues"].choices = choices_of(self.teams)

    def fields_of(self, values: dict[str, Any], moment: datetime) -> dict[str, Any]:
        span, _text = LASTS[values["lasts"]]
        chosen: list[Team] | None = None if values["every_queue"] else several(self.teams, values["queues"])
        return {
            "name": values["name"],
            "scopes": [Scope(scope) for scope in values["scopes"]],
            "queues": chosen,
            "per_minute": values["per_minute"] or 0,
            "expires_at": moment + span if span else None,
        }


STATES = {
    "valid": (pgettext_lazy("token", "Valid"), "done"),
    "expired": (pgettext_lazy("token", "Expired"), "warn"),
    "revoked": (pgettext_lazy("token", "Revoked"), ""),
}


def _state(token: Token, moment: datetime) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= moment else "valid"


def _row(token: Token, moment: datetime) -> dict[str, Any]:
    state = _state(token, moment)
    words, tone = STATES[state]
    return {
        "token": token,
        "scopes": [SCOPES[Scope(scope)] for scope in token.scopes],
        "queues": "" if token.every_queue else " · ".join(team.name for team in token.queues.all()),
        "state": words,
        "tone": tone,
        "is_revoked": state == "revoked",
    }


@requires(Right.EDIT_STAFF)
def tokens(request: HttpRequest) -> HttpResponse:
    moment = now()
    return settings_page(request, "tokens", {"rows": [_row(row, moment) for row in queries.tokens()]}, area="tokens")


@requires(Right.EDIT_STAFF)
def new_token(request: HttpRequest) -> HttpResponse:
    """The secret is on the page that follows, and nowhere afterwards."""
    form = TokenForm(request.POST or None)
    failed = 0
    if request.method == "POST":
        made: list[NewToken] = []
        moment = now()
        failed = carry_out(
            form,
            lambda values: made.append(
                make_token(**form.fields_of(values, moment), by=viewer(request).actor, now=moment)
            ),
            at={TokenNameTaken: "name", TokenWithoutQueue: "queues", TokenWithoutScope: "scopes"},
        )
        if not failed:
            context = {"name": made[0].token.name, "secret": made[0].secret}
            response = settings_page(request, "token_shown", context, area="tokens")
            response["Cache-Control"] = "no-store"
            return response
    return settings_page(request, "token", {"form": form}, area="tokens", status=failed or 200)


@requires(Right.EDIT_STAFF)
@require_POST
def revoke(request: HttpRequest, id: UUID) -> HttpResponse:
    revoke_token(id=id, by=viewer(request).actor, now=now())
    forget_grants()
    messages.success(request, _("Revoked. Within a few seconds the program is let in no more."))
    if wants_fragment(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("settings_tokens")})
    return HttpResponseRedirect(reverse("settings_tokens"))
