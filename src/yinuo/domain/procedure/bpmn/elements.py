"""Looking into the elements of a BPMN file."""

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from yinuo.domain.procedure.bpmn.names import BPMN, bpmn, ours
from yinuo.domain.reading import NAME

TASKS = (
    "task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask",
    "callActivity", "subProcess", "transaction", "adHocSubProcess",
)  # fmt: skip
BY_PEOPLE = ("task", "userTask", "manualTask")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
PASSED = ("intermediateCatchEvent", "intermediateThrowEvent")


def flow_nodes(process: Element) -> Iterator[Element]:
    """The flow nodes of a process itself, not those inside of its sub-processes."""
    for child in process:
        tag = tag_of(child)
        if tag in TASKS or tag in GATEWAYS or tag in PASSED or tag in ("startEvent", "endEvent", "boundaryEvent"):
            yield child


def name_of(element: Element) -> str:
    return element.get("name", "") or element.get("id", "")


def tag_of(element: Element) -> str:
    return element.tag.removeprefix(f"{{{BPMN}}}") if isinstance(element.tag, str) else ""


def as_name(text: str) -> str:
    """A name as definitions want it, out of an id or English words; empty where nothing is left."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.removeprefix("process.").lower()).strip("_")[:60].strip("_")
    return plain if NAME.match(plain) else ""


def title_of(name: str, kept: Any) -> dict[str, str]:
    """A title: what the file shows, with the other language where it is still the same text."""
    if isinstance(kept, dict) and name in (kept.get("zh"), kept.get("en"), ""):
        return {"zh": str(kept.get("zh", "")), "en": str(kept.get("en", ""))}
    return {"zh": name, "en": name}


def documentation_of(element: Element) -> str:
    found = element.find(bpmn("documentation"))
    return (found.text or "").strip() if found is not None else ""


def kept_in(element: Element, name: str) -> Any:
    """What our own extension says; nothing where there is none, or where somebody spoiled it."""
    found = element.find(f"{bpmn('extensionElements')}/{ours(name)}")
    return None if found is None else loaded(found.text or "")


def loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def texts_of(value: Any) -> list[tuple[str, str]]:
    entries = value if isinstance(value, list) else []
    return [(str(one.get("zh", "")), str(one.get("en", ""))) for one in entries if isinstance(one, dict)]
