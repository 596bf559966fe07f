"""What is to be drawn, and in which column and row each of it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yinuo.domain.conditions import Conditions
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.model import NO_TEXT, Arrow, Step
from yinuo.domain.reading import Text

START = "start"
STEP = "step"
END = "end"
GATE = "gate"
EVENT = "event"


@dataclass(frozen=True, slots=True)
class Node:
    """Something that stands in one cell: the start, a step, an end; in BPMN also a gateway or an event. `key` is
    unique: `start`, `step:<key>`, `end:<key>` …"""

    key: str
    kind: str
    name: str
    lane: str
    column: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one node to another. `happening`: what takes it, where no button does."""

    source: str
    target: str
    label: Text = NO_TEXT
    when: Conditions = ()
    loop: bool = False
    happening: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in their cells; `lanes` are roles with the first row of each and how many it has."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    lanes: tuple[tuple[str, int, int], ...]

    @property
    def node_by_key(self) -> Mapping[str, Node]:
        return {node.key: node for node in self.nodes}


def graph_of(definition: Definition) -> Graph:
    """Steps in layers by their longest way from the start that goes round no loop; within a layer in the lane of their
    role, each in a row of its own, near to where they are reached from. Ends stand behind the steps that lead there."""
    edges = tuple(_edges(definition))
    nodes = [Node("start", START, "", "")]
    nodes += [Node(f"step:{step.key}", STEP, step.key, step.role) for step in definition.steps]
    nodes += [Node(f"end:{end.key}", END, end.key, "") for end in definition.ends]
    return arrange(nodes, edges)


def arrange(nodes: Sequence[Node], edges: Sequence[Edge]) -> Graph:
    """Gives each node its cell. One without a lane stands in that of what leads to it; an end that nothing leads to is
    left out. The first node is where everything begins."""
    columns = _columns(nodes, edges)
    lanes = list(dict.fromkeys(node.lane for node in nodes if node.lane))
    lane_of = {node.key: node.lane for node in nodes}
    first = next((lane_of[edge.target] for edge in edges if edge.source == nodes[0].key), "") or lanes[0]
    lanes.remove(first)
    lanes.insert(0, first)
    placed = []
    for node in nodes:
        leading = [edge.source for edge in edges if edge.target == node.key]
        if node.kind == END and not leading:
            continue
        lane = node.lane
        if not lane:
            last = max(leading, key=lambda key: columns[key], default="")
            lane = lane_of.get(last) or first
        placed.append(replace(node, lane=lane, column=columns[node.key]))
    forward = [edge for edge in edges if not edge.loop and not edge.happening]
    rows, heights = _rows(placed, lanes, forward)
    return Graph(tuple(rows), tuple(edges), heights)


def label_of(step: Step, arrow: Arrow) -> Text:
    """What is written at an arrow: its own label, else the buttons that lead along it."""
    if arrow.label.zh or arrow.label.en:
        return arrow.label
    keys: list[str] = []
    for row in arrow.when:
        if row.field == "outcome" and row.op in ("eq", "in"):
            keys += row.value if isinstance(row.value, tuple) else [row.value]
    buttons = [button.label for key in keys if (button := step.button(key)) is not None]
    if not buttons:
        return Text()
    return Text("、".join(label.zh for label in buttons), ", ".join(label.en for label in buttons))


def _either(first: Text, second: Text) -> Text:
    """What is written at a line that two rows take: nothing where one of them takes it without a word."""
    if not (first.zh or first.en) or not (second.zh or second.en):
        return NO_TEXT
    if first == second:
        return first
    return Text(f"{first.zh}/{second.zh}", f"{first.en} / {second.en}")


def _edges(definition: Definition) -> Iterable[Edge]:
    steps = definition.step_by_key
    for key in definition.start:
        if key in steps:
            yield Edge("start", f"step:{key}")
    for step in definition.steps:
        found: dict[tuple[str, bool], Edge] = {}
        for arrow in step.arrows:
            targets = [f"step:{key}" for key in arrow.to if key in steps]
            if arrow.end in definition.end_by_key:
                targets.append(f"end:{arrow.end}")
            for target in targets:
                label, first = label_of(step, arrow), found.get((target, arrow.loop))
                if first is None:
                    found[target, arrow.loop] = Edge(f"step:{step.key}", target, label, arrow.when, arrow.loop)
                else:  # two rows to the same step are one line, which says both
                    found[target, arrow.loop] = replace(first, label=_either(first.label, label))
        yield from found.values()
    drawn: set[tuple[str, str]] = set()
    for row in definition.on:
        for source in row.active:
            targets = [f"step:{key}" for key in row.to if key in steps]
            if row.end in definition.end_by_key:
                targets.append(f"end:{row.end}")
            for target in targets:
                if source in steps and (source, target) not in drawn:
                    drawn.add((source, target))
                    yield Edge(f"step:{source}", target, when=row.when, happening=row.happening)


def _columns(nodes: Sequence[Node], edges: Iterable[Edge]) -> dict[str, int]:
    """The longest way from the start; an arrow that closes a circle without being marked as a loop is passed over."""
    follows: dict[str, list[str]] = {}
    jumps: dict[str, list[str]] = {}
    for edge in edges:
        if edge.happening:
            jumps.setdefault(edge.source, []).append(edge.target)
        elif not edge.loop:
            follows.setdefault(edge.source, []).append(edge.target)
    order: list[str] = []
    state: dict[str, int] = {}
    closing: set[tuple[str, str]] = set()

    def visit(begin: str) -> None:
        """Depth first, without recursion: a definition may be long."""
        todo = [(begin, iter(follows.get(begin, ())))]
        state[begin] = 1
        while todo:
            key, rest = todo[-1]
            target = next(rest, None)
            if target is None:
                state[key] = 2
                order.append(key)
                todo.pop()
            elif state.get(target) == 1:
                closing.add((key, target))
            elif target not in state:
                state[target] = 1
                todo.append((target, iter(follows.get(target, ()))))

    roots: list[str] = []
    for node in nodes:
        if node.key not in state and (node.kind != END or not roots):  # the first; else reached by a happening only
            visit(node.key)
            roots.append(node.key)
    columns = dict.fromkeys(order, 0)
    for key in roots[1:]:
        columns[key] = 1
    for turn in range(3):  # what only a happening leads to stands behind that, and pushes on what follows it
        if turn:
            for key, targets in jumps.items():
                for target in set(targets) & set(roots[1:]):
                    columns[target] = max(columns[target], columns[key] + 1)
        for key in reversed(order):
            for target in follows.get(key, ()):
                if (key, target) not in closing:
                    columns[target] = max(columns[target], columns[key] + 1)
    for node in nodes:
        if node.key not in columns:  # an end that only a happening leads to
            behind = [columns[source] + 1 for source, targets in jumps.items() if node.key in targets]
            columns[node.key] = max(behind, default=1)
    return columns


def _rows(
    nodes: list[Node], lanes: list[str], forward: list[Edge]
) -> tuple[list[Node], tuple[tuple[str, int, int], ...]]:
    """Within a lane and column the nodes stand below each other, in the order of what leads to them."""
    sources: dict[str, list[str]] = {}
    for edge in forward:
        sources.setdefault(edge.target, []).append(edge.source)
    height: dict[str, int] = dict.fromkeys(lanes, 1)
    place: dict[str, tuple[int, int]] = {}
    number = {lane: index for index, lane in enumerate(lanes)}
    by_cell: dict[tuple[int, str], list[Node]] = {}
    for node in nodes:
        by_cell.setdefault((node.column, node.lane), []).append(node)
    listed = {node.key: index for index, node in enumerate(nodes)}
    for (_, lane), cell in sorted(by_cell.items(), key=lambda item: (item[0][0], number[item[0][1]])):

        def rank(node: Node) -> tuple[float, int]:
            before = [place[key] for key in sources.get(node.key, ()) if key in place]
            middle = sum(at * 100 + row for at, row in before) / len(before) if before else 0.0
            return (middle, listed[node.key])

        for row, node in enumerate(sorted(cell, key=rank)):
            place[node.key] = (number[lane], row)
        height[lane] = max(height[lane], len(cell))
    first: dict[str, int] = {}
    top = 0
    for lane in lanes:
        first[lane] = top
        top += height[lane]
    placed = [replace(node, row=first[node.lane] + place[node.key][1]) for node in nodes]
    return placed, tuple((lane, first[lane], height[lane]) for lane in lanes)
