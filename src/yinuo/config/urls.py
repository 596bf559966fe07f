"""All addresses. Each face keeps its own list; this one puts them together."""

from django.urls import URLPattern, URLResolver, include, path

from yinuo.config import first_run

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("yinuo.api.urls")),
    path("", include("yinuo.web.health")),
    path("", include("yinuo.web.live")),
    path("setup", first_run.setup_page, name="setup"),
    path("setup/try-mailbox", first_run.try_mailbox, name="setup_try_mailbox"),
    path("accounts/", include("yinuo.web.console.account_urls")),
    path("", include("yinuo.web.portal.urls")),
    path("", include("yinuo.web.console.urls")),
]

handler400 = "yinuo.web.errors.unreadable"
handler403 = "yinuo.web.errors.forbidden"
handler404 = "yinuo.web.errors.not_found"
handler500 = "yinuo.web.errors.broken"
