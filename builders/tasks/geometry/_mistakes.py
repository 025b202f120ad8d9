"""_mistakes: the wrong options: what comes out when a step of the derivation goes wrong in a usual way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Final

from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import Product, Solution, Terms
from builders.tasks.geometry._engine import Step
from builders.tasks.geometry._forms import is_nice
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._unknown import UnknownProblem

APART: Final = 0.04  # that two options differ by at least, as a share
FARTHEST: Final = 4.0  # times the answer, or its part
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


def wrong_values(problem: Problem, rng: Random) -> list[Surd]:
    """Three values other than the answer, no two alike, the likeliest mistakes first."""
    found: list[Surd] = []
    gold = problem.value
    slipped = list(_slipped(problem))
    rng.shuffle(slipped)
    on_the_way = [problem.known.values[one] for one in _met(problem)]
    rng.shuffle(on_the_way)
    for value in (*slipped[:6], *on_the_way, *slipped[6:], *_neighbours(problem, rng)):
        if is_nice(value) and _is_possible(problem, value) and _is_apart(value, [gold, *found]):
            found.append(value)
        if len(found) == 3:
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
    factors = [
        Fraction(2),
        Fraction(1, 2),
        Fraction(3, 2),
        Fraction(2, 3),
        Fraction(4, 3),
        Fraction(3, 4),
    ]
    if problem.target.kind in ("angle", "arc"):
        yield from (Surd.of(180) - gold, Surd.of(90) - gold)
        near = [gold + shift for shift in (-20, -15, -10, 10, 15, 20)]
        rng.shuffle(near)
        yield from near
        return
    rng.shuffle(factors)
    yield from (
        gold * factor for factor in factors if gold.whole() is None or (gold * factor).whole()
    )
    yield from (gold + step for step in (1, 2, 3, -1, -2, 4, 5, 6))


def _is_possible(problem: Problem, value: Surd) -> bool:
    """Whether nobody can rule it out at a glance."""
    if problem.target.kind in ("angle", "arc"):
        is_whole = value.whole() is not None or problem.value.whole() is None
        return value.value < 180 and is_whole  # among whole degrees any others stand out
    return 1 / FARTHEST < value.value / problem.value.value < FARTHEST


def _is_apart(value: Surd, others: Sequence[Surd]) -> bool:
    return all(abs(value.value - one.value) > APART * max(one.value, value.value) for one in others)


def wrong_unknowns(problem: UnknownProblem, rng: Random) -> list[Surd]:
    """Three wrong values of x: a sign or a number mistaken, or the size taken for x."""
    gold = problem.x
    likely = []
    for quantity, line in problem.expressions.items():
        size = problem.known.values[quantity].whole() or 0
        likely += [Fraction(size + line.shift, line.factor), Fraction(size)]
        likely.append(Fraction(size, line.factor))
    rng.shuffle(likely)
    near = [Fraction(gold + step) for step in (-5, -4, -3, -2, 2, 3, 4, 5, 8, 10)]
    rng.shuffle(near)
    found: list[Surd] = []
    for value in (*likely, *near):
        wrong = Surd.of(value)
        if (
            value.denominator == 1
            and 0 < value < 6 * gold
            and _is_apart(wrong, [Surd.of(gold), *found])
        ):
            found.append(wrong)
        if len(found) == 3:
            break
    return found
