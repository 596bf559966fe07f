"""Lines between cells, without one covering another.

Between two columns lies a gutter, between two rows a corridor. A line leaves its cell on the right and enters on the
left: through the gutter behind the source, along a corridor where it goes far or back, through the gutter before the
target. In each gutter and corridor, lines that would overlap get tracks of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from yinuo.domain.procedure.drawing.graph import GATE, STEP, Edge, Graph, Node

Span = tuple[float, float]
HEIGHTS = {STEP: 1.0, GATE: 0.66}
LEAST_HEIGHT = 0.37
"""How high a start, an event or an end is, measured by a step."""


@dataclass(slots=True)
class Route:
    """The way of one edge, in cells. `out` and `into` are its places among the `outs` that leave and the `ins` that
    enter the same cells. A line that stays in its row has no `corridor`."""

    edge: Edge
    source: Node
    target: Node
    corridor: int | None = None
    out: int = 0
    outs: int = 1
    into: int = 0
    ins: int = 1
    first_track: int = 0
    along_track: int = 0
    last_track: int = 0


@dataclass(slots=True)
class Tracks:
    """How many tracks each gutter (by the column before it) and corridor (by the row below it) needs."""

    gutters: dict[int, int] = field(default_factory=dict)
    corridors: dict[int, int] = field(default_factory=dict)


def routes_of(graph: Graph) -> tuple[list[Route], Tracks]:
    nodes = graph.node_by_key
    taken = {(node.column, node.row) for node in graph.nodes}
    routes = []
    for edge in graph.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        routes.append(Route(edge, source, target, _corridor(source, target, taken)))
    _ports(routes)
    tracks = Tracks()
    _along(routes, tracks)
    _across(routes, tracks)
    return routes, tracks


def _corridor(source: Node, target: Node, taken: set[tuple[int, int]]) -> int | None:
    """None where the line can stay in the source's row up to the gutter before the target."""
    if target.column > source.column:
        between = range(source.column + 1, target.column)
        if not any((column, source.row) in taken for column in between):
            return None
        return target.row if target.row > source.row else target.row + 1
    return max(source.row, target.row) + 1


def _ports(routes: Sequence[Route]) -> None:
    """Lines leave and enter a cell in the order of where they go to and come from."""
    leaving: dict[str, list[Route]] = {}
    entering: dict[str, list[Route]] = {}
    for route in routes:
        leaving.setdefault(route.source.key, []).append(route)
        entering.setdefault(route.target.key, []).append(route)
    for group in leaving.values():
        group.sort(key=lambda route: _height(route, route.target))
        for place, route in enumerate(group):
            route.out, route.outs = place, len(group)
    for group in entering.values():
        group.sort(key=lambda route: _height(route, route.source))
        for place, route in enumerate(group):
            route.into, route.ins = place, len(group)


def _height(route: Route, other: Node) -> float:
    return 2 * route.corridor if route.corridor is not None else 2 * other.row + 1.0


def _along(routes: Iterable[Route], tracks: Tracks) -> None:
    """Tracks of the corridors: spans are counted in columns."""
    wanted: dict[int, list[tuple[Span, Route]]] = {}
    for route in routes:
        if route.corridor is not None:
            begin, end = route.source.column + 1.0, float(route.target.column)
            wanted.setdefault(route.corridor, []).append(((min(begin, end) - 0.5, max(begin, end) + 0.5), route))
    for corridor, spans in wanted.items():
        found, count = _tracks([span for span, _ in spans])
        tracks.corridors[corridor] = count
        for (_, route), track in zip(spans, found, strict=True):
            route.along_track = track


def _across(routes: Iterable[Route], tracks: Tracks) -> None:
    """Tracks of the gutters: spans are counted in half rows. A straight line needs none."""
    wanted: dict[int, list[tuple[Span, Route, bool]]] = {}
    for route in routes:
        begin = 2 * route.source.row + 1 + _port(route.source, route.out, route.outs)
        end = 2 * route.target.row + 1 + _port(route.target, route.into, route.ins)
        before = route.target.column - 1
        if route.corridor is None:
            wanted.setdefault(before, []).append(((min(begin, end), max(begin, end)), route, False))
            continue
        along = 2 * route.corridor + route.along_track / 50
        wanted.setdefault(route.source.column, []).append(((min(begin, along), max(begin, along)), route, True))
        wanted.setdefault(before, []).append(((min(end, along), max(end, along)), route, False))
    for gutter, spans in wanted.items():
        found, count = _tracks([span for span, _, _ in spans])
        tracks.gutters[gutter] = count
        for (_, route, is_first), track in zip(spans, found, strict=True):
            if is_first:
                route.first_track = track
            else:
                route.last_track = track


def _port(node: Node, place: int, count: int) -> float:
    """How far below the middle of its cell a line leaves or enters, where a step is one high."""
    return ((place + 1) / (count + 1) - 0.5) * HEIGHTS.get(node.kind, LEAST_HEIGHT)


def _tracks(spans: Sequence[Span]) -> tuple[list[int], int]:
    """For each span the lowest track on which nothing overlaps it, short ones first."""
    found = [0] * len(spans)
    used: list[list[Span]] = []
    for index in sorted(range(len(spans)), key=lambda at: (spans[at][1] - spans[at][0], spans[at])):
        low, high = spans[index]
        track = 0
        while track < len(used) and any(low <= other[1] and other[0] <= high for other in used[track]):
            track += 1
        if track == len(used):
            used.append([])
        used[track].append((low, high))
        found[index] = track
    return found, len(used)
