"""Cleaning: every record is a row or is told of, and the bytes do not depend on how it went."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from builders import registry
from builders.clean import clean, source_plans
from builders.cleaner import Cleaner, Drop
from builders.dataset import build
from builders.engine import Engine, InProcess, LocalProcesses, WorkError
from builders.files import BuildError
from builders.plan import Request, make_plans
from builders.task import GoldError
from tests import toy_cleaner, toy_task
from tests.command import Rrft
from tests.quiet import Quiet
from tests.reading_back import files_of

ROOT = Path(__file__).parent.parent


def make(source: Path, out: Path, engine: Engine | None = None, *splits: str) -> dict[str, Any]:
    plans = source_plans("toy-dots", source, splits or ("all",), toy_cleaner.cleaners())
    built = build(plans, out, engine or InProcess(), Quiet(), toy_cleaner.cleaners)
    return dict(built.manifest)


def rows_of(folder: Path, split: str) -> list[dict[str, Any]]:
    paths = sorted((folder / "data" / "counting").glob(f"{split}-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def drops_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "drops.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy_cleaner.write_source(tmp_path_factory.mktemp("source") / "dots")


@pytest.fixture(scope="module")
def whole(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cleaned at one go by one process; not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    make(source, folder)
    return folder


# What comes of records.


def test_every_record_is_a_row_or_a_drop(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text())
    drops = drops_of(whole)
    splits = manifest["families"]["counting"]
    assert list(splits) == ["train", "test"]
    for split, records in (("train", 130), ("test", 65)):
        rows = rows_of(whole, split)
        mine = [drop for drop in drops if drop["split"] == split]
        expected = [n for n in range(records) if n % 7 == 3 or n % 11 == 5]
        assert [drop["id"] for drop in mine] == [f"r{n}" for n in expected]
        assert [row["id"] for row in rows] == [
            f"toy-dots/{split}/r{n}" for n in range(records) if n not in expected
        ]
        assert splits[split]["records"] == records == len(rows) + len(mine)
        assert splits[split]["rows"] == len(rows)
        assert splits[split]["drops"] == Counter(drop["reason"] for drop in mine)
    assert manifest["drops"] == {"file": "drops.jsonl", "sha256": files_of(whole)["drops.jsonl"]}
    assert drops[0] == {
        "id": "r3", "split": "train", "place": "train.jsonl, line 4", "reason": "odd",
        "detail": "n = 3",
    }  # fmt: skip


def test_rows_carry_their_licence_and_what_proves_them(whole: Path) -> None:
    row = rows_of(whole, "test")[1]
    assert json.loads(row["scene"]) == {"licence": "CC BY 4.0", "dots": 1}
    assert (row["task"], row["family"], row["kind"], row["answer"]) == (
        "toy-dots", "counting", "dots", "1"
    )  # fmt: skip
    assert row["thought"] == ""


def test_the_manifest_tells_the_source(source: Path, whole: Path) -> None:
    told = json.loads((whole / "manifest.json").read_text())["source"]
    lines = [
        f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(source.iterdir())
    ]
    assert told == {
        "name": "toy-dots",
        "version": 1,
        "published": "nowhere",
        "licence": "CC BY 4.0",
        "may_be_shared": ["counting"],
        "files": 2,
        "bytes": sum(path.stat().st_size for path in source.iterdir()),
        "sha256": sha256("".join(lines).encode()).hexdigest(),
    }


def test_the_card_tells_licence_drops_and_how_to_do_it_again(whole: Path) -> None:
    card = (whole / "README.md").read_text()
    assert "\nlicense: cc-by-4.0\n" in card
    assert "**Licence:** CC BY 4.0." in card
    assert "| `odd` | 19 | 9 | it is odd |" in card
    assert r"it is too \| large" in card
    assert "rrft build-data --from toy-dots --source SOURCE --split train,test --out DIR" in card


# However it went.


def test_two_workers_clean_what_one_does(source: Path, whole: Path, tmp_path: Path) -> None:
    make(source, tmp_path / "two", LocalProcesses(2))
    assert files_of(tmp_path / "two") == files_of(whole)


def test_workers_need_not_be_at_home_where_the_command_is(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    plans = source_plans("toy-dots", Path(source.name), ["train"], toy_cleaner.cleaners())
    monkeypatch.chdir("/")
    made = [*plans[0].make(range(3), toy_cleaner.cleaners)]
    assert len(made) == 3


def test_splits_may_be_cleaned_one_by_one(source: Path, whole: Path, tmp_path: Path) -> None:
    for split in ("test", "train"):
        make(source, tmp_path / "one", None, split)
    assert files_of(tmp_path / "one") == files_of(whole)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("workers", "number", "told"),
    [
        ("1", signal.SIGKILL, r"[\s\S]*"),
        ("2", signal.SIGKILL, r"[\s\S]*"),
        ("2", signal.SIGINT, r"rrft: stopped: \d+ of 195 records are done; the same command goes on .*\n"),
    ],
)  # fmt: skip
def test_a_cleaning_that_was_stopped_goes_on(
    source: Path, whole: Path, tmp_path: Path, workers: str, number: signal.Signals, told: str
) -> None:
    out = tmp_path / "data"
    command: list[str | Path] = [sys.executable, "-m", "tests.toy_clean_cli", "build-data", "--from", "toy-dots",
               "--source", source, "--out", out, "--workers", workers]  # fmt: skip
    first = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TOY_SECONDS": "0.015"},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(out.glob("digests/*/*.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    first.send_signal(number)
    _, stderr = first.communicate(timeout=60)
    assert re.fullmatch(told, stderr)
    time.sleep(0.5)  # until its workers have ended too
    assert not (out / "manifest.json").exists()
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners())
    second = build(plans, out, InProcess(), Quiet(), toy_cleaner.cleaners)
    assert 0 < second.kept < 195
    assert files_of(out) == files_of(whole)


@pytest.mark.parametrize(
    "name", ["drops.jsonl", "README.md", "data/counting/test-00001-of-00003.parquet"]
)
def test_what_is_lost_is_made_anew(source: Path, whole: Path, tmp_path: Path, name: str) -> None:
    make(source, tmp_path / "data")
    (tmp_path / "data" / name).unlink()
    make(source, tmp_path / "data")
    assert files_of(tmp_path / "data") == files_of(whole)


def test_a_finished_cleaning_is_left_alone(source: Path, whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    make(source, whole)
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_another_source_or_cleaner_needs_another_folder(whole: Path, tmp_path: Path) -> None:
    other = toy_cleaner.write_source(tmp_path / "other", 131)
    with pytest.raises(BuildError, match=r"built with source toy-dots \(.*…\), not toy-dots \("):
        make(other, whole)
    drawn = make_plans(Request("counting", sizes=("all=5",)), toy_task.tasks())
    with pytest.raises(BuildError, match=r"built with source toy-dots \(.*…\), not none"):
        build(drawn, whole, InProcess(), Quiet(), toy_task.tasks)


def test_a_split_may_lose_all_its_records(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "train.jsonl").write_text('{"n": 1, "odd": false, "large": false}\n')
    (source / "test.jsonl").write_text('{"n": 1, "odd": true, "large": false}\n')
    manifest = make(source, tmp_path / "data")
    entry = manifest["families"]["counting"]["test"]
    assert (entry["rows"], entry["records"], entry["blind"]) == (0, 1, 0.0)
    make(source, tmp_path / "data")  # reads its own manifest
    code = (
        "import sys, datasets; d = datasets.load_dataset(sys.argv[1], 'counting', cache_dir=sys.argv[2]);"
        "print({name: split.num_rows for name, split in d.items()})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "data", tmp_path / "cache"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == "{'train': 1}\n", done.stderr


# Pictures that are not there.


def unseen(folder: Path, *splits: str, others: int = 0) -> Path:
    """A source of twelve records, two of them faulty, without the pictures of some splits; rows of others behind."""
    source = toy_cleaner.write_source(folder / "unseen", 12)
    for split in splits:
        path = source / f"{split}.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [{**row, "unseen": True} for row in rows] + [rows[0]] * others
        path.write_text("\n".join(map(json.dumps, rows)))
    return source


@pytest.mark.usefixtures("toys")
def test_a_split_without_pictures_is_refused_before_anything_is_written(
    rrft: Rrft, tmp_path: Path
) -> None:
    source = unseen(tmp_path, "train")
    command = ("build-data", "--from", "toy-dots", "--source", source, "--workers", "1")
    said = rrft(*command, "--out", tmp_path / "data")
    assert said.code == 2
    assert said.stderr == (
        f"rrft: {source} has no pictures of train that can be read (train.jsonl, line 1: picture-missing, "
        f"{source}/a.png); put them there, leave the split out with --split, or take texts alone with "
        "--no-pictures\n"
    )
    assert not (tmp_path / "data").exists()
    other = rrft(*command, "--out", tmp_path / "data", "--split", "test", "--json")
    assert json.loads(other.stdout)["counting"]["splits"]["test"]["rows"] == 4


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("place", ["", "out", "a/link/out"])
def test_nothing_is_written_into_a_source(rrft: Rrft, tmp_path: Path, place: str) -> None:
    source = toy_cleaner.write_source(tmp_path / "source", 12)
    (source / "a").mkdir()
    (source / "a" / "link").symlink_to(source)
    said = rrft("build-data", "--from", "toy-dots", "--source", source, "--out", source / place)
    assert said.code == 2 and said.stderr == (
        f"rrft: --out {source / place} is in --source {source}, which is only read; choose another --out\n"
    )
    assert not (source / "out").exists()


def test_one_picture_among_the_first_is_enough(tmp_path: Path) -> None:
    source = unseen(tmp_path, "train", others=1)
    entry = make(source, tmp_path / "data")["families"]["counting"]["train"]
    assert (entry["rows"], entry["drops"]["picture-missing"]) == (1, 9)


@pytest.mark.usefixtures("toys")
def test_texts_alone_are_rows_for_who_asks_for_them(rrft: Rrft, tmp_path: Path) -> None:
    source, out = unseen(tmp_path, "train", "test"), tmp_path / "data"
    command = (
        "build-data",
        "--from",
        "toy-dots",
        "--source",
        source,
        "--workers",
        "1",
        "--out",
        out,
    )
    assert rrft(*command, "--no-pictures").code == 0
    rows = rows_of(out, "train")
    assert [row["images"] for row in rows] == [[]] * 9
    assert [drop["reason"] for drop in drops_of(out)] == ["odd", "large", "odd", "odd", "large"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["source"]["pictures"] is False
    said = rrft("export", out, "--format", "jsonl", "--out", tmp_path / "lines")
    assert f"{out} has texts alone (--no-pictures): no row has a picture\n" in said.stderr
    card = (out / "README.md").read_text()
    assert "**Texts alone:**" in card and "--split train,test --no-pictures --out DIR" in card
    assert rrft(*command, "--no-pictures").stderr.startswith(f"rrft: {out} is complete")
    toy_cleaner.write_source(source, 12)
    said = rrft(*command)
    assert said.code == 2 and said.stderr.count("\n") == 1
    said = rrft("build-data", "--family", "counting", "--no-pictures", "--out", tmp_path / "new")
    assert (said.code, "--no-pictures goes with --from" in said.stderr) == (2, True)


def test_rows_with_and_without_pictures_do_not_mix(source: Path, whole: Path) -> None:
    plans = source_plans("toy-dots", source, ["all"], toy_cleaner.cleaners(), pictures=False)
    with pytest.raises(
        BuildError, match=r"toy-dots \(\w{8}…\), not toy-dots \(\w{8}…, no pictures\)"
    ):
        build(plans, whole, InProcess(), Quiet(), toy_cleaner.cleaners)


def test_a_node_with_another_source_says_so(source: Path) -> None:
    (plan,) = source_plans("toy-dots", source, ["test"], toy_cleaner.cleaners())
    older = replace(plan, source=replace(plan.source, folder=source / ".." / source.name, bytes=7))
    with pytest.raises(
        BuildError, match=r"is another on \S+: 2 files of [\d,]+ bytes, 2 of 7 at first"
    ):
        next(older.make(range(3), toy_cleaner.cleaners))


# Bugs of a cleaner.


def one(cleaner: Cleaner, **content: Any) -> Any:
    record = next(iter(toy_cleaner.records(Path("nowhere"))), None)
    assert record is None
    from builders.cleaner import Record

    fields = {"n": 2, "odd": False, "large": False, "line": 0, "file": "train", **content}
    return clean(cleaner, Path("nowhere"), Record("r0", "train", "here, line 1", fields))


@pytest.mark.parametrize(
    ("content", "changes", "reason"),
    [
        ({"dots": 3}, {}, "solved from its scene it is '3'"),
        ({"thought": "That makes 3."}, {}, "does not end in the gold"),
        ({"thought": "</think><answer>9</answer> 2"}, {}, "is graded unread"),
        ({"odd": True}, {"reasons": {}}, "toy-dots has no reason 'odd'"),
    ],
)
def test_a_bug_of_a_cleaner_names_the_record(
    content: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises((GoldError, ValueError), match=reason) as caught:
        one(replace(toy_cleaner.DOTS, **changes), **content)
    assert caught.value.__notes__ == ["in record toy-dots/train/r0, here, line 1"]


def test_what_is_said_of_a_drop_has_an_end() -> None:
    dropped = one(toy_cleaner.DOTS, odd=True, n="9" * 1000)
    assert dropped.detail == f"n = {'9' * 296}…"


def test_what_cannot_be_solved_need_not_be() -> None:
    assert not isinstance(one(replace(toy_cleaner.DOTS, solve=None), dots=3), Drop)
    assert not isinstance(one(replace(toy_cleaner.DOTS, solve=lambda *_: None), dots=3), Drop)


def test_two_records_of_one_name_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    line = '{"id": "a", "n": 1, "odd": false, "large": false}\n'
    (source / "train.jsonl").write_text(line * 2)
    with pytest.raises(BuildError, match=r"train\.jsonl, line 2: a second record 'a' of train"):
        make(source, tmp_path / "data")


def test_a_source_that_changes_meanwhile_is_told_of(source: Path, tmp_path: Path) -> None:
    mine = toy_cleaner.write_source(tmp_path / "mine")
    plans = source_plans("toy-dots", mine, ["all"], toy_cleaner.cleaners())
    toy_cleaner.write_source(mine, 60)
    with pytest.raises(BuildError, match="was changed while it was read"):
        build(plans, tmp_path / "data", InProcess(), Quiet(), toy_cleaner.cleaners)


def test_workers_tell_of_bugs(source: Path, tmp_path: Path) -> None:
    plans = source_plans("toy-dots", source, ["test"], toy_cleaner.cleaners())
    with pytest.raises(WorkError, match="KeyError: 'toy-dots'"):
        build(plans, tmp_path / "data", LocalProcesses(2), Quiet(), toy_task.tasks)


# The command.


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "cleaners", toy_cleaner.cleaners)


@pytest.mark.usefixtures("toys")
def test_the_command_prints_what_was_dropped(rrft: Rrft, source: Path, tmp_path: Path) -> None:
    command = ("build-data", "--from", "toy-dots", "--source", source, "--workers", "1")
    said = rrft(*command, "--out", tmp_path / "data")
    assert said.code == 0
    assert "it is odd" in said.stdout and "dropped" in said.stdout
    assert "195 records read in" in said.stderr
    again = rrft(*command, "--out", tmp_path / "data", "--json")
    told = json.loads(again.stdout)["counting"]
    assert told["source"]["name"] == "toy-dots"
    assert told["splits"]["train"]["drops"] == {"large": 10, "odd": 19}
    assert "is complete: 195 records" in again.stderr


@pytest.mark.usefixtures("toys")
def test_a_source_of_which_nothing_is_left_says_so(rrft: Rrft, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    (source / "train.jsonl").write_text('{"n": 1, "odd": true, "large": false}\n')
    command = ("build-data", "--from", "toy-dots", "--source", source, "--workers", "1")
    said = rrft(*command, "--out", out)
    assert said.code == 0
    assert said.stderr.endswith("; none of them became a row\n")
    told = rrft("export", out, "--format", "rl", "--out", tmp_path / "none")
    assert told.code == 2
    assert "no rows to export: counting/train of " in told.stderr


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--from", "toy-dots"), "--from toy-dots needs --source"),
        (("--source", "."), "--source goes with --from"),
        ((), "give --family, or --from and --source"),
        (("--from", "toy-dots", "--source", ".", "--seed", "3"), "--seed does not go with --from"),
        (("--from", "toy", "--source", "."), "no cleaner 'toy'; there are: toy-dots, toy-newer"),
        (("--from", "toy-dots", "--source", "nowhere"), "nowhere is no folder"),
        (("--from", "toy-dots", "--source", "tests/golden"), "has no records of toy-dots"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(
    rrft: Rrft,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    monkeypatch.chdir(ROOT)
    if "tests/golden" in arguments:
        (tmp_path / "empty").mkdir()
        arguments = (*arguments[:-1], str(tmp_path / "empty"))
    said = rrft("build-data", *arguments, "--out", tmp_path / "data")
    assert said.code == 2
    assert said.stderr.count("\n") == 1 and reason in said.stderr


@pytest.mark.usefixtures("toys")
def test_a_cleaned_folder_is_looked_at_and_asked(rrft: Rrft, whole: Path, tmp_path: Path) -> None:
    assert rrft("view", whole, "--out", tmp_path / "page").code == 0
    said = rrft(
        "eval", "--model", "oracle", "--data", whole, "--split", "id", "--out", tmp_path / "run"
    )
    assert said.code == 0, said.stderr
    assert "In domain: 100.0%" in said.stdout


def test_datasets_reads_it(whole: Path, tmp_path: Path) -> None:
    code = (
        "import sys, datasets; d = datasets.load_dataset(sys.argv[1], 'counting', cache_dir=sys.argv[2]);"
        "print(d['test'].num_rows, d['train'][0]['images'][0].size, d['train'][0]['answer'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, whole, tmp_path / "cache"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stdout == "51 (8, 8) 0\n"
