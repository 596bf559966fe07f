"""Sealing history and proving it (R-SE-2): Merkle roots in a chain, made outside of the writing transactions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from yinuo.foundation import clock
from yinuo.foundation.events import digest_of
from yinuo.foundation.models import HistoryRow, Seal
from yinuo.foundation.proofs import merkle_root, seal_digest

log = structlog.get_logger()

SEALER_LOCK = 0x59494E554F01
SEAL_ROWS = 20_000
LEAF_BYTES = 16 + 32


def header_of(seal: Seal) -> dict[str, Any]:
    """What a seal's digest is over, beside root and previous seal."""
    return {
        "id": seal.id,
        "era": seal.era,
        "from_xact": seal.from_xact,
        "to_xact": seal.to_xact,
        "count": seal.count,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(),
    }


def _digest(seal: Seal) -> bytes:
    return seal_digest(header_of(seal), previous=bytes(seal.previous), root=bytes(seal.root))


def leaves_of(seal: Seal) -> list[bytes]:
    """Id and digest of each of its rows, in order."""
    raw = bytes(seal.leaves)
    return [raw[i : i + LEAF_BYTES] for i in range(0, len(raw), LEAF_BYTES)]


def seal_history() -> int:
    """Seals what no running transaction can add to any more; the number of rows sealed. One sealer at a time:
    another one's turn seals nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER_LOCK])
            if not cursor.fetchone()[0]:
                return 0
            last = Seal.objects.order_by("-id").first()
            era, from_xact, below = _what_to_seal(cursor, last)
            cursor.execute(
                "SELECT id, digest, xact_id FROM foundation_history WHERE era = %s AND xact_id >= %s AND xact_id < %s "
                "ORDER BY xact_id, id LIMIT %s",
                [era, from_xact, below, SEAL_ROWS],
            )
            rows = cursor.fetchall()
            to_xact = below
            if len(rows) == SEAL_ROWS:
                to_xact, rows = _whole_transactions(cursor, era, rows)
        if not rows:
            return 0
        leaves = [row[0].bytes + bytes(row[1]) for row in rows]
        seal = Seal(
            id=last.id + 1 if last else 1,
            era=era,
            from_xact=from_xact,
            to_xact=to_xact,
            count=len(rows),
            leaves=b"".join(leaves),
            root=merkle_root(leaves),
            previous=bytes(last.digest) if last else b"",
            sealed_at=clock.now(),
        )
        seal.digest = _digest(seal)
        seal.save(force_insert=True)
    _write_head(seal)
    return len(rows)


def _what_to_seal(cursor: Any, last: Seal | None) -> tuple[int, int, int]:
    """Era, first transaction id and the one to stop before. What a former era left unsealed (the last moments before
    a backup) comes first: nobody writes there any more."""
    cursor.execute("SELECT era, pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM foundation_installation")
    era, xmin = cursor.fetchone()
    if last is not None and last.era == era:
        return era, last.to_xact, xmin
    cursor.execute(
        "SELECT former.era, former.from_xact, max(history.xact_id) + 1 FROM "
        " (SELECT eras.era, coalesce((SELECT max(to_xact) FROM foundation_seal WHERE era = eras.era), 0) AS from_xact "
        "  FROM generate_series(1, %s) AS eras(era)) former "
        "JOIN foundation_history history ON history.era = former.era AND history.xact_id >= former.from_xact "
        "GROUP BY former.era, former.from_xact ORDER BY former.era LIMIT 1",
        [era - 1],
    )
    return cursor.fetchone() or (era, 0, xmin)


def count_unsealed() -> int:
    """Rows that no seal covers yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(history.id) FROM "
            " (SELECT eras.era, coalesce((SELECT max(to_xact) FROM foundation_seal WHERE era = eras.era), 0) AS since "
            "  FROM foundation_installation now, generate_series(1, now.era) AS eras(era)) sealed "
            "JOIN foundation_history history ON history.era = sealed.era AND history.xact_id >= sealed.since"
        )
        return int(cursor.fetchone()[0])


def oldest_unsealed(now: datetime) -> float:
    """The age in seconds of the oldest history row that no seal covers; 0 when all are sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(recorded_at) FROM foundation_history WHERE era = (SELECT era FROM foundation_installation) "
            "AND xact_id >= coalesce((SELECT max(seal.to_xact) FROM foundation_seal seal "
            " JOIN foundation_installation installation ON installation.era = seal.era), 0)"
        )
        (at,) = cursor.fetchone()
    return max((now - at).total_seconds(), 0.0) if at else 0.0


def _whole_transactions(cursor, era, rows):
    """A full batch ends in the middle of a transaction: leave that one to the next seal, or take it whole."""
    last_xact = rows[-1][2]
    complete = [row for row in rows if row[2] < last_xact]
    if complete:
        return last_xact, complete
    cursor.execute(
        "SELECT id, digest, xact_id FROM foundation_history WHERE era = %s AND xact_id = %s ORDER BY id",
        [era, last_xact],
    )
    return last_xact + 1, cursor.fetchall()


def head_file() -> Path:
    """Where each seal's digest is also written, outside of the database, so that a cut tail shows."""
    return settings.DATA / "log" / "seals.log"


def _write_head(seal: Seal) -> None:
    log.info("history sealed", seal=seal.id, count=seal.count, root=bytes(seal.root).hex())
    head_file().parent.mkdir(parents=True, exist_ok=True)
    with head_file().open("a") as out:
        out.write(f"{seal.id} {bytes(seal.digest).hex()}\n")


@dataclass(frozen=True)
class Fault:
    """What `audit verify` found: `what` is changed, removed, inserted, seal_changed, seal_missing or tail_cut."""

    what: str
    seal: int
    row: UUID | None = None


def verify_history() -> Iterator[Fault]:
    """Recomputes every digest, root and link; yields each fault by name. Reads one seal's rows at a time."""
    previous = b""
    expected_id = 1
    ends: dict[int, int] = {}
    digests: dict[int, str] = {}
    for seal in Seal.objects.order_by("id").iterator(chunk_size=20):
        for missing in range(expected_id, seal.id):
            yield Fault("seal_missing", missing)
        expected_id = seal.id + 1
        if _digest(seal) != bytes(seal.digest) or bytes(seal.previous) != previous:
            yield Fault("seal_changed", seal.id)
        previous = bytes(seal.digest)
        digests[seal.id] = previous.hex()
        if seal.from_xact != ends.get(seal.era, 0):
            yield Fault("seal_changed", seal.id)
        ends[seal.era] = seal.to_xact
        yield from _verify_rows(seal)
    yield from _verify_heads(digests)


def _verify_rows(seal: Seal) -> Iterator[Fault]:
    leaves = leaves_of(seal)
    if merkle_root(leaves) != bytes(seal.root) or len(leaves) != seal.count:
        yield Fault("seal_changed", seal.id)
    sealed = {UUID(bytes=leaf[:16]): leaf[16:] for leaf in leaves}
    rows = HistoryRow.objects.filter(era=seal.era, xact_id__gte=seal.from_xact, xact_id__lt=seal.to_xact)
    for row in rows.iterator(chunk_size=2000):
        digest = sealed.pop(row.id, None)
        if digest is None:
            yield Fault("inserted", seal.id, row.id)
        elif digest_of(row) != digest or bytes(row.digest) != digest:
            yield Fault("changed", seal.id, row.id)
    for row_id in sealed:
        yield Fault("removed", seal.id, row_id)


def _verify_heads(digests: dict[int, str]) -> Iterator[Fault]:
    if not head_file().exists():
        return
    for line in head_file().read_text().splitlines():
        number, _, digest = line.partition(" ")
        if not number.isdigit():
            continue
        if int(number) not in digests:
            yield Fault("tail_cut", int(number))
        elif digests[int(number)] != digest:
            yield Fault("seal_changed", int(number))
