"""A definition taken apart into what BPMN draws: tasks, gateways, events, flows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from yinuo.domain.conditions import Conditions
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.drawing.graph import END, EVENT, GATE, START, STEP, Edge, Graph, Node, arrange, label_of
from yinuo.domain.procedure.model import NO_TEXT, Action, Step
from yinuo.domain.reading import Text


@dataclass(frozen=True, slots=True)
class Element:
    """A flow node. `tag` is BPMN's; `of` the step that it belongs to, `part` what of it."""

    key: str
    tag: str
    of: str = ""
    part: str = ""


@dataclass(slots=True)
class Flows:
    """What is drawn, element by element, and the flows between them; `defaults` are the flows that are taken where no
    condition holds, by the index of the flow."""

    elements: dict[str, Element] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    labelled: set[int] = field(default_factory=set)
    """Which edges (`id`) have a label of the arrow's own, not only what its buttons are called."""

    def add(self, key: str, tag: str, kind: str, lane: str, *, of: str = "", part: str = "") -> str:
        self.elements[key] = Element(key, tag, of, part)
        self.nodes.append(Node(key, kind, of, lane))
        return key

    def join(
        self, source: str, target: str, label: Text = NO_TEXT, when: Conditions = (), *, loop: bool = False
    ) -> Edge:
        self.edges.append(Edge(source, target, label, when, loop))
        return self.edges[-1]


def taken_apart(definition: Definition) -> tuple[Flows, Graph]:
    """Each step becomes a user task; before it what joins, what waits for a date and what it does by itself at its
    start, behind it what it does at its end and the gateway that decides. Happenings leave it at its border."""
    flows = Flows()
    steps = definition.step_by_key
    flows.add("start", "startEvent", START, "")
    entries = {step.key: _entry(flows, step) for step in definition.steps}
    for end in definition.ends:
        flows.add(f"end.{end.key}", "endEvent", END, "", of=end.key)
    begin = [entries[key] for key in definition.start if key in entries]
    _lead(flows, "start", begin, "fork.start", steps[definition.start[0]].role if begin else "")
    for step in definition.steps:
        _leave(flows, definition, step, entries)
    for number, row in enumerate(definition.on):
        targets = [entries[key] for key in row.to if key in entries]
        if row.end in definition.end_by_key:
            targets.append(f"end.{row.end}")
        for source in row.active:
            for target in targets:
                if source in steps:
                    edge = Edge(f"step.{source}", target, NO_TEXT, row.when, happening=f"{number}.{row.happening}")
                    flows.edges.append(edge)
    return flows, arrange(flows.nodes, flows.edges)


def automatic(step: Step) -> Iterator[tuple[str, tuple[Action, ...]]]:
    """What a step does by itself, and when."""
    if step.on_start:
        yield "on_start", step.on_start
    if step.on_finish:
        yield "on_finish", step.on_finish


def _entry(flows: Flows, step: Step) -> str:
    """The elements of a step up to its task; the first of them."""
    chain = []
    if step.join == "all":
        chain.append(flows.add(f"join.{step.key}", "parallelGateway", GATE, step.role, of=step.key, part="join"))
    if step.starts_at is not None:
        timer = f"timer.{step.key}"
        chain.append(flows.add(timer, "intermediateCatchEvent", EVENT, step.role, of=step.key, part="starts_at"))
    if step.on_start:
        service = f"on_start.{step.key}"
        chain.append(flows.add(service, "serviceTask", STEP, step.role, of=step.key, part="on_start"))
    chain.append(flows.add(f"step.{step.key}", "userTask", STEP, step.role, of=step.key))
    for one, following in pairwise(chain):
        flows.join(one, following)
    return chain[0]


def _leave(flows: Flows, definition: Definition, step: Step, entries: dict[str, str]) -> None:
    here = f"step.{step.key}"
    if step.on_finish:
        service = f"on_finish.{step.key}"
        flows.add(service, "serviceTask", STEP, step.role, of=step.key, part="on_finish")
        flows.join(here, service)
        here = service
    arrows = [
        (arrow, [entries[key] for key in arrow.to if key in entries] + ([f"end.{arrow.end}"] if ends else []))
        for arrow in step.arrows
        for ends in [arrow.end in definition.end_by_key]
    ]
    arrows = [(arrow, targets) for arrow, targets in arrows if targets]
    if len(arrows) > 1 or any(arrow.when for arrow, _ in arrows):
        gate = flows.add(f"gate.{step.key}", "exclusiveGateway", GATE, step.role, of=step.key, part="next")
        flows.join(here, gate)
        here = gate
    for number, (arrow, targets) in enumerate(arrows):
        fork = f"fork.{step.key}.{number}"
        first = _lead(flows, here, targets, fork, step.role, label_of(step, arrow), arrow.when, loop=arrow.loop)
        if arrow.label != NO_TEXT:
            flows.labelled.add(id(first))


def _lead(
    flows: Flows,
    source: str,
    targets: list[str],
    fork: str,
    lane: str,
    label: Text = NO_TEXT,
    when: Conditions = (),
    *,
    loop: bool = False,
) -> Edge | None:
    """A flow, through a parallel gateway where it leads to several; the first."""
    found = []
    if len(targets) > 1:
        flows.add(fork, "parallelGateway", GATE, lane, part="fork")
        found.append(flows.join(source, fork, label, when))
        source, label, when = fork, NO_TEXT, ()
    found += [flows.join(source, target, label, when, loop=loop) for target in targets]
    return found[0] if found else None
