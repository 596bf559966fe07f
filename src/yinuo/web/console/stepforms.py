"""The form of a step: its fields as flat values for the template, and what was posted as plain values again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from yinuo.domain.conditions import all_hold, is_empty
from yinuo.domain.procedure import visible_fields
from yinuo.domain.procedure.model import Field, Step
from yinuo.domain.redaction import mask, mask_text
from yinuo.web.console.labels import language, say

PREFIX = "f."
Shown = dict[str, Any]
ZONE = ZoneInfo(settings.TIME_ZONE)
BEYOND: dict[str, str | Promise] = {
    "gt": gettext_lazy("More than %(figure)s: %(what)s."),
    "ge": gettext_lazy("%(figure)s or more: %(what)s."),
    "lt": gettext_lazy("Less than %(figure)s: %(what)s."),
    "le": gettext_lazy("%(figure)s or less: %(what)s."),
}
SIGN = ("handwritten", "portal", "recording", "stamp")


def sign_words(way: str) -> str:
    return {
        "handwritten": pgettext("signature", "By hand"),
        "portal": pgettext("signature", "On the customer's page"),
        "recording": pgettext("signature", "Recorded"),
        "stamp": pgettext("signature", "Stamp"),
    }.get(way, "")


def posted_values(step: Step, post: QueryDict, known: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, by field. A masked field left empty keeps the value that stands; a field not posted is left
    as it is."""
    values: dict[str, Any] = {}
    for field in step.fields:
        name = PREFIX + field.name
        if field.auto or (name not in post and f"{name}.way" not in post):
            continue
        value = _posted(field, post, name)
        if is_empty(value) and field.masked and not is_empty(known.get(field.name)):
            value = known[field.name]
        if is_empty(value) and is_empty(known.get(field.name)):
            continue
        values[field.name] = value
    return values


def _posted(field: Field, post: QueryDict, name: str) -> Any:
    if field.type == "multi":
        return [value for value in post.getlist(name) if value]
    if field.type == "sign":
        way = post.get(f"{name}.way", "")
        by = post.get(f"{name}.by", "").strip()
        return ({"way": way, "by": by} if by else {"way": way}) if way else None
    value = post.get(name, "")
    if field.type == "instant" and value:
        return _instant(value)
    return value


def _instant(value: str) -> str | datetime:
    """A browser's local date and time in the zone of the house."""
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        return value
    return local.replace(tzinfo=ZONE) if local.tzinfo is None else local


def form_fields(
    step: Step,
    standing: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    prefix: str,
    errors: Mapping[str, str],
    unmasked: bool,
    accounts: list[tuple[str, str]],
    names: Mapping[str, str],
) -> list[Shown]:
    """Fields shown for `values` (what is typed over what stands). `standing` alone decides what is masked."""
    conditions = _condition_values(step, values)
    watched = {condition.field for field in step.fields for condition in (*field.visible_when, *field.required_when)}
    shown = []
    for field in visible_fields(step, conditions):
        value = values.get(field.name)
        hidden = bool(field.masked) and not unmasked and not is_empty(standing.get(field.name))
        if field.auto and is_empty(value):
            continue
        shown.append(
            {
                "name": PREFIX + field.name,
                "id": f"{prefix}-{field.name}",
                "label": say(field.label),
                "hint": _hint(step, field),
                "type": field.type,
                "required": field.required or bool(field.required_when and all_hold(field.required_when, conditions)),
                "auto": field.auto,
                "watched": field.name in watched,
                "error": errors.get(field.name, ""),
                "masked": mask(field.masked, str(standing[field.name])) if hidden else "",
                "value": "" if hidden and value == standing.get(field.name) else _input(field, value),
                "shown": field_text(field, value, names, unmasked=unmasked),
                "options": _options(field, value, accounts),
                "log": _log(standing.get(field.name), names) if field.type == "log" else (),
                "way": value.get("way", "") if isinstance(value, Mapping) else "",
                "by": value.get("by", "") if isinstance(value, Mapping) else "",
            }
        )
    return shown


def _hint(step: Step, field: Field) -> str:
    """What the definition says of a field, and from which figure on somebody else decides."""
    hints = [say(field.hint)]
    if field.type in ("money", "int", "percent"):
        hints += [
            BEYOND[row.op] % {"figure": f"{row.value:,}", "what": say(arrow.label)}
            for arrow in step.arrows
            for row in arrow.when
            if row.field == field.name and row.op in BEYOND and isinstance(row.value, int) and say(arrow.label)
        ]
    return "".join(filter(None, hints)) if language() == "zh" else " ".join(filter(None, hints))


def _condition_values(step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed texts as conditions see them: a yes is a yes."""
    known = dict(values)
    for field in step.fields:
        if field.type == "bool" and known.get(field.name) in ("true", "false"):
            known[field.name] = known[field.name] == "true"
        elif field.type in ("int", "score") and str(known.get(field.name, "")).lstrip("-").isdigit():
            known[field.name] = int(known[field.name])
    return known


def _input(field: Field, value: Any) -> str:
    if is_empty(value) or field.type in ("sign", "multi") or (field.type == "log" and not isinstance(value, str)):
        return ""
    if field.type == "instant":
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return f"{instant.astimezone(ZONE):%Y-%m-%dT%H:%M}" if instant.tzinfo else str(value)
    return str(value)


def _options(field: Field, value: Any, accounts: list[tuple[str, str]]) -> list[Shown]:
    chosen = {str(one) for one in value} if isinstance(value, list | tuple) else {str(value).lower()}
    if field.type in ("choice", "multi"):
        exact = {str(value)} if field.type == "choice" else chosen
        return [
            {"value": choice.value, "label": say(choice.label), "on": choice.value in exact} for choice in field.choices
        ]
    if field.type == "bool":
        return [
            {"value": "true", "label": pgettext("answer", "Yes"), "on": "true" in chosen},
            {"value": "false", "label": pgettext("answer", "No"), "on": "false" in chosen},
        ]
    if field.type == "score":
        return [{"value": str(n), "label": str(n), "on": str(n) in chosen} for n in range(1, 6)]
    if field.type == "sign":
        way = value.get("way", "") if isinstance(value, Mapping) else ""
        return [{"value": one, "label": sign_words(one), "on": one == way} for one in SIGN]
    if field.type == "ref" and field.ref == "account":
        return [{"value": key, "label": label, "on": key == str(value)} for key, label in accounts]
    return []


def _log(value: Any, names: Mapping[str, str]) -> list[Shown]:
    if not isinstance(value, list):
        return []
    return [
        {"at_iso": entry.get("at", ""), "by": names.get(str(entry.get("by", "")), ""), "text": entry.get("text", "")}
        for entry in value
        if isinstance(entry, Mapping)
    ]


def field_text(field: Field, value: Any, names: Mapping[str, str], *, unmasked: bool) -> str:
    """A filled-in value as people read it; instants stay ISO for the screen to show."""
    if is_empty(value):
        return ""
    if field.masked and not unmasked:
        return mask(field.masked, str(value))
    if field.type in ("choice", "multi"):
        labels = {choice.value: say(choice.label) for choice in field.choices}
        given = value if isinstance(value, list) else [value]
        return "、".join(labels.get(str(one), str(one)) for one in given)
    if field.type == "bool":
        return pgettext("answer", "Yes") if value is True or value == "true" else pgettext("answer", "No")
    if field.type == "score":
        return _("%(score)s of 5") % {"score": value}
    if field.type == "sign" and isinstance(value, Mapping):
        by = value.get("by", "")
        return sign_words(str(value.get("way", ""))) + (f" · {by}" if by else "")
    if field.type == "money":
        return f"¥{value}" if language() == "zh" else f"CNY {value}"
    if field.type == "percent":
        return f"{value}%"
    if field.type == "ref":
        return names.get(str(value), str(value) if field.ref != "account" else "")
    text = str(value)
    return text if unmasked or field.type not in ("text", "longtext") else mask_text(text)


def filled_in(step: Step, form: Mapping[str, Any], names: Mapping[str, str], *, unmasked: bool) -> list[Shown]:
    """What a finished step holds, in the order of its fields."""
    return [
        {
            "label": say(field.label),
            "type": field.type,
            "iso": str(form[field.name]) if field.type == "instant" else "",
            "text": field_text(field, form[field.name], names, unmasked=unmasked),
            "log": _log(form[field.name], names) if field.type == "log" else (),
        }
        for field in step.fields
        if not is_empty(form.get(field.name))
    ]


def people_in(step: Step, values: Mapping[str, Any]) -> set[str]:
    """Accounts whose names the form needs."""
    found = {str(values[f.name]) for f in step.fields if f.type == "ref" and f.ref == "account" and values.get(f.name)}
    for field in step.fields:
        if field.type == "log" and isinstance(values.get(field.name), list):
            found |= {str(entry.get("by", "")) for entry in values[field.name] if isinstance(entry, Mapping)}
    return {one for one in found if one}
