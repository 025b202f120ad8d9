"""_rows: four values in which any could be the answer: in proportion, evenly apart, or two pairs of angles.

Were a row as likely as another only for the answer that it was made for, it would tell which of its values that is: of
12, 8, 5 and 7 in proportion 12 has many such rows and 5 has few, so that 5 would be the answer. So a row of sizes is
taken less often where another of its values would have come to it less often.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import gcd, lcm
from random import Random
from typing import Final

from builders.scenes.figures.surds import Number, Surd
from builders.tasks.geometry._forms import LETTERS

OPTIONS: Final = len(LETTERS)
TRIES: Final = 40
PARTS: Final = range(1, 13)  # of a row in proportion, as 3 : 4 : 6 : 8
# Times the smallest size of four the largest is less than: else one would rule the other out.
FARTHEST: Final = 4
STEPS_OF_DEGREES: Final = range(2, 31)
# What is mistaken for an angle: what is missing to 180° or 90°, its double, its half.
PARTNERS: Final[Sequence[Callable[[Fraction], Fraction]]] = (
    lambda degrees: 180 - degrees,
    lambda degrees: 90 - degrees,
    lambda degrees: 2 * degrees,
    lambda degrees: degrees / 2,
)
PROPORTIONS: Final = tuple(
    parts
    for parts in combinations(PARTS, OPTIONS)
    if gcd(*parts) == 1 and parts[-1] < FARTHEST * parts[0]
)

Row = Sequence[int]


def even(middle: Surd, step: Number, below: int) -> list[Surd]:
    """Values evenly apart, so many of them smaller."""
    return [middle + Surd.of(step) * (place - below) for place in range(OPTIONS)]


def rows_of_degrees(gold: Surd, below: int, rng: Random) -> Iterator[list[Surd]]:
    """Two angles, each with what is mistaken for it; and even rows."""
    degrees = gold.rational() or Fraction(0)
    for _ in range(TRIES):
        partner, other = rng.choice(PARTNERS), Fraction(rng.randint(1, 179))
        row = sorted([degrees, partner(degrees), other, partner(other)])
        if row.index(degrees) == below:
            yield [Surd.of(one) for one in row]
    for step in rng.sample(STEPS_OF_DEGREES, len(STEPS_OF_DEGREES)):
        yield even(gold, step, below)


def rows_of_sizes(gold: Surd, below: int, rng: Random) -> Iterator[list[Surd]]:
    """Rows in proportion and even ones, of whole multiples of what the answer is a multiple of."""
    finest = lcm(*(share.denominator for share in gold.terms.values()))
    count = gcd(*(int(share * finest) for share in gold.terms.values()))
    for _ in range(TRIES):
        row = rng.choice((_in_proportion, _evenly_apart))(count, below, rng)
        chances = [_chance(row, place) for place in range(len(row))]
        if row and rng.random() * chances[below] < min(chances):
            yield [gold * Fraction(one, count) for one in row]


def _in_proportion(count: int, below: int, rng: Random) -> Row:
    fitting = _fitting(count, below)
    if not fitting:
        return ()
    parts = rng.choice(fitting)
    return [part * count // parts[below] for part in parts]


def _fitting(count: int, below: int) -> list[tuple[int, ...]]:
    """The proportions in which the other values are whole too."""
    return [parts for parts in PROPORTIONS if count % parts[below] == 0]


def _evenly_apart(count: int, below: int, rng: Random) -> Row:
    steps = _steps(count, below)
    if not steps:
        return ()
    step = rng.choice(steps)
    return [count + (place - below) * step for place in range(OPTIONS)]


def _steps(count: int, below: int) -> range:
    """The steps of even rows: as round and as even as the number is, and less than the smallest."""
    roundness = gcd(count, 10)
    return range(roundness, (count - 1) // (below + 1) + 1, roundness)


def _chance(row: Row, place: int) -> float:
    """In proportion to how likely the row is where the answer is the value at that place; 0 where it never comes."""
    chance, count = 0.0, row[place]
    divisor = gcd(*row)
    if tuple(one // divisor for one in row) in PROPORTIONS:
        chance += 1 / len(_fitting(count, place))
    steps = {after - before for before, after in pairwise(row)}
    if len(steps) == 1 and steps.pop() in (there := _steps(count, place)):
        chance += 1 / len(there)
    return chance
