"""Names of BPMN 2.0 (OMG formal/2013-12-09), and ours for what it has no word for."""

import re

from yinuo.domain.reading import Text

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:yinuo:procedure:1"
CONDITIONS = f"{OURS}#conditions"
"""The language of a condition that we wrote: rows of field, op and value as JSON."""
PREFIXES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "xsi": XSI, "yinuo": OURS}

_NO_ID = re.compile(r"[^A-Za-z0-9_.-]")


def bpmn(tag: str) -> str:
    return f"{{{BPMN}}}{tag}"


def ours(name: str) -> str:
    return f"{{{OURS}}}{name}"


def as_id(key: str) -> str:
    """An id as XML wants it."""
    return _NO_ID.sub("_", key)


class BpmnFaulty(ValueError):
    """A file that cannot be taken; `text` says why."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)
