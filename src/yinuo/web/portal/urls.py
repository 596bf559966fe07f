"""The customers' addresses."""

from django.urls import URLPattern, URLResolver, path

from yinuo.web.portal import doors, views
from yinuo.web.portal.forms import views as forms

urlpatterns: list[URLPattern | URLResolver] = [
    path("help", doors.help_page, name="portal_help"),
    path("track", doors.track, name="portal_track"),
    path("track/sent", doors.track_sent, name="portal_track_sent"),
    path("form/", forms.forms_page, name="portal_forms"),
    path("form/<slug:code>", forms.form_page, name="portal_form"),
    path("form/<slug:code>/received/<str:receipt>", forms.received, name="portal_form_received"),
    path("t/<str:number>", views.ticket_page, name="portal_ticket"),
    path("t/<str:number>/reply", views.reply, name="portal_reply"),
    path("t/<str:number>/plan", views.plan, name="portal_plan"),
    path("t/<str:number>/solved", views.solved, name="portal_solved"),
    path("t/<str:number>/unsolved", views.unsolved, name="portal_unsolved"),
    path("t/<str:number>/score", views.score, name="portal_score"),
    path("t/<str:number>/leave", views.leave, name="portal_leave"),
    path("t/<str:number>/files/<uuid:file_id>", views.file, name="portal_file"),
    path("t/<str:number>/<str:token>", doors.link, name="portal_link"),
]
