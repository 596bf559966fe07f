"""Backup, restore, audit and doctor, by the commands people type, on real servers."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.foundation.conftest import ROOT

from yinuo.config.backup.archive import (
    DATABASE,
    KEY,
    MANIFEST,
    SEALS,
    BadArchive,
    WrongPassphrase,
    open_key,
    seal_key,
)
from yinuo.config.postgres.place import OUTSIDE
from yinuo.customers.services import identify
from yinuo.foundation import clock
from yinuo.foundation.actors import Actor
from yinuo.foundation.files import keep_file
from yinuo.foundation.seals import seal_history
from yinuo.foundation.work import work

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("by_the_wall")]
PASSPHRASE = "一诺千金 correct horse"
PHONE, NAME = "13812345678", "张伟"
READ_BACK = """
from django.contrib.sessions.models import Session
from yinuo.customers.services import customer_with
from yinuo.foundation.files import read_file
from yinuo.foundation.models import StoredFile
print(customer_with(kind="phone", value="13812345678").name)
print(len(b"".join(read_file(file.id) for file in StoredFile.objects.all())))
print(Session.objects.count())
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder whose parents the database's system user may pass."""
    base = Path(tempfile.mkdtemp(prefix="yinuo-", dir="/tmp"))
    base.chmod(0o711)
    before = set(OUTSIDE.iterdir()) if OUTSIDE.is_dir() else set()
    yield base
    shutil.rmtree(base)
    if os.geteuid() == 0 and OUTSIDE.is_dir():
        for made in set(OUTSIDE.iterdir()) - before:
            shutil.rmtree(made)


class House:
    """Runs commands on one data folder; `url` empty: on its embedded server."""

    def __init__(self, data: Path, environment: dict[str, str], url: str) -> None:
        self.data = data
        self.environment = {**environment, "YINUO_DATA": str(data), "YINUO_PASSPHRASE": PASSPHRASE}
        self.environment.pop("DATABASE_URL")
        if url:
            self.environment["DATABASE_URL"] = url

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "yinuo.config.cli", *arguments],
            env={**self.environment, **changes},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="module")
def first(own_database, folder: Path) -> House:
    """A house with a customer, a file, a log-in session and history, part of it sealed."""
    from django.conf import settings

    by, now = Actor.system("test"), clock.now()
    with work():
        identify(kind="phone", value=PHONE, name=NAME, source="phone", by=by, now=now)
        keep_file(b"x" * 600_000, content_type="text/plain", now=now)
    (settings.DATA / "log" / "seals.log").unlink(missing_ok=True)  # of other tests on other databases
    while seal_history():
        pass
    with work():
        identify(kind="phone", value="13900000000", name="李娜", source="phone", by=by, now=now)
    own_database.query(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('stolen', 'x', now())"
    )
    return House(Path(settings.DATA), own_database.environment, own_database.url)


@pytest.fixture(scope="module")
def backup(first: House, folder: Path) -> Path:
    file = folder / "one.yinuo"
    made = first.run("backup", str(file))
    assert made.returncode == 0, made.stderr
    return file


@pytest.fixture(scope="module")
def second(first: House, backup: Path, folder: Path) -> House:
    """The same house restored into an empty folder with an embedded server."""
    house = House(folder / "second", first.environment | {"DATABASE_URL": ""}, "")
    restored = house.run("restore", str(backup))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "era 2" in restored.stdout and "History verified" in restored.stdout
    return house


def test_a_backup_is_one_private_file_that_shows_neither_key_nor_customer(first: House, backup: Path):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [entry.name for entry in backup.parent.iterdir() if "partial" in entry.name] == []
    raw = backup.read_bytes()
    with zipfile.ZipFile(backup) as opened:
        assert opened.testzip() is None
        whole = raw + b"".join(opened.read(name) for name in opened.namelist())
    assert (first.data / "key").read_bytes() not in whole
    assert (first.data / "key").read_bytes().hex().encode() not in whole
    for secret in (PHONE.encode(), NAME.encode(), b"stolen"):
        assert secret not in whole


def test_what_was_restored_can_be_read_and_nobody_is_still_logged_in(second: House):
    read = second.run("manage", "shell", "--no-imports", "-c", READ_BACK)
    assert read.stdout.split() == [NAME, "600000", "0"], read.stderr


def test_the_restored_history_verifies_and_goes_on_being_sealed(second: House):
    code = (
        "from yinuo.foundation.seals import seal_history, count_unsealed\n"
        "print('sealed', [seal_history() for _ in range(3)], 'left', count_unsealed())"
    )
    sealed = second.run("manage", "shell", "--no-imports", "-c", code)
    assert "left 0" in sealed.stdout, sealed.stdout + sealed.stderr
    assert ", 0] left" in sealed.stdout, "two seals: what the former era left, then the new one"
    verified = second.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout
    assert " 0 of them not sealed yet" in verified.stdout and "faults: 0." in verified.stdout


def test_audit_verify_names_a_row_changed_behind_its_back(second: House):
    code = (
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"UPDATE foundation_history SET kind = 'x' WHERE id = (SELECT min(id::text)::uuid \"\n"
        '                   "FROM foundation_history) RETURNING id")\n'
        "    print(cursor.fetchone()[0])"
    )
    changed = second.run("manage", "shell", "--no-imports", "-c", code).stdout.strip()
    verified = second.run("audit", "verify")
    assert verified.returncode == 1
    assert f"row {changed}" in verified.stdout and "changed: seal 1" in verified.stdout
    assert "faults: 1." in verified.stdout


def test_a_folder_that_is_not_empty_is_left_alone(second: House, backup: Path, folder: Path):
    refused = second.run("restore", str(backup))
    assert refused.returncode == 1 and "empty" in refused.stderr
    (folder / "third").mkdir()
    (folder / "third" / "letter.txt").write_text("mine")
    refused = second.run("restore", str(backup), "--data", str(folder / "third"))
    assert refused.returncode == 1 and "letter.txt" in refused.stderr
    assert [entry.name for entry in (folder / "third").iterdir()] == ["letter.txt"]


def test_a_database_that_is_not_empty_is_left_alone(first: House, backup: Path, folder: Path):
    refused = first.run("restore", str(backup), "--data", str(folder / "fourth"))
    assert refused.returncode == 1 and "not empty" in refused.stderr
    assert not (folder / "fourth" / "key").exists()


def test_the_wrong_passphrase_opens_nothing(second: House, backup: Path, folder: Path):
    refused = second.run("restore", str(backup), "--data", str(folder / "fifth"), YINUO_PASSPHRASE="wrong wrong wrong")
    assert refused.returncode == 1 and "passphrase" in refused.stderr
    assert not (folder / "fifth").exists()


@pytest.mark.parametrize("damage", ["cut", "dump", "manifest", "other"])
def test_a_damaged_backup_is_refused_before_anything_is_made(second: House, backup: Path, folder: Path, damage: str):
    raw = bytearray(backup.read_bytes())
    with zipfile.ZipFile(backup) as opened:
        starts = {entry.filename: entry.header_offset for entry in opened.infolist()}
        manifest = opened.read("manifest.json")
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "dump":
        raw[starts["database.dump"] + 5000] ^= 1
    elif damage == "other":
        raw = bytearray(b"hello")
    file = folder / f"{damage}.yinuo"
    file.write_bytes(raw)
    if damage == "manifest":  # whole as a ZIP, but it says another thing than was written
        with zipfile.ZipFile(backup) as old, zipfile.ZipFile(file, "w") as new:
            for name in (KEY, SEALS, DATABASE):
                new.writestr(name, old.read(name))
            new.writestr(MANIFEST, manifest.replace(b'"era": 1', b'"era": 7'))
    refused = second.run("restore", str(file), "--data", str(folder / "sixth"))
    assert refused.returncode == 1
    assert str(file) in refused.stderr and "Traceback" not in refused.stderr
    assert not (folder / "sixth" / "postgres").exists() and not (folder / "sixth" / "key").exists()


def test_an_existing_file_is_not_overwritten(first: House, folder: Path):
    file = folder / "mine"
    file.write_text("mine")
    refused = first.run("backup", str(file))
    assert refused.returncode == 1 and "exists" in refused.stderr
    assert file.read_text() == "mine"


def test_a_short_passphrase_is_refused(first: House, folder: Path):
    refused = first.run("backup", str(folder / "short"), YINUO_PASSPHRASE="short")
    assert refused.returncode == 1 and "12 characters" in refused.stderr
    assert not (folder / "short").exists()


def test_a_key_opens_with_its_passphrase_however_it_was_composed():
    key = os.urandom(32)
    assert open_key(seal_key(key, "café au lait, 2 sucres"), "café au lait, 2 sucres") == key
    with pytest.raises(WrongPassphrase):
        open_key(seal_key(key, "café au lait"), "cafe au lait")
    with pytest.raises(BadArchive):
        open_key(b"{}", "café au lait")


# -- doctor --------------------------------------------------------------------------------------------------------


def findings(house: House, **changes: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = house.run("doctor", "--json", **changes)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0)
    return done.returncode, {finding["check"]: finding for finding in report["findings"]}


def test_doctor_finds_nothing_broken_in_a_restored_house(second: House):
    code, found = findings(second)
    assert code == 0, [finding for finding in found.values() if finding["level"] == "broken"]
    assert found["key fits"]["level"] == found["migrations"]["level"] == found["durability"]["level"] == "good"
    assert found["backup"]["level"] == "good", "the backup that it came from stands in its history"
    assert found["worker"]["level"] == "watch", "nothing runs here"


def test_doctor_names_what_is_weak_and_says_what_to_do(second: House):
    code, found = findings(
        second,
        YINUO_BASE_URL="http://desk.example.cn",
        YINUO_HOSTS="*",
        YINUO_METRICS_TOKEN="abc",
        YINUO_LOG_LEVEL="DEBUG",
    )
    assert code == 1
    assert {name for name, finding in found.items() if finding["level"] == "broken"} == {"TLS", "host names"}
    assert found["metrics token"]["level"] == found["log level"]["level"] == "watch"
    assert all(finding["advice"] for finding in found.values() if finding["level"] != "good")


def test_doctor_sees_a_key_that_others_can_read_and_one_of_another_house(second: House):
    key = second.data / "key"
    right = key.read_bytes()
    key.chmod(0o644)
    code, found = findings(second)
    assert code == 1 and found["key file"]["level"] == "broken"
    key.chmod(0o600)
    key.write_bytes(os.urandom(32))
    try:
        code, found = findings(second)
    finally:
        key.write_bytes(right)
    assert code == 1 and found["key fits"]["level"] == "broken"


def test_doctor_makes_no_key_where_there_is_none(second: House):
    hidden = second.data / "key.away"
    (second.data / "key").rename(hidden)
    try:
        code, found = findings(second)
        assert code == 1 and found["key file"]["level"] == "broken"
        assert not (second.data / "key").exists()
    finally:
        hidden.rename(second.data / "key")


def test_doctor_says_so_when_the_database_does_not_answer(second: House):
    code, found = findings(second, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert code == 1 and found["database"]["level"] == "broken"
