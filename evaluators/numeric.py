"""numeric: values to a few hundred digits, for what has no exact form.

Two constants that agree to 240 digits, or two functions that agree at several generic points to 40,
are taken for equal: a wrong answer would have to be built to do so, and nobody writes 240 digits.
"""

import operator
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, Final

from evaluators.exact import TRIGONOMETRIC, has_degrees
from evaluators.tree import Number, Symbol, Tree, variables

DIGITS: Final = 300  # of a constant
POINT_DIGITS: Final = 60  # of a function's value at one point
AGREE: Final = 0.8  # the share of the digits that equal values must have in common
POINTS: Final = 8
NEEDED: Final = 3  # points at which both functions must be defined
MAX_EXPONENT: Final = 400  # bounds the size of what a power may give: e^400 has 174 digits

MAX_ARGUMENT: Final = 10**12  # of a function: a larger angle costs more digits than there are
MAX_SIZE: Final = 3_000  # decimal exponent of a value, either way

_local = threading.local()


def same_value(left: Tree, right: Tree) -> bool:
    """Whether two scalar trees are equal, as numbers or as functions of their variables."""
    names = sorted(variables(left) | variables(right))
    if not names:
        a, b = value(left), value(right)
        return a is not None and b is not None and _close(a, b, DIGITS)
    agreed = {True: 0, False: 0}  # points at which both are real, and at which they are not
    differs = False
    for point in _points(tuple(names)):
        a, b = value(left, point), value(right, point)
        if a is None or b is None:
            continue
        is_real, is_close = _is_real(a) and _is_real(b), _close(a, b, POINT_DIGITS)
        if is_real and not is_close:
            return False
        differs = differs or not is_close
        agreed[is_real] += is_close
    # Lengths and angles are real: functions that agree wherever both are real are one.
    return agreed[True] >= NEEDED or (not differs and agreed[False] >= NEEDED)


def value(tree: Tree, point: Mapping[str, Any] | None = None) -> Any:
    """The value as an mpmath number; None where it is undefined, infinite or out of bounds."""
    context = _context()
    context.dps = POINT_DIGITS if point else DIGITS
    try:
        result = _evaluated(tree, point or {}, context)
    except (ArithmeticError, ValueError, KeyError, _OutOfBoundsError):
        return None
    return result if context.isfinite(result) else None


def real_fraction(tree: Tree) -> Fraction | None:
    """A constant's real value as a fraction, good to DIGITS digits; None where it has none."""
    number = value(tree) if not variables(tree) else None
    if number is None or not _is_real(number):
        return None
    sign, mantissa, exponent, _ = number.real._mpf_
    size = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -size if sign else size


class _OutOfBoundsError(Exception):
    """A number too large to compute with."""


def _context() -> Any:
    """This thread's own mpmath context: the library's shared one is not safe between threads."""
    if not hasattr(_local, "context"):
        from mpmath import MPContext  # here, not above: its import takes longer than most gradings

        _local.context = MPContext()
    return _local.context


def _evaluated(tree: Tree, point: Mapping[str, Any], context: Any) -> Any:
    if isinstance(tree, Number):
        return context.mpf(tree.value.numerator) / tree.value.denominator
    if isinstance(tree, Symbol):
        if tree.name in ("pi", "e"):
            return +getattr(context, tree.name)
        return context.mpc(0, 1) if tree.name == "i" else point[tree.name]
    args = [_evaluated(arg, point, context) for arg in tree.args]
    if tree.op in TRIGONOMETRIC and has_degrees(tree.args[0]):
        args = [args[0] * context.pi / 180]
    return _checked(_apply(tree.op, args, context), context)


_PLAIN_FUNCTIONS: Final = frozenset(
    "sin cos tan cot sec csc asin acos atan sinh cosh tanh ln".split()
)


def _apply(op: str, args: list[Any], context: Any) -> Any:
    if op in _OPERATORS:
        return _OPERATORS[op](*args)
    if op in _PLAIN_FUNCTIONS and abs(args[0]) < MAX_ARGUMENT:
        return getattr(context, op)(args[0])
    match op:
        case "^":
            return _power(args[0], args[1], context)
        case "root":
            return _root(args[1], args[0], context)
        case "exp":
            return _power(context.e, args[0], context)
        case "factorial" if abs(args[0]) < MAX_EXPONENT:
            return context.gamma(args[0] + 1)
        case "binom" if max(map(abs, args)) < MAX_EXPONENT:
            return context.binomial(*args)
        case "log":
            return context.ln(args[1]) / context.ln(args[0])
        case _:
            raise _OutOfBoundsError(op)


_OPERATORS: Final[Mapping[str, Callable[..., Any]]] = {
    "+": operator.add,
    "*": operator.mul,
    "/": operator.truediv,
    "ratio": operator.truediv,
    "neg": operator.neg,
    "abs": abs,
    "degrees": lambda value: value,
    "percent": lambda value: value / 100,
}


def _power(base: Any, exponent: Any, context: Any) -> Any:
    if abs(exponent) > MAX_EXPONENT:
        raise _OutOfBoundsError
    return context.power(base, exponent)


def _root(radicand: Any, degree: Any, context: Any) -> Any:
    if degree == 3 and _is_real(radicand) and radicand.real < 0:
        return -context.cbrt(-radicand)  # the real cube root, as in school
    return _power(radicand, 1 / degree, context)


def _checked(result: Any, context: Any) -> Any:
    size = abs(result)
    ten = context.mpf(10)
    if context.isfinite(result) and (not size or ten**-MAX_SIZE < size < ten**MAX_SIZE):
        return result
    raise _OutOfBoundsError


def _is_real(number: Any) -> bool:
    return bool(abs(number.imag) <= abs(number.real) * 1e-30)


def _close(a: Any, b: Any, digits: int) -> bool:
    difference, size = abs(a - b), max(abs(a), abs(b), 1)
    return bool(difference <= size * _context().mpf(10) ** -int(digits * AGREE))


@cache
def _generic(name: str, turn: int) -> tuple[int, int]:
    """A fraction that no written expression has a reason to treat as special."""
    stream = Random(f"{name}/{turn}")
    sign = stream.choice((-1, 1)) if turn % 2 else 1  # every other point is all positive
    return sign * stream.randint(10**9, 4 * 10**9), 10**9 + 7


def _points(names: tuple[str, ...]) -> list[dict[str, Any]]:
    context = _context()
    context.dps = POINT_DIGITS
    return [
        {
            name: context.mpf(top) / bottom
            for name in names
            for top, bottom in [_generic(name, turn)]
        }
        for turn in range(POINTS)
    ]
