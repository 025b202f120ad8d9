"""evaluate: what does the pipeline cost beside the engine: reading, prompting, grading, writing, reporting?

`python -m benchmarks.evaluate` measures the reference backends, which cost nothing themselves: items a
second and CPU seconds an item, and where they go. With `--model DIR --backend vllm` (or hf) it measures
the same questions through the engine, and says which part of the wall time was spent outside it.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from builders.progress import WorkProgress
from reasonrft.backend import Ask, Backend, Options, Outcome, Sampling
from reasonrft.evaluate import Manner, evaluate
from reasonrft.evaluation import read_options
from reasonrft.models import open_backend
from reasonrft.questions import Source, choose_sources
from reasonrft.report.write import write_report

REFERENCES: Final = ("oracle", "prior", "random", "mute")


class Timed:
    """A backend, and the seconds that it worked itself: all but what happens between its answers."""

    def __init__(self, backend: Backend) -> None:
        """Time this one."""
        self._backend = backend
        self.inside = 0.0
        self.identity, self.circumstances = backend.identity, backend.circumstances
        self.close = backend.close

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """As the backend does; the time in which it waits for asks is not its own."""
        answers = self._backend.answer(self._handed_over(asks), sampling)
        while True:
            start = time.perf_counter()
            try:
                one = next(answers)
            except StopIteration:
                return
            finally:
                self.inside += time.perf_counter() - start
            yield one

    def _handed_over(self, asks: Iterator[Ask]) -> Iterator[Ask]:
        while True:
            start = time.perf_counter()
            ask = next(asks, None)
            self.inside -= time.perf_counter() - start
            if ask is None:
                return
            yield ask


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--questions", type=int, default=1000)
    arguments.add_argument("--model")
    arguments.add_argument("--backend", default="vllm")
    arguments.add_argument("--max-tokens", type=int, default=128)
    arguments.add_argument("--engine-arg", action="append", default=[])
    wanted = arguments.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        _build(data, wanted.questions)
        sources = choose_sources([data], None, ["test"], None)
        console.print(references(sources, Path(folder)))
        if wanted.model:
            options = read_options(price=None, parallel=(1, 1), engine_args=wanted.engine_arg)
            manner = Manner(Sampling(max_tokens=wanted.max_tokens))
            console.print(engine(wanted, options, sources, manner, Path(folder)))


def _build(folder: Path, questions: int) -> None:
    """In a process of its own: vLLM's build for the CPU does not start where numba is loaded."""
    command = ["build-data", "--family", "counting", "--split", "test", "--seed", "2026"]
    command += ["--size", f"test={questions}", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "cli", *command], check=True, stdout=subprocess.DEVNULL)


def references(sources: list[Source], folder: Path) -> Table:
    """Items a second of the backends that cost nothing."""
    table = _table("the pipeline alone, 320×240 pictures", "items/s", "CPU-ms an item", "report, s")
    for name in REFERENCES:
        backend = open_backend(name, name, Options())
        wall, cpu = time.perf_counter(), time.process_time()
        with WorkProgress(name) as progress:
            done = evaluate(folder / name, backend, sources, Manner(), progress)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        start = time.perf_counter()
        write_report(folder / name)
        reported = time.perf_counter() - start
        number = done.answered
        table.add_row(
            name,
            f"{number:,}",
            f"{number / wall:,.0f}",
            f"{1000 * cpu / number:.2f}",
            f"{reported:.2f}",
        )
    return table


def engine(
    wanted: Any, options: Options, sources: list[Source], manner: Manner, folder: Path
) -> Table:
    """How much of the wall time of a model's evaluation is not the engine's."""
    columns = ("wall, s", "engine, s", "pipeline", "items/s")
    table = _table(f"{wanted.backend}, at most {wanted.max_tokens} tokens", *columns)
    timed = Timed(open_backend(wanted.backend, wanted.model, options))
    with WorkProgress(wanted.backend) as progress:
        done = evaluate(folder / "engine", timed, sources, manner, progress)
    timed.close()
    outside = done.seconds - timed.inside
    table.add_row(
        Path(wanted.model).name,
        f"{done.answered:,}",
        f"{done.seconds:.1f}",
        f"{timed.inside:.1f}",
        f"{outside / timed.inside:.1%} of the engine's time",
        f"{done.answered / done.seconds:.1f}",
    )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    table.add_column("backend")
    for name in ("answers", *columns):
        table.add_column(name, justify="right")
    return table


if __name__ == "__main__":
    main()
