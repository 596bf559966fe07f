"""What policies ask about and answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from yinuo.domain.deadline.clocks import Clock

FIELD_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "scenario": ("场景", "scenario"),
        "channel": ("渠道", "channel"),
        "urgency": ("紧急度", "urgency"),
        "impact": ("影响范围", "impact"),
        "priority": ("优先级", "priority"),
        "grade": ("等级", "grade"),
        "tier": ("客户级别", "customer tier"),
        "category": ("分类", "category"),
        "product": ("产品", "product"),
        "customer": ("客户", "customer"),
        "contract": ("合同", "contract"),
        "team": ("团队", "team"),
        "complex": ("复杂问题", "complex matter"),
        "weekday": ("星期", "weekday"),
        "time_of_day": ("起始时刻", "time of day at the start"),
        "amount": ("金额", "amount"),
    }
)
CLOCK_WORDS: Mapping[Clock, tuple[str, str]] = MappingProxyType(
    {
        Clock.SERVICE: ("按服务时间", "in service hours"),
        Clock.WORKDAY: ("按工作日（全天）", "on the working-day clock"),
        Clock.ALWAYS: ("按自然时间", "round the clock"),
        Clock.WORKDAYS: ("按整工作日", "in whole working days"),
    }
)


def say_field(name: str, lang: str) -> str:
    """A field of a policy in `zh` or `en`."""
    return FIELD_WORDS.get(name, (name, name))[lang != "zh"]


def say_clock(clock: Clock, lang: str) -> str:
    """A clock in `zh` or `en`, as it follows a sum."""
    return CLOCK_WORDS[clock][lang != "zh"]
