"""The fields a customer fills in."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from yinuo.catalog.queries import categories_to_choose
from yinuo.channels.models import WebForm
from yinuo.customers.errors import IdentityInvalid
from yinuo.customers.identities import normalise
from yinuo.customers.models import IdentityKind
from yinuo.tickets.services.portal import MOST_CHARS
from yinuo.web.console.labels import named

TRAP = "homepage"


def one_line(text: str) -> str:
    """Without controls and line ends, which could pass for something else where the text is shown or sent."""
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") else char for char in text)
    return " ".join(plain.split())


def topic_choices(form: WebForm) -> list[tuple[str, str]]:
    """Code of the category and what the customer reads; categories switched off meanwhile are left out."""
    known = {category.code: category for category, _depth in categories_to_choose()}
    return [
        (topic["category"], named(topic["title"], topic["title_en"]) or named(category.name, category.name_en))
        for topic in form.topics
        if (category := known.get(topic["category"]))
    ]


class VisitorForm(forms.Form):
    """`homepage` is seen by programs only."""

    name = forms.CharField(
        label=gettext_lazy("How may we call you"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    contact = forms.CharField(
        label=gettext_lazy("Mail address or phone number"), max_length=254,
        help_text=gettext_lazy("By mail you get every answer and a link to follow the matter. By phone we call you."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    topic = forms.ChoiceField(
        label=gettext_lazy("What is it about"), widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what it is about.")},
    )  # fmt: skip
    text = forms.CharField(
        label=pgettext_lazy("form", "What happened"), max_length=MOST_CHARS,
        help_text=gettext_lazy("Product or order number, what you see, since when. Please no ID or bank card numbers."),
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={"required": gettext_lazy("Tell us what happened.")},
    )  # fmt: skip
    homepage = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, web_form: WebForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = topic_choices(web_form)
        if choices:
            self.fields["topic"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["topic"]

    def clean_name(self) -> str:
        return _filled(one_line(self.cleaned_data["name"]))

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        _filled(one_line(text))
        return text

    def clean_contact(self) -> str:
        contact = one_line(self.cleaned_data["contact"])
        kind = kind_of(contact)
        try:
            return normalise(kind, contact)
        except IdentityInvalid:
            if kind == IdentityKind.EMAIL:
                raise forms.ValidationError(_("This is no complete mail address, such as name@example.com.")) from None
            raise forms.ValidationError(
                _("Write a mail address, or a phone number with its area code (abroad with + and the country).")
            ) from None


def _filled(text: str) -> str:
    if not text:
        raise forms.ValidationError(_("This field is required."))
    return text


def kind_of(contact: str) -> IdentityKind:
    return IdentityKind.EMAIL if "@" in contact else IdentityKind.PHONE


def language_of_page() -> str:
    """English where that was chosen; else what was written decides."""
    return "en" if (get_language() or "").startswith("en") else ""
