from dataclasses import dataclass
from uuid import UUID

from yinuo.foundation.events import Fact


@dataclass(frozen=True)
class ModelTrained(Fact):
    model_id: UUID
    samples: int
    held_out: int
    accuracy: float
    rules_accuracy: float
    in_use: bool
