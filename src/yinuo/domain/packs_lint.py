"""Judges a pack: what contradicts itself, what names something that is not there, and which limits nobody has set."""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from yinuo.domain.deadline.lint import Known, judge
from yinuo.domain.packs import PLACEHOLDERS, Pack
from yinuo.domain.procedure import Known as KnownToProcedures
from yinuo.domain.procedure import lint as lint_procedure
from yinuo.domain.reading import Text
from yinuo.domain.routing import Scale


class Weight(StrEnum):
    """An error stops publishing; a note is for the company to decide."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class PackFault:
    """One finding: where, and what, in both languages."""

    weight: Weight
    code: str
    path: str
    text: Text

    def say(self, language: str) -> str:
        """Place and sentence."""
        return f"{self.path}: {self.text.say(language)}"


def lint_pack(pack: Pack, statuses: frozenset[str] | None = None) -> list[PackFault]:
    """Every finding: errors first, then notes. `statuses` are the ticket statuses a procedure may set."""
    found = [
        *_policies(pack),
        *_events(pack),
        *_procedures(pack, statuses),
        *_scenarios(pack),
        *_categories(pack),
        *_surveys(pack),
        *_templates(pack),
        *_unset(pack),
    ]
    return sorted(found, key=lambda fault: fault.weight is Weight.NOTE)


def errors(pack: Pack, statuses: frozenset[str] | None = None) -> list[PackFault]:
    """Only what stops the pack from being published."""
    return [fault for fault in lint_pack(pack, statuses) if fault.weight is Weight.ERROR]


def _error(code: str, path: str, zh: str, en: str) -> PackFault:
    return PackFault(Weight.ERROR, code, path, Text(zh, en))


def _policies(pack: Pack) -> Iterator[PackFault]:
    for fault in judge(pack.policies.values(), known_to(pack)):
        path = f"limits.{fault.policy}.{fault.row}" if fault.row else f"limits.{fault.policy}"
        yield PackFault(Weight.ERROR, fault.code, path, fault.said)


def known_to(pack: Pack) -> Known:
    """What the tables of a pack may name. Calendars are the company's own: a pack names none of them."""
    priorities = pack.priorities
    values = {
        "scenario": frozenset(pack.scenarios),
        "channel": frozenset(pack.channels),
        "category": frozenset(pack.category_path(key) for key in pack.categories),
        "urgency": _keys(priorities.urgency),
        "impact": _keys(priorities.impact),
        "priority": frozenset(str(grade.rank) for grade in priorities.priority.grades),
        "grade": _keys(pack.grades),
        "tier": _keys(pack.tiers),
        "complex": frozenset(("true", "false")),
    }
    return Known(
        calendars=frozenset(),
        roles=frozenset(pack.roles),
        events=frozenset(pack.events),
        scenarios=frozenset(pack.scenarios),
        values=values,
    )


def _keys(scale: Scale) -> frozenset[str]:
    return frozenset(grade.key for grade in scale.grades)


def _events(pack: Pack) -> Iterator[PackFault]:
    for event in pack.events.values():
        path = f"events.{event.key}"
        for name in event.after:
            if name not in pack.events:
                yield _error("unknown_event", path, f"没有“{name}”这个事件", f"there is no event {name!r}")
        if event.topic and event.topic not in pack.topics:
            yield _error("unknown_topic", path, f"没有“{event.topic}”这个题目", f"there is no topic {event.topic!r}")


def _procedures(pack: Pack, statuses: frozenset[str] | None) -> Iterator[PackFault]:
    known = KnownToProcedures(
        roles=frozenset(pack.roles),
        templates=frozenset(pack.templates),
        surveys=frozenset(pack.surveys),
        statuses=statuses,
    )
    for key, definition in pack.procedures.items():
        if definition.key != key:
            yield _error(
                "other_key", f"procedures.{key}", "文件里的名称不同", f"the file calls itself {definition.key}"
            )
        for fault in lint_procedure(definition, known):
            zh = fault.say("zh").removeprefix(f"{fault.path}: ")
            en = fault.say("en").removeprefix(f"{fault.path}: ")
            yield _error(fault.code, f"procedures.{key}.{fault.path}", zh, en)


def _scenarios(pack: Pack) -> Iterator[PackFault]:
    prefixes: dict[str, str] = {}
    for scenario in pack.scenarios.values():
        path = f"scenarios.{scenario.key}"
        if scenario.procedure not in pack.procedures:
            yield _error("unknown_procedure", path, "没有这个流程", f"there is no procedure {scenario.procedure}")
        if prefixes.setdefault(scenario.prefix, scenario.key) != scenario.key:
            yield _error(
                "prefix_twice", path, f"编号前缀 {scenario.prefix} 已被使用", f"prefix {scenario.prefix} is used twice"
            )
    for top in pack.classes.values():
        if top.scenario not in pack.scenarios:
            yield _error("unknown_scenario", f"classes.{top.key}", "没有这个场景", f"there is no {top.scenario}")


def _categories(pack: Pack) -> Iterator[PackFault]:
    for node in pack.categories.values():
        path = f"categories.{node.key}"
        if node.scenario not in pack.scenarios:
            yield _error("unknown_scenario", path, "没有这个场景", f"there is no scenario {node.scenario}")
        if node.top_class not in pack.classes:
            yield _error("unknown_class", path, "没有这个类别", f"there is no class {node.top_class}")
        seen = {node.key}
        here = node
        while here.parent:
            above = pack.categories.get(here.parent)
            if above is None:
                yield _error("unknown_parent", path, "没有上级分类", f"there is no category {here.parent}")
                break
            if above.key in seen:
                yield _error("category_loop", path, "分类绕成了圈", "stands below itself")
                break
            if above.top_class != node.top_class:
                yield _error("other_class", path, "与上级类别不同", f"is of another class than {above.key}")
            seen.add(above.key)
            here = above


def _surveys(pack: Pack) -> Iterator[PackFault]:
    for survey in pack.surveys.values():
        if survey.main is None:
            yield _error("no_score", f"surveys.{survey.key}", "没有必答的总分", "has no required score")


def _templates(pack: Pack) -> Iterator[PackFault]:
    for template in pack.templates.values():
        for part in (template.subject, template.body):
            for language, text in (("zh", part.zh), ("en", part.en)):
                path = f"templates.{template.key}.{language}"
                if not text.strip():
                    yield _error("missing_text", path, "没有内容", "is empty")
                for name in sorted(placeholders(text) - PLACEHOLDERS):
                    yield _error(
                        "unknown_placeholder", path, f"不认识的占位 {{{name}}}", f"unknown placeholder {{{name}}}"
                    )


def placeholders(text: str) -> frozenset[str]:
    """The names in braces; a lone brace counts as the unknown name “{”."""
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    except ValueError:
        return frozenset("{")


def _unset(pack: Pack) -> Iterator[PackFault]:
    """Limits that no handbook gives and no company has set yet (section 12)."""
    promised: dict[str, list[str]] = {}
    for key, definition in pack.procedures.items():
        for kind in definition.kinds:
            promised.setdefault(kind, []).append(key)
    for kind, where in sorted(promised.items()):
        if kind not in pack.policies:
            said = ", ".join(sorted(where))
            text = Text(f"流程 {said} 用到这个时限，但没有定数值", f"{said} promises this, but there is no figure")
            yield PackFault(Weight.NOTE, "unset_limit", f"limits.{kind}", text)
    for policy in pack.policies.values():
        for row in policy.rows:
            if row.target is None:
                text = Text("手册没有给数值，由公司定", "no handbook gives a figure: the company sets it")
                yield PackFault(Weight.NOTE, "unset_limit", f"limits.{policy.key}.{row.key}", text)
