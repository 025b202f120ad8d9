"""scale: what a million rows cost, and what many nodes make of it: measured here, then computed.

Run with `python -m benchmarks.scale`; `--address HOST:PORT` measures a Ray cluster that is there. Measured are
the CPU seconds and the bytes of a row, what an engine adds to a task, how long it takes to start, and
what one process does for each shard when all are finished. From these alone follow the hours on more
nodes: nothing here has run on any. Where a node's processors share their caches or a hyper-thread is
counted as one, a row takes longer than it does here alone.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from builders.card import make_card
from builders.engine import Engine, LocalProcesses, RayCluster, Tell
from builders.manifest import as_text, merge, split_entry
from builders.plan import MOST_ROWS_OF_A_SHARD, Request, SplitPlan, make_plans
from builders.registry import tasks
from builders.shard import Shard, make_shard, read_record

MILLION: Final = 1_000_000
NODES: Final = (1, 8, 64)
SEED: Final = 2026
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Cost:
    """What rows of a family cost."""

    family: str
    rows: int  # that were measured
    cpu: float  # seconds a row, all in: search, picture, PNG, proof, Parquet
    bytes: float  # a row
    finish: float  # seconds a shard, of the one process that writes page and manifest
    record: float  # bytes a whole shard's record, which that process holds


@dataclass(frozen=True, slots=True)
class Overhead:
    """What an engine adds."""

    name: str
    start: float  # seconds until the first result of work that is none
    task: float  # seconds that it takes for each task more, one after the other


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=48, help="of each family that are measured")
    parser.add_argument("--tasks", type=int, default=200, help="of no work, for an engine's share")
    parser.add_argument("--cores", type=int, default=16, help="of a node")
    parser.add_argument("--address", help="of a Ray cluster; by default one of this machine")
    wanted = parser.parse_args()
    console = Console(width=120)
    families = sorted({task.family for task in tasks().values()})
    costs = [measure(family, wanted.rows) for family in families]
    console.print(cost_table(costs))
    engines: list[tuple[str, Engine]] = [
        ("2 local processes", LocalProcesses(2)),
        ("Ray", RayCluster(wanted.address)),
    ]
    overheads = [overhead(name, engine, wanted.tasks) for name, engine in engines]
    console.print(overhead_table(overheads))
    console.print(plan_table(costs, overheads[-1], wanted.cores))


def measure(family: str, rows: int) -> Cost:
    """Make one shard of so many rows of training, and finish a split of a million rows on paper."""
    request = Request(family, ("train",), sizes=(f"train={rows}",), seed=SEED)
    (plan,) = make_plans(request, tasks())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm = make_plans(Request(family, ("train",), sizes=("train=4",), seed=SEED), tasks())
        make_shard(Shard(warm[0], 0), _hear, folder=folder, load=tasks)  # reads the kernels
        start, size = time.process_time(), 0
        for number in range(plan.shards):
            shard = Shard(plan, number)
            make_shard(shard, _hear, folder=folder, load=tasks)
            size += (folder / shard.data).stat().st_size
        seconds = time.process_time() - start
        record = folder / Shard(plan, 0).record
        finish = _finish(family, record)
        held = record.stat().st_size / _rows(plan, record) * MOST_ROWS_OF_A_SHARD
    return Cost(family, rows, seconds / rows, size / rows, finish, held)


def _hear(rows: int) -> None:
    """Nobody is told of the progress."""


def _finish(family: str, record: Path) -> float:
    """Seconds a shard to read the record, count, and write page and manifest of a million rows."""
    request = Request(family, ("train",), sizes=(f"train={MILLION}",), seed=SEED)
    (plan,) = make_plans(request, tasks())
    start = time.process_time()
    stored = [read_record(record) for _ in range(plan.shards)]
    whole = [one for one in stored if one]
    manifest = merge(None, plan, {"train": split_entry(plan, whole, tasks())})
    make_card(manifest, tasks())
    as_text(manifest)
    # The record that stands for all is shorter than a usual one; reading goes with the length.
    longer = MOST_ROWS_OF_A_SHARD / (_rows(plan, record))
    return (time.process_time() - start) / plan.shards * max(1.0, longer)


def _rows(plan: SplitPlan, record: Path) -> int:
    stored = read_record(record)
    assert stored, f"{plan.family}: the shard just made has no record"
    return stored.record.rows


def nothing(job: int, tell: Tell) -> int:
    """Work that is none."""
    tell(1)
    return job


def overhead(name: str, engine: Engine, jobs: int) -> Overhead:
    """What an engine takes for so many tasks that do nothing."""
    start = time.monotonic()
    results = engine.run(nothing, range(jobs), _hear)
    next(results)
    first = time.monotonic()
    for _ in results:
        pass
    last = time.monotonic()
    return Overhead(name, first - start, (last - first) / (jobs - 1))


def cost_table(costs: Sequence[Cost]) -> Table:
    """Return what a row of each family costs, and a million of them."""
    table = Table(title=f"training rows of 320 × 240; a shard has {MOST_ROWS_OF_A_SHARD}")
    table.add_column("family")
    for column in (
        *("measured", "CPU-s a row", "KB a row", "CPU-h a million", "GB", "shards"),
        *("ms a shard at the end", "KB of record a shard"),
    ):
        table.add_column(column, justify="right")
    for cost in costs:
        hours, size = cost.cpu * MILLION / HOUR, cost.bytes * MILLION / 1e9
        figures = f"{cost.rows}", f"{cost.cpu:.3f}", f"{cost.bytes / 1e3:.1f}", f"{hours:.1f}"
        end = f"{cost.finish * 1e3:.2f}", f"{cost.record / 1e3:.0f}"
        table.add_row(cost.family, *figures, f"{size:.1f}", f"{_shards():,}", *end)
    return table


def overhead_table(overheads: Sequence[Overhead]) -> Table:
    """Return what engines add."""
    table = Table(title="engines, with tasks of no work")
    table.add_column("engine")
    for column in ("s to the first result", "ms a task more"):
        table.add_column(column, justify="right")
    for one in overheads:
        table.add_row(one.name, f"{one.start:.1f}", f"{one.task * 1e3:.1f}")
    return table


def _shards() -> int:
    return math.ceil(MILLION / MOST_ROWS_OF_A_SHARD)


def hours(cost: Cost, engine: Overhead, workers: int) -> float:
    """How long a million rows take: rounds of shards, or the giving out of tasks if that is slower."""
    rounds = math.ceil(_shards() / workers)
    drawing = rounds * cost.cpu * MOST_ROWS_OF_A_SHARD
    return (engine.start + max(drawing, _shards() * engine.task) + _shards() * cost.finish) / HOUR


def plan_table(costs: Sequence[Cost], engine: Overhead, cores: int) -> Table:
    """Return hours and speed-up on more nodes, and what all of them write a second."""
    table = Table(title=f"a million rows on nodes of {cores} processors, computed")
    table.add_column("family")
    table.add_column("nodes", justify="right")
    for column in ("hours", "speed-up", "of the serial part, s", "MB/s written"):
        table.add_column(column, justify="right")
    for cost in costs:
        alone = hours(cost, engine, NODES[0] * cores)
        for nodes in NODES:
            took = hours(cost, engine, nodes * cores)
            serial = engine.start + _shards() * cost.finish
            written = cost.bytes * MILLION / 1e6 / (took * HOUR)
            figures = f"{took:.2f}", f"{alone / took:.1f}", f"{serial:.0f}", f"{written:.1f}"
            table.add_row(cost.family, str(nodes), *figures)
    return table


if __name__ == "__main__":
    main()
