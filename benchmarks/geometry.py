"""geometry: are all answers proved, how deep are problems, which theorems are used, what does a text give away?

`python -m benchmarks.geometry --rows 5000 --workers 2` counts every split, `... test ood-depth` these. Each
has so many problems of all tasks in turn, searched, worded, proved and drawn as a build does it. What is
counted is kept in a folder, block by block: one that was stopped goes on from there. Pictures are timed
apart, at the sizes that models see; and every theorem is given a wrong factor, which must be noticed.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.geometry_counts import (
    KINDS,
    SEED,
    Counts,
    Kept,
    code_now,
    counted,
    having,
    repeated,
    shared,
)
from builders.scenes.figures.catalogue import BASES, construct
from builders.scenes.figures.looks import Hand
from builders.scenes.figures.picture import paint
from builders.task import Canvas, rng_for, turn_for
from builders.tasks.geometry._drawing import Found, find
from builders.tasks.geometry._rule import Sight
from builders.tasks.geometry._theorems import FAMILIES, THEOREMS

SIZES: Final = (112, 224, 336, 512)
# By whose hand a split's pictures are.
HANDS: Final[Mapping[str, tuple[Hand, ...]]] = {
    "test": ("plain", "other"), "ood-depth": ("plain",), "ood-textbook": ("textbook",),
}  # fmt: skip
OFTENEST: Final = 12  # constructions of repeated problems that are named
WRONG: Final = 1e-3  # by which a theorem with a wrong factor is off at least, as a share


def by_split(found: Mapping[str, Counts]) -> Table:
    """Return the figures of each split."""
    table = Table(title="all answers proved by measurement, or the count would have stopped")
    for column in (
        *("split", "proved", "depths", "from text alone", "answer stated"),
        *("same problem", "same drawing", "like one of train"),
        *("best constants", "letters A–D", "needs held-out theorems", "CPU-ms each"),
    ):
        table.add_column(column)
    for split, one in found.items():
        best = sum(max(answers.values()) for answers in one.by_kind().values())
        letters = one.letters()
        table.add_row(
            split,
            f"{one.rows:,}",
            " ".join(f"{depth}:{one.depths[depth]}" for depth in sorted(one.depths)),
            f"{one.from_text / one.rows:.2%}",
            f"{one.stated / one.rows:.2%}",
            _with_share(repeated(one.problems), one),
            _with_share(repeated(one.drawings), one),
            _of_train(split, found),
            f"{best / one.rows:.1%}",
            "/".join(str(letters[letter]) for letter in "ABCD"),
            f"{one.held_out / one.rows:.1%}",
            f"{1000 * one.seconds / one.rows:.0f}",
        )
    return table


def _of_train(split: str, found: Mapping[str, Counts]) -> str:
    """How many problems of a split are like one of train, where both are counted."""
    train, one = found.get("train"), found[split]
    if train is None or split == "train":
        return ""
    return _with_share(shared(one.problems, train.problems), one)


def _with_share(number: int, of: Counts) -> str:
    return f"{number} ({number / of.rows:.2%})"


def by_kind(found: Mapping[str, Counts]) -> Table:
    """Return what the best constant answer to each kind reaches in each split."""
    return _best(
        "best constant answer by kind", {split: one.by_kind() for split, one in found.items()}
    )


def by_rank(found: Mapping[str, Counts]) -> Table:
    """Return what is reached by always choosing the smallest option, or the second, …: the best of these."""
    return _best(
        "best guess by the size of the options",
        {split: one.ranks_by_kind() for split, one in found.items()},
    )


def by_guess(found: Mapping[str, Counts]) -> Table:
    """Return how often the option that most others may be mistakes of is right; a quarter by chance."""
    return _shares(
        "guesses by what options are to each other",
        {split: one.guessed_by_kind() for split, one in found.items()},
        lambda guesses: guesses[str(True)],
    )


def by_guess_from_givens(found: Mapping[str, Counts]) -> Table:
    """Return how often the option that shares the largest divisor with a given is right; a quarter by chance."""
    return _shares(
        "guesses by what options share with what is given",
        {split: one.guessed_from_givens_by_kind() for split, one in found.items()},
        lambda guesses: guesses[str(True)],
    )


def _best(title: str, answers: Mapping[str, Mapping[str, Counter[str]]]) -> Table:
    """Return the share of the commonest one by kind and split."""
    return _shares(title, answers, lambda known: max(known.values()))


def _shares(
    title: str,
    counts: Mapping[str, Mapping[str, Counter[str]]],
    wanted: Callable[[Counter[str]], int],
) -> Table:
    """Return what share of the counts of each kind and split is wanted."""
    table = Table(title=title)
    table.add_column("kind")
    for split in counts:
        table.add_column(split, justify="right")
    for kind in sorted({kind for one in counts.values() for kind in one}):
        cells = []
        for one in counts.values():
            known = one.get(kind)
            cells.append(f"{wanted(known) / known.total():.1%}" if known else "")
        table.add_row(kind, *cells)
    return table


def by_theorem(found: Mapping[str, Counts]) -> Table:
    """Return in how many derivations each theorem is used."""
    table = Table(
        title=f"{len(THEOREMS)} theorems in {len(FAMILIES)} families: derivations that use each"
    )
    table.add_column("family")
    table.add_column("theorem")
    for split in found:
        table.add_column(split, justify="right")
    for rule in THEOREMS:
        used = (str(one.theorems[rule.name]) for one in found.values())
        table.add_row(rule.family, rule.name, *used)
    return table


def by_constructions(found: Mapping[str, Counts]) -> Table:
    """Return what the problems that repeat are made of."""
    table = Table(title="repeated problems by what they ask and what their figures are made of")
    for column in ("split", "constructions", "repeats"):
        table.add_column(column)
    for split, one in found.items():
        again, seen = Counter[str](), set[str]()
        for name, number in one.problems.items():
            made, _, problem = name.rpartition("|")
            again[made] += number - (problem not in seen)
            seen.add(problem)
        for made, number in (+again).most_common(OFTENEST):
            table.add_row(split, made, str(number))
    return table


def pictures(rows: int) -> Table:
    """Return how fast pictures are laid out and painted, and how many have all labels clear."""
    table = Table(title=f"pictures of one core, {rows} of each, layout and painting")
    for column in ("split", "hand", "size", "CPU-ms", "a second", "labels all clear"):
        table.add_column(column, justify="right")
    for split, hands in HANDS.items():
        problems = _problems(split, rows)
        for hand in hands:
            for size in SIZES:
                clear, start = 0, time.process_time()
                for one in problems:
                    layout = one.laid(hand, Canvas(size, size))
                    paint(layout, one.looks[hand])
                    clear += layout.is_clean
                each = (time.process_time() - start) / rows
                table.add_row(
                    split, hand, f"{size} × {size}", f"{1000 * each:.1f}", f"{1 / each:.0f}",
                    f"{clear / rows:.0%}",
                )  # fmt: skip
    return table


def _problems(split: str, rows: int) -> list[Found]:
    all_tasks = having(split)
    found = []
    for row in range(rows):
        task, index = all_tasks[row % len(all_tasks)], row // len(all_tasks)
        rng, turn = rng_for(task, split, SEED, index), turn_for(task, split, SEED, index)
        found.append(find(KINDS[task.name], task.splits[split].params, rng, turn))
    return found


def corrupted() -> Table:
    """Return how many theorems with a factor 2 too many are off as measured, wherever they are found."""
    sights = [Sight(construct(base, grown, Random(base))) for base in BASES for grown in (0, 2)]
    shown = noticed = places = 0
    for rule in THEOREMS:
        wrong = replace(rule, right=rule.right * 2)
        off = [
            one.equation.residual(sight.size) > WRONG
            for sight in sights
            for one in wrong.instances(sight)
        ]
        shown += bool(off)
        noticed += bool(off) and all(off)
        places += len(off)
    table = Table(title=f"theorems with a factor 2 too many, in {len(sights)} random figures")
    for column in ("theorems", "found in a figure", "at places", "noticed at all of them"):
        table.add_column(column, justify="right")
    table.add_row(str(len(THEOREMS)), str(shown), f"{places:,}", str(noticed))
    return table


TABLES: Final = (
    by_split,
    by_kind,
    by_rank,
    by_guess,
    by_guess_from_givens,
    by_theorem,
    by_constructions,
)


def main() -> None:
    """Print the tables."""
    splits = list(dict.fromkeys(split for task in having("test") for split in task.splits))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", nargs="*", help=f"only these; there are: {', '.join(splits)}")
    parser.add_argument("--rows", type=int, default=5_000, help="of each split; 0: none")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--pictures", type=int, default=60, help="timed of each sort; 0: none")
    parser.add_argument(
        "--out", type=Path, default=Path("out/geometry"), help="where what is counted is kept"
    )
    wanted = parser.parse_args()
    if strange := set(wanted.split) - set(splits):
        parser.error(f"no split {', '.join(sorted(strange))}; there are: {', '.join(splits)}")
    kept = Kept(wanted.out, code_now())  # before anything takes time in which the code may change
    console = Console(width=190)
    if wanted.pictures:
        console.print(pictures(wanted.pictures))
        console.print(corrupted())
    if not wanted.rows:
        return
    found: dict[str, Counts] = {}
    for split in wanted.split or splits:
        # `ood-style` has the very problems of `test`: they are counted once.
        partner = next(task.splits[split].paired_with for task in having(split)) or split
        for rows, counts in counted(partner, wanted.rows, kept, wanted.workers):
            print(f"{split}: {rows:,} of {wanted.rows:,}", file=sys.stderr, flush=True)
            found[split] = counts
    for table in TABLES:
        console.print(table(found))


if __name__ == "__main__":
    main()
