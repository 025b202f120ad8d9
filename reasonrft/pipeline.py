"""pipeline: an experiment from its first row to its report: data, base, stages, evaluation.

Whatever is done is not done again: the same command goes on where it was stopped, in the middle of a
build, of training or of an evaluation. Each part that a model runs in is a process of its own.
"""

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from builders import registry
from builders.dataset import build
from builders.engine import make_engine
from builders.files import ExpectedError
from builders.progress import WorkProgress
from reasonrft.accelerating import ADDRESS, launch_line, server_line, write_launch_files
from reasonrft.built import data_plans, families_of
from reasonrft.children import answers, await_server, begin, end, without_keys
from reasonrft.config import RunConfig, Stage
from reasonrft.experiment import BASE, FINAL, Experiment, open_experiment
from reasonrft.job import DONE
from reasonrft.loading import settings_of_pictures
from reasonrft.nano import resolve
from reasonrft.pixels import EDGES, edges, stored_limits
from reasonrft.readiness import check_ready
from reasonrft.report.experiment import write_experiment_report
from reasonrft.report.write import Written

Tell = Callable[[str], None]
TITLES: Final = {"sft": "stage 1 (SFT)", "grpo": "stage 2 (GRPO)"}
DID_NOT_END: Final = "did not end"  # a part, which has said why itself


class PartError(ExpectedError):
    """A part of an experiment that did not end well; it has said why itself."""


def run_experiment(config: RunConfig, out: Path, tell: Tell) -> Written:
    """Do what is missing of an experiment, and write its report.

    Raises:
        ExpectedError: something stands in the way; what is done is kept.
    """
    check_ready(config, out, tell)
    with open_experiment(out, config) as experiment:
        build_data(experiment, tell)
        for stage in config.stages:
            write_launch_files(config, stage, experiment.folder)
        for part in parts_of(experiment):
            if part.done.exists():
                tell(f"{part.name}: done before")
                continue
            if part.elsewhere:
                raise PartError(part.elsewhere)
            tell(part.name)
            run_part(part, tell)
        return write_experiment_report(out)


def build_data(experiment: Experiment, tell: Tell) -> None:
    """Build the datasets that the experiment does not find elsewhere."""
    config = experiment.config
    if config.data.path:
        return
    tasks = registry.tasks()
    for family in families_of(config, tasks):
        plans = data_plans(config, family, tasks)
        tell(f"data: {sum(plan.rows for plan in plans):,} rows of {family}")
        with WorkProgress(family) as progress:
            build(plans, experiment.built(family), make_engine("local"), progress, registry.tasks)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that runs in a process of its own."""

    name: str
    command: Sequence[str]
    done: Path  # a file that is there when it is done
    server: Sequence[str] | None = None  # a command that has to run beside it
    url: str = ""  # where that answers
    environment: Mapping[str, str] = field(default_factory=dict)  # besides this process's
    elsewhere: str = ""  # what to do where it is not this machine's alone


def parts_of(experiment: Experiment) -> Iterator[Part]:
    """What comes after the data, in order."""
    config, exams = experiment.config, experiment.evaluations
    if BASE in exams:
        yield _exam(experiment, BASE, "the model before training")
    for stage in config.stages:
        server = _server_of(experiment) if stage == "grpo" else None
        yield Part(
            TITLES[stage],
            launch_line(config, stage, experiment.folder),
            experiment.stage(stage) / DONE,
            server,
            config.grpo.rollout.server,
            _environment(config),
            _on_each_machine(experiment, stage, server) if config.hardware.nodes > 1 else "",
        )
        if stage in exams:
            yield _exam(experiment, stage, f"the model after {TITLES[stage]}")
    yield _exam(experiment, FINAL, "the model at the end" if config.stages else "the model")


def _exam(experiment: Experiment, name: str, what: str) -> Part:
    """An evaluation; a report alone may be one of half of it."""
    command = [sys.executable, "-m", "reasonrft.exam", str(experiment.folder), name]
    return Part(
        f"evaluation of {what}",
        command,
        experiment.evaluations[name][1] / DONE,
        environment=_environment(experiment.config),
    )


def _environment(config: RunConfig) -> dict[str, str]:
    """What a part is told besides: an experiment without GPUs sees none, whatever runs in it."""
    return {} if config.hardware.gpus else {"CUDA_VISIBLE_DEVICES": ""}


def _server_of(experiment: Experiment) -> list[str] | None:
    """The command of stage 2's server of rollouts, with the limits of pictures that the trainer has."""
    config = experiment.config
    model = resolve(experiment.before("grpo"))
    limits = picture_limits(config.model.pixels(), [model, config.model.path])
    return server_line(config, model, limits)


def picture_limits(asked: Mapping[str, int], models: Sequence[str]) -> dict[str, int]:
    """The fewest and the most pixels as a processor names them, which takes only both.

    Args:
        asked: Those that the experiment sets; none: the model's own hold, which the server reads itself.
        models: In whose files the side that is not set is looked up; the first that has it.
    """
    if not asked:
        return {}
    stored = (stored_limits(settings_of_pictures(model)) for model in models)
    own = next((limits for limits in stored if len(limits) == len(EDGES)), {})
    return {**own, **edges(asked)}


def _on_each_machine(experiment: Experiment, stage: Stage, server: Sequence[str] | None) -> str:
    """What to run where, in one line."""
    config = experiment.config
    nodes = config.hardware.nodes
    lines = [launch_line(config, stage, experiment.folder, rank) for rank in range(nodes)]
    places = [f"on machine {rank}: {shlex.join(line)}" for rank, line in enumerate(lines)]
    if server is not None:
        places.insert(0, f"on machine 0, beside it: {shlex.join(server)}")
    return (
        f"{TITLES[stage]} runs on {nodes} machines that share {experiment.folder}: run "
        f"{'; '.join(places)} ({ADDRESS}: that of machine 0); after it, this same command goes on"
    )


def run_part(part: Part, tell: Tell) -> None:
    """Run a part to its end; it ends with this process, however that ends.

    Raises:
        PartError: it did not end well.
    """
    environment = {**os.environ, **part.environment}
    with _beside(part, tell), begin(part.command, environment) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            end(process)
            raise
    if code:
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        again = "" if code == ExpectedError.code else "; the same command goes on"
        raise PartError(f"{part.name} {DID_NOT_END} ({how}){again}")


@contextmanager
def _beside(part: Part, tell: Tell) -> Iterator[None]:
    """The server of a part, if it has one, while it answers.

    Raises:
        PartError: another one answers in its place.
        ModelError: it does not answer.
    """
    if part.server is None:
        yield
        return
    health = f"{part.url.rstrip('/')}/health"
    if answers(health, any_answer=True):
        raise PartError(
            f"something answers at {part.url} already, where the vLLM server shall: end it, or set "
            "grpo.rollout.server to another port"
        )
    tell("waiting for the vLLM server")
    command = [shutil.which("env") or "/usr/bin/env", *part.server[1:]]
    with begin(command, without_keys()) as server:
        try:
            await_server(server, health)
            yield
        finally:
            end(server)
