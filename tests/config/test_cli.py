"""The command line: what loads, what refuses."""

import json
import subprocess
import sys

import pytest

from yinuo.config import cli


def loaded_by(*arguments: str) -> set[str]:
    program = (
        "import json, sys\nfrom yinuo.config import cli\n"
        f"try: cli.main({list(arguments)!r})\nexcept SystemExit: pass\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("command", ["calendar", "mail"])
def test_commands_of_the_domain_load_no_django_and_no_database(command: str) -> None:
    assert not loaded_by(command, "--help") & {"django", "psycopg", "procrastinate"}


@pytest.mark.parametrize("name", [name for name, _, _ in cli.COMMANDS])
def test_every_listed_command_has_a_parser_that_says_what_runs(name: str) -> None:
    parser = cli._parser([name])
    (subparsers,) = (action for action in parser._actions if action.dest == "command")
    assert name in subparsers.choices
    own = subparsers.choices[name]
    verbs = [action for action in own._actions if hasattr(action, "choices") and isinstance(action.choices, dict)]
    for each in list(verbs[0].choices.values()) if verbs else [own]:
        assert each.get_default("run"), each.prog


def test_an_unusable_port_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["up", "--port", "70000"]) == 1
    assert capsys.readouterr().err == "70000 is no port: ports go from 1 to 65535.\n"


def test_the_demo_refuses_to_be_reached_from_outside(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YINUO_LISTEN", "0.0.0.0")  # noqa: S104
    assert cli.main(["up", "--demo"]) == 1
    assert "log-ins are known to everybody" in capsys.readouterr().err
