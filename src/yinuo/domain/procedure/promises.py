"""Brings the promises of a run up to date with its fields and steps: begun, met, paused, void."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from yinuo.domain.conditions import all_hold
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.run import Promise, RunState
from yinuo.domain.procedure.walk import Walk


def settle_promises(walk: Walk) -> None:
    """Start what now applies, meet what a field proves, void what no longer applies, pause and resume.

    An open promise of the whole matter survives a loop back: going round is no way out of it.
    """
    if walk.end:
        return
    governing = _governing(walk)
    for promise in list(walk.open):
        limit = governing.get((promise.kind, promise.step))
        if limit is None:
            walk.drop_promise(promise, "no_longer_applies")
        elif promise.since and walk.since(limit) not in ("", promise.since):
            walk.drop_promise(promise, "moved")  # and begins anew from the new instant
    for (_, step), limit in governing.items():
        _start(walk, step, limit)
        if limit.met_by:
            _meet_by_field(walk, step, limit)
    for index, promise in enumerate(walk.open):
        limit = governing[promise.kind, promise.step]
        if limit.pauses or promise.wait:
            _pause(walk, index, promise, limit)


def _governing(walk: Walk) -> dict[tuple[str, str], m.Limit]:
    """For each kind and step under way (empty: the whole matter) the first limit whose conditions hold."""
    found: dict[tuple[str, str], m.Limit] = {}
    limits_of = walk.definition.limits_of
    keys: Iterable[str] = ("", *[active.key for active in walk.active])
    if len(walk.active) > 1:
        keys = [key for key in limits_of if key in keys]  # in the order of the definition
    values: Mapping[str, Any] = {}
    for step in keys:
        for limit in limits_of.get(step, ()):
            if (limit.kind, step) in found:
                continue
            if limit.when:
                values = values or walk.context()
                if not all_hold(limit.when, values):
                    continue
            found[limit.kind, step] = limit
    return found


def promised(definition: Definition, run: RunState, now: datetime) -> tuple[tuple[fx.StartDeadline, str], ...]:
    """Every promise that is open as it was begun, and for what it waits: where limits gave no figure then and give one
    now, it can be made late."""
    walk = Walk(definition, run, now)
    governing = {} if walk.end else _governing(walk)
    found = []
    for promise in walk.open:
        limit = governing.get((promise.kind, promise.step))
        begins = _begins(walk, promise.step, limit) if limit else None
        if limit and begins is not None:
            until = walk.instant(limit.until) if limit.until else None
            source = definition.step_by_key[promise.step].source if promise.step else definition.source
            found.append(
                (fx.StartDeadline(promise.kind, promise.step, promise.round, begins, source, until), promise.wait)
            )  # fmt: skip
    return tuple(found)


def _start(walk: Walk, step: str, limit: m.Limit) -> None:
    number = walk.promise_round(step, limit)
    identity = (limit.kind, step, number)
    if identity in walk.kept or walk.has_promised(limit.kind, step):
        return
    begins = _begins(walk, step, limit)
    if begins is None:
        return
    if limit.starts == "round" and number > 1 and any(walk.has_value(met.field) for met in limit.met_by):
        walk.kept.append(identity)  # its proof still stands: this round does not redo it
        return
    since = walk.since(limit)
    if since and walk.begun.get(f"{limit.kind}@{step}") == since:
        return  # kept already for this very instant
    walk.open.append(Promise(*identity, since=since))
    source = walk.definition.step_by_key[step].source if step else walk.definition.source
    until = walk.instant(limit.until) if limit.until else None
    walk.emit(fx.StartDeadline(limit.kind, step, number, begins, source, until))


def _begins(walk: Walk, step: str, limit: m.Limit) -> datetime | None:
    if limit.starts == "step":
        active = walk.active_step(step)
        return active.started_at if active else None
    if limit.starts == "run":
        return walk.run.started_at
    if limit.starts == "round":
        return walk.round_at or walk.run.started_at
    return walk.instant(limit.starts)


def _meet_by_field(walk: Walk, step: str, limit: m.Limit) -> None:
    if not walk.has_promised(limit.kind, step):
        return
    for met in limit.met_by:
        at = walk.instant(met.field) if met.field else None
        if at is not None:
            if limit.starts in walk.definition.kept_since.get(met.field, ()):
                at = max(at, _begins(walk, step, limit) or at)  # a form says the minute that a second of it began
            walk.meet(limit, step, walk.promise_round(step, limit), min(at, walk.now))
            return


def _pause(walk: Walk, index: int, promise: Promise, limit: m.Limit) -> None:
    """A step's promise stands still while the step waits; the whole matter's while everything waits."""
    if promise.step:
        active = walk.active_step(promise.step)
        waits = [active.wait] if active else []
    else:
        waits = [active.wait for active in walk.active]
    wait = waits[0] if waits and all(one in limit.pauses for one in waits) else ""
    if wait == promise.wait or bool(wait) == bool(promise.wait):
        return
    walk.open[index] = promise._replace(wait=wait)
    if wait:
        walk.emit(fx.PauseDeadline(promise.kind, promise.step, promise.round, walk.now, wait))
    else:
        walk.emit(fx.ResumeDeadline(promise.kind, promise.step, promise.round, walk.now))
