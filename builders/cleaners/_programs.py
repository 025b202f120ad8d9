"""_programs: what does a program of GeoQA come to, and in which steps?

A program is a row of operations, each with its operands behind it: N_0 a number of the question, C_0 a constant, V_0 the result of
the first operation. Differences have no sign there: what is called `g_minus` is the distance of two numbers.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from builders.cleaner import RefusedError
from builders.cleaners._options import as_number

# The last two are GeoQA+'s.
CONSTANTS: Final = (30.0, 60.0, 90.0, 180.0, 360.0, math.pi, 0.618, 72.0, 540.0)
ANGLE_STEP: Final = 15  # degrees: no function of another angle is known to the source
MOST_STEPS: Final = 100
PROGRAMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "program-missing": "it has no program: nothing proves its answer",
        "program-unreadable": "its program has an operation or an operand that there is not",
        "program-undefined": "a step of its program has no value, such as a division by zero",
        "program-disagrees": "its program comes to another value than its right option",
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a program, its numbers filled in."""

    value: float
    text: str  # for people: `180 - 80 = 100`; empty where nothing is computed


@dataclass(frozen=True, slots=True)
class _Operation:
    takes: int
    value: Callable[..., float]  # ValueError or ZeroDivisionError where there is none
    text: Callable[..., str]


def run(program: object, numbers: object) -> list[Step]:
    """The steps of a program with these numbers of its question.

    Raises:
        RefusedError: for one of PROGRAMS.
    """
    if not isinstance(program, Sequence) or isinstance(program, str) or not program:
        raise RefusedError("program-missing", f"the program is {program!r}")
    given = list(numbers) if isinstance(numbers, Sequence) else []
    steps: list[Step] = []
    rest = [str(word) for word in program]
    while rest:
        operation = OPERATIONS.get(rest[0])
        if operation is None or len(rest) <= operation.takes or len(steps) == MOST_STEPS:
            raise RefusedError("program-unreadable", f"{' '.join(rest)!r}")
        operands = [_operand(word, given, steps) for word in rest[1 : 1 + operation.takes]]
        steps.append(_step(rest[0], operation, operands))
        rest = rest[1 + operation.takes :]
    return steps


def _operand(word: str, numbers: Sequence[Any], steps: Sequence[Step]) -> float:
    sort, _, place = word.partition("_")
    known: Mapping[str, Sequence[Any]] = {
        "N": numbers,
        "C": CONSTANTS,
        "V": [step.value for step in steps],
    }
    if sort in known and place.isascii() and place.isdecimal() and int(place) < len(known[sort]):
        value = as_number(known[sort][int(place)])
        if value is not None:
            return value
    raise RefusedError("program-unreadable", f"there is no {word!r}")


def _step(name: str, operation: _Operation, operands: Sequence[float]) -> Step:
    try:
        value = operation.value(*operands)
    except (ValueError, ArithmeticError):
        value = math.nan
    if not math.isfinite(value):
        raise RefusedError("program-undefined", f"{name} of {', '.join(map(told, operands))}")
    written = operation.text(*map(told, operands))
    shown = told(value)
    sign = "=" if math.isclose(float(shown), value, rel_tol=1e-12) else "≈"
    return Step(value, f"{written} {sign} {shown}" if written else "")


def told(value: float) -> str:
    """A value for people, to four decimals."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _function(of: Callable[[float], float], least: float, most: float) -> Callable[[float], float]:
    """A function of an angle in degrees, at the angles that the source knows."""

    def value(angle: float) -> float:
        if angle % ANGLE_STEP or not least <= angle <= most:
            raise ValueError
        return of(math.radians(angle))

    return value


def _quotient(one: float, other: float) -> float:
    if one <= 0 or other <= 0:
        raise ValueError
    return one / other


def _other_leg(one: float, other: float) -> float:
    if one == other:
        raise ValueError
    return math.sqrt(abs(one * one - other * other))


def _ordered(form: str) -> Callable[[str, str], str]:
    """A text with the larger number first, so that a difference is as it is written."""

    def text(one: str, other: str) -> str:
        small, large = sorted((one, other), key=float)
        return form.format(large, small)

    return text


OPERATIONS: Final[Mapping[str, _Operation]] = MappingProxyType(
    {
        "g_equal": _Operation(1, lambda a: a, lambda a: ""),  # noqa: ARG005 - there is no step
        "g_double": _Operation(1, lambda a: 2 * a, "2 × {}".format),
        "g_half": _Operation(1, lambda a: a / 2, "{} ÷ 2".format),
        "g_add": _Operation(2, lambda a, b: a + b, "{} + {}".format),
        "g_minus": _Operation(2, lambda a, b: abs(a - b), _ordered("{} - {}")),
        "g_mul": _Operation(2, lambda a, b: a * b, "{} × {}".format),
        "g_divide": _Operation(2, _quotient, "{} ÷ {}".format),
        "g_bili": _Operation(3, lambda a, b, c: _quotient(a, b) * c, "{} ÷ {} × {}".format),
        "g_sin": _Operation(1, _function(math.sin, 0, 180), "sin {}°".format),
        "g_cos": _Operation(1, _function(math.cos, 0, 180), "cos {}°".format),
        "g_tan": _Operation(1, _function(math.tan, 15, 75), "tan {}°".format),
        "g_asin": _Operation(1, lambda a: math.degrees(math.asin(a)), "arcsin {}".format),
        "g_acos": _Operation(1, lambda a: math.degrees(math.acos(a)), "arccos {}".format),
        "g_sqrt": _Operation(1, math.sqrt, "√{}".format),
        "gougu_add": _Operation(2, math.hypot, "√({}² + {}²)".format),
        "gougu_minus": _Operation(2, _other_leg, _ordered("√({}² - {}²)")),
        "cal_circle_area": _Operation(1, lambda a: math.pi * a * a, "π × {}²".format),
        "cal_circle_perimeter": _Operation(1, lambda a: 2 * math.pi * a, "2 × π × {}".format),
        "cal_cone": _Operation(2, lambda a, b: math.pi * a * b, "π × {} × {}".format),
    }
)
