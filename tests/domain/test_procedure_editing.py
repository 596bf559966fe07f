"""Edits of a definition, and what they show as differences: nothing is lost, nothing changes that was not touched."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinuo.domain.procedure import Definition, Happening, Outcome, advance, lint, start
from yinuo.domain.procedure import editing as ed
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure.differences import Change, differences
from yinuo.domain.procedure.inputs import RunEnded
from yinuo.domain.procedure.transfer import PlaceNeeded, PlaceTaken, steps_without_place, transfer
from yinuo.domain.reading import ReadingError
from yinuo.packs import shipped_pack

CODES = sorted(shipped_pack("handbook").procedures)
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


def body_of(code: str) -> ed.Body:
    return shipped_pack("handbook").procedures[code].to_json()


def changes(old: ed.Body, new: ed.Body) -> list[tuple[Any, ...]]:
    found = differences(Definition.from_json(old), Definition.from_json(new))
    return [(one.change, one.step, one.part, one.name) for one in found]


@pytest.mark.parametrize("code", CODES)
def test_writing_the_lists_out_changes_nothing(code):
    body = body_of(code)
    before = copy.deepcopy(body)
    assert changes(body, ed.tidy(body)) == []
    assert body == before
    assert ed.tidy(ed.tidy(body)) == ed.tidy(body)


@pytest.mark.parametrize("code", CODES)
def test_every_part_taken_out_and_put_back_is_the_same_definition(code):
    body = ed.tidy(body_of(code))
    seen = 0
    for step in ("", *(entry["key"] for entry in body["steps"])):
        for part in ed.STEP_PARTS if step else ed.WHOLE_PARTS:
            owner = ed.step_of(body, step) if step else body
            for at, entry in enumerate(owner.get(part, ())):
                try:
                    without = ed.drop_part(body, step, part, at)
                except ReadingError:
                    continue
                assert [one[1:3] for one in changes(body, without)] == [(step, _read_as(part))]
                back = ed.put_part(without, step, part, entry)
                for _ in range(len(ed._entries(back, step, part)) - 1 - at):
                    last = len(ed._entries(back, step, part)) - 1 - _
                    back = ed.move_part(back, step, part, last, up=True)
                assert changes(body, back) == []
                seen += 1
    assert seen > 40


def _read_as(part: str) -> str:
    return {"outcomes": "buttons", "next": "arrows"}.get(part, part)


def test_a_step_comes_moves_and_goes():
    body = body_of("service")
    entry = {"key": "check", "title": {"zh": "复核", "en": "Check"}, "role": "agent"}
    more = ed.add_step(body, entry, after="record")
    assert [step["key"] for step in more["steps"]][:3] == ["record", "check", "centre"]
    assert changes(body, more) == [(Change.STEP_ADDED, "check", "steps", "check")]
    assert any(fault.path.startswith("steps.check") for fault in lint(Definition.from_json(more)))
    moved = ed.move_step(more, "check", up=True)
    assert Definition.from_json(moved).start == ("record",)
    assert changes(body, ed.drop_step(moved, "check")) == []
    with pytest.raises(ed.EditError, match="taken"):
        ed.add_step(more, entry)
    with pytest.raises(ed.EditError, match="gone"):
        ed.drop_step(body, "nothing")
    one = {**body, "steps": body["steps"][:1]}
    with pytest.raises(ed.EditError, match="last_step"):
        ed.drop_step(one, "record")


def test_settings_are_told_one_by_one_and_what_is_unknown_here_stays():
    body = body_of("service")
    changed = ed.put_settings(body, "centre", {"role": "director", "skip_by": None})
    assert changes(body, changed) == [
        (Change.SETTING, "centre", "role", ""), (Change.SETTING, "centre", "skip_by", ""),
    ]  # fmt: skip
    assert changes(body, ed.put_settings(body, "", {"title": {"zh": "服务二", "en": "Service"}})) == [
        (Change.SETTING, "", "title", "")
    ]


@given(st.text(max_size=60))
def test_a_free_name_can_be_read_and_is_free(wanted):
    body = body_of("service")
    name = ed.free_name(body, "fields", wanted, "record")
    changed = ed.put_part(body, "record", "fields", {"name": name, "label": {"zh": "新", "en": "New"}})
    assert changes(body, changed) == [(Change.ADDED, "record", "fields", name)]


# --- a run under another version -----------------------------------------------------------------------------------


def renamed(body: ed.Body, old: str, new: str) -> ed.Body:
    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [change(entry) for entry in value]
        return new if value == old else value

    changed: ed.Body = change(body)
    return changed


@pytest.mark.parametrize("code", CODES)
def test_to_the_same_definition_nothing_is_to_be_done(code):
    definition = shipped_pack("handbook").procedures[code]
    run, _ = start(definition, {"urgency": "normal", "received_at": NOW}, NOW)
    again, effects = transfer(definition, run, {}, {}, NOW + timedelta(hours=1))
    assert effects == () and again == run


def test_a_renamed_step_keeps_round_start_waiting_and_promises():
    old = Definition.from_json(body_of("service"))
    new = Definition.from_json(renamed(body_of("service"), "record", "take_in"))
    run, _ = start(old, {}, NOW)
    fields = {"return_wanted": True, "return_asked_at": NOW.isoformat(), "progress": "x"}
    run, _ = advance(old, run, Outcome("record", "note_progress", fields), NOW)
    run, _ = advance(old, run, Outcome("record", "wait_customer", {}), NOW + timedelta(minutes=5))
    assert any(promise.step == "record" for promise in run.open)
    assert steps_without_place(new, run) == ("record",)
    with pytest.raises(PlaceNeeded):
        transfer(new, run, {}, {}, NOW)
    moved, effects = transfer(new, run, {"record": "take_in"}, {}, NOW + timedelta(hours=2))
    assert effects == ()
    assert moved.active == tuple(one._replace(key="take_in") for one in run.active)
    assert [promise._replace(step="") for promise in moved.open] == [promise._replace(step="") for promise in run.open]
    gone_on, _ = advance(new, moved, Happening("reply_received"), NOW + timedelta(hours=3))
    assert gone_on.active[0].wait == ""


def test_promises_begin_and_end_by_what_the_new_version_says():
    body = body_of("service")
    at = next(at for at, limit in enumerate(body["limits"]) if limit["kind"] == "solution_told")
    without = Definition.from_json(ed.drop_part(body, "", "limits", at))
    whole = Definition.from_json(body)
    run, _ = start(whole, {}, NOW)
    moved, effects = transfer(without, run, {}, {}, NOW + timedelta(hours=1))
    assert [(type(one), one.kind) for one in effects] == [(fx.CancelDeadline, "solution_told")]
    _back, again = transfer(whole, moved, {}, {}, NOW + timedelta(hours=2))
    (begun,) = again
    assert isinstance(begun, fx.StartDeadline) and begun.kind == "solution_told"
    assert begun.starts_at == NOW, "counted from where it would have begun"


def test_two_steps_do_not_become_one_and_an_ended_run_stays():
    body = body_of("service")
    forked = ed.put_settings(body, "", {"start": ["record", "centre"]})
    run, _ = start(Definition.from_json(forked), {}, NOW)
    new = Definition.from_json(renamed(body, "record", "take_in"))
    with pytest.raises(PlaceTaken):
        transfer(new, run, {"record": "centre"}, {}, NOW)
    ended, _ = advance(
        Definition.from_json(body), start(Definition.from_json(body), {}, NOW)[0], Happening("merged"), NOW
    )
    with pytest.raises(RunEnded):
        transfer(new, ended, {}, {}, NOW)


def test_a_step_waiting_for_its_date_is_dated_by_the_new_version():
    raw = {
        "key": "dated", "title": {"zh": "定期", "en": "Dated"},
        "ends": [{"key": "over", "title": {"zh": "完", "en": "Over"}}],
        "steps": [
            {
                "key": "plan", "title": {"zh": "定", "en": "Plan"}, "role": "agent",
                "fields": [
                    {"name": "when_at", "type": "instant", "future": True, "label": {"zh": "何时", "en": "When"}}
                ],
                "outcomes": [{"key": "planned", "label": {"zh": "定了", "en": "Planned"}}], "next": [{"to": "visit"}],
            },
            {
                "key": "visit", "title": {"zh": "上门", "en": "Visit"}, "role": "agent",
                "starts_at": {"field": "when_at", "offset": "-24h"},
                "outcomes": [{"key": "done", "label": {"zh": "好了", "en": "Done"}}], "next": [{"end": "over"}],
            },
        ],
    }  # fmt: skip
    old = Definition.from_json(raw)
    new = Definition.from_json(ed.put_settings(raw, "visit", {"starts_at": {"field": "when_at", "offset": "-2h"}}))
    run, _ = start(old, {}, NOW)
    planned = Outcome("plan", "planned", {"when_at": NOW + timedelta(days=3)})
    run, _ = advance(old, run, planned, NOW)
    moved, effects = transfer(new, run, {}, {}, NOW + timedelta(hours=1))
    assert [type(one) for one in effects] == [fx.CancelTimer, fx.StartTimer]
    assert effects[1].offset == timedelta(hours=-2)
    assert moved.arrived == run.arrived and moved.timers == run.timers
