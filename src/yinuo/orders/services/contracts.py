"""Contracts: written, judged by somebody else before anybody signs, signed (R-OR-2)."""

from datetime import datetime

from yinuo.foundation.actors import Actor
from yinuo.foundation.errors import Changed, Missing
from yinuo.foundation.files import keep_file
from yinuo.foundation.rows import flush
from yinuo.foundation.work import service
from yinuo.orders.errors import ContractEmpty, ContractHeld, NotReviewed, OwnReview, ReviewNoteNeeded
from yinuo.orders.events import ContractReviewed, ContractSigned, ContractSubmitted, ContractWritten
from yinuo.orders.models import Contract, Order
from yinuo.orders.services.ground import locked_open, past, put, tell
from yinuo.orders.states import EDITABLE, ContractState
from yinuo.staff.models import Account

File = tuple[str, bytes, str]
"""Name, content, type."""


@service
def write_contract(
    *, order: Order, number: str, our_duties: str, their_duties: str, by: Actor, now: datetime,
    account: Account | None = None, file: File | None = None, version: int | None = None,
) -> Contract:  # fmt: skip
    """Makes the order's contract or changes its text, which a review has not let pass. Raises `ContractHeld`,
    `Changed`, `OrderEnded`."""
    row = locked_open(order.id)
    contract = Contract.objects.select_for_update().filter(order=row).first() or Contract(order=row, version=0)
    if contract.version and version is not None and contract.version != version:
        raise Changed
    if contract.state not in EDITABLE:
        raise ContractHeld
    texts = {
        "number": number.strip() or row.number,
        "our_duties": our_duties.strip(),
        "their_duties": their_duties.strip(),
    }
    changed = sorted(name for name, text in texts.items() if getattr(contract, name) != text)
    for name in changed:
        setattr(contract, name, texts[name])
    if file:
        contract.filename, content, content_type = file
        contract.file = keep_file(content, content_type=content_type, now=now)
        changed.append("file")
    contract.written_by = account or contract.written_by
    contract.version += 1
    flush()  # a file is written before the row that names it
    contract.save()
    tell(ContractWritten(contract.id, tuple(changed)), row, by=by, at=now)
    put(row, now)
    return contract


@service
def submit_contract(*, order: Order, by: Actor, now: datetime) -> Contract:
    """To the reviewer. Raises `ContractEmpty`, `ContractHeld`."""
    row, contract = _contract(order)
    if contract.state not in EDITABLE:
        raise ContractHeld
    if not (contract.our_duties and contract.their_duties):
        raise ContractEmpty
    _turn(contract, ContractState.IN_REVIEW, lawful=None, compliant=None, fair=None)
    tell(ContractSubmitted(contract.id), row, by=by, at=now)
    put(row, now)
    return contract


@service
def review_contract(
    *, order: Order, account: Account, lawful: bool, compliant: bool, fair: bool, note: str, by: Actor, now: datetime
) -> Contract:
    """Lawful, compliant and fair: it may be signed; else it goes back with the note. Raises `OwnReview`,
    `ReviewNoteNeeded`, `Changed` where it is not under review."""
    row, contract = _contract(order)
    if contract.state != ContractState.IN_REVIEW:
        raise Changed
    if contract.written_by_id == account.id:
        raise OwnReview
    passed = lawful and compliant and fair
    if not passed and not note.strip():
        raise ReviewNoteNeeded(fields={"note": str(ReviewNoteNeeded.text)})
    _turn(
        contract, ContractState.APPROVED if passed else ContractState.RETURNED, lawful=lawful, compliant=compliant,
        fair=fair, review_note=note.strip(), reviewed_by=account, reviewed_at=now,
    )  # fmt: skip
    tell(ContractReviewed(contract.id, lawful, compliant, fair), row, by=by, at=now)
    put(row, now)
    return contract


@service
def sign_contract(*, order: Order, signed_at: datetime, by: Actor, now: datetime) -> Contract:
    """Both sides have signed. Raises `NotReviewed`, `InFuture`."""
    row, contract = _contract(order)
    if contract.state != ContractState.APPROVED:
        raise NotReviewed
    _turn(contract, ContractState.SIGNED, signed_at=past(signed_at, now))
    tell(ContractSigned(contract.id), row, by=by, at=signed_at)
    put(row, now)
    return contract


def _contract(order: Order) -> tuple[Order, Contract]:
    """Locked, the order first. Raises `Missing`, `OrderEnded`."""
    row = locked_open(order.id)
    contract = Contract.objects.select_for_update().filter(order=row).first()
    if contract is None:
        raise Missing
    return row, contract


def _turn(contract: Contract, state: str, **columns: object) -> None:
    for name, value in {"state": state, "version": contract.version + 1, **columns}.items():
        setattr(contract, name, value)
    contract.save(update_fields=["state", "version", *columns])
