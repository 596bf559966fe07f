"""Addresses of the limits (in force, draft, versions, comparison of handbooks) and of a calendar's year."""

from django.urls import URLPattern, URLResolver, path

from yinuo.web.console.views.settings import calendar_year, calendars, recounts
from yinuo.web.console.views.settings.limits import draft, table, whatif

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/limits", table.limits, name="settings_limits"),
    path("settings/limits/versions", table.versions, name="settings_limit_versions"),
    path("settings/limits/versions/<uuid:id>", table.version, name="settings_limit_version"),
    path("settings/limits/compare", table.comparison, name="settings_limit_compare"),
    path("settings/limits/draft", draft.draft, name="settings_limit_draft"),
    path("settings/limits/draft/open", draft.open_, name="settings_limit_open"),
    path("settings/limits/draft/discard", draft.drop, name="settings_limit_drop"),
    path("settings/limits/draft/what-if", whatif.what_if, name="settings_limit_what_if"),
    path("settings/limits/draft/what-if/<uuid:id>", whatif.why, name="settings_limit_what_if_why"),
    path("settings/limits/draft/publish", draft.publish, name="settings_limit_publish"),
    path("settings/limits/draft/kinds/<slug:kind>", draft.kind, name="settings_limit_kind"),
    path("settings/limits/draft/kinds/<slug:kind>/rows/new", draft.row, name="settings_limit_row_new"),
    path("settings/limits/draft/kinds/<slug:kind>/rows/new/judge", draft.judge_row, name="settings_limit_judge_new"),
    path("settings/limits/draft/kinds/<slug:kind>/row/<slug:row>", draft.row, name="settings_limit_row"),
    path("settings/limits/draft/kinds/<slug:kind>/row/<slug:row>/judge", draft.judge_row, name="settings_limit_judge"),
    path("settings/limits/draft/kinds/<slug:kind>/row/<slug:row>/move", draft.move, name="settings_limit_move"),
    path("settings/limits/draft/kinds/<slug:kind>/row/<slug:row>/remove", draft.remove, name="settings_limit_remove"),
    path("settings/calendars/official-days/file", calendars.import_file, name="settings_official_file"),
    path("settings/calendars/<uuid:id>/preview", calendars.preview, name="settings_calendar_preview"),
    path("settings/calendars/<uuid:id>/days", calendar_year.preview_days, name="settings_calendar_days_preview"),
    path("settings/calendars/<uuid:id>/<int:year>", calendar_year.year, name="settings_calendar_year"),
    path("settings/recounts/<uuid:id>", recounts.progress, name="settings_recount"),
]
