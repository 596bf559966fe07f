"""BPMN out and in: complete and consistent outwards, nothing lost on the way back, a stranger's file with what it says
and with named open points for what cannot be read, nothing dangerous."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from tests.domain.test_procedure_properties import definitions

from yinuo.domain.procedure import Definition, Known, lint
from yinuo.domain.procedure.bpmn import BpmnFaulty, read_bpmn, write_bpmn
from yinuo.domain.procedure.bpmn.names import BPMN, DC, DD, DI, bpmn
from yinuo.packs import SHIPPED, shipped_pack

EVERY = [(pack, key) for pack in SHIPPED for key in shipped_pack(pack).procedures]
PARTS = ("key", "title", "source", "start", "facts", "limits", "steps", "on", "ends", "on_start")
NODES = ("startEvent", "endEvent", "userTask", "serviceTask", "exclusiveGateway", "parallelGateway",
         "intermediateCatchEvent", "boundaryEvent")  # fmt: skip


def same(one: Definition, other: Definition) -> bool:
    return all(getattr(one, part) == getattr(other, part) for part in PARTS)


def check(text: str, definition: Definition) -> None:
    """Well-formed; ids are there once; everything that is named is there; everything is in one lane and drawn."""
    root = fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    (process,) = root.findall(bpmn("process"))
    nodes = {one.get("id"): one for one in process if one.tag.removeprefix(f"{{{BPMN}}}") in NODES}
    flows = {one.get("id"): one for one in process.findall(bpmn("sequenceFlow"))}
    for one in flows.values():
        assert one.get("sourceRef") in nodes and one.get("targetRef") in nodes
    for id, node in nodes.items():
        assert [one.text for one in node.findall(bpmn("incoming"))] == [
            key for key, flow in flows.items() if flow.get("targetRef") == id
        ]
        assert {one.text for one in node.findall(bpmn("outgoing"))} == {
            key for key, flow in flows.items() if flow.get("sourceRef") == id
        }
        assert node.get("default") is None or node.get("default") in flows
        assert node.get("attachedToRef") is None or node.get("attachedToRef") in nodes
    in_lanes = [one.text for one in process.iter(bpmn("flowNodeRef"))]
    assert sorted(in_lanes) == sorted(nodes)
    shapes = {one.get("bpmnElement"): one for one in root.iter(f"{{{DI}}}BPMNShape")}
    lanes = {one.get("id") for one in process.iter(bpmn("lane"))}
    assert set(shapes) == set(nodes) | lanes | {"pool"}
    edges = {one.get("bpmnElement"): one for one in root.iter(f"{{{DI}}}BPMNEdge")}
    assert set(edges) == set(flows)
    for key, edge in edges.items():
        points = [(float(one.get("x")), float(one.get("y"))) for one in edge.findall(f"{{{DD}}}waypoint")]
        assert len(points) >= 2
        for which, point in ((flows[key].get("sourceRef"), points[0]), (flows[key].get("targetRef"), points[-1])):
            bounds = shapes[which].find(f"{{{DC}}}Bounds")
            x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
            assert x - 1 <= point[0] <= x + width + 1 and y - 1 <= point[1] <= y + height + 1, (key, which)
        assert all(a == c or b == d for (a, b), (c, d) in pairwise(points))
    tasks = [one.get("name") for one in process.findall(bpmn("userTask"))]
    assert tasks == [step.title.zh for step in definition.steps]


@pytest.mark.parametrize(("pack", "key"), EVERY)
def test_a_shipped_procedure_goes_out_whole_and_comes_back_as_it_was(pack, key):
    definition = shipped_pack(pack).procedures[key]
    for language in ("zh", "en"):
        text = write_bpmn(definition, language=language, role_names={"agent": "客服专员"})
        taken = read_bpmn(text)
        assert same(Definition.from_json(taken.body), definition) and taken.open == ()
    check(write_bpmn(definition), definition)


@settings(max_examples=60, deadline=None)
@given(definitions())
def test_whatever_the_definition_is_its_file_is_consistent_and_comes_back(definition):
    text = write_bpmn(definition)
    check(text, definition)
    assert Definition.from_json(read_bpmn(text).body).steps == definition.steps


def test_what_somebody_renamed_and_led_elsewhere_in_another_tool_is_taken():
    definition = shipped_pack("handbook").procedures["consultation"]
    first = definition.steps[0]
    text = write_bpmn(definition).replace(f'name="{first.title.zh}"', 'name="先听客户说"')
    again = Definition.from_json(read_bpmn(text).body)
    assert again.steps[0].title.zh == "先听客户说" and again.steps[0].fields == first.fields


STRANGER = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  id="d" targetNamespace="http://bpmn.io/schema/bpmn">
  <collaboration id="c"><participant id="p" name="退货处理" processRef="Process_1"/></collaboration>
  <message id="m1" name="cancelled by customer"/>
  <process id="Process_1" isExecutable="false">
    <laneSet id="l"><lane id="l1" name="客服专员"><flowNodeRef>s</flowNodeRef><flowNodeRef>Ask</flowNodeRef>
      <flowNodeRef>g1</flowNodeRef><flowNodeRef>Tell</flowNodeRef><flowNodeRef>e</flowNodeRef></lane>
      <lane id="l2" name="仓库"><flowNodeRef>Check_Goods</flowNodeRef><flowNodeRef>Refund</flowNodeRef></lane></laneSet>
    <startEvent id="s"/>
    <userTask id="Ask" name="询问原因"><documentation>问清订单号</documentation></userTask>
    <exclusiveGateway id="g1" name="怎么办" default="f4"/>
    <task id="Check_Goods" name="验货"/>
    <exclusiveGateway id="g2"/>
    <serviceTask id="Refund" name="退款"/>
    <userTask id="Tell" name="告知客户"/>
    <endEvent id="e" name="结束"/>
    <boundaryEvent id="b" attachedToRef="Check_Goods"><messageEventDefinition id="bm" messageRef="m1"/></boundaryEvent>
    <boundaryEvent id="t" name="两天内" attachedToRef="Tell" cancelActivity="false">
      <timerEventDefinition id="tt"><timeDuration>P2D</timeDuration></timerEventDefinition></boundaryEvent>
    <sequenceFlow id="f1" sourceRef="s" targetRef="Ask"/>
    <sequenceFlow id="f2" sourceRef="Ask" targetRef="g1"/>
    <sequenceFlow id="f3" name="寄回" sourceRef="g1" targetRef="Check_Goods"/>
    <sequenceFlow id="f4" name="不退了" sourceRef="g1" targetRef="Tell"/>
    <sequenceFlow id="f5" sourceRef="Check_Goods" targetRef="g2"/>
    <sequenceFlow id="f6" sourceRef="g2" targetRef="Refund">
      <conditionExpression xsi:type="tFormalExpression">${goods.intact &gt; 0.9}</conditionExpression></sequenceFlow>
    <sequenceFlow id="f7" sourceRef="g2" targetRef="Ask"/>
    <sequenceFlow id="f8" sourceRef="Refund" targetRef="Tell"/>
    <sequenceFlow id="f9" sourceRef="Tell" targetRef="e"/>
    <sequenceFlow id="f10" sourceRef="b" targetRef="Tell"/>
  </process>
</definitions>"""


def test_a_strangers_file_gives_structure_roles_and_names():
    taken = read_bpmn(STRANGER, roles={"客服专员": "agent"})
    body = Definition.from_json(taken.body)
    assert body.title.zh == "退货处理" and body.start == ("ask",)
    assert [(step.key, step.title.zh) for step in body.steps] == [
        ("ask", "询问原因"), ("check_goods", "验货"), ("refund", "退款"), ("tell", "告知客户"),
    ]  # fmt: skip
    assert body.step_by_key["ask"].role == "agent" and body.step_by_key["ask"].purpose.zh == "问清订单号"
    assert [button.label.zh for button in body.step_by_key["ask"].buttons] == ["寄回", "不退了"]
    assert [arrow.to for arrow in body.step_by_key["ask"].arrows] == [("check_goods",), ("tell",)]
    back = body.step_by_key["check_goods"].arrows[-1]
    assert back.to == ("ask",) and back.loop
    assert [(row.happening, row.active, row.to) for row in body.on] == [
        ("cancelled_by_customer", ("check_goods",), ("tell",))
    ]
    assert body.step_by_key["tell"].arrows[0].end == "e"


def test_what_cannot_be_read_is_an_open_point_that_lint_reports_with_its_place():
    taken = read_bpmn(STRANGER, roles={"客服专员": "agent"})
    faults = lint(Definition.from_json(taken.body), Known(roles=frozenset({"agent"})))
    said = {(fault.path, fault.say("zh")) for fault in faults if fault.code == "open_point"}
    assert any(path.startswith("steps.check_goods.next[0]") and "goods.intact" in text for path, text in said)
    assert any(path == "steps.refund" and "自动步骤" in text for path, text in said)
    assert any(path == "steps.tell" and "两天内" in text for path, text in said)
    assert any(path == "steps.check_goods" and "仓库" in text for path, text in said)
    assert any("goods.intact" in fault.say("en") for fault in faults)


def test_a_way_that_is_open_is_never_taken():
    from datetime import UTC, datetime

    from tests.domain.test_procedure_advance import OVER, define, press, step

    from yinuo.domain.procedure import start

    flow = define(step("work", {"to": "work", "loop": True, "open": "${x}"}, OVER))
    assert press(flow, start(flow, {}, datetime(2026, 11, 23, tzinfo=UTC))[0], "work").end == "over"


BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
<process id="p"><task id="t" name="&b;"/></process></definitions>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
<process id="p"><task id="t" name="&x;"/></process></definitions>"""
MANY = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p">'
    + '<task id="t"/>' * 6000
    + "</process></definitions>"
)
CIRCLE = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"><startEvent id="s"/>
<exclusiveGateway id="a"/><exclusiveGateway id="b"/><sequenceFlow id="1" sourceRef="s" targetRef="a"/>
<sequenceFlow id="2" sourceRef="a" targetRef="b"/><sequenceFlow id="3" sourceRef="b" targetRef="a"/>
<task id="t" name="x"/><sequenceFlow id="4" sourceRef="b" targetRef="t"/></process></definitions>"""


NO_PROCESS = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p"/></definitions>'
NO_STEPS = CIRCLE.replace('<task id="t" name="x"/>', '<endEvent id="t"/>')
REFUSED = {
    "bomb": BOMB, "outside": OUTSIDE, "many": MANY, "empty": "", "torn": "<a", "other": "<a/>",
    "large": "x" * 3_000_000,
    "no process": NO_PROCESS, "no steps": NO_STEPS,
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_dangerous_or_no_bpmn_is_refused_in_words(text):
    with pytest.raises(BpmnFaulty) as refused:
        read_bpmn(text)
    assert refused.value.text.zh and refused.value.text.en
    assert "$" not in refused.value.text.zh, "no path of ours: the file is a stranger's"


def test_gateways_in_a_circle_come_to_an_end():
    assert Definition.from_json(read_bpmn(CIRCLE).body).start == ("t",)


def test_a_spoiled_extension_is_refused_or_left_aside_never_taken_half():
    text = write_bpmn(shipped_pack("handbook").procedures["consultation"])
    with pytest.raises(BpmnFaulty):
        read_bpmn(text.replace('"type":"choice"', '"type":"nonsense"', 1))
    torn = text.replace("<yinuo:step>{", "<yinuo:step>{{", 1)
    assert read_bpmn(torn).body["steps"][0]["title"]["zh"]


MODDLE = """
import { BpmnModdle } from "bpmn-moddle";
import { readFileSync } from "node:fs";
const { rootElement, references, warnings } = await new BpmnModdle().fromXML(readFileSync(0, "utf8"));
const [plane] = rootElement.diagrams.map((diagram) => diagram.plane);
console.log(JSON.stringify({
  warnings: warnings.map(String), references: references.length, drawn: plane.planeElement.length,
  kinds: rootElement.rootElements.map((one) => one.$type),
}));
"""


@pytest.mark.parametrize(("pack", "key"), EVERY)
def test_another_tools_reader_takes_it_without_a_warning_and_finds_every_reference(pack, key):
    """bpmn-moddle reads for bpmn.io's tools, by the metamodel of the OMG."""
    node, root = shutil.which("node"), Path(__file__).parents[2]
    if node is None or not (root / "node_modules" / "bpmn-moddle").is_dir():
        pytest.skip("no Node with bpmn-moddle here: make dev installs it")
    text = write_bpmn(shipped_pack(pack).procedures[key])
    command = [node, "--input-type=module", "--eval", MODDLE]
    done = subprocess.run(command, input=text, cwd=root, capture_output=True, encoding="utf-8", check=True, timeout=60)
    found = json.loads(done.stdout)
    assert found["warnings"] == [] and found["references"] > 20
    assert found["drawn"] == text.count("<bpmndi:BPMNShape ") + text.count("<bpmndi:BPMNEdge ")
    assert "bpmn:Process" in found["kinds"] and "bpmn:Collaboration" in found["kinds"]
