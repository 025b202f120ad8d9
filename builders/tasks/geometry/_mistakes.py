"""_mistakes: the wrong options: mistakes in the derivation, or a row in which any could be the answer.

What is seen of four options must not tell which is right: not their order, and not what they are to each other.
Were three of them parts and multiples of the fourth, that one would be the answer. So either all three are
mistakes that have no simple ratio to the answer or to each other, or the four are a row in which any could be it
(`_rows.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import inf
from random import Random
from typing import Final

from builders.scenes.figures.figure import SMALLEST_ANGLE
from builders.scenes.figures.measure import Kind
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import Powers, Product, Solution, Terms
from builders.tasks.geometry._forms import is_nice
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._rows import (
    FARTHEST,
    OPTIONS,
    even,
    finest_of,
    rows_of_degrees,
    rows_of_sizes,
)
from builders.tasks.geometry._unknown import LARGEST_X, UnknownProblem

APART: Final = 0.04  # that two options differ by at least, as a share
SIMPLE: Final = 12  # up to which number a proportion is simple
WRONG: Final = OPTIONS - 1
STEPS_OF_X: Final = range(1, 16)  # of an even row
MOST_OF: Final[Mapping[Kind, int]] = {"angle": 180, "arc": 360}  # degrees that it has less than
LONGEST: Final = 2  # times as long as another x of the four may one make what is given in x
SWAPPED: Final[Mapping[int, tuple[int, ...]]] = {180: (90, 360), 90: (180,), 360: (180,)}


def slips(solution: Solution) -> Iterator[Solution]:
    """The same calculation with one slip in it."""
    products = solution.above.products
    if solution.power == 2:
        yield replace(solution, power=1)  # the root is forgotten
    if len(products) > 1:
        *first, last = products
        flipped = Product(last.share * -1, last.powers)
        yield replace(solution, above=Terms((*first, flipped)))  # added, not taken away
        yield replace(solution, above=Terms(tuple(first)))  # left out
    for place, (share, powers) in enumerate(products):
        for factor in _factors(share, powers):
            changed = Product(share * factor, powers)
            yield replace(
                solution, above=Terms((*products[:place], changed, *products[place + 1 :]))
            )


def _factors(share: Surd, powers: Powers) -> Iterator[Fraction]:
    """Factors that are dropped or put in by mistake; another sum of angles."""
    whole = share.whole()
    if not powers and whole is not None and whole in SWAPPED:
        yield from (Fraction(other, whole) for other in SWAPPED[whole])
    elif share == 1:
        yield from (Fraction(2), Fraction(1, 2))
    elif (rational := share.rational()) is not None:
        yield 1 / abs(rational)


def wrong_values(problem: Problem, below: int, rng: Random) -> list[Surd]:
    """Three values other than the answer, so many of them smaller; none where so many are not to be found."""
    gold = problem.value
    slipped = list(_slipped(problem))
    rng.shuffle(slipped)
    farthest = inf if problem.target.is_angular else FARTHEST
    possible = (one for one in slipped if _is_possible(problem, one))
    mistakes = _around(gold, below, possible, farthest)
    if len(mistakes) == WRONG:
        return mistakes
    fitting = (
        row
        for row in _rows(problem, below, rng)
        if _ratio(row) < farthest and all(_is_possible(problem, one) for one in row)
    )
    return _others(gold, fitting)


def _rows(problem: Problem, below: int, rng: Random) -> Iterator[list[Surd]]:
    if problem.target.is_angular:
        return rows_of_degrees(problem.value, below, rng)
    givens = [problem.known.values[one] for one in problem.givens]
    return rows_of_sizes(problem.value, givens, below, rng)


def _ratio(values: Sequence[Surd]) -> float:
    """How many times as large as the smallest the largest is; infinite where one is not above 0."""
    smallest, *_, largest = sorted(one.value for one in values)
    return float(largest / smallest) if smallest > 0 else inf


def _around(gold: Surd, below: int, usual: Iterable[Surd], farthest: float) -> list[Surd]:
    """The first three that are apart and not akin, so many of them below the answer."""
    found: list[Surd] = []
    room = {True: below, False: WRONG - below}
    for value in usual:
        is_below = value.value < gold.value
        others = [gold, *found]
        if (
            room[is_below]
            and _ratio([value, *others]) < farthest
            and all(_is_apart(value, one) and not _is_akin(value, one) for one in others)
        ):
            room[is_below] -= 1
            found.append(value)
        if len(found) == WRONG:
            break
    return found


def _others(gold: Surd, rows: Iterable[Sequence[Surd]]) -> list[Surd]:
    """What is beside the answer in the first row whose values are apart."""
    for row in rows:
        others = [one for one in row if one != gold]
        if len(others) == WRONG and all(_is_apart(*pair) for pair in combinations(row, 2)):
            return others
    return []


def _slipped(problem: Problem) -> Iterator[Surd]:
    for place, step in enumerate(problem.steps):
        if step.instance.rule.reads:
            continue
        for solution in slips(step.solution):
            value = _rerun(problem, place, solution)
            if value is not None:
                yield value


def _rerun(problem: Problem, place: int, slip: Solution) -> Surd | None:
    """What the derivation comes to with a slip in one step."""
    values = dict(problem.known.values)
    for number, step in enumerate(problem.steps):
        if number < place:
            continue
        solution = slip if number == place else step.solution
        try:
            values[step.found] = solution.value(values)
        except (InexactError, ZeroDivisionError):
            return None
        if values[step.found].value <= 0:
            return None
    return values[problem.target]


def _is_possible(problem: Problem, value: Surd) -> bool:
    """Whether nobody can rule it out at a glance."""
    if not problem.target.is_angular:
        # Most answers are whole, and half of the mistakes: among these a fraction is none.
        return is_nice(value) and finest_of(value) == finest_of(problem.value)
    # The answer has whole degrees, and no figure smaller angles: among these any others stand out.
    return value.whole() is not None and SMALLEST_ANGLE <= value.value <= 180 - SMALLEST_ANGLE


def _is_apart(one: Surd, other: Surd) -> bool:
    return bool(abs(one.value - other.value) > APART * max(one.value, other.value))


def _is_akin(one: Surd, other: Surd) -> bool:
    """Whether two values are in a simple proportion, or make up a right angle or a straight one."""
    try:
        ratio = (one / other).rational()
    except InexactError:
        return False
    in_proportion = ratio is not None and max(ratio.numerator, ratio.denominator) <= SIMPLE
    return in_proportion or (one + other).whole() in SWAPPED


def wrong_unknowns(problem: UnknownProblem, below: int, rng: Random) -> list[Surd]:
    """Three wrong values of x, so many of them smaller: all evenly apart, by what a mistaken sign makes where that fits."""
    mistaken = [
        abs(Fraction(times * line.shift, line.factor))
        for line in problem.expressions.values()
        for times in (1, 2)  # left out, or with the other sign
    ]
    rng.shuffle(mistaken)
    steps = [*mistaken, *map(Fraction, rng.sample(STEPS_OF_X, len(STEPS_OF_X)))]
    gold = Surd.of(problem.x)
    rows = (even(gold, step, below) for step in steps if step in STEPS_OF_X)
    return _others(gold, (row for row in rows if _may_be_x(problem, row)))


def _may_be_x(problem: UnknownProblem, row: Sequence[Surd]) -> bool:
    """Whether nobody can rule one of them out by what it makes of what is given in x."""
    if not all((whole := one.whole()) is not None and 0 < whole <= LARGEST_X for one in row):
        return False
    for quantity, line in problem.expressions.items():
        sizes = [one * line.factor + line.shift for one in row]
        most = MOST_OF.get(quantity.kind, inf)
        if _ratio(sizes) >= LONGEST or any(one.value >= most for one in sizes):
            return False
    return True
