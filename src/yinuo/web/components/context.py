"""Context processor for every page: what base templates and pieces need and no view should repeat."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

from yinuo.foundation.ids import new_id

THEME_COOKIE = "yinuo_theme"


def ground(request: HttpRequest) -> Mapping[str, object]:
    """`icons`: address of the icon sprite, for `<use href="{{ icons }}#mail">`.
    `theme`: `light` or `dark` if the viewer chose one, else empty (a script follows the system).
    `languages`: (code, own name) pairs of the switch.
    `once`: another id at each use, for the hidden field of that name in forms that write (`yinuo.web.once`).
    """
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "icons": static("icons.svg"),
        "theme": chosen if chosen in ("light", "dark") else "",
        "languages": settings.LANGUAGES,
        "once": lambda: str(new_id()),
    }
