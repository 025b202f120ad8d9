"""build: how fast samples are drawn, by task, split and size; what a second worker adds; peak memory; Blender.

Run with `python -m benchmarks.build`. `--memory 10000` builds so many rows in one process and reports how its
memory grows, and nothing else; `--blender PYTHON` draws a picture in Blender too. Speeds are CPU seconds of one
process, everything in: scene search, picture, PNG, grading of the gold.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.against_blender import HOW, against_blender
from builders.dataset import build
from builders.engine import Engine, InProcess, LocalProcesses, usable_cpus
from builders.plan import Request, make_plans
from builders.registry import tasks
from builders.task import Canvas, Task, draw_sample

SIZES: Final = (Canvas(112, 112), Canvas(320, 240), Canvas(480, 320))
SEED: Final = 2026
ROUNDS: Final = 3  # of builds by one and by two workers
IDLE: Final = 0.3  # load average of a machine that does nothing else
MARKS: Final = (0.05, 0.2, 0.4, 0.6, 0.8, 1.0)  # of the rows, when memory is read
# Size of the pictures of the memory test: what could leak is the same, and it is done in minutes.
SMALL: Final = "32x32"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20, help="of each row of speeds")
    parser.add_argument("--rows", type=int, default=600, help="of a build by one or two workers")
    parser.add_argument("--memory", type=int, metavar="ROWS", help="measure memory only")
    parser.add_argument("--blender", type=Path, metavar="PYTHON", help="one that has bpy")
    parser.add_argument("--blender-samples", type=int, default=512, help="a pixel; CLEVR: 512")
    parser.add_argument("--blender-picture", type=Path, help="save ours and Blender's side by side")
    wanted = parser.parse_args()
    console, load = Console(width=120), os.getloadavg()[0]
    build_rows(1, SMALL, LocalProcesses(1))  # compiles, in a process of its own
    if wanted.memory:
        console.print(memory(wanted.memory))
        return
    console.print(speeds(wanted.samples))
    console.print(workers(wanted.rows))
    if load > IDLE:
        console.print(
            f"The load average was {load:.1f} before: others were at work, wall times say little."
        )
    if wanted.blender:
        console.print(
            against_blender(wanted.blender, wanted.blender_samples, SEED, wanted.blender_picture)
        )
    else:
        console.print(HOW)


def speeds(samples: int) -> Table:
    """Return the samples a second by task, split and size."""
    table = Table(title=f"one core, {samples} samples each")
    table.add_column("task")
    table.add_column("split")
    for canvas in SIZES:
        table.add_column(f"{canvas.width}×{canvas.height}: CPU-s", justify="right")
        table.add_column("a second", justify="right")
    for task in tasks().values():
        for split in _different_splits(task):
            cells = []
            for canvas in SIZES:
                seconds = _seconds(task, split, canvas, samples)
                cells += [f"{seconds:.3f}", f"{1 / seconds:.1f}"]
            table.add_row(task.name, split, *cells)
    return table


def _different_splits(task: Task[Any]) -> list[str]:
    """The splits less those that draw what an earlier one draws, such as val and test."""
    params = [split.params for split in task.splits.values()]
    return [name for i, name in enumerate(task.splits) if params[i] not in params[:i]]


def _seconds(task: Task[Any], split: str, canvas: Canvas, samples: int) -> float:
    draw_sample(task, split, SEED, 0, canvas)  # reads the kernels, makes the meshes
    start = time.process_time()
    for index in range(1, samples + 1):
        draw_sample(task, split, SEED, index, canvas)
    return (time.process_time() - start) / samples


class Watch:
    """The progress of a build: notes the times of its first and last row, and memory at some rows."""

    def __init__(self) -> None:
        """Wait for the build."""
        self.rows = 0
        self.first = self.last = 0.0
        self.peaks: dict[int, float] = {}  # MB by rows
        self._marks: set[int] = set()

    def start(self, total: int, kept: int) -> None:
        """Choose the rows at which memory is read."""
        del kept
        self._marks = {round(total * mark) for mark in MARKS}

    def advance(self, rows: int) -> None:
        """Note what there is to note at this row."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.rows += rows
        if self.rows in self._marks:
            self.peaks[self.rows] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build_rows(rows: int, size: str, engine: Engine) -> Watch:
    """Build so many rows of counting/train in a folder that goes away."""
    request = Request("counting", ("train",), sizes=(f"train={rows}",), seed=SEED, image_size=size)
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        build(make_plans(request, tasks()), Path(folder), engine, watch)
    return watch


@dataclass(frozen=True, slots=True)
class Run:
    """What one build took, in seconds."""

    wall: float
    start_up: float  # until the first row: processes, imports, kernels read
    steady: float  # from the first to the last row
    cpu: float  # of all processes


def workers(rows: int) -> Table:
    """Return what builds by one and by two workers take, each figure the least of some builds, and ratios.

    One worker is this process, which is warm; two are processes of their own, start-up included.
    """
    _timed(max(1, rows // 10), InProcess())  # warm
    engines = (InProcess(), LocalProcesses(2))
    rounds = [[_timed(rows, engine) for engine in engines] for _ in range(ROUNDS)]
    one, two = (_least(runs) for runs in zip(*rounds, strict=True))
    table = Table(title=f"a build of {rows} rows, best of {ROUNDS}, {usable_cpus()} processors")
    table.add_column("workers")
    for column in ("wall s", "s to the first row", "s from then on", "CPU-s"):
        table.add_column(column, justify="right")
    for name, run in (("1", one), ("2", two)):
        figures = (run.wall, run.start_up, run.steady, run.cpu)
        table.add_row(name, *(f"{seconds:.2f}" for seconds in figures))
    ratios = (one.wall / two.wall, one.steady / two.steady, one.cpu / two.cpu)
    whole, steady, cpu = (f"{ratio:.2f}" for ratio in ratios)
    table.add_row("1 / 2", whole, "", steady, cpu)
    return table


def _least(runs: Sequence[Run]) -> Run:
    figures = ([run.wall, run.start_up, run.steady, run.cpu] for run in runs)
    return Run(*map(min, zip(*figures, strict=True)))


def _timed(rows: int, engine: Engine) -> Run:
    start, cpu = time.monotonic(), _cpu_seconds()
    watch = build_rows(rows, "320x240", engine)
    wall = time.monotonic() - start
    return Run(wall, watch.first - start, watch.last - watch.first, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """Of this process and of all that it has started and that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def memory(rows: int) -> Table:
    """Return this process's largest memory as a build goes on."""
    table = Table(title=f"peak memory of one process, pictures of {SMALL}", min_width=50)
    table.add_column("rows", justify="right")
    table.add_column("MB", justify="right")
    for row, peak in build_rows(rows, SMALL, InProcess()).peaks.items():
        table.add_row(f"{row:,}", f"{peak:.0f}")
    return table


if __name__ == "__main__":
    main()
