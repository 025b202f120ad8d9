"""_options: are a question's options good for a choice, and how near may a written value come?"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import floor, isclose, isfinite, log10
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
        "options-missing": "It has fewer than two options, or its answer is none of them.",
        "answer-not-a-number": "The right option is a text or a formula, which no value proves.",
        "option-not-a-number": "A wrong option is a text or a formula, which no value tells apart.",
        "value-mismatch": "An option's text is not the value that the source stores for it.",
        "answer-repeated": "A wrong option has the value of the right one: two answers are right.",
        "option-repeated": "Two wrong options have one value: fewer are left than it seems.",
    }
)


def choice_of(texts: Sequence[str], place: int, stored: Sequence[Any] | None = None) -> Choice:
    """The choice of the option in a place, each of the options a value of its own.

    Args:
        texts: The options.
        place: Of the right one, from 0.
        stored: The values that the source has for them; what is no number there is not compared.

    Raises:
        RefusedError: for one of OPTIONS.
    """
    if not 1 < len(texts) <= len(LETTERS) or not 0 <= place < len(texts):
        raise RefusedError("options-missing", f"number {place + 1} of {list(texts)}")
    values = [_number(text, of_answer=at == place) for at, text in _answer_first(texts, place)]
    values.insert(place, values.pop(0))
    if stored is not None:
        _check_stored(texts, values, stored)
    _check_distinct(texts, values, place)
    return Choice(LETTERS[place], tuple(texts), _tolerance(values, place))


def value_of(text: str) -> float | None:
    """What a constant is worth, its unit aside; None for another text."""
    side = option_side(text)
    value = real_value(side.tree) if side else None
    return None if value is None else float(value)


def as_number(value: object) -> float | None:
    """A value from JSON or a pickle as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) else None


def _answer_first(texts: Sequence[str], place: int) -> list[tuple[int, str]]:
    return sorted(enumerate(texts), key=lambda one: one[0] != place)


def _number(text: str, *, of_answer: bool) -> float:
    value = value_of(text)
    if value is None:
        reason = "answer-not-a-number" if of_answer else "option-not-a-number"
        raise RefusedError(reason, repr(text))
    return value


def _check_stored(texts: Sequence[str], values: Sequence[float], stored: Sequence[Any]) -> None:
    if len(stored) != len(texts):
        raise RefusedError("value-mismatch", f"{len(stored)} values for {len(texts)} options")
    for text, value, other in zip(texts, values, map(as_number, stored), strict=True):
        percent = value * 100 if "%" in text else value
        if other is not None and not (_is_near(value, other) or _is_near(percent, other)):
            raise RefusedError("value-mismatch", f"{text!r} is stored as {other:g}")


def _is_near(value: float, other: float) -> bool:
    return isclose(value, other, rel_tol=ROUNDING, abs_tol=ROUNDING)


def _check_distinct(texts: Sequence[str], values: Sequence[float], place: int) -> None:
    pairs = [pair for pair in combinations(range(len(texts)), 2) if _are_same(values, *pair)]
    for one, other in sorted(pairs, key=lambda pair: place not in pair):
        reason = "answer-repeated" if place in (one, other) else "option-repeated"
        raise RefusedError(
            reason, f"{LETTERS[one]} {texts[one]!r}, {LETTERS[other]} {texts[other]!r}"
        )


def _are_same(values: Sequence[float], one: int, other: int) -> bool:
    return isclose(values[one], values[other], rel_tol=1e-9, abs_tol=1e-9)


def _tolerance(values: Sequence[float], place: int) -> str:
    gap = min(abs(value - values[place]) for at, value in enumerate(values) if at != place)
    reach = min(abs(values[place]) * SHARE or gap, gap * LESS_THAN_HALF)
    return _cut(reach)


def _cut(reach: float) -> str:
    """The first two digits of a distance, never rounded up."""
    places = max(0, 1 - floor(log10(reach)))
    return f"{floor(reach * 10**places) / 10**places:.{places}f}"
