"""BPMN 2.0 of a definition: process, lanes, tasks, gateways, events, documentation and coordinates.

What BPMN has no word for stands as JSON in extension elements, so that our own file comes back as it was.
"""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from yinuo.domain.conditions import OPS, Condition, Conditions
from yinuo.domain.procedure.bpmn.model import Element, automatic, taken_apart
from yinuo.domain.procedure.bpmn.names import CONDITIONS, DC, DD, DI, OURS, PREFIXES, XSI, as_id, bpmn, ours
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.drawing.graph import GATE, STEP, Edge
from yinuo.domain.procedure.drawing.shapes import MARGIN, Box, Line, Point, place
from yinuo.domain.procedure.model import Action, Step
from yinuo.domain.reading import Text

KEPT_ELSEWHERE = ("key", "role", "next")
"""Of a step: what BPMN's own elements say."""
BORDER = 24
"""Side of an event on the border of a task."""
ACTIONS: dict[str, Text] = {
    "message": Text("发送消息", "send message"),
    "survey": Text("发出满意度调查", "ask survey"),
    "improvement": Text("开立改进项", "open improvement"),
    "status": Text("工单状态改为", "set status"),
    "subtask": Text("派出子任务", "open sub-task"),
    "assign": Text("分派", "assign"),
    "document": Text("生成文档", "make document"),
    "timer": Text("设定定时", "start timer"),
    "cancel_timer": Text("取消定时", "stop timer"),
    "stamp": Text("记下时刻", "note the instant"),
    "set": Text("填入", "set"),
    "count": Text("计数", "count"),
}


def write_bpmn(definition: Definition, *, language: str = "zh", role_names: Mapping[str, str] | None = None) -> str:
    """The whole file. Names are in `language`, the other one is in the extension; `role_names` name the lanes."""
    for prefix, address in PREFIXES.items():
        ET.register_namespace(prefix, address)
    return _Writer(definition, language, role_names or {}).text()


class _Writer:
    def __init__(self, definition: Definition, language: str, role_names: Mapping[str, str]) -> None:
        self.definition, self.language, self.role_names = definition, language, role_names
        self.flows, graph = taken_apart(definition)
        self.picture = place(graph)
        self.lane_of = {node.key: node.lane for node in graph.nodes}
        self.drawn = {box.key: box for box in self.picture.boxes}
        self.raw_steps = {raw["key"]: raw for raw in self._raw_steps()}
        self.process_id = as_id(f"process.{definition.key}")
        self.flow_ids = {id(line.edge): f"flow.{number}" for number, line in enumerate(self.picture.lines)}

    def _raw_steps(self) -> list[dict[str, Any]]:
        raw = self.definition.to_json()["steps"]
        return [{**value, "key": key} for key, value in raw.items()] if isinstance(raw, dict) else list(raw)

    def text(self) -> str:
        root = ET.Element(
            bpmn("definitions"),
            {"id": as_id(f"definitions.{self.definition.key}"), "targetNamespace": OURS, "exporter": "Yinuo"},
        )
        together = ET.SubElement(root, bpmn("collaboration"), {"id": "collaboration"})
        title = self.definition.title.say(self.language)
        pool = {"id": "pool", "name": title, "processRef": self.process_id}
        ET.SubElement(together, bpmn("participant"), pool)
        self._messages(root)
        self._process(root, title)
        self._diagram(root)
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

    # The process

    def _messages(self, root: ET.Element) -> None:
        names = dict.fromkeys(edge.happening.partition(".")[2] for edge in self.flows.edges if edge.happening)
        for name in names:
            ET.SubElement(root, bpmn("message"), {"id": as_id(f"message.{name}"), "name": name})

    def _process(self, root: ET.Element, title: str) -> None:
        process = ET.SubElement(root, bpmn("process"), {"id": self.process_id, "name": title, "isExecutable": "false"})
        if self.definition.source:
            ET.SubElement(process, bpmn("documentation")).text = self.definition.source
        rest = {key: value for key, value in self.definition.to_json().items() if key != "steps"}
        _extension(process, {"definition": rest})
        lanes = ET.SubElement(process, bpmn("laneSet"), {"id": "lanes"})
        for lane in self.picture.lanes:
            name = self.role_names.get(lane.role, lane.role)
            attributes = {"id": as_id(f"lane.{lane.role}"), "name": name, ours("role"): lane.role}
            element = ET.SubElement(lanes, bpmn("lane"), attributes)
            for key, role in self.lane_of.items():
                if role == lane.role:
                    ET.SubElement(element, bpmn("flowNodeRef")).text = as_id(key)
            for edge in self._happenings():
                if self.lane_of[edge.source] == lane.role:
                    ET.SubElement(element, bpmn("flowNodeRef")).text = self._border_id(edge)
        for key, one in self.flows.elements.items():
            if key in self.drawn:
                self._element(process, one)
        for edge in self._happenings():
            self._border(process, edge)
        for line in self.picture.lines:
            self._flow(process, line.edge)

    def _happenings(self) -> list[Edge]:
        return [line.edge for line in self.picture.lines if line.edge.happening]

    def _border_id(self, edge: Edge) -> str:
        return as_id(f"on.{self.flow_ids[id(edge)]}")

    def _element(self, process: ET.Element, one: Element) -> None:
        attributes = {"id": as_id(one.key)}
        name = self._name(one)
        if name:
            attributes["name"] = name
        if one.part:
            attributes[ours("part")] = one.part
        if one.of:
            attributes[ours("of")] = one.of
        leaving = [line.edge for line in self.picture.lines if line.edge.source == one.key]
        if one.tag == "exclusiveGateway":
            default = next((edge for edge in reversed(leaving) if not edge.when), None)
            if default is not None:
                attributes["default"] = self.flow_ids[id(default)]
        element = ET.SubElement(process, bpmn(one.tag), attributes)
        if one.tag == "userTask":
            self._documents(element, self.definition.step_by_key[one.of])
        for edge in (line.edge for line in self.picture.lines if line.edge.target == one.key):
            ET.SubElement(element, bpmn("incoming")).text = self.flow_ids[id(edge)]
        for edge in leaving:
            if not edge.happening:
                ET.SubElement(element, bpmn("outgoing")).text = self.flow_ids[id(edge)]
        if one.tag == "intermediateCatchEvent":
            plan = self.definition.step_by_key[one.of].starts_at
            timer = ET.SubElement(element, bpmn("timerEventDefinition"), {"id": as_id(f"{one.key}.when")})
            date = ET.SubElement(timer, bpmn("timeDate"), {f"{{{XSI}}}type": "bpmn:tFormalExpression"})
            if plan is not None:
                date.text = f"{plan.field} {'+' if plan.offset.total_seconds() >= 0 else '-'} {abs(plan.offset)}"

    def _name(self, one: Element) -> str:
        if one.tag == "userTask":
            return self.definition.step_by_key[one.of].title.say(self.language)
        if one.tag == "endEvent":
            return self.definition.end_by_key[one.of].title.say(self.language)
        if one.tag == "serviceTask":
            actions = dict(automatic(self.definition.step_by_key[one.of]))[one.part]
            return "；".join(self._action(action) for action in actions)
        return ""

    def _action(self, action: Action) -> str:
        task = self.definition.task_by_key.get(action.target) if action.kind == "subtask" else None
        target = task[1].title.say(self.language) if task else action.target
        return f"{ACTIONS[action.kind].say(self.language)} {target}"

    def _documents(self, element: ET.Element, step: Step) -> None:
        said = [step.purpose, *step.must]
        lines = [text.say(self.language) for text in said if text.say(self.language)]
        never = "不得：" if self.language == "zh" else "Never: "
        lines += [never + text.say(self.language) for text in step.never]
        lines += [script.text.say(self.language) for script in step.scripts]
        lines += [step.source] if step.source else []
        if lines:
            ET.SubElement(element, bpmn("documentation")).text = "\n".join(lines)
        raw = self.raw_steps[step.key]
        _extension(element, {"step": {key: value for key, value in raw.items() if key not in KEPT_ELSEWHERE}})

    def _border(self, process: ET.Element, edge: Edge) -> None:
        name = edge.happening.partition(".")[2]
        attributes = {
            "id": self._border_id(edge),
            "name": name,
            "attachedToRef": as_id(edge.source),
            ours("part"): "on",
        }
        event = ET.SubElement(process, bpmn("boundaryEvent"), attributes)
        ET.SubElement(event, bpmn("outgoing")).text = self.flow_ids[id(edge)]
        definition = {"id": f"{self._border_id(edge)}.what", "messageRef": as_id(f"message.{name}")}
        ET.SubElement(event, bpmn("messageEventDefinition"), definition)

    def _flow(self, process: ET.Element, edge: Edge) -> None:
        source = self._border_id(edge) if edge.happening else as_id(edge.source)
        attributes = {"id": self.flow_ids[id(edge)], "sourceRef": source, "targetRef": as_id(edge.target)}
        name = edge.label.say(self.language) or say_conditions(self.definition, edge.when).say(self.language)
        if name:
            attributes["name"] = name
        if edge.loop:
            attributes[ours("loop")] = "true"
        flow = ET.SubElement(process, bpmn("sequenceFlow"), attributes)
        if id(edge) in self.flows.labelled:
            _extension(flow, {"label": edge.label.to_json()})
        if edge.when and not edge.happening:
            kind = {f"{{{XSI}}}type": "bpmn:tFormalExpression", "language": CONDITIONS}
            expression = ET.SubElement(flow, bpmn("conditionExpression"), kind)
            expression.text = _json([row.to_json() for row in edge.when])

    # The diagram

    def _diagram(self, root: ET.Element) -> None:
        diagram = ET.SubElement(root, f"{{{DI}}}BPMNDiagram", {"id": "diagram"})
        plane = ET.SubElement(diagram, f"{{{DI}}}BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
        top = self.picture.lanes[0].y
        bottom = self.picture.lanes[-1].y + self.picture.lanes[-1].height
        left = MARGIN
        self._shape(plane, "pool", left, top, self.picture.width - left, bottom - top, horizontal=True)
        inside = left + 30
        for lane in self.picture.lanes:
            self._shape(
                plane, as_id(f"lane.{lane.role}"), inside, lane.y, self.picture.width - inside, lane.height,
                horizontal=True,
            )  # fmt: skip
        for box in self.picture.boxes:
            self._shape(plane, as_id(box.key), box.x, box.y, box.width, box.height)
        for line in self.picture.lines:
            if line.edge.happening:
                x, y = line.points[0]
                self._shape(plane, self._border_id(line.edge), x - BORDER // 2, y - BORDER // 2, BORDER, BORDER)
        for line in self.picture.lines:
            self._line(plane, line)

    def _shape(
        self, plane: ET.Element, of: str, x: int, y: int, width: int, height: int, *, horizontal: bool = False
    ) -> None:
        attributes = {"id": f"shape.{of}", "bpmnElement": of}
        if horizontal:
            attributes["isHorizontal"] = "true"
        shape = ET.SubElement(plane, f"{{{DI}}}BPMNShape", attributes)
        bounds = {"x": str(x), "y": str(y), "width": str(width), "height": str(height)}
        ET.SubElement(shape, f"{{{DC}}}Bounds", bounds)

    def _line(self, plane: ET.Element, line: Line) -> None:
        of = self.flow_ids[id(line.edge)]
        edge = ET.SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"shape.{of}", "bpmnElement": of})
        for x, y in self._points(line):
            ET.SubElement(edge, f"{{{DD}}}waypoint", {"x": str(x), "y": str(y)})

    def _points(self, line: Line) -> list[Point]:
        """From edge to edge of the shapes themselves, not of the squares around them."""
        points = list(line.points)
        start, end = self.drawn[line.edge.source], self.drawn[line.edge.target]
        x, y = points[0]
        points[0] = (x + BORDER // 2, y) if line.edge.happening else (x - inset(start, y), y)
        x, y = points[-1]
        points[-1] = (x + inset(end, y), y)
        return points


def inset(box: Box, y: int) -> int:
    """How far the outline of a shape is inside the square around it, at a height."""
    if box.kind == STEP:
        return 0
    half, off = box.height / 2, abs(y - box.middle[1])
    return round(off) if box.kind == GATE else round(half - max(half**2 - off**2, 0) ** 0.5)


def say_conditions(definition: Definition, rows: Conditions) -> Text:
    """Rows of a decision in words, for people who look at a drawing."""
    said = [_say(definition, row) for row in rows]
    return Text("，且".join(text.zh for text in said), " and ".join(text.en for text in said))


def _say(definition: Definition, row: Condition) -> Text:
    field = definition.field_by_name.get(row.field)
    label = field.label if field else Text(row.field, row.field)
    labels = {choice.value: choice.label for choice in field.choices} if field else {}
    values = row.value if isinstance(row.value, tuple) else () if row.value is None else (row.value,)
    shown = [labels.get(value, Text(str(value), str(value))) for value in values]
    op = OPS[row.op]
    zh = f"{label.zh or row.field}{op.zh}{'、'.join(text.zh for text in shown)}"
    return Text(zh, f"{label.en or row.field} {op.en} {', '.join(text.en for text in shown)}".strip())


def _extension(parent: ET.Element, parts: Mapping[str, Any]) -> None:
    elements = ET.SubElement(parent, bpmn("extensionElements"))
    for name, value in parts.items():
        ET.SubElement(elements, ours(name)).text = _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
