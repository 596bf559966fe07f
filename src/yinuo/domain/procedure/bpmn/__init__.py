"""Procedures as BPMN 2.0, out and in (`docs/algorithms/bpmn.md`).

text = write_bpmn(definition)                   # complete, with lanes and coordinates, for any other tool
taken = read_bpmn(text)                         # taken.body is a draft; taken.open says what could not be read
"""

from yinuo.domain.procedure.bpmn.names import BpmnFaulty
from yinuo.domain.procedure.bpmn.open_points import OpenPoint
from yinuo.domain.procedure.bpmn.reading import Taken, read_bpmn
from yinuo.domain.procedure.bpmn.writing import write_bpmn

__all__ = ["BpmnFaulty", "OpenPoint", "Taken", "read_bpmn", "write_bpmn"]
