"""The picture of a procedure: everything is in it, nothing lies on anything else, lines go where the arrows go."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from tests.domain.test_procedure_advance import FORK, OVER, define, step
from tests.domain.test_procedure_properties import definitions

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.drawing import Line, Picture, draw
from yinuo.packs import SHIPPED, shipped_pack

EVERY = [(pack, key) for pack in SHIPPED for key in shipped_pack(pack).procedures]


def check(definition: Definition, picture: Picture) -> None:
    boxes = {box.key: box for box in picture.boxes}
    assert {f"step:{one.key}" for one in definition.steps} <= boxes.keys()
    for one, other in combinations(picture.boxes, 2):
        assert (
            one.x + one.width <= other.x
            or other.x + other.width <= one.x
            or one.y + one.height <= other.y
            or other.y + other.height <= one.y
        ), (one, other)
    roles = {lane.role: lane for lane in picture.lanes}
    for one in definition.steps:
        box, lane = boxes[f"step:{one.key}"], roles[one.role]
        assert lane.y < box.y and box.y + box.height <= lane.y + lane.height
    for lane, below in pairwise(picture.lanes):
        assert lane.y + lane.height == below.y
    for line in picture.lines:
        start, end = boxes[line.edge.source], boxes[line.edge.target]
        assert line.points[0][0] == start.x + start.width and start.y < line.points[0][1] < start.y + start.height
        assert line.points[-1][0] == end.x and end.y < line.points[-1][1] < end.y + end.height
        for (x1, y1), (x2, y2) in pairwise(line.points):
            assert (x1 == x2) != (y1 == y2) or (x1, y1) == (x2, y2)
            for box in picture.boxes:
                assert not crosses(box, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), (line, box)
        assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in line.points)


def crosses(box, left, top, right, bottom) -> bool:
    return left < box.x + box.width and right > box.x and top < box.y + box.height and bottom > box.y


def overlap(one: Line, other: Line) -> bool:
    """Whether two lines run along each other for a stretch, other than at a port that they share."""
    for (a, b), (c, d) in ((p, q) for p in pairwise(one.points) for q in pairwise(other.points)):
        for along, across in ((0, 1), (1, 0)):
            if a[across] == b[across] == c[across] == d[across]:
                low = max(min(a[along], b[along]), min(c[along], d[along]))
                if low < min(max(a[along], b[along]), max(c[along], d[along])):
                    return True
    return False


@pytest.mark.parametrize(("pack", "key"), EVERY)
def test_every_shipped_procedure_is_drawn_with_all_its_ways(pack, key):
    definition = shipped_pack(pack).procedures[key]
    picture = draw(definition)
    check(definition, picture)
    drawn = {(line.edge.source, line.edge.target, line.edge.loop) for line in picture.lines}
    for one in definition.steps:
        for arrow in one.arrows:
            for target in [f"step:{key}" for key in arrow.to] or [f"end:{arrow.end}"]:
                assert (f"step:{one.key}", target, arrow.loop) in drawn
    assert not [pair for pair in combinations(picture.lines, 2) if overlap(*pair)]


@settings(max_examples=60, deadline=None)
@given(definitions())
def test_whatever_the_definition_is_steps_stand_apart_in_their_lanes_and_lines_go_round_them(definition):
    check(definition, draw(definition))


def test_steps_stand_behind_what_they_follow_and_branches_below_each_other():
    flow = define(
        FORK,
        step("left", {"to": "meet"}),
        step("right", {"to": "late"}),
        step("late", {"to": "meet"}),
        step("meet", OVER),
    )
    boxes = {box.name: box for box in draw(flow).boxes if box.kind == "step"}
    assert boxes["left"].x == boxes["right"].x and boxes["left"].y < boxes["right"].y
    assert boxes["fork"].x < boxes["left"].x < boxes["late"].x < boxes["meet"].x


def test_a_loop_leads_back_and_is_told_apart():
    bad = {
        "when": [{"field": "outcome", "value": "done"}],
        "to": "work",
        "loop": True,
        "label": {"zh": "不好", "en": "no"},
    }
    flow = define(step("work", {"to": "check"}), step("check", bad, OVER, role="reviewer"))
    picture = draw(flow)
    (loop,) = [line for line in picture.lines if line.edge.loop]
    assert loop.points[-1][0] < loop.points[0][0] and loop.edge.label.zh == "不好"
    assert [lane.role for lane in picture.lanes] == ["agent", "reviewer"]


def test_one_line_says_all_that_leads_along_it():
    def way(to: str, zh: str = "", field: str = "outcome") -> dict[str, object]:
        return {"to": to, "when": [{"field": field, "value": "done"}]} | ({"label": {"zh": zh}} if zh else {})

    both = define(
        step("fork", {**way("left", "上门"), "to": ["left", "right"]}, {"to": "left", "label": {"zh": "远程"}}),
        step("left", OVER), step("right", OVER),
    )  # fmt: skip
    labels = {line.edge.target: line.edge.label.zh for line in draw(both).lines if line.edge.source == "step:fork"}
    assert labels == {"step:left": "上门/远程", "step:right": "上门"}


def test_what_only_happens_leads_to_a_step_behind_where_it_may_happen():
    flow = define(
        step("work", OVER),
        step("rescue", OVER),
        on=[{"happening": "alarm", "active": ["work"], "to": ["rescue"]}],
    )
    picture = draw(flow)
    boxes = {box.name: box for box in picture.boxes}
    assert boxes["rescue"].x > boxes["work"].x
    assert [line.edge.happening for line in picture.lines if line.edge.happening] == ["alarm"]
