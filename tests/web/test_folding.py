"""Folded templates render to the byte what Django's own way renders."""

import pytest
from django.template import Context, Engine
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

PLAIN = "django.template.loaders.locmem.Loader"
INNER = "{% if row.a %}[{{ row.a }}]{% else %}-{% endif %}{{ label }}"
BUILTINS = ["django.templatetags.i18n", "django.templatetags.static"]


class Thing:
    name = "<b>thing</b>"

    def __getitem__(self, key):
        raise KeyError(key)

    def called(self):
        return "called & shown"

    @property
    def failing(self):
        raise AttributeError("inside")


CONTEXT = {
    "row": {
        "a": "<a & 'b'>",
        "safe": mark_safe("<i>"),
        "count": 12345,
        "few": 999,
        "owed": -999,
        "none": None,
        "items": "own",
        "list": ["x", "y"],
    },
    "lazy": gettext_lazy("Search"),
    "thing": Thing(),
    "label": "outer",
    "truth": True,
    "numbers": [1, 2],
    "rows": ({"a": "<1>", "n": 1, "list": (7, 8), "safe": mark_safe("<i>")}, {"a": "2'", "n": 0, "list": []}, {}),
    "pairs": [("a", 1), ("b&", 2000)],
    "made": range(3),
    "none": None,
}
PAGES = [
    '{% translate "Search" %} {% translate "Search" as word %}{{ word }}',
    "{{ row.a }}{{ row.safe }}{{ row.count }}{{ row.none }}{{ row.missing }}{{ missing }}{{ missing.more }}",
    "{{ row.items }}{{ row.keys }}{{ row.list.1 }}{{ row.list.9 }}{{ lazy }}{{ thing.name }}{{ thing.called }}",
    "{% if row.a and not row.none %}yes{% elif missing %}no{% endif %}{% if row.count == 12345 %}={% endif %}",
    "{% if thing.called %}1{% endif %}{% if missing or row.missing %}2{% else %}3{% endif %}",
    "{% if row.list %}4{% endif %}{% if not missing %}5{% endif %}{% if row.none is None %}6{% endif %}",
    '{% include "inner" %}{% include "inner" with label=row.a %}{{ label }}{% include "inner" with label="x" only %}',
    '{% for n in numbers %}{{ n }}{{ forloop.counter }}{% include "inner" %}{% cycle "a" "b" %}{% endfor %}',
    "{% autoescape off %}{{ row.a }}{% endautoescape %}{{ row.a|upper }}{{ missing|default:1 }}{{ template.name }}",
    '{% extends "base" %}{% block main %}{{ block.super }}{% include "inner" %}{% endblock %}',
    "{% blocktranslate %}Search{% endblocktranslate %}{% blocktranslate with a=row.a %}{{ a }}{% endblocktranslate %}",
    '{% comment %}nothing{% endcomment %}{# nor this #}{% csrf_token %}{{ csrf_token }}{% include "again" with n=2 %}',
    "{{ row.few }}{{ row.owed }}{% for n in row.list %}{{ n }}{{ row.few }}{% empty %}{{ n }}-{% endfor %}",
    ' {% extends "middle" %}{% block main %}{{ block.super }}!{% endblock %}',
    "{% for r in rows %}<{{ r.a }}{{ r.n }}{{ label }}{% if r.n and label %}+{% endif %}>{% endfor %}{{ r }}",
    "{% for r in rows %}{% for n in r.list %}{{ n }}{{ r.a }}{{ label }}{% empty %}{{ label }}{% endfor %}{% endfor %}",
    '{% for r in rows %}{% include "inner" with row=r label=r.n class=r.a %}{% endfor %}{{ label }}',
    "{% for r in rows %}{% for r in r.list %}{{ r }}{% endfor %}{{ r.a }}{% endfor %}",
    '{% for r in rows %}{% include "said" with label=r.a %}{{ label }}{% endfor %}',
    '{% include "said" with label=row.a %}{{ label }}',
    "{% for r in rows %}{% if r.n == forloop.counter %}{{ r.a }}{% endif %}{% endfor %}",
    '{% for r in rows %}{% include "inner" with label=forloop.counter %}{% if forloop.last %}.{% endif %}{% endfor %}',
    "{% for a in none %}{{ a }}{% empty %}{{ a }}e{% endfor %}{% for a in made %}{{ a }}{% endfor %}",
    "{% for a in rows reversed %}{{ a.n }}{% endfor %}{% for a, b in pairs %}{{ a }}{{ b }}{{ label }}{% endfor %}",
    "{% if not thing.failing %}1{% endif %}{% if truth and thing.failing %}2{% endif %}{% if row.keys %}3{% endif %}",
    '{% if row.few == 999 and row.a != "x" or missing %}1{% elif row.none == None %}2{% else %}3{% endif %}',
    "{% if row.count > 3 and not row.few > row.a %}1{% endif %}{% if row.none %}{% elif lazy %}2{% endif %}",
    "{% autoescape off %}{% for r in rows %}{{ r.a }}{{ lazy }}{{ r.safe }}{% endfor %}{% endautoescape %}",
    "{% for get in numbers %}{{ get }}{% endfor %}{% for if in numbers %}{{ if }}{% endfor %}",
    "{% for r in rows %}{{ r.a|upper }}{{ r.items }}{% endfor %}{{ get }}",
    "{% for r in rows %}{{ r.safe }}{{ thing.called }}{% endfor %}{% for a in row.a %}{{ a }}{% endfor %}",
    "{% with row=row.list %}{{ row.0 }}{% endwith %}{{ truth }}{{ row.count|add:1 }}{% firstof missing row.a %}",
]
SOURCES = {
    "inner": INNER,
    "base": "<{% block main %}{% translate 'Search' %}{{ label }}{% endblock %}>",
    "middle": ' {% extends "base" %}{% block main %}{{ block.super }}?{{ label }}{% endblock %}',
    "said": '{% translate "Search" as label %}{{ label }}{% if label %}{{ label }}{% endif %}',
    "again": "({{ n }}{% if n == 2 %}{% include 'again' with n=1 %}{% endif %})",
    **{f"page{number}": page for number, page in enumerate(PAGES)},
}


def rendered(loader: str, name: str) -> str:
    engine = Engine(loaders=[(loader, [(PLAIN, SOURCES)])], builtins=BUILTINS)
    request = RequestFactory().get("/")
    return [engine.get_template(name).render(Context({**CONTEXT, "request": request})) for _ in range(2)]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", [f"page{number}" for number in range(len(PAGES))])
def test_the_output_is_that_of_django(name, language):
    with translation.override(language):
        plain = rendered("django.template.loaders.cached.Loader", name)
        assert rendered("yinuo.web.folding.Loader", name) == plain


def test_one_loader_keeps_languages_apart():
    engine = Engine(
        loaders=[("yinuo.web.folding.Loader", [(PLAIN, {"a": "{% translate 'Search' %}"})])], builtins=BUILTINS
    )
    found = []
    for language in ("zh-hans", "en", "zh-hans"):
        with translation.override(language):
            found.append(engine.get_template("a").render(Context()))
    assert found == ["搜索", "Search", "搜索"]


def test_an_error_inside_a_property_is_not_hidden():
    engine = Engine(loaders=[("yinuo.web.folding.Loader", [(PLAIN, {"a": "{{ thing.failing }}"})])])
    with pytest.raises(AttributeError):
        engine.get_template("a").render(Context(CONTEXT))
