"""Checks what was entered into a form: bad input gets a sentence that says what and where.

Cleaned values are plain JSON in one canonical form: instants as UTC texts (`2026-11-21T08:00:00+00:00`),
dates as `2026-11-21`, money as a text with two decimals, percent as a number, texts stripped.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from yinuo.domain.conditions import all_hold, is_empty
from yinuo.domain.procedure.model import SIGN_WAYS, Button, Field, Step
from yinuo.domain.reading import Text

TEXT_LIMIT = {"text": 500, "longtext": 20_000, "log": 5_000, "ref": 100}

SENTENCES: dict[str, Text] = {
    "required": Text("请填写“{label}”。", "“{label}” is needed."),
    "not_text": Text("“{label}”应是文字。", "“{label}” should be text."),
    "too_long": Text("“{label}”最多 {high} 个字。", "“{label}” may have {high} characters at most."),
    "too_short": Text("“{label}”至少 {low} 个字。", "“{label}” needs at least {low} characters."),
    "not_choice": Text("“{label}”请从列出的选项中选择。", "Choose one of the listed values for “{label}”."),
    "not_bool": Text("“{label}”请选择是或否。", "Answer “{label}” with yes or no."),
    "not_instant": Text("“{label}”应是带时区的日期和时间。", "“{label}” should be a date and time with its zone."),
    "not_date": Text("“{label}”应是日期,例如 2026-11-21。", "“{label}” should be a date such as 2026-11-21."),
    "not_number": Text("“{label}”应是数字。", "“{label}” should be a number."),
    "too_small": Text("“{label}”不能小于 {low}。", "“{label}” may not be less than {low}."),
    "too_large": Text("“{label}”不能大于 {high}。", "“{label}” may not be more than {high}."),
    "not_score": Text("“{label}”请打 1 到 5 分。", "Score “{label}” from 1 to 5."),
    "not_sign": Text(
        "“{label}”请注明确认方式:手写、门户按钮、录音或盖章。",
        "Say how “{label}” was given: by hand, in the portal, recorded or stamped.",
    ),
    "in_future": Text("“{label}”不能晚于现在。", "“{label}” cannot lie in the future."),
    "before_start": Text(
        "“{label}”不能早于收到客户来信（来电）、建立工单的时间。",
        "“{label}” cannot lie before the customer got in touch and the ticket was opened.",
    ),
    "in_past": Text("“{label}”不能早于现在。", "“{label}” cannot lie in the past."),
    "unknown": Text("这一步没有“{label}”这一项。", "This step has no field “{label}”."),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field; `code` is stable, `say` renders the sentence."""

    name: str
    code: str
    label: Text
    low: int | None = None
    high: int | None = None

    def say(self, language: str = "zh") -> str:
        """One sentence for the screen."""
        pattern = SENTENCES[self.code].say(language)
        return pattern.format(label=self.label.say(language) or self.name, low=self.low, high=self.high)


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """What is wrong with a form, in the order of its fields."""

    errors: tuple[FieldError, ...]

    def by_name(self, language: str = "zh") -> dict[str, list[str]]:
        """Sentences by field, as a form shows them."""
        found: dict[str, list[str]] = {}
        for error in self.errors:
            found.setdefault(error.name, []).append(error.say(language))
        return found


def visible_fields(step: Step, values: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of `step` shown for `values` (facts, collected fields and what is being typed)."""
    return tuple(field for field in step.fields if all_hold(field.visible_when, values))


def check_form(
    step: Step,
    values: Mapping[str, Any],
    *,
    known: Mapping[str, Any] | None = None,
    button: Button | None = None,
    now: datetime | None = None,
    since: Mapping[str, datetime] | None = None,
) -> dict[str, Any] | FieldErrors:
    """Clean `values` for `step`.

    `known` are facts and fields that stand already: they satisfy required fields and conditions.
    A `button` of kind save, wait or resume, or a lenient one, asks for no required field but its own
    `asks`. Instants marked `auto` are refused like unknown fields. With `now`, instants of things done
    (fields that are not `future`) may not lie in the future, and a date given to another department not in the past.
    `since`: from when on instants of things done may lie that keep a promise, to the minute.
    """
    errors: list[FieldError] = []
    cleaned: dict[str, Any] = {}
    asked = 0
    for field in step.fields:
        if field.auto or field.name not in values:
            continue
        asked += 1
        value, code = _clean(field, values[field.name])
        if code is None and field.type == "instant" and value and now is not None:
            code = _misplaced(field, value, step, button, canonical_instant(now), since)
        if code is not None:
            errors.append(FieldError(field.name, code, field.label, *_bounds(field)))
        else:
            cleaned[field.name] = value
    if asked != len(values):
        errors += _unknown(step, values)
    together = {**known, **cleaned} if known else cleaned.copy()
    faulty = {error.name for error in errors}
    for field in step.fields:
        if field.visible_when and not all_hold(field.visible_when, together):
            cleaned.pop(field.name, None)
            continue
        have = cleaned if field.type == "log" else together  # a log that is asked for wants a new entry
        if _is_asked(field, button, together) and is_empty(have.get(field.name)) and field.name not in faulty:
            errors.append(FieldError(field.name, "required", field.label))
    if errors:
        order = {field.name: index for index, field in enumerate(step.fields)}
        errors.sort(key=lambda error: order.get(error.name, len(order)))
        return FieldErrors(tuple(errors))
    return cleaned


def canonical_instant(value: datetime) -> str:
    """An aware instant as its canonical UTC text, to the microsecond only where there is one."""
    return value.astimezone(UTC).isoformat()


def _misplaced(
    field: Field, value: str, step: Step, button: Button | None, now: str, since: Mapping[str, datetime] | None
) -> str | None:
    """What is wrong with where an instant lies. What was done has passed, and lies after what it answers (to the
    minute, as forms take it); a date given to another department has not passed, else its promise would be broken as
    it is made."""
    if not field.future:
        first = since.get(field.name) if since else None
        if first is not None and value < canonical_instant(first.replace(second=0, microsecond=0)):
            return "before_start"
        return "in_future" if value > now else None
    given = button is not None and field.name in button.asks
    if given and value < now and any(field.name in (task.until, task.accept_until) for task in step.tasks):
        return "in_past"
    return None


def _unknown(step: Step, values: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in values:
        field = step.field(name)
        if field is None or field.auto:
            yield FieldError(name, "unknown", field.label if field else Text(name, name))


def _is_asked(field: Field, button: Button | None, values: Mapping[str, Any]) -> bool:
    if field.auto:
        return False
    if button is not None and field.name in button.asks:
        return True
    if button is not None and (button.lenient or button.kind != "finish"):
        return False
    return field.required or (bool(field.required_when) and all_hold(field.required_when, values))


def _bounds(field: Field) -> tuple[int | None, int | None]:
    high = field.high if field.high is not None else TEXT_LIMIT.get(field.type)
    return field.low, high


Cleaned = tuple[Any, str | None]


def _clean(field: Field, value: Any) -> Cleaned:
    """(canonical value, None) or (None, code). Emptiness is None here; whether it is needed comes later."""
    if isinstance(value, str):
        value = value.strip()
    if is_empty(value):
        return None, None
    return _CLEANERS[field.type](field, value)


def _text(field: Field, value: Any) -> Cleaned:
    if not isinstance(value, str):
        return None, "not_text"
    value = value.replace("\x00", "").replace("\r\n", "\n")
    low, high = _bounds(field)
    if high is not None and len(value) > high:
        return None, "too_long"
    if low is not None and len(value) < low:
        return None, "too_short"
    return value, None


def _one(field: Field, value: Any) -> Cleaned:
    for choice in field.choices:
        if choice.value == value:
            return value, None
    return None, "not_choice"


def _many(field: Field, value: Any) -> Cleaned:
    given = [value] if isinstance(value, str) else value
    allowed = [choice.value for choice in field.choices]
    if not isinstance(given, Sequence) or any(entry not in allowed for entry in given):
        return None, "not_choice"
    return [entry for entry in allowed if entry in given], None


_YES_NO = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def _bool(field: Field, value: Any) -> Cleaned:
    if isinstance(value, bool):
        return value, None
    if isinstance(value, str) and value.lower() in _YES_NO:
        return _YES_NO[value.lower()], None
    return None, "not_bool"


def _instant(field: Field, value: Any) -> Cleaned:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None, "not_instant"
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None, "not_instant"
    try:
        return canonical_instant(value), None
    except OverflowError:
        return None, "not_instant"


def _date(field: Field, value: Any) -> Cleaned:
    if isinstance(value, datetime):
        return None, "not_date"
    if isinstance(value, date):
        return value.isoformat(), None
    try:
        return date.fromisoformat(value).isoformat(), None
    except (TypeError, ValueError):
        return None, "not_date"


def _within(field: Field, number: Decimal | int | float) -> str | None:
    if field.low is not None and number < field.low:
        return "too_small"
    if field.high is not None and number > field.high:
        return "too_large"
    return None


def _int(field: Field, value: Any) -> Cleaned:
    try:
        number = value if isinstance(value, int) and not isinstance(value, bool) else int(str(value), 10)
    except ValueError:
        return None, "not_number"
    if abs(number) > 10**15:
        return None, "not_number"
    code = _within(field, number)
    return (None, code) if code else (number, None)


def _money(field: Field, value: Any) -> Cleaned:
    try:
        amount = Decimal(str(value).replace(",", "").replace("，", ""))
        if isinstance(value, bool) or not amount.is_finite() or abs(amount) >= 10**13:
            return None, "not_number"
        amount = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None, "not_number"
    code = _within(field, amount)
    return (None, code) if code else (f"{amount:.2f}", None)


def _percent(field: Field, value: Any) -> Cleaned:
    try:
        number = float(str(value).rstrip("%％"))
    except ValueError:
        return None, "not_number"
    if isinstance(value, bool) or not math.isfinite(number):
        return None, "not_number"
    low, high = field.low if field.low is not None else 0, field.high if field.high is not None else 100
    if not low <= number <= high:
        return None, "too_small" if number < low else "too_large"
    return number, None


def _score(field: Field, value: Any) -> Cleaned:
    number, code = _int(field, value)
    return (None, "not_score") if code or not 1 <= number <= 5 else (number, None)


def _sign(field: Field, value: Any) -> Cleaned:
    if isinstance(value, str):
        value = {"way": value}
    if not isinstance(value, Mapping) or value.get("way") not in SIGN_WAYS:
        return None, "not_sign"
    kept = {key: value[key] for key in ("way", "by", "at", "file") if isinstance(value.get(key), str)}
    return kept, None


def _log(field: Field, value: Any) -> Cleaned:
    """A new entry is a text; `advance` adds it, dated, to what is there."""
    return _text(field, value)


_CLEANERS: dict[str, Callable[[Field, Any], Cleaned]] = {
    "text": _text,
    "longtext": _text,
    "choice": _one,
    "multi": _many,
    "bool": _bool,
    "instant": _instant,
    "date": _date,
    "int": _int,
    "money": _money,
    "percent": _percent,
    "score": _score,
    "ref": _text,
    "sign": _sign,
    "log": _log,
}
