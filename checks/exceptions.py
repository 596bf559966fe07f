"""Exceptions from the rules, each with its reason, and what is left when they are taken away."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checks.house import Fault

FILE = Path(__file__).with_name("exceptions.toml")
SHORTEST_REASON = 15


@dataclass
class Exceptions:
    """Rule → place → reason. A place is a path, a path that ends in `/` (a folder) or `path::name`, where `name` is
    the function, class or field, or what contains it."""

    places: Mapping[str, Mapping[str, str]]
    used: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def read(cls, file: Path = FILE) -> "Exceptions":
        return cls(tomllib.loads(file.read_text(encoding="utf-8")))

    def without(self, rule: str, faults: Iterable[Fault]) -> list[Fault]:
        """The faults that no exception covers."""
        return [fault for fault in faults if not self._covers(rule, fault)]

    def _covers(self, rule: str, fault: Fault) -> bool:
        for place in self.places.get(rule, ()):
            path, _, name = place.partition("::")
            is_there = fault.path.startswith(path) if path.endswith("/") else fault.path == path
            if is_there and (not name or fault.name == name or fault.name.startswith(name + ".")):
                self.used.add((rule, place))
                return True
        return False

    def faults(self, rules: Iterable[str], ran: Iterable[str]) -> list[str]:
        """What is wrong with the exceptions: of no rule, of no use, or without a reason."""
        known, done, wrong = set(rules), set(ran), []
        for rule, places in self.places.items():
            if rule not in known:
                wrong.append(f"exceptions.toml: there is no rule {rule}")
            for place, reason in places.items():
                if len(reason) < SHORTEST_REASON:
                    wrong.append(f"exceptions.toml: {rule} at {place}: say why")
                if rule in done and (rule, place) not in self.used:
                    wrong.append(f"exceptions.toml: {rule} at {place}: nothing there breaks the rule; take it out")
        return wrong
