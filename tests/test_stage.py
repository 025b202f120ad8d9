"""A stage as a process: what it starts from, how it ends, and that kill -9 changes nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from builders import folder as folders
from reasonrft import stage
from reasonrft.config import RunConfig
from reasonrft.experiment import open_experiment
from reasonrft.job import Job, StoppedByAlarm, TrainingError, Watch
from tests.toy_job import build_train, config_of, sft_config

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_train(tmp_path_factory.mktemp("data") / "toys")


def run_of(folder: Path, config: RunConfig) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with open_experiment(folder, config):
        return folder


def both(data: Path, **others: Any) -> RunConfig:
    table = {"path": [str(data)], "stage_1": 10}
    return config_of(recipe="reason-rft", data=table, **{"model": {"path": "start"}, **others})


class Trained:
    """In the place of a stage's module: keeps the job, and ends as it is told."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, problem: BaseException | None = None
    ) -> None:
        self.jobs: list[Job] = []
        self.problem = problem
        self.real = import_module
        monkeypatch.setattr("reasonrft.stage.import_module", self.find)

    def find(self, name: str) -> Any:
        return self if name in ("reasonrft.sft", "reasonrft.grpo") else self.real(name)

    def train_sft(self, job: Job, _watch: Watch) -> None:
        self.jobs.append(job)
        if self.problem:
            raise self.problem
        job.folder.mkdir(exist_ok=True)
        job.done.write_text("{}")

    train_grpo = train_sft


def test_stages_follow_one_another(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = Trained(monkeypatch)
    run = run_of(tmp_path / "run", both(data))
    assert stage.main(["grpo", str(run)]) == 2
    assert (
        capsys.readouterr().err == "rrft: grpo starts from what sft comes to, which is not done\n"
    )
    assert stage.main(["sft", str(run)]) == stage.main(["grpo", str(run)]) == 0
    first, second = trained.jobs
    assert (first.model, len(first.rows), first.folder) == ("start", 10, run / "sft")
    assert (second.model, len(second.rows)) == (str(run / "sft" / "model"), 14)
    capsys.readouterr()
    assert stage.main(["sft", str(run)]) == 0
    assert capsys.readouterr().err == "rrft: sft is done already\n"
    assert len(trained.jobs) == 2


def test_a_stage_alone_starts_from_the_model(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = Trained(monkeypatch)
    config = config_of(data={"path": [str(data)]}, model={"path": "start"})
    assert stage.main(["grpo", str(run_of(tmp_path / "run", config))]) == 0
    assert (trained.jobs[0].model, len(trained.jobs[0].rows)) == ("start", 24)


def test_data_that_was_built_for_the_run_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = Trained(monkeypatch)
    run = run_of(tmp_path / "run", sft_config({}, model={"path": "start"}))
    assert stage.main(["sft", str(run)]) == 2
    build_train(run / "data" / "counting")
    assert stage.main(["sft", str(run)]) == 0
    assert len(trained.jobs[0].rows) == 24


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (TrainingError("it is too small"), 2),
        (StoppedByAlarm("it is too small"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_how_it_ends(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    problem: BaseException,
    code: int,
) -> None:
    Trained(monkeypatch, problem)
    assert stage.main(["sft", str(run_of(tmp_path / "run", both(data)))]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert ("it is too small" in said) == (code != 130)


def test_what_is_no_experiment_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage.main(["sft", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == f"rrft: no experiment in {tmp_path}: it has no experiment.json\n"


def test_a_recipe_without_the_stage_is_refused(data: Path, tmp_path: Path) -> None:
    run = run_of(tmp_path, sft_config({}, data={"path": [str(data)]}))
    with pytest.raises(TrainingError, match="the recipe cot-sft has no stage grpo"):
        stage.run_stage("grpo", run)


def test_other_arguments_are_told_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert stage.main(["train"]) == 2
    assert capsys.readouterr().err.startswith("rrft: usage: ")


@pytest.mark.parametrize(
    ("seen", "gpus", "shown"),
    [(None, 1, "0"), ("3,4", 1, "3"), ("3,4", 2, "3,4"), ("", 1, ""), (None, 0, None)],
)
def test_a_stage_for_one_gpu_sees_one(
    monkeypatch: pytest.MonkeyPatch, seen: str | None, gpus: int, shown: str | None
) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", seen or "")
    if seen is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    stage._one_gpu_is_one(config_of(hardware={"gpus": gpus}), "grpo")
    assert os.environ.get("CUDA_VISIBLE_DEVICES") == shown


def test_a_stage_waits_for_one_that_ends(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = Trained(monkeypatch)
    run = run_of(tmp_path / "run", both(data))
    monkeypatch.setattr(stage, "SECONDS_TO_WAIT", 0.0)
    with folders.alone(run / "sft"):
        assert stage.main(["sft", str(run)]) == 2
    assert "is being worked at by another process" in capsys.readouterr().err
    assert not trained.jobs
    monkeypatch.setattr(stage, "SECONDS_TO_WAIT", 60.0)
    ends = threading.Event()

    def hold() -> None:
        with folders.alone(run / "sft"):
            ends.set()
            time.sleep(0.3)

    other = threading.Thread(target=hold)
    other.start()
    ends.wait()
    assert stage.main(["sft", str(run)]) == 0
    other.join()
    assert len(trained.jobs) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux ends them")
def test_a_launchers_process_ends_with_it(tmp_path: Path) -> None:
    """The launcher is killed with -9; its process waits for a folder that is another's."""
    config = config_of(data={"path": ["none"]}, model={"path": "start"})
    run = run_of(tmp_path / "run", config)
    launcher = (
        "import subprocess, sys; "
        "print(subprocess.Popen([sys.executable, '-m', 'reasonrft.stage', 'grpo', sys.argv[1]]).pid,"
        " flush=True); import time; time.sleep(600)"
    )
    with folders.alone(run / "grpo"):
        began = subprocess.Popen(
            [sys.executable, "-c", launcher, str(run)],
            cwd=ROOT,
            env={**os.environ, "LOCAL_RANK": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert began.stdout is not None
        child = Path("/proc") / began.stdout.readline().strip()
        until = time.monotonic() + 40
        while not _has_open(child, run / "grpo"):
            assert time.monotonic() < until
            time.sleep(0.05)
        began.kill()
        began.wait()
        began.stdout.close()
        while _runs(child):
            assert time.monotonic() < until
            time.sleep(0.05)


def _has_open(process: Path, folder: Path) -> bool:
    return any(path.resolve() == folder.resolve() for path in (process / "fd").glob("*"))


def _runs(process: Path) -> bool:
    try:
        return ") Z" not in (process / "stat").read_text()
    except OSError:
        return False


def killed(name: str, run: Path, rows: int) -> None:
    """Work at a stage in a process of its own, which a kill ends once so many rows are logged."""
    child = os.fork()
    if child == 0:
        try:
            stage.main([name, str(run)])
        finally:
            os._exit(0)
    log = run / name / "log.jsonl"
    while not log.exists() or log.read_bytes().count(b"\n") < rows:
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


@pytest.mark.thorough
@pytest.mark.usefixtures("one_thread")
def test_both_stages_killed_in_the_middle_come_to_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trl", reason="needs the training extra")
    from tests.tiny_model import save_tiny_model
    from tests.toy_job import GRPO, SFT, are_same

    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    model = save_tiny_model(tmp_path / "tiny")
    often = {"log_every": 1, "save_every": 3, "steps": 9}
    config = both(
        data, model={"path": str(model)}, sft={**SFT, **often}, grpo={**GRPO, **often, "beta": 0.1}
    )
    whole, broken = (run_of(tmp_path / name, config) for name in ("whole", "broken"))
    for name in ("sft", "grpo"):
        capsys.readouterr()
        assert stage.main([name, str(whole)]) == 0
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.splitlines()[-1].startswith(f"rrft: {name}: 9 steps in ")
        killed(name, broken, rows=5)
        assert stage.main([name, str(broken)]) == 0
        assert f"rrft: {name} goes on after step " in capsys.readouterr().err
        assert are_same(whole / name / "model", broken / name / "model")
