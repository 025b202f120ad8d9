"""`rrft build-data` and `rrft tasks`: what they take, refuse and print."""

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from builders import registry
from builders.dataset import Built
from builders.parts import choose_parts, samples
from builders.plan import PRESETS, Request, make_plans, preset_sizes, read_image_size
from builders.progress import duration
from builders.registry import Tasks
from builders.tables import guessed
from builders.task import Canvas
from tests import toy_task
from tests.command import Rrft
from tests.terminal import read_terminal

ROOT = Path(__file__).parent.parent
COUNTING = registry.tasks()


@pytest.fixture
def rrft(rrft: Rrft, monkeypatch: pytest.MonkeyPatch) -> Rrft:
    """With the toy tasks."""
    monkeypatch.setattr(registry, "tasks", toy_task.tasks)
    return rrft


BUILD = ("build-data", "--family", "counting", "--image-size", "32", "--workers", "1")


# What is built.


def test_a_build_tells_what_it_came_to(rrft: Rrft, tmp_path: Path) -> None:
    out = tmp_path / "data"
    said = rrft(*BUILD, "--split", "test,ood-many", "--size", "test=12,ood-many=8", "--out", out)
    assert said.code == 0
    assert re.search(
        rf"\Arrft: {out}: 20 rows drawn in \d+ s\n\Z", said.stderr
    )  # no bar: no terminal
    assert "up to 9 dots in place of 5" in said.stdout
    assert re.search(r"test +12 ", said.stdout)

    again = rrft(*BUILD, "--split", "test,ood-many", "--size", "test=12,ood-many=8", "--out", out)
    assert again.code == 0
    assert again.stdout == said.stdout
    assert again.stderr == f"rrft: {out} is complete: 20 rows, all files as manifest.json says\n"


def test_only_the_tasks_that_are_named_are_built(rrft: Rrft, tmp_path: Path) -> None:
    small = (*BUILD, "--split", "test", "--size", "test=4", "--out", tmp_path)
    assert rrft(*small, "--task", "half").code == 0
    (part,) = choose_parts([tmp_path], None, ["test"])
    assert {sample.task for sample in samples(part)} == {"half"}
    said = rrft(*small)  # all tasks, into the same folder
    assert said.code != 0
    assert "dots" in said.stderr


def test_one_row_is_one_row_and_records_tell_of_it(rrft: Rrft, tmp_path: Path) -> None:
    out = tmp_path / "data"
    build = (*BUILD, "--split", "test", "--size", "test=1", "--out", out)
    assert re.fullmatch(rf"rrft: {out}: 1 row drawn in \d+ s\n", rrft(*build).stderr)
    (out / "manifest.json").unlink()
    said = rrft(*build).stderr
    assert said == f"rrft: {out} is complete: 1 row, all files as their records say\n"
    assert (
        rrft(*build).stderr == f"rrft: {out} is complete: 1 row, all files as manifest.json says\n"
    )


def test_a_paired_split_is_as_long_as_its_partner_in_the_folder(rrft: Rrft, tmp_path: Path) -> None:
    build = (*BUILD, "--out", tmp_path / "data", "--json")
    rrft(*build, "--split", "test", "--size", "test=30")
    for kept in (0, 15):  # the same command goes on with what it built
        told = json.loads(rrft(*build, "--split", "ood-dark").stdout)
        assert (told["splits"]["ood-dark"]["rows"], told["kept"]) == (15, kept)  # one of two tasks
    told = json.loads(rrft(*build, "--split", "ood-dark", "--size", "ood-dark=15").stdout)
    assert told["kept"] == 15


def test_a_paired_split_that_came_first_stays_as_it_is(rrft: Rrft, tmp_path: Path) -> None:
    build = (*BUILD, "--out", tmp_path / "data", "--json")
    rrft(*build, "--split", "ood-dark")
    rrft(*build, "--split", "test", "--size", "test=30")
    assert json.loads(rrft(*build, "--split", "ood-dark").stdout)["kept"] == 100


def easily_guessed() -> Tasks:
    return {**toy_task.tasks(), "dots": replace(toy_task.DOTS, blind_bound=0.1)}


def test_what_can_be_guessed_is_told_of(
    rrft: Rrft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "tasks", easily_guessed)
    build = (*BUILD, "--split", "ood-many-dark,test", "--out", tmp_path / "data")
    said = rrft(*build, "--size", "test=1000,ood-many-dark=900")
    assert said.code == 0
    told = said.stderr.splitlines()[1:]
    assert len(told) == 1
    assert re.fullmatch(
        r"rrft: test: constant answers reach 2\d\.\d% of dots, whose bound is 10%", told[0]
    )


def test_luck_is_not_told_of() -> None:
    """The best of ten answers is chosen once in five samples, where there are few of each kind."""
    kinds = {f"kind {number}": {"n": 37, "blind": 0.21} for number in range(9)}
    entry = {"rows": 1_000, "kinds": {"dots": kinds}}
    built = Built({"families": {"counting": {"test": entry}}}, "counting", ("test",), 0, 0, True)
    tasks = {"dots": replace(toy_task.DOTS, blind_bound=0.18)}
    assert list(guessed(built, tasks)) == []


def test_a_program_reads_json(rrft: Rrft, tmp_path: Path) -> None:
    said = rrft(*BUILD, "--size", "all=6", "--out", tmp_path / "data", "--json")
    told = json.loads(said.stdout)
    assert (told["drawn"], told["kept"], told["seed"]) == (30, 0, 0)
    assert list(told["splits"]) == ["train", "test", "ood-dark", "ood-many", "ood-many-dark"]
    kind = told["splits"]["train"]["kinds"]["dots"]["dots"]
    assert kind["n"] == 3
    assert kind["blind"] == 0.3333  # answers take turns: no two of three are the same


@pytest.mark.parametrize(
    ("asked", "splits"),
    [
        ((), ["train", "test", "ood-dark", "ood-many", "ood-many-dark"]),
        (("--split", "all"), ["train", "test", "ood-dark", "ood-many", "ood-many-dark"]),
        (("--split", "id"), ["test"]),
        (("--split", "ood"), ["ood-dark", "ood-many", "ood-many-dark"]),
        (("--split", "ood-many, test"), ["test", "ood-many"]),
        (("--split", "test", "--split", "train", "--split", "id"), ["train", "test"]),
    ],
    ids=str,
)
def test_splits_are_chosen(
    rrft: Rrft, tmp_path: Path, asked: tuple[str, ...], splits: list[str]
) -> None:
    size = ",".join(f"{split}=1" for split in splits)
    said = rrft(*BUILD, *asked, "--size", size, "--out", tmp_path / "data", "--json")
    assert list(json.loads(said.stdout)["splits"]) == splits


def rows(*sizes: str, preset: str = "quick", splits: tuple[str, ...] = ("all",)) -> dict[str, int]:
    plans = make_plans(Request("counting", splits, preset, sizes), COUNTING)
    return {plan.split: plan.rows for plan in plans}


def test_sizes_follow_from_preset_and_wish() -> None:
    quick = rows()
    assert (quick["train"], quick["val"], quick["test"], quick["ood-crowd"]) == (600, 100, 200, 200)
    assert rows(preset="standard")["train"] == 10_000
    paper = rows(preset="paper")
    assert paper["train"] == 35_000
    assert paper["ood-vehicles"] + paper["ood-vehicles-math"] == 1_000
    assert rows("train=7")["train"] == 7
    assert rows("ood=9", "ood-crowd=5")["ood-crowd"] == 5
    assert rows("ood=9")["ood-depth"] == 9
    assert rows("test=1_000", splits=("test",)) == {"test": 1_000}


@pytest.mark.parametrize("preset", PRESETS["counting"])
def test_a_paired_split_is_as_long_as_its_partner(preset: str) -> None:
    sizes = rows(preset=preset)
    assert sizes["ood-camera"] == sizes["test"]
    assert rows("test=33", preset=preset)["ood-camera"] == 33


def test_a_paired_split_that_not_all_tasks_have_is_shorter() -> None:
    sizes = preset_sizes("counting", "quick", toy_task.tasks())
    assert (sizes["test"], sizes["ood-dark"]) == (200, 100)


def test_image_sizes() -> None:
    assert read_image_size("320x240") == read_image_size(" 320X240 ") == Canvas(320, 240)
    assert read_image_size("112") == Canvas(112, 112)


# What is refused: one line, exit code 2, and nothing is written.

WRONG = [
    (("--family", "countin"), "no family 'countin'; there are: counting, geometry"),
    (
        ("--split", "tset"),
        "no split 'tset'; there are: train, test, ood-dark, ood-many, ood-many-dark (or id, ood, all)",
    ),
    (("--split", ""), "no split ''; there are: train,"),
    (("--preset", "huge"), "no preset 'huge'; there are: quick, standard, paper"),
    (("--size", "foo"), "no size 'foo'; a size is SPLIT=ROWS, such as test=200"),
    (("--size", "tset=5"), "no split 'tset'; there are: train,"),
    (("--size", "test=0"), "size 'test=0': rows are a whole number from 1 to 10,000,000"),
    (("--size", "test=-4"), "size 'test=-4': rows are a whole number"),
    (("--size", "test=1e3"), "size 'test=1e3': rows are a whole number"),
    (("--size", "test="), "size 'test=': rows are a whole number"),
    (("--size", f"test={10**30}"), "rows are a whole number from 1 to 10,000,000"),
    (
        ("--split", "test", "--size", "train=5"),
        "size 'train=5': split 'train' is not among those to be built",
    ),
    (("--image-size", "big"), "no image size 'big'; it is 320x240, or 112 for a square"),
    (("--image-size", "16"), "image size '16': a side has 32 to 2048 pixels"),
    (("--image-size", "320x4096"), "image size '320x4096': a side has 32 to 2048 pixels"),
    (("--image-size", "-5x5"), "no image size '-5x5'"),
    (("--task", "dots,hlaf"), "no task of counting 'hlaf'; there are: dots, half"),
    (("--task", "corners"), "no task of counting 'corners'; there are: dots, half"),
    (("--level", "hard"), "no level 'hard'; there are: usual, easy"),
    (("--level", "easy", "--split", "ood-vehicles"), "no split 'ood-vehicles'; there are: train"),
    (("--engine", "cloud"), "no engine 'cloud'; there are: local"),
    (("--workers", "0"), "'--workers': '0' is not 1 or more (see"),
    (("--seed", "x"), "'--seed': 'x' is not a whole number (see"),
    (("--seed", "-1"), "'--seed': '-1' is not 0 or more (see"),
]


@pytest.mark.parametrize(("arguments", "reason"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_is_told_in_one_line(
    rrft: Rrft, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    said = rrft(*BUILD, *arguments, "--out", tmp_path / "data")
    assert said.code == 2
    assert said.stderr.startswith("rrft: ")
    assert reason in said.stderr
    assert said.stderr.count("\n") == 1
    assert said.stdout == ""
    assert not (tmp_path / "data").exists()


def test_an_out_without_a_name_is_refused(
    rrft: Rrft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = rrft(*BUILD, "--out", "")
    assert (said.code, said.stdout) == (2, "")
    assert (
        said.stderr
        == "rrft: Invalid value for '--out': a folder has a name (see rrft build-data --help)\n"
    )
    assert not list(tmp_path.iterdir())


def test_an_out_that_is_a_file_is_refused(rrft: Rrft, tmp_path: Path) -> None:
    out = tmp_path / "notes"
    out.write_text("of mine")
    said = rrft(*BUILD, "--out", out)
    assert (said.code, said.stderr) == (2, f"rrft: {out} is a file; a dataset is a folder\n")
    assert out.read_text() == "of mine"


def test_a_folder_of_another_build_is_refused(rrft: Rrft, tmp_path: Path) -> None:
    build = (*BUILD, "--size", "all=2", "--out", tmp_path)
    rrft(*build)
    said = rrft(*build, "--seed", "7")
    assert said.code == 2
    assert said.stderr == f"rrft: {tmp_path} was built with seed 0, not 7; choose another --out\n"


def test_a_family_and_a_folder_are_needed(rrft: Rrft) -> None:
    said = rrft("build-data", "--family", "counting")
    assert (said.code, said.stderr.count("\n")) == (2, 1)
    assert "--out" in said.stderr


# The list of tasks.


def test_tasks_are_listed(rrft: Rrft) -> None:
    said = rrft("tasks")
    assert said.code == 0
    for word in ("dots", "half", "corners", "How many dots are there?", "quick", "up to 9 dots"):
        assert word in said.stdout
    assert "10,000" in said.stdout
    told = json.loads(rrft("tasks", "--json").stdout)
    assert list(told) == ["counting", "geometry"]
    assert told["counting"]["tasks"]["half"]["version"] == 3
    assert told["counting"]["splits"]["ood-dark"] == {
        "shift": "the same on dark ground",
        "paired_with": "test",
        "tasks": ["dots"],
        "rows": {"quick": 100, "standard": 500, "paper": 500},
    }


def test_the_real_tasks_are_listed() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "cli.py", "tasks", "--json"], capture_output=True, text=True
    )
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert set(told["counting"]["tasks"]) == {"count", "add-subtract", "multi-hop"}
    assert told["counting"]["splits"]["ood-vehicles"]["tasks"] == ["count"]
    assert told["counting"]["splits"]["ood-vehicles-math"]["tasks"] == ["add-subtract", "multi-hop"]
    assert told["counting"]["splits"]["ood-depth"]["tasks"] == ["multi-hop"]


# Real tasks in real processes, and terminals.


@pytest.mark.thorough
def test_real_tasks_are_built_the_same_by_one_and_two_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rrft = Rrft(monkeypatch, capsys)  # without the toy tasks
    build = "build-data --family counting --split test,ood-vehicles-math --size test=3"
    sizes = ["--size", "ood-vehicles-math=2", "--image-size", "40x32"]
    files = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        end = ["--out", str(out), "--workers", workers]
        assert rrft(*build.split(), *sizes, *end).code == 0
        paths = [path for path in sorted(out.rglob("*")) if path.is_file()]
        files.append({path.relative_to(out): path.read_bytes() for path in paths})
    assert files[0] == files[1]
    view = rrft("view", tmp_path / "1", "--out", tmp_path / "view")
    assert view.stderr == "rrft: 5 of 5 samples, 5 pictures\n"


def test_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    reader, writer = pty.openpty()
    build = [*BUILD, "--size", "all=40", "--out", str(tmp_path / "data")]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.toy_cli", *build],
        stdout=subprocess.DEVNULL,
        stderr=writer,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "TOY_SECONDS": "0.005"},
    )
    os.close(writer)
    shown = b"".join(iter(lambda: read_terminal(reader), b""))
    os.close(reader)
    assert process.wait() == 0
    assert re.search(rb"[0-9]+/200", shown)
    assert b"rows/s" in shown
    assert b" left" in shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7800, "2 h 10 min")],
)
def test_how_long_it_takes(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_help_needs_nothing_that_builds() -> None:
    heavy = "{'numpy', 'numba', 'PIL', 'pyarrow', 'datasets', 'rich', 'builders.registry'}"
    code = f"import sys, cli; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def test_a_home_that_cannot_be_written_to_is_not_spoken_of() -> None:
    names = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR")
    there = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", "import builders.scenes.figures.sheet"],
        env=there | {"HOME": "/proc/none"},  # nobody may make a folder there
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
