"""“Try it”: a ticket played through the draft with a clock that is moved by hand. Nothing is stored or sent."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from yinuo.calendars.queries import calendar_of, calendars
from yinuo.catalog.queries import scenarios
from yinuo.domain.procedure import FormFaulty, ProcedureError, available_buttons
from yinuo.domain.procedure.model import Step
from yinuo.domain.procedure.playing import DOES, Department, Happen, Move, Pass, Play, Press, Rules, SkipStep, played
from yinuo.domain.worktime import CalendarError
from yinuo.foundation.clock import now
from yinuo.foundation.errors import InvalidForm, Missing
from yinuo.procedures.errors import refused
from yinuo.sla.policies import policies_of, version_in_force
from yinuo.staff.queries import default_team
from yinuo.web.console.labels import language
from yinuo.web.console.playing import (
    MOST_MOVES,
    Told,
    example,
    happenings_of,
    log_shown,
    promises_shown,
    tasks_shown,
    values_of,
)
from yinuo.web.console.rows import iso
from yinuo.web.console.stepforms import form_fields, posted_values
from yinuo.web.console.views.base import requires, viewer, wants_fragment
from yinuo.web.console.views.settings.limits.base import words_for
from yinuo.web.console.views.settings.procedures.base import MAY_SEE, procedures_page
from yinuo.web.console.views.settings.procedures.draft import Bench

ZONE = ZoneInfo(settings.TIME_ZONE)
USUAL = {"channel": "email", "urgency": "normal", "tier": "ordinary", "ticket_class": "service", "impact": "normal",
         "complexity": "normal", "grade": ""}  # fmt: skip
STEPS_OF_TIME = (
    ("600", "10", "minutes"), ("3600", "1", "hours"), ("14400", "4", "hours"), ("86400", "1", "days"),
)  # fmt: skip


@requires(*MAY_SEE)
def try_it(request: HttpRequest, code: str) -> HttpResponse:
    """Facts to begin with; then steps under way with their forms, the clock, promises, what would be sent."""
    bench = Bench(code)
    if request.method != "POST" or request.POST.get("act") == "again":
        return procedures_page(request, "try_begin", bench.context | _beginning(bench))
    told = (
        _begun(request, bench) if request.POST.get("act") == "begin" else Told.from_json(request.POST.get("play", ""))
    )
    try:
        play, error, done = _replayed(bench, told)
        if wants_fragment(request):
            return _look(request, bench, play)
        if error is None:
            play, error = _moved(request, bench, told, play)
        else:
            told.moves = told.moves[:done]
    except (CalendarError, OverflowError) as trouble:
        raise InvalidForm from trouble
    return _play_page(request, bench, told, play, error)


def _facts(bench: Bench) -> list[dict[str, Any]]:
    """Facts with a list to choose from: those of the definition, and those that limits ask about."""
    desk = bench.desk()
    names = dict.fromkeys([*(fact.name for fact in bench.definition.facts), "tier"])
    shown = []
    for name in names:
        choices = desk.values(name)
        if choices:
            usual = USUAL.get(name, choices[0][0])
            choices = choices if usual else [("", _("not known yet")), *choices]
            shown.append({"name": name, "label": bench.speech.field(name), "choices": choices, "usual": usual})
    return shown


def _beginning(bench: Bench) -> dict[str, Any]:
    return {
        "facts": _facts(bench),
        "calendars": [(str(row.id), row.name) for row in calendars()],
        "calendar": str(default_team().calendar_id),
        "start": f"{now().astimezone(ZONE):%Y-%m-%dT%H:%M}",
    }


def _begun(request: HttpRequest, bench: Bench) -> Told:
    """A play at its beginning. Raises `InvalidForm`."""
    allowed = {one["name"]: {value for value, _label in one["choices"]} for one in _facts(bench)}
    given = {name: request.POST.get(f"fact_{name}", "") for name in allowed}
    try:
        start = datetime.fromisoformat(request.POST.get("start", "")).replace(tzinfo=ZONE)
        calendar_id = UUID(request.POST.get("calendar", ""))
    except ValueError as error:
        raise InvalidForm from error
    if not 2000 <= start.year <= 2100:
        raise InvalidForm
    return Told(start.astimezone(UTC), {k: v for k, v in given.items() if v and v in allowed[k]}, calendar_id)


def _replayed(bench: Bench, told: Told) -> tuple[Play, ProcedureError | None, int]:
    if str(told.calendar_id) not in {str(row.id) for row in calendars()}:
        raise Missing
    version = version_in_force()
    rules = Rules(policies_of(version) if version else {}, calendar_of(told.calendar_id))
    facts: dict[str, Any] = {**told.facts, "received_at": told.at.isoformat(), "scenario": _scenario(bench)}
    play = Play.begin(bench.definition, rules, facts, frozenset(bench.names.role), told.at)
    return played(play, told.moves)


def _scenario(bench: Bench) -> str:
    return next((one.code for one in scenarios() if one.procedure == bench.draft.code), "")


def _moved(request: HttpRequest, bench: Bench, told: Told, play: Play) -> tuple[Play, ProcedureError | None]:
    """One more move, as the button says; the play stays where it was when it cannot be done."""
    act = request.POST.get("act", "")
    if act == "back":
        told.moves = told.moves[:-1]
        play, error, _done = _replayed(bench, told)
        return play, error
    move = _move(request, bench, play, act)
    if move is None or len(told.moves) >= MOST_MOVES:
        return play, None
    try:
        play.do(move)
    except ProcedureError as error:
        return play, error
    told.moves.append(move)
    return play, None


def _move(request: HttpRequest, bench: Bench, play: Play, act: str) -> Move | None:
    kind, _colon, rest = act.partition(":")
    if kind == "press":
        step_key, _colon, button = rest.partition(":")
        step = bench.definition.step_by_key.get(step_key)
        if step is None:
            raise InvalidForm
        return Press(step_key, button, _plain(posted_values(step, request.POST, play.run.fields)))
    if kind == "skip":
        return SkipStep(rest)
    if kind == "task":
        does, _colon, number = rest.partition(":")
        known = does == "accepted" or does in DOES
        return Department(int(number), does) if known and number.isdigit() and len(number) < 5 else None
    if kind == "happen":
        scores = dict(happenings_of(bench.definition)).get(rest, ())
        given = {name: request.POST.get(f"score_{name}", "") for name in scores}
        return Happen(rest, {name: int(value) for name, value in given.items() if value in "12345" and value})
    if kind == "pass" and rest.isdigit() and len(rest) < 9:
        return Pass(play.now + timedelta(seconds=int(rest)))
    if kind == "next":
        until = play.next_thing()
        return Pass(until + timedelta(seconds=1)) if until else None
    return None


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON can carry them."""
    return {name: value.isoformat() if isinstance(value, datetime | date) else value for name, value in values.items()}


def _look(request: HttpRequest, bench: Bench, play: Play) -> HttpResponse:
    """The fields of one step again, with those that now show."""
    step = bench.definition.step_by_key.get(request.POST.get("step", ""))
    if step is None or play.run.step(step.key) is None:
        raise InvalidForm
    typed = {**play.run.fields, **posted_values(step, request.POST, play.run.fields)}
    context = {"step": _step_shown(request, bench, play, step, typed, {})}
    return render(request, "console/tickets/step_fields.html", context)


def _step_shown(
    request: HttpRequest, bench: Bench, play: Play, step: Step, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    who = viewer(request).account
    speech = bench.speech
    active = play.run.step(step.key)
    fields = form_fields(
        step, play.run.fields, {**values_of(play), **typed}, prefix=f"try-{step.key}", errors=errors, unmasked=True,
        accounts=[(str(who.id), who.name)], names={str(who.id): who.name},
    )  # fmt: skip
    return {
        "id": step.key,
        "title": speech.step(step.key),
        "role": speech.role(step.role),
        "round": active.round if active else 1,
        "wait": active.wait if active else "",
        "fields": fields,
        "may_work": True,
        "look_url": request.path,
        "buttons": [
            {"key": one.key, "label": speech.button(one.key, step), "style": one.style}
            for one in available_buttons(bench.definition, play.run, step.key)
        ],
        "may_skip": bool(step.skip_by),
    }


def _play_page(
    request: HttpRequest, bench: Bench, told: Told, play: Play, error: ProcedureError | None
) -> HttpResponse:  # fmt: skip
    act = request.POST.get("act", "")
    pressed = act.split(":")[1] if act.startswith("press:") and error is not None else ""
    wrong = error.errors.errors if isinstance(error, FormFaulty) else ()
    faults = {fault.name: fault.say(language()) for fault in wrong}
    sentence = str(refused(error)) if error is not None else ""
    shown = []
    for active in play.run.active:
        step = bench.definition.step_by_key[active.key]
        if step.key == pressed:
            typed: dict[str, Any] = posted_values(step, request.POST, play.run.fields)
        else:
            empty = [one for one in step.fields if one.required and one.name not in play.run.fields and not one.auto]
            typed = {one.name: example(one, play.now, viewer(request).id) for one in empty}
        shown.append(_step_shown(request, bench, play, step, typed, faults if step.key == pressed else {}))
    ended = bench.definition.end_by_key.get(play.run.end)
    following = play.next_thing()
    context = bench.context | {
        "play": told.to_json(),
        "now_iso": iso(play.now),
        "began_iso": iso(told.at),
        "active_steps": shown,
        "ended": bench.speech.end(ended.key) if ended else "",
        "waiting": [bench.speech.step(one.key) for one in play.run.arrived],
        "tasks": tasks_shown(play, bench.speech),
        "promises": promises_shown(play, bench.speech, words_for(play.rules.policies)),
        "bells": [
            {"name": bench.speech.timer(bell.key) if not bell.key.startswith("start_")
             else bench.speech.step(bell.key.removeprefix("start_")), "at_iso": iso(bell.at)}
            for bell in sorted(play.bells, key=lambda bell: bell.at)
        ],
        "log": log_shown(play, bench.speech),
        "happenings": [
            {"key": name, "label": bench.speech.happening(name),
             "scores": [(one, bench.speech.field(one)) for one in scores]}
            for name, scores in happenings_of(bench.definition)
        ],
        "next_iso": iso(following),
        "moves": len(told.moves),
        "error": _("Please correct the marked fields.") if faults else sentence,
    }  # fmt: skip
    return procedures_page(request, "try", context, status=422 if error is not None else 200)
