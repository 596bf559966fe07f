"""Addresses of the pages agents live in."""

from django.urls import URLPattern, path

from yinuo.web.console.views import (
    files,
    improvements,
    new_ticket,
    notices,
    overview,
    queues,
    search,
    steps,
    ticket_acts,
    tickets,
)

urlpatterns: list[URLPattern] = [
    # --- lists ---------------------------------------------------------------------------------------------------
    path("", queues.home, name="desk"),
    path("mine", queues.mine, name="mine"),
    path("followed", queues.followed, name="followed"),
    path("steps", queues.steps, name="steps"),
    path("queue/<str:code>", queues.queue, name="queue"),
    path("unowned/<str:code>", queues.unowned, name="unowned"),
    path("recent/<str:code>", queues.recent, name="recent"),
    # --- a ticket ------------------------------------------------------------------------------------------------
    path("tickets/new", new_ticket.new_ticket, name="ticket_new"),
    path("tickets/new/find", new_ticket.find, name="ticket_new_find"),
    path("tickets/new/chosen/<uuid:id>", new_ticket.chosen, name="ticket_new_chosen"),
    path("tickets/<str:number>", tickets.show, name="ticket"),
    path("tickets/<str:number>/promises/<uuid:id>", tickets.promise, name="ticket_promise"),
    path("tickets/<str:number>/assignment", tickets.assignment, name="ticket_assignment"),
    path("tickets/<str:number>/scripts", steps.scripts, name="ticket_scripts"),
    path("tickets/<str:number>/take", queues.take, name="ticket_take"),
    path("tickets/<str:number>/answer", ticket_acts.answer, name="ticket_answer"),
    path("tickets/<str:number>/note", ticket_acts.note, name="ticket_note"),
    path("tickets/<str:number>/following", ticket_acts.following, name="ticket_following"),
    path("tickets/<str:number>/assign", ticket_acts.assign, name="ticket_assign"),
    path("tickets/<str:number>/assign/sheet", ticket_acts.assign_sheet, name="ticket_assign_sheet"),
    path("tickets/<str:number>/escalate", ticket_acts.escalate, name="ticket_escalate"),
    path("tickets/<str:number>/escalate/sheet", ticket_acts.escalate_sheet, name="ticket_escalate_sheet"),
    path("tickets/<str:number>/classify", ticket_acts.classify, name="ticket_classify"),
    path("tickets/<str:number>/classify/sheet", ticket_acts.classify_sheet, name="ticket_classify_sheet"),
    path("tickets/<str:number>/unmask", ticket_acts.show_masked, name="ticket_unmask"),
    path("tickets/<str:number>/unmask/sheet", ticket_acts.unmask_sheet, name="ticket_unmask_sheet"),
    path("tickets/<str:number>/messages/<uuid:id>/again", ticket_acts.again, name="message_again"),
    path("tickets/<str:number>/steps/<uuid:id>/press", steps.press, name="step_press"),
    path("tickets/<str:number>/steps/<uuid:id>/look", steps.look, name="step_look"),
    path("tickets/<str:number>/steps/<uuid:id>/skip", steps.skip, name="step_skip"),
    path("tickets/<str:number>/steps/<uuid:id>/skip/sheet", steps.skip_sheet, name="step_skip_sheet"),
    path("messages/<uuid:id>/html", files.message_html, name="message_html"),
    path("attachments/<uuid:id>", files.attachment, name="attachment"),
    # --- beside tickets ------------------------------------------------------------------------------------------
    path("search", search.results, name="search"),
    path("overview", overview.overview, name="overview"),
    path("notices", notices.notices, name="notices"),
    path("notices/read", notices.read, name="notices_read"),
    path("notices/<uuid:id>", notices.notice, name="notice"),
    path("improvements", improvements.improvements, name="improvements"),
    path("improvements/<uuid:id>", improvements.improvement, name="improvement"),
]
