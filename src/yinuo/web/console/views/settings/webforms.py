"""Forms on the public pages: what they ask, where their answers go, whose pages may show them."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.catalog.models import Category
from yinuo.catalog.queries import categories_to_choose
from yinuo.channels import queries
from yinuo.channels.models import WebForm
from yinuo.channels.services.webforms import save_web_form
from yinuo.foundation.clock import now
from yinuo.staff.errors import CodeTaken
from yinuo.staff.queries import teams
from yinuo.staff.rights import Right
from yinuo.web.addresses import reverse
from yinuo.web.console.labels import named
from yinuo.web.console.settings_areas import CodeField, Versioned, choices_of, found, picked, settings_page
from yinuo.web.console.views.base import carry_out, done, requires, viewer

HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
MOST_SITES = 20


def origins_of(text: str) -> list[str]:
    """Origins written one a line, as `https://shop.example`. Raises `ValidationError` naming the first that is none."""
    origins = []
    for line in text.split():
        try:
            parts = urlsplit(line.lower())
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        host = parts.hostname or ""
        if parts.scheme not in ("https", "http") or not HOST.fullmatch(host) or parts.path not in ("", "/"):
            raise forms.ValidationError(
                _("“%(line)s” is no site, such as https://shop.example."), params={"line": line}
            )
        origins.append(f"{parts.scheme}://{host}" + (f":{port}" if port else ""))
    if len(origins) > MOST_SITES:
        raise forms.ValidationError(_("At most %(most)s sites."), params={"most": MOST_SITES})
    return list(dict.fromkeys(origins))


class WebFormForm(Versioned):
    """Beside the fields below, each category has a check box `topic-<code>` and its words `words-<code>`,
    `words_en-<code>`."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    title_en = forms.CharField(label=gettext_lazy("English title"), max_length=80, required=False)
    code = CodeField()
    team = forms.ChoiceField(label=gettext_lazy("Queue"), required=False)
    intro = forms.CharField(
        label=gettext_lazy("Introduction"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    intro_en = forms.CharField(
        label=gettext_lazy("English introduction"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    sites = forms.CharField(
        label=gettext_lazy("Sites that may show it in a frame"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://shop.example", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line. Empty: only pages of our own."),
    )  # fmt: skip
    active = forms.BooleanField(label=gettext_lazy("Customers can reach it"), required=False, initial=True)

    def __init__(self, *args: Any, row: WebForm | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(row) if row else {}, **kwargs)
        self.all_teams = [team for team in teams() if team.active]
        self.fields["team"].choices = choices_of(  # type: ignore[attr-defined]
            self.all_teams, empty=gettext_lazy("by the topic")
        )
        chosen = {topic["category"]: topic for topic in row.topics} if row else {}
        self.rows = []
        for category, depth in categories_to_choose():
            words = chosen.get(category.code, {"title": "", "title_en": ""})
            self._add_topic(category, depth, on=category.code in chosen, words=words)

    def _add_topic(self, category: Category, depth: int, *, on: bool, words: dict[str, str]) -> None:
        code, name = category.code, named(category.name, category.name_en)
        self.fields[f"topic-{code}"] = forms.BooleanField(label=name, required=False, initial=on)
        for part, kept, hint in (
            ("words", words["title"], category.name),
            ("words_en", words["title_en"], category.name_en or category.name),
        ):
            self.fields[f"{part}-{code}"] = forms.CharField(
                label=name, required=False, max_length=60, initial=kept,
                widget=forms.TextInput(attrs={"placeholder": hint}),
            )  # fmt: skip
        self.rows.append((code, depth))

    @property
    def topic_rows(self) -> list[dict[str, Any]]:
        return [
            {"on": self[f"topic-{code}"], "words": self[f"words-{code}"], "words_en": self[f"words_en-{code}"],
             "depth": depth}
            for code, depth in self.rows
        ]  # fmt: skip

    def clean_sites(self) -> list[str]:
        return origins_of(self.cleaned_data["sites"])

    def fields_of(self, values: dict[str, Any]) -> dict[str, Any]:
        plain = ("title", "title_en", "code", "intro", "intro_en", "sites", "active")
        topics = [
            {"category": code, "title": values[f"words-{code}"], "title_en": values[f"words_en-{code}"]}
            for code, _depth in self.rows
            if values[f"topic-{code}"]
        ]
        return {name: values[name] for name in plain} | {
            "topics": topics, "team": picked(self.all_teams, values["team"])
        }  # fmt: skip


def _initial(row: WebForm) -> dict[str, Any]:
    plain = ("title", "title_en", "code", "intro", "intro_en", "active", "version")
    return {name: getattr(row, name) for name in plain} | {
        "team": str(row.team_id or ""),
        "sites": "\n".join(row.sites),
    }


@requires(Right.EDIT_FORMS)
def web_forms(request: HttpRequest) -> HttpResponse:
    rows = [
        {"row": row, "topics": len(row.topics), "url": _url(row) if row.active else ""} for row in queries.web_forms()
    ]
    return settings_page(request, "web_forms", {"rows": rows}, area="web_forms")


@requires(Right.EDIT_FORMS)
def web_form(request: HttpRequest, id: UUID | None = None) -> HttpResponse:
    row = found(queries.web_form(id)) if id else None
    form = WebFormForm(request.POST or None, row=row)
    failed = 0
    if request.method == "POST":
        failed = carry_out(
            form,
            lambda values: save_web_form(
                id=id, version=values["version"] if id else None, **form.fields_of(values), by=viewer(request).actor,
                now=now(),
            ),
            at={CodeTaken: "code"},
            newest=lambda: found(queries.web_form(id)).version,
        )  # fmt: skip
        if not failed:
            return done(request, _("Saved."), "settings_web_forms")
    context = {"form": form, "row": row, "url": _url(row) if row else "", "frame": _frame(row) if row else ""}
    return settings_page(request, "web_form", context, area="web_forms", status=failed or 200)


def _url(row: WebForm) -> str:
    return settings.BASE_URL + reverse("portal_form", args=[row.code])


def _frame(row: WebForm) -> str:
    """What is written into a page that shows the form."""
    return f'<iframe src="{_url(row)}?embed" width="100%" height="760" title="{row.title}"></iframe>'
