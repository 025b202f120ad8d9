"""figures: how many different sizes does each construction have? Of few sizes there are few problems.

`python -m benchmarks.figures` draws each so often and counts the pairs that are alike in all sizes and facts. A
construction comes again as often as if it had so many sizes, all as likely: draws² / 2 / pairs.
"""

import argparse
from collections import Counter
from random import Random
from typing import Final

from rich.console import Console
from rich.table import Table

from builders.scenes.figures.catalogue import BASES, construct
from builders.tasks.geometry._turns import ENOUGH, SIZES_OF

FEWEST_PAIRS: Final = 30  # of which a number is told: it is right to 20 % then


def pairs(base: str, draws: int) -> int:
    """How many pairs of so many figures are alike."""
    found = Counter[object]()
    for seed in range(draws):
        figure = construct(base, 0, Random(f"{base}/{seed}"))
        sizes = sorted((one.kind, str(value)) for one, value in figure.seeds.items())
        found[(*sizes, *sorted(fact.kind for fact in figure.facts), len(figure.points))] += 1
    return sum(number * (number - 1) // 2 for number in found.values())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("construction", nargs="*", help="only these; none: all")
    parser.add_argument("--draws", type=int, default=3_000, help="of each construction")
    wanted = parser.parse_args()
    if strange := set(wanted.construction) - set(BASES):
        parser.error(f"no construction {', '.join(sorted(strange))}; there are: {', '.join(BASES)}")
    table = Table(title=f"sizes of constructions, of {wanted.draws:,} draws each")
    for column in ("construction", "pairs alike", "sizes", f"as _turns has it (of {ENOUGH:,})"):
        table.add_column(column, justify="right")
    for base in wanted.construction or BASES:
        alike = pairs(base, wanted.draws)
        sizes = f"{wanted.draws**2 / 2 / alike:,.0f}" if alike >= FEWEST_PAIRS else "many"
        known = f"{SIZES_OF[base]:,}" if base in SIZES_OF else "enough"
        table.add_row(base, f"{alike:,}", sizes, known)
    Console().print(table)


if __name__ == "__main__":
    main()
