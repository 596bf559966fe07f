"""`yinuo mail inspect` prints what intake sees and needs neither Django nor a database."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from yinuo.config.commands import mail

RAW = (
    "From: =?UTF-8?B?546L6Iqz?= <wang@example.com>\r\nTo: service@example.cn\r\nCc: li@example.com\r\nSubject: 屏幕\r\n"
    "Message-ID: <2@x>\r\nReferences: <1@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "还是闪。\r\n\r\n发自我的iPhone\r\n"
).encode()


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    mail.add_parser(parser.add_subparsers())
    chosen = parser.parse_args(["mail", "inspect", *arguments])
    return int(chosen.run(chosen))


def test_one_line_for_each_file(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    one, two = tmp_path / "1.eml", tmp_path / "2.eml"
    one.write_bytes(RAW)
    two.write_bytes(b"")
    assert run("--own", "service@example.cn", str(one), str(two)) == 0
    first, second = map(json.loads, capfdbinary.readouterr().out.splitlines())
    assert second["kind"] == "unreadable"
    wanted = {
        "kind": "message",
        "from": {"name": "王芳", "address": "wang@example.com"},
        "to": [{"name": None, "address": "service@example.cn"}],
        "cc": [{"name": None, "address": "li@example.com"}],
        "subject": "屏幕",
        "text": "还是闪。\n\n发自我的iPhone\n",
        "reply": "还是闪。",
        "html": "",
        "attachments": [],
        "message_id": "2@x",
        "references": ["1@x"],
        "bounce": None,
    }
    assert {name: first[name] for name in wanted} == wanted


def test_own_address_makes_a_loop(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(RAW)
    assert run("--own", "wang@example.com", "--own", "b@example.com", str(file)) == 0
    assert json.loads(capfdbinary.readouterr().out)["kind"] == "loop"


def test_a_missing_file_is_named_and_the_others_are_printed(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(RAW)
    assert run(str(tmp_path / "none.eml"), str(file)) == 1
    captured = capfdbinary.readouterr()
    assert b"none.eml" in captured.err
    assert len(captured.out.splitlines()) == 1


def test_neither_django_nor_a_database_is_loaded() -> None:
    code = (
        "import sys, yinuo.config.commands.mail, yinuo.domain.mailout; "
        "sys.exit(any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
