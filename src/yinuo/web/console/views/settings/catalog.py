"""Scenarios, the category tree and products."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yinuo.catalog import queries
from yinuo.catalog.models import Category
from yinuo.catalog.services import (
    CategoryLoop,
    PrefixTaken,
    move_category,
    save_category,
    save_product,
    save_scenario,
)
from yinuo.foundation.clock import now
from yinuo.foundation.errors import Missing
from yinuo.staff.errors import CodeTaken
from yinuo.staff.queries import teams
from yinuo.staff.rights import Right
from yinuo.web.console.settings_areas import CodeField, Versioned, choices_of, found, picked, settings_page
from yinuo.web.console.settings_words import CLASSES, named
from yinuo.web.console.views.base import carry_out, done, requires, viewer


class ScenarioForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=60, required=False)
    prefix = forms.RegexField(
        label=gettext_lazy("Prefix of ticket numbers"),
        regex=r"^[A-Z]{2,4}\Z",
        help_text=gettext_lazy("Two to four capital letters. Numbers already given keep theirs."),
        error_messages={"invalid": gettext_lazy("Two to four capital letters.")},
    )
    position = forms.IntegerField(label=gettext_lazy("Position in lists"), min_value=0, max_value=999)


@requires(Right.EDIT_CATALOG)
def scenarios(request: HttpRequest) -> HttpResponse:
    return settings_page(request, "scenarios", {"rows": queries.scenarios()}, area="scenarios")


@requires(Right.EDIT_CATALOG)
def scenario(request: HttpRequest, code: str) -> HttpResponse:
    """Scenarios come with procedures, so there is no making one here."""
    row = found(queries.scenario(code))
    initial = {name: getattr(row, name) for name in ScenarioForm.base_fields}
    form = ScenarioForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_scenario(code=code, **values, by=viewer(request).actor, now=now()),
            at={PrefixTaken: "prefix"},
            newest=lambda: found(queries.scenario(code)).version,
        )
        if not failed:
            return done(request, _("Saved."), "settings_scenarios")
    return settings_page(request, "scenario", {"form": form, "row": row}, area="scenarios", status=failed or 200)


class CategoryForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    name_en = forms.CharField(label=gettext_lazy("English name"), max_length=60, required=False)
    code = CodeField()
    parent = forms.ChoiceField(label=gettext_lazy("Stands below"), required=False)
    ticket_class = forms.ChoiceField(label=gettext_lazy("Class"), choices=CLASSES.items())
    scenario = forms.ChoiceField(
        label=gettext_lazy("Scenario"), help_text=gettext_lazy("Gives the number's prefix and the procedure.")
    )
    team = forms.ChoiceField(label=gettext_lazy("Goes to team"), required=False)
    keywords = forms.CharField(
        label=gettext_lazy("Own keywords"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Words of your desk that speak for this category, one a line or with commas between."),
    )
    active = forms.BooleanField(
        label=gettext_lazy("Can be chosen"), required=False, initial=True,
        help_text=gettext_lazy("A category that is switched off stays on old tickets."),
    )  # fmt: skip

    def __init__(self, *args: Any, row: Category | None = None, below: Category | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(row, below), **kwargs)
        self.nodes = [node for node in queries.category_tree() if row is None or node.category.id != row.id]
        self.all_scenarios, self.all_teams = queries.scenarios(), [team for team in teams() if team.active]
        self.fields["parent"].choices = [
            ("", _("top level")),
            *((str(node.category.id), "　" * node.depth + named(node.category)) for node in self.nodes),
        ]
        self.fields["scenario"].choices = [(scenario.code, named(scenario)) for scenario in self.all_scenarios]
        self.fields["team"].choices = choices_of(self.all_teams, empty=_("as the rules say"))

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = ("name", "name_en", "code", "ticket_class", "active")
        words = values["keywords"].replace("，", ",").replace("、", ",").replace("\n", ",").split(",")
        return {name: values[name] for name in plain} | {
            "parent": picked([node.category for node in self.nodes], values["parent"]),
            "scenario": picked(self.all_scenarios, values["scenario"]),
            "team": picked(self.all_teams, values["team"]),
            "keywords": list(dict.fromkeys(word.strip() for word in words if word.strip())),
        }


def _initial(row: Category | None, below: Category | None) -> dict[str, Any]:
    if row is None:
        if below is None:
            return {}
        return {"parent": str(below.id), "ticket_class": below.ticket_class, "scenario": below.scenario_id}
    plain = ("name", "name_en", "code", "ticket_class", "active", "version")
    return {name: getattr(row, name) for name in plain} | {
        "parent": str(row.parent_id or ""),
        "scenario": row.scenario_id,
        "team": str(row.team_id or ""),
        "keywords": "\n".join(row.keywords),
    }


@requires(Right.EDIT_CATALOG)
def categories(request: HttpRequest) -> HttpResponse:
    rows = [
        {
            "node": node,
            "category": node.category,
            "name": named(node.category),
            "class": CLASSES[node.category.ticket_class],
            "scenario": named(node.category.scenario),
        }
        for node in queries.category_tree()
    ]
    return settings_page(request, "categories", {"rows": rows}, area="categories")


@requires(Right.EDIT_CATALOG)
def category(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.category(id)) if id else None
    above = request.GET.get("below")
    below = _category_named(above) if above and not row else None
    form = CategoryForm(request.POST or None, row=row, below=below)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_category(
                id=id, version=values["version"] if id else None, **form.fields_of(values), by=viewer(request).actor,
                now=now(),
            ),
            at={CodeTaken: "code", CategoryLoop: "parent"},
            newest=lambda: found(queries.category(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_categories")
    return settings_page(request, "category", {"form": form, "row": row}, area="categories", status=failed or 200)


def _category_named(id: str) -> Category:
    try:
        return found(queries.category(UUID(id)))
    except ValueError:
        raise Missing from None


@requires(Right.EDIT_CATALOG)
@require_POST
def move(request: HttpRequest, id: UUID) -> HttpResponse:
    move_category(id=id, up=request.POST.get("up") == "1", by=viewer(request).actor, now=now())
    return done(request, _("Moved."), "settings_categories")


class ProductForm(Versioned):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    code = CodeField()
    model = forms.CharField(label=gettext_lazy("Model"), max_length=100, required=False)
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=100, required=False)
    active = forms.BooleanField(
        label=gettext_lazy("Can be chosen"), required=False, initial=True,
        help_text=gettext_lazy("A product that is switched off stays on old tickets."),
    )  # fmt: skip


@requires(Right.EDIT_CATALOG)
def products(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    return settings_page(request, "products", {"rows": queries.products(text), "q": text}, area="products")


@requires(Right.EDIT_CATALOG)
def product(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.product(id)) if id else None
    initial = {name: getattr(row, name) for name in ProductForm.base_fields} if row else {}
    form = ProductForm(request.POST or None, initial=initial)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_product(
                id=id, by=viewer(request).actor, now=now(), **(values if id else values | {"version": None})
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.product(id)).version,
        )
        if not failed:
            return done(request, _("Saved."), "settings_products")
    return settings_page(request, "product", {"form": form, "row": row}, area="products", status=failed or 200)
