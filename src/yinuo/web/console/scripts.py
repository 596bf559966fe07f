"""Scripts (话术) with the blanks that are known filled in; the others are marked for whoever speaks."""

from collections.abc import Mapping
from string import Formatter

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinuo.domain.procedure import Definition
from yinuo.procedures.messages import joined
from yinuo.web.console.labels import Words, say

BLANKS: dict[str, Words] = {
    "order_number": _("order number"),
    "time": pgettext_lazy("blank", "time"),
    "symptom": _("symptom"),
    "need": _("what is wanted"),
    "due": _("promised time"),
    "agent": _("your name"),
    "own_agent": _("own agent"),
    "owner": pgettext_lazy("blank", "owner"),
    "company": _("company"),
    "hotline": _("hotline"),
    "channel": pgettext_lazy("blank", "channel"),
    "solution": _("solution"),
    "diagnosis": _("diagnosis"),
    "planned_at": _("planned time"),
    "question": _("point to be checked"),
}


def filled_script(text: str, blanks: Mapping[str, str], definition: Definition) -> str:
    """The script; an unknown blank stands in lenticular brackets under its name in words."""
    parts = []
    for literal, name, _spec, _conversion in Formatter().parse(text):
        parts.append(literal)
        if name:
            parts.append(blanks.get(name) or f"【{_called(name, definition)}】")
    return joined(parts)


def _called(name: str, definition: Definition) -> str:
    field = definition.field_by_name.get(name)
    if field:
        return say(field.label)
    return str(BLANKS.get(name, _("to fill in")))
