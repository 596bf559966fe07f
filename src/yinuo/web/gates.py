"""What comes before every page: the house is set up, and a temporary password is replaced."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from yinuo.staff.models import Company
from yinuo.staff.queries import company
from yinuo.staff.standing import Standing
from yinuo.web.addresses import reverse

Respond = Callable[[HttpRequest], HttpResponse]

ALWAYS_OPEN = ("/static/", "/healthz", "/readyz", "/metrics", "/language")
BEFORE_SET_UP = (*ALWAYS_OPEN, "/setup")


class Gates:
    """Leads to the first run until there is a company, then to the password page whoever has a temporary one."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(BEFORE_SET_UP) and firm_of(request) is None:
            return _lead(request, reverse("setup"))
        if (
            request.user.is_authenticated
            and request.user.must_change_password
            and not request.path.startswith(
                (*ALWAYS_OPEN, reverse("account_logout"), reverse("account_change_password"))
            )
        ):
            return _lead(request, reverse("account_change_password"))
        response = self.respond(request)
        if request.user.is_authenticated:  # after log-out the way back shows nobody's data
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def firm_of(request: HttpRequest) -> Company | None:
    """The company, read once a request (with the account, where somebody has logged in)."""
    if not hasattr(request, "_yinuo_firm"):
        standing: Standing | None = getattr(request.user, "standing", None)
        request._yinuo_firm = standing.company if standing else company()
    return request._yinuo_firm  # type: ignore[no-any-return]


def _lead(request: HttpRequest, to: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": to})
    return HttpResponseRedirect(to)
