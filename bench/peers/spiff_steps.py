"""Runs in the peer's environment: plays the flow as long as each line of standard input says, and answers with the
human steps a second. Before every step the whole state is read from JSON, after it written to JSON.

The peer's recommended way: the serializer of its BPMN workflows, `serialize_json` and `deserialize_json`; `refresh`
and `get_tasks` for the next user task, `task.run()`, `do_engine_steps()`.
"""

import json
import sys
import time
from pathlib import Path

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

NOTE = "热水器不加热，显示E2，已约上门。"


def first_state(serializer: BpmnWorkflowSerializer, flow: Path) -> str:
    parser = BpmnParser()
    parser.add_bpmn_file(str(flow))
    workflow = BpmnWorkflow(parser.get_spec("matter"))
    workflow.do_engine_steps()
    return serializer.serialize_json(workflow)


def play(serializer: BpmnWorkflowSerializer, begun: str) -> list[str]:
    """One instance from its first step to its end; the steps in their order."""
    state, seen, is_over = begun, [], False
    while not is_over:
        workflow = serializer.deserialize_json(state)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        name = task.task_spec.bpmn_id
        task.data.update({f"{name}_note": NOTE, f"{name}_grade": "normal"})
        task.run()
        workflow.do_engine_steps()
        state = serializer.serialize_json(workflow)
        seen.append(name)
        is_over = workflow.is_completed()
    return seen


def main() -> None:
    serializer = BpmnWorkflowSerializer()
    begun = first_state(serializer, Path(sys.argv[1]))
    print(json.dumps({"order": play(serializer, begun)}), flush=True)
    for line in sys.stdin:
        seconds, steps = float(line), 0
        began, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            steps += len(play(serializer, begun))
        spent = time.perf_counter() - began
        print(json.dumps({"steps": steps, "seconds": spent, "cpu": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main()
