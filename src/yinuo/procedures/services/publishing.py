"""Putting versions in force: what runs goes on with the version it began with. What an update ships for a procedure is
taken as a draft, or not told of any more."""

from datetime import datetime
from typing import Any

from yinuo.domain.procedure import Definition
from yinuo.foundation.actors import Actor
from yinuo.foundation.events import record
from yinuo.foundation.in_force import forget
from yinuo.foundation.work import service
from yinuo.packs import procedure_raw
from yinuo.procedures.errors import DefinitionFaulty, NothingShipped
from yinuo.procedures.events import HandbookPublished, ProcedurePublished, ShippedHidden, ShippedTaken
from yinuo.procedures.models import HandbookVersion, ProcedureDraft, ProcedureVersion, ShippedEdition
from yinuo.procedures.services.drafting import open_procedure_draft
from yinuo.procedures.shipped import digest_of, offer_of


@service
def publish_procedure(
    *, code: str, body: dict[str, Any], by: Actor, now: datetime, draft: ProcedureDraft | None = None
) -> ProcedureVersion:
    """The next version of a procedure, in force from now on for new tickets: of a draft, else as a handbook ships it.
    What was in force retires. Raises `DefinitionFaulty` with the place of the fault."""
    try:
        Definition.from_json(body)
    except ValueError as error:
        raise DefinitionFaulty(reason=str(error)) from error
    latest = ProcedureVersion.objects.filter(code=code).order_by("-version").first()
    ProcedureVersion.objects.filter(code=code, retired_at__isnull=True).update(retired_at=now)
    version = ProcedureVersion(
        code=code,
        version=latest.version + 1 if latest else 1,
        body=body,
        published_at=now,
        published_by_id=by.id,
        note=draft.note if draft else "",
        draft_id=draft.id if draft else None,
        author_ids=draft.author_ids if draft else [],
        edition_id=draft.edition_id if draft else _kept(code, body, now).id,
    )
    version.save(force_insert=True)
    forget()
    record(ProcedurePublished(code, version.version), by=by, at=now, subject=("procedure", version.id))
    return version


@service
def publish_handbook(*, code: str, parts: dict[str, Any], by: Actor, now: datetime) -> HandbookVersion:
    """Templates, surveys, scales and priorities of a pack."""
    latest = HandbookVersion.objects.order_by("-version").first()
    HandbookVersion.objects.filter(retired_at__isnull=True).update(retired_at=now)
    version = HandbookVersion(code=code, version=latest.version + 1 if latest else 1, parts=parts, published_at=now)
    version.save(force_insert=True)
    forget()
    record(HandbookPublished(code, version.version), by=by, at=now, subject=("handbook", version.id))
    return version


@service
def take_shipped(*, code: str, digest: str, note: str, by: Actor, now: datetime) -> ProcedureDraft:
    """A draft of what the release ships; `digest` is of what was looked at. Raises `DraftThere` where somebody works on
    one, `NothingShipped`."""
    edition = _offered(code, digest, now)
    draft = open_procedure_draft(
        code=code, body=procedure_raw(code), edition=edition, note=note, by=by, now=now
    )  # fmt: skip
    record(ShippedTaken(draft.id, code, digest), by=by, at=now, subject=("procedure_draft", draft.id))
    return draft


@service
def hide_shipped(*, code: str, digest: str, by: Actor, now: datetime) -> None:
    """Tells of this one no more; it can still be taken. The next one is told of again. Raises `NothingShipped`."""
    edition = _offered(code, digest, now)
    if edition.hidden_at is None:
        edition.hidden_at, edition.hidden_by_id = now, by.id
        edition.save(update_fields=["hidden_at", "hidden_by_id"])
        record(ShippedHidden(code, digest), by=by, at=now, subject=("shipped_edition", edition.id))


def _offered(code: str, digest: str, now: datetime) -> ShippedEdition:
    offer = offer_of(code)
    if offer is None or offer.digest != digest:
        raise NothingShipped
    return _kept(code, procedure_raw(code), now)


def _kept(code: str, body: dict[str, Any], now: datetime) -> ShippedEdition:
    """What a release ships, kept once."""
    edition, _new = ShippedEdition.objects.get_or_create(
        code=code, digest=digest_of(body), defaults={"body": body, "noted_at": now}
    )
    return edition
