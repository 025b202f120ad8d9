"""pipeline: an experiment from its first row to its report: data, base, stages, evaluation.

Whatever is done is not done again: the same command goes on where it was stopped, in the middle of a
build, of training or of an evaluation. Each part that a model runs in is a process of its own.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from builders import registry
from builders.dataset import build
from builders.engine import make_engine
from builders.files import ExpectedError
from builders.plan import Request, SplitPlan, make_plans
from builders.progress import WorkProgress
from builders.registry import Tasks
from reasonrft.accelerating import launch_line
from reasonrft.backends import _mortal
from reasonrft.config import DataConfig, RunConfig
from reasonrft.experiment import Experiment, open_experiment
from reasonrft.report.experiment import write_experiment_report
from reasonrft.report.write import Written

Tell = Callable[[str], None]
TITLES: Final = {"sft": "stage 1 (SFT)", "grpo": "stage 2 (GRPO)"}
SECONDS_TO_END: Final = 30.0  # for a process that is told to stop to keep what it has


class PartError(ExpectedError):
    """A part of an experiment that did not end well; it has said why itself."""


def run_experiment(config: RunConfig, out: Path, tell: Tell) -> Written:
    """Do what is missing of an experiment, and write its report.

    Raises:
        ExpectedError: something stands in the way; what is done is kept.
    """
    with open_experiment(out, config) as experiment:
        build_data(experiment, tell)
        for name, command, done in parts_of(experiment):
            if done.exists():
                tell(f"{name}: done before")
                continue
            tell(name)
            run_part(name, command)
        return write_experiment_report(out)


def build_data(experiment: Experiment, tell: Tell) -> None:
    """Build the datasets that the experiment does not find elsewhere."""
    data = experiment.config.data
    if data.path:
        return
    tasks = registry.tasks()
    for family in families_of(data, tasks):
        plans = data_plans(data, family, tasks)
        tell(f"data: {sum(plan.rows for plan in plans):,} rows of {family}")
        with WorkProgress(family) as progress:
            folder = experiment.folder / "data" / family
            build(plans, folder, make_engine("local"), progress, registry.tasks)


def families_of(data: DataConfig, tasks: Tasks) -> list[str]:
    """The families of an experiment."""
    there = list(dict.fromkeys(task.family for task in tasks.values()))
    return there if "all" in data.family else list(dict.fromkeys(data.family))


def data_plans(data: DataConfig, family: str, tasks: Tasks) -> list[SplitPlan]:
    """What is built of a family: `train`, and what is tested on.

    Raises:
        BuildError: there is no such thing.
    """
    splits = ["train", *data.splits.split(",")]
    sizes = [f"{split}={rows}" for split, rows in data.sizes.items()]
    request = Request(family, splits, data.preset, sizes, data.seed, data.image_size, data.level)
    return make_plans(request, tasks)


def parts_of(experiment: Experiment) -> Iterator[tuple[str, list[str], Path]]:
    """What comes after the data, in order: its name, its command, and a file that says that it is done."""
    exams = experiment.evaluations
    if "base" in exams:
        yield _exam(experiment, "base", "the model before training")
    for stage in experiment.config.stages:
        done = experiment.stage(stage) / "done.json"
        yield TITLES[stage], launch_line(experiment.config, stage, experiment.folder), done
        if stage in exams:
            yield _exam(experiment, stage, f"the model after {TITLES[stage]}")
    yield _exam(
        experiment, "final", "the model at the end" if experiment.config.stages else "the model"
    )


def _exam(experiment: Experiment, name: str, what: str) -> tuple[str, list[str], Path]:
    """An evaluation; its report is written when all is asked."""
    command = [sys.executable, "-m", "reasonrft.exam", str(experiment.folder), name]
    return f"evaluation of {what}", command, experiment.evaluations[name][1] / "report.json"


def run_part(name: str, command: Sequence[str]) -> None:
    """Run a command to its end; it ends with this process, however that ends.

    Raises:
        PartError: it did not end well.
    """
    bound = [sys.executable, "-I", _mortal.__file__, str(os.getpid()), *command]
    with subprocess.Popen(bound) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if code:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        raise PartError(f"{name} did not end ({how}); the same command goes on")
