"""Values against published tables: every unit, every special angle."""

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import Number, Status, grade
from evaluators.exact import exact
from evaluators.latex import read
from evaluators.scalar import real_value
from evaluators.words import spelled_number


def value(text: str) -> float:
    statement = read(text)
    assert statement is not None, text
    number = real_value(statement.sides[0].tree)
    assert number is not None, text
    return float(number)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # International yard and pound (1959), SI brochure, Gregorian mean month and year.
        ("1 in", "2.54 cm"), ("1 ft", "30.48 cm"), ("1 yd", "0.9144 m"), ("1 mi", "1609.344 m"),
        ("1 km", "1000 m"), ("1 m", "10 dm"), ("1 dm", "100 mm"), ("1 lb", "453.59237 g"), ("16 oz", "1 lb"),
        ("1 kg", "1000000 mg"), ("1 t", "1000 kg"), ("1 h", "3600 s"), ("1 day", "24 h"), ("1 week", "7 days"),
        ("1 min", "60000 ms"), ("1 L", "1000 mL"), ("1 L", "1000 cm^3"), ("1 m^2", "10000 cm²"),
        ("1 mph", "0.44704 m/s"), ("36 kph", "10 m/s"), ("180°", "π rad"), ("1 year", "12 months"),
        ("100 cents", "1 dollar"), ("1 square foot", "144 square inches"), ("3 hours 30 minutes", "3.5 hours"),
        ("30°15'", "30.25°"),
    ],
)  # fmt: skip
def test_units_convert_by_their_published_factors(one: str, other: str) -> None:
    assert grade(f"<answer>{one}</answer>", Number(other)).status is Status.CORRECT
    doubled = Number(
        f"2({other.split()[0].rstrip('°')}) {' '.join(other.split()[1:])}"
        if " " in other
        else "60.5°"
    )
    assert grade(f"<answer>{one}</answer>", doubled).status is Status.WRONG


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 cm", "1 cm²"),
        ("5 dollars", "5 euros"),
        ("5 s", "5 m"),
        ("300 K", "300 celsius"),
        ("1 kg", "1 L"),
        ("1 m", "1 m/s"),
    ],
)
def test_units_of_two_dimensions_never_agree(one: str, other: str) -> None:
    assert grade(f"<answer>{one}</answer>", Number(other)).status is Status.WRONG


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan,
    "sec": lambda x: 1 / math.cos(x), "csc": lambda x: 1 / math.sin(x), "cot": lambda x: 1 / math.tan(x),
}  # fmt: skip


@pytest.mark.parametrize("degrees", range(-360, 735, 15))
@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_angles_are_exact(name: str, degrees: int) -> None:
    statement = read(f"\\{name} ({degrees}°)")
    assert statement is not None
    poles = {"tan": 90, "sec": 90, "csc": 0, "cot": 0}
    if name in poles and degrees % 180 == poles[name]:
        assert real_value(statement.sides[0].tree) is None
        return
    exact(statement.sides[0].tree)  # has an exact form
    assert value(f"\\{name} ({degrees}°)") == pytest.approx(
        FUNCTIONS[name](math.radians(degrees)), abs=1e-12
    )


@given(st.integers(0, 999_999_999))
def test_numbers_in_words(number: int) -> None:
    assert spelled_number(in_words(number)) == number


@pytest.mark.parametrize(
    "words",
    [
        "five six",
        "hundred",
        "one hundred hundred",
        "two thousand million",
        "twenty twelve",
        "five zero",
    ],
)
def test_words_that_are_no_number(words: str) -> None:
    assert spelled_number(words) is None


def in_words(number: int) -> str:
    ones = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = f" and {in_words(number % size)}" if name == "hundred" and number % size else ""
            if name != "hundred" and number % size:
                rest = f" {in_words(number % size)}"
            return f"{in_words(number // size)} {name}{rest}"
    if number < 20:
        return ones[number]
    return tens[number // 10 - 2] + (f"-{ones[number % 10]}" if number % 10 else "")


@settings(max_examples=200)
@given(st.integers(1, 10**9), st.integers(1, 400), st.integers(0, 3))
def test_square_roots_are_exact(factor: int, radicand: int, scale: int) -> None:
    text = f"\\sqrt{{\\frac{{{radicand}}}{{{10**scale}}}}}"
    assert value(text) == pytest.approx(math.sqrt(radicand / 10**scale), rel=1e-12)
    assert value(f"({text})^2") == pytest.approx(radicand / 10**scale, rel=1e-12)
    assert Fraction(value(f"\\sqrt{{{factor * factor}}}")) == factor
