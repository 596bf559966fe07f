"""`yinuo calendar due` and `yinuo calendar check`."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import shared_data

from yinuo.config.commands.calendar import add_parser, check_command, due_command

MONDAY = ["--calendar", "cn-office", "--start", "2026-10-12"]
OFFICE = {"tz": "Asia/Shanghai", "hours": {"mon": [["09:00", "18:00"]]}}


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["calendar", *argv])
    return arguments.run(arguments)


class TestDue:
    @pytest.mark.parametrize(
        ("start", "said"),
        [
            ("9999-12-31T00:00", "9999 is outside 1970 to 2099"),
            ("0001-01-01T00:00", "1 is outside 1970 to 2099"),
            ("2099-12-31T10:00", "the edge of 1970 to 2099"),
        ],
    )
    @pytest.mark.parametrize("clock", ["service", "workday"])
    def test_the_ends_of_time_are_one_sentence(self, capsys, start, said, clock):
        argv = ["--calendar", "cn-office", "--start", start, "--within", "3000d", "--clock", clock]
        assert due_command(argv) == 2
        assert said in capsys.readouterr().err

    def test_a_file_nested_without_end_is_one_sentence(self, capsys, tmp_path):
        (tmp_path / "deep.json").write_text('{"hours": ' + "[" * 5000 + "]" * 5000 + "}")
        assert (
            run("due", "--calendar", str(tmp_path / "deep.json"), "--start", "2026-10-12T08:00", "--within", "1h") == 2
        )
        assert "nested too deeply" in capsys.readouterr().err

    def test_a_deadline_on_a_built_in_calendar(self, capsys):
        code = run("due", "--calendar", "cn-office-nolunch", "--start", "2026-02-13T16:00", "--within", "24h")
        assert (code, capsys.readouterr().out) == (0, "2026-02-25T13:00:00+08:00\n")

    @pytest.mark.parametrize(
        ("clock", "within", "expected"),
        [
            ("service", "24h", "2026-10-21T16:00:00+08:00"),
            ("workday", "24h", "2026-10-19T16:00:00+08:00"),
            ("always", "24h", "2026-10-17T16:00:00+08:00"),
            ("workdays", "1d", "2026-10-19T18:00:00+08:00"),
        ],
    )
    def test_every_clock(self, capsys, clock, within, expected):
        argv = ["--calendar", "cn-office", "--start", "2026-10-16T08:00:00Z", "--within", within, "--clock", clock]
        assert due_command(argv) == 0
        assert capsys.readouterr().out.strip() == expected

    def test_it_explains_itself_in_chinese_and_english(self, capsys):
        argv = ["--calendar", "cn-office-nolunch", "--start", "2026-10-09T17:00", "--within", "4h", "--explain"]
        assert due_command(argv) == 0
        assert "2026年10月10日（周六）09:00–12:00 计入 3 小时：调休上班日（国庆节）" in capsys.readouterr().out
        assert due_command([*argv, "--lang", "en"]) == 0
        assert "Sat 10 Oct 2026 09:00–12:00 counted 3 h: make-up workday" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("one.json", json.dumps(OFFICE)),
            (
                "one.yaml",
                "tz: Asia/Shanghai\nhours:\n  mon: [[09:00, 18:00]]\noverrides:\n  2026-10-10: [[09:00, 12:00]]\n",
            ),
            ("many.json#b", json.dumps({"a": {"tz": "UTC", "hours": {"tue": [["00:00", "01:00"]]}}, "b": OFFICE})),
        ],
    )
    def test_a_calendar_from_a_file(self, capsys, tmp_path, name, text):
        file, _, _ = name.partition("#")
        (tmp_path / file).write_text(text)
        code = run("due", "--calendar", str(tmp_path / name), "--start", "2026-10-12T17:00", "--within", "2h")
        assert (code, capsys.readouterr().out) == (0, "2026-10-19T10:00:00+08:00\n")

    def test_a_promise_of_a_pack_names_its_row_and_what_would_have_changed_it(self, capsys):
        argv = ["--calendar", "cn-office-nolunch", "--start", "2026-10-09T17:00", "--promise", "first_answer"]
        assert due_command([*argv, "--with", "urgency=normal", "--explain"]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "2026-10-10T10:00:00+08:00"
        assert "  依据：多场景手册 第 1 版，“首次答复”的“normal”行（R-AS-1）" in said
        assert "  若紧急度为“紧急”：适用“urgent”行，30 分钟，按自然时间，到期 2026年10月9日 17:30" in said
        assert due_command([*argv, "--with", "urgency=urgent", "--explain", "--lang", "en"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("2026-10-09T17:30:00+08:00\n")
        assert "With urgency anything else: row “normal”, 2 h in service hours, due 2026-10-10 10:00" in said

    def test_seconds_have_another_figure_at_peak_hours(self, capsys):
        for start, due in (("09:59:59", "10:00:19"), ("10:00:00", "10:00:30")):
            argv = ["--calendar", "cn-office", "--start", f"2026-10-12T{start}", "--promise", "pick_up"]
            assert due_command([*argv, "--pack", "rules"]) == 0
            assert capsys.readouterr().out == f"2026-10-12T{due}+08:00\n"

    def test_pauses_are_left_out_of_the_sum_also_of_what_would_have_been(self, capsys):
        argv = ["--calendar", "cn-office-nolunch", "--start", "2026-10-09T17:00", "--promise", "first_answer"]
        argv += ["--pause", "2026-10-09T17:30/2026-10-10T09:30", "--explain"]
        assert due_command(argv) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == "2026-10-10T11:00:00+08:00"
        assert "  2026年10月9日（周五）17:30至2026年10月10日（周六）09:30 不计：暂停计时" in said
        assert any("“严重”" not in line and "到期 2026年10月9日 17:30" in line for line in said)

    def test_counted_back_from_an_event(self, capsys):
        argv = ["--calendar", "cn-office", "--start", "2026-10-19T10:00", "--within", "24h", "--clock", "workday"]
        assert due_command([*argv, "--before"]) == 0
        assert capsys.readouterr().out == "2026-10-16T10:00:00+08:00\n"

    def test_an_unpublished_year_is_said_on_standard_error(self, capsys):
        run("due", "--calendar", "cn-office", "--start", "2090-01-05T09:00", "--within", "1h")
        assert "2090" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            (["--calendar", "nowhere", "--start", "2026-10-12", "--within", "1h"], "no calendar file nowhere"),
            (["--calendar", "cn-office", "--start", "monday", "--within", "1h"], "--start"),
            (["--calendar", "cn-office", "--start", "2026-10-12", "--within", "1"], "--within"),
            (["--calendar", "cn-office", "--start", "1026-10-12", "--within", "1h"], "1026"),
            (
                ["--calendar", "cn-office", "--start", "2026-10-12", "--within", "1h", "--clock", "workdays"],
                "whole days",
            ),
            (["--calendar", "cn-office", "--start", "2026-10-12", "--promise", "lunch"], "channel_answer"),
            (
                ["--calendar", "cn-office", "--start", "2026-10-12", "--promise", "first_answer", "--with", "mood=bad"],
                "asks nothing about 'mood'",
            ),
            (
                [*MONDAY, "--promise", "solution", "--with", "urgency=urgent"],
                "sets no limit",
            ),
            (
                [*MONDAY, "--within", "1h", "--pause", "2026-10-11/2026-10-12"],
                "after the start",
            ),
            (["--calendar", "cn-office", "--start", "2026-10-12", "--within", "1h", "--pause", "soon"], "no stretch"),
        ],
    )
    def test_bad_input_is_one_sentence(self, capsys, argv, said):
        assert due_command(argv) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1

    def test_a_calendar_that_never_opens_is_refused(self, capsys, tmp_path):
        (tmp_path / "never.json").write_text('{"tz": "UTC", "hours": {}}')
        assert run("due", "--calendar", str(tmp_path / "never.json"), "--start", "2026-10-12", "--within", "1h") == 2
        assert "never open" in capsys.readouterr().err


class TestCheck:
    ROWS = [
        {"id": "right", "op": "add_working_seconds", "seconds": 3600, "expected": "2026-10-12T02:00:00Z"},
        {"id": "wrong", "op": "add_working_seconds", "seconds": 3600, "expected": "2026-10-12T03:00:00Z"},
        {"id": "quirk", "op": "is_working_time", "expected": True, "quirk": "closed, yet the peer says open"},
        {
            "id": "two",
            "op": "add_working_seconds",
            "seconds": 32400,
            "expected": "2026-10-19T01:00:00Z",
            "expected_alt": "2026-10-12T10:00:00Z",
        },
        {"id": "odd", "op": "guess", "expected": 1},
        {"id": "none", "op": "is_working_time", "note": "nobody knows"},
    ]

    def write(self, tmp_path: Path, rows: list[dict], calendars: str = "calendars.json") -> Path:
        (tmp_path / calendars).write_text(json.dumps({"c": OFFICE}))
        file = tmp_path / "rows.jsonl"
        whole = [{"calendar_id": "c", "start": "2026-10-12T00:00:00Z", **row} for row in rows]
        file.write_text("".join(json.dumps(row) + "\n" for row in whole))
        return file

    def test_it_prints_each_row_that_differs_then_the_counts(self, capsys, tmp_path):
        assert check_command([str(self.write(tmp_path, self.ROWS))]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines[:-1]] == ["wrong", "quirk", "two", "odd"]
        assert '"2026-10-12T02:00:00Z", expected "2026-10-12T03:00:00Z"' in lines[0]
        assert lines[-1] == (
            "6 rows: 1 as expected, 1 as the second answer, 2 differs, 1 marked quirk, 1 without an expected answer"
        )

    def test_only_what_the_project_chose_and_says_so_is_no_failure(self, capsys, tmp_path):
        chosen = [
            {"id": "closing", "op": "add_working_seconds", "seconds": 32400, "expected": "2026-10-19T01:00:00Z"},
            {"id": "days", "op": "add_working_days", "days": 1, "expected": "2026-10-19T00:00:00Z"},
            {"id": "ends", "op": "working_days_between", "end": "2026-10-19T02:00:00Z", "expected": 2},
            self.ROWS[2],
        ]
        assert check_command([str(self.write(tmp_path, chosen))]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert "due at closing" in lines[0] and "counted from an opening" in lines[1] and "first of the two" in lines[2]
        assert lines[-1] == "4 rows: 3 by documented choice, 1 marked quirk"

    @pytest.mark.parametrize(
        "row",
        [
            # later than the next opening, on the wrong side of a sum, within the hours, two days more
            {"op": "add_working_seconds", "seconds": 32400, "expected": "2026-10-19T01:00:01Z"},
            {"op": "add_working_seconds", "seconds": 32400, "expected": "2026-10-12T09:59:59Z"},
            {"op": "add_working_days", "start": "2026-10-12T02:00:00Z", "days": 1, "expected": "2026-10-19T01:00:00Z"},
            {"op": "working_days_between", "end": "2026-10-19T02:00:00Z", "expected": 3},
        ],
    )
    def test_a_choice_excuses_nothing_else(self, tmp_path, row):
        assert check_command([str(self.write(tmp_path, [{"id": "x", **row}]))]) == 1

    def test_all_right_is_code_zero(self, capsys, tmp_path):
        file = self.write(tmp_path, self.ROWS[:1], calendars="elsewhere.json")
        assert check_command([str(file), "--calendars", str(tmp_path / "elsewhere.json")]) == 0
        assert capsys.readouterr().out == "1 rows: 1 as expected\n"
        assert check_command([str(file)]) == 1
        assert "no calendar is called 'c'" in capsys.readouterr().out

    def test_the_recorded_rows(self, capsys):
        for name, counts in (
            ("peer_spec_rows", "137 rows: 131 as expected, 6 by documented choice"),
            ("peer_computed_rows", "922 rows: 909 as expected, 13 by documented choice"),
            ("peer_disagreements", "16 rows: 16 without an expected answer"),
        ):
            assert run("check", str(shared_data(f"worktime/{name}.jsonl"))) == 0
            assert capsys.readouterr().out.splitlines()[-1] == counts

    def test_a_file_that_is_no_rows_is_one_sentence(self, capsys, tmp_path):
        (tmp_path / "rows.jsonl").write_text("no json\n")
        assert check_command([str(tmp_path / "rows.jsonl")]) == 2
        assert check_command([str(tmp_path / "absent.jsonl")]) == 2
        assert capsys.readouterr().err.count("\n") == 2


def test_it_imports_no_django_and_no_database():
    code = (
        "import sys; import yinuo.config.commands.calendar; "
        "print(sorted({'django', 'psycopg', 'procrastinate'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
