"""Language of the screens, for everybody, logged in or not."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.staff.services import change_own_settings
from yinuo.web.console.views.base import next_page, viewer


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remembered in a cookie, and with the account of who is logged in."""
    response = HttpResponseRedirect(next_page(request))
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES) or not check_for_language(code):
        return response
    if request.user.is_authenticated:
        change_own_settings(account=request.user, language=code, by=viewer(request).actor, now=now())
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code, max_age=31_536_000, samesite="Lax", secure=settings.WITH_TLS
    )
    return response
