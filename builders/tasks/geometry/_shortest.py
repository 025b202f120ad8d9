"""_shortest: could it be done in fewer steps? An exact search, backwards from what is asked for.

`Known.follow` settles every quantity by few steps of its own; where two of them are needed, one step more
for the one may spare two for the other, which it does not see.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Final

from builders.scenes.figures.measure import Quantity
from builders.tasks.geometry._engine import Known, Step, needs_of
from builders.tasks.geometry._in_x import Equations, InX, Parts, linear_parts
from builders.tasks.geometry._rule import Instance

# Looks at sets of what is still to be found: beyond, a shorter way may have been missed.
MOST_LOOKS: Final = 5_000
NEVER: Final = 1_000  # steps

Chosen = dict[int, int]  # the step that finds each quantity, by their numbers


class UnsureError(Exception):
    """The search had to end before it had seen all."""


@dataclass
class Backwards:
    """The derivations of a figure's quantities from some that are known."""

    known: Known
    givens: Collection[Quantity]
    looks: int = field(default=0, init=False)

    def derivations(
        self, targets: Collection[Quantity], most: int, without: Instance | None = None
    ) -> Iterator[list[Step]]:
        """Those that take so many steps of thought at most, each in order.

        Args:
            targets: What they lead to.
            most: Steps that only read a mark do not count.
            without: A theorem's use that is left out.

        Raises:
            UnsureError: there are too many ways to look at all.
        """
        numbers = self.known.numbers
        there = frozenset(numbers[one] for one in targets) - self._there
        if most < 0:
            return
        for chosen in self._ways(there, {}, most, without):
            steps = self._in_order(chosen)
            if steps is not None:
                yield steps

    def _ways(
        self, wanted: frozenset[int], chosen: Chosen, left: int, without: Instance | None
    ) -> Iterator[Chosen]:
        """Choices of a step for all that is wanted, and for what those steps need."""
        self.looks += 1
        if self.looks > MOST_LOOKS:
            raise UnsureError
        if not wanted:
            yield chosen
            return
        known, least = self.known, self._least
        if max(least[one] for one in wanted) > left or len(wanted - self._readable) > left:
            return
        hardest = max(wanted, key=lambda one: (least[one], one))
        for step in self._finding[hardest]:
            cost = self._cost(step)
            if cost > left or known.steps[step].instance is without:
                continue
            needs = known.needs[step]
            if any(least[one] >= NEVER for one in needs):
                continue
            new = {one for one in needs if one not in self._there and one not in chosen}
            more = wanted - {hardest} | new
            yield from self._ways(more, chosen | {hardest: step}, left - cost, without)

    def _in_order(self, chosen: Chosen) -> list[Step] | None:
        """The steps, each after those that it starts from; None where they go round in a circle."""
        there, left, order = set(self._there), dict(chosen), list[Step]()
        while left:
            ready = [one for one, step in left.items() if there.issuperset(self.known.needs[step])]
            if not ready:
                return None
            order += [self.known.steps[left.pop(one)] for one in ready]
            there.update(ready)
        return order

    def _cost(self, step: int) -> int:
        return 0 if self.known.steps[step].instance.rule.reads else 1

    @cached_property
    def _there(self) -> frozenset[int]:
        return frozenset(self.known.numbers[one] for one in self.givens)

    @cached_property
    def _finding(self) -> Mapping[int, list[int]]:
        """The steps by what they find."""
        finding = defaultdict[int, list[int]](list)
        for step, found in enumerate(self.known.finds):
            finding[found].append(step)
        return finding

    @cached_property
    def _readable(self) -> frozenset[int]:
        """What a mark may tell, so that it may take no step of its own."""
        finds = enumerate(self.known.finds)
        return frozenset(found for step, found in finds if not self._cost(step))

    @cached_property
    def _least(self) -> list[int]:
        """Fewer steps than these do not lead to each quantity: as if the longest of its needs brought the others."""
        least = [NEVER] * len(self.known.quantities)
        for one in self._there:
            least[one] = 0
        grew = True
        while grew:
            grew = False
            for step, found in enumerate(self.known.finds):
                needed = max((least[one] for one in self.known.needs[step]), default=0)
                if needed + self._cost(step) < least[found]:
                    least[found] = needed + self._cost(step)
                    grew = True
        return least


def is_shortest(known: Known, givens: Collection[Quantity], target: Quantity, depth: int) -> bool:
    """Whether nothing leads to the target in fewer steps."""
    return _is_none(Backwards(known, givens).derivations([target], depth - 1))


def is_shortest_to_x(
    equations: Equations,
    givens: Collection[Quantity],
    expressions: Mapping[Quantity, InX],
    depth: int,
) -> bool:
    """Whether no linear equation tells x in fewer steps, be sizes carried to it in numbers or in x."""
    return _is_none(ways_to_x(equations, givens, expressions, depth - 1))


def _is_none(ways: Iterator[object]) -> bool:
    """Whether there is none, for sure."""
    try:
        return next(ways, None) is None
    except UnsureError:
        return False


def ways_to_x(
    equations: Equations,
    givens: Collection[Quantity],
    expressions: Mapping[Quantity, InX],
    most: int,
) -> Iterator[tuple[list[Step], Instance]]:
    """Steps and the linear equation that then tells x: so many at most.

    Raises:
        UnsureError: there are too many ways to look at all.
    """
    back = Backwards(equations.known, [*givens, *expressions])
    for equation, parts in equations.linear:
        targets = equation.quantities + equation.needed
        left = most - (0 if equation.rule.reads else 1)
        for steps in back.derivations(targets, left, without=equation):
            if _tells_x(steps, equation, parts, expressions):
                yield steps, equation


def _tells_x(
    steps: Collection[Step], equation: Instance, parts: Parts, expressions: Mapping[Quantity, InX]
) -> bool:
    """Whether x does not cancel out in an equation to which these steps lead."""
    factors = {one: Fraction(line.factor) for one, line in expressions.items()}
    for step in steps:
        factor = _carried(step, factors)
        if factor is None:
            return False
        if factor:
            factors[step.found] = factor
    if any(one in factors for one in equation.needed):
        return False
    return sum(share * factors.get(one, 0) for one, share in parts if one is not None) != 0


def _carried(step: Step, factors: Mapping[Quantity, Fraction]) -> Fraction | None:
    """The factor of x in what a step finds; None where an equation that is not linear would carry x."""
    if not any(one in factors for one in needs_of(step)):
        return Fraction(0)
    parts = linear_parts(step.instance)
    if parts is None or any(one in factors for one in step.instance.needed):
        return None
    own = sum(share for one, share in parts if one == step.found)
    others = sum(
        share * factors.get(one, 0) for one, share in parts if one is not None and one != step.found
    )
    return Fraction(-others / own)
