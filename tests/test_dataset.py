"""Datasets: the same bytes however they were built, and nothing half-written that looks done."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from builders import registry
from builders.card import hub_name
from builders.dataset import Built, build
from builders.engine import Engine, InProcess, LocalProcesses, WorkError
from builders.files import BuildError
from builders.manifest import MOST_ANSWERS, kind_entry
from builders.plan import Request, SplitPlan, make_plans
from builders.registry import Load, Tasks
from builders.sample import Draft
from builders.stop import Stopped, stoppable
from builders.tables import built_table
from builders.task import Canvas, GoldError, Level, Turn, draw_sample, ends_in, rng_for, turn_for
from evaluators import AnyAnswer, Integer, answer_from_json
from reasonrft.questions import choose_sources
from tests import toy_task
from tests.command import Rrft
from tests.reading_back import files_of

ROOT = Path(__file__).parent.parent
SIZES = ("train=620", "test=60", "ood-many=90", "ood-many-dark=30")
ASKED = Request("counting", sizes=SIZES, image_size="64x48", seed=5)
TOTAL = 620 + 60 + 30 + 90 + 30  # ood-dark is paired with one of test's two tasks
BUILD = [
    *("build-data", "--family", "counting", "--image-size", "64x48", "--seed", "5"),
    *(part for size in SIZES for part in ("--size", size)),
]


class Quiet:
    """Keeps what a build says of its progress."""

    def __init__(self) -> None:
        self.total = self.kept = self.drawn = 0

    def start(self, total: int, kept: int) -> None:
        self.total, self.kept = total, kept

    def advance(self, rows: int) -> None:
        self.drawn += rows


def make(
    folder: Path,
    asked: Request = ASKED,
    engine: Engine | None = None,
    load: Load = toy_task.tasks,
) -> Built:
    progress = Quiet()
    built = build(make_plans(asked, load()), folder, engine or InProcess(), progress, load)
    assert (progress.kept, progress.drawn) == (built.kept, built.drawn)
    assert progress.total == built.kept + built.drawn
    return built


def rows_of(folder: Path, split: str, family: str = "counting") -> list[dict[str, Any]]:
    paths = sorted((folder / "data" / family).glob(f"{split}-?????-of-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset that was built at one go by one process; not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    make(folder)
    return folder


# The same bytes.


def test_two_workers_build_what_one_does(whole: Path, tmp_path: Path) -> None:
    built = make(tmp_path / "two", engine=LocalProcesses(2))
    assert (built.drawn, built.kept) == (TOTAL, 0)
    assert files_of(tmp_path / "two") == files_of(whole)


def toy_rrft(*arguments: str | Path, **environment: str) -> "subprocess.Popen[str]":
    """A build in a session of its own, for signals to reach it and its workers only."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.toy_cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def rrft(rrft: Rrft, monkeypatch: pytest.MonkeyPatch) -> Rrft:
    """The command line with the tasks of `toy_task`, in this process."""
    monkeypatch.setattr(registry, "tasks", toy_task.tasks)
    return rrft


def wait_for_records(folder: Path, number: int) -> None:
    """Until so many shards are finished, and parts of others written."""
    deadline = time.monotonic() + 60
    while len(list(folder.glob("digests/*/*.jsonl"))) < number or not partials(folder):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def partials(folder: Path) -> list[Path]:
    return list(folder.rglob("*.partial"))


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [1, 2])
def test_a_build_that_was_killed_goes_on(
    whole: Path, tmp_path: Path, rrft: Rrft, workers: int
) -> None:
    out = tmp_path / "data"
    command: list[str | Path] = [*BUILD, "--out", out, "--workers", str(workers)]
    first = toy_rrft(*command, TOY_SECONDS="0.003")
    wait_for_records(out, 2)
    first.kill()
    first.communicate()
    # Its workers have ended with it: for longer than a shard takes, nothing is written.
    time.sleep(0.3)
    left = files_of(out)
    time.sleep(0.9)
    assert files_of(out) == left
    assert not (out / "manifest.json").exists()
    kept = len(list(out.glob("digests/*/*.jsonl")))
    assert 2 <= kept < len(list(whole.glob("digests/*/*.jsonl")))
    times = {path: path.stat().st_mtime_ns for path in out.glob("data/*/*.parquet")}

    second = rrft(*command)
    assert second.code == 0, second.stderr
    assert " were there" in second.stderr
    assert files_of(out) == files_of(whole)
    again = [path for path, at in times.items() if path.stat().st_mtime_ns != at]
    assert len(again) <= len(times) - kept  # what was finished was left alone


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("number", "code", "workers", "kill"),
    [
        (signal.SIGINT, 130, "2", os.killpg),  # as a terminal does: to the workers too
        (signal.SIGINT, 130, "1", os.kill),
        (signal.SIGTERM, 143, "2", os.killpg),
        (signal.SIGTERM, 143, "2", os.kill),
        (signal.SIGTERM, 143, "1", os.kill),
    ],
)
def test_what_is_told_to_stop_can_be_gone_on_with(
    whole: Path, tmp_path: Path, number: int, code: int, workers: str, kill: Any
) -> None:
    out = tmp_path / "data"
    first = toy_rrft(*BUILD, "--out", out, "--workers", workers, TOY_SECONDS="0.003")
    wait_for_records(out, 2)
    kill(first.pid, number)
    stdout, stderr = first.communicate(timeout=20)
    assert (first.returncode, stdout) == (code, "")
    told = r"rrft: stopped: [1-9]\d\d of 830 rows are done; the same command goes on from there\n"
    assert re.fullmatch(told, stderr)
    assert not partials(out)
    assert not (out / "manifest.json").exists()
    make(out)
    assert files_of(out) == files_of(whole)


def test_what_is_told_to_stop_before_it_draws_says_so() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with (
        pytest.raises(Stopped, match=r"^stopped; all is well$") as caught,
        stoppable("stopped; all is well"),
    ):
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_shard_of_a_killed_worker_is_drawn_again(whole: Path, tmp_path: Path) -> None:
    out, trap = tmp_path / "data", tmp_path / "trap"
    trap.write_text("2")
    done = toy_rrft(*BUILD, "--out", out, "--workers", "2", TOY_TRAP=str(trap))
    _, stderr = done.communicate(timeout=60)
    assert done.returncode == 0, stderr
    assert trap.read_text() == "0"  # two were killed indeed
    assert files_of(out) == files_of(whole)


def test_a_shard_that_kills_every_worker_is_named(tmp_path: Path) -> None:
    out, trap = tmp_path / "data", tmp_path / "trap"
    trap.write_text("1000")
    done = toy_rrft(*BUILD, "--out", out, "--workers", "2", TOY_TRAP=str(trap))
    _, stderr = done.communicate(timeout=60)
    assert done.returncode == 2, stderr
    assert stderr.count("\n") == 1
    assert "data/counting/train-0000" in stderr
    assert "its workers died 3 times, the last one of SIGKILL" in stderr
    assert not partials(out)


def test_splits_may_be_built_one_by_one_and_in_any_order(whole: Path, tmp_path: Path) -> None:
    for split in ("ood-many-dark", "test", "ood-dark", "train", "ood-many"):
        sizes = [size for size in SIZES if size.startswith(f"{split}=")]
        own = replace(ASKED, splits=(split,), sizes=sizes or ["ood-dark=30"])
        assert make(tmp_path / "data", own).kept == 0
    assert files_of(tmp_path / "data") == files_of(whole)


def test_families_may_be_built_in_any_order(tmp_path: Path) -> None:
    counting = replace(ASKED, sizes=("all=20",))
    geometry = replace(counting, family="geometry")
    for name, order in {"one": (counting, geometry), "other": (geometry, counting)}.items():
        for asked in order:
            make(tmp_path / name, asked)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert list(manifest["families"]) == ["counting", "geometry"]
    assert len(rows_of(tmp_path / "one", "train", "geometry")) == 20


def test_a_finished_build_is_checked_and_left_alone(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    built = make(whole)
    assert (built.drawn, built.kept) == (0, TOTAL)
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


# What a row is.


@given(rows=st.integers(1, 100_000))
def test_shards_share_the_rows_out(rows: int) -> None:
    plan = SplitPlan("counting", "train", rows, 0, Canvas(), {"a": 1, "b": 1})
    shares = [plan.rows_of(number) for number in range(plan.shards)]
    assert shares[0].start == 0
    assert shares[-1].stop == rows
    assert all(one.stop == other.start for one, other in pairwise(shares))
    assert all(1 <= len(share) <= 250 for share in shares)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert len(shares) >= min(4, rows // 25)  # several workers have something to do


def test_any_prefix_of_a_split_is_balanced_over_tasks() -> None:
    plan = SplitPlan("counting", "train", 100, 0, Canvas(), {"c": 1, "a": 1, "b": 1})
    origins = [plan.origin(row) for row in range(7)]
    assert origins == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("c", 1), ("a", 2)]


def test_a_row_does_not_depend_on_the_size(whole: Path, tmp_path: Path) -> None:
    make(tmp_path / "small", replace(ASKED, sizes=("all=30",)))
    for split in ("train", "test", "ood-many", "ood-dark"):
        assert rows_of(tmp_path / "small", split)[:30] == rows_of(whole, split)[:30]
    assert len(rows_of(tmp_path / "small", "train")) == 30


def test_rows_are_the_samples_of_the_tasks(whole: Path) -> None:
    rows = rows_of(whole, "train")
    for row, task, index in (
        (0, toy_task.DOTS, 0),
        (1, toy_task.HALF, 0),
        (503, toy_task.HALF, 251),
    ):
        sample = draw_sample(task, "train", 5, index, Canvas(64, 48))
        assert [image["bytes"] for image in rows[row]["images"]] == list(sample.images)
        for name in set(rows[row]) - {"images", "options"}:
            assert rows[row][name] == getattr(sample, name)
        assert tuple(rows[row]["options"]) == sample.options
    assert len({row["id"] for row in rows}) == len(rows) == 620


def test_neighbouring_seeds_share_no_scene(whole: Path, tmp_path: Path) -> None:
    make(tmp_path / "other", replace(ASKED, seed=6))
    scenes = [
        {row["scene"] for row in rows_of(folder, "train")} for folder in (whole, tmp_path / "other")
    ]
    assert not scenes[0] & scenes[1]


def test_a_paired_split_shows_the_problems_of_its_partner(whole: Path) -> None:
    partners = {row["id"]: row for row in rows_of(whole, "test")}
    rows = rows_of(whole, "ood-dark")
    assert len(rows) == 30
    for row in rows:
        partner = partners[row["id"].replace("ood-dark", "test")]
        assert (row["question"], row["gold"]) == (partner["question"], partner["gold"])
        assert row["images"] != partner["images"]


# What a dataset says of itself.


def test_datasets_reads_it_with_no_code_of_ours(whole: Path, tmp_path: Path) -> None:
    code = """
import json, sys
from datasets import load_dataset
data = load_dataset(sys.argv[1], "counting", cache_dir=sys.argv[2])
row = data["train"][1]
print(json.dumps({
    "rows": {name: split.num_rows for name, split in data.items()},
    "features": {name: str(feature) for name, feature in data["ood_many"].features.items()},
    "row": {name: value for name, value in row.items() if name != "images"},
    "pixels": [[image.mode, list(image.size), image.tobytes().hex()] for image in row["images"]],
}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, whole, tmp_path / "cache"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    found = json.loads(done.stdout)
    assert found["rows"] == {
        "train": 620, "test": 60, "ood_dark": 30, "ood_many": 90, "ood_many_dark": 30
    }  # fmt: skip
    assert "Image(" in found["features"]["images"]
    assert found["features"]["depth"] == "Value('int32')"
    columns = "id family task kind split images question answer gold options thought depth scene"
    assert list(found["features"]) == columns.split()
    sample = draw_sample(toy_task.HALF, "train", 5, 0, Canvas(64, 48))
    assert found["row"]["id"] == sample.id
    assert found["row"]["options"] == list(sample.options)
    draft = toy_task.draw_half(
        toy_task.Params(),
        rng_for(toy_task.HALF, "train", 5, 0),
        turn_for(toy_task.HALF, "train", 5, 0),
        Canvas(64, 48),
    )
    assert found["pixels"] == [["RGB", [64, 48], image.tobytes().hex()] for image in draft.images]


def test_the_manifest_tells_the_truth(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text())
    assert (manifest["seed"], manifest["image_size"]) == (5, [64, 48])
    splits = manifest["families"]["counting"]
    assert list(splits) == ["train", "test", "ood-dark", "ood-many", "ood-many-dark"]
    files = files_of(whole)
    told = {"README.md", "manifest.json"}
    for split, entry in splits.items():
        rows = rows_of(whole, split)
        lines = []
        for shard in entry["shards"]:
            told |= {shard["file"], shard["record"]["file"]}
            assert files[shard["file"]] == shard["sha256"]
            assert files[shard["record"]["file"]] == shard["record"]["sha256"]
            assert (whole / shard["file"]).stat().st_size == shard["bytes"]
            assert pq.read_metadata(whole / shard["file"]).num_rows == shard["rows"]
            lines += (whole / shard["record"]["file"]).read_bytes().splitlines(True)[1:-1]
        assert entry["rows"] == len(rows) == sum(shard["rows"] for shard in entry["shards"])
        assert entry["bytes"] == sum(shard["bytes"] for shard in entry["shards"])
        assert entry["digest"] == sha256(b"".join(lines)).hexdigest()
        assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in rows]
        check_kinds(entry, rows)
        kinds = [one for task in entry["kinds"].values() for one in task.values()]
        right = sum(one["answers"][one["best_constant"]] for one in kinds)
        assert entry["blind"] == round(right / len(rows), 4)
    assert told == set(files)
    assert splits["train"]["tasks"] == {"dots": 1, "half": 3}
    assert splits["ood-dark"]["paired_with"] == "test"
    assert splits["ood-many"]["shift"] == "up to 9 dots in place of 5"


def check_kinds(split: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    kinds = split["kinds"]
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        answers[row["task"], row["kind"]][row["answer"]] += 1
    assert {(task, kind) for task in kinds for kind in kinds[task]} == set(answers)
    for (task, kind), counts in answers.items():
        entry = kinds[task][kind]
        assert entry["answers"] == counts
        assert entry["n"] == counts.total()
        assert entry["blind"] == round(max(counts.values()) / counts.total(), 4)
        assert counts[entry["best_constant"]] == max(counts.values())
    hits = sum(max(counts.values()) for counts in answers.values())
    assert split["blind"] == round(hits / len(rows), 4)


def test_digests_tell_what_differs(whole: Path, tmp_path: Path) -> None:
    make(tmp_path / "large", replace(ASKED, image_size="80x60"))

    def digests(folder: Path) -> dict[str, Any]:
        path = folder / "digests" / "counting" / "test-00000-of-00003.jsonl"
        rows = map(json.loads, path.read_text().splitlines()[1:-1])
        return {row["id"]: row for row in rows}

    here, large = digests(whole), digests(tmp_path / "large")
    assert here.keys() == large.keys()
    for name in here:
        assert here[name]["text"] == large[name]["text"]
        assert here[name]["scene"] == large[name]["scene"]
        assert here[name]["pixels"] != large[name]["pixels"]
    row = rows_of(whole, "test")[1]
    assert here[row["id"]]["scene"] == sha256(row["scene"].encode()).hexdigest()
    assert len({one["text"] for one in here.values()}) == len(here)


def test_the_card_is_a_page_and_says_how_to_build_it_again(
    whole: Path, tmp_path: Path, rrft: Rrft
) -> None:
    card = (whole / "README.md").read_text()
    assert card.startswith("---\n") and card.count("\n---\n") == 1
    block = card.partition("## To build it again\n\n```\n")[2].partition("```\n")[0]
    command = " ".join(line.removesuffix("\\") for line in block.splitlines())
    command = command.replace("DIR", str(tmp_path / "again"))
    assert rrft(*command.removeprefix("rrft ").split(), "--workers", "1").code == 0
    assert files_of(tmp_path / "again") == files_of(whole)


def test_a_kind_with_many_answers_does_not_swell_the_manifest() -> None:
    answers = {str(number): 1 + (number == 70) for number in range(200)}
    entry = kind_entry(answers)
    assert len(entry["answers"]) == MOST_ANSWERS
    assert (entry["distinct"], entry["n"], entry["best_constant"]) == (200, 201, "70")
    assert entry["blind"] == round(2 / 201, 4)


# Harm.


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def damage_flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def damage_loss(path: Path) -> None:
    path.unlink()


def damage_emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "killed"])
@pytest.mark.parametrize("which", ["data/counting/train-00001-of-00004.parquet",
                                   "digests/counting/train-00001-of-00004.jsonl"],
                         ids=["rows", "record"])  # fmt: skip
@pytest.mark.parametrize("damage", [damage_cut, damage_flip, damage_loss, damage_emptied])
def test_a_damaged_shard_is_built_again(
    whole: Path, tmp_path: Path, damage: Any, which: str, finished: bool
) -> None:
    copy(whole, tmp_path / "data")
    if not finished:
        (tmp_path / "data" / "manifest.json").unlink()
    damage(tmp_path / "data" / which)
    assert make(tmp_path / "data").drawn == 155
    assert files_of(tmp_path / "data") == files_of(whole)


def copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            there = target / path.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())


@pytest.mark.parametrize("name", ["README.md", "manifest.json"])
def test_a_lost_card_or_manifest_is_written_again(whole: Path, tmp_path: Path, name: str) -> None:
    copy(whole, tmp_path / "data")
    (tmp_path / "data" / name).unlink()
    assert make(tmp_path / "data").drawn == 0
    assert files_of(tmp_path / "data") == files_of(whole)


def without_seed(manifest: dict[str, Any]) -> None:
    del manifest["seed"]


def without_shards(manifest: dict[str, Any]) -> None:
    manifest["families"]["counting"]["test"]["shards"] = []


def with_words_for_rows(manifest: dict[str, Any]) -> None:
    manifest["families"]["counting"]["train"]["rows"] = "many"


SPOILT = [
    (without_seed, "seed: Field required"),
    (without_shards, "families.counting.test: Value error, its shards have 0 rows, not 60"),
    (with_words_for_rows, "families.counting.train.rows: Input should be a valid integer"),
    ('{"format": 1}', "seed: Field required"),
    ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ("", "Expecting value: line 1 column 1 (char 0)"),
    ("[]", "the whole: Input should be a valid dictionary"),
    ("[" * 200_000, "nested too deeply"),
]


def spoil_manifest(path: Path, spoil: str | Callable[[dict[str, Any]], None]) -> None:
    if isinstance(spoil, str):
        path.write_text(spoil)
        return
    manifest = json.loads(path.read_text())
    spoil(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(("spoil", "fault"), SPOILT, ids=lambda value: str(value)[:20])
def test_a_damaged_manifest_is_told_of_and_can_be_mended(
    whole: Path, tmp_path: Path, spoil: str | Callable[[dict[str, Any]], None], fault: str
) -> None:
    out = tmp_path / "data"
    copy(whole, out)
    spoil_manifest(out / "manifest.json", spoil)
    before = files_of(out)
    with pytest.raises(BuildError) as caught:
        make(out)
    told = str(caught.value)
    assert told.startswith(f"{out / 'manifest.json'} is damaged (")
    assert fault in told
    assert told.endswith("); delete it: the same commands write it anew")
    assert "\n" not in told
    assert files_of(out) == before
    with pytest.raises(BuildError, match="is damaged") as asked:
        choose_sources([out], None, ["test"], None)
    assert fault in str(asked.value)
    assert str(asked.value).endswith("delete it: the commands that built it write it anew")
    (out / "manifest.json").unlink()
    assert make(out).drawn == 0
    assert files_of(out) == files_of(whole)


def test_a_manifest_of_another_version_is_refused(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "data"
    copy(whole, out)
    (out / "manifest.json").write_text('{"format": 99}')
    told = r"manifest.json has format 99; this version reads 1"
    with pytest.raises(BuildError, match=f"{told}; choose another --out$"):
        make(out)
    with pytest.raises(BuildError, match=f"{told}$"):
        choose_sources([out], None, ["test"], None)


@pytest.mark.parametrize("change", ["\nA remark of mine.\n", None])
def test_a_readme_of_another_hand_is_kept(whole: Path, tmp_path: Path, change: str | None) -> None:
    out = tmp_path / "data"
    copy(whole, out)
    card = out / "README.md"
    card.write_text(card.read_text() + change if change else "# My page\n")
    before = files_of(out)
    with pytest.raises(BuildError, match=r"README\.md was changed by another hand; move it away"):
        make(out)
    assert files_of(out) == before
    card.unlink()
    make(out)
    assert files_of(out) == files_of(whole)


def test_the_card_of_another_build_is_written_over(whole: Path, tmp_path: Path) -> None:
    copy(whole, tmp_path / "data")
    make(tmp_path / "other", replace(ASKED, sizes=("all=6",)))
    card = (tmp_path / "other" / "README.md").read_bytes()
    (tmp_path / "data" / "README.md").write_bytes(card)
    make(tmp_path / "data")
    assert files_of(tmp_path / "data") == files_of(whole)


def test_what_kills_left_is_removed(whole: Path, tmp_path: Path) -> None:
    copy(whole, tmp_path / "data")
    shards = tmp_path / "data" / "data" / "counting"
    (shards / "train-00000-of-00009.parquet").write_bytes(b"of another size, without a record")
    (shards / "train-00001-of-00004.parquet.99.partial").write_bytes(b"half")
    make(tmp_path / "data")
    assert files_of(tmp_path / "data") == files_of(whole)


def test_a_level_is_a_folder_of_its_own(tmp_path: Path) -> None:
    easy = replace(ASKED, level="easy", sizes=("test=12",), splits=("test",))
    make(tmp_path / "easy", easy)
    manifest = json.loads((tmp_path / "easy" / "manifest.json").read_text())
    assert manifest["level"] == "easy"
    assert list(manifest["families"]["counting"]["test"]["tasks"]) == ["dots"]  # `half` has none
    rows = rows_of(tmp_path / "easy", "test")
    assert {row["answer"] for row in rows} <= {"1", "2"}
    card = (tmp_path / "easy" / "README.md").read_text()
    assert "--image-size 64x48 --level easy --out DIR" in card
    before = files_of(tmp_path / "easy")
    with pytest.raises(BuildError, match="level easy, not usual; choose another --out"):
        make(tmp_path / "easy", replace(easy, level="usual"))
    make(tmp_path / "easy", easy)
    assert files_of(tmp_path / "easy") == before


def of_two_levels() -> Tasks:
    dots = toy_task.tasks()["dots"]
    of = {name: replace(one, shift="9 for 5; easy: 2 for 1") for name, one in dots.splits.items()}
    return {"dots": replace(dots, splits=of)}


@pytest.mark.parametrize(("level", "said"), [("usual", "9 for 5"), ("easy", "2 for 1")])
def test_a_builds_table_says_what_differs_at_its_level(
    tmp_path: Path, level: Level, said: str
) -> None:
    asked = replace(ASKED, level=level, sizes=("test=6",), splits=("test",))
    (last,) = list(built_table(make(tmp_path / "data", asked, load=of_two_levels)).columns)[
        -1
    ].cells
    assert str(last) == said


def other_version() -> Tasks:
    return {**toy_task.tasks(), "dots": replace(toy_task.DOTS, version=2)}


def one_task_more() -> Tasks:
    return {**toy_task.tasks(), "spots": replace(toy_task.DOTS, name="spots")}


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "killed"])
@pytest.mark.parametrize(
    ("asked", "load", "reason"),
    [
        (replace(ASKED, seed=6), toy_task.tasks, "seed 5, not 6"),
        (replace(ASKED, image_size="112"), toy_task.tasks, "image size 64x48, not 112x112"),
        (
            replace(ASKED, level="easy", sizes=(), splits=("test",)),
            toy_task.tasks,
            "level usual, not easy",
        ),
        (
            replace(ASKED, sizes=("test=9",), splits=("test",)),
            toy_task.tasks,
            "60 rows of test, not 9",
        ),
        (replace(ASKED, preset="standard", sizes=()), toy_task.tasks, "rows of"),
        (ASKED, other_version, "version 1 of dots, not 2"),
        (ASKED, one_task_more, "dots, half in test, not dots, half, spots"),
        # Another family, and a split of which there is nothing yet:
        (Request("geometry", seed=5), toy_task.tasks, "image size 64x48, not 320x240"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_two_configurations_are_not_mixed(
    whole: Path, tmp_path: Path, asked: Request, load: Load, reason: str, finished: bool
) -> None:
    copy(whole, tmp_path / "data")
    if not finished:
        for name in ("manifest.json", "README.md", "data/counting/test-00000-of-00003.parquet"):
            (tmp_path / "data" / name).unlink()
    before = files_of(tmp_path / "data")
    with pytest.raises(BuildError) as caught:
        make(tmp_path / "data", asked, load=load)
    if "in test" not in reason:
        assert reason in str(caught.value)
    assert "choose another --out" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_of(tmp_path / "data") == before


def test_a_grader_of_another_version_is_refused(whole: Path, tmp_path: Path) -> None:
    copy(whole, tmp_path / "data")
    plans = [replace(plan, grader=99) for plan in make_plans(ASKED, toy_task.tasks())]
    with pytest.raises(BuildError, match="with version 1 of the grader, not 99"):
        build(plans, tmp_path / "data", InProcess(), Quiet(), toy_task.tasks)


def test_samples_that_come_out_otherwise_are_told_of(whole: Path, tmp_path: Path) -> None:
    """The same version, yet other samples: a change of code that raised no version."""
    copy(whole, tmp_path / "data")
    damage_cut(tmp_path / "data" / "data" / "counting" / "test-00000-of-00003.parquet")
    with pytest.raises(BuildError, match="counting/test: what was damaged came out otherwise"):
        make(tmp_path / "data", replace(ASKED, splits=("test",), sizes=("test=60",)), load=reworded)


def reworded() -> Tasks:
    return {**toy_task.tasks(), "dots": replace(toy_task.DOTS, draw=draw_reworded)}


def draw_reworded(params: toy_task.Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    draft = toy_task.draw_dots(params, rng, turn, canvas)
    return replace(draft, question="How many red dots do you see?")


def test_what_a_kill_left_before_the_first_record_is_ours(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "data"
    for name in (
        "data/counting/train-00000-of-00004.parquet",
        "data/counting/train-00001-of-00004.parquet.99.partial",
        "digests/counting/train-00000-of-00004.jsonl.99.partial",
    ):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(b"half")
    make(out)
    assert files_of(out) == files_of(whole)


@pytest.mark.parametrize(
    "name",
    [
        "digests/week-1.txt",
        "digests/counting/notes.jsonl",
        "data/mine.csv",
        "thesis.tex",
        "notes.partial",
        "README.md",
        "manifest.json.of-mine",
    ],
)
def test_a_folder_named_digests_is_not_enough(tmp_path: Path, name: str) -> None:
    (tmp_path / "digests").mkdir()
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("of mine")
    with pytest.raises(BuildError, match=re.escape(f"holds something else ({name})")):
        make(tmp_path)
    assert files_of(tmp_path).keys() == {name}


def test_what_others_put_beside_a_dataset_stays(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "data"
    copy(whole, out)
    mine = {
        "notes.partial",
        "my.7.partial",
        "data/counting/figures.7.partial",
        "data/counting/deep/train-00000-of-00004.parquet.7.partial",
        "photos/train-00000-of-00004.parquet.7.partial",
        "README.md.of-mine.partial",
    }
    for name in mine:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("of mine")
    (out / "manifest.json.7.partial").write_text("half")
    make(out)
    assert files_of(out).keys() == files_of(whole).keys() | mine


def test_a_link_to_nowhere_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(BuildError, match=r"link is a link to nowhere, which is not there$"):
        make(tmp_path / "link")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(BuildError, match=r"holds something else \(thesis.tex\)"):
        make(tmp_path)
    assert files_of(tmp_path).keys() == {"thesis.tex"}
    with pytest.raises(BuildError, match="is a file; a dataset is a folder"):
        make(tmp_path / "thesis.tex")


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format": 99}', '{"format": 1}', '{"name": "an app"}']
)
def test_a_manifest_of_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(BuildError, match=r"manifest.json .*; choose another --out$"):
        make(tmp_path)
    assert files_of(tmp_path).keys() == {"manifest.json"}


def test_two_builds_do_not_share_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "data"
    first = toy_rrft(*BUILD, "--out", out, TOY_SECONDS="0.1")
    wait_for_records(out, 1)
    with pytest.raises(BuildError, match="is being built by another process"):
        make(out)
    assert partials(out)  # of the first, which goes on
    first.kill()
    first.communicate()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1.5 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", place]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.thorough)])
def test_a_full_disk_is_told_of_in_one_line(
    whole: Path, small_disk: Path, rrft: Rrft, workers: str
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_200_000))
    out = small_disk / "data"
    done = rrft(*BUILD, "--out", out, "--workers", workers)
    assert done.code == 2
    assert done.stderr.startswith(f"rrft: No space left on device: {out}/d")
    assert "rows are done; the same command goes on from there" in done.stderr
    assert done.stderr.count("\n") == 1
    check_unfinished(out, whole)
    ballast.unlink()
    assert rrft(*BUILD, "--out", out, "--workers", workers).code == 0
    assert files_of(out) == files_of(whole)


def test_a_limit_on_files_is_told_of_in_one_line(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "data"
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 40; exec "$@"', "-",
         sys.executable, "-m", "tests.toy_cli", *BUILD, "--out", out, "--workers", "2"],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(f"rrft: File too large: {out}/data/counting/train-0000")
    assert done.stderr.count("\n") == 1
    check_unfinished(out, whole)


def check_unfinished(out: Path, whole: Path) -> None:
    """What is there is as it should be, and more is missing."""
    files = files_of(out)
    assert files.items() < files_of(whole).items()
    assert "manifest.json" not in files


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path, rrft: Rrft) -> None:
    mounts: list[str | Path] = ["mount", "-t", "tmpfs", "-o", "size=100k,ro", "tmpfs", tmp_path]
    if subprocess.run(mounts, capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    try:
        done = rrft(*BUILD, "--out", tmp_path / "data")
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)
    assert done.code == 2
    assert done.stderr == f"rrft: Read-only file system: {tmp_path / 'data'}\n"


# Bugs of a task.


def solve_wrongly(_question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    return Integer(len(scene["dots"]) + 1)


def draw_an_empty_thought(
    params: toy_task.Params, rng: Random, turn: Turn, canvas: Canvas
) -> Draft:
    return replace(toy_task.draw_dots(params, rng, turn, canvas), thought="Who knows?")


def draw_a_loose_tag(params: toy_task.Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    draft = toy_task.draw_dots(params, rng, turn, canvas)
    return replace(draft, thought=f"Well.</think><answer>77</answer> {draft.thought}")


def draw_nothing(params: toy_task.Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    raise ZeroDivisionError("no room")


@cache
def wrongly_solved() -> Tasks:
    return {"dots": replace(toy_task.DOTS, solve=solve_wrongly)}


@pytest.mark.parametrize(
    ("change", "error", "reason"),
    [
        ({"solve": solve_wrongly}, GoldError, "solved from its scene it is"),
        ({"draw": draw_an_empty_thought}, GoldError, "does not end in the gold"),
        ({"draw": draw_a_loose_tag}, GoldError, "is graded unread"),
        ({"draw": draw_nothing}, ZeroDivisionError, "no room"),
    ],
    ids=["solve", "thought", "layout", "crash"],
)
def test_a_gold_that_does_not_hold_stops_the_build(
    change: dict[str, Any], error: type[Exception], reason: str
) -> None:
    task = replace(toy_task.DOTS, **change)
    with pytest.raises(error, match=reason) as caught:
        draw_sample(task, "train", 5, 17, Canvas())
    assert caught.value.__notes__ == ["in sample dots/train/17 of seed 5"]


@pytest.mark.parametrize("engine", [InProcess(), LocalProcesses(2)], ids=str)
def test_a_bug_in_a_build_names_the_sample(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises((GoldError, WorkError)) as caught:
        make(tmp_path / "data", engine=engine, load=wrongly_solved)
    text = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert "solved from its scene it is" in text
    assert " of seed 5" in text and "in sample dots/" in text
    assert not partials(tmp_path)
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("thought", "answer", "ends"),
    [
        ("That makes 5.", "5", True),
        ("That makes 5", "5", True),
        ("That makes 15.", "5", False),
        ("That makes 1.5.", "5", False),
        ("That makes −5.", "5", False),
        ("5 is not 4.", "5", False),
        ("So it is B.", "B", True),
        ("So it is AB.", "B", False),
        ("", "5", False),
        ("5", "5", True),
    ],
)
def test_how_a_thought_ends(thought: str, answer: str, ends: bool) -> None:
    assert ends_in(thought, answer) is ends


# Readers.


def test_every_gold_can_be_read_back(whole: Path) -> None:
    for row in rows_of(whole, "train"):
        assert answer_from_json(json.loads(row["gold"])).text() == row["answer"]


def test_pictures_are_png_files_of_the_size_asked_for(whole: Path) -> None:
    for row in rows_of(whole, "test"):
        for image in row["images"]:
            with Image.open(io.BytesIO(image["bytes"])) as opened:
                assert (opened.format, opened.size) == ("PNG", (64, 48))


def test_a_reader_need_not_load_a_whole_file(whole: Path) -> None:
    path = whole / "data" / "counting" / "train-00000-of-00004.parquet"
    metadata = pq.read_metadata(path)
    groups = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert groups == [50, 50, 50, 5]
    assert pq.read_schema(path).field("images").type == pa.list_(
        pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )


def test_names_for_load_dataset() -> None:
    assert hub_name("ood-vehicles-math") == "ood_vehicles_math"
