"""grading: how fast and how right our graders are beside Math-Verify, on the same rows in one run.

Run with `make benchmark`. Times are CPU time of one process. A gold is read once, as a trainer or an
evaluator holds it; each response is new to the caches of both graders, which are emptied before every
verdict, and timed five times, the best counting. The rows of `usual mix` are what a trained model writes.
The last column counts the rows on which we take over twice as long, and in brackets those among them
in which Math-Verify reads anything at all: it is quick where it finds nothing to read.
"""

import argparse
import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from math_verify import parse, verify
from rich.console import Console
from rich.table import Table
from sympy.core.cache import clear_cache

from evaluators import AnyAnswer, Reading, Status, answer_from_json, grade, latex, layout
from evaluators.exact import exact
from evaluators.scalar import has_value, real_value, same_scalar

GOLDEN: Final = Path(__file__).parent.parent / "tests" / "golden"
MIX: Final = 600
REPEATS: Final = 5
NOISE: Final = 20e-6  # seconds: a difference below this says nothing


@dataclass(frozen=True, slots=True)
class Row:
    """A response to grade, and whether it is right."""

    gold: AnyAnswer
    response: str
    reading: Reading
    is_right: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What a grader made of rows."""

    seconds: list[float]  # of each row
    agreed: list[bool]  # with the label
    passed_wrongly: int


def main() -> None:
    """Print one table."""
    argparse.ArgumentParser(description=__doc__).parse_args()  # for --help
    logging.disable(logging.CRITICAL)  # Math-Verify reports every text that it cannot read
    table = Table(title="grading, CPU time of one core")
    for column in ("rows", "n", "grader", "verdicts/s", "p50 ms", "p99 ms", "max ms", "accuracy", "false positives", "slower by 2× (read)"):  # fmt: skip
        table.add_column(column, justify="left" if column in ("rows", "grader") else "right")
    for name, rows in [("usual mix", list(usual_mix())), *golden_tables()]:
        ours, theirs = measure(rows, our_verdict), measure(rows, their_verdict)
        slower = [
            row
            for row, a, b in zip(rows, ours.seconds, theirs.seconds, strict=True)
            if a > 2 * b + NOISE
        ]
        read = sum(bool(parse(row.response)) for row in slower)
        table.add_row(name, str(len(rows)), "rrft", *figures(ours), f"{len(slower)} ({read})")
        table.add_row("", "", "Math-Verify", *figures(theirs), "")
    Console(width=140).print(table)


def figures(measured: Measured) -> list[str]:
    """The columns of one grader."""
    seconds = sorted(measured.seconds)
    p99 = seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))]
    return [
        f"{len(seconds) / sum(seconds):,.0f}",
        f"{1000 * statistics.median(seconds):.3f}",
        f"{1000 * p99:.2f}",
        f"{1000 * seconds[-1]:.2f}",
        f"{statistics.mean(measured.agreed):.1%}",
        str(measured.passed_wrongly),
    ]


def measure(rows: Sequence[Row], verdict: Callable[[Row], Callable[[], bool]]) -> Measured:
    """Every row graded and timed on its own."""
    seconds, agreed, passed_wrongly = [], [], 0
    for row in rows:
        judge = verdict(row)
        is_right = judge()
        seconds.append(min(time_of(judge) for _ in range(REPEATS)))
        agreed.append(is_right is row.is_right)
        passed_wrongly += is_right and not row.is_right
    return Measured(seconds, agreed, passed_wrongly)


def time_of(judge: Callable[[], bool]) -> float:
    """The CPU seconds of one verdict with empty caches."""
    for cached in (latex.read_short, latex.read_long, exact, real_value, has_value, same_scalar):
        cached.cache_clear()
    clear_cache()
    start = time.process_time()
    judge()
    return time.process_time() - start


def our_verdict(row: Row) -> Callable[[], bool]:
    """Our grader on a row."""
    return lambda: grade(row.response, row.gold, row.reading).status is Status.CORRECT


def their_verdict(row: Row) -> Callable[[], bool]:
    """Math-Verify on a row, as its README uses it: the gold as LaTeX, read beforehand too."""
    text = row.gold.text()
    gold = parse(f"${text}$") or parse(text)

    def judge() -> bool:
        return bool(verify(gold, parse(row.response)))

    return judge


def golden_tables() -> Iterator[tuple[str, list[Row]]]:
    """The golden tables of the tests, without programs, which Math-Verify does not know."""
    for path in sorted(GOLDEN.glob("*.jsonl")):
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        yield path.stem, [golden_row(case) for case in cases if case["kind"] != "program"]


def golden_row(case: dict[str, Any]) -> Row:
    """A row of a golden table."""
    right = case["expect"] == "correct"
    return Row(answer_from_json(case), case["prediction"], Reading(case["reading"]), right)


def usual_mix() -> Iterator[Row]:
    """Counts, decimals, fractions, radicals, multiples of pi, angles and choices, two thirds right."""
    stream = Random(20250326)
    thought = "There are several objects. " * 20
    for _ in range(MIX):
        kind, gold, right, wrong = stream.choice(_KINDS)(stream)
        fields = {"kind": kind, "gold": gold, "options": _OPTIONS if kind == "choice" else None}
        is_right = stream.random() < 2 / 3
        response = layout(thought, right if is_right else wrong)
        yield Row(answer_from_json(fields), response, Reading.STRICT, is_right)


_OPTIONS: Final = ["30°", "60°", "5√3", "120°"]
Drawn = tuple[str, str, str, str]  # kind, gold, a right answer, a wrong one


def _count(stream: Random) -> Drawn:
    n = stream.randint(0, 16)
    return "integer", str(n), stream.choice([f"{n}", f"{n}.0", f"${n}$", f"{n} cubes"]), str(n + 1)


def _decimal(stream: Random) -> Drawn:
    n = stream.randint(10, 999)
    return "number", f"{n / 10}", f"{n / 10} cm", f"{(n + 1) / 10} cm"


def _fraction(stream: Random) -> Drawn:
    top, bottom = stream.randint(1, 20), stream.randint(2, 20)
    return (
        "number",
        f"{top}/{bottom}",
        f"\\frac{{{top}}}{{{bottom}}}",
        f"\\frac{{{top}}}{{{bottom + 1}}}",
    )


def _radical(stream: Random) -> Drawn:
    a, b = stream.randint(2, 20), stream.choice([2, 3, 5, 6, 7])
    return "number", f"{a}\\sqrt{{{b}}}", f"$\\sqrt{{{a * a * b}}}$", f"${a}\\sqrt{{{b + 1}}}$"


def _circle(stream: Random) -> Drawn:
    n = stream.randint(2, 50)
    return "number", f"{n}\\pi", f"{n}π cm²", f"{n + 1}π cm²"


def _angle(stream: Random) -> Drawn:
    n = stream.randint(10, 170)
    return "number", f"{n}", f"∠ABC = {n}°", f"{180 - n + (n == 90)}°"


def _choice(stream: Random) -> Drawn:
    return (
        "choice",
        "B",
        stream.choice(["B", "(B)", "B. 60°", "60°"]),
        stream.choice(["A", "C. 5√3"]),
    )


_KINDS: Final = (_count, _decimal, _fraction, _radical, _circle, _angle, _choice)


if __name__ == "__main__":
    main()
