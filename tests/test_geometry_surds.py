"""Exact values: of roots and of π, of sizes that figures are made with, of equations; and measuring, which knows none."""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
import shapely

from builders.scenes.figures.measure import Edge, Plane, Quantity, measure
from builders.scenes.figures.secants import _with_tangents
from builders.scenes.figures.sizes import (
    FLATTEST,
    LARGEST_ROOT_ASKED,
    LONGEST_HYPOTENUSE,
    _triples,
    is_short,
    lone_size,
    triple,
    two_triangles,
)
from builders.scenes.figures.surds import PI, InexactError, Surd, cosine, latex, plain, root, sine
from builders.scenes.figures.triangles import _of_short_thirds
from builders.tasks.geometry._algebra import Equation, Terms, terms
from builders.tasks.geometry._forms import suits
from builders.tasks.geometry._rule import length, of_angle
from evaluators import Expression

# Exact values.


def test_surds_are_as_large_as_floats_say() -> None:
    rng = Random(0)
    stock = [Surd.of(Fraction(rng.randint(-9, 9), rng.randint(1, 6))) for _ in range(6)]
    stock += [root(n) * rng.randint(1, 5) for n in (2, 3, 5, 12)] + [PI, PI * root(3), 2 + root(3)]
    for a, b in combinations(stock, 2):
        assert (a + b).value == pytest.approx(a.value + b.value)
        assert (a - b).value == pytest.approx(a.value - b.value)
        assert (a * b).value == pytest.approx(a.value * b.value)
        if b.terms and len(b.terms) == 1:
            assert (a / b).value == pytest.approx(a.value / b.value)
    assert (Surd.of(1) / (2 + root(3))).value == pytest.approx(1 / (2 + math.sqrt(3)))


def test_equal_surds_are_equal() -> None:
    assert root(12) == 2 * root(3)
    assert root(2) * root(6) == 2 * root(3)
    assert hash(root(8)) == hash(root(2) + root(2))
    assert (root(2) + 1) * (root(2) - 1) == 1
    assert root(2) != PI
    assert Surd.of(Fraction(9, 4)).sqrt() == Fraction(3, 2)
    with pytest.raises(InexactError):
        (1 + root(2)).sqrt()


def test_roots_have_no_square_within() -> None:
    rng = Random(0)
    large = [rng.randrange(1, 40) * rng.randrange(1, 50_000) ** 2 for _ in range(100)]
    for number in (*range(1, 3_000), *large, *(rng.randrange(10**9) for _ in range(20))):
        (((inside, _), outside),) = root(number).terms.items()
        assert outside**2 * inside == number
        assert all(inside % divisor**2 for divisor in range(2, math.isqrt(inside) + 1))


@pytest.mark.parametrize("degrees", [30, 45, 60, 90, 120, 135, 150])
def test_sines_known_by_heart(degrees: int) -> None:
    exact = Surd.of(degrees)
    assert sine(exact).value == pytest.approx(math.sin(math.radians(degrees)))
    assert cosine(exact).value == pytest.approx(math.cos(math.radians(degrees)), abs=1e-15)


@pytest.mark.parametrize(
    ("value", "in_thought", "in_latex"),
    [
        (5 * root(3), "5√3", r"5\sqrt{3}"),
        (PI * Fraction(9, 2), "9π/2", r"\frac{9\pi}{2}"),
        (16 - 4 * PI, "16 − 4π", r"16-4\pi"),
        ((1 + root(5)) / 2, "(1 + √5)/2", r"\frac{1+\sqrt{5}}{2}"),
        (Surd.of(7), "7", "7"),
        (Surd.of(0), "0", "0"),
    ],
)
def test_surds_are_written_and_read(value: Surd, in_thought: str, in_latex: str) -> None:
    assert (plain(value), latex(value)) == (in_thought, in_latex)
    for text in (in_thought, in_latex, f"{value.value:.12g}"):
        score = Expression(in_latex).score(text)
        assert score is not None and score.value == 1, text


# Measuring, which no theorem has a part in.


def test_areas_and_borders_are_as_shapely_says() -> None:
    corners = {
        "A": (0.0, 0.0),
        "B": (7.0, 1.0),
        "C": (5.0, 6.0),
        "D": (1.0, 4.0),
        "O": (3.0, 3.0),
        "P": (4.0, 3.0),
    }
    disc = ((Edge("P", "O"),),)
    plane = Plane(
        corners, {"circle O": disc, "ring": ((Edge("A"), Edge("B"), Edge("C"), Edge("D")), *disc)}
    )
    polygon = shapely.Polygon([corners[name] for name in "ABCD"])
    circle = shapely.Point(3, 3).buffer(1, quad_segs=2_000)
    for region, shape in (
        (("polygon", *"ABCD"), polygon),
        (("circle", "O"), circle),
        (("ring",), polygon - circle),
    ):
        assert measure(Quantity("area", region), plane) == pytest.approx(shape.area, rel=1e-6)
        assert measure(Quantity("perimeter", region), plane) == pytest.approx(
            shape.length, rel=1e-6
        )


def test_arcs_go_counterclockwise() -> None:
    plane = Plane({"O": (0, 0), "A": (2, 0), "B": (0, 2)}, {})
    assert measure(Quantity("arc", ("O", "A", "B")), plane) == pytest.approx(90)
    assert measure(Quantity("arc", ("O", "B", "A")), plane) == pytest.approx(270)
    assert measure(Quantity("arc length", ("O", "A", "B")), plane) == pytest.approx(math.pi)
    assert measure(Quantity("area", ("sector", "O", "A", "B")), plane) == pytest.approx(math.pi)
    assert measure(Quantity("perimeter", ("sector", "O", "A", "B")), plane) == pytest.approx(
        4 + math.pi
    )


# Sizes that figures are made with.


def test_sizes_are_whole_or_short_roots() -> None:
    rng = Random(0)
    drawn_sizes = [lone_size(rng) for _ in range(500)]
    assert all(map(is_short, drawn_sizes))
    assert 0.2 < sum(one.whole() is None for one in drawn_sizes) / 500 < 0.4
    sides = [two_triangles(rng) for _ in range(300)]
    both_whole = [
        (p, q, h)
        for p, q, h in sides
        if all(math.isqrt(x * x + h * h) ** 2 == x * x + h * h for x in (p, q))
    ]
    assert 0.04 < len(both_whole) / 300 < 0.13
    assert not is_short(root(13)) and not is_short(41 * root(2)) and is_short(40 * root(11))


def test_secants_and_sides_come_out_as_they_should() -> None:
    for near, far, tangent in _with_tangents():
        assert (tangent * tangent).whole() == near * far and is_short(tangent)
    whole = 0
    for p, q, degrees in _of_short_thirds()[::7]:
        third = root(p * p + q * q + (p * q if degrees == 120 else -p * q))
        drawn_third = math.sqrt(p * p + q * q - 2 * p * q * math.cos(math.radians(degrees)))
        assert third.value == pytest.approx(drawn_third) and degrees in (60, 120)
        assert (
            suits(third, "choice")
            and max(radicand for radicand, _ in third.terms) <= LARGEST_ROOT_ASKED
        )
        whole += third.whole() is not None
    assert whole > 100


def test_no_right_triangle_is_much_more_likely_than_another() -> None:
    rng = Random(0)
    found = Counter(tuple(sorted(triple(rng))) for _ in range(2_000))
    assert len(found) > 500
    assert max(found.values()) < 15
    assert all(a * a + b * b == c * c for a, b, c in found)
    squares = {c * c: c for c in range(LONGEST_HYPOTENUSE + 1)}
    legs = combinations(range(1, LONGEST_HYPOTENUSE), 2)
    every = {(a, b, squares[a * a + b * b]) for a, b in legs if a * a + b * b in squares}
    assert set(found) < {one for one in every if one[1] < FLATTEST * one[0]} == set(_triples())


# Equations, solved.


@pytest.mark.parametrize(
    ("sines", "text"),
    [(("BAC",), "2 / (sin 30°)"), (("BAC", "ABC"), "2 / ((sin 60°) · (sin 30°))")],
)
def test_what_is_divided_by_is_in_brackets_once(sines: tuple[str, ...], text: str) -> None:
    divided = _product([length("DE"), *(of_angle("sin", one) for one in sines)])
    values = {
        Quantity("angle", tuple("BAC")): Surd.of(30),
        Quantity("angle", tuple("ABC")): Surd.of(60),
    }
    solution = Equation(divided, terms(2)).solved_for(Quantity("length", ("D", "E")))
    assert solution.text(values) == text


@pytest.mark.parametrize(
    ("divisor", "text"),
    [
        (Surd.of(3), "2 / 3"), (root(3), "2 / √3"), (2 * root(3), "2 / (2√3)"), (PI, "2 / π"),
        (root(65) / 2, "2 / (√65/2)"), (2 * PI, "2 / (2π)"), (Surd.of(Fraction(3, 4)), "2 / (3/4)"),
    ],
)  # fmt: skip
def test_what_is_divided_by_is_read_as_one(divisor: Surd, text: str) -> None:
    one, other = (Quantity("length", tuple(ends)) for ends in ("DE", "FG"))
    solution = Equation(length("DE") * length("FG"), terms(2)).solved_for(one)
    assert solution.text({other: divisor}) == text


def _product(factors: Sequence[Terms]) -> Terms:
    first, *others = factors
    for one in others:
        first = first * one
    return first
