"""_mistakes: the wrong options: what comes out when a step of the derivation goes wrong in a usual way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import inf
from random import Random
from typing import Final

from builders.scenes.figures.measure import Kind, Quantity
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import Product, Solution, Terms
from builders.tasks.geometry._engine import Step
from builders.tasks.geometry._forms import is_nice
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._unknown import UnknownProblem

APART: Final = 0.04  # that two options differ by at least, as a share
FARTHEST: Final = 4.0  # times the answer, or its part
WRONG: Final = 3  # options besides the answer
# Values near the answer, where too few mistakes make sense: its parts, and degrees more or less.
NEAR_SHARES: Final = tuple(
    Fraction(*one)
    for one in (
        *((2, 1), (1, 2), (3, 2), (2, 3), (4, 3), (3, 4), (3, 1), (1, 3)),
        *((5, 4), (4, 5), (6, 5), (5, 6), (5, 3), (3, 5), (5, 2), (2, 5)),
    )
)
NEAR_SIZES: Final = (1, 2, 3, 4, 5, 6, 8)
FAR_SIZES: Final = (7, 9, 10, 11, 12, 13, 14, 15)
MOST_OF: Final[Mapping[Kind, int]] = {"angle": 180, "arc": 360}  # degrees that it has less than
NEAR_DEGREES: Final = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)
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


def _factors(share: Surd, powers: object) -> Iterator[Fraction]:
    """Factors that are dropped or put in by mistake; another sum of angles."""
    whole = share.whole()
    if not powers and whole is not None and whole in SWAPPED:
        yield from (Fraction(other, whole) for other in SWAPPED[whole])
    elif share == 1:
        yield from (Fraction(2), Fraction(1, 2))
    elif (rational := share.rational()) is not None:
        yield 1 / abs(rational)


def wrong_values(problem: Problem, below: int, rng: Random) -> list[Surd]:
    """Three values other than the answer, so many of them smaller, the likeliest mistakes first.

    Most mistakes make an answer smaller, or most make it larger: how many of each are shown is not left
    to them, or the answer's rank would tell it. There are fewer where so many are not to be found.
    """
    slipped = list(_slipped(problem))
    rng.shuffle(slipped)
    on_the_way = [problem.known.values[one] for one in _met(problem)]
    rng.shuffle(on_the_way)
    usual = (*slipped[:6], *on_the_way, *slipped[6:], *_neighbours(problem, rng))
    return _around(
        problem.value,
        below,
        (value for value in usual if is_nice(value) and _is_possible(problem, value)),
    )


def _around(gold: Surd, below: int, usual: Iterable[Surd]) -> list[Surd]:
    """The first three that are apart, so many of them below the answer."""
    found: list[Surd] = []
    room = {True: below, False: WRONG - below}
    for value in usual:
        is_below = value.value < gold.value
        if room[is_below] and _is_apart(value, [gold, *found]):
            room[is_below] -= 1
            found.append(value)
        if len(found) == WRONG:
            break
    return found


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


def _met(problem: Problem) -> list[Quantity]:
    """Quantities of the same kind that occur on the way."""
    steps: Sequence[Step] = problem.steps[:-1]
    met = [*problem.givens, *(step.found for step in steps)]
    return [one for one in dict.fromkeys(met) if one.kind == problem.target.kind]


def _neighbours(problem: Problem, rng: Random) -> Iterator[Surd]:
    """Values near the answer, where too few mistakes make sense."""
    gold = problem.value
    if problem.target.is_angular:
        yield from (Surd.of(180) - gold, Surd.of(90) - gold)
        yield from _shifted(gold, NEAR_DEGREES, rng)
        return
    parts = [gold * share for share in rng.sample(NEAR_SHARES, len(NEAR_SHARES))]
    whole = gold.whole()
    if whole is None:
        yield from parts
        return
    yield from (part for part in parts if part.whole() is not None)
    yield from (Surd.of(round(part.value)) for part in parts)
    yield from _shifted(gold, NEAR_SIZES, rng)


def _shifted(gold: Surd, steps: Sequence[int], rng: Random) -> list[Surd]:
    """The answer and so much more or less, in any order."""
    near = [gold + sign * step for step in steps for sign in (-1, 1)]
    rng.shuffle(near)
    return near


def _is_possible(problem: Problem, value: Surd) -> bool:
    """Whether nobody can rule it out at a glance."""
    if problem.target.is_angular:
        # The answer has whole degrees: among these any others stand out.
        return value.value < 180 and value.whole() is not None
    return 1 / FARTHEST < value.value / problem.value.value < FARTHEST


def _is_apart(value: Surd, others: Sequence[Surd]) -> bool:
    return all(abs(value.value - one.value) > APART * max(one.value, value.value) for one in others)


def wrong_unknowns(problem: UnknownProblem, below: int, rng: Random) -> list[Surd]:
    """Three wrong values of x, so many of them smaller: a sign or a number mistaken, the size taken for x."""
    gold = Surd.of(problem.x)
    likely = []
    for quantity, line in problem.expressions.items():
        size = problem.known.values[quantity].whole() or 0
        likely += [Fraction(size + line.shift, line.factor), Fraction(size)]
        likely.append(Fraction(size, line.factor))
    rng.shuffle(likely)
    usual = (
        *map(Surd.of, likely),
        *_shifted(gold, NEAR_SIZES, rng),
        *_shifted(gold, FAR_SIZES, rng),
    )
    return _around(gold, below, (one for one in usual if _may_be_x(problem, one)))


def _may_be_x(problem: UnknownProblem, value: Surd) -> bool:
    """Whether nobody can rule it out by what is given in x."""
    x = value.whole()
    return x is not None and all(
        0 < line.factor * x + line.shift < MOST_OF.get(quantity.kind, inf)
        for quantity, line in problem.expressions.items()
    )
