"""stage: one stage of an experiment in a process of its own: `python -m reasonrft.stage sft|grpo RUN`.

Exit codes: 0 it is done, or was done before; 2 something stands in its way; 3 an alarm ended it; 130 or 143 it was
told to stop. Why is one line on stderr. Under `accelerate launch -m reasonrft.stage …` it is one of several processes.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from builders import folder as folders
from builders.files import ExpectedError
from builders.progress import printable
from builders.sample import Sample
from builders.stop import stoppable
from reasonrft.accelerating import gpus_of
from reasonrft.alarms import Alarms
from reasonrft.backends import _mortal
from reasonrft.config import RunConfig, Stage
from reasonrft.experiment import Experiment, read_experiment
from reasonrft.job import DONE, Job, TrainingError
from reasonrft.learned import hold_data
from reasonrft.nano import resolve
from reasonrft.portions import portion
from reasonrft.stream import stream

# For one that ends because what began it was killed: it may be in the middle of a long step.
SECONDS_TO_WAIT: Final = 60.0


def main(arguments: Sequence[str]) -> int:
    """Run a stage; the exit code."""
    if "LOCAL_RANK" in os.environ:  # a launcher's: its processes would outlive its kill
        _mortal.end_with(os.getppid())
    match arguments:
        case ["sft" | "grpo" as name, run]:
            return _told(name, Path(run))
        case _:
            _complain("usage: python -m reasonrft.stage sft|grpo RUN")
            return 2


def _told(name: str, run: Path) -> int:
    stage: Stage = "sft" if name == "sft" else "grpo"
    try:
        with stoppable(f"{stage} was stopped; the same command goes on from its newest checkpoint"):
            run_stage(stage, run)
    except ExpectedError as problem:
        _complain(str(problem))
        return problem.code
    return 0


def _complain(sentence: str) -> None:
    if os.environ.get("RANK", "0") == "0":  # of several processes that all have the same trouble
        print(f"rrft: {printable(sentence)}", file=sys.stderr)  # noqa: T201 - how this program ends


def run_stage(stage: Stage, run: Path) -> None:
    """Run a stage, or what is missing of it; nothing if it is done.

    Raises:
        ExpectedError: something stands in its way.
    """
    experiment = read_experiment(run)
    config = experiment.config
    if stage not in config.stages:
        raise TrainingError(f"the recipe {config.recipe} has no stage {stage}")
    folder = experiment.stage(stage)
    with _alone(folder):
        if (folder / DONE).exists():
            _complain(f"{stage} is done already")
        else:
            _train(experiment, stage)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A stage's folder for this process alone, or for those that the first of several began with.

    Raises:
        BuildError: another has it, and does not end.
    """
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    with folders.alone(folder, "a stage", "worked at", SECONDS_TO_WAIT):
        yield


def _train(experiment: Experiment, stage: Stage) -> None:
    config, folder = experiment.config, experiment.stage(stage)
    model = start_of(experiment, stage)
    rows = rows_of(experiment, stage)
    hold_data(experiment)
    job = Job(config, stage, model, rows, folder)
    _one_gpu_is_one(config, stage)
    module = import_module(f"reasonrft.{stage}")
    train = module.train_sft if stage == "sft" else module.train_grpo
    train(job, Alarms(config, stage).look)


def start_of(experiment: Experiment, stage: Stage) -> str:
    """The model that a stage starts from: what the stage before it came to, or the experiment's.

    Raises:
        TrainingError: the stage before it is not done.
    """
    stages = experiment.config.stages
    for before in stages[: stages.index(stage)]:
        if not (experiment.stage(before) / DONE).exists():
            raise TrainingError(f"{stage} starts from what {before} comes to, which is not done")
    return resolve(experiment.before(stage))


def rows_of(experiment: Experiment, stage: Stage) -> Sequence[Sample]:
    """What a stage learns from.

    Raises:
        ExpectedError: there is nothing.
    """
    folders = experiment.data
    if not folders:
        raise TrainingError(f"no data in {experiment.folder}: it is built first")
    if stage == "grpo" and experiment.config.grpo.data == "stream":
        return stream(experiment.config)
    return portion(experiment.config, stage, folders)


def _one_gpu_is_one(config: RunConfig, stage: Stage) -> None:
    """Have a stage for one GPU see one: with several in sight, a single process would share it out badly."""
    if "WORLD_SIZE" not in os.environ and gpus_of(config, stage) == 1:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
        os.environ["CUDA_VISIBLE_DEVICES"] = seen.partition(",")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
