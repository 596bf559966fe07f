"""From cells and tracks to pixels."""

from dataclasses import dataclass

from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.drawing.graph import END, GATE, STEP, Edge, Graph, Node, graph_of
from yinuo.domain.procedure.drawing.routing import Route, Tracks, routes_of

STEP_WIDTH, STEP_HEIGHT = 148, 76
ROUND = 28
"""Side of the start, of an event and of an end."""
GATEWAY = 50
END_WIDTH = 96
"""An end has its name below: that much room."""
LANE_HEAD = 92
MARGIN = 12
TRACK = 9
ASIDE = 2
"""A line enters so far beside the height at which another one leaves in the gutter before."""
GUTTER, CORRIDOR = 30, 18
"""Room without any line."""
LABEL_WIDTH = 76
"""What a written arrow needs behind its step."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lane:
    """A band across the picture: what one role does."""

    role: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A step, the start or an end (`kind`), in pixels; `name` is the key of the step or end."""

    key: str
    kind: str
    name: str
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> Point:
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as a polyline from the right side of its source to the left side of its target. `label_at` is where the
    label begins, on the line's first stretch."""

    edge: Edge
    points: tuple[Point, ...]
    label_at: Point


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    lanes: tuple[Lane, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(definition: Definition) -> Picture:
    """The picture of a definition; of a faulty one whatever can be drawn."""
    return place(graph_of(definition))


def place(graph: Graph) -> Picture:
    """Pixels for a graph whose nodes have their cells."""
    routes, tracks = routes_of(graph)
    lefts, width = _columns(graph, routes, tracks)
    tops, corridors, bottom = _rows(graph, tracks)
    boxes = {node.key: _box(node, lefts, tops) for node in graph.nodes}
    left = {(route.source.column, _port(boxes[route.source.key], route.out, route.outs)) for route in routes}
    lines = []
    for route in routes:
        start = boxes[route.source.key]
        end = boxes[route.target.key]
        out = _port(start, route.out, route.outs)
        into = _port(end, route.into, route.ins)
        straight = route.corridor is None and out == into
        if not straight and (route.target.column - 1, into) in left:
            into += ASIDE
        lines.append(_line(route, start, end, out, into, lefts, corridors, tracks))
    edges = {**corridors, max(corridors): bottom}
    lanes = tuple(Lane(role, edges[first], edges[first + count] - edges[first]) for role, first, count in graph.lanes)
    return Picture(width, bottom + MARGIN, lanes, tuple(boxes.values()), tuple(lines))


def _columns(graph: Graph, routes: list[Route], tracks: Tracks) -> tuple[dict[int, int], int]:
    """The left side of each column, and the width of the whole."""
    last = max(node.column for node in graph.nodes)
    written = {route.source.column for route in routes if route.edge.label.zh or route.edge.label.en}
    kinds: dict[int, set[str]] = {}
    for node in graph.nodes:
        kinds.setdefault(node.column, set()).add(node.kind)
    lefts: dict[int, int] = {}
    x = MARGIN + LANE_HEAD + GUTTER // 2 + TRACK * tracks.gutters.get(-1, 0)
    for column in range(last + 2):
        lefts[column] = x
        x += _width_of(kinds.get(column, set()))
        x += GUTTER + TRACK * tracks.gutters.get(column, 0) + (LABEL_WIDTH if column in written else 0)
    return lefts, lefts[last + 1] + MARGIN


def _width_of(kinds: set[str]) -> int:
    return STEP_WIDTH if STEP in kinds else END_WIDTH if END in kinds else GATEWAY if GATE in kinds else ROUND


def _rows(graph: Graph, tracks: Tracks) -> tuple[dict[int, int], dict[int, int], int]:
    """The top of each row and of each corridor, and the bottom of the whole."""
    count = max(first + many for _, first, many in graph.lanes)
    tops: dict[int, int] = {}
    corridors: dict[int, int] = {}
    y = MARGIN
    for row in range(count + 1):
        corridors[row] = y
        y += CORRIDOR + TRACK * tracks.corridors.get(row, 0)
        if row < count:
            tops[row] = y
            y += STEP_HEIGHT
    lane_starts = {first for _, first, _ in graph.lanes}
    shift = 0
    for row in range(count + 1):  # a lane ends with room below its last step, and begins with room above
        if row in lane_starts and row:
            shift += CORRIDOR // 2
        corridors[row] += shift
        if row in tops:
            tops[row] += shift
    return tops, corridors, y + shift


def _box(node: Node, lefts: dict[int, int], tops: dict[int, int]) -> Box:
    x, y = lefts[node.column], tops[node.row]
    if node.kind == STEP:
        return Box(node.key, node.kind, node.name, x, y, STEP_WIDTH, STEP_HEIGHT)
    side = GATEWAY if node.kind == GATE else ROUND
    inset = (END_WIDTH - ROUND) // 2 if node.kind == END else 0
    return Box(node.key, node.kind, node.name, x + inset, y + (STEP_HEIGHT - side) // 2, side, side)


def _port(box: Box, place: int, count: int) -> int:
    """The height at which a line leaves or enters."""
    return box.y + box.height * (place + 1) // (count + 1)


def _line(
    route: Route,
    start: Box,
    end: Box,
    out: int,
    into: int,
    lefts: dict[int, int],
    corridors: dict[int, int],
    tracks: Tracks,
) -> Line:
    begin, finish = (start.x + start.width, out), (end.x, into)
    last_x = _gutter(route.target.column, route.last_track, lefts)
    label_at = (begin[0] + 6, begin[1] - 4)
    if route.corridor is None:
        if out == into:
            return Line(route.edge, (begin, finish), label_at)
        return Line(route.edge, (begin, (last_x, out), (last_x, into), finish), label_at)
    first_x = _gutter(route.source.column + 1, route.first_track, lefts)
    along_y = corridors[route.corridor] + CORRIDOR // 2 + TRACK * route.along_track
    points = (begin, (first_x, out), (first_x, along_y), (last_x, along_y), (last_x, into), finish)
    return Line(route.edge, points, label_at)


def _gutter(column: int, track: int, lefts: dict[int, int]) -> int:
    """The height line of a track in the gutter before a column: the first one is nearest to the column."""
    return lefts[column] - GUTTER // 2 - TRACK * track
