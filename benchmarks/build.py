"""build: how fast samples are drawn, by task and size; what a second worker adds; peak memory.

Run with `python -m benchmarks.build`; `--memory 10000` draws so many samples in one process and reports
how its memory grows. Times are CPU seconds of one process, everything in: scene search, picture, PNG,
grading of the gold.
"""

import argparse
import resource
import time
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from builders.registry import tasks
from builders.task import Canvas, Task, draw_sample

SIZES: Final = (Canvas(112, 112), Canvas(320, 240), Canvas(480, 320))
SPLITS: Final = ("train", "ood-crowd", "ood-vehicles", "ood-vehicles-math")
SEED: Final = 2026


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--samples", type=int, default=40, help="of each row")
    arguments.add_argument("--memory", type=int, default=0, help="samples for the memory test")
    wanted = arguments.parse_args()
    console = Console(width=120)
    console.print(speeds(wanted.samples))
    if wanted.memory:
        console.print(memory(wanted.memory))


def speeds(samples: int) -> Table:
    """Return CPU seconds a sample by task, split and size."""
    table = Table(title=f"one core, {samples} samples a row")
    table.add_column("task")
    table.add_column("split")
    for canvas in SIZES:
        table.add_column(f"{canvas.width}×{canvas.height}: CPU-s", justify="right")
        table.add_column("a second", justify="right")
    for task in tasks().values():
        for split in (name for name in SPLITS if name in task.splits):
            cells = []
            for canvas in SIZES:
                seconds = _seconds(task, split, canvas, samples)
                cells += [f"{seconds:.3f}", f"{1 / seconds:.1f}"]
            table.add_row(task.name, split, *cells)
    return table


def _seconds(task: Task[Any], split: str, canvas: Canvas, samples: int) -> float:
    draw_sample(task, split, SEED, 0, canvas)  # compiles, makes the meshes
    start = time.process_time()
    for index in range(1, samples + 1):
        draw_sample(task, split, SEED, index, canvas)
    return (time.process_time() - start) / samples


def memory(samples: int) -> Table:
    """Return this process's largest memory after a tenth of the samples, and after all."""
    task, canvas = tasks()["count"], Canvas(112, 112)
    table = Table(title="peak memory of one process")
    table.add_column("samples", justify="right")
    table.add_column("MB", justify="right")
    done = 0
    for stop in (samples // 10, samples):
        for index in range(done, stop):
            draw_sample(task, "train", SEED, index, canvas)
        done = stop
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        table.add_row(str(stop), f"{peak:.0f}")
    return table


if __name__ == "__main__":
    main()
