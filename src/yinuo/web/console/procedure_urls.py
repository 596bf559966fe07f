"""Addresses of procedures: the list, versions, the draft, its review."""

from django.urls import URLPattern, URLResolver, path

from yinuo.web.console.views.settings.procedures import draft, importing, parts, review, shipped, shown, trying

DRAFT = "settings/procedures/<slug:code>/draft"
PART = f"{DRAFT}/steps/<slug:step>/<slug:part>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/procedures", shown.procedures, name="settings_procedures"),
    path("settings/procedures/bring-in", importing.bring_in, name="settings_procedure_import"),
    path("settings/procedures/<slug:code>", shown.procedure, name="settings_procedure"),
    path("settings/procedures/<slug:code>/<int:nth>", shown.version, name="settings_procedure_version"),
    path("settings/procedures/<slug:code>/<int:nth>/export", shown.export, name="settings_procedure_export"),
    path("settings/procedures/<slug:code>/<int:nth>/bpmn", shown.bpmn, name="settings_procedure_bpmn"),
    path("settings/procedures/<slug:code>/<int:nth>/steps/<slug:step>", shown.step, name="settings_procedure_step"),
    path("settings/procedures/<slug:code>/retire", shown.retire, name="settings_procedure_retire"),
    path("settings/procedures/<slug:code>/open", draft.open_, name="settings_procedure_open"),
    path("settings/procedures/<slug:code>/shipped", shipped.shipped, name="settings_procedure_shipped"),
    path("settings/procedures/<slug:code>/shipped/take", shipped.take, name="settings_procedure_take_shipped"),
    path("settings/procedures/<slug:code>/shipped/hide", shipped.hide, name="settings_procedure_hide_shipped"),
    path(f"{DRAFT}", draft.draft, name="settings_procedure_draft"),
    path(f"{DRAFT}/export", draft.export, name="settings_procedure_draft_export"),
    path(f"{DRAFT}/discard", draft.drop, name="settings_procedure_drop"),
    path(f"{DRAFT}/whole", draft.whole, name="settings_procedure_draft_whole"),
    path(f"{DRAFT}/whole/<slug:part>/new", parts.part, name="settings_procedure_whole_new"),
    path(f"{DRAFT}/whole/<slug:part>/<int:place>", parts.part, name="settings_procedure_whole_part"),
    path(f"{DRAFT}/whole/<slug:part>/<int:place>/move", parts.move, name="settings_procedure_whole_move"),
    path(f"{DRAFT}/whole/<slug:part>/<int:place>/remove", parts.remove, name="settings_procedure_whole_remove"),
    path(f"{DRAFT}/new-step", draft.new_step, name="settings_procedure_step_new"),
    path(f"{DRAFT}/steps/<slug:step>", draft.step, name="settings_procedure_draft_step"),
    path(f"{DRAFT}/steps/<slug:step>/move", draft.move_step, name="settings_procedure_step_move"),
    path(f"{DRAFT}/steps/<slug:step>/remove", draft.remove_step, name="settings_procedure_step_remove"),
    path(f"{PART}/new", parts.part, name="settings_procedure_part_new"),
    path(f"{PART}/<int:place>", parts.part, name="settings_procedure_part"),
    path(f"{PART}/<int:place>/move", parts.move, name="settings_procedure_part_move"),
    path(f"{PART}/<int:place>/remove", parts.remove, name="settings_procedure_part_remove"),
    path(f"{DRAFT}/try", trying.try_it, name="settings_procedure_try"),
    path(f"{DRAFT}/review", review.review, name="settings_procedure_review"),
    path(f"{DRAFT}/review/comment", review.comment, name="settings_procedure_comment"),
    path(f"{DRAFT}/review/take-back", review.withdraw, name="settings_procedure_withdraw"),
    path(f"{DRAFT}/review/decide", review.decide, name="settings_procedure_decide"),
]
