"""A data folder whose parents the database's system user may pass, as on an ordinary machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from yinuo.config.postgres.place import OUTSIDE


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    base = Path(tempfile.mkdtemp(prefix="yinuo-", dir="/tmp"))
    base.chmod(0o711)
    before = set(OUTSIDE.iterdir()) if OUTSIDE.is_dir() else set()
    yield base / "data"
    shutil.rmtree(base)
    if os.geteuid() == 0 and OUTSIDE.is_dir():
        for made in set(OUTSIDE.iterdir()) - before:
            shutil.rmtree(made)
