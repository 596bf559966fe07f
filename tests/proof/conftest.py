"""A folder whose parents the database's system user may pass; kept for a look where the test failed."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.failed:
        item.stash[failed] = True
    return report


@pytest.fixture
def folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = Path(tempfile.mkdtemp(prefix="yinuo-proof-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    if request.node.stash.get(failed, False):
        print(f"what the failed run left is in {made}")
    else:
        shutil.rmtree(made)
