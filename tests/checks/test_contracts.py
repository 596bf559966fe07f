"""The contracts between rooms fail on an import that breaks them, in a copy of the sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("staff/queries.py", "import yinuo.tickets.queries", "A room imports only from layers below"),
        ("sla/queries.py", "import yinuo.knowledge", "A room imports only from layers below"),
        ("domain/scoring.py", "import os", "The domain is pure"),
        ("domain/scoring.py", "import django.db", "The domain is pure"),
        ("foundation/files.py", "import yinuo.domain.scoring", "The foundation knows no word of the field"),
        ("channels/adapters/email/door.py", "import yinuo.tickets.services", "Adapters speak one protocol"),
        ("config/commands/mail.py", "import yinuo.tickets.queries", "Commands that need only the domain"),
        ("newroom/__init__.py", "", "A room imports only from layers below"),
    ],
)
def test_an_import_that_breaks_a_contract_is_named(tmp_path: Path, file: str, line: str, contract: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src/yinuo",
        tmp_path / "src/yinuo",
        ignore=lambda folder, names: {"static", "assets"} & {*names},
    )
    target = tmp_path / "src/yinuo" / file
    target.parent.mkdir(exist_ok=True)
    target.write_text(f"{line}\n{target.read_text() if target.exists() else ''}")
    if "yinuo.knowledge" in line:
        (tmp_path / "src/yinuo/knowledge").mkdir()
        (tmp_path / "src/yinuo/knowledge/__init__.py").touch()
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Broken contracts" in ran.stdout, ran.stdout
    assert contract in ran.stdout.split("Broken contracts")[1]
