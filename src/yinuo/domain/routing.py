"""Who works on a ticket, and how soon: priority by urgency × impact, and the choice of team and person (R-CL-2).

Every decision says why: reasons are data (`code` with values) that `say` renders in Chinese or English, and are
kept with the ticket. How candidates are ranked: `docs/algorithms/routing.md`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from yinuo.domain.conditions import Conditions, all_hold
from yinuo.domain.reading import Text


class Presence(StrEnum):
    """Only people who are online or busy are given work; busy ones after all that are online."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


REASONS: dict[str, Text] = {
    # about the team
    "team_by_rule": Text("按规则“{rule}”进入{team}", "queue {team} by the rule “{rule}”"),
    "team_default": Text("没有规则命中，进入默认队列{team}", "no rule matched: default queue {team}"),
    # chosen by a person
    "taken": Text("自己领取", "taken from the queue"),
    "by_hand": Text("由人指定", "named by a person"),
    "escalated": Text("升级转交", "escalated"),
    # about the person chosen
    "dedicated": Text("客户的专属客服", "the customer's own agent"),
    "skills": Text("具备技能 {skills}", "has the skills {skills}"),
    "language": Text("会讲{language}", "speaks {language}"),
    "online": Text("在线", "online"),
    "busy": Text("忙碌，但没有人空闲", "busy, but nobody is free"),
    "least_load": Text("当前 {open} 件，全组最少", "{open} open, the fewest of the team"),
    "light_load": Text("当前 {open} 件，负荷 {percent}%", "{open} open, {percent}% of the capacity"),
    "longest_idle": Text("等新工单最久", "longest without a new ticket"),
    "only_one": Text("唯一合适的人", "the only one who fits"),
    # why nobody was chosen, or somebody passed over
    "no_candidates": Text("队列里没有成员", "the queue has no members"),
    "nobody_skilled": Text("没有人具备技能 {skills}", "nobody has the skills {skills}"),
    "nobody_speaks": Text("没有人会讲{language}，先按其他条件派", "nobody speaks {language}; chosen by the rest"),
    "nobody_present": Text("没有人在线，留在队列里", "nobody is online: left in the queue"),
    "all_full": Text("在线的人都已到上限，留在队列里", "everybody online is at capacity: left in the queue"),
    "dedicated_away": Text("专属客服不在，改派他人", "the customer's own agent is away"),
    "dedicated_full": Text("专属客服已到上限，改派他人", "the customer's own agent is at capacity"),
    "dedicated_unskilled": Text("专属客服不具备技能 {skills}", "the customer's own agent lacks the skills {skills}"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as data: a code of `REASONS` and its values."""

    code: str
    values: tuple[tuple[str, Any], ...] = ()

    def say(self, language: str, names: Mapping[str, str] | None = None) -> str:
        """One short clause. `names` translates codes of skills, languages and teams."""
        named = names or {}
        joint = "、" if language.lower().startswith("zh") else ", "
        said: dict[str, str] = {}
        for key, value in self.values:
            if isinstance(value, tuple | list):
                said[key] = joint.join(named.get(str(one), str(one)) for one in value)
            else:
                said[key] = named.get(str(value), str(value))
        return REASONS[self.code].say(language).format_map(said)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, **{key: _plain(value) for key, value in self.values}}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Reason":
        values = tuple(
            (key, tuple(value) if isinstance(value, list) else value) for key, value in raw.items() if key != "code"
        )
        return cls(raw["code"], values)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def say_reasons(reasons: Sequence[Reason], language: str, names: Mapping[str, str] | None = None) -> str:
    """All reasons in one sentence: “具备技能 X；在线；当前 3 件，全组最少”."""
    joint = "；" if language.lower().startswith("zh") else "; "
    return joint.join(reason.say(language, names) for reason in reasons)


# ── priority ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Grade:
    """One value of a scale (urgency, impact, priority): 1 is the gravest. `also` are words that mean it too."""

    key: str
    rank: int
    name: Text
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered scale of grades."""

    grades: tuple[Grade, ...]

    def by_key(self, key: str) -> Grade:
        """The grade named `key`, or one of its other words; raises KeyError."""
        for grade in self.grades:
            if key == grade.key or key in grade.also:
                return grade
        raise KeyError(key)

    def by_rank(self, rank: int) -> Grade:
        """The grade of rank `rank`; raises KeyError."""
        for grade in self.grades:
            if grade.rank == rank:
                return grade
        raise KeyError(rank)


@dataclass(frozen=True, slots=True)
class Priorities:
    """The matrix urgency × impact → priority, with its three scales. Complete (the pack checks it)."""

    urgency: Scale
    impact: Scale
    priority: Scale
    cells: Mapping[tuple[str, str], str]

    def priority_of(self, urgency: str, impact: str) -> Grade:
        """The priority for an urgency and an impact, given by key; raises KeyError for an unknown one."""
        cell = (self.urgency.by_key(urgency).key, self.impact.by_key(impact).key)
        return self.priority.by_key(self.cells[cell])


# ── assignment ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TeamRule:
    """The first rule whose conditions hold for the ticket names its team and the skills needed."""

    name: str
    team: str
    when: Conditions = ()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person of a team. `load` is the weighted sum of open tickets (`load_of`), `open_count` their number."""

    account_id: str
    team: str
    presence: Presence
    capacity: int
    open_count: int = 0
    load: float = 0.0
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    idle_since: datetime | None = None
    """When this person was last given a ticket; None: never."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a ticket needs of a person."""

    skills: frozenset[str] = frozenset()
    language: str = ""
    role: str = ""
    dedicated_id: str = ""
    not_these: frozenset[str] = frozenset()
    """People who shall not have it (gave it back, are the subject of the complaint)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whom a ticket goes to; `account_id` None leaves it in the team's queue. Reasons say why."""

    account_id: str | None
    team: str
    reasons: tuple[Reason, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values to keep with the ticket."""
        return {
            "account_id": self.account_id,
            "team": self.team,
            "reasons": [reason.to_json() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Weights:
    """How much one open ticket of a priority weighs in somebody's load; waiting ones weigh less."""

    by_priority: Mapping[int, float]
    waiting: float

    def load_of(self, tickets: Collection[tuple[int, bool]]) -> float:
        """The load of tickets given as (priority rank, is waiting)."""
        return sum(
            self.by_priority.get(rank, 1.0) * (self.waiting if is_waiting else 1.0) for rank, is_waiting in tickets
        )


def choose_team(facts: Mapping[str, Any], rules: Sequence[TeamRule], default: str) -> tuple[TeamRule, Reason]:
    """The first rule that holds, or one for the default queue."""
    for rule in rules:
        if all_hold(rule.when, facts):
            return rule, Reason("team_by_rule", (("rule", rule.name), ("team", rule.team)))
    return TeamRule("", default), Reason("team_default", (("team", default),))


def choose_assignee(wanted: Wanted, team: str, candidates: Sequence[Candidate]) -> Decision:
    """Who of the team is to have a ticket: present, with all skills, below capacity.

    The customer's dedicated agent comes first when able (also one of another team, among the candidates). Among
    the others: who speaks the customer's language, then online before busy, then the smallest share of capacity in
    use, then who has been longest without a new ticket, then by id so that the answer is always the same.
    """
    reasons: list[Reason] = []
    able = [one for one in candidates if one.account_id not in wanted.not_these]
    own = next((one for one in able if one.account_id == wanted.dedicated_id), None) if wanted.dedicated_id else None
    if own is not None:
        refusal = _refuse_dedicated(own, wanted)
        if refusal is None:
            return Decision(own.account_id, own.team, (Reason("dedicated"), *_person(own, wanted)))
        reasons.append(refusal)
    members = [one for one in able if one.team == team and (not wanted.role or wanted.role in one.roles)]
    if not members:
        return Decision(None, team, (*reasons, Reason("no_candidates")))
    skilled = [one for one in members if wanted.skills <= one.skills]
    if not skilled:
        return Decision(None, team, (*reasons, Reason("nobody_skilled", (("skills", _sorted(wanted.skills)),))))
    present = [one for one in skilled if one.presence in (Presence.ONLINE, Presence.BUSY)]
    if not present:
        return Decision(None, team, (*reasons, Reason("nobody_present")))
    free = [one for one in present if _has_room(one)]
    if not free:
        return Decision(None, team, (*reasons, Reason("all_full")))
    speaking = [one for one in free if not wanted.language or wanted.language in one.languages]
    if not speaking:
        reasons.append(Reason("nobody_speaks", (("language", wanted.language),)))
    pool = speaking or free
    best = min(pool, key=_order)
    return Decision(best.account_id, team, (*reasons, *_person(best, wanted), *_compared(best, pool)))


def _refuse_dedicated(own: Candidate, wanted: Wanted) -> Reason | None:
    if not wanted.skills <= own.skills:
        return Reason("dedicated_unskilled", (("skills", _sorted(wanted.skills - own.skills)),))
    if own.presence not in (Presence.ONLINE, Presence.BUSY):
        return Reason("dedicated_away")
    return None if _has_room(own) else Reason("dedicated_full")


def _has_room(one: Candidate) -> bool:
    return one.load < one.capacity


def _share(one: Candidate) -> float:
    return one.load / one.capacity


def _order(one: Candidate) -> tuple[bool, float, bool, timedelta, str]:
    never = one.idle_since is None
    since = timedelta() if one.idle_since is None else one.idle_since - _EPOCH
    return one.presence is Presence.BUSY, round(_share(one), 6), not never, since, one.account_id


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _person(one: Candidate, wanted: Wanted) -> list[Reason]:
    reasons = []
    if wanted.skills:
        reasons.append(Reason("skills", (("skills", _sorted(wanted.skills)),)))
    if wanted.language and wanted.language in one.languages:
        reasons.append(Reason("language", (("language", wanted.language),)))
    reasons.append(Reason("online" if one.presence is Presence.ONLINE else "busy"))
    return reasons


def _compared(best: Candidate, pool: Sequence[Candidate]) -> list[Reason]:
    """What set the chosen one apart from the others that could have had it."""
    if len(pool) == 1:
        return [Reason("only_one")]
    others = [one for one in pool if one.account_id != best.account_id]
    if best.open_count < min(one.open_count for one in others):
        return [Reason("least_load", (("open", best.open_count),))]
    reasons = [Reason("light_load", (("open", best.open_count), ("percent", round(_share(best) * 100))))]
    peers = [one for one in others if _order(one)[:2] == _order(best)[:2]]
    if peers:
        reasons.append(Reason("longest_idle"))
    return reasons


def _sorted(words: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(words))
