"""surds: exact values of geometry: sums of `rational · √n · π^k`, in a form that is unique.

Equal values have equal terms, because square roots of different square-free numbers are linearly
independent over the rationals and π is transcendental. A product and a sum take 14 µs here; sympy, which
could do more, takes 590 to expand the same, and a problem is searched among thousands of them.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Final

Term = tuple[int, int]  # a square-free radicand, and the power of π
ONE: Final[Term] = (1, 0)
LARGEST_RADICAND: Final = 10**11


class InexactError(ArithmeticError):
    """The value has no such form, or one that nobody would want to read."""


class Surd:
    """An exact real number; never changed."""

    __slots__ = ("__dict__", "terms")

    def __init__(self, terms: Mapping[Term, Fraction]) -> None:
        """Zero terms are left out."""
        self.terms = {term: share for term, share in terms.items() if share}

    @classmethod
    def of(cls, value: "Number") -> "Surd":
        """A number as a surd."""
        return value if isinstance(value, Surd) else cls({ONE: Fraction(value)})

    @cached_property
    def _key(self) -> frozenset[tuple[Term, Fraction]]:
        return frozenset(self.terms.items())

    def __eq__(self, other: object) -> bool:
        """Whether two values are equal."""
        if isinstance(other, int | Fraction):
            other = Surd.of(other)
        return self.terms == other.terms if isinstance(other, Surd) else NotImplemented

    def __hash__(self) -> int:
        """Equal values have equal terms."""
        return hash(self._key)

    def __repr__(self) -> str:
        """As a thought writes it."""
        return plain(self)

    @cached_property
    def value(self) -> float:
        """The value as a float."""
        return math.fsum(
            share.numerator * math.sqrt(root) * math.pi**power / share.denominator
            for (root, power), share in self.terms.items()
        )

    def rational(self) -> Fraction | None:
        """The value as a fraction, where it is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms[ONE] if len(self.terms) == 1 and ONE in self.terms else None

    def whole(self) -> int | None:
        """The value as a whole number, where it is one."""
        value = self.rational()
        return value.numerator if value is not None and value.denominator == 1 else None

    def __add__(self, other: "Number") -> "Surd":
        """The sum."""
        added = Surd.of(other).terms
        if not added:
            return self
        terms = dict(self.terms)
        for term, share in added.items():
            terms[term] = terms[term] + share if term in terms else share
        return Surd(terms)

    __radd__ = __add__

    def __neg__(self) -> "Surd":
        """The value with the other sign."""
        return Surd({term: -share for term, share in self.terms.items()})

    def __sub__(self, other: "Number") -> "Surd":
        """The difference."""
        return self + -Surd.of(other)

    def __rsub__(self, other: "Number") -> "Surd":
        """The difference from a number."""
        return Surd.of(other) - self

    def __mul__(self, other: "Number") -> "Surd":
        """The product."""
        factors = Surd.of(other).terms
        if len(factors) == 1 and ONE in factors:  # as nearly always
            factor = factors[ONE]
            return (
                self
                if factor == 1
                else Surd({term: share * factor for term, share in self.terms.items()})
            )
        terms: dict[Term, Fraction] = {}
        for (root, power), share in self.terms.items():
            for (root_2, power_2), share_2 in factors.items():
                shared = math.gcd(root, root_2)
                term = ((root // shared) * (root_2 // shared), power + power_2)
                product = share * share_2 * shared
                terms[term] = terms[term] + product if term in terms else product
        return Surd(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: "Number") -> "Surd":
        """The quotient; InexactError where the divisor has more than two terms."""
        return self * Surd.of(other)._inverse()

    def _inverse(self) -> "Surd":
        if not self.terms:
            raise ZeroDivisionError("a surd divided by 0")
        if len(self.terms) == 1:
            (((root, power), share),) = self.terms.items()
            return Surd({(root, -power): 1 / (share * root)})
        if len(self.terms) > 2 or any(power for _, power in self.terms):
            raise InexactError(f"1 / ({self})")
        (first, share), (second, share_2) = self.terms.items()
        conjugate = Surd({first: share, second: -share_2})
        return conjugate * (self * conjugate)._inverse()

    def __pow__(self, power: int) -> "Surd":
        """A whole power."""
        base = self if power >= 0 else self._inverse()
        result = base if power else Surd.of(1)
        for _ in range(abs(power) - 1):
            result = result * base
        return result

    def sqrt(self) -> "Surd":
        """The square root of a fraction, or of one times an even power of π; InexactError else."""
        if not self.terms:
            return self
        if len(self.terms) != 1:
            raise InexactError(f"√({self})")
        (((root, power), share),) = self.terms.items()
        if root != 1 or power % 2 or share < 0:
            raise InexactError(f"√({self})")
        outside, inside = _square_free(share.numerator * share.denominator)
        return Surd({(inside, power // 2): Fraction(outside, share.denominator)})


Number = Surd | Fraction | int
PI: Final = Surd({(1, 1): Fraction(1)})


def root(number: int) -> Surd:
    """√number."""
    return Surd.of(number).sqrt()


@lru_cache(maxsize=4096)
def _square_free(number: int) -> tuple[int, int]:
    """The a and b of √number = a√b with b square-free."""
    if number > LARGEST_RADICAND:
        raise InexactError(f"√{number}")
    outside, divisor = 1, 1
    # A square that divides it is of a number up to its cube root, or leaves less than that.
    while divisor**3 <= number:
        while divisor > 1 and number % (divisor * divisor) == 0:
            number //= divisor * divisor
            outside *= divisor
        whole = math.isqrt(number // divisor)
        if number == whole * whole * divisor:
            return outside * whole, divisor
        divisor += 1
    return outside, number


_HALF: Final = Fraction(1, 2)
_SINES: Final[Mapping[int, Surd]] = {
    0: Surd({}),
    30: Surd.of(_HALF),
    45: root(2) * _HALF,
    60: root(3) * _HALF,
    90: Surd.of(1),
}


def sine(degrees: Surd) -> Surd:
    """The sine of an angle of a triangle; InexactError where it is none of those known by heart."""
    whole = degrees.whole()
    acute = -1 if whole is None else min(whole, 180 - whole)
    if acute not in _SINES:
        raise InexactError(f"sin {degrees}°")
    return _SINES[acute]


def cosine(degrees: Surd) -> Surd:
    """The cosine of an angle of a triangle."""
    return sine(90 - degrees) if degrees.value <= 90 else -sine(degrees - 90)


def tangent(degrees: Surd) -> Surd:
    """The tangent of an acute angle."""
    if degrees == 90:
        raise InexactError("tan 90°")
    return sine(degrees) / cosine(degrees)


def plain(value: Surd) -> str:
    """`5√3`, `9π/2`, `4 + 2√3`, `(1 + √5)/2`."""
    return _written(value, lambda number: f"√{number}", "π", lambda top, below: f"{top}/{below}")


def latex(value: Surd) -> str:
    r"""`5\sqrt{3}`, `\frac{9\pi}{2}`, `4+2\sqrt{3}`: as textbooks and model answers write it."""
    text = _written(
        value,
        lambda number: rf"\sqrt{{{number}}}",
        r"\pi",
        lambda top, below: rf"\frac{{{top.removeprefix('(').removesuffix(')')}}}{{{below}}}",
    )
    return text.replace(" ", "").replace("−", "-")


Radical = Callable[[int], str]


def _written(value: Surd, radical: Radical, pi: str, over: Callable[[str, str], str]) -> str:
    terms = sorted(value.terms.items(), key=lambda one: (-one[0][1], one[0][0]))
    if not terms:
        return "0"
    below = math.lcm(*(share.denominator for _, share in terms))
    parts = [_term(share * below, term, radical, pi) for term, share in terms]
    parts.sort(key=lambda part: part.startswith("−"))  # no sum begins with a minus that need not
    top = parts[0] + "".join(
        f" − {part[1:]}" if part.startswith("−") else f" + {part}" for part in parts[1:]
    )
    if below == 1:
        return top
    return over(f"({top})" if len(parts) > 1 else top, str(below))


def _term(share: Fraction, term: Term, radical: Radical, pi: str) -> str:
    number, (inside, power) = abs(share.numerator), term
    symbols = (radical(inside) if inside > 1 else "") + _power(pi, power)
    digits = str(number) if number != 1 or not symbols else ""
    return ("−" if share < 0 else "") + digits + symbols


def _power(pi: str, power: int) -> str:
    return {0: "", 1: pi}.get(power, f"{pi}^{power}")
