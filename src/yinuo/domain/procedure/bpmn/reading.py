"""BPMN 2.0 into a draft: structure, roles and names. What cannot be read becomes a named open point of its step or
arrow, which lint reports, so that nothing is guessed and nothing is lost.

The file is a stranger's: no entities, no document type, bounded in size, elements and depth of gateways.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from yinuo.domain.procedure.bpmn.elements import (
    BY_PEOPLE,
    GATEWAYS,
    TASKS,
    as_name,
    documentation_of,
    flow_nodes,
    kept_in,
    loaded,
    name_of,
    tag_of,
    texts_of,
    title_of,
)
from yinuo.domain.procedure.bpmn.names import CONDITIONS, BpmnFaulty, bpmn, ours
from yinuo.domain.procedure.bpmn.open_points import OPEN, OpenPoint, named_point
from yinuo.domain.procedure.definition import Definition
from yinuo.domain.procedure.model import CANCELLED, SKIPPED
from yinuo.domain.reading import NAME, ReadingError, Text

MOST_BYTES, MOST_ELEMENTS, MOST_WAYS = 2_000_000, 5_000, 200


@dataclass(frozen=True, slots=True)
class Taken:
    """A body for a draft, readable by `Definition.from_json`, and what is open in it."""

    body: dict[str, Any]
    open: tuple[OpenPoint, ...]


@dataclass(slots=True)
class _Way:
    """One row of a decision: where it leads and when."""

    targets: list[str]
    when: list[dict[str, Any]] = field(default_factory=list)
    label: Any = None
    loop: bool = False
    open: list[Text] = field(default_factory=list)


def read_bpmn(text: str | bytes, *, roles: Mapping[str, str] | None = None) -> Taken:
    """`roles`: names of roles as this house calls them, and their codes. Raises `BpmnFaulty`."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MOST_BYTES:
        raise BpmnFaulty(Text("文件太大（最多 2 MB）。", "The file is too large (2 MB at most)."))
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BpmnFaulty(
            Text("文件含有文档类型或实体定义，为安全起见不予读取。", "A document type or entities are not read.")
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise BpmnFaulty(Text("这不是完整的 XML 文件。", "This is no well-formed XML.")) from error
    if root.tag != bpmn("definitions") or sum(1 for _ in root.iter()) > MOST_ELEMENTS:
        raise BpmnFaulty(
            Text("这不是 BPMN 2.0 文件，或者元素过多。", "This is no BPMN 2.0 file, or it has too many elements.")
        )
    return _Reading(root, roles or {}).taken()


class _Reading:
    def __init__(self, root: Element, roles: Mapping[str, str]) -> None:
        self.roles = roles
        self.open: list[OpenPoint] = []
        found = sorted(root.iter(bpmn("process")), key=lambda one: -sum(1 for _ in flow_nodes(one)))
        if not found or not any(True for _ in flow_nodes(found[0])):
            raise BpmnFaulty(Text("文件里没有流程。", "There is no process in the file."))
        self.process = found[0]
        for other in found[1:]:
            if any(True for _ in flow_nodes(other)):
                self._note("", "several", name_of(other))
        self.nodes = {one.get("id", ""): one for one in flow_nodes(self.process)}
        self.flows: dict[str, list[Element]] = {}
        self.entering: dict[str, list[Element]] = {}
        for flow in self.process.iter(bpmn("sequenceFlow")):
            if flow.get("sourceRef") in self.nodes and flow.get("targetRef") in self.nodes:
                self.flows.setdefault(flow.get("sourceRef", ""), []).append(flow)
                self.entering.setdefault(flow.get("targetRef", ""), []).append(flow)
        self.messages = {one.get("id", ""): one.get("name", "") for one in root.iter(bpmn("message"))}
        participants = [one.get("name", "") for one in root.iter(bpmn("participant")) if self._is_pool(one)]
        self.title = self.process.get("name") or next((name for name in participants if name), "")
        self.step_keys = self._keys("step", [one for one in self.nodes.values() if self._is_step(one)])
        self.end_keys = self._keys("end", [one for one in self.nodes.values() if tag_of(one) == "endEvent"])
        self.role_of = self._lanes()

    def _is_pool(self, participant: Element) -> bool:
        return participant.get("processRef") == self.process.get("id")

    def _is_step(self, node: Element) -> bool:
        """A task; of our own files not the service task that stands for what a step does by itself."""
        return tag_of(node) in TASKS and not (tag_of(node) == "serviceTask" and node.get(ours("part")))

    def _note(self, step: str, code: str, what: str = "") -> Text:
        said = Text(*(pattern.format(what=what[:200]) for pattern in (OPEN[code].zh, OPEN[code].en)))
        self.open.append(OpenPoint(step, said))
        return said

    def _keys(self, kind: str, nodes: list[Element]) -> dict[str, str]:
        """Ids to keys: ours come back as they were, a stranger's are made into names."""
        found: dict[str, str] = {}
        used = {SKIPPED, CANCELLED}
        for number, node in enumerate(nodes, 1):
            own = node.get(ours("of"), "")
            key = own if NAME.match(own) else as_name(node.get("id", "")) or f"{kind}_{number}"
            while key in used:
                key = f"{key}_{number}"
            used.add(key)
            found[node.get("id", "")] = key
        return found

    def _lanes(self) -> dict[str, tuple[str, Text | None]]:
        """For each node the code of its role, and the open point where the house has no such role. The innermost lane
        counts."""
        found: dict[str, tuple[str, Text | None]] = {}
        known = {name.strip().casefold(): code for name, code in self.roles.items()}
        codes = set(self.roles.values())
        for number, lane in enumerate(self.process.iter(bpmn("lane")), 1):
            name = lane.get("name", "")
            code = lane.get(ours("role"), "") or known.get(name.strip().casefold(), "")
            unknown: Text | None = None
            if not NAME.match(code):
                code = name if name in codes else as_name(name) or f"role_{number}"
                if code not in codes:
                    said = OPEN["role"]
                    unknown = Text(said.zh.format(what=name[:200]), said.en.format(what=name[:200]))
            for reference in lane.findall(bpmn("flowNodeRef")):
                found[(reference.text or "").strip()] = (code, unknown)
        return found

    # What comes of it

    def taken(self) -> Taken:
        kept = kept_in(self.process, "definition")
        body = dict(kept) if isinstance(kept, dict) else {}
        key = body.get("key", "")
        if not (isinstance(key, str) and NAME.match(key)):
            body["key"] = as_name(self.process.get("id", "")) or "imported"
        body["title"] = title_of(self.title, body.get("title"))
        if not body.get("source") and (said := documentation_of(self.process)):
            body["source"] = said
        happenings = list(self._happenings())
        body["steps"] = [self._step(node) for node in self.nodes.values() if self._is_step(node)]
        if not body["steps"]:
            raise BpmnFaulty(Text("流程里没有要人办的步骤。", "Nobody has anything to do in the process."))
        body["start"] = self._start()
        body["ends"] = self._ends(body.get("ends"))
        if happenings and not kept:
            body["on"] = happenings
        self._mark_loops(body["steps"], body["start"])
        try:
            Definition.from_json(body)
        except ReadingError as error:
            raise BpmnFaulty(
                Text(f"文件里的附加说明读不通：{error.faults[0].say('zh')}", f"An extension is faulty: {error}")
            ) from error
        return Taken(body, tuple(self.open))

    def _start(self) -> list[str]:
        starts = [one for one in self.nodes.values() if tag_of(one) == "startEvent"]
        begun = [one for one in starts if one.get("id") in self.flows] or [
            one for id, one in self.nodes.items() if self._is_step(one) and id not in self.entering
        ]
        keys: list[str] = []
        for one in begun:
            if self._is_step(one):
                keys.append(self.step_keys[one.get("id", "")])
            for way in self._ways(one) if not self._is_step(one) else ():
                keys += [target for target in way.targets if target in self.step_keys.values()]
        return list(dict.fromkeys(keys)) or list(self.step_keys.values())[:1]

    def _ends(self, kept: Any) -> list[dict[str, Any]]:
        kept = kept if isinstance(kept, list) else []
        ends = {one["key"]: dict(one) for one in kept if isinstance(one, dict) and isinstance(one.get("key"), str)}
        for id, key in self.end_keys.items():
            end = ends.setdefault(key, {"key": key})
            end["title"] = title_of(self.nodes[id].get("name", ""), end.get("title"))
        return list(ends.values())

    def _step(self, node: Element) -> dict[str, Any]:
        id = node.get("id", "")
        key = self.step_keys[id]
        kept = kept_in(node, "step")
        raw: dict[str, Any] = dict(kept) if isinstance(kept, dict) else {}
        is_ours = bool(raw)
        points: list[Text] = [Text(*said) for said in texts_of(raw.get("open"))]
        raw |= {"key": key, "title": title_of(node.get("name", ""), raw.get("title"))}
        role, unknown = self.role_of.get(id, ("", None))
        if unknown is not None:
            points.append(unknown)
        if not role:
            role = "agent" if "agent" in self.roles.values() else "role_1"
            points.append(OPEN["no_role"])
        raw["role"] = role
        if not is_ours:
            self._foreign(node, raw, points)
        ways = self._ways(node)
        raw["next"] = [self._row(raw, way, len(ways), points, is_ours=is_ours) for way in ways]
        if not is_ours and not raw.get("outcomes"):
            raw["outcomes"] = [{"key": "done", "label": {"zh": "完成", "en": "Done"}, "style": "primary"}]
        raw["open"] = [point.to_json() for point in points]
        self.open += [OpenPoint(key, point) for point in points]
        if not raw["open"]:
            del raw["open"]
        return raw

    def _foreign(self, node: Element, raw: dict[str, Any], points: list[Text]) -> None:
        tag, name = tag_of(node), name_of(node)
        if said := documentation_of(node):
            raw["purpose"] = {"zh": said, "en": said}
        if tag in ("subProcess", "transaction", "adHocSubProcess", "callActivity"):
            points.append(named_point("inside", name))
        elif tag not in BY_PEOPLE:
            points.append(named_point("automatic", name))
        points += [
            named_point("limit", name_of(border))
            for border in self.process.iter(bpmn("boundaryEvent"))
            if border.get("attachedToRef") == node.get("id") and border.find(bpmn("timerEventDefinition")) is not None
        ]
        for flow in self.entering.get(node.get("id", ""), ()):
            before = self.nodes[flow.get("sourceRef", "")]
            if tag_of(before) == "parallelGateway" and len(self.entering.get(before.get("id", ""), ())) > 1:
                raw["join"] = "all"
            if tag_of(before) == "intermediateCatchEvent":
                code = "limit" if before.find(bpmn("timerEventDefinition")) is not None else "event"
                points.append(named_point(code, name_of(before)))

    def _row(self, raw: dict[str, Any], way: _Way, count: int, points: list[Text], *, is_ours: bool) -> dict[str, Any]:
        """A decision row. A stranger's named way becomes a button of that name; a condition stays open."""
        ends = [
            target
            for target in way.targets
            if target in self.end_keys.values() and target not in self.step_keys.values()
        ]
        row: dict[str, Any] = {"end": ends[0]} if ends else {"to": way.targets}
        label = way.label if isinstance(way.label, dict) else None
        if not is_ours and count > 1:
            name = (way.label or "") if isinstance(way.label, str) else ""
            if name and not way.open and not way.when:
                buttons = raw.setdefault("outcomes", [])
                key = as_name(name) or f"way_{len(buttons) + 1}"
                while any(button["key"] == key for button in buttons):
                    key = f"{key}_{len(buttons) + 1}"
                buttons.append({"key": key, "label": {"zh": name, "en": name}})
                way.when = [{"field": "outcome", "op": "eq", "value": key}]
        elif isinstance(way.label, str) and way.label and not is_ours:
            label = {"zh": way.label, "en": way.label}
        if way.when:
            row["when"] = way.when
        if label:
            row["label"] = label
        if way.loop:
            row["loop"] = True
        if way.open:
            row["open"] = " ".join(dict.fromkeys(text.zh for text in way.open))
        return row

    # Ways through gateways

    def _ways(self, node: Element) -> list[_Way]:
        """From a step or the start to the next steps and ends, through what only decides or waits; the default last."""
        ways: list[_Way] = []
        self._budget = MOST_WAYS
        leaving = self.flows.get(node.get("id", ""), [])
        found = [self._follow(flow, frozenset((node.get("id", ""),))) for flow in leaving]
        if len(found) > 1 and not any(flow.find(bpmn("conditionExpression")) is not None for flow in leaving):
            return self._together(found)  # several flows without conditions are taken all (BPMN 2.0, 13.3.1)
        for some in found:
            ways += some
        return [way for way in ways if way.targets]

    def _follow(self, flow: Element, seen: frozenset[str]) -> list[_Way]:
        self._budget -= 1
        target = self.nodes[flow.get("targetRef", "")]
        id = target.get("id", "")
        when, points = self._condition(flow)
        is_loop = flow.get(ours("loop")) == "true"
        label = kept_in(flow, "label") or flow.get("name") or None
        if id in self.step_keys or id in self.end_keys:
            key = self.step_keys.get(id) or self.end_keys[id]
            return [_Way([key], when, label, is_loop, points)]
        if id in seen or self._budget <= 0:
            return []
        ways = self._through(target, seen | {id})
        return [
            _Way(way.targets, [*when, *way.when], way.label or label, way.loop or is_loop, [*points, *way.open])
            for way in ways
        ]

    def _through(self, node: Element, seen: frozenset[str]) -> list[_Way]:
        tag, leaving = tag_of(node), list(self.flows.get(node.get("id", ""), ()))
        default = node.get("default", "")
        leaving.sort(key=lambda flow: flow.get("id") == default)
        found = [self._follow(flow, seen) for flow in leaving]
        if tag == "parallelGateway" or (tag not in GATEWAYS and len(leaving) > 1):
            return self._together(found)
        ways = [way for some in found for way in some]
        name = name_of(node)
        if tag in ("inclusiveGateway", "complexGateway", "eventBasedGateway") and len(leaving) > 1:
            for way in ways:
                way.open.append(named_point("gateway", name))
        if tag == "exclusiveGateway" and len(leaving) > 1:
            for flow, some in zip(leaving, found, strict=True):
                is_said = flow.find(bpmn("conditionExpression")) is not None or flow.get("name")
                if not is_said and flow.get("id") != default:
                    for way in some:
                        if not way.when and not way.label:
                            way.open.append(named_point("no_condition", name))
        return ways

    def _together(self, found: list[list[_Way]]) -> list[_Way]:
        """Branches that are all taken: one row with all their targets. One that decides by itself stays open."""
        some = [way for ways in found for way in ways]
        if len(some) < 2:
            return some
        points = [point for way in some for point in way.open]
        if any(len(ways) > 1 or any(way.when for way in ways) for ways in found):
            points.append(named_point("gateway", "+"))
        targets = list(dict.fromkeys(target for way in some for target in way.targets))
        steps = [target for target in targets if target in self.step_keys.values()]
        return [_Way(steps or targets[:1], [], None, any(way.loop for way in some), points)]

    def _condition(self, flow: Element) -> tuple[list[dict[str, Any]], list[Text]]:
        expression = flow.find(bpmn("conditionExpression"))
        if expression is None:
            return [], []
        text = (expression.text or "").strip()
        if expression.get("language") == CONDITIONS:
            rows = loaded(text)
            if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
                return rows, []
        return [], [named_point("condition", text or flow.get("name", ""))]

    def _happenings(self) -> Iterator[dict[str, Any]]:
        """A stranger's events on the border of a task, other than timers: something that happens leads away."""
        for border in self.process.iter(bpmn("boundaryEvent")):
            at = self.step_keys.get(border.get("attachedToRef", ""))
            if at is None or border.find(bpmn("timerEventDefinition")) is not None or border.get(ours("part")):
                continue
            message = border.find(bpmn("messageEventDefinition"))
            said = self.messages.get(message.get("messageRef", ""), "") if message is not None else ""
            name = as_name(said or border.get("name", "")) or as_name(border.get("id", "")) or "happening"
            for way in self._ways(border):
                steps = [target for target in way.targets if target in self.step_keys.values()]
                row: dict[str, Any] = {"happening": name, "active": [at]}
                yield row | ({"to": steps} if steps else {"end": way.targets[0]})

    def _mark_loops(self, steps: list[dict[str, Any]], start: list[str]) -> None:
        """An arrow of a stranger's that leads back to what leads to it begins another round."""
        by_key = {step["key"]: step for step in steps}
        state: dict[str, int] = {}
        for begin in [*start, *by_key]:
            if begin in state or begin not in by_key:
                continue
            state[begin] = 1
            todo = [(begin, iter([(row, key) for row in by_key[begin]["next"] for key in row.get("to", [])]))]
            while todo:
                here, rest = todo[-1]
                following = next(rest, None)
                if following is None:
                    state[here] = 2
                    todo.pop()
                    continue
                row, key = following
                if row.get("loop") or key not in by_key:
                    continue
                if state.get(key) == 1:
                    row["loop"] = True
                elif key not in state:
                    state[key] = 1
                    todo.append((key, iter([(row, to) for row in by_key[key]["next"] for to in row.get("to", [])])))
