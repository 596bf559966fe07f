"""The embedded database: first start, rights, recovery from every kind of sudden death, sharing."""

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from yinuo.config.children import in_folder
from yinuo.config.postgres import Cluster, DataLock, Held, NoServer, find_place, server
from yinuo.config.postgres.place import SOCKET

pytestmark = pytest.mark.processes


@contextmanager
def running(data: Path) -> Iterator[Cluster]:
    """A started server under the lock, as `yinuo up` has it."""
    lock = DataLock(data)
    lock.take("test")
    cluster = Cluster(find_place(data))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        lock.drop()


def asked(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchone()[0]


def kept_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('一诺')")


def separate(data: Path, body: str) -> subprocess.Popen[str]:
    """Another interpreter that holds the lock and runs `body` with `cluster` at hand; ready at its first line."""
    program = f"""
        import time
        from pathlib import Path
        from yinuo.config.postgres import Cluster, DataLock, find_place
        from yinuo.config.postgres import cluster as module
        data = Path({str(data)!r})
        DataLock(data).take("up")
        cluster = Cluster(find_place(data))
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program) + textwrap.dedent(body)], stdout=subprocess.PIPE, text=True
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_first_start_makes_a_durable_database_that_an_ordinary_role_owns(data: Path) -> None:
    with running(data) as cluster:
        url = cluster.url()
        assert asked(url, "SELECT current_user") == "yinuo"
        assert not asked(url, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert asked(url, owner) == "yinuo"
        assert asked(url, "SHOW server_encoding") == "UTF8"
        assert asked(url, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"
        for name in ("data_checksums", "fsync", "synchronous_commit", "full_page_writes"):
            assert asked(url, f"SHOW {name}") == "on", name
        extensions = asked(url, "SELECT array_agg(extname::text) FROM pg_extension")
        assert {"pg_trgm", "btree_gist"} <= set(extensions)
        assert asked(url, "SHOW listen_addresses") == ""
        assert not psutil.Process(cluster.pid).net_connections("inet")


def test_only_the_password_opens_it(data: Path) -> None:
    with running(data) as cluster:
        password = (data / "secrets" / "postgres-yinuo").read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.url().replace(password, "guessed"))


def test_rights_are_narrow_and_no_other_folder_is_touched(data: Path) -> None:
    parents = {folder: folder.stat() for folder in data.parents}
    with running(data) as cluster:
        place = cluster.place
        for folder in (place.home, place.cluster, place.socket_folder, place.secrets, place.log_file.parent):
            assert mode(folder) == 0o700, folder
        for role in ("postgres", "yinuo"):
            assert mode(place.secrets / f"postgres-{role}") == 0o600
        assert not mode(data) & 0o066, "others may neither list nor write the data folder"
        runs_as = psutil.Process(cluster.pid).uids().effective
        assert runs_as != 0
        assert {folder.stat().st_uid for folder in (place.home, place.cluster, place.socket_folder)} == {runs_as}
        assert not list(place.home.glob("*password*")), "the first password lies nowhere but in secrets"
    for folder, before in parents.items():
        now = folder.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (before.st_mode, before.st_uid, before.st_gid), folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the database as another user")
def test_a_data_folder_the_system_user_cannot_reach_links_to_one_it_can(data: Path) -> None:
    data.parent.chmod(0o700)
    with running(data) as cluster:
        assert (data / "postgres").is_symlink()
        assert not cluster.place.cluster.is_relative_to(data)
        kept_row(cluster.url())
    with running(data) as cluster:
        assert asked(cluster.url(), "SELECT word FROM kept") == "一诺"
    assert mode(data.parent) == 0o700


def test_a_long_path_gets_a_short_socket(data: Path) -> None:
    deep = data.parent / ("长" * 30) / ("x" * 60) / "data"
    with running(deep) as cluster:
        sockets = cluster.place.socket_folder
        assert len(os.fsencode(sockets / SOCKET)) < 104
        assert mode(sockets) == 0o700
        assert asked(cluster.url(), "SELECT 1") == 1
    assert not list(sockets.iterdir())
    sockets.rmdir()


def test_committed_work_outlives_a_killed_server(data: Path) -> None:
    with running(data) as cluster:
        kept_row(cluster.url())
        os.kill(cluster.pid, signal.SIGKILL)
        cluster.child.wait(5)
        cluster.start()
        assert asked(cluster.url(), "SELECT word FROM kept") == "一诺"


def test_a_first_start_that_was_killed_begins_anew(data: Path) -> None:
    child = separate(data, "cluster.start()")
    limit = time.monotonic() + 20
    while not list((data / "postgres").glob("cluster.new-*/base")):
        assert time.monotonic() < limit
        time.sleep(0.002)
    child.kill()
    child.communicate()
    assert not (data / "postgres" / "cluster").exists(), "killed too late to show anything"
    with running(data) as cluster:
        assert asked(cluster.url(), "SELECT 1") == 1
    with running(data):
        assert not list((data / "postgres").glob("cluster.new-*"))


def test_a_killed_owner_takes_its_server_with_it(data: Path) -> None:
    child = separate(data, "cluster.start(); print(cluster.pid, flush=True); time.sleep(60)")
    postmaster = psutil.Process(int(child.stdout.readline()))
    child.kill()
    child.communicate()
    assert psutil.wait_procs([postmaster], timeout=10)[1] == []


def test_a_server_that_outlived_its_owner_is_stopped_cleanly_and_succeeded(data: Path) -> None:
    body = """
        module.ends_with_parent = lambda number: None
        cluster.start()
        print(cluster.pid, flush=True)
        time.sleep(60)
    """
    child = separate(data, body)
    orphan = int(child.stdout.readline())
    child.kill()
    child.communicate()
    assert psutil.pid_exists(orphan)
    with running(data) as cluster:
        kept_row(cluster.url())
        assert cluster.pid != orphan
        assert {process.pid for process in in_folder(cluster.place.cluster)} >= {cluster.pid}
        assert orphan not in {process.pid for process in in_folder(cluster.place.cluster)}
        log = cluster.place.log_file.read_text()
    assert f"[{orphan}] LOG:  database system is shut down" in log
    assert "was not properly shut down" not in log


def test_lock_files_that_name_a_living_stranger_do_not_keep_it_from_starting(data: Path) -> None:
    with running(data) as cluster:
        kept_row(cluster.url())
        os.kill(cluster.pid, signal.SIGKILL)
        cluster.child.wait(5)
        place = cluster.place
    stranger = subprocess.Popen(["sleep", "60"], **place.account.popen_options())
    try:
        for file in (place.cluster / "postmaster.pid", place.socket_folder / f"{SOCKET}.lock"):
            lines = file.read_text().splitlines(keepends=True)
            file.write_text(f"{stranger.pid}\n" + "".join(lines[1:]))
        with running(data) as cluster:
            assert asked(cluster.url(), "SELECT word FROM kept") == "一诺"
        assert stranger.poll() is None, "the stranger was left alone"
    finally:
        stranger.kill()
        stranger.wait()


def test_lost_password_files_are_renewed(data: Path) -> None:
    with running(data) as cluster:
        kept_row(cluster.url())
        former = cluster.url()
    for file in (data / "secrets").iterdir():
        file.unlink()
    with running(data) as cluster:
        assert cluster.url() != former
        assert asked(cluster.url(), "SELECT word FROM kept") == "一诺"


def test_data_of_another_major_version_is_refused_in_words(data: Path) -> None:
    with running(data) as cluster:
        version = cluster.place.cluster / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(NoServer, match=r"PostgreSQL 14, installed is \d+\. Make a backup"), running(data):
        pass


def test_a_command_starts_a_server_for_its_own_duration(data: Path) -> None:
    with server(data, "backup") as url:
        kept_row(url)
        assert DataLock(data).owner()["command"] == "backup"
    assert in_folder(find_place(data).cluster) == []
    with server(data) as url:
        assert asked(url, "SELECT word FROM kept") == "一诺"


def test_a_command_uses_the_running_server_and_leaves_it_running(data: Path) -> None:
    with running(data) as cluster:
        with server(data, "doctor") as url:
            assert asked(url, "SELECT pg_postmaster_start_time() IS NOT NULL")
            assert DataLock(data).owner()["command"] == "test"
        assert cluster.pid is not None
        assert asked(cluster.url(), "SELECT 1") == 1


def test_who_started_the_server_waits_for_others_that_use_it(data: Path) -> None:
    borrowed = """
        import sys, time
        from pathlib import Path
        import psycopg
        from yinuo.config.postgres import server
        with server(Path(sys.argv[1]), "second") as url, psycopg.connect(url) as connection:
            print("using", flush=True)
            time.sleep(1)
            connection.execute("SELECT 1")
    """
    with server(data, "first"):
        second = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(borrowed), str(data)], stdout=subprocess.PIPE, text=True
        )
        assert second.stdout.readline() == "using\n"
    assert second.wait(2) == 0, "its connection was cut off"


def test_a_second_owner_is_told_who_the_first_is(data: Path) -> None:
    child = separate(data, "print('held', flush=True); time.sleep(60)")
    try:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Held) as refused:
            DataLock(data).take("up")
        assert refused.value.owner == {"pid": child.pid, "command": "up"}
    finally:
        child.kill()
        child.communicate()
    DataLock(data).take("up")  # the kernel dropped it


def test_a_server_of_ones_own_is_used_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/yinuo")
    with server(data) as url:
        assert url == "postgresql://somebody@elsewhere/yinuo"
    assert not data.exists()


def test_the_log_shows_no_personal_data_of_failing_statements(data: Path) -> None:
    with running(data) as cluster:
        with psycopg.connect(cluster.url()) as connection:
            connection.execute("CREATE TABLE person (phone text PRIMARY KEY)")
            connection.execute("INSERT INTO person VALUES ('13800138000')")
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO person VALUES ('13800138000')")
        log = cluster.place.log_file.read_text()
    assert "duplicate key value" in log
    assert "13800138000" not in log


def test_the_lock_file_tells_the_address(data: Path) -> None:
    lock = DataLock(data)
    lock.take("up")
    lock.tell(command="up", address="http://127.0.0.1:8000")
    assert json.loads((data / "lock").read_text())["address"] == "http://127.0.0.1:8000"
    lock.drop()
    assert DataLock(data).owner() == {}
