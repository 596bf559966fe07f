"""Moves a run to another version of its procedure, without losing where it stands or the time already used.

A step under way goes on as it is where the new version has a step of its name; where it has none, somebody says which
step continues it. It keeps its round, branch, start and waiting. Promises that the new version makes too go on
untouched (a promise of a step that was renamed goes with it); new ones count from where they would have begun, and
those that it does not make are void. What was done stays done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from yinuo.domain.procedure.advance import START_TIMER, Moved, go_on
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.inputs import ProcedureError, RunEnded
from yinuo.domain.procedure.run import RunState
from yinuo.domain.procedure.walk import Walk
from yinuo.domain.reading import Text


class PlaceNeeded(ProcedureError):
    """The new version has no such steps: `steps` need one that continues them."""

    code = "place_needed"

    def __init__(self, steps: tuple[str, ...]) -> None:
        self.steps = steps
        super().__init__(
            Text(
                "新版流程没有正在办理的这一步，请选择由哪一步接着办。",
                "The new version has no such step: choose the one that continues it.",
            )
        )


class PlaceTaken(ProcedureError):
    """Two steps under way would become the same one."""

    code = "place_taken"

    def __init__(self, step: str) -> None:
        self.step = step
        super().__init__(
            Text("同一步不能同时办理两次，请选择别的步骤。", "A step cannot be under way twice: choose another one.")
        )


def steps_without_place(new: Definition, run: RunState) -> tuple[str, ...]:
    """Steps under way, or waited for, that the new version does not have."""
    here = [active.key for active in run.active] + [waiting.key for waiting in run.arrived]
    return tuple(dict.fromkeys(key for key in here if key not in new.step_by_key))


def transfer(
    new: Definition, run: RunState, places: Mapping[str, str], facts: Mapping[str, Any], now: datetime
) -> Moved:
    """The run under the definition `new`, and what is to be done. `places` says for each step that it lacks which one
    continues it; `facts` are those of the ticket. Raises `PlaceNeeded`, `PlaceTaken`, `RunEnded`; changes nothing."""
    if run.ended:
        raise RunEnded
    lost = steps_without_place(new, run)
    missing = tuple(key for key in lost if places.get(key) not in new.step_by_key)
    if missing:
        raise PlaceNeeded(missing)
    to = {key: places[key] for key in lost}
    walk = Walk(new, _renamed(run, to), now)
    seen: set[str] = set()
    for key in (*(active.key for active in walk.active), *(waiting.key for waiting in walk.arrived)):
        if key in seen:
            raise PlaceTaken(key)
        seen.add(key)
    for name, value in facts.items():
        if name in new.fact_names and name not in walk.values:
            walk.values[name] = value
    known = {action.target for action in new.all_actions() if action.kind == "timer"}
    for key, _step, _round in list(walk.timers):
        if key.startswith(START_TIMER) or key not in known:
            walk.stop_timer(key)
    scheduled = [waiting for waiting in walk.arrived if waiting.timer]
    walk.arrived = [waiting for waiting in walk.arrived if not waiting.timer]
    go_on(walk, scheduled)
    return walk.result()


def _renamed(run: RunState, to: Mapping[str, str]) -> RunState:
    return replace(
        run,
        active=tuple(active._replace(key=to.get(active.key, active.key)) for active in run.active),
        arrived=tuple(waiting._replace(key=to.get(waiting.key, waiting.key)) for waiting in run.arrived),
        open=tuple(promise._replace(step=to.get(promise.step, promise.step)) for promise in run.open),
        kept=tuple((kind, to.get(step, step), number) for kind, step, number in run.kept),
        tasks=tuple(task._replace(step=to.get(task.step, task.step)) for task in run.tasks),
        timers=tuple((key, to.get(step, step), number) for key, step, number in run.timers),
    )
