"""Whatever the definition and whatever happens: a run never doubles a step, never gets lost, always replays."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yinuo.domain.procedure import (
    Definition,
    Happening,
    NoWayOn,
    Outcome,
    ProcedureError,
    RunState,
    Skip,
    advance,
    start,
)
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure.model import TASK_HAPPENINGS

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NAMES = [f"s{n}" for n in range(7)]
WORD = {"zh": "字", "en": "word"}
BUTTONS = ("go", "no")


def arrows(draw: st.DrawFn, index: int, names: list[str], wild: bool) -> list[dict[str, Any]]:
    later, earlier = names[index + 1 :], names[: index + 1]
    rows: list[dict[str, Any]] = []
    for button in BUTTONS:
        when = [{"field": "outcome", "value": button}]
        if draw(st.booleans()):
            when.append({"field": "size", "op": draw(st.sampled_from(["lt", "ge"])), "value": draw(st.integers(0, 3))})
        kind = draw(st.sampled_from(["on", "on", "on", "loop", "end"]))
        if kind == "loop":
            rows.append({"when": when, "to": draw(st.sampled_from(earlier)), "loop": True})
        elif kind == "on" and (later or wild):
            targets = names if wild else later
            many = draw(st.lists(st.sampled_from(targets), min_size=1, max_size=3, unique=True))
            rows.append({"when": when, "to": many})
        else:
            rows.append({"when": when, "end": "over"})
    last = draw(st.sampled_from(later)) if later else None
    rows.append({"to": [last]} if last else {"end": "over"})
    return rows


@st.composite
def definitions(draw: st.DrawFn, wild: bool = False) -> Definition:
    """Forks, joins, loops, limits (from and until instants that move, too), timers, waits, happenings at random;
    `wild` adds unmarked circles."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    steps = []
    for index, name in enumerate(names):
        limit = {
            "kind": f"k{index}",
            "starts": draw(st.sampled_from(["step", "run", "stamped_at", "copied_at"])),
            "pauses": "customer",
        }
        if draw(st.booleans()):
            limit["until"] = draw(st.sampled_from(["stamped_at", "copied_at"]))
        if draw(st.booleans()):
            limit["met_by"] = draw(st.sampled_from([{"field": "copied_at"}, {"happening": "answered"}]))
        entry = {
            "key": name,
            "title": WORD,
            "role": "agent",
            "join": draw(st.sampled_from(["any", "all"])),
            "fields": [
                {"name": "size", "label": WORD, "type": "int"},
                {"name": "stamped_at", "label": WORD, "type": "instant", "auto": True},
                {"name": "copied_at", "label": WORD, "type": "instant", "auto": True, "proof": draw(st.booleans())},
                {"name": "mark", "label": WORD, "type": "score"},
            ],
            "limits": [limit] if draw(st.booleans()) else [],
            "skip_by": ["boss"],
            "on_start": [{"timer": f"t{index}", "offset": "1h"}] if draw(st.booleans()) else [],
            "on_finish": draw(
                st.sampled_from([[], [{"stamp": "stamped_at"}], [{"set": "copied_at", "from": "stamped_at"}]])
            ),
            "outcomes": [
                *({"key": key, "label": WORD} for key in BUTTONS),
                {"key": "wait", "label": WORD, "kind": "wait", "wait": "customer"},
                {"key": "resume", "label": WORD, "kind": "resume"},
            ],
            "next": arrows(draw, index, names, wild),
        }
        if draw(st.booleans()):
            entry["tasks"] = [
                {
                    "key": f"d{index}", "title": WORD, "role": "expert", "needed": draw(st.booleans()),
                    "at_start": draw(st.booleans()),
                }
            ]  # fmt: skip
            entry["outcomes"].append(
                {"key": "ask", "label": WORD, "kind": "save", "actions": [{"subtask": f"d{index}"}]}
            )  # fmt: skip
        if draw(st.integers(0, 5)) == 0:
            entry["starts_at"] = {"field": "stamped_at", "offset": "2h"}
        steps.append(entry)
    jumps = [{"happening": "jump", "active": draw(st.sampled_from(names)), "to": draw(st.sampled_from(names))}]
    reopen = {"happening": "reopened", "ended": True, "to": draw(st.sampled_from(names))}
    matter = {"kind": "whole", "starts": "round", "met_by": {"happening": "answered"}, "pauses": "customer"}
    raw = {
        "key": "random",
        "title": WORD,
        "steps": steps,
        "limits": [matter],
        "on": [*jumps, reopen, {"happening": "reply", "resume": True}],
        "ends": [{"key": "over", "title": WORD, "status": "closed"}],
    }
    return Definition.from_json(raw)


Move = tuple[int, int, int]
MOVES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 4)), max_size=40)


def what(run: RunState, move: Move) -> Outcome | Happening | Skip:
    """The move that numbers stand for in this state of the run."""
    which, kind, size = move
    if run.timers and kind == 0:
        return Happening("timer", {"timer": run.timers[which % len(run.timers)][0]})
    if run.tasks and kind == 9:
        task = run.tasks[which % len(run.tasks)]
        return Happening(TASK_HAPPENINGS[size % 3], {"subtask": task.number, "result": "found"})
    if run.ended or not run.active or kind == 1:
        return Happening(["jump", "reopened", "reply", "answered"][which % 4])
    step = run.active[which % len(run.active)].key
    if kind == 2:
        return Skip(step, frozenset({"boss"}))
    if kind == 3:
        return Outcome(step, "wait")
    if kind == 8:
        return Outcome(step, "ask")
    return Outcome(step, BUTTONS[kind % 2], {"size": size, "mark": size or None})


def check(run: RunState, effects: tuple[fx.Effect, ...]) -> None:
    keys = [active.key for active in run.active]
    assert len(keys) == len(set(keys)), "a step is active twice"
    assert bool(keys or run.arrived) != run.ended, "nothing to do and no end, or an end with work left"
    assert keys or run.ended or any(waiting.timer for waiting in run.arrived), "branches wait for one another"
    for waiting in run.arrived:
        if waiting.timer:
            assert any(key == f"start_{waiting.key}" for key, _, _ in run.timers), "nothing will start it"
    open_kinds = [(promise.kind, promise.step) for promise in run.open]
    assert len(open_kinds) == len(set(open_kinds)), "a promise is open twice"
    assert all(not promise.step or promise.step in keys for promise in run.open), "a promise without its step"
    assert all(not step or step in keys for _, step, _ in run.timers), "a timer without its step"
    assert len(run.kept) == len(set(run.kept))
    asked = [task.key for task in run.tasks]
    assert len(asked) == len(set(asked)), "a sub-task is under way twice"
    assert not (run.ended and asked), "an end with sub-tasks left"
    for finished in (e for e in effects if isinstance(e, fx.FinishStep) and not e.skipped):
        needed = [task for task in run.tasks if task.needed and task.step not in keys]
        assert finished.step not in {task.step for task in needed}, "finished without an answer it needs"
    assert RunState.from_json(run.to_json()) == run
    started = [e.step for e in effects if isinstance(e, fx.StartStep)]
    assert set(started) <= set(keys) | {e.step for e in effects if isinstance(e, fx.FinishStep | fx.CancelStep)}


def play(definition: Definition, moves: list[Move]) -> list[tuple[RunState, tuple[fx.Effect, ...]]]:
    history = [start(definition, {}, NOW)]
    for number, move in enumerate(moves):
        run = history[-1][0]
        at = NOW + timedelta(minutes=number + 1)
        try:
            history.append(advance(definition, run, what(run, move), at))
        except NoWayOn:
            raise
        except ProcedureError:
            continue
    return history


@settings(max_examples=150, deadline=None)
@given(definitions(), MOVES)
def test_a_run_is_alive_or_over_and_never_doubled(definition: Definition, moves: list[Move]) -> None:
    for run, effects in play(definition, moves):
        check(run, effects)


@settings(max_examples=80, deadline=None)
@given(definitions(wild=True), MOVES)
def test_even_unmarked_circles_do_not_strand_a_run(definition: Definition, moves: list[Move]) -> None:
    for run, effects in play(definition, moves):
        check(run, effects)


@settings(max_examples=50, deadline=None)
@given(definitions(), MOVES)
def test_replay_gives_the_same_run(definition: Definition, moves: list[Move]) -> None:
    again = Definition.from_json(definition.to_json())
    assert play(definition, moves) == play(again, moves)


@settings(max_examples=50, deadline=None)
@given(definitions(), MOVES)
def test_every_deadline_started_is_settled_once(definition: Definition, moves: list[Move]) -> None:
    running: set[tuple[str, str, int]] = set()
    paused: set[tuple[str, str, int]] = set()
    history = play(definition, moves)
    for _, effects in history:
        for effect in effects:
            key = (getattr(effect, "kind", ""), getattr(effect, "step", ""), getattr(effect, "round", 0))
            if isinstance(effect, fx.StartDeadline):
                assert key not in running
                running.add(key)
            elif isinstance(effect, fx.MeetDeadline | fx.CancelDeadline):
                running.remove(key)
                paused.discard(key)
            elif isinstance(effect, fx.PauseDeadline):
                assert key in running and key not in paused
                paused.add(key)
            elif isinstance(effect, fx.ResumeDeadline):
                paused.remove(key)
    last = history[-1][0]
    opened = [e.number for _, effects in history for e in effects if isinstance(e, fx.OpenSubtask)]
    cancelled = [e.number for _, effects in history for e in effects if isinstance(e, fx.CancelSubtask)]
    assert opened == list(range(1, last.numbered + 1))
    assert len(cancelled) == len(set(cancelled))
    assert not {task.number for task in last.tasks} & set(cancelled)
    assert running == {(p.kind, p.step, p.round) for p in last.open}
    assert paused == {(p.kind, p.step, p.round) for p in last.open if p.wait}
