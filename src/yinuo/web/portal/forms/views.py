"""The public web form: shown, sent, and the receipt with number and promise.

No log-in, no session, no cookie: the form works in a frame of another site too, where cookies do not. There is nothing
that the browser's rights could be misused for, so the CSRF check does not apply; the page's own token takes its place.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from yinuo.channels.errors import KeyReused
from yinuo.channels.models import ContactState, WebForm
from yinuo.channels.queries import form_contact, open_web_forms, ticket_of_contact
from yinuo.channels.services.posting import Post
from yinuo.channels.services.webforms import CHANNEL, receive_form
from yinuo.customers.models import IdentityKind
from yinuo.domain.formspam import Filled, suspicion
from yinuo.domain.redaction import mask_contact
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing, YinuoError
from yinuo.foundation.limits import Limit, use_one
from yinuo.staff.login import client_address
from yinuo.tickets.models import Ticket
from yinuo.tickets.services.messages import NewFile
from yinuo.tickets.services.portal import ALL_BYTES, FILE_BYTES, KINDS, MIB, MOST_FILES, checked_files
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import named
from yinuo.web.middleware import policy_for
from yinuo.web.portal.forms.fields import TRAP, VisitorForm, kind_of, language_of_page, one_line
from yinuo.web.portal.forms.pages import (
    WORK_BITS,
    Page,
    PageStale,
    new_page,
    read_page,
    read_receipt,
    sign_page,
    sign_receipt,
)
from yinuo.web.portal.frame import locked, portal_page, shell_of
from yinuo.web.portal.shown import promise_of
from yinuo.web.portal.views import new_file

SUBJECT_CHARS = 40
WITHIN = timedelta(minutes=10)
OF_ADDRESS = Limit("form-address", 8, WITHIN)
"""Forms sent from one address; more wait for a person."""
OF_ADDRESS_UNPROVED = Limit("form-unproved", 3, WITHIN)
"""The same without the work of a browser's script."""
OF_CONTACT = Limit("form-contact", 5, timedelta(hours=1))
"""Forms for one mail address or number, whoever sends them: nobody's mailbox is filled with acknowledgements."""
OF_NETWORK = Limit("form-network", 40, WITHIN)
"""Forms from the network of an address; more are asked to wait, with what was typed kept on the page."""


@require_safe
@portal_page
def forms_page(request: HttpRequest) -> HttpResponse:
    """The one form there is, or a choice of them."""
    _choose_language(request)
    found = open_web_forms()
    if not found:
        return locked(request, sentence=_("There is no form to write with at present. Please write a mail or call us."))
    if len(found) == 1:
        return HttpResponseRedirect(_address("portal_form", found[0].code, request=request))
    rows = [
        {
            "url": _address("portal_form", form.code, request=request),
            "title": named(form.title, form.title_en),
            "intro": named(form.intro, form.intro_en),
        }
        for form in found
    ]
    return render(request, "portal/forms.html", {"shell": shell_of(), "rows": rows})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def form_page(request: HttpRequest, code: str) -> HttpResponse:
    """A form: empty, refused with what was typed still in it, or sent."""
    _choose_language(request)
    try:
        web_form = _form(code)
    except Missing as error:
        return locked(request, sentence=str(error), status=error.status)
    if request.method == "POST":
        response = _sent(request, web_form)
    else:
        response = _shown(request, web_form, VisitorForm(web_form=web_form), new_page(now()))
    return _framed(response, web_form)


def _form(code: str) -> WebForm:
    found = next((form for form in open_web_forms() if form.code == code), None)
    if found is None:
        raise Missing
    return found


def _choose_language(request: HttpRequest) -> None:
    """`?lang=en` in the address: in a frame of another site there is no cookie to remember it."""
    wanted = request.GET.get("lang", "")
    if wanted in ("en", "zh", "zh-hans"):
        translation.activate("en" if wanted == "en" else "zh-hans")
        request.LANGUAGE_CODE = translation.get_language()


def _address(name: str, *args: str, request: HttpRequest) -> str:
    """With what the address says about language and frame."""
    kept = request.GET.copy()
    for key in set(kept) - {"lang", "embed"}:
        del kept[key]
    return reverse(name, args=args) + (f"?{kept.urlencode()}" if kept else "")


def _framed(response: HttpResponse, form: WebForm) -> HttpResponse:
    """Only pages of the sites that the form names may show it in a frame."""
    if form.sites:
        response["Content-Security-Policy"] = policy_for(frame_ancestors=["'self'", *form.sites])
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    return response


@dataclass
class Refused:
    """Why a form is shown again: a sentence above it, and whether its files must be chosen anew."""

    sentence: str = ""
    files: str = ""
    status: int = 422
    wait_s: int = 0


def _shown(
    request: HttpRequest, web_form: WebForm, filled: VisitorForm, page: Page, refused: Refused | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "shell": shell_of(),
        "form": filled,
        "title": named(web_form.title, web_form.title_en),
        "intro": named(web_form.intro, web_form.intro_en),
        "action": _address("portal_form", web_form.code, request=request),
        "page": sign_page(page, web_form.code),
        "nonce": page.nonce,
        "bits": WORK_BITS,
        "refused": refused,
        "embedded": "embed" in request.GET,
        "most_files": MOST_FILES,
        "file_bytes": FILE_BYTES,
        "file_mb": FILE_BYTES // MIB,
        "all_mb": ALL_BYTES // MIB,
        "accept": ",".join(f".{ending}" for ending in KINDS),
    }
    response = render(request, "portal/form.html", context, status=refused.status if refused else 200)
    if refused and refused.wait_s:
        response["Retry-After"] = str(refused.wait_s)
    return response


def _sent(request: HttpRequest, web_form: WebForm) -> HttpResponse:
    filled = VisitorForm(request.POST, web_form=web_form)
    given = bool(request.FILES)
    again = _("Please choose your files again.") if given else ""
    try:
        page = read_page(request.POST.get("page", ""), web_form.code, now())
    except PageStale:
        sentence = _("This page had been open for long. Everything is still here: please send it once more.")
        return _shown(request, web_form, filled, new_page(now()), Refused(sentence, again))
    try:
        files = checked_files([new_file(file) for file in _files(request)])
    except YinuoError as error:
        filled.is_valid()
        return _shown(request, web_form, filled, page, Refused(files=str(error)))
    if not filled.is_valid():
        return _shown(request, web_form, filled, page, Refused(files=again))
    doubt = ""
    if form_contact(f"{CHANNEL}:{page.nonce}") is None:
        if not use_one(OF_NETWORK, network_of(client_address(request))):
            return _shown(request, web_form, filled, page, _too_many(again))
        doubt = _suspicion(request, filled, page)
    try:
        receive_form(post=_post(web_form, filled, files), nonce=page.nonce, suspicion=doubt, now=now())
    except KeyReused:
        sentence = _("You have sent this form already. If you want to tell us something more, send it once more.")
        return _shown(request, web_form, filled, new_page(now()), Refused(sentence, again))
    response = HttpResponseRedirect(
        _address("portal_form_received", web_form.code, sign_receipt(page.nonce), request=request)
    )
    response.status_code = 303
    return response


def _files(request: HttpRequest) -> list[UploadedFile]:
    return [file for file in request.FILES.getlist("files") if file.name]


def _too_many(files: str) -> Refused:
    minutes = int(WITHIN.total_seconds() // 60)
    sentence = _(
        "Very many forms are coming from your network just now. Everything is still here: please wait "
        "%(minutes)s minutes and send it then, or write a mail or call us."
    ) % {"minutes": minutes}
    return Refused(sentence, files, 429, minutes * 60)


def _post(web_form: WebForm, filled: VisitorForm, files: list[NewFile]) -> Post:
    values = filled.cleaned_data
    return Post(
        channel=CHANNEL,
        subject=one_line(values["text"])[:SUBJECT_CHARS],
        text=values["text"],
        identity_kind=kind_of(values["contact"]),
        address=values["contact"],
        name=values["name"],
        category=values.get("topic", ""),
        team=web_form.team.code if web_form.team and web_form.team.active else "",
        language=language_of_page(),
        files=tuple(files),
    )


def _suspicion(request: HttpRequest, filled: VisitorForm, page: Page) -> str:
    """Takes one of the sender's uses, too."""
    values = filled.cleaned_data
    proved = page.is_proved_by(request.POST.get("work", ""))
    by_address = use_one(OF_ADDRESS if proved else OF_ADDRESS_UNPROVED, client_address(request))
    by_contact = use_one(OF_CONTACT, values["contact"])
    return suspicion(
        Filled(
            name=values["name"],
            text=values["text"],
            trap=values[TRAP],
            took=now() - page.made_at,
            proved=proved,
            often=not (by_address and by_contact),
        )
    )


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


@require_safe
@portal_page
def received(request: HttpRequest, code: str, receipt: str) -> HttpResponse:
    """The receipt: number and promised time, the same however often it is looked at."""
    _choose_language(request)
    try:
        contact = form_contact(f"{CHANNEL}:{read_receipt(receipt)}")
    except PageStale:
        contact = None
    if contact is None or contact.state == ContactState.KEPT:
        return locked(request, sentence=str(Missing.text))
    ticket = ticket_of_contact(contact)
    address = str(contact.summary.get("from", ""))
    context = {
        "shell": shell_of(),
        "ticket": _told(ticket) if ticket else None,
        "by_mail": kind_of(address) == IdentityKind.EMAIL,
        "contact": mask_contact(address),
        "again_url": _address("portal_form", code, request=request),
        "embedded": "embed" in request.GET,
    }
    response = render(request, "portal/form_received.html", context)
    try:
        return _framed(response, _form(code))
    except Missing:
        return response


def _told(ticket: Ticket) -> dict[str, Any]:
    return {"number": ticket.number, "promise": promise_of(ticket, now())}
