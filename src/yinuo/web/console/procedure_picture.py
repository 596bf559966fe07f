"""The picture of a procedure as its template draws it: `console/procedures/picture.html` with `picture`.

{"picture": picture_of(definition)}                        # a version: who does what, and the limits
{"picture": picture_of(definition, marks=marks_of(…))}     # a ticket: where it is, what was late
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.drawing import Box, Line, draw
from yinuo.domain.procedure.model import Step as StepDefinition
from yinuo.procedures.models import Step, StepState
from yinuo.procedures.passage import Passages
from yinuo.sla.models import Deadline
from yinuo.staff.queries import roles
from yinuo.web.console.labels import PromiseNames, named, say, span_text

STATE: dict[str, str | Promise] = {
    StepState.ACTIVE: gettext_lazy("under way"),
    StepState.DONE: gettext_lazy("done"),
    StepState.SKIPPED: gettext_lazy("skipped"),
    StepState.CANCELLED: gettext_lazy("no longer needed"),
}
ICON = {StepState.ACTIVE: "player-play", StepState.DONE: "circle-check", StepState.SKIPPED: "arrow-right",
        StepState.CANCELLED: "circle-x"}  # fmt: skip
PER_LINE, LINES = 10, 2
OPENING = "(\uff08\u300a\u201c"
LABEL, LIMIT = 7, 9
LARGE_PER_LINE, LARGE_LINE, LARGE_AT = 5, 27, 29
"""Titles of a picture shrunk to the width of the page, in letters twice as high."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is shown of a step beside its name: `state` and `heat` choose its look, `words` are read out, `note` is
    written in its lower corner."""

    state: str = ""
    note: str = ""
    brief: str = ""
    """The note in few letters, where the picture is shrunk."""
    words: tuple[str, ...] = ()
    is_late: bool = False
    heat: int = 0
    """0 (nothing shown) or 1 (least) to 5 (most)."""


def picture_of(definition: Definition, *, marks: Mapping[str, Mark] | None = None, title: str = "") -> dict[str, Any]:
    """Shapes with their words. Asks for the roles' names."""
    drawn = draw(definition)
    role_names = {role.code: named(role.name, role.name_en) for role in roles()}
    names = PromiseNames()
    marks = marks or {}
    count = len(definition.steps)
    title = title or say(definition.title)
    lanes = [_lane(role_names.get(lane.role, lane.role), lane.y, lane.height) for lane in drawn.lanes]
    return {
        "title": title,
        "summary": _("%(title)s: %(steps)d steps, %(roles)d roles, from left to right; dashed lines lead back.")
        % {"title": title, "steps": count, "roles": len(drawn.lanes)},
        "width": drawn.width,
        "height": drawn.height,
        "lanes": lanes,
        "names_width": max((lane["plate"] for lane in lanes), default=0) + 6,
        "lines": [_line(line, definition) for line in drawn.lines],
        "steps": [
            _step(box, definition.step_by_key[box.name], role_names, names, marks.get(box.name, Mark()))
            for box in sorted(drawn.boxes, key=lambda box: (box.x, box.y))
            if box.kind == "step"
        ],
        "rounds": [_round(box, definition) for box in drawn.boxes if box.kind != "step"],
        "has_loops": any(line.edge.loop for line in drawn.lines),
        "has_happenings": any(line.edge.happening for line in drawn.lines),
    }


def _lane(name: str, y: int, height: int) -> dict[str, Any]:
    """`name_y` in the picture; `edge_y` at the edge of the window, above the boxes that are moved past under it, on a
    ground of the width `plate`."""
    return {"name": name, "y": y, "height": height, "name_y": y + 22, "edge_y": y + 13, "plate": 7 * _width(name) + 12}


def _step(
    box: Box, step: StepDefinition, role_names: Mapping[str, str], names: PromiseNames, mark: Mark
) -> dict[str, Any]:
    title = say(step.title)
    spans = [(names(limit.kind), names.spans(limit.kind)) for limit in step.limits]
    limits = [f"{name} {span}".strip() for name, span in spans]
    asked = [_("Sub-task: %(title)s") % {"title": say(task.title)} for task in step.tasks]
    spoken = [title, role_names.get(step.role, step.role), *mark.words, *limits, *asked]
    return {
        "key": step.key,
        "x": box.x,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "text_x": box.x + 10,
        "lines": [{"text": text, "y": box.y + 22 + 17 * at} for at, text in enumerate(wrapped(title))],
        "large": [
            {"text": text, "y": box.y + LARGE_AT + LARGE_LINE * at}
            for at, text in enumerate(wrapped(title, LARGE_PER_LINE))
        ],
        "limit": _fitting(limits[0], spans[0][1]) if limits else "",
        "more": len(limits) - 1 if len(limits) > 1 else 0,
        "foot_y": box.y + box.height - 10,
        "note": mark.note,
        "brief": mark.brief or mark.note,
        "note_x": box.x + box.width - 8,
        "state": mark.state,
        "icon": ICON.get(mark.state, "users" if asked else ""),
        "icon_x": box.x + box.width - 22,
        "icon_y": box.y + 7,
        "is_late": mark.is_late,
        "heat": mark.heat,
        "label": " · ".join(spoken),
    }


def _fitting(limit: str, span: str) -> str:
    """A limit with its name where there is room, else how long it is."""
    return limit if _width(limit) <= 2 * LIMIT else shortened(span or limit, LIMIT)


def _line(line: Line, definition: Definition) -> dict[str, Any]:
    points = " ".join(f"{x},{y}" for x, y in line.points)
    label = say(line.edge.label)
    kind = "loop" if line.edge.loop else "happening" if line.edge.happening else "way"
    return {
        "points": points,
        "kind": kind,
        "label": shortened(label, LABEL),
        "whole": label,
        "x": line.label_at[0],
        "y": line.label_at[1],
    }


def _round(box: Box, definition: Definition) -> dict[str, Any]:
    end = definition.end_by_key.get(box.name) if box.kind == "end" else None
    x, y = box.middle
    return {
        "kind": box.kind,
        "x": x,
        "y": y,
        "radius": box.width // 2,
        "name": say(end.title) if end else _("Start"),
        "shown": shortened(say(end.title), LABEL) if end else "",
        "name_y": box.y + box.height + 14,
    }


def marks_of(
    steps: Iterable[Step], promises: Sequence[Deadline], owner_of: Mapping[Any, str] | None = None
) -> dict[str, Mark]:
    """Where a ticket is in its procedure: the newest round of each step decides; late is what was late in any."""
    broken = {row.subject_id for row in promises if row.breached_at is not None}
    found: dict[str, Mark] = {}
    times: dict[str, int] = {}
    late: set[str] = set()
    for step in steps:
        state = StepState(step.state)
        times[step.key] = times.get(step.key, 0) + (state != StepState.CANCELLED)
        if step.id in broken:
            late.add(step.key)
        words = [str(STATE[state])]
        if times[step.key] > 1:
            words.append(_("%(count)d times") % {"count": times[step.key]})
        if state == StepState.ACTIVE and step.owner:
            words.append(step.owner.name)
        if step.key in late:
            words.append(_("late"))
        note = f"×{times[step.key]}" if times[step.key] > 1 else ""
        found[step.key] = Mark(state.value, note, words=tuple(words), is_late=step.key in late)
    return found


def wrapped(text: str, per_line: int = PER_LINE, lines: int = LINES) -> list[str]:
    """Lines of a title: Chinese breaks anywhere but after an opening bracket, English between words; what is too long
    ends in an ellipsis."""
    parts = text.split(" ") if text.isascii() else list(text)
    joint = " " if text.isascii() else ""
    room = per_line * 2
    found = [""]
    for part in parts:
        longer = f"{found[-1]}{joint}{part}" if found[-1] else part
        if _width(longer) <= room or not found[-1]:
            found[-1] = longer
        else:
            opening = found[-1][-1:] if found[-1][-1:] in OPENING and len(found[-1]) > 1 else ""
            found[-1] = found[-1].removesuffix(opening)
            found.append(opening + joint + part if opening else part)
    if len(found) > lines:
        found = [*found[: lines - 1], joint.join(found[lines - 1 :])]
    return [shortened(line, per_line) for line in found]


def shortened(text: str, most: int) -> str:
    """At most so many Chinese characters, or twice as many Latin ones."""
    if _width(text) <= most * 2:
        return text
    kept = ""
    for letter in text:
        if _width(kept + letter) > most * 2 - 1:
            break
        kept += letter
    return kept.rstrip() + "…"


def _width(text: str) -> int:
    return sum(1 if letter.isascii() else 2 for letter in text)


def heat_of(passages: Passages, *, by: str) -> dict[str, Mark]:
    """Steps shaded by their share of all the time (`time`), or by how often they were done again (`rounds`)."""
    weights = {
        key: passage.total.total_seconds() if by == "time" else float(passage.again)
        for key, passage in passages.by_step.items()
    }
    most, whole = max(weights.values(), default=0.0), sum(weights.values())
    found: dict[str, Mark] = {}
    for key, passage in passages.by_step.items():
        weight = weights[key]
        heat = max(1, ceil(5 * weight / most)) if most and weight else 0
        share = f"{round(100 * weight / whole)}%" if whole else ""
        median = span_text(rounded(passage.median))
        note = f"{median} · {share}" if by == "time" else f"{passage.again} / {passage.times}"
        words = (
            _("half of them within %(span)s") % {"span": median},
            _("%(share)s of all the time") % {"share": share} if by == "time" and share else "",
            _("passed %(times)d times, %(again)d of them in a later round")
            % {"times": passage.times, "again": passage.again},
        )
        found[key] = Mark(
            note=note, brief=share if by == "time" else "", words=tuple(word for word in words if word), heat=heat
        )
    return found


def rounded(span: timedelta) -> timedelta:
    """To minutes below a day, to hours above, at least a minute: what somebody can compare."""
    unit = 3600 if span >= timedelta(days=1) else 60
    return timedelta(seconds=max(60, round(span.total_seconds() / unit) * unit))
