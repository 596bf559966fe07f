"""Digests, Merkle paths and seals as plain arithmetic: what makes history provable, with no database in sight."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from yinuo.foundation.jsontext import canonical as canonical_text

COLUMNS = (
    "id", "kind", "at", "recorded_at", "actor_kind", "actor_id", "actor_part", "subject_kind", "subject_id",
    "ticket_id", "customer_id", "values", "personal_digests",
)  # fmt: skip
"""Of a history row, in the order of its canonical form; instants are in UTC, what is not there is empty."""


def canonical(columns: Sequence[Any]) -> str:
    """The canonical form of a history row, of its columns in the order of `COLUMNS`."""
    return canonical_text(columns)


def row_digest(columns: Sequence[Any]) -> bytes:
    """SHA-256 over the canonical form."""
    return hashlib.sha256(canonical(columns).encode("utf-8", "surrogatepass")).digest()


def personal_digest(salt: str, text: str) -> str:
    """What stands in the canonical form for a personal value."""
    return hashlib.sha256((salt + text).encode("utf-8", "surrogatepass")).hexdigest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Root of a Merkle tree with distinct prefixes for leaves and nodes (RFC 9162, section 2.1)."""
    level = [_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256(b"").digest()


def merkle_path(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """What leads from one leaf to the root: at each level on which side a neighbour stands, and its hash."""
    path = []
    level = [_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < index else "right", level[neighbour]))
        level = _above(level)
        index //= 2
    return path


def root_by_path(leaf: bytes, path: Sequence[tuple[str, bytes]]) -> bytes:
    """The root to which a leaf leads by its path."""
    found = _leaf(leaf)
    for side, neighbour in path:
        found = _node(neighbour, found) if side == "left" else _node(found, neighbour)
    return found


def seal_digest(seal: Mapping[str, Any], *, previous: bytes, root: bytes) -> bytes:
    """Over number, range, count, instant (ISO, in UTC) and root of a seal, and the digest of the one before it."""
    text = "|".join(str(seal[name]) for name in ("id", "era", "from_xact", "to_xact", "count", "sealed_at")) + "|"
    return hashlib.sha256(text.encode() + previous + root).digest()


def _leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _above(level: list[bytes]) -> list[bytes]:
    paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return paired + level[len(paired) * 2 :]
