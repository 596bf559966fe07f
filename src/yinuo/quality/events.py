from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class SurveyAsked(Fact):
    survey_id: UUID
    round: int


@dataclass(frozen=True)
class SurveyAnswered(Fact):
    survey_id: UUID
    score: int
    way: str


@dataclass(frozen=True)
class ImprovementOpened(Fact):
    improvement_id: UUID
    score: int


@dataclass(frozen=True)
class ImprovementMoved(Fact):
    improvement_id: UUID
    state: str
    was: str
