"""One movement of a run: the working copy that `advance` changes, and the effects it gathers."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from yinuo.domain.conditions import is_empty
from yinuo.domain.procedure import effects as fx
from yinuo.domain.procedure import model as m
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.run import ActiveStep, Arrived, DoneStep, OpenTask, Promise, RunState

COUNTED_FROM = ("step", "run", "round")
"""Where a promise may count from beside instant fields."""


class Walk:
    """Mutable on the inside, gone after one `advance`."""

    def __init__(self, definition: Definition, run: RunState, now: datetime) -> None:
        self.definition = definition
        self.run = run
        self.now = now
        self.effects: list[fx.Effect] = []
        self.round = run.round
        self.round_at = run.round_at
        self.active: list[ActiveStep] = list(run.active)
        self.arrived: list[Arrived] = list(run.arrived)
        self.done: list[DoneStep] = list(run.done)
        self.values: dict[str, Any] = dict(run.fields)
        self.open: list[Promise] = list(run.open)
        self.kept: list[tuple[str, str, int]] = list(run.kept)
        self.begun: dict[str, str] = dict(run.begun)
        self.timers: list[tuple[str, str, int]] = list(run.timers)
        self.tasks: list[OpenTask] = list(run.tasks)
        self.numbered = run.numbered
        self.end = run.end
        self.ended_at = run.ended_at
        self.timer = ""
        self.task = ""
        self.asked_again: list[OpenTask] = []
        """What was to be handed out in this movement though it is under way."""

    def result(self) -> tuple[RunState, tuple[fx.Effect, ...]]:
        """The new state and what is to be done."""
        state = RunState(
            started_at=self.run.started_at,
            round=self.round,
            round_at=self.round_at,
            active=tuple(self.active),
            arrived=tuple(self.arrived),
            done=tuple(self.done),
            fields=self.values,
            open=tuple(self.open),
            kept=tuple(self.kept),
            begun=self.begun,
            timers=tuple(self.timers),
            tasks=tuple(self.tasks),
            numbered=self.numbered,
            end=self.end,
            ended_at=self.ended_at,
        )
        return state, tuple(self.effects)

    def emit(self, effect: fx.Effect) -> None:
        self.effects.append(effect)

    def context(self, outcome: str = "") -> Mapping[str, Any]:
        """What conditions may look at."""
        return {
            **self.values, "round": self.round, "outcome": outcome or None, "timer": self.timer or None,
            "subtask": self.task or None,
        }  # fmt: skip

    def instant(self, name: str) -> datetime | None:
        """The instant in a field, None where there is none (yet)."""
        value = self.values.get(name)
        return datetime.fromisoformat(value) if isinstance(value, str) and value else None

    def earliest(self, names: Iterable[str]) -> dict[str, datetime]:
        """Of these fields those that keep a promise from acceptance or a fact on, with the earliest of them."""
        found: dict[str, datetime] = {}
        for name in names:
            starts = self.definition.kept_since.get(name, ())
            instants = [self.run.started_at if start == "run" else self.instant(start) for start in starts]
            known = [at for at in instants if at is not None]
            if known:
                found[name] = min(known)
        return found

    # Fields

    def collect(self, step: str, number: int, values: Mapping[str, Any]) -> None:
        """Merge values; facts among them are announced, since deadlines may depend on them."""
        new = {name: value for name, value in values.items() if self.values.get(name) != value}
        if not new:
            return
        self.values.update(new)
        if None in new.values():
            self.values = {name: value for name, value in self.values.items() if value is not None}
        self.emit(fx.CollectFields(step, number, tuple(new.items())))
        if not self.definition.fact_names.isdisjoint(new):
            facts = tuple((name, value) for name, value in new.items() if name in self.definition.fact_names)
            self.emit(fx.ChangeFacts(facts))

    # Steps

    def active_step(self, key: str) -> ActiveStep | None:
        for active in self.active:
            if active.key == key:
                return active
        return None

    def began_this_round(self, key: str) -> bool:
        """Whether the step is under way, or was finished in this round (cancelled ones may come again)."""
        if self.active_step(key):
            return True
        return any(d.key == key and d.round == self.round and d.outcome != m.CANCELLED for d in self.done)

    def begin(self, step: m.Step, branch: str) -> ActiveStep:
        active = ActiveStep(step.key, self.round, branch, self.now)
        self.active.append(active)
        self.emit(fx.StartStep(step.key, self.round, branch, step.role, self.now))
        return active

    def close(self, active: ActiveStep, outcome: str) -> None:
        """Finish or skip an active step: its own promises are met (or void), its timers stop."""
        self._leave(active, outcome)
        skipped = outcome == m.SKIPPED
        self.emit(fx.FinishStep(active.key, active.round, outcome, self.now, skipped))
        if skipped:
            self._void(active, m.SKIPPED)
        else:
            self.meet_by_step(active)
            self._void(active, "step_finished")

    def cancel(self, active: ActiveStep) -> None:
        """Stop an active step without an outcome."""
        self._leave(active, m.CANCELLED)
        self.emit(fx.CancelStep(active.key, active.round, self.now))
        self._void(active, m.CANCELLED)

    def _leave(self, active: ActiveStep, outcome: str) -> None:
        self.active = [other for other in self.active if other.key != active.key]
        self.done.append(DoneStep(active.key, active.round, outcome, self.now))
        for key, step, _ in self.timers and list(self.timers):
            if step == active.key:
                self.stop_timer(key)
        stopped = outcome in (m.SKIPPED, m.CANCELLED)
        for task in self.tasks and list(self.tasks):
            if task.step == active.key and (task.needed or stopped):
                self.drop_task(task, "step_stopped" if stopped else "step_finished")

    def _void(self, active: ActiveStep, reason: str) -> None:
        for promise in list(self.open):
            if promise.step == active.key:
                self.drop_promise(promise, reason)

    def wait(self, active: ActiveStep, whom: str) -> None:
        """Begin or (empty `whom`) end waiting."""
        if active.wait == whom:
            return
        waiting = active._replace(wait=whom)
        self.active = [waiting if other.key == active.key else other for other in self.active]
        self.emit(fx.Wait(active.key, active.round, whom, self.now))

    def drop_arrived(self, dropped: Iterable[Arrived]) -> None:
        """Branches that no longer come; scheduled ones lose their timer."""
        for waiting in list(dropped):
            self.arrived.remove(waiting)
            if waiting.timer:
                self.stop_timer(f"start_{waiting.key}")

    def next_round(self, keys: tuple[str, ...]) -> None:
        """Stop what lies downstream of `keys`, empty the proofs to be given anew, count the round."""
        redone = set(keys).union(*(self.definition.forward[key] for key in keys))
        for active in list(self.active):
            if active.key in redone:
                self.cancel(active)
        for index, waiting in reversed(list(enumerate(self.arrived))):
            sources = tuple(source for source in waiting.sources if source not in redone)
            if not sources:
                self.drop_arrived([waiting])
            else:
                self.arrived[index] = waiting._replace(sources=sources)
        for task in list(self.tasks):
            if task.step in redone:
                self.drop_task(task, "step_stopped")
        self.round += 1
        self.round_at = self.now
        self.emit(fx.StartRound(keys[0], self.round, self.now))
        proofs = [
            field.name
            for step in self.definition.steps
            if step.key in redone
            for field in step.fields
            if field.proof and field.name in self.values and field.name not in self.definition.fact_names
        ]
        self.collect("", self.round, dict.fromkeys(proofs))

    def finish_run(self, end: str) -> None:
        """End the run: everything under way stops."""
        for active in list(self.active):
            self.cancel(active)
        self.drop_arrived(self.arrived)
        for key, _, _ in list(self.timers):
            self.stop_timer(key)
        for promise in list(self.open):
            self.drop_promise(promise, "run_ended")
        for task in list(self.tasks):
            self.drop_task(task, "run_ended")
        status = self.definition.end_by_key[end].status
        if status:
            self.emit(fx.SetStatus(status, self.now))
        self.end, self.ended_at = end, self.now
        self.emit(fx.EndRun(end, self.now))

    def revive(self) -> None:
        self.end, self.ended_at = "", None
        self.emit(fx.ReviveRun(self.now))

    # Timers

    def set_timer(self, key: str, step: str, base: datetime, offset: timedelta, clock: str) -> None:
        self.stop_timer(key)
        self.timers.append((key, step, self.round))
        self.emit(fx.StartTimer(key, step, self.round, base, offset, clock))

    def stop_timer(self, key: str) -> None:
        for entry in list(self.timers):
            if entry[0] == key:
                self.timers.remove(entry)
                self.emit(fx.CancelTimer(*entry))

    def ring(self, key: str) -> bool:
        """Take a timer that rang; False where it is not (any longer) wanted."""
        for entry in list(self.timers):
            if entry[0] == key:
                self.timers.remove(entry)
                return True
        return False

    # Sub-tasks

    def open_task(self, step: str, plan: m.Task, number: int) -> None:
        """Hands it out, unless it is under way already. `number`: the round of its step."""
        ask = str(self.values.get(plan.ask) or "") if plan.ask else ""
        standing = next((task for task in self.tasks if task.key == plan.key), None)
        if standing is not None:
            self.asked_again.append(standing)
            self.emit(fx.KeepSubtask(standing.number, ask))
            return
        self.numbered += 1
        self.tasks.append(OpenTask(plan.key, self.numbered, step, number, plan.needed))
        until = self.instant(plan.until) if plan.until else None
        accept_until = self.instant(plan.accept_until) if plan.accept_until else None
        self.emit(fx.OpenSubtask(self.numbered, plan.key, step, number, ask, until, accept_until))

    def needed_at(self, step: str) -> list[OpenTask]:
        """What must be answered before the step can be finished."""
        return [task for task in self.tasks if task.step == step and task.needed]

    def drop_task(self, task: OpenTask, reason: str) -> None:
        self.tasks.remove(task)
        self.emit(fx.CancelSubtask(task.number, self.now, reason))

    # Promises

    def promise_round(self, step: str, limit: m.Limit) -> int:
        """The round a promise belongs to: facts and acceptance happen once, the rest once a round."""
        if step:
            active = self.active_step(step)
            return active.round if active else self.round
        if limit.starts == "run" or limit.starts in self.definition.fact_names:
            return 1
        return self.round

    def has_promised(self, kind: str, step: str) -> bool:
        """Whether such a promise is open."""
        return bool(self.open) and any(promise.kind == kind and promise.step == step for promise in self.open)

    def meet(self, limit: m.Limit, step: str, number: int, at: datetime) -> None:
        """Settle a promise; one that was never started will not be started any more."""
        if since := self.since(limit):
            self.begun[f"{limit.kind}@{step}"] = since
        for promise in list(self.open):
            if promise.kind == limit.kind and promise.step == step:
                self.open.remove(promise)
                self.kept.append((promise.kind, promise.step, promise.round))
                self.emit(fx.MeetDeadline(promise.kind, promise.step, promise.round, at))
                return
        if (limit.kind, step, number) not in self.kept:
            self.kept.append((limit.kind, step, number))

    def since(self, limit: m.Limit) -> str:
        """The values of the instant fields that date a promise; empty where none does."""
        names = [name for name in (limit.starts, limit.until) if name and name not in COUNTED_FROM]
        return " ".join(str(self.values[name]) for name in names if name in self.values)

    def meet_by_step(self, active: ActiveStep) -> None:
        for step, limit in self.definition.met_by_step[active.key]:
            number = active.round if step == active.key else self.promise_round(step, limit)
            if not step or step == active.key or self.active_step(step):
                self.meet(limit, step, number, self.now)

    def meet_by_happening(self, name: str) -> None:
        for step, limit in self.definition.all_limits():
            if any(met.happening == name for met in limit.met_by) and (not step or self.active_step(step)):
                self.meet(limit, step, self.promise_round(step, limit), self.now)

    def drop_promise(self, promise: Promise, reason: str) -> None:
        self.open.remove(promise)
        self.emit(fx.CancelDeadline(promise.kind, promise.step, promise.round, self.now, reason))

    def has_value(self, name: str) -> bool:
        return not is_empty(self.values.get(name))
