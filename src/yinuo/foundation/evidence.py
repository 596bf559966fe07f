"""Checks an evidence file with nothing but the file: no database, no settings (`yinuo audit check`).

Proven is: each record is what was sealed (digest, Merkle path, seal), the seals follow each other, the content and
every file in it are those whose digests a sealed record holds, and no record was left out or put in.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from yinuo.foundation.proofs import COLUMNS, personal_digest, root_by_path, row_digest, seal_digest

CONTENT, PROOF = "content.json", "proof.json"
MOST_BYTES = 1 << 30
GATHERED, PRINTED = "procedures.EvidenceGathered", "procedures.DocumentMade"


class Unreadable(Exception):
    """This is no evidence file, or a damaged one; the text says what is wrong."""


@dataclass(frozen=True)
class Found:
    """`what` is changed, removed, inserted, seal_changed or seal_unknown; `where` names the file, record or seal."""

    what: str
    where: str


@dataclass(frozen=True)
class Checked:
    """The faults, and what was looked at."""

    faults: tuple[Found, ...]
    number: str
    rows: int
    seals: int
    files: int
    chained: bool
    """Whether every seal between the first and the last is there."""
    newest_seal: int
    newest_digest: str


def check_evidence(path: Path, heads: Mapping[int, str] | None = None) -> Checked:
    """`heads`: digests of seals by number, as `seals.log` keeps them. Raises `Unreadable`."""
    files = _read(path)
    try:
        content, proof = json.loads(files[CONTENT]), json.loads(files[PROOF])
        faults = tuple(_faults(files, content, proof, heads))
        seals = sorted(proof["seals"], key=lambda seal: seal["id"])
        return Checked(
            faults=faults,
            number=str(content["ticket"]["number"]),
            rows=len(proof["rows"]),
            seals=len(seals),
            files=len(files) - 2,
            chained=all(after["id"] == before["id"] + 1 for before, after in pairwise(seals)),
            newest_seal=seals[-1]["id"],
            newest_digest=seals[-1]["digest"],
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise Unreadable(f"{CONTENT} or {PROOF} is not as Yinuo writes it ({type(error).__name__}: {error})") from error


def _read(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise Unreadable("it would unpack to more than a gigabyte")
            files = {name: archive.read(name) for name in archive.namelist()}
            if len(files) != len(archive.namelist()):
                raise Unreadable("a name stands in it twice")
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError) as error:
        raise Unreadable(str(error)) from error
    for name in (CONTENT, PROOF):
        if name not in files:
            raise Unreadable(f"{name} is missing")
    return files


def _faults(
    files: Mapping[str, bytes], content: dict[str, Any], proof: dict[str, Any], heads: Mapping[int, str] | None
) -> Iterator[Found]:
    rows = {row["columns"][0]: dict(zip(COLUMNS, row["columns"], strict=True)) for row in proof["rows"]}
    yield from _seals(proof["seals"], heads)
    yield from _rows(proof, content.get("erased"))
    yield from _content(files, content, proof["gathered"], rows)
    yield from _files(files, content, rows)


def _seals(seals: list[dict[str, Any]], heads: Mapping[int, str] | None) -> Iterator[Found]:
    before: dict[str, Any] | None = None
    for seal in sorted(seals, key=lambda seal: seal["id"]):
        digest = seal_digest(seal, previous=bytes.fromhex(seal["previous"]), root=bytes.fromhex(seal["root"])).hex()
        follows = before is None or seal["id"] != before["id"] + 1 or seal["previous"] == before["digest"]
        if digest != seal["digest"] or not follows:
            yield Found("seal_changed", f"seal {seal['id']}")
        elif heads is not None and heads.get(seal["id"]) != seal["digest"]:
            yield Found("seal_unknown", f"seal {seal['id']}")
        before = seal


def _rows(proof: dict[str, Any], erased: list[str] | None) -> Iterator[Found]:
    """`erased`: records whose personal texts had been erased by then; None in a file that does not say so."""
    seen: set[str] = set()
    roots = {seal["id"]: seal["root"] for seal in proof["seals"]}
    for row in proof["rows"]:
        columns = row["columns"]
        where = f"record {columns[0]} ({columns[1]}, {columns[2]})"
        if columns[0] in seen:
            yield Found("inserted", f"{where}: it stands there twice")
        seen.add(columns[0])
        digest = row_digest(columns)
        path = [(side, bytes.fromhex(neighbour)) for side, neighbour in row["path"]]
        root = root_by_path(UUID(columns[0]).bytes + digest, path).hex()
        if digest.hex() != row["digest"] or root != roots.get(row["seal"]):
            yield Found("changed", where)
            continue
        digests = columns[COLUMNS.index("personal_digests")]
        for name, (salt, text) in row["personal"].items():
            if digests.get(name) != personal_digest(salt, text):
                yield Found("changed", f"{where}: {name}")
        if erased is not None and columns[0] not in erased:
            for name in sorted(set(digests) - set(row["personal"])):
                yield Found("removed", f"{where}: {name}")


def _content(
    files: Mapping[str, bytes], content: dict[str, Any], gathered: str, rows: Mapping[str, dict[str, Any]]
) -> Iterator[Found]:
    fixed = rows.get(gathered)
    if fixed is None or fixed["kind"] != GATHERED:
        yield Found("removed", f"record {gathered} ({GATHERED})")
    elif fixed["values"].get("sha256") != hashlib.sha256(files[CONTENT]).hexdigest():
        yield Found("changed", CONTENT)
    elif fixed["ticket_id"] != content["ticket"]["id"]:
        yield Found("changed", f"{CONTENT}: it is of another ticket")
    expected = set(content["history"])
    for id in sorted(expected - set(rows)):
        yield Found("removed", f"record {id}")
    for id in sorted(set(rows) - expected - {gathered}):
        yield Found("inserted", f"record {id}")


def _files(files: Mapping[str, bytes], content: dict[str, Any], rows: Mapping[str, dict[str, Any]]) -> Iterator[Found]:
    expected: dict[str, str] = content["files"]
    printed = {row["values"]["sha256"] for row in rows.values() if row["kind"] == PRINTED}
    for name, digest in sorted(expected.items()):
        if name not in files:
            yield Found("removed", name)
        elif hashlib.sha256(files[name]).hexdigest() != digest:
            yield Found("changed", name)
        elif name.startswith("documents/") and digest not in printed:
            yield Found("inserted", f"{name}: no record tells of this file")
    for name in sorted(set(files) - set(expected) - {CONTENT, PROOF}):
        yield Found("inserted", name)


def read_heads(path: Path) -> dict[int, str]:
    """A `seals.log`: number and digest of each seal."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        number, _, digest = line.partition(" ")
        if number.isdigit():
            found[int(number)] = digest.strip()
    return found
