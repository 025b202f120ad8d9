"""_in_x: does x follow from sizes that are given in numbers and in x?

Linear equations carry expressions in x from size to size. An equation that is linear tells x where two
expressions meet in it; one that is not, as that of Pythagoras, tells it wherever all of its sizes are
known in numbers or in x.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from builders.scenes.figures.measure import Quantity
from builders.tasks.geometry._engine import Known
from builders.tasks.geometry._rule import Instance

X: Final = "x"
# Added to x, to see whether an equation still holds: an identity holds for these too.
ELSEWHERE: Final = (0.5, 1.25)
HOLDS: Final = 1e-9  # up to which residual


@dataclass(frozen=True, slots=True)
class InX:
    """`factor · x + shift`."""

    factor: int
    shift: int

    def __str__(self) -> str:
        """`2x + 10`, `x − 3`, `5x`."""
        times = X if self.factor == 1 else f"{self.factor}{X}"
        sign = "−" if self.shift < 0 else "+"
        return f"{times} {sign} {abs(self.shift)}" if self.shift else times


Line = tuple[Fraction, Fraction]  # factor of x, and the rest
Parts = list[tuple[Quantity | None, Fraction]]


def linear_parts(instance: Instance) -> Parts | None:
    """The terms of a linear equation with rational factors; None for any other."""
    found: Parts = []
    for powers, share in instance.equation.parts.items():
        rational = share.rational()
        if (
            rational is None
            or len(powers) > 1
            or any(one.function or power != 1 for one, power in powers)
        ):
            return None
        found.append((powers[0][0].quantity if powers else None, rational))
    return found


@dataclass(frozen=True)
class Equations:
    """What the theorems say of the known sizes of a figure, as equations for x."""

    known: Known

    def tell_x(
        self,
        givens: Sequence[Quantity],
        expressions: Mapping[Quantity, InX],
        barred: Collection[str] = (),
    ) -> bool:
        """Whether x follows from sizes given in numbers and others given in x."""
        values = self.known.values
        reached = self.known.follow(givens, barred)
        if any(one in reached for one in expressions):
            return True
        there: dict[Quantity, Line] = {}
        for one in reached:
            value = values[one].rational()
            if value is not None:
                there[one] = (Fraction(0), value)
        for one, line in expressions.items():
            there[one] = (Fraction(line.factor), Fraction(line.shift))
        linear = [one for one in self.linear if one[0].rule.family not in barred]
        return _carry(linear, there, reached) or any(
            self._changes_with_x(one, there, reached)
            for one in self._others
            if one.rule.family not in barred
        )

    @cached_property
    def linear(self) -> list[tuple[Instance, Parts]]:
        """The linear ones."""
        return [(one, parts) for one in self._all if (parts := linear_parts(one))]

    @cached_property
    def _others(self) -> list[Instance]:
        """The others."""
        return [one for one in self._all if linear_parts(one) is None]

    @cached_property
    def _all(self) -> list[Instance]:
        values = self.known.values
        return [
            one
            for one in self.known.instances
            if all(quantity in values for quantity in one.quantities) and one.holds(values)
        ]

    def _changes_with_x(
        self, one: Instance, there: Mapping[Quantity, Line], reached: Collection[Quantity]
    ) -> bool:
        """Whether an equation is about x, all else in it being known, and holds not for every x."""
        if not all(each in there or each in reached for each in one.quantities + one.needed):
            return False
        if not any(each in there and there[each][0] for each in one.quantities):
            return False

        def residual(shift: float) -> float:
            def size(each: Quantity) -> float:
                slope = float(there[each][0]) if each in there else 0.0
                return self.known.values[each].value + slope * shift

            return one.equation.residual(size)

        return any(residual(shift) > HOLDS for shift in ELSEWHERE)


def _carry(
    equations: Sequence[tuple[Instance, Parts]],
    there: dict[Quantity, Line],
    reached: Collection[Quantity],
) -> bool:
    """Add all sizes that are known in x by linear equations; whether one of these tells x at once.

    Args:
        equations: The linear ones; each is used once all is known that it presumes.
        there: What is known in x, or as a fraction.
        reached: What is known in numbers, roots among them.
    """
    waiting, grew = equations, True
    while grew:
        equations, waiting, grew = waiting, [], False
        for instance, parts in equations:
            unknown = [(one, share) for one, share in parts if one is not None and one not in there]
            if len(unknown) > 1 or not all(
                one in there or one in reached for one in instance.needed
            ):
                waiting.append((instance, parts))
                continue
            factor = _factor(parts, there)
            if not unknown:
                if factor:
                    return True
                continue
            ((quantity, share),) = unknown
            assert quantity is not None
            there[quantity] = (-factor / share, -_rest(parts, there) / share)
            grew = True
    return False


def _factor(parts: Parts, there: dict[Quantity, Line]) -> Fraction:
    """The factor of x in the sum of what is known; most of it is numbers, whose factor is 0."""
    lines = [(share, there[one][0]) for one, share in parts if one in there]
    return sum((share * factor for share, factor in lines if factor), Fraction(0))


def _rest(parts: Parts, there: dict[Quantity, Line]) -> Fraction:
    """The sum of what is known, without x."""
    numbers = [share for one, share in parts if one is None]
    return sum(
        numbers + [share * there[one][1] for one, share in parts if one in there], Fraction(0)
    )
