"""`rrft build-data` and `rrft tasks` as a user meets them: results, mistakes, progress."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_dataset import ROOT, files_of

SMALL = ("--family", "counting", "--size", "all=6", "--image-size", "40", "--workers", "1")


def toy(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tests.toy_cli", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


def test_results_on_stdout_and_one_line_on_stderr(tmp_path: Path) -> None:
    out = tmp_path / "new" / "data"
    done = toy("build-data", *SMALL, "--out", out)
    assert done.returncode == 0
    assert re.fullmatch(rf"rrft: {out}: 30 rows drawn in \d+ s\n", done.stderr)
    lines = done.stdout.splitlines()
    assert lines[0].strip() == "counting"
    assert [line.split()[:2] for line in lines[4:9]] == [
        ["train", "6"], ["test", "6"], ["ood-dark", "6"], ["ood-many", "6"], ["ood-many-dark", "6"]
    ]  # fmt: skip
    assert "up to 9 dots in place of 5" in done.stdout


def test_the_same_command_again_says_that_it_is_complete(tmp_path: Path) -> None:
    first = toy("build-data", *SMALL, "--out", tmp_path / "data")
    again = toy("build-data", *SMALL, "--out", tmp_path / "data")
    assert again.returncode == 0
    assert again.stdout == first.stdout
    assert "is complete: 30 rows, all files as manifest.json says" in again.stderr


def test_json_is_for_programs(tmp_path: Path) -> None:
    done = toy("build-data", *SMALL, "--out", tmp_path / "data", "--json")
    result = json.loads(done.stdout)
    assert (result["family"], result["seed"], result["image_size"]) == ("counting", 0, [40, 40])
    assert (result["drawn"], result["kept"]) == (30, 0)
    train = result["splits"]["train"]
    assert train["rows"] == 6
    assert train["kinds"]["dots"]["dots"]["n"] == 3
    assert set(train["kinds"]["half"]["half"]["answers"]) <= {"A", "B"}


@pytest.mark.parametrize(
    ("asked", "splits"),
    [
        (["train"], "train"),
        (["id"], "test"),
        (["ood"], "ood-dark ood-many ood-many-dark"),
        (["ood-many,train"], "train ood-many"),
        (["ood-many", "id", "ood-many"], "test ood-many"),
        (["train, test"], "train test"),
        (["all"], "train test ood-dark ood-many ood-many-dark"),
    ],
)
def test_splits_by_name_and_by_group(tmp_path: Path, asked: list[str], splits: str) -> None:
    options = [part for split in asked for part in ("--split", split)]
    done = toy("build-data", *SMALL, *options, "--out", tmp_path / "data", "--json")
    assert list(json.loads(done.stdout)["splits"]) == splits.split()
    there = {path.name.split("-0")[0] for path in tmp_path.rglob("*.parquet")}
    assert there == set(splits.split())


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (["--split", "test,ood-dark", "--size", "test=9"], [9, 4]),  # one of test's two tasks
        (["--split", "test,ood-dark", "--size", "test=1"], [1, 1]),
        (["--split", "test,ood-dark", "--size", "test=9", "--size", "ood-dark=2"], [9, 2]),
        (["--split", "train,test", "--size", "all=3,train=1_0"], [10, 3]),
        (["--split", "ood-many,ood-many-dark", "--size", "ood=3", "--size", "ood-many=4"], [4, 3]),
        (["--split", "train,ood-many"], [600, 200]),
    ],
)
def test_sizes(tmp_path: Path, options: list[str], rows: list[int]) -> None:
    common = ("--family", "counting", "--image-size", "32", "--workers", "1", "--json")
    done = toy("build-data", *common, *options, "--out", tmp_path / "data")
    splits = json.loads(done.stdout)["splits"].values()
    assert [split["rows"] for split in splits] == rows


@pytest.mark.parametrize(
    ("size", "pixels"), [("40", [40, 40]), ("48x36", [48, 36]), ("48X36", [48, 36])]
)
def test_image_sizes(tmp_path: Path, size: str, pixels: list[int]) -> None:
    command = (
        "build-data",
        "--family",
        "counting",
        "--split",
        "test",
        "--size",
        "test=2",
        "--json",
    )
    done = toy(*command, "--image-size", size, "--workers", "1", "--out", tmp_path / "data")
    assert json.loads(done.stdout)["image_size"] == pixels


SPLITS = "train, test, ood-dark, ood-many, ood-many-dark (or id, ood, all)"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--family shapes", "no family 'shapes'; there are: counting, geometry"),
        ("--split ood-night", f"no split 'ood-night'; there are: {SPLITS}"),
        ("--split train,", f"no split ''; there are: {SPLITS}"),
        ("--preset huge", "no preset 'huge'; there are: quick, standard, paper"),
        ("--size foo", "no size 'foo'; a size is SPLIT=ROWS, such as test=200"),
        ("--size tset=5", f"no split 'tset'; there are: {SPLITS}"),
        ("--size train=abc", "size 'train=abc': rows are a whole number from 1 to 10,000,000"),
        ("--size train=0", "size 'train=0': rows are a whole number from 1 to 10,000,000"),
        ("--size train=-3", "size 'train=-3': rows are a whole number from 1 to 10,000,000"),
        ("--size train=1e3", "size 'train=1e3': rows are a whole number from 1 to 10,000,000"),
        ("--size train=10000001", "size 'train=10000001': rows are a whole number from 1 to 10,000,000"),
        ("--size train=", "size 'train=': rows are a whole number from 1 to 10,000,000"),
        ("--split train --size test=5", "size 'test=5': split 'test' is not among those to be built"),
        ("--image-size 31", "image size '31': a side has 32 to 2048 pixels"),
        ("--image-size 320x4000", "image size '320x4000': a side has 32 to 2048 pixels"),
        ("--image-size big", "no image size 'big'; it is 320x240, or 112 for a square"),
        ("--image-size 3x2x1", "no image size '3x2x1'; it is 320x240, or 112 for a square"),
        ("--engine slurm", "no engine 'slurm'; there are: local"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_what_there_is(
    tmp_path: Path, options: str, complaint: str
) -> None:
    family = () if "--family" in options else ("--family", "counting")
    done = toy("build-data", *family, *options.split(), "--out", tmp_path / "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rrft: {complaint}\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("options", ["--workers 0", "--workers many", "--seed -1", "--seed x"])
def test_numbers_are_checked(tmp_path: Path, options: str) -> None:
    done = toy("build-data", *SMALL, *options.split(), "--out", tmp_path / "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert options.split()[0] in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_must_be_given_is_named() -> None:
    for option in ("--family", "--out"):
        rest = [part for part in ("--family=counting", "--out=x") if not part.startswith(option)]
        done = toy("build-data", *rest)
        assert done.returncode == 2
        assert option in done.stderr


def test_another_configuration_is_refused_in_one_line(tmp_path: Path) -> None:
    out = tmp_path / "data"
    toy("build-data", *SMALL, "--out", out)
    before = files_of(out)
    done = toy("build-data", *SMALL, "--seed", "1", "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"rrft: {out} was built with seed 0, not 1; choose another --out\n"
    assert files_of(out) == before


def test_a_file_or_a_full_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    done = toy("build-data", *SMALL, "--out", tmp_path)
    assert done.returncode == 2
    complaint = f"{tmp_path} holds something else (notes.txt); choose another --out"
    assert done.stderr == f"rrft: {complaint}\n"
    done = toy("build-data", *SMALL, "--out", tmp_path / "notes.txt")
    assert done.returncode == 2
    assert done.stderr == f"rrft: {tmp_path / 'notes.txt'} is a file; a dataset is a folder\n"
    done = toy("build-data", *SMALL, "--out", tmp_path / "notes.txt" / "deeper")
    assert done.returncode == 2
    assert done.stderr == f"rrft: Not a directory: {tmp_path / 'notes.txt' / 'deeper'}\n"


def test_a_terminal_shows_a_bar_with_rate_and_time_left(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = ["build-data", "--family", "counting", "--split", "train", "--image-size", "64"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.toy_cli", *command, "--out", tmp_path / "data"],
        stdout=subprocess.DEVNULL,
        stderr=follower,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "TOY_SECONDS": "0.002"},
    )
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 65536):
            shown += part
    except OSError:  # the terminal's other end is closed: the program has ended
        pass
    os.close(leader)
    assert process.wait() == 0
    text = shown.decode()
    assert "/600" in text
    assert " rows/s, " in text and " s left" in text
    assert "600 rows drawn in " in text


def test_tasks_are_listed() -> None:
    done = toy("tasks")
    assert done.returncode == 0 and done.stderr == ""
    assert "How many dots are there?" in done.stdout
    assert "up to 9 dots in place of 5" in done.stdout
    assert "counting: rows by preset" in done.stdout
    result = json.loads(toy("tasks", "--json").stdout)
    assert set(result) == {"counting", "geometry"}
    assert result["counting"]["tasks"]["half"]["version"] == 3
    assert result["counting"]["splits"]["ood-dark"] == {
        "shift": "the same on dark ground",
        "paired_with": "test",
        "tasks": ["dots"],
        "rows": {"quick": 100, "standard": 500, "paper": 500},
    }
    assert result["counting"]["splits"]["train"]["rows"]["paper"] == 35_000


def test_help_and_refusals_load_nothing_heavy() -> None:
    heavy = "{'numpy', 'numba', 'pyarrow', 'datasets', 'pandas', 'PIL', 'scipy'}"
    code = f"import sys, cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n"
