"""A study by one command: real processes, the embedded model, killed and started again, and a cell that fails."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from builders.dataset import build
from builders.engine import InProcess
from builders.files import ExpectedError
from reasonrft.checkpoints import newest_whole
from reasonrft.experiment import open_experiment
from reasonrft.study.cells import State, Study
from reasonrft.study.definition import read_study
from reasonrft.study.work import alone
from tests.command import Rrft
from tests.processes import processes_about
from tests.quiet import Quiet

# The models that are evaluated are a reference that knows the answers: only training loads one. Of a model in a folder
# each process would first count the parameters, for which it loads torch.
TEXT = """
seeds = [0]
keep_checkpoints = false
[settings]
eval = { backend = "oracle", base = false }
hardware = { gpus = 0 }
model = { path = "nano" }
[settings.data]
level = "easy"
image_size = "64x48"
tasks = ["count"]
splits = "test,ood-pairing"
sizes = { train = 12, test = 4, ood = 4 }
[settings.sft]
steps = 24
batch_size = 2
accumulate = 1
warmup_steps = 0
save_every = 2
log_every = 1
[families.counting]
[recipes.zero-shot]
[recipes.cot-sft]
[recipes.ans-sft]
"""


def study_file(folder: Path) -> Path:
    file = folder / "toy.toml"
    file.write_text(TEXT)
    return file


@pytest.mark.thorough
def test_one_command_goes_on_after_a_kill_and_past_a_failure(tmp_path: Path, rrft: Rrft) -> None:
    file, out = study_file(tmp_path), tmp_path / "out"
    runs = out / "runs"
    runs.mkdir(parents=True)
    (out / "cells").mkdir()
    (runs / "counting-cot-sft-seed0").write_text("in the way")
    line = [sys.executable, "-m", "cli", "study", str(file), "--out", str(out), "--only"]
    run = runs / "counting-ans-sft-seed0"
    _killed_in_the_middle_of_sft([*line, "recipe=ans-sft"], run / "sft")
    both = [*line, "recipe=cot-sft,recipe=ans-sft"]
    done = subprocess.run(both, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    told = done.stderr.splitlines()
    (failure,) = (one for one in told if "failed after" in one)
    assert failure.startswith("rrft: counting-cot-sft-seed0: failed after")
    assert "is a file; an experiment is a folder" in failure
    assert any(one.startswith("rrft: counting-ans-sft-seed0: done in") for one in told)
    assert "goes on after step" in (out / "logs" / "counting-ans-sft-seed0.log").read_text()
    assert sorted(path.name for path in (run / "sft").iterdir() if path.is_dir()) == ["model"]
    read = json.loads((out / "study.json").read_text())
    assert read["missing"] == ["counting-zero-shot-seed0", "counting-cot-sft-seed0"]
    assert {one["accuracy"]["all"]["estimate"] for one in read["accuracies"]} == {1.0}
    # What is done is only summed up again.
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file()}
    (out / "study.json").unlink()
    again = rrft("study", file, "--out", out, "--only", "recipe=ans-sft")
    assert (again.code, "1 of 1 experiment: done before" in again.stderr) == (0, True)
    assert json.loads((out / "study.json").read_text()) == read
    assert {path: path.stat().st_mtime_ns for path in before} == before
    # Its report needs no other command to end first.
    (out / "study.json").unlink()
    with alone(out):
        assert rrft("study", file, "--out", out, "--report").code == 0
    assert json.loads((out / "study.json").read_text()) == read


def _killed_in_the_middle_of_sft(line: list[str], stage: Path) -> None:
    with subprocess.Popen(line, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while newest_whole(stage / "checkpoints") is None:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while processes_about(stage.parent):  # they end with it
        assert time.monotonic() < until
        time.sleep(0.1)
    assert not (stage / "done.json").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, rrft: Rrft) -> None:
    file, out = study_file(tmp_path), tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("all of it")
    done = rrft("study", file, "--out", out, "--only", "recipe=zero-shot")
    assert done.code == 2
    assert done.stderr == f"rrft: {out} holds something else (thesis.txt); choose another --out\n"
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_there_is_no_report_on_nothing(tmp_path: Path, rrft: Rrft) -> None:
    out = tmp_path / "out"
    done = rrft("study", study_file(tmp_path), "--out", out, "--report")
    told = f"rrft: nothing of it is done in {out}\n"
    assert (done.code, done.stderr, out.exists()) == (2, told, False)


def test_two_do_not_work_at_one_study(tmp_path: Path) -> None:
    with (
        alone(tmp_path / "out"),
        pytest.raises(ExpectedError, match="worked at by another process"),
        alone(tmp_path / "out"),
    ):
        pass


def test_a_cell_that_was_begun_with_other_settings_is_refused(tmp_path: Path, rrft: Rrft) -> None:
    file, out = study_file(tmp_path), tmp_path / "out"
    study = Study(read_study(file), out)
    cell = study.cells[0]
    assert study.state(cell) is State.NEW
    with open_experiment(study.run(cell), study.experiment(cell).config):
        pass
    assert study.state(cell) is State.BEGUN
    refused = rrft("study", file, "--out", out, "--set", "settings.eval.max_tokens=9")
    assert refused.code == 2
    assert "counting-zero-shot-seed0 was begun with eval.max_tokens = 768, not 9" in refused.stderr
    # What is not asked for now is part of the report all the same.
    other = rrft("study", file, "--out", out, "--only", "recipe=ans-sft", "--set", "settings.eval.max_tokens=9")  # fmt: skip
    assert (other.code, other.stderr) == (2, refused.stderr)


def test_data_that_were_built_otherwise_are_refused(tmp_path: Path, rrft: Rrft) -> None:
    file, out = study_file(tmp_path), tmp_path / "out"
    study = Study(read_study(file), out)
    for seed in (0, 1):
        build(study.plans("counting", seed), study.data("counting", seed), InProcess(), Quiet())
    asked = ("study", file, "--out", out, "--only", "recipe=cot-sft", "--dry-run", "--set")
    assert rrft(*asked, "seeds=[0, 1]").code == 0
    for change, told in (
        ("settings.data.sizes.test=5", "4 rows of test, not 5"),
        ("settings.data.level=usual", "level easy, not usual"),
        ("first_data_seed=3", ""),
    ):
        done = rrft(*asked, change)
        assert (done.code, told in done.stderr) == (2 if told else 0, True)
        assert done.stderr.count("\n") == (1 if told else 0)
    assert "/data/counting-0 was built with" in rrft(*asked, "settings.data.sizes.train=9").stderr


def test_only_of_a_study_that_is_done_data_may_be_of_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(read_study(study_file(tmp_path)), tmp_path / "out")
    plans = [replace(plan, grader=10_000) for plan in study.plans("counting", 0)]
    build(plans, study.data("counting", 0), InProcess(), Quiet())
    with pytest.raises(ExpectedError, match="was built with version 10000 of the grader, not"):
        study.check()
    monkeypatch.setattr(Study, "state", lambda *_: State.DONE)
    study.check()
    fewer = read_study(tmp_path / "toy.toml", ["settings.data.sizes.test=3"])
    with pytest.raises(ExpectedError, match="4 rows of test, not 3"):
        Study(fewer, study.folder).check()
