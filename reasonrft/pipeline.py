"""pipeline: an experiment from its first row to its report: data, base, stages, evaluation.

Whatever is done is not done again: the same command goes on where it was stopped, in the middle of a
build, of training or of an evaluation. Each part that a model runs in is a process of its own.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from builders import registry
from builders.dataset import build
from builders.engine import make_engine
from builders.files import ExpectedError
from builders.plan import TRAIN, Request, SplitPlan, make_plans
from builders.progress import WorkProgress
from builders.registry import Tasks
from reasonrft.accelerating import launch_line, server_line, write_launch_files
from reasonrft.backends import _mortal
from reasonrft.config import DataConfig, RunConfig
from reasonrft.experiment import Experiment, open_experiment
from reasonrft.families import chosen
from reasonrft.job import DONE
from reasonrft.nano import resolve
from reasonrft.report.experiment import write_experiment_report
from reasonrft.report.write import Written

Tell = Callable[[str], None]
TITLES: Final = {"sft": "stage 1 (SFT)", "grpo": "stage 2 (GRPO)"}
SECONDS_TO_END: Final = 30.0  # for a process that is told to stop to keep what it has
SECONDS_TO_START: Final = 1800.0  # for a server to load a large model


class PartError(ExpectedError):
    """A part of an experiment that did not end well; it has said why itself."""


def run_experiment(config: RunConfig, out: Path, tell: Tell) -> Written:
    """Do what is missing of an experiment, and write its report.

    Raises:
        ExpectedError: something stands in the way; what is done is kept.
    """
    with open_experiment(out, config) as experiment:
        build_data(experiment, tell)
        for stage in config.stages:
            write_launch_files(config, stage, experiment.folder)
        for part in parts_of(experiment):
            if part.done.exists():
                tell(f"{part.name}: done before")
                continue
            tell(part.name)
            run_part(part)
        return write_experiment_report(out)


def build_data(experiment: Experiment, tell: Tell) -> None:
    """Build the datasets that the experiment does not find elsewhere."""
    data = experiment.config.data
    if data.path:
        return
    tasks = registry.tasks()
    for family in families_of(data, tasks):
        plans = data_plans(experiment.config, family, tasks)
        tell(f"data: {sum(plan.rows for plan in plans):,} rows of {family}")
        with WorkProgress(family) as progress:
            folder = experiment.folder / "data" / family
            build(plans, folder, make_engine("local"), progress, registry.tasks)


def families_of(data: DataConfig, tasks: Tasks) -> Sequence[str]:
    """The families of an experiment."""
    return chosen(data.family, (task.family for task in tasks.values()))


def data_plans(config: RunConfig, family: str, tasks: Tasks) -> list[SplitPlan]:
    """What is built of a family: `train` if anything learns from it, and what is tested on.

    Raises:
        BuildError: there is no such thing.
    """
    data = config.data
    splits = [TRAIN, *data.splits.split(",")]
    sizes = [f"{split}={rows}" for split, rows in data.sizes.items()]
    request = Request(family, splits, data.preset, sizes, data.seed, data.image_size, data.level)
    return [plan for plan in make_plans(request, tasks) if config.stages or plan.split != TRAIN]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs in a process of its own."""

    name: str
    command: Sequence[str]
    done: Path  # a file that is there when it is done
    server: Sequence[str] | None = None  # a command that has to run beside it
    url: str = ""  # where that answers


def parts_of(experiment: Experiment) -> Iterator[Part]:
    """What comes after the data, in order."""
    config, exams = experiment.config, experiment.evaluations
    if "base" in exams:
        yield _exam(experiment, "base", "the model before training")
    for stage in config.stages:
        server = server_line(config, resolve(experiment.before(stage))) if stage == "grpo" else None
        yield Part(
            TITLES[stage],
            launch_line(config, stage, experiment.folder),
            experiment.stage(stage) / DONE,
            server,
            config.grpo.rollout.server,
        )
        if stage in exams:
            yield _exam(experiment, stage, f"the model after {TITLES[stage]}")
    yield _exam(experiment, "final", "the model at the end" if config.stages else "the model")


def _exam(experiment: Experiment, name: str, what: str) -> Part:
    """An evaluation; its report is written when all is asked."""
    command = [sys.executable, "-m", "reasonrft.exam", str(experiment.folder), name]
    return Part(f"evaluation of {what}", command, experiment.evaluations[name][1] / "report.json")


def run_part(part: Part) -> None:
    """Run a part to its end; it ends with this process, however that ends.

    Raises:
        PartError: it did not end well.
    """
    with _beside(part), _bound(part.command) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            _end(process)
            raise
    if code:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise PartError(f"{part.name} did not end ({how}); the same command goes on")


def _bound(command: Sequence[str]) -> "subprocess.Popen[bytes]":
    """A process that ends with this one."""
    return subprocess.Popen([sys.executable, "-I", _mortal.__file__, str(os.getpid()), *command])


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Tell a process to stop, and let it keep what it has."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()


@contextmanager
def _beside(part: Part) -> Iterator[None]:
    """The server of a part, if it has one, while it answers.

    Raises:
        PartError: it does not.
    """
    if part.server is None:
        yield
        return
    with _bound([shutil.which("env") or "/usr/bin/env", *part.server[1:]]) as server:
        try:
            _await(server, f"{part.url.rstrip('/')}/health")
            yield
        finally:
            _end(server)


def _await(server: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until a server answers."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        if server.poll() is not None:
            raise PartError(
                f"the vLLM server ended before it answered (exit code {server.returncode})"
            )
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(1.0)
    raise PartError(f"the vLLM server does not answer at {url} after {SECONDS_TO_START:.0f} s")
