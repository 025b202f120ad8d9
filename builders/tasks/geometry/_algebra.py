"""_algebra: equations between quantities: sums of products, and what one of them is when all others are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import cos, prod, radians, sin, tan
from typing import Final, Literal, NamedTuple

from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.surds import (
    InexactError,
    Number,
    Surd,
    cosine,
    plain,
    sine,
    tangent,
)

Function = Literal["", "sin", "cos", "tan"]
EXACT: Final[Mapping[str, Callable[[Surd], Surd]]] = {"sin": sine, "cos": cosine, "tan": tangent}
FLOATING: Final[Mapping[str, Callable[[float], float]]] = {"sin": sin, "cos": cos, "tan": tan}
KNOWN_ANGLES: Final = (30, 45, 60, 90, 120, 135, 150)  # whose sines and cosines are known by heart


class Factor(NamedTuple):
    """A quantity, or a function of an angle."""

    quantity: Quantity
    function: Function = ""

    def value(self, values: Mapping[Quantity, Surd]) -> Surd:
        """What it is worth."""
        value = values[self.quantity]
        return EXACT[self.function](value) if self.function else value


Powers = tuple[tuple[Factor, int], ...]


class Product(NamedTuple):
    """A number times powers of factors."""

    share: Surd
    powers: Powers


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of products."""

    products: tuple[Product, ...]

    def __add__(self, other: "Terms | Number") -> "Terms":
        """The sum."""
        return Terms(self.products + terms(other).products)

    def __sub__(self, other: "Terms | Number") -> "Terms":
        """The difference."""
        return self + terms(other) * -1

    def __mul__(self, other: "Terms | Number") -> "Terms":
        """The product."""
        return Terms(
            tuple(
                Product(one.share * two.share, one.powers + two.powers)
                for one in self.products
                for two in terms(other).products
            )
        )

    __rmul__ = __mul__

    def __truediv__(self, number: int) -> "Terms":
        """A part."""
        return self * Fraction(1, number)

    def __pow__(self, power: int) -> "Terms":
        """A power, of one product only."""
        ((share, powers),) = self.products
        raised = tuple((factor, exponent * power) for factor, exponent in powers)
        return Terms((Product(share**power, raised),))

    def mapped(self, change: Callable[[Quantity], Quantity]) -> "Terms":
        """The same of other quantities."""
        return Terms(
            tuple(
                Product(
                    one.share,
                    tuple(
                        (Factor(change(factor.quantity), factor.function), power)
                        for factor, power in one.powers
                    ),
                )
                for one in self.products
            )
        )

    def quantities(self) -> list[Quantity]:
        """What is in it, in the order in which it is written."""
        return [factor.quantity for one in self.products for factor, _ in one.powers]

    def collected(self) -> dict[Powers, Surd]:
        """The sum with products of the same factors brought together."""
        found: dict[Powers, Surd] = {}
        for share, powers in self.products:
            exponents: dict[Factor, int] = {}
            for factor, power in powers:
                exponents[factor] = exponents.get(factor, 0) + power
            key = tuple(sorted((one, power) for one, power in exponents.items() if power))
            found[key] = found.get(key, Surd({})) + share
        return {key: share for key, share in found.items() if share.terms}


def terms(value: Terms | Number) -> Terms:
    """A number as a sum."""
    return value if isinstance(value, Terms) else Terms((Product(Surd.of(value), ()),))


@dataclass(frozen=True)
class Equation:
    """Two sums that are equal."""

    left: Terms
    right: Terms

    def mapped(self, change: Callable[[Quantity], Quantity]) -> "Equation":
        """The same of other quantities."""
        return Equation(self.left.mapped(change), self.right.mapped(change))

    def quantities(self) -> tuple[Quantity, ...]:
        """What it is about, each once."""
        return tuple(dict.fromkeys(self.left.quantities() + self.right.quantities()))

    def holds(self, values: Mapping[Quantity, Surd]) -> bool:
        """Whether both sides are worth the same."""
        try:
            return evaluated(self.left, values) == evaluated(self.right, values)
        except InexactError:
            return False

    def residual(self, sizes: Callable[[Quantity], float]) -> float:
        """The difference of the sides as measured, as a share of the largest product: 0 for a truth."""
        worth = [
            sign
            * one.share.value
            * prod(_measured(factor, sizes) ** power for factor, power in one.powers)
            for sign, side in ((1, self.left), (-1, self.right))
            for one in side.products
        ]
        return abs(sum(worth)) / max(1e-9, *map(abs, worth))

    @cached_property
    def parts(self) -> Mapping[Powers, Surd]:
        """All products of both sides, as a sum that is 0."""
        return (self.left - self.right).collected()

    @cached_property
    def solvable(self) -> frozenset[Quantity]:
        """What it determines when all else is known: what stands in it in one way only.

        Not what is under a sine: two angles of a triangle have the same one.
        """
        ways: dict[Quantity, set[tuple[Function, int]]] = {}
        spoiled: set[Quantity] = set()
        for powers in self.parts:
            mine = [factor.quantity for factor, _ in powers]
            spoiled |= {one for one in mine if mine.count(one) > 1}
            for factor, power in powers:
                ways.setdefault(factor.quantity, set()).add((factor.function, power))
        return frozenset(
            quantity
            for quantity, found in ways.items()
            if len(found) == 1 and quantity not in spoiled and not found & NOT_SOLVED
        )

    def solved_for(self, wanted: Quantity) -> "Solution":
        """The quantity by itself: one of those that are `solvable`."""
        among: dict[Powers, Surd] = {}
        rest: dict[Powers, Surd] = {}
        way: tuple[Factor, int] | None = None
        for powers, share in self.parts.items():
            mine = [one for one in powers if one[0].quantity == wanted]
            if mine:
                (way,) = mine
                among[tuple(one for one in powers if one not in mine)] = share
            else:
                rest[powers] = -share
        assert way is not None, wanted
        return Solution(*way, *_tidied(rest, among))


# Ways in which a quantity stands that it is not solved for.
NOT_SOLVED: Final = frozenset({("sin", 1), ("", 4)})


ONE: Final = (Product(Surd.of(1), ()),)


@dataclass(frozen=True, slots=True)
class Solution:
    """`factor ^ power = above / below`."""

    factor: Factor
    power: int
    above: Terms
    below: Terms

    @property
    def is_rational(self) -> bool:
        """Whether only sums, products and quotients of what it takes are calculated."""
        sides = (*self.above.products, *self.below.products)
        functions = [factor.function for one in sides for factor, _ in one.powers]
        return self.power == 1 and not any((self.factor.function, *functions))

    def mapped(self, change: Callable[[Quantity], Quantity]) -> "Solution":
        """The same of other quantities."""
        factor = Factor(change(self.factor.quantity), self.factor.function)
        return Solution(factor, self.power, self.above.mapped(change), self.below.mapped(change))

    def value(self, values: Mapping[Quantity, Surd]) -> Surd:
        """What the quantity is worth.

        Raises:
            InexactError: it has no exact value of our form.
            ZeroDivisionError: it is not determined.
        """
        found = evaluated(self.above, values)
        if self.below.products != ONE:
            found = found / evaluated(self.below, values)
        if self.power == 2:
            found = found.sqrt()
        elif self.power > 2:
            raise InexactError(f"a root of degree {self.power}")
        if not self.factor.function:
            return found
        function = EXACT[self.factor.function]
        # Right triangles alone have a tangent: of an acute angle.
        for degrees in KNOWN_ANGLES[: 3 if self.factor.function == "tan" else None]:
            if function(Surd.of(degrees)) == found:
                return Surd.of(degrees)
        raise InexactError(f"the angle whose {self.factor.function} is {found}")

    def text(self, values: Mapping[Quantity, Surd]) -> str:
        """The calculation with numbers: `√(3² + 4²)`, `(180° − 40°) / 2`."""
        angular = self.factor.quantity.is_angular and not self.factor.function
        above = numbered(self.above, values, angular=angular)
        below = numbered(self.below, values)
        if below != "1":
            above = f"({above})" if len(self.above.products) > 1 else above
            is_one = below.startswith("(") and below.find(")") == len(below) - 1
            # `2 / 4√3` would be read as `2 / 4 · √3`, `2 / √3/4` as `2 / √3 / 4`.
            is_several = any(sign in below[1:] for sign in " /√π")
            below = f"({below})" if is_several and not is_one else below
            above = f"{above} / {below}"
        if self.power == 2:
            return f"√({above})" if not above.isdigit() else f"√{above}"
        return above


def evaluated(side: Terms, values: Mapping[Quantity, Surd]) -> Surd:
    """What a sum is worth."""
    result: Surd | None = None
    for share, powers in side.products:
        product: Surd | None = None
        for factor, power in powers:
            value = factor.value(values)
            if power != 1:
                value **= power
            product = value if product is None else product * value
        product = share if product is None else product * share
        result = product if result is None else result + product
    return result or Surd({})


def _tidied(above: Mapping[Powers, Surd], below: Mapping[Powers, Surd]) -> tuple[Terms, Terms]:
    """A quotient without minus signs below, nor fractions where they can be multiplied away."""
    sign = Surd.of(-1 if sum(share.value for share in below.values()) < 0 else 1)
    if list(below) == [()]:
        number = below[()]
        inverse = (Surd.of(1) / number).rational()
        if inverse is not None and (abs(inverse) >= 1 or len(above) == 1):
            sign, below = Surd.of(inverse), {(): Surd.of(1)}
            return _sum(above, sign), _sum(below, Surd.of(1))
    return _sum(above, sign), _sum(below, sign)


def _sum(parts: Mapping[Powers, Surd], sign: Surd) -> Terms:
    products = [Product(share * sign, powers) for powers, share in parts.items()]
    products.sort(key=lambda one: (one.share.value < 0, len(one.powers) > 0))
    return Terms(tuple(products))


Write = Callable[[Factor, int], str]
SUPERSCRIPTS: Final = {1: "", 2: "²", 3: "³", 4: "⁴"}


def numbered(side: Terms, values: Mapping[Quantity, Surd], *, angular: bool = False) -> str:
    """A sum with the numbers put in; plain numbers of an angular one are degrees."""

    def write(factor: Factor, power: int) -> str:
        text = shown(factor.quantity, values[factor.quantity])
        if factor.function:
            text = f"{factor.function} {text}"
        if " " in text or (power > 1 and not text.isdigit()):
            text = f"({text})"
        return text + SUPERSCRIPTS[power]

    return written(side, write, angular=angular)


def shown(quantity: Quantity, value: Surd) -> str:
    """A value with the degree sign where it is an angle."""
    return f"{plain(value)}°" if quantity.is_angular else plain(value)


def written(side: Terms, write: Write, *, angular: bool = False) -> str:
    """A sum in signs, its factors as they are to be written."""
    text = ""
    for share, powers in side.products:
        negative = share.value < 0
        factors = [write(factor, power) for factor, power in powers]
        number = plain(-share if negative else share)
        if angular and not powers and number != "0":
            number += "°"
        if number != "1" or not factors:
            factors.insert(0, f"({number})" if " " in number and factors else number)
        sign = " − " if negative else " + "
        text += (sign if text else "−" if negative else "") + " · ".join(factors)
    return text


def _measured(factor: Factor, sizes: Callable[[Quantity], float]) -> float:
    size = sizes(factor.quantity)
    return FLOATING[factor.function](radians(size)) if factor.function else size
