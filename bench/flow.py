"""A process of six human steps and one branch, as a definition of the desk: the same as `peers/flow.bpmn`."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from yinuo.domain.procedure import Definition

STEPS = {"accept": "受理", "diagnose": "诊断", "plan": "方案", "carry_out": "处理", "confirm": "确认", "visit": "回访"}
NOTE = "热水器不加热，显示E2，已约上门。"
GRADES = ("normal", "urgent", "refused")


def definition(*, promised: bool = False, kinds: Mapping[str, str] | None = None) -> Definition:
    """Each step asks for a note and a grade. `promised`: with a time limit on every step and one of the whole; `kinds`
    names those of some steps instead."""
    kinds = kinds or ({key: f"limit_{key}" for key in STEPS} if promised else {})
    return Definition.from_json(
        {
            "key": "measured",
            "title": _both("测量"),
            "limits": [{"kind": "resolve", "starts": "run", "met_by": [{"step": "visit"}]}] if promised else [],
            "steps": [_step(key, kinds.get(key)) for key in STEPS],
            "ends": [{"key": "over", "title": _both("结束")}],
        }
    )


def _step(key: str, kind: str | None) -> Mapping[str, Any]:
    keys = list(STEPS)
    following = dict(pairwise(keys)).get(key)
    onward = {"to": following} if following else {"end": "over"}
    refused = {"end": "over", "when": [{"field": "plan_grade", "value": "refused"}]}
    return {
        "key": key,
        "title": _both(STEPS[key]),
        "role": "agent",
        "limits": [{"kind": kind}] if kind else [],
        "fields": [
            {"name": f"{key}_note", "label": _both("说明"), "type": "longtext", "required": True},
            {
                "name": f"{key}_grade", "label": _both("等级"), "type": "choice", "required": True,
                "choices": [{"value": grade, **_both(grade)} for grade in GRADES],
            },
        ],
        "outcomes": [{"key": "done", "label": _both("完成"), "style": "primary"}],
        "next": [refused, onward] if key == "plan" else [onward],
    }  # fmt: skip


def _both(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


def entries() -> Iterator[tuple[str, dict[str, str]]]:
    """(step, what is entered), in order."""
    for key in STEPS:
        yield key, {f"{key}_note": NOTE, f"{key}_grade": "normal"}
