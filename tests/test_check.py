"""`rrft check` as a user meets it: files in, verdicts and a summary out, mistakes named by line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluators import Reading, Status
from reasonrft.check import BadLine, Checked, check_file, check_to
from tests.command import Rrft

ROOT = Path(__file__).parent.parent
GOOD: list[dict[str, Any]] = [
    {"id": 1, "kind": "integer", "gold": 5, "prediction": "<think>a</think><answer>5</answer>"},
    {
        "id": "two",
        "kind": "number",
        "gold": "18.2",
        "tolerance": 0.05,
        "prediction": "<answer>18.23</answer>",
    },
    {
        "id": 3,
        "kind": "choice",
        "gold": "B",
        "options": ["1", "2"],
        "prediction": "The answer is B.",
    },
    {
        "id": 4,
        "kind": "expression",
        "gold": "2x",
        "prediction": "<answer>x + x</answer>",
        "split": "test",
    },
    {
        "id": 5,
        "kind": "program",
        "gold": "change_color(0,'red')",
        "prediction": "<answer>change_color(0,'blue')</answer>",
    },
]


def write(path: Path, *lines: object) -> Path:
    path.write_text(
        "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines),
        "utf-8",
    )
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_verdicts_come_in_order_with_all_their_fields(tmp_path: Path, rrft: Rrft) -> None:
    out = tmp_path / "verdicts.jsonl"
    done = rrft("check", write(tmp_path / "cases.jsonl", *GOOD), "--out", out)
    rows = rows_of(out)
    assert done.code == 0, done.stderr
    assert done.stderr == f"rrft: the verdicts are in {out}\n"
    assert [row["id"] for row in rows] == [1, "two", 3, 4, 5]
    assert [row["status"] for row in rows] == ["correct", "correct", "unread", "correct", "partial"]
    assert all(
        set(row) == {"id", "status", "score", "answer", "well_formed", "detail", "ms"}
        for row in rows
    )
    assert rows[0]["well_formed"] and not rows[1]["well_formed"]
    assert rows[4]["detail"]["paper_partial"] == 0.5
    assert all(0 <= row["ms"] < 60_000 for row in rows)
    assert not list(tmp_path.glob("*.partial"))


def test_the_summary_shows_counts_intervals_and_the_other_reading(
    tmp_path: Path, rrft: Rrft
) -> None:
    done = rrft("check", write(tmp_path / "cases.jsonl", *GOOD), "--json")
    kinds = json.loads(done.stdout)["kinds"]
    assert set(kinds) == {"integer", "number", "choice", "expression", "program", "all"}
    assert kinds["all"]["n"] == 5
    assert (kinds["all"]["correct"], kinds["all"]["partial"], kinds["all"]["unread"]) == (3, 1, 1)
    assert kinds["all"]["accuracy"]["estimate"] == 0.6
    assert kinds["all"]["accuracy"]["low"] == pytest.approx(0.2307, abs=1e-4)  # Wilson, 3 of 5
    assert kinds["choice"]["lenient_accuracy"]["estimate"] == 1
    table = rrft("check", tmp_path / "cases.jsonl").stdout
    assert "strict reading" in table and "lenient accuracy" in table
    assert "60.0%" in table and "23.1% – 88.2%" in table


def test_the_lenient_reading(tmp_path: Path, rrft: Rrft) -> None:
    out = tmp_path / "verdicts.jsonl"
    rrft("check", write(tmp_path / "cases.jsonl", *GOOD), "--reading", "lenient", "--out", out)
    assert rows_of(out)[2]["status"] == "correct"


BAD_LINES = [
    ("{not json", "not JSON: Expecting property name"),
    ("[1, 2]", "not a JSON object but list"),
    ('{"id": 1}', "the field 'kind' is missing; a case has id, kind, gold, prediction"),
    ({**GOOD[0], "prediction": None}, "the field 'prediction' is missing"),
    ({**GOOD[0], "prediction": 5}, "prediction 5 is not a text"),
    (
        {**GOOD[0], "kind": "colour"},
        "no kind 'colour'; there are: integer, number, choice, expression, program",
    ),
    ({**GOOD[0], "gold": "many"}, "gold 'many' is not a whole number"),
    (
        {**GOOD[1], "tolerance": "wide"},
        "tolerance 'wide' is not a distance such as 0.05, nor a share such as 3%",
    ),
    (
        {**GOOD[0], "tolerence": 1},
        "the field 'tolerence' is not known; perhaps 'tolerance' is meant",
    ),
    ({**GOOD[0], "tolerance": 1}, "tolerance 1 on a count; a count is exact"),
    ({**GOOD[2], "gold": "D"}, "gold 'D' is none of the options A, B"),
    ({**GOOD[0], "id": [1]}, "id [1] is neither a text nor a whole number"),
    ("[" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(
    ("line", "problem"), BAD_LINES, ids=[problem[:30] for _, problem in BAD_LINES]
)
def test_a_bad_line_is_named_and_the_rest_is_graded(
    tmp_path: Path, line: object, problem: str
) -> None:
    out = tmp_path / "verdicts.jsonl"
    told: list[str] = []
    summary = check_to(
        write(tmp_path / "cases.jsonl", GOOD[0], "", line, GOOD[3]),
        Reading.STRICT,
        out,
        1,
        told.append,
    )
    assert [row["id"] for row in rows_of(out)] == [1, 4]
    assert [bad.line for bad in summary.bad_lines] == [3]
    assert len(told) == 1
    assert told[0].startswith("cases.jsonl, line 3: ")
    assert problem in told[0]
    assert "\n" not in told[0]


def test_bad_lines_make_the_exit_code_one(tmp_path: Path, rrft: Rrft) -> None:
    done = rrft("check", write(tmp_path / "cases.jsonl", "{", GOOD[0]))
    assert done.code == 1
    assert done.stderr.startswith("rrft: cases.jsonl, line 1: not JSON: Expecting property name")
    assert done.stderr.count("\n") == 1
    assert "1 line is no case" in done.stdout


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'{"id": "\xff"}\n' + b"\xef\xbb\xbf" + json.dumps(GOOD[0]).encode() + b"\n")
    bad, good = check_file(path, Reading.STRICT)
    assert isinstance(bad, BadLine) and bad.reason.startswith("not UTF-8")
    assert isinstance(good, Checked) and good.verdict.status is Status.CORRECT


def test_workers_change_nothing(tmp_path: Path, rrft: Rrft) -> None:
    cases = [{**GOOD[number % 5], "id": number} for number in range(700)]
    path = write(tmp_path / "cases.jsonl", *cases[:300], "{", *cases[300:])
    outs = []
    for workers in ("1", "3"):
        outs.append(tmp_path / f"{workers}.jsonl")
        assert rrft("check", path, "--out", outs[-1], "--workers", workers).code == 1
    first, second = ([{**row, "ms": 0} for row in rows_of(out)] for out in outs)
    assert first == second
    assert [row["id"] for row in first] == list(range(700))


def test_a_lone_surrogate_survives(tmp_path: Path, rrft: Rrft) -> None:
    out = tmp_path / "verdicts.jsonl"
    done = rrft(
        "check",
        write(tmp_path / "cases.jsonl", {**GOOD[0], "prediction": "<answer>\ud800</answer>"}),
        "--out",
        out,
    )
    assert done.code == 0, done.stderr
    assert rows_of(out)[0]["answer"] == "\ud800"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["check"], "Missing argument 'CASES.jsonl' (see rrft check --help)"),
        (["check", "nowhere.jsonl"], "nowhere.jsonl"),
        (["check", "."], "is a directory"),
        (
            ["check", "cases.jsonl", "--reading", "kind"],
            "'--reading': 'kind' is not one of 'strict', 'lenient' (see",
        ),
        (["check", "cases.jsonl", "--workers", "0"], "'0' is not 1 or more"),
        (["check", "cases.jsonl", "--out", "nowhere/v.jsonl"], "/nowhere/v.jsonl\n"),
        (
            ["check", "cases.jsonl", "--out", "cases.jsonl"],
            "the verdicts would replace the cases: cases.jsonl",
        ),
        (["check", "cases.jsonl", "--out", "."], "'--out': file '.' is a directory"),
        (["check", "cases.jsonl", "--out", ""], "'--out': a file has a name"),
        (["chek"], "No such command 'chek'. Did you mean 'check'? (see rrft --help)"),
        (["--verion"], "No such option"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_two(
    tmp_path: Path, rrft: Rrft, monkeypatch: pytest.MonkeyPatch, arguments: list[str], problem: str
) -> None:
    write(tmp_path / "cases.jsonl", GOOD[0])
    monkeypatch.chdir(tmp_path)
    done = rrft(*arguments)
    assert done.code == 2
    assert done.stdout == ""
    assert problem in done.stderr
    assert done.stderr.startswith("rrft: ") and done.stderr.count("\n") == 1


def test_a_file_without_a_case_is_a_mistake(tmp_path: Path, rrft: Rrft) -> None:
    cases = write(tmp_path / "cases.jsonl", "")
    for arguments in ([], ["--json"]):
        done = rrft("check", cases, *arguments)
        told = f"rrft: {cases} has no cases\n"
        assert (done.code, done.stdout, done.stderr) == (2, "", told)


def test_a_closed_stdout_is_no_fault(tmp_path: Path) -> None:
    """Nor does what is written to it end up in the next file that is opened."""
    cases, out = write(tmp_path / "cases.jsonl", *GOOD), tmp_path / "verdicts.jsonl"
    command = 'exec "$0" "$@" >&-'
    python: list[str | Path] = [sys.executable, ROOT / "cli.py", "check", cases, "--out", out]
    done = subprocess.run(
        ["sh", "-c", command, *python], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, f"rrft: the verdicts are in {out}\n")
    assert len(rows_of(out)) == len(GOOD)


def test_a_failed_check_leaves_the_old_verdicts(tmp_path: Path) -> None:
    """Whatever stops a check, the file under the name given is whole."""
    out = write(tmp_path / "verdicts.jsonl", "old")

    def stop(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_to(write(tmp_path / "cases.jsonl", GOOD[0], "{"), Reading.STRICT, out, 1, stop)
    assert out.read_text() == "old\n"
    assert not list(tmp_path.glob("*.partial"))


def test_output_piped_into_nothing_is_no_crash(tmp_path: Path) -> None:
    path = write(tmp_path / "cases.jsonl", *GOOD)
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "w") as closed:
        done = subprocess.run(
            [sys.executable, ROOT / "cli.py", "check", path],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert "Traceback" not in done.stderr


def test_verdicts_go_through_a_link_and_into_a_device(tmp_path: Path, rrft: Rrft) -> None:
    path = write(tmp_path / "cases.jsonl", *GOOD)
    target = write(tmp_path / "target.jsonl", "old")
    (tmp_path / "link.jsonl").symlink_to(target)
    assert rrft("check", path, "--out", tmp_path / "link.jsonl").code == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert len(rows_of(target)) == 5
    assert rrft("check", path, "--out", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


def test_a_killed_worker_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.check.check_line", kill_this_process)
    with pytest.raises(ChildProcessError, match="a worker was killed"):
        list(check_file(write(tmp_path / "cases.jsonl", *GOOD), Reading.STRICT, workers=2))


def kill_this_process(_: object, reading: Reading) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_an_honest_extra_field_is_passed_over(tmp_path: Path) -> None:
    (checked,) = check_file(
        write(tmp_path / "c.jsonl", {**GOOD[0], "scene_id": 3, "option_count": 4}), Reading.STRICT
    )
    assert isinstance(checked, Checked)


def test_help_and_version(rrft: Rrft) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        done = rrft(*arguments)
        assert done.code == 0
        assert "check" in done.stdout
    assert "rrft 0.1.0 (grader version 1)" in rrft("--version").stdout
    assert "--reading" in rrft("check", "--help").stdout


def test_the_examples_are_graded_as_the_readme_says() -> None:
    """By the program as a user starts it."""
    cases = ROOT / "examples" / "cases.jsonl"
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "check", cases, "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0
    everything = json.loads(done.stdout)["kinds"]["all"]
    counts = {status: everything[status] for status in ("correct", "partial", "wrong", "unread")}
    assert counts == {"correct": 9, "partial": 1, "wrong": 2, "unread": 5}
