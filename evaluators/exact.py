"""exact: values as quotients of sums of `rational · √n · symbols`, where equality is decided.

Square roots of distinct square-free integers are linearly independent over the rationals, and pi, e
and the variables are treated as independent of them and of each other, so two values are equal just
when they cross-multiply to the same sum. The imaginary unit is √-1. What does not fit this form (a
nested root, a sine of 20°) or would grow too large is left to `numeric`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, gcd, isqrt
from typing import Final

from evaluators.tree import Apply, Number, Symbol, Tree

MAX_TERMS: Final = 48
MAX_BITS: Final = 8_192  # of an integer: about 2,400 decimal digits
MAX_RADICAND: Final = 10**12
MAX_FACTORIAL: Final = 500
MAX_SYMBOLIC_BINOMIAL: Final = 8  # the k of a binomial in n

Powers = tuple[tuple[str, int], ...]  # symbols and their exponents, in order of name
Monomial = tuple[int, Powers]  # a square-free radicand and the symbols
Sum = Mapping[Monomial, Fraction]  # without zero coefficients; shared by the cache, never changed

_ONE: Final[Monomial] = (1, ())


class OutsideError(Exception):
    """The value has no exact form here; it may well have a numeric one."""


class UndefinedError(Exception):
    """There is no such value: a division by zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """A quotient of two sums."""

    top: Sum
    bottom: Sum

    def same(self, other: "Exact") -> bool:
        """Whether two values are equal; OutsideError where that costs too much to know."""
        if self.bottom == other.bottom:
            return self.top == other.top
        return _times(self.top, other.bottom) == _times(other.top, self.bottom)

    def is_real_constant(self) -> bool:
        """Whether no variable, no infinity and no imaginary part is in it."""
        keys = [*self.top, *self.bottom]
        return all(
            root > 0 and all(name in ("pi", "e") for name, _ in powers) for root, powers in keys
        )

    def rational(self) -> Fraction | None:
        """The value as a fraction, where it is one."""
        if len(self.bottom) == 1 and _ONE in self.bottom and self.top.keys() <= {_ONE}:
            return self.top.get(_ONE, Fraction(0)) / self.bottom[_ONE]
        return None


@lru_cache(maxsize=2048)
def exact(tree: Tree) -> Exact:
    """The exact value of a scalar tree.

    Raises:
        OutsideError: it has no exact form of this sort, or one that is too large.
        UndefinedError: it divides by zero.
    """
    if isinstance(tree, Number):
        return _constant(tree.value)
    if isinstance(tree, Symbol):
        return Exact(
            {(-1, ()) if tree.name == "i" else (1, ((tree.name, 1),)): Fraction(1)}, _UNITY
        )
    return _applied(tree)


_UNITY: Final[Sum] = {_ONE: Fraction(1)}


def _constant(value: Fraction) -> Exact:
    return Exact({_ONE: value} if value else {}, _UNITY)


def _applied(tree: Apply) -> Exact:
    op, args = tree.op, tree.args
    if op in TRIGONOMETRIC:
        return _trigonometric(op, args[0])
    if op == "^":
        return _power(exact(args[0]), _rational(args[1]))
    if op == "root":
        return _power(exact(args[1]), _inverse_of(_rational(args[0])))
    if op == "factorial":
        return _constant(Fraction(factorial(_small_whole(args[0]))))
    if op == "binom":
        return _binomial(exact(args[0]), _small_whole(args[1]))
    values = [exact(arg) for arg in args]
    if op in _ARITHMETIC:
        return _ARITHMETIC[op](*values)
    if op == "abs" and (value := values[0].rational()) is not None:
        return _constant(abs(value))
    raise OutsideError(op)


def _rational(tree: Tree) -> Fraction:
    value = exact(tree).rational()
    if value is None:
        raise OutsideError("not rational")
    return value


def _inverse_of(value: Fraction) -> Fraction:
    if not value:
        raise UndefinedError
    return 1 / value


def _add(left: Exact, right: Exact) -> Exact:
    if left.bottom == right.bottom:
        return Exact(_plus(left.top, right.top), left.bottom)
    top = _plus(_times(left.top, right.bottom), _times(right.top, left.bottom))
    return Exact(top, _times(left.bottom, right.bottom))


def multiply(left: Exact, right: Exact) -> Exact:
    """The product of two values; OutsideError where it is too large."""
    return Exact(_times(left.top, right.top), _times(left.bottom, right.bottom))


def _divide(left: Exact, right: Exact) -> Exact:
    if not right.top:
        raise UndefinedError
    if not left.top:
        return left
    divisor = right.rational()
    if divisor is not None:
        return Exact({key: value / divisor for key, value in left.top.items()}, left.bottom)
    return Exact(_times(left.top, right.bottom), _times(left.bottom, right.top))


def _negative(value: Exact) -> Exact:
    return Exact({key: -share for key, share in value.top.items()}, value.bottom)


_ARITHMETIC: Final[Mapping[str, Callable[..., Exact]]] = {
    "+": _add,
    "*": multiply,
    "/": _divide,
    "ratio": _divide,
    "neg": _negative,
    "percent": lambda value: _divide(value, _constant(Fraction(100))),
    # Outside an angle's function a degree is a unit: units stand apart.
    "degrees": lambda value: value,
}


def _plus(left: Sum, right: Sum) -> Sum:
    total: dict[Monomial, Fraction] = dict(left)
    for key, value in right.items():
        total[key] = total.get(key, Fraction(0)) + value
        if not total[key]:
            del total[key]
    return _bounded(total)


def _times(left: Sum, right: Sum) -> Sum:
    if right == _UNITY:
        return left
    if left == _UNITY:
        return right
    if len(left) * len(right) > 4 * MAX_TERMS:
        raise OutsideError("too many terms")
    total: dict[Monomial, Fraction] = {}
    for (left_root, left_powers), left_value in left.items():
        for (right_root, right_powers), right_value in right.items():
            root, factor = _root_product(left_root, right_root)
            key = (root, _joined(left_powers, right_powers))
            total[key] = total.get(key, Fraction(0)) + left_value * right_value * factor
    return _bounded({key: value for key, value in total.items() if value})


def _root_product(left: int, right: int) -> tuple[int, int]:
    """√left · √right as a square-free radicand and the integer before it."""
    shared = gcd(left, right)
    sign = -1 if left < 0 and right < 0 else 1
    return (left // shared) * (right // shared), sign * shared


def _joined(left: Powers, right: Powers) -> Powers:
    if not left or not right:
        return left or right
    total = dict(left)
    for name, power in right:
        total[name] = total.get(name, 0) + power
    return tuple(sorted(total.items()))


def _bounded(total: Sum) -> Sum:
    if len(total) > MAX_TERMS:
        raise OutsideError("too many terms")
    for value in total.values():
        if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
            raise OutsideError("too many digits")
    return total


def _power(base: Exact, exponent: Fraction) -> Exact:
    if exponent.denominator == 1:
        return _whole_power(base, exponent.numerator)
    value = base.rational()
    if value is None:
        raise OutsideError("a root of a sum")
    if exponent.denominator == 2:
        return _whole_power(_square_root(value), exponent.numerator)
    top, bottom = (
        _perfect_root(n, exponent.denominator) for n in (value.numerator, value.denominator)
    )
    return _whole_power(_constant(Fraction(top, bottom)), exponent.numerator)


def _whole_power(base: Exact, exponent: int) -> Exact:
    if exponent == 1:
        return base
    if exponent < 0:
        base, exponent = _divide(_constant(Fraction(1)), base), -exponent
    widest = max(
        _size(value) for part in (base.top, base.bottom) for value in part.values() or [Fraction(0)]
    )
    if exponent > MAX_BITS or widest * exponent > MAX_BITS:
        raise OutsideError("too large a power")
    result = _constant(Fraction(1))
    for bit in bin(exponent)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, base)
    return result


def _size(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length()) - 1


def _square_root(value: Fraction) -> Exact:
    """√(a/b) = √(ab) / b."""
    outside, inside = _square_free(value.numerator * value.denominator)
    if not outside:
        return _constant(Fraction(0))
    return Exact({(inside, ()): Fraction(outside, value.denominator)}, _UNITY)


@lru_cache(maxsize=4096)
def _square_free(number: int) -> tuple[int, int]:
    """The a and b of √number = a√b with b square-free; b carries the sign."""
    whole = isqrt(abs(number))
    if whole * whole == abs(number):
        return whole, -1 if number < 0 else 1
    if abs(number) > MAX_RADICAND:
        raise OutsideError("too large a radicand")
    outside, inside, rest = 1, 1, abs(number)
    for divisor in _divisors():
        if divisor * divisor * divisor > rest:
            break
        while rest % (divisor * divisor) == 0:
            rest //= divisor * divisor
            outside *= divisor
        if rest % divisor == 0:
            rest //= divisor
            inside *= divisor
    # What is left has at most two prime factors, so it is a square or square-free.
    whole = isqrt(rest)
    if whole * whole == rest:
        outside, rest = outside * whole, 1
    return outside, inside * rest * (-1 if number < 0 else 1)


def _divisors() -> Iterator[int]:
    yield 2
    yield 3
    candidate = 5
    while True:
        yield candidate
        yield candidate + 2
        candidate += 6


def _perfect_root(number: int, degree: int) -> int:
    if degree > 64 or abs(number).bit_length() > MAX_BITS or (number < 0 and degree % 2 == 0):
        raise OutsideError("a root")
    low, high = 0, 1 << (abs(number).bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= abs(number) else (low, middle - 1)
    if low**degree != abs(number):
        raise OutsideError("an irrational root")
    return -low if number < 0 else low


def _small_whole(tree: Tree) -> int:
    value = _rational(tree)
    if value.denominator != 1 or not 0 <= value <= MAX_FACTORIAL:
        raise OutsideError("not a small whole number")
    return value.numerator


def _binomial(top: Exact, bottom: int) -> Exact:
    """n(n-1)…(n-k+1) / k!, for any n."""
    whole = top.rational()
    if whole is not None and whole.denominator == 1 and 0 <= whole <= MAX_FACTORIAL:
        return _constant(Fraction(comb(whole.numerator, bottom)))
    if bottom > MAX_SYMBOLIC_BINOMIAL:
        raise OutsideError("a long product")
    product = _constant(Fraction(1, factorial(bottom)))
    for step in range(bottom):
        product = multiply(product, _add(top, _constant(Fraction(-step))))
    return product


# Sines of multiples of 15° as coefficients of (1, √2, √3, √6), each over 4.
_SINES: Final = {
    0: (0, 0, 0, 0), 15: (0, -1, 0, 1), 30: (2, 0, 0, 0), 45: (0, 2, 0, 0),
    60: (0, 0, 2, 0), 75: (0, 1, 0, 1), 90: (4, 0, 0, 0),
}  # fmt: skip
TRIGONOMETRIC: Final = frozenset("sin cos tan cot sec csc".split())


def _sine(degrees: int) -> Exact:
    degrees %= 360
    sign = 1 if degrees < 180 else -1
    degrees %= 180
    parts = _SINES[min(degrees, 180 - degrees)]
    return Exact(
        {
            (root, ()): Fraction(sign * part, 4)
            for root, part in zip((1, 2, 3, 6), parts, strict=True)
            if part
        },
        _UNITY,
    )


def _trigonometric(op: str, argument: Tree) -> Exact:
    degrees = _whole_degrees(argument)
    sine, cosine = _sine(degrees), _sine(degrees + 90)
    one = _constant(Fraction(1))
    match op:
        case "sin":
            return sine
        case "cos":
            return cosine
        case "tan":
            return _divide(sine, cosine)
        case "cot":
            return _divide(cosine, sine)
        case "sec":
            return _divide(one, cosine)
        case _:
            return _divide(one, sine)


def _whole_degrees(argument: Tree) -> int:
    """The angle in degrees, a multiple of 15."""
    value = exact(argument)
    if has_degrees(argument):
        degrees = value.rational()
    elif not value.top:
        degrees = Fraction(0)
    else:
        turns = _divide(value, exact(Symbol("pi")))
        (key,) = turns.top.keys() if len(turns.top) == 1 else (_ONE,)
        shared = turns.bottom.get(key)
        degrees = 180 * turns.top[key] / shared if shared and len(turns.bottom) == 1 else None
    if degrees is None or degrees.denominator != 1 or degrees.numerator % 15:
        raise OutsideError("not a special angle")
    return degrees.numerator


def has_degrees(tree: Tree) -> bool:
    """Whether a sum or product of angles is written in degrees."""
    if not isinstance(tree, Apply):
        return False
    return tree.op == "degrees" or (
        tree.op in ("+", "*", "/", "neg") and any(map(has_degrees, tree.args))
    )
