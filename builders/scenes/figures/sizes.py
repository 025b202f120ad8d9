"""sizes: whole sizes that constructions are made with, and a figure that knows them.

A figure is either of angles (whole degrees, whatever its lengths) or of lengths (whole, with special
angles at most).
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.surds import Number, Surd, root

LONGEST: Final = 960  # of the sizes that are drawn by chance; others that follow may be longer
WHOLE_SHARE: Final = 0.08  # of right triangles, those whose hypotenuse is whole too
LEGS: Final = (3, 450)  # of the others, from and to
FLATTEST: Final = 2.8  # times as long as the other a leg may be
LONGEST_HYPOTENUSE: Final = 999  # of those that are whole: there are few of them

ROOT_SHARE: Final = 0.3  # of the sizes that a figure has but one of, those that are roots
ROOTS: Final = (2, 3, 5, 6, 7, 10, 11)  # of which
LARGEST_ROOT: Final = 11  # that a size which is given may have
LARGEST_ROOT_ASKED: Final = 120  # that one which is asked for may have
MOST_ROOTS: Final = 40  # times as large as a root it may be


def is_short(value: Surd) -> bool:
    """Whether it is a whole number, or a small multiple of a small root: what may be given as a length."""
    (((radicand, power), share),) = value.terms.items()
    is_small = radicand == 1 or (radicand <= LARGEST_ROOT and share <= MOST_ROOTS)
    return power == 0 and share.denominator == 1 and is_small


def lone_size(rng: Random, most: int = LONGEST) -> Surd:
    """The only size of a figure: whole, or a root."""
    if rng.random() < ROOT_SHARE:
        return rng.randint(2, MOST_ROOTS) * root(rng.choice(ROOTS))
    return Surd.of(rng.randint(2, most))


def triple(rng: Random) -> tuple[int, int, int]:
    """Two legs in either order, and the hypotenuse: each as likely as any other."""
    a, b, c = rng.choice(_triples())
    one, other = rng.sample((a, b), 2)
    return one, other, c


def legs(rng: Random) -> tuple[int, int]:
    """Two whole legs, whose hypotenuse is whole or a root: there are far more of these."""
    if rng.random() < WHOLE_SHARE:
        a, b, _ = triple(rng)
        return a, b
    a, b = rng.randint(*LEGS), rng.randint(*LEGS)
    if not 1 / FLATTEST < a / b < FLATTEST:
        raise UnsuitableError("too flat")
    return a, b


def two_triangles(rng: Random) -> tuple[int, int, int]:
    """Three whole legs of two right triangles side by side, the last one shared: hypotenuses are whole, or roots."""
    if rng.random() < WHOLE_SHARE:
        return rng.choice(_side_by_side())
    return rng.randint(*LEGS), rng.randint(*LEGS), rng.randint(*LEGS)


def is_flat(sides: tuple[int, int, int], slack: float) -> bool:
    """Whether the longest side is nearly as long as the others together, or one is far too short."""
    longest = max(sides)
    return slack * longest > sum(sides) - longest or min(sides) < 0.4 * longest


@cache
def _side_by_side() -> tuple[tuple[int, int, int], ...]:
    """Those whose two hypotenuses are whole."""
    both = [pair for a, b, c in _triples() if c <= LONGEST for pair in ((a, b), (b, a))]
    beside = defaultdict[int, list[int]](list)
    for one, shared in both:
        beside[shared].append(one)
    return tuple(
        (one, other, shared) for one, shared in both for other in beside[shared] if one != other
    )


@cache
def _triples() -> tuple[tuple[int, int, int], ...]:
    """Legs, the shorter one first, and hypotenuse of all right triangles of whole sides that are not too flat."""
    longest = LONGEST_HYPOTENUSE**2
    return tuple(
        (a, b, c)
        for a in range(1, math.isqrt(longest // 2) + 1)
        for b in range(a + 1, min(math.ceil(FLATTEST * a), math.isqrt(longest - a * a) + 1))
        if (c := math.isqrt(a * a + b * b)) ** 2 == a * a + b * b
    )


def measured(
    figure: Figure, sides: Mapping[tuple[str, str], Number], *, follow: bool = False
) -> None:
    """A figure of lengths that knows these, which may follow from what it knew before."""
    figure.of_lengths = True
    for (a, b), value in sides.items():
        figure.know(figure.length(a, b), value, follows=follow)
