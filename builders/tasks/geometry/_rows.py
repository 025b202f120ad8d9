"""_rows: four values in which any could be the answer: two pairs of angles, angles evenly apart, or sizes alike.

A size is a product of what is given, and other sizes are not: were wrong ones any numbers near it, the one that shares
the largest divisor with a given would be the answer in half of all cases, in most of those evenly apart. So all four have the same
divisor in common with each given. They are as likely to come to be whichever of them is the answer: each is found in a
proportion to it all of whose magnitudes are as likely, and the four lie as near together as any of them allows.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm
from random import Random
from typing import Final

from builders.scenes.figures.surds import Number, Surd
from builders.tasks.geometry._forms import LETTERS

OPTIONS: Final = len(LETTERS)
TRIES: Final = 40
# For four numbers that share with all that is given just what the answer shares.
TRIES_OF_SIZES: Final = 200
# With which all have the same divisor in common too: no number is rounder than another.
ROUND: Final = 10
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


def rows_of_sizes(
    gold: Surd, givens: Sequence[Surd], below: int, rng: Random
) -> Iterator[list[Surd]]:
    """Sizes in all of whose numbers the same divisors of what is given are found."""
    count = divisor_of(gold)
    marks = [ROUND, *map(divisor_of, givens)]
    shared = [gcd(count, mark) for mark in marks]
    for _ in range(TRIES_OF_SIZES):
        row = _near(count, lcm(*shared), below, rng)
        if all([gcd(one, mark) for mark in marks] == shared for one in row):
            yield [gold * Fraction(one, count) for one in row]


def divisor_of(value: Surd) -> int:
    """The largest number by which a value can be divided, but for what stands below its fractions."""
    return gcd(*(int(share * finest_of(value)) for share in value.terms.values()))


def finest_of(value: Surd) -> int:
    """What stands below the fractions of a value, written with one."""
    return lcm(*(share.denominator for share in value.terms.values()))


def _near(count: int, unit: int, below: int, rng: Random) -> list[int]:
    """A multiple of a unit and three others, so many of them smaller, none much."""
    signs = [-1 if place < below else 1 for place in range(OPTIONS - 1)]
    shares = [FARTHEST ** (sign * rng.random()) for sign in signs]
    return sorted([count, *(round(count * share / unit) * unit for share in shares)])
