"""The console's addresses: agents, supervisors, managers, administrators. Names are what templates reverse."""

from django.urls import URLPattern, URLResolver, path

from yinuo.web.console.views import looks, me

urlpatterns: list[URLPattern | URLResolver] = [
    # --- oneself -----------------------------------------------------------------------------------------------
    path("me", me.settings_page, name="me"),
    path("me/presence", me.presence, name="me_presence"),
    path("me/theme", me.theme, name="me_theme"),
    path("language", looks.language, name="language"),
]
