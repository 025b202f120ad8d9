"""_options: are a question's options good for a choice, and how near may a written value come?"""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import floor, isclose, isfinite, log10
from numbers import Real
from types import MappingProxyType
from typing import Any, Final

from builders.cleaner import RefusedError
from evaluators import Choice
from evaluators.choice import LETTERS
from evaluators.quantity import option_side
from evaluators.scalar import real_value

# A written value may differ from the right option's by 1 %, as roundings on the way do, but by less
# than half of the way to the nearest other option.
SHARE: Final = 0.01
LESS_THAN_HALF: Final = 0.45
# What a value stored with two decimals may differ from the value of its text.
ROUNDING: Final = 0.006

OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "options-missing": "it has fewer than two options, or its answer is none of them",
        "answer-not-a-number": "the right option is a text or a formula, or its source has no value for it: none proves it",
        "option-not-a-number": "a wrong option is a text or a formula, or its source has no value for it: none tells it apart",
        "value-mismatch": "an option's text is not the value that the source stores for it",
        "answer-repeated": "a wrong option has the value of the right one, or is that rounded: two answers are right",
        "option-repeated": "two wrong options have one value: fewer are left than it seems",
    }
)


def choice_of(
    texts: Sequence[str], place: int, stored: Sequence[Any] | None = None, *, each: bool = False
) -> Choice:
    """The choice of the option in a place, each of the options a value of its own.

    Args:
        texts: The options.
        place: Of the right one, from 0.
        stored: The values that the source has for them; what is no number there is not compared.
        each: Whether the source has one for each option that is a number.

    Raises:
        RefusedError: for one of OPTIONS.
    """
    if not 1 < len(texts) <= len(LETTERS) or not 0 <= place < len(texts):
        raise RefusedError("options-missing", f"number {place + 1} of {list(texts)}")
    values = _values(texts, place, [None] * len(texts) if stored is None else stored)
    if each and stored is not None:
        _check_each(texts, place, stored)
    _check_values(texts, values, place)
    if stored is not None:
        _check_stored(texts, values, place, stored)
    return Choice(LETTERS[place], tuple(texts), _tolerance(values, place))


def check_distinct(texts: Sequence[str], place: int) -> None:
    """Refuse options two of which are one: the same value, or the same text.

    Raises:
        RefusedError: answer-repeated or option-repeated.
    """
    tidy = [" ".join(text.split()) for text in texts]
    firsts = [tidy.index(text) for text in tidy]
    for at in sorted(range(len(texts)), key=lambda one: place not in (one, firsts[one])):
        if firsts[at] != at:
            raise _repeated(texts, place, firsts[at], at)
    _check_values(texts, [value_of(text) for text in texts], place)


def value_of(text: str) -> float | None:
    """What a constant is worth, its unit aside; None for another text."""
    side = option_side(text)
    value = real_value(side.tree) if side else None
    return None if value is None else _as_float(value)


def as_number(value: object) -> float | None:
    """A value from JSON or a pickle as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number = _as_float(value)
    return number if number is not None and isfinite(number) else None


def _as_float(value: int | float | Real) -> float | None:
    try:
        return float(value)
    except OverflowError:  # more than 1e308: no length of a figure
        return None


def _values(texts: Sequence[str], place: int, stored: Sequence[Any]) -> list[float]:
    """What the options are worth; that the right one is no number is told first."""
    if len(stored) != len(texts):
        raise RefusedError("value-mismatch", f"{len(stored)} values for {len(texts)} options")
    values: dict[int, float] = {}
    for at in sorted(range(len(texts)), key=lambda one: one != place):
        value = value_of(texts[at])
        if value is None and _is_notation(texts[at]):
            value = as_number(stored[at])
        if value is None:
            raise _no_number(repr(texts[at]), is_answer=at == place)
        values[at] = value
    return [values[at] for at in range(len(texts))]


def _check_each(texts: Sequence[str], place: int, stored: Sequence[Any]) -> None:
    """Refuse an option that its source has no value for, though its text may be read as one; the right one first."""
    for at in sorted(range(len(texts)), key=lambda one: one != place):
        if as_number(stored[at]) is None:
            raise _no_number(f"{texts[at]!r} is stored as {stored[at]!r}", is_answer=at == place)


def _no_number(detail: str, *, is_answer: bool) -> RefusedError:
    return RefusedError("answer-not-a-number" if is_answer else "option-not-a-number", detail)


# Of a number: the angle of `\angle 6`, the two values of `\pm 6` and the three of `1:2:3` are none.
_NOTATION: Final = re.compile(
    r"(?:\\(?:[dt]?frac|sqrt|pi|cdot|times|div|over(?:line)?|left|right|circ|degree|[,!;% ])(?![A-Za-z])"
    r"|[\d\s.+*/^_{}()\[\]%°√π×·÷−-])+"
)


def _is_notation(text: str) -> bool:
    """Whether a text has nothing but what numbers are written with, though our grammar reads none in it."""
    return _NOTATION.fullmatch(text) is not None


def _check_stored(
    texts: Sequence[str], values: Sequence[float], place: int, stored: Sequence[Any]
) -> None:
    numbers = list(map(as_number, stored))
    _check_values(texts, numbers, place)
    for text, value, other in zip(texts, values, numbers, strict=True):
        percent = value * 100 if "%" in text else value
        if other is not None and not (_is_near(value, other) or _is_near(percent, other)):
            raise RefusedError("value-mismatch", f"{text!r} is stored as {other:g}")


def _is_near(value: float, other: float) -> bool:
    return isclose(value, other, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _check_values(texts: Sequence[str], values: Sequence[float | None], place: int) -> None:
    pairs = combinations(range(len(texts)), 2)
    same = [(one, other) for one, other in pairs if _are_alike(texts, values, one, other)]
    for one, other in sorted(same, key=lambda pair: place not in pair):
        raise _repeated(texts, place, one, other)


_DECIMAL: Final = re.compile(r"-?\d*(?:\.(?P<places>\d+))?")


def _are_alike(texts: Sequence[str], values: Sequence[float | None], one: int, other: int) -> bool:
    """Whether two options are worth the same, or one is the other rounded: `7.07` for `5\\sqrt{2}`."""
    pairs = ((one, other), (other, one))
    return _are_same(values[one], values[other]) or any(
        _is_rounded(texts[a], values[a], texts[b], values[b]) for a, b in pairs
    )


def _is_rounded(text: str, value: float | None, other: str, exact: float | None) -> bool:
    """Whether a decimal is what another option comes to, which is written as no decimal."""
    written = _DECIMAL.fullmatch(text.strip())
    if value is None or exact is None or written is None or _DECIMAL.fullmatch(other.strip()):
        return False
    # To whole numbers much is rounded that is another option all the same.
    places = len(written["places"] or "")
    return places > 0 and abs(value - exact) < 0.5 * 10.0**-places


def _repeated(texts: Sequence[str], place: int, one: int, other: int) -> RefusedError:
    reason = "answer-repeated" if place in (one, other) else "option-repeated"
    pair = f"{LETTERS[one]} {texts[one]!r}, {LETTERS[other]} {texts[other]!r}"
    return RefusedError(reason, pair)


def _are_same(one: float | None, other: float | None) -> bool:
    return None not in (one, other) and isclose(one or 0, other or 0, rel_tol=1e-9, abs_tol=1e-9)


def _tolerance(values: Sequence[float], place: int) -> str:
    gap = min(abs(value - values[place]) for at, value in enumerate(values) if at != place)
    reach = min(abs(values[place]) * SHARE or gap, gap * LESS_THAN_HALF)
    return _cut(reach)


def _cut(reach: float) -> str:
    """The first two digits of a distance, never rounded up."""
    places = max(0, 1 - floor(log10(reach)))
    return f"{floor(reach * 10**places) / 10**places:.{places}f}"
