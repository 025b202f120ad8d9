"""_unknown: problems in x: some sizes are given as expressions, and an equation between them tells x.

A theorem whose equation is linear makes the equation in x. Every given and every expression is needed:
without any one of them the others do not tell what x is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import lcm
from random import Random
from typing import Final

from builders.scenes.figures.measure import Quantity
from builders.tasks.geometry._engine import Known, Step
from builders.tasks.geometry._in_x import Equations, InX, X, linear_parts
from builders.tasks.geometry._problem import (
    ROUNDS,
    can_be_given,
    is_visible,
    picked,
    sums_among,
    without_one,
)
from builders.tasks.geometry._rule import Instance
from builders.tasks.geometry._shortest import is_shortest_to_x
from builders.tasks.geometry._theorems import HELD_OUT

LARGEST_X: Final = 90
LARGEST_FACTOR: Final = 7
LARGEST_SHIFT: Final = 99  # added to a multiple of x, or taken away
SMALLEST_X: Final = 3
THREE_SHARE: Final = 0.3  # of the equations between three sizes, those with all three in x
TRIED: Final = 12  # equations of a figure
MOST_GIVENS: Final = 3


@dataclass(frozen=True, slots=True)
class UnknownProblem:
    """What is given in numbers, what in x, and the theorem that makes an equation of it."""

    known: Known
    givens: tuple[Quantity, ...]
    expressions: Mapping[Quantity, InX]
    steps: tuple[Step, ...]  # to the numbers that the equation needs
    equation: Instance
    x: int
    support: int
    depth: int

    def needs(self, families: Collection[str]) -> bool:
        """Whether it cannot be solved without these families of theorems."""
        return not Equations(self.known).tell_x(self.givens, self.expressions, barred=families)


@dataclass(frozen=True)
class Hunt:
    """The search for a problem in x on one figure."""

    known: Known
    depths: Collection[int]  # how many steps a solution may have, the equation in x among them
    rng: Random
    held_out: bool = False  # whether it needs theorems that training never uses
    visible_only: bool = False  # whether all that is given is such as the picture can show
    # Whether one size alone is given in x, as a multiple of it: an easy picture has no room for long labels.
    easy: bool = False

    def seek(self) -> UnknownProblem | None:
        """A problem; None where none was found."""
        equations = [
            one
            for one, _ in self._equations.linear
            if not one.rule.reads and (not self.held_out or one.rule.family in HELD_OUT)
        ]
        self.rng.shuffle(equations)
        for equation in equations[:TRIED]:
            found = self._in_x(equation)
            if found is not None and self._is_as_wanted(found):
                return found
        return None

    def _is_as_wanted(self, problem: UnknownProblem) -> bool:
        """Whether it needs theorems that training never uses, if it has to, and all of its steps."""
        return (not self.held_out or problem.needs(HELD_OUT)) and is_shortest_to_x(
            self._equations, problem.givens, problem.expressions, problem.depth
        )

    @cached_property
    def _equations(self) -> Equations:
        return Equations(self.known)

    def _in_x(self, equation: Instance) -> UnknownProblem | None:
        """The problem that this equation solves, some of its sizes being given in x."""
        figure, values = self.known.figure, self.known.values
        able = [
            one
            for one in equation.quantities
            if one in self._visible
            and (values[one].whole() or 0) > 2
            and one not in figure.rights()
        ]
        number = 1 if self.easy else 2
        if len(able) < number or (
            len(equation.quantities) == len(able) == 2 and 1 not in self.depths
        ):
            return None
        if not self.easy and len(able) == 3 and self.rng.random() < THREE_SHARE:
            number = 3
        sizes = {one: values[one].whole() or 0 for one in self.rng.sample(able, number)}
        x = self._x_of(next(iter(sizes.values())))
        if not SMALLEST_X <= x <= LARGEST_X:
            return None
        lines = {one: self._expression(size, x) for one, size in sizes.items()}
        expressions = {one: line for one, line in lines.items() if line is not None}
        if len(expressions) < len(lines):
            return None
        pool = [one for one in self._able if one not in expressions]
        return self._reduced(equation, expressions, pool, x)

    @cached_property
    def _visible(self) -> frozenset[Quantity]:
        """What a label can show."""
        return frozenset(one for one in self.known.values if is_visible(one, self.known.figure))

    @cached_property
    def _able(self) -> list[Quantity]:
        """What can be given of this figure."""
        return [
            one
            for one, value in self.known.values.items()
            if can_be_given(one, value, self.known.figure)
            and (one in self._visible or not self.visible_only)
        ]

    @property
    def _most_shift(self) -> int:
        return 0 if self.easy else LARGEST_SHIFT

    def _x_of(self, size: int) -> int:
        """An x of which a size is a small multiple and a little."""
        shift = self.rng.randint(-self._most_shift, self._most_shift)
        return (size - shift) // self.rng.randint(1, LARGEST_FACTOR)

    def _expression(self, size: int, x: int) -> InX | None:
        """An expression in x that has a size, all of whose numbers are small."""
        factors = [
            factor
            for factor in range(1, LARGEST_FACTOR + 1)
            if abs(size - factor * x) <= self._most_shift and not (factor == 1 and size == x)
        ]
        if not factors:
            return None
        factor = self.rng.choice(factors)
        return InX(factor, size - factor * x)

    def _reduced(
        self, equation: Instance, expressions: Mapping[Quantity, InX], pool: list[Quantity], x: int
    ) -> UnknownProblem | None:
        """The problem with as few givens as will do, each of them needed."""
        others = [one for one in (*equation.quantities, *equation.needed) if one not in expressions]
        if not others:
            pool = []
        for _ in range(ROUNDS):
            found = self._together(pool, others)
            if found is None:
                return None
            steps, used = found
            depth = 1 + sum(not step.instance.rule.reads for step in steps)
            if depth > max(self.depths):
                return None
            if (
                depth in self.depths
                and len(used) <= MOST_GIVENS
                and self._all_needed(used, expressions)
            ):
                return self._made(equation, expressions, used, others, x)
            if not used:
                return None
            gone = self.rng.choice(used)
            pool = [one for one in pool if one != gone]
        return None

    def _made(
        self,
        equation: Instance,
        expressions: Mapping[Quantity, InX],
        givens: Sequence[Quantity],
        others: Sequence[Quantity],
        x: int,
    ) -> UnknownProblem | None:
        found = self._together(givens, others)
        assert found is not None, "what all of them lead to, those used lead to"
        steps, _ = found
        depth = 1 + sum(not step.instance.rule.reads for step in steps)
        sums = sums_among([equation, *(step.instance for step in steps)])
        # One sum more than of a size: to solve the equation in x is work too.
        if depth not in self.depths or 2 * sums > depth + 1:
            return None
        support = equation.support
        for step in steps:
            support |= step.instance.support
        return UnknownProblem(
            self.known, tuple(givens), expressions, tuple(steps), equation, x, support, depth
        )

    def _together(
        self, givens: Sequence[Quantity], targets: Sequence[Quantity]
    ) -> tuple[list[Step], list[Quantity]] | None:
        """The steps to several quantities, each once, and the givens used; None where one is not reached."""
        reached = self.known.follow(givens)
        if any(one not in reached for one in targets):
            return None
        steps = [step for one in targets for step in self.known.in_order(reached, one)]
        leaves = 0
        for one in targets:
            leaves |= reached[one].leaves
        each_once = {(id(step.instance), step.found): step for step in steps}
        return list(each_once.values()), picked(leaves, givens)

    def _all_needed(self, givens: Sequence[Quantity], expressions: Mapping[Quantity, InX]) -> bool:
        """Whether all of this tells x, and nothing less."""
        fewer: list[tuple[Sequence[Quantity], Mapping[Quantity, InX]]] = [
            (less, expressions) for less in without_one(givens)
        ]
        for kept in combinations(expressions, len(expressions) - 1):
            fewer.append((givens, {one: expressions[one] for one in kept}))
        tell_x = self._equations.tell_x
        return tell_x(givens, expressions) and not any(tell_x(*less) for less in fewer)


def solving(problem: UnknownProblem) -> tuple[str, str, str]:
    """The equation with all put in, gathered, and solved: three texts."""
    values = problem.known.values
    parts = linear_parts(problem.equation)
    assert parts is not None
    whole = lcm(*(share.denominator for _, share in parts))
    sides: tuple[list[str], list[str]] = ([], [])
    slope = rest = Fraction(0)
    for one, share in parts:
        line = problem.expressions.get(one) if one else None
        number = Fraction(1) if one is None else values[one].rational() or Fraction(0)
        times = share * whole
        slope += times * line.factor if line else 0
        rest += times * (line.shift if line else number)
        text = str(number) if not line else f"({line})" if line.shift else str(line)
        before = "" if abs(times) == 1 else f"{abs(times)} · "
        term = str(abs(times)) if one is None else before + text
        sides[times < 0].append(term)
    put_in = " = ".join(_side(terms) for terms in sides)
    gathered = InX(abs(int(slope)), 0)
    right = -rest if slope > 0 else rest
    return put_in, f"{gathered} = {right}".replace("-", "−"), f"{X} = {problem.x}"


def _side(terms: Sequence[str]) -> str:
    """A sum; a single expression in no brackets."""
    if len(terms) == 1 and terms[0].startswith("("):
        return terms[0][1:-1]
    return " + ".join(terms) or "0"
