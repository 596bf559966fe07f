"""The ways in: a secret link, the way to a lost one, and how to reach us."""

import re
from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yinuo.channels.queries import mailboxes, open_web_forms
from yinuo.foundation.actors import Actor
from yinuo.foundation.clock import now
from yinuo.foundation.limits import Limit, use_one, used_up
from yinuo.procedures.services import send_link_again
from yinuo.staff.login import client_address
from yinuo.tickets.errors import LinkInvalid
from yinuo.tickets.permissions import access_by_link
from yinuo.web.addresses import reverse
from yinuo.web.portal.frame import locked, portal_page, remember, shell_of, slow_down
from yinuo.web.portal.words import hours_of

GUESSES = Limit("portal-guesses", 30, timedelta(minutes=10))
"""Wrong links from one address."""
ASKINGS = Limit("portal-askings", 10, timedelta(minutes=15))
"""Links asked for from one address."""
MAILS = Limit("portal-mails", 3, timedelta(hours=1))
"""Links mailed for one number and mail address."""
TOKEN = re.compile(r"[\w-]+", re.ASCII)


@portal_page
@require_safe
def link(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """The link in our mails: a cookie for this ticket, and on to the page without the secret in its address. What
    follows the token (a full stop that a mail program took for a part of it) is left aside."""
    who = client_address(request)
    if used_up(GUESSES, who):
        return slow_down(request, GUESSES)
    found = TOKEN.match(token)
    try:
        ticket = access_by_link(number, found[0] if found else "")
    except LinkInvalid as error:
        use_one(GUESSES, who)
        return locked(request, sentence=str(error), status=error.status)
    response = HttpResponseRedirect(reverse("portal_ticket", args=[ticket.number]))
    remember(response, ticket)
    return response


class TrackForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Ticket number"), max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false",
                   "placeholder": "SH202611210001"},
        ),
    )  # fmt: skip
    address = forms.EmailField(
        label=gettext_lazy("Your mail address"), max_length=254,
        help_text=gettext_lazy("The one that you have written to us from."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip


@portal_page
def track(request: HttpRequest) -> HttpResponse:
    """Never shows a ticket: sends its link to the address, if both fit, and says the same either way."""
    form = TrackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not use_one(ASKINGS, client_address(request)):
            return slow_down(request, ASKINGS)
        number, address = form.cleaned_data["number"], form.cleaned_data["address"]
        if use_one(MAILS, f"{number.strip().upper()} {address.lower()}"):
            send_link_again(number=number, address=address, by=Actor.system("portal"), now=now())
        return HttpResponseRedirect(reverse("portal_track_sent"))
    status = 422 if form.is_bound else 200
    return render(request, "portal/track.html", {"shell": shell_of(), "form": form}, status=status)


@portal_page
@require_safe
def track_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/track_sent.html", {"shell": shell_of()})


@portal_page
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Who we are and how to reach us."""
    boxes = [box for box in mailboxes() if box.active]
    hours = hours_of(boxes[0].team.calendar if boxes else None)
    context = {
        "shell": shell_of(),
        "hours": hours,
        "mailboxes": boxes,
        "form": TrackForm(),
        "may_write": bool(open_web_forms()),
    }
    return render(request, "portal/help.html", context)
