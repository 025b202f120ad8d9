"""work: the cells of a study, one after the other or some at once, until all are done or have failed.

Each is a process of its own, of one thread: what it comes to does not depend on how many run beside it. What is
done is not done again, and a cell that fails keeps none of the others from their work.
"""

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Final

from builders import folder as folders
from builders import registry
from builders.dataset import build
from builders.engine import make_engine
from builders.files import ExpectedError, write_whole
from builders.progress import WorkProgress, duration, number_of
from builders.stop import Stopped
from reasonrft.children import Child, begin, end
from reasonrft.config_file import to_toml
from reasonrft.experiment import Experiment
from reasonrft.job import CHECKPOINTS
from reasonrft.pipeline import DID_NOT_END
from reasonrft.study.cells import CELLS, Cell, State, Study, data_of
from reasonrft.study.plan import Plan

SECONDS_BETWEEN: Final = 0.2  # two looks whether a cell has ended
ONE_THREAD: Final = {"OMP_NUM_THREADS": "1"}
END_OF_A_LOG: Final = 4096  # bytes, in which the last line is looked for
Tell = Callable[[str], None]


class StudyError(ExpectedError):
    """What stands in the way of a study."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell that is not done, and why."""

    cell: Cell
    reason: str


@dataclass(frozen=True, slots=True)
class _Running:
    cell: Cell
    process: Child
    since: float
    said_before: int  # bytes of its log, of tries before this one


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have a study's folder for this process alone.

    Raises:
        StudyError: it holds something else.
        BuildError: it is no folder, or another process has it.
    """
    with folders.alone(folder, "a study", "worked at"):
        there = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
        if there and CELLS not in there:
            raise StudyError(f"{folder} holds something else ({min(there)}); choose another --out")
        (folder / CELLS).mkdir(exist_ok=True)
        yield


def run_plan(plan: Plan, tell: Tell) -> list[Failure]:
    """Do what is not done of a plan; what failed, each told when it did.

    Raises:
        Stopped: Ctrl-C or SIGTERM came; the same command goes on.
    """
    study = plan.study
    missing = [one.cell for one in plan.planned if one.state is not State.DONE]
    if done := len(plan.planned) - len(missing):
        tell(f"{done:,} of {number_of(len(plan.planned), 'experiment')}: done before")
    for cell in missing:
        write_whole(study.file(cell), to_toml(cell.table).encode())
    failures = list(_build(study, missing, plan.jobs, tell))
    hopeless = {one.cell.name for one in failures}
    able = [cell for cell in missing if cell.name not in hopeless]
    return failures + _run(study, able, plan.jobs, tell)


def _build(study: Study, cells: Sequence[Cell], jobs: int, tell: Tell) -> Iterator[Failure]:
    """Build the datasets that cells need, once for all of them; the cells of one that cannot be built fail."""
    for family, seed in data_of(cells):
        plans, folder = study.plans(family, seed), study.data(family, seed)
        tell(f"data: {sum(plan.rows for plan in plans):,} rows of {family} in {folder}")
        try:
            with WorkProgress(family) as progress:
                build(plans, folder, make_engine("local", jobs), progress, registry.tasks)
        except Stopped:
            raise
        except ExpectedError as problem:
            tell(f"{folder}: {problem}")
            for cell in cells:
                if (cell.family, cell.seed) == (family, seed):
                    yield Failure(cell, str(problem))


def _run(study: Study, cells: Sequence[Cell], jobs: int, tell: Tell) -> list[Failure]:
    waiting, running, failures = deque(cells), list[_Running](), list[Failure]()
    with WorkProgress(study.config.name, "experiments") as progress:
        progress.start(len(cells), 0)
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(study, waiting.popleft()))
                time.sleep(SECONDS_BETWEEN)
                for one in [one for one in running if one.process.poll() is not None]:
                    running.remove(one)
                    progress.advance(1)
                    if failure := _ended(study, one, tell):
                        failures.append(failure)
        finally:  # of a study that is stopped
            for one in running:
                one.process.terminate()
            for one in running:
                end(one.process)
    return failures


def _start(study: Study, cell: Cell) -> _Running:
    log = study.log(cell)
    log.parent.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "reasonrft.study.cell",
        str(study.file(cell)),
        str(study.run(cell)),
    ]
    with log.open("ab") as output:
        said_before = output.tell()
        process = begin(command, {**os.environ, **ONE_THREAD}, output)
    return _Running(cell, process, time.monotonic(), said_before)


def _ended(study: Study, one: _Running, tell: Tell) -> Failure | None:
    """Tell how a cell's process ended."""
    took = duration(time.monotonic() - one.since)
    if one.process.returncode == 0:
        if not study.config.keep_checkpoints:
            _remove_checkpoints(study.experiment(one.cell))
        tell(f"{one.cell.name}: done in {took}")
        return None
    code = one.process.returncode
    reason = (
        f"killed by {signal.Signals(-code).name}"
        if code < 0
        else _last_words(study.log(one.cell).read_bytes()[one.said_before :]) or f"exit code {code}"
    )
    tell(
        f"{one.cell.name}: failed after {took}: {reason} (all it said is in {study.log(one.cell)})"
    )
    return Failure(one.cell, reason)


def _remove_checkpoints(experiment: Experiment) -> None:
    """Remove from where stages would have gone on: each is done, and has the model that it came to."""
    for stage in experiment.config.stages:
        rmtree(experiment.stage(stage) / CHECKPOINTS, ignore_errors=True)  # it may have none


def _last_words(said: bytes) -> str:
    """The last thing that a cell said, and before it the trouble of a part of it that did not end."""
    text = said[-END_OF_A_LOG:].decode(errors="replace")
    lines = [line.strip().removeprefix("rrft: ") for line in text.splitlines() if line.strip()]
    count = 2 if lines and DID_NOT_END in lines[-1] else 1
    return "; ".join(lines[-count:])
