"""Putting the zip together: content and its files first, then, once history is sealed, the proof."""

import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from yinuo.foundation.models import HistoryRow, Seal
from yinuo.foundation.proofs import merkle_path
from yinuo.foundation.seals import LEAF_BYTES, header_of, leaves_of
from yinuo.procedures.evidence.gathering import row_json

CONTENT, PROOF, SUMMARY, DOCUMENTS = "content.json", "proof.json", "summary.pdf", "documents/"
HEADER = ("id", "era", "from_xact", "to_xact", "count", "sealed_at", "previous", "root", "digest")
CHAIN = 20_000
"""So many seals between the first and the last are enclosed, so that each is seen to follow the one before."""


class NotSealedYet(Exception):
    """A row of the evidence is not under a seal yet: some seconds later it will be."""


def content_bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def with_files(content: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    """The content with the digest of each file."""
    return {**content, "files": {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}}


UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
"""What some system does not take in the name of a file."""
LONGEST = 60
"""Characters of a title in the name of its file: three bytes each, and systems take 255."""


def name_of_document(number: int, title: str, *, round: int, version: int, language: str) -> str:
    """Its place in the zip: by its title, in an order, unlike any other by its number; safe on every system."""
    plain = UNSAFE.sub("-", unicodedata.normalize("NFC", title))[:LONGEST].strip(" .-")
    pattern = "-第{}轮-第{}版" if language == "zh" else "-round {}-version {}"
    return f"{DOCUMENTS}{number:02}-{plain}{pattern.format(round, version)}.pdf"


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of these files, the same for the same ones."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return out.getvalue()


def unzipped(body: bytes) -> dict[str, bytes]:
    """The files of a zip of ours."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def proof_of(ids: Iterable[UUID], gathered: UUID) -> dict[str, Any]:
    """The rows with the way of each to its seal, the seals, and the chain between them. `gathered` is the row that
    holds the digest of the content. Raises `NotSealedYet`."""
    rows = list(HistoryRow.objects.filter(id__in=[*ids, gathered]).order_by("recorded_at", "id"))
    seals: dict[int, Seal] = {}
    told = []
    for row in rows:
        seal = _seal_of(row, seals)
        leaves = leaves_of(seal)
        index = next((n for n, leaf in enumerate(leaves) if leaf[:16] == row.id.bytes), None)
        if index is None:
            raise LookupError(f"history row {row.id} is not what was sealed: see yinuo audit verify")
        path = merkle_path(leaves, index)
        told.append({**row_json(row), "seal": seal.id, "path": [[side, neighbour.hex()] for side, neighbour in path]})
    return {"gathered": str(gathered), "rows": told, "seals": [_seal_json(seal) for seal in _chain(seals)]}


def _seal_of(row: HistoryRow, known: dict[int, Seal]) -> Seal:
    for seal in known.values():
        if seal.era == row.era and seal.from_xact <= row.xact_id < seal.to_xact:
            return seal
    found = Seal.objects.filter(era=row.era, from_xact__lte=row.xact_id, to_xact__gt=row.xact_id).first()
    if found is None or len(bytes(found.leaves)) % LEAF_BYTES:
        raise NotSealedYet
    known[found.id] = found
    return found


def _chain(seals: dict[int, Seal]) -> list[Seal]:
    first, last = min(seals), max(seals)
    if last - first < CHAIN:
        return list(Seal.objects.filter(id__gte=first, id__lte=last).only(*HEADER).order_by("id"))
    return [seals[id] for id in sorted(seals)]


def _seal_json(seal: Seal) -> dict[str, Any]:
    return {
        **header_of(seal),
        "previous": bytes(seal.previous).hex(),
        "root": bytes(seal.root).hex(),
        "digest": bytes(seal.digest).hex(),
    }
