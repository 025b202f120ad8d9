"""thoughts: does a model see rightly, and does it conclude rightly from what it saw?

`python -m benchmarks.thoughts RUN…` compares the thoughts of experiments, such as the seeds of a study's recipe, with those that prove the
gold answers. A model has seen all where its thought has every fact of that one, each as often: in counting the things with their
four attributes, in geometry the numbers, in transformation the changes. The data must lie where they were.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.quickstart import percent
from builders.parts import choose_parts, rows
from evaluators.statistics import mean_interval
from reasonrft.experiment import read_experiment
from reasonrft.report.figures import is_correct
from reasonrft.run import read_run

FACT: Final = {
    "counting": re.compile(r"(?:small|large) [a-z]+ (?:rubber|metal) [a-z]+"),
    "geometry": re.compile(r"\d+"),
    "transformation": re.compile(r"change_[a-z]+\([^)]*\)"),
}
ENDS: Final = re.compile("</think>|<answer>")  # of a thought


@dataclass(frozen=True, slots=True)
class Compared:
    """An answer beside the thought that proves the gold one."""

    part: tuple[str, str]  # family, split
    picture: tuple[int, str]
    seen: float  # the share of the gold thought's facts that it has
    correct: float


def compared(folder: Path, seed: int) -> Iterator[Compared]:
    """The answers after training."""
    state, records = read_run(read_experiment(folder).evaluation)
    facts: dict[str, Counter[str]] = {}
    for one in state.data:
        for part in choose_parts([Path(one.folder)], (one.family,), (one.split,)):
            told = rows(part, ("id", "thought"))
            facts |= {row["id"]: facts_of(one.family, row["thought"]) for row in told}
    for record in records:
        wanted = facts[record.id]
        found = facts_of(record.family, ENDS.split(record.output or "")[0])
        seen = (wanted & found).total() / wanted.total() if wanted else 1.0
        correct = is_correct(record, record.judged) if record.judged else 0.0
        yield Compared((record.family, record.split), (seed, record.pictures), seen, correct)


def facts_of(family: str, thought: str) -> Counter[str]:
    """What a thought says that it sees."""
    return Counter(FACT[family].findall(thought))


def lines(answers: Sequence[Compared]) -> Iterator[str]:
    """The table, in Markdown."""
    yield "Percent with 95 % intervals.\n"
    yield "| family | split | n | facts seen | all of them | right | right, all seen | right, not all |"
    yield f"|{'---|' * 8}"
    by_part = defaultdict(list)
    for one in answers:
        by_part[one.part].append(one)
    for part, some in by_part.items():
        whole = [one for one in some if one.seen == 1]
        rest = [one for one in some if one.seen < 1]
        shown = [
            share([one.seen for one in some], some),
            share([float(one.seen == 1) for one in some], some),
            *(share([one.correct for one in these], these) for these in (some, whole, rest)),
        ]
        yield f"| {' | '.join(part)} | {len(some):,} | {' | '.join(shown)} |"


def share(values: Sequence[float], answers: Sequence[Compared]) -> str:
    """Their mean; questions of one picture are one cluster."""
    if not values:
        return "–"
    return (
        f"{percent(mean_interval(values, [one.picture for one in answers]))}, n = {len(values):,}"
    )


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    runs = parser.parse_args().runs
    answers = [one for seed, folder in enumerate(runs) for one in compared(folder, seed)]
    for line in lines(answers):
        print(line)


if __name__ == "__main__":
    main()
