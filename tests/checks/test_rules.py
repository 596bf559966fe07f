"""Every rule of the house finds its bad example, and leaves the good one beside it alone."""

from pathlib import Path

import pytest
from checks.__main__ import main
from checks.exceptions import Exceptions
from checks.house import RULES, Fault, House

from tests.checks.examples import BAD, GOOD, GROUND, Example


def faults(tmp_path: Path, example: Example) -> list[Fault]:
    for path, text in (GROUND | example.files).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(RULES[example.rule].find(House(tmp_path)))


@pytest.mark.parametrize("example", BAD, ids=lambda example: f"{example.rule}: {example.about}")
def test_a_rule_finds_what_breaks_it(tmp_path: Path, example: Example) -> None:
    found = [f"{fault.path}:{fault.line}: {fault.text}" for fault in faults(tmp_path, example)]
    assert any(example.says in line for line in found), found
    assert all(line.startswith(tuple(example.files)) for line in found), "something else was blamed"


@pytest.mark.parametrize("example", GOOD, ids=lambda example: f"{example.rule}: {example.about}")
def test_a_rule_leaves_alone_what_keeps_it(tmp_path: Path, example: Example) -> None:
    assert faults(tmp_path, example) == []


def test_every_rule_has_an_example_that_breaks_it() -> None:
    assert {example.rule for example in BAD} == set(RULES)


def test_every_rule_says_what_it_wants_and_where_it_comes_from() -> None:
    for rule in RULES.values():
        assert rule.says.endswith(".")
        assert rule.source.startswith(("DESIGN", "docs/"))


BAD_FILE = {"src/yinuo/tickets/queries.py": "from datetime import datetime\n\n\ndef at():\n    return datetime.now()\n"}


def house(tmp_path: Path) -> Path:
    for path, text in (GROUND | BAD_FILE).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_program_fails_and_says_where_and_after_which_section(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["one-clock"], house(tmp_path), Exceptions({})) == 1
    said = capsys.readouterr().out
    assert "src/yinuo/tickets/queries.py:5: datetime.now(): ask foundation.clock  [at]" in said
    assert "one-clock (DESIGN 6, Time" in said


@pytest.mark.parametrize(
    "place",
    ["src/yinuo/tickets/queries.py", "src/yinuo/tickets/", "src/yinuo/tickets/queries.py::at"],
    ids=["a file", "a folder", "a function"],
)
def test_an_exception_with_a_reason_lets_a_place_be(tmp_path: Path, place: str) -> None:
    reasoned = Exceptions({"one-clock": {place: "a reason that is long enough"}})
    assert main(["one-clock"], house(tmp_path), reasoned) == 0


@pytest.mark.parametrize(
    ("places", "says"),
    [
        ({"one-clock": {"src/yinuo/tickets/queries.py": "because"}}, "say why"),
        (
            {"one-clock": {"src/yinuo/tickets/": "a long enough reason", "src/yinuo/sla/": "a long enough reason"}},
            "src/yinuo/sla/: nothing there breaks the rule",
        ),
        (
            {"one-clock": {"src/yinuo/tickets/": "a long enough reason"}, "no-such": {"src/": "a long enough reason"}},
            "there is no rule no-such",
        ),
    ],
    ids=["without a reason", "of no use", "of no rule"],
)
def test_an_exception_that_is_no_good_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], places: dict[str, dict[str, str]], says: str
) -> None:
    assert main(["one-clock"], house(tmp_path), Exceptions(places)) == 1
    assert says in capsys.readouterr().out
