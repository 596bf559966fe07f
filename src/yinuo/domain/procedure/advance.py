"""Moves a run through its definition: `start`, `advance`.

Pure: the same definition, run, input and instant give the same answer. What must be done is returned as
effects, in order. Two rules keep every run alive: a step is active at most once, and an arrow that would
lead nowhere (its steps were all done in this round and nothing else is under way) begins a new round.
See `docs/algorithms/procedure.md`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from yinuo.domain.conditions import all_hold, is_empty
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.forms import FieldErrors, canonical_instant, check_form
from yinuo.domain.procedure.inputs import (
    FormFaulty,
    GuardUnmet,
    Happening,
    NoWayOn,
    Outcome,
    RoleNeeded,
    RunEnded,
    Skip,
    StepNotActive,
    TasksAsked,
    TasksOpen,
    UnknownButton,
)
from yinuo.domain.procedure.promises import settle_promises
from yinuo.domain.procedure.run import ActiveStep, Arrived, OpenTask, RunState
from yinuo.domain.procedure.walk import Walk
from yinuo.domain.reading import Text

START_TIMER = "start_"
"""Timers with this prefix begin the step named after it."""

Moved = tuple[RunState, tuple[fx.Effect, ...]]


def start(definition: Definition, facts: Mapping[str, Any], now: datetime) -> Moved:
    """Begin a run. `facts` that the definition does not declare are left aside."""
    known = {name: _plain(value) for name, value in facts.items() if name in definition.fact_names}
    walk = Walk(definition, RunState(started_at=now, fields=known), now)
    _act(walk, definition.on_start, "", 1)
    _arrive_all(walk, definition.start, "", "")
    _settle(walk)
    return walk.result()


def advance(definition: Definition, run: RunState, what: Outcome | Happening | Skip, now: datetime) -> Moved:
    """Move the run by an outcome, a skip or a happening; raises a `ProcedureError` and changes nothing.

    A happening that the definition does not map changes declared fields only, or nothing.
    """
    walk = Walk(definition, run, now)
    if isinstance(what, Happening):
        _happen(walk, what)
    else:
        if run.ended:
            raise RunEnded
        if isinstance(what, Skip):
            _skip(walk, what)
        else:
            _press(walk, what)
    _settle(walk)
    return walk.result()


def go_on(walk: Walk, scheduled: Iterable[Arrived]) -> None:
    """Under another definition: what waited for its date is dated by that one, joins and promises are settled."""
    for waiting in scheduled:
        _begin_or_schedule(walk, waiting)
    _settle(walk)


def available_buttons(definition: Definition, run: RunState, step: str) -> tuple[m.Button, ...]:
    """The buttons of an active step that may be pressed now, as far as collected fields can tell."""
    active = run.step(step)
    if active is None:
        return ()
    context = {**run.fields, "round": run.round}
    return tuple(
        button
        for button in definition.step_by_key[step].buttons
        if all_hold(button.when, context) and not (button.kind == "resume" and not active.wait)
    )


def _press(walk: Walk, what: Outcome) -> None:
    active = walk.active_step(what.step)
    if active is None or (what.round is not None and what.round != active.round):
        raise StepNotActive(what.step)
    step = walk.definition.step_by_key[what.step]
    button = step.button(what.key)
    if button is None:
        raise UnknownButton(what.step, what.key)
    if button.roles and what.roles and not what.roles & set(button.roles):
        raise RoleNeeded(button.roles)
    needed = walk.needed_at(step.key) if button.kind == "finish" else ()
    if needed and not button.withdraws:
        raise TasksOpen(tuple(_title(walk, task) for task in needed))
    since = walk.earliest(what.fields)
    cleaned = check_form(step, what.fields, known=walk.values, button=button, now=walk.now, since=since)
    if isinstance(cleaned, FieldErrors):
        raise FormFaulty(cleaned)
    if button.when and not all_hold(button.when, {**walk.context(), **cleaned}):
        raise UnknownButton(what.step, what.key)
    _write_logs(walk, step, cleaned, what.by)
    walk.collect(step.key, active.round, {**cleaned, **button.sets})
    _apply(walk, active, step, button)
    if walk.asked_again and button.kind != "finish":  # who ends his step is not held up: the history says it
        raise TasksAsked(tuple(_title(walk, task) for task in walk.asked_again))


def _title(walk: Walk, task: OpenTask) -> Text:
    known = walk.definition.task_by_key.get(task.key)
    return known[1].title if known else Text("原版流程交办的任务", "a task of the earlier version")


def _write_logs(walk: Walk, step: m.Step, cleaned: dict[str, Any], by: str) -> None:
    for field in step.fields:
        if field.type == "log" and field.name in cleaned:
            if cleaned[field.name] is None:
                del cleaned[field.name]
                continue
            entry = {"at": canonical_instant(walk.now), "by": by, "text": cleaned[field.name]}
            cleaned[field.name] = [*(walk.values.get(field.name) or ()), entry]


def _apply(walk: Walk, active: ActiveStep, step: m.Step, button: m.Button) -> None:
    """Carry out a button whose fields have been collected."""
    if button.kind == "finish":
        for guard in step.guards:
            if (not guard.outcomes or button.key in guard.outcomes) and not all_hold(guard.need, walk.context()):
                raise GuardUnmet(guard.message)
        settle_promises(walk)
        _act(walk, button.actions, step.key, active.round, button.key)
        _finish(walk, active, step, button.key)
        return
    if button.kind == "wait":
        walk.wait(active, button.wait)
    elif button.kind == "resume":
        walk.wait(active, "")
    _act(walk, button.actions, step.key, active.round, button.key)


def _skip(walk: Walk, what: Skip) -> None:
    active = walk.active_step(what.step)
    if active is None:
        raise StepNotActive(what.step)
    step = walk.definition.step_by_key[what.step]
    if not what.roles & set(step.skip_by):
        raise RoleNeeded(step.skip_by)
    _finish(walk, active, step, m.SKIPPED)


def _finish(walk: Walk, active: ActiveStep, step: m.Step, outcome: str) -> None:
    walk.close(active, outcome)
    context = walk.context(outcome)
    arrow = next((arrow for arrow in step.arrows if all_hold(arrow.when, context) and not arrow.open), None)
    if arrow is None:
        raise NoWayOn(step.key)
    if outcome != m.SKIPPED:
        _act(walk, step.on_finish, step.key, active.round, outcome)
        for document in step.documents:
            if all_hold(document.when, context):
                walk.emit(fx.WantDocument(document.key, step.key, active.round))
    if arrow.end:
        walk.finish_run(arrow.end)
    elif arrow.loop:
        _go_back(walk, arrow.to, active.branch, step.key)
    else:
        _arrive_all(walk, arrow.to, active.branch, step.key)


def _arrive_all(walk: Walk, keys: tuple[str, ...], branch: str, source: str) -> None:
    begun = False
    for key in keys:
        own = f"{branch}/{key}".lstrip("/") if len(keys) > 1 else branch
        begun = _arrive(walk, key, own, source) or begun
    if not begun and not walk.active and not walk.arrived:
        _go_back(walk, keys, branch, source)


def _arrive(walk: Walk, key: str, branch: str, source: str) -> bool:
    """A branch reaches a step; False where it is absorbed, since the step had its turn in this round."""
    if walk.began_this_round(key):
        return False
    step = walk.definition.step_by_key[key]
    for index, waiting in enumerate(walk.arrived):
        if waiting.key == key:
            sources = (*waiting.sources, source) if source not in waiting.sources else waiting.sources
            walk.arrived[index] = Arrived(key, _common(waiting.branch, branch), sources, waiting.timer)
            return True
    if step.join == "all":
        walk.arrived.append(Arrived(key, branch, (source,)))
        return True
    _begin_or_schedule(walk, Arrived(key, branch, (source,)))
    return True


def _common(one: str, other: str) -> str:
    """The branch that two branches share."""
    shared: list[str] = []
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        shared.append(left)
    return "/".join(shared)


def _begin_or_schedule(walk: Walk, waiting: Arrived) -> None:
    step = walk.definition.step_by_key[waiting.key]
    plan = step.starts_at
    base = walk.instant(plan.field) if plan else None
    if plan is None or base is None:
        _begin(walk, step, waiting.branch)
        return
    walk.arrived.append(Arrived(waiting.key, waiting.branch, waiting.sources, timer=True))
    walk.set_timer(START_TIMER + step.key, "", base, plan.offset, plan.clock)


def _begin(walk: Walk, step: m.Step, branch: str) -> None:
    active = walk.begin(step, branch)
    if step.waits:
        walk.wait(active, step.waits)
    for task in step.tasks:
        if task.at_start and all_hold(task.when, walk.context()):
            walk.open_task(step.key, task, active.round)
    _act(walk, step.on_start, step.key, active.round)


def _go_back(walk: Walk, keys: tuple[str, ...], branch: str, source: str) -> None:
    """Begin the next round at `keys`: what lies downstream of them is stopped, its proofs emptied."""
    walk.next_round(keys)
    _arrive_all(walk, keys, branch, source)


def _happen(walk: Walk, what: Happening) -> None:
    timer = what.fields.get("timer") if what.name == "timer" else None
    if what.name == "timer":
        if not isinstance(timer, str) or not walk.ring(timer):
            return
        if timer.startswith(START_TIMER):
            _start_scheduled(walk, timer.removeprefix(START_TIMER))
            return
        walk.timer = timer
    if what.name in m.TASK_HAPPENINGS and not _settle_task(walk, what):
        return
    known = walk.definition.field_by_name
    walk.collect("", walk.round, {name: _plain(value) for name, value in what.fields.items() if name in known})
    settle_promises(walk)
    walk.meet_by_happening(what.name)
    rows = [row for row in walk.definition.on if row.happening == what.name]
    taken = next((row for row in rows if _applies(walk, row)), None)
    while taken is not None:
        _follow(walk, taken)
        rows = rows[rows.index(taken) + 1 :] if taken.again else []
        taken = next((row for row in rows if _applies(walk, row)), None)


def _settle_task(walk: Walk, what: Happening) -> bool:
    """A sub-task came to something outside; False where it is not (any longer) of this run. What was declined stays
    open until somebody else is asked or it is withdrawn."""
    number = what.fields.get("subtask")
    if what.name == m.TASK_AGAIN:
        step, key = str(what.fields.get("step")), str(what.fields.get("key"))
        if walk.end or not isinstance(number, int) or any(task.number == number for task in walk.tasks):
            return False
        known = walk.definition.task_by_key.get(key)
        active = walk.active_step(step)
        needed = bool(known and known[1].needed and active)
        walk.tasks.append(OpenTask(key, number, step, active.round if active else walk.round, needed))
        walk.task = key
        return True
    task = next((task for task in walk.tasks if task.number == number), None)
    if task is None:
        return False
    walk.task = task.key
    if what.name == m.TASK_DECLINED:
        return True
    walk.tasks.remove(task)
    known = walk.definition.task_by_key.get(task.key)
    if what.name == m.TASK_DONE and known and known[1].result:
        active = walk.active_step(task.step)
        at = (task.step, active.round) if active else ("", walk.round)
        walk.collect(*at, {known[1].result: what.fields.get("result") or None})
    return True


def _start_scheduled(walk: Walk, key: str) -> None:
    for waiting in walk.arrived:
        if waiting.key == key and waiting.timer:
            walk.arrived.remove(waiting)
            _begin(walk, walk.definition.step_by_key[key], waiting.branch)
            return


def _applies(walk: Walk, row: m.On) -> bool:
    if row.ended != bool(walk.end):
        return False
    if row.active and not any(walk.active_step(key) for key in row.active):
        return False
    if row.happening in m.TASK_HAPPENINGS and row.outcome and any(walk.needed_at(key) for key in row.active):
        return False  # another department's answer is still needed
    return all_hold(row.when, walk.context())


def _follow(walk: Walk, row: m.On) -> None:
    here = next((key for key in row.active if walk.active_step(key)), "")
    active = walk.active_step(here) if here else None
    _act(walk, row.actions, here, active.round if active else walk.round)
    if row.resume:
        over = {"timer": "agreed"}.get(row.happening, "outside" if row.happening in m.TASK_HAPPENINGS else "customer")
        for waiting in list(walk.active):
            if waiting.wait == over and (not row.active or waiting.key in row.active):
                walk.wait(waiting, "")
    if row.outcome and active is not None:
        step = walk.definition.step_by_key[here]
        button = step.button(row.outcome)
        if button is not None:
            walk.collect(here, active.round, dict(button.sets))
            _apply(walk, walk.active_step(here) or active, step, button)
    elif row.end:
        walk.finish_run(row.end)
    elif row.to:
        if walk.end:
            walk.revive()
        for step_active in list(walk.active):
            if not row.active or step_active.key in row.active:
                walk.cancel(step_active)
        if not row.active:
            walk.drop_arrived(walk.arrived)
        if any(walk.began_this_round(key) for key in row.to):
            _go_back(walk, row.to, "", here)
        else:
            _arrive_all(walk, row.to, "", here)


def _settle(walk: Walk) -> None:
    """Begin joining steps that nothing under way can reach any more, then bring the promises up to date."""
    forward = walk.definition.forward
    while not walk.end:
        joins = [waiting for waiting in walk.arrived if not waiting.timer]
        if not joins:
            break
        under_way = [active.key for active in walk.active] + [waiting.key for waiting in walk.arrived]
        ready = next((w for w in joins if not any(w.key in forward[key] for key in under_way if key != w.key)), None)
        if ready is None and not walk.active and len(joins) == len(walk.arrived):
            ready = joins[0]
        if ready is None:
            break
        walk.arrived.remove(ready)
        _begin_or_schedule(walk, ready)
    settle_promises(walk)


def _act(walk: Walk, actions: Iterable[m.Action], step: str, number: int, outcome: str = "") -> None:
    for action in actions:
        if all_hold(action.when, walk.context(outcome)):
            _do(walk, action, step, number)


def _do(walk: Walk, action: m.Action, step: str, number: int) -> None:
    target = action.target
    if action.kind == "message":
        walk.emit(fx.QueueMessage(target, str(action.option("to", "customer")), step))
    elif action.kind == "survey":
        walk.emit(fx.AskSurvey(target, step, number))
    elif action.kind == "improvement":
        walk.emit(fx.OpenImprovement(target, step, number))
    elif action.kind == "status":
        walk.emit(fx.SetStatus(target, walk.now))
    elif action.kind == "subtask":
        at, task = walk.definition.task_by_key.get(target, ("", None))
        if task is not None and all_hold(task.when, walk.context()):
            begun = walk.active_step(at)
            walk.open_task(at, task, begun.round if begun else number)
    elif action.kind == "assign":
        walk.emit(fx.Dispatch(target, action.option("tier", None), str(action.option("team")), step))
    elif action.kind == "document":
        walk.emit(fx.WantDocument(target, step, number))
    elif action.kind == "count":
        walk.emit(fx.Count(target, step, number))
    elif action.kind == "stamp":
        walk.collect(step, number, {target: canonical_instant(walk.now)})
    elif action.kind == "set":
        source = action.option("from")
        value = walk.values.get(source) if source else action.option("value", None)
        walk.collect(step, number, {target: value})
    elif action.kind == "cancel_timer":
        walk.stop_timer(target)
    elif action.kind == "timer":
        base = walk.instant(str(action.option("field"))) if action.option("field") else walk.now
        if base is not None:
            offset = action.option("offset", timedelta())
            walk.set_timer(target, step, base, offset, str(action.option("clock", "always")))


def _plain(value: Any) -> Any:
    """Instants become canonical texts; everything else is plain already."""
    return canonical_instant(value) if isinstance(value, datetime) and not is_empty(value) else value
