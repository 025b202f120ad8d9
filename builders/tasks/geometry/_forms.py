"""_forms: in what form an answer is asked for: whole, exact, rounded, or one of four options."""

from dataclasses import dataclass
from math import floor, inf
from random import Random
from typing import Final, Literal, NamedTuple

from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sizes import LARGEST_ROOT_ASKED
from builders.scenes.figures.surds import Surd, latex
from evaluators import AnyAnswer, Choice, Expression, Integer, Number

Form = Literal["whole", "exact", "rounded", "choice"]

LARGEST: Final = 99_999  # that is worth to know; of an answer too
EASY_LARGEST: Final = 1_000  # the same of easy answers
LARGEST_BELOW: Final = 12  # denominator
LETTERS: Final = "ABCD"
# How far a value is from where rounding would go the other way, in units of the last place: far more
# than measuring can be off.
FROM_THE_EDGE: Final = 1e-4
EXACT_HINT: Final = ("Give the exact value.", "Answer exactly, not as a decimal.")
IRRATIONAL_HINT: Final = (*EXACT_HINT, "Leave roots and π as they are.")
ROUNDED_HINT: Final = {
    1: ("Round to one decimal place.", "Give it to the nearest tenth."),
    2: ("Round to two decimal places.", "Give it to the nearest hundredth."),
}


class Place(NamedTuple):
    """Where the right one stands among four options."""

    letter: str
    below: int  # how many of the wrong ones are smaller


PLACES: Final = tuple(Place(letter, below) for letter in LETTERS for below in range(len(LETTERS)))


def is_nice(value: Surd, largest_root: float = LARGEST_ROOT_ASKED) -> bool:
    """Whether a person would write such a value down."""
    return (
        0 < value.value <= LARGEST
        and len(value.terms) <= 2
        and all(
            root <= largest_root and power >= 0 and share.denominator <= LARGEST_BELOW
            and abs(share.numerator) <= LARGEST
            for (root, power), share in value.terms.items()
        )
    )  # fmt: skip


def suits(value: Surd, form: Form) -> bool:
    """Whether a value can be asked for in a form."""
    # A decimal shows no root.
    if not is_nice(value, inf if form == "rounded" else LARGEST_ROOT_ASKED):
        return False
    whole = value.whole()
    match form:
        case "whole":
            return whole is not None
        case "exact":
            return whole is None
        case "rounded":
            rational = value.rational()
            return rational is None and all(_is_clear(value, places) for places in ROUNDED_HINT)
        case "choice":
            return True


def _is_clear(value: Surd, places: int) -> bool:
    scaled = float(value.value * 10**places + 0.5)
    return FROM_THE_EDGE < scaled - floor(scaled) < 1 - FROM_THE_EDGE


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and how the question asks for its form."""

    answer: AnyAnswer
    hint: str  # a sentence, or empty
    last: str  # the last step of the thought, from the exact value to the answer; empty if they are one


def asked(value: Surd, form: Form, rng: Random) -> Asked:
    """The answer in a form that it suits."""
    if form == "whole":
        whole = value.whole()
        assert whole is not None
        return Asked(Integer(whole), "", "")
    if form == "exact":
        hints = IRRATIONAL_HINT if value.rational() is None else EXACT_HINT
        return Asked(Expression(latex(value)), rng.choice(hints), "")
    places = rng.choice(list(ROUNDED_HINT))
    text = f"{value.value:.{places}f}"
    # Half a unit of the last place: what rounds to it, and nothing that rounds to another.
    answer = Number(text, "0." + places * "0" + "5")
    words = {1: "one decimal place", 2: "two decimal places"}[places]
    return Asked(answer, rng.choice(ROUNDED_HINT[places]), f"Rounded to {words} this is {text}.")


def option(value: Surd, quantity: Quantity | None) -> str:
    """A value as an option shows it: angles with their sign."""
    return f"{latex(value)}°" if quantity and quantity.is_angular else latex(value)


def lettered(
    gold: Surd, others: list[Surd], letter: str, quantity: Quantity | None, rng: Random
) -> Choice:
    """Four options, the gold at a letter."""
    texts = [option(one, quantity) for one in others]
    rng.shuffle(texts)
    texts.insert(LETTERS.index(letter), option(gold, quantity))
    return Choice(letter, tuple(texts))
