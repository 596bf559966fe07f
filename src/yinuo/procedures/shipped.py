"""What the release ships beside what is in force: whether an update brought something that this house has not taken."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from yinuo.domain.procedure import Definition
from yinuo.domain.procedure.differences import Difference, differences
from yinuo.packs import SHIPPED, procedure_raw, shipped_pack
from yinuo.procedures.library import draft_of, versions_of
from yinuo.procedures.models import ProcedureDraft, ProcedureVersion, ShippedEdition
from yinuo.procedures.published import definition_of
from yinuo.staff.queries import company

Standing = tuple[ProcedureVersion | None, ProcedureDraft | None]
"""The newest version of a procedure and its draft."""


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body as it is shipped, not as it is read: what a later release reads of it may be more."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _shipped_digest(code: str) -> str:
    return digest_of(procedure_raw(code))


@dataclass(frozen=True)
class Offer:
    """A shipped procedure that says something else than what is in force here. `version` is empty where it is new in
    this house; `hidden_at` where it is not to be told of any more."""

    code: str
    digest: str
    definition: Definition
    version: ProcedureVersion | None
    hidden_at: datetime | None
    hidden_by_id: UUID | None

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What taking it would change against what is in force."""
        return differences(definition_of(self.version.id), self.definition) if self.version else ()

    @property
    def taken(self) -> Definition | None:
        """The shipped one that what is in force was made of, where it is known. One query."""
        edition_id = self.version.edition_id if self.version else None
        if edition_id is None:
            return None
        return Definition.from_json(ShippedEdition.objects.values_list("body", flat=True).get(id=edition_id))

    def edits_against(self, taken: Definition) -> list[Difference]:
        """What this house changed in the shipped one that it took, and this one does not have."""
        brought = differences(taken, self.definition)
        here = definition_of(self.version.id) if self.version else taken
        return [one for one in differences(taken, here) if one not in brought]


def offers(standing: Mapping[str, Standing], *, whole: bool = False) -> dict[str, Offer]:
    """By code; nothing of a procedure that was retired, was taken, or is being taken by its draft. `standing`: the
    procedures asked about; with `whole` it has all of this house, and what is not in it is new. Two queries."""
    firm = company()
    if firm is None or firm.pack not in SHIPPED:
        return {}
    shipped = shipped_pack(firm.pack).procedures
    if whole:
        standing = dict(standing) | {code: (None, None) for code in shipped if code not in standing}
    noted = {
        (code, digest): (id, hidden_at, by_id)
        for id, code, digest, hidden_at, by_id in ShippedEdition.objects.filter(code__in=standing).values_list(
            "id", "code", "digest", "hidden_at", "hidden_by_id"
        )
    }
    found = {}
    for code, (version, draft) in standing.items():
        if code not in shipped or (version is not None and version.retired_at is not None):
            continue
        digest = _shipped_digest(code)
        id, hidden_at, by_id = noted.get((code, digest), (None, None, None))
        if id is not None and id in (version and version.edition_id, draft and draft.edition_id):
            continue
        offer = Offer(code, digest, shipped[code], version, hidden_at, by_id)
        if version is None or offer.changes:
            found[code] = offer
    return found


def offer_of(code: str) -> Offer | None:
    """Four queries."""
    return offers({code: (next(iter(versions_of(code)), None), draft_of(code))}).get(code)
