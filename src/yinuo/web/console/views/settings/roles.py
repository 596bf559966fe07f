"""Roles and what they may do, as one table."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.foundation.clock import now
from yinuo.foundation.errors import Changed, YinuoError
from yinuo.staff import queries
from yinuo.staff.errors import CodeTaken
from yinuo.staff.models import Role
from yinuo.staff.rights import Right
from yinuo.staff.services import remove_structure, save_rights, save_structure
from yinuo.web.console.settings_areas import CodeField, Versioned, found, settings_page
from yinuo.web.console.settings_words import RIGHTS, named
from yinuo.web.console.views.base import carry_out, done, requires, viewer
from yinuo.web.console.views.settings.structure import TIERS


class RoleForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=60, required=False)
    code = CodeField()
    tier = forms.TypedChoiceField(
        label=gettext_lazy("Tier"), required=False, coerce=int, empty_value=None,
        choices=[("", gettext_lazy("serves no customers")), *TIERS],
    )  # fmt: skip


@requires(Right.EDIT_STAFF)
def roles(request: HttpRequest) -> HttpResponse:
    """The table of roles and rights; one save for all of it."""
    rows = queries.roles()
    sentence, status = "", 200
    if request.method == "POST":
        known = {right.value for right in Right}
        wanted = {
            role.id: (
                int(request.POST.get(f"version-{role.id}") or 0),
                [right for right in request.POST.getlist(f"role-{role.id}") if right in known],
            )
            for role in rows
            if f"version-{role.id}" in request.POST
        }
        try:
            save_rights(rights=wanted, by=viewer(request).actor, now=now())
            return done(request, _("Saved."), "settings_roles")
        except YinuoError as error:
            sentence, status = str(error), error.status
            if not isinstance(error, Changed):
                for role in rows:
                    role.rights = wanted.get(role.id, (0, role.rights))[1]
    table = [
        (right.value, words, [(role, right.value in role.rights) for role in rows]) for right, words in RIGHTS.items()
    ]
    heads = [(role, named(role)) for role in rows]
    context = {"heads": heads, "table": table, "sentence": sentence}
    return settings_page(request, "roles", context, area="roles", status=status)


@requires(Right.EDIT_STAFF)
def role(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.role(id)) if id else None
    names = ("name", "name_en", "code", "tier", "version")
    form = RoleForm(request.POST or None, initial={name: getattr(row, name) for name in names} if row else {})
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_structure(
                model=Role, id=id, **(values if id else values | {"version": None}),
                by=viewer(request).actor, now=now(),
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.role(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_roles")
    return settings_page(request, "role", {"form": form, "row": row}, area="roles", status=failed or 200)


@requires(Right.EDIT_STAFF)
@require_POST
def remove_role(request: HttpRequest, id: UUID) -> HttpResponse:
    remove_structure(model=Role, id=id, by=viewer(request).actor, now=now())
    return done(request, _("Removed."), "settings_roles")
