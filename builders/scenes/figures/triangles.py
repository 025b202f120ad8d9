"""triangles: constructions to begin with that are triangles, and lines in them."""

import math
from functools import cache
from itertools import product
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.sizes import (
    LARGEST_ROOT_ASKED,
    LONGEST,
    WHOLE_SHARE,
    is_flat,
    legs,
    lone_size,
    measured,
    two_triangles,
)
from builders.scenes.figures.surds import root

ANGLES: Final = (26, 112)  # degrees, from and to: of a triangle whose angles are whole
ABOUT: Final = (3, 600)  # from and to: two sides about an angle known by heart
THIRD_SIDES: Final = 960  # longest of the two sides beside it
FINEST: Final = 120  # in lowest terms, the larger number of their ratio at most
SLIMMEST: Final = 3.4  # times as long as the other one may be
LARGEST_SIDE: Final = 900  # the one side that two such angles have: no other size varies
# Two angles of a triangle known by heart, the other one not a right angle.
PAIRS: Final = (
    (30, 45), (45, 60), (30, 120), (45, 30), (60, 45), (30, 30), (120, 30), (30, 135), (135, 30),
)  # fmt: skip
Corners = tuple[str, str, str]


def corners_on_base(figure: Figure, alpha: float, beta: float, side: float = 10) -> Corners:
    """The corners of a triangle on a base, from the angles at its ends; no lines."""
    leg = math.sin(math.radians(beta)) / math.sin(math.radians(alpha + beta)) * side
    a, b = figure.place(0, 0), figure.place(side, 0)
    return a, b, figure.place(*figure.towards(a, alpha, leg))


def on_base(figure: Figure, alpha: float, beta: float, side: float = 10) -> Corners:
    """The same with its sides."""
    corners = corners_on_base(figure, alpha, beta, side)
    figure.shape(*corners)
    return corners


def whole_angles(rng: Random) -> tuple[int, int]:
    """Two angles of a triangle whose third is as large at least as the smallest of them may be."""
    alpha, beta = rng.randint(*ANGLES), rng.randint(*ANGLES)
    if alpha + beta > 180 - ANGLES[0]:
        raise UnsuitableError("too flat")
    return alpha, beta


def triangle_of_angles(figure: Figure, rng: Random) -> None:
    """Any triangle."""
    alpha, beta = whole_angles(rng)
    a, b, c = on_base(figure, alpha, beta)
    figure.know(figure.angle(b, a, c), alpha)
    figure.know(figure.angle(a, b, c), beta)


def isosceles_of_angles(figure: Figure, rng: Random) -> None:
    """Two equal sides."""
    base = rng.randint(24, 78)
    a, b, c = on_base(figure, base, base)
    figure.state("equal", c, a, c, b)
    figure.know(figure.angle(b, a, c), base)


def right_triangle_of_angles(figure: Figure, rng: Random) -> None:
    """A right angle and another."""
    alpha = rng.randint(20, 70)
    a, b, c = on_base(figure, alpha, 90 - alpha)
    figure.state("right", a, c, b)
    figure.know(figure.angle(b, a, c), alpha)


def right_triangle(figure: Figure, rng: Random) -> None:
    """Two whole legs, and a whole hypotenuse or not."""
    p, q = legs(rng)
    a, b, c = figure.place(p, 0), figure.place(0, q), figure.place(0, 0)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    measured(figure, {(a, c): p, (b, c): q})


def special_right_triangle(figure: Figure, rng: Random) -> None:
    """With angles of 30° and 60°, or of 45° twice."""
    short = lone_size(rng)
    small = rng.choice([30, 30, 45])
    long = short * root(3) if small == 30 else short
    a, b, c = figure.place(long.value, 0), figure.place(0, short.value), figure.place(0, 0)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    measured(figure, {(b, c): short})
    figure.know(figure.angle(b, a, c), small)


def triangle_of_lengths(figure: Figure, rng: Random) -> None:
    """A whole altitude, which is drawn, and whole parts of its side; the other sides are whole, or roots."""
    p, q, height = two_triangles(rng)
    if max(p + q, height) > LONGEST or not 0.4 < height / (p + q) < 1.6 or p == q:
        raise UnsuitableError("too large or too flat")
    a, b, c = figure.place(0, 0), figure.place(p + q, 0), figure.place(p, height)
    figure.shape(a, b, c)
    d = figure.foot(c, a, b)
    measured(figure, {(a, d): p, (d, b): q, (c, d): height})


def isosceles_of_lengths(figure: Figure, rng: Random) -> None:
    """A whole base, and a whole height, which is mostly drawn; the other sides are whole, or roots."""
    half, height = legs(rng)
    leg = root(half**2 + height**2)
    if 2 * half > LONGEST or not 0.5 < height / half < 3.2:
        raise UnsuitableError("too flat")
    a, b, c = figure.place(0, 0), figure.place(2 * half, 0), figure.place(half, height)
    figure.shape(a, b, c)
    figure.state("equal", c, a, c, b)
    measured(figure, {(a, b): 2 * half, (a, c): leg})
    measured(figure, {(b, c): leg}, follow=True)
    if rng.random() < 0.7:
        figure.foot(c, a, b)


def equilateral(figure: Figure, rng: Random) -> None:
    """Three equal sides, and an altitude as often as not."""
    side = lone_size(rng)
    figure.of_lengths = True
    a, b, c = on_base(figure, 60, 60, side.value)
    figure.state("equal", a, b, b, c, c, a)
    measured(figure, {(a, b): side})
    if rng.random() < 0.6:
        figure.foot(c, a, b)


def altitude_on_hypotenuse(figure: Figure, rng: Random) -> None:
    """A right triangle cut in two that are like it; the height is whole, or a root."""
    if rng.random() < WHOLE_SHARE:
        p, q = rng.choice(_of_whole_heights())
    else:
        p, q = rng.randint(2, LONGEST // 2), rng.randint(2, LONGEST // 2)
    if not 0.1 < p / q < 10 or p == q:
        raise UnsuitableError("too flat")
    h = root(p * q)
    a, b, c = figure.place(0, 0), figure.place(p + q, 0), figure.place(p, h.value)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    d = figure.foot(c, a, b)
    measured(figure, {(a, d): p, (d, b): q})
    measured(figure, {(c, d): h}, follow=True)


@cache
def _of_whole_heights() -> tuple[tuple[int, int], ...]:
    """The parts of a hypotenuse whose altitude is whole."""
    parts = range(2, LONGEST // 2 + 1)
    return tuple((p, q) for p, q in product(parts, parts) if math.isqrt(p * q) ** 2 == p * q)


def triangle_of_sides_and_angle(figure: Figure, rng: Random) -> None:
    """Two whole sides about an angle known by heart: the third is a large root, or one in a root."""
    _triangle_about(figure, *sides_about(rng))


def triangle_with_short_third(figure: Figure, rng: Random) -> None:
    """The same with a third side that can be asked for: whole, or a multiple of a small root."""
    _triangle_about(figure, *sides_of_short_third(rng))


def _triangle_about(figure: Figure, p: int, q: int, degrees: int) -> None:
    a, b = figure.place(0, 0), figure.place(p, 0)
    c = figure.place(*figure.towards(a, degrees, q))
    figure.shape(a, b, c)
    measured(figure, {(a, b): p, (a, c): q})
    figure.know(figure.angle(b, a, c), degrees)


def sides_about(rng: Random) -> tuple[int, int, int]:
    """Two whole sides and the degrees between them, which are known by heart."""
    degrees = rng.choice([30, 45, 60, 120, 135, 150])
    p, q = (rng.randint(*ABOUT) for _ in range(2))
    if not 1 / SLIMMEST < p / q < SLIMMEST:
        raise UnsuitableError("too flat")
    return p, q, degrees


def sides_of_short_third(rng: Random) -> tuple[int, int, int]:
    """Two whole sides about 60° or 120°, and these degrees: there are fewer of them by far."""
    return rng.choice(_of_short_thirds())


@cache
def _of_short_thirds() -> tuple[tuple[int, int, int], ...]:
    """Two sides about 60° or 120° whose third can be asked for; about other angles it is a root in a root."""
    parts = range(1, FINEST + 1)
    return tuple(
        (p * times, q * times, degrees)
        for p, q in product(parts, parts)
        if p != q and math.gcd(p, q) == 1 and 1 / SLIMMEST < p / q < SLIMMEST
        for degrees, sign in ((60, -1), (120, 1))
        if (degrees, 2 * min(p, q)) != (60, max(p, q))  # half an equilateral triangle
        if _radicand(p * p + q * q + sign * p * q) <= LARGEST_ROOT_ASKED
        for times in range(math.ceil(ABOUT[0] / min(p, q)), THIRD_SIDES // max(p, q) + 1)
    )


def _radicand(square: int) -> int:
    """What is left below the root of a number."""
    ((radicand, _),) = root(square).terms
    return radicand


def triangle_of_two_angles(figure: Figure, rng: Random) -> None:
    """A whole side and two special angles."""
    figure.of_lengths = True
    alpha, beta = rng.choice(PAIRS)
    opposite = lone_size(rng, LARGEST_SIDE)
    side = opposite.value / math.sin(math.radians(alpha)) * math.sin(math.radians(alpha + beta))
    a, b, c = on_base(figure, alpha, beta, side)
    measured(figure, {(b, c): opposite})
    figure.know(figure.angle(b, a, c), alpha)
    figure.know(figure.angle(a, b, c), beta)


def triangle_with_parallel(figure: Figure, rng: Random) -> None:
    """A line through two sides, parallel to the third."""
    figure.of_lengths = True
    whole = rng.randint(3, 8)
    part = rng.randint(1, whole - 1)
    if not 0.3 < part / whole < 0.8 or math.gcd(part, whole) > 1:
        raise UnsuitableError("too near an end")
    sides = [rng.randint(2, LONGEST // whole) * whole for _ in range(3)]
    a, b, c = _of_sides(figure, *sides)
    d = figure.put_between(a, b, part / whole)
    e = figure.put_between(a, c, part / whole)
    figure.join(d, e)
    figure.state("parallel", d, e, b, c)
    measured(figure, {(b, c): sides[0], (a, c): sides[1], (a, b): sides[2]})
    measured(figure, {(a, d): sides[2] * part // whole})


def _of_sides(figure: Figure, a: int, b: int, c: int) -> Corners:
    """A triangle with these sides opposite its corners."""
    if is_flat((a, b, c), 1.12):
        raise UnsuitableError("too flat")
    cosine = (b * b + c * c - a * a) / (2 * b * c)
    first, second = figure.place(0, 0), figure.place(c, 0)
    third = figure.place(b * cosine, b * math.sqrt(1 - cosine * cosine))
    figure.shape(first, second, third)
    return first, second, third


def bisected_triangle(figure: Figure, rng: Random) -> None:
    """An angle bisector that cuts the opposite side into whole parts."""
    figure.of_lengths = True
    p, q = rng.randint(2, 12), rng.randint(2, 12)
    if p == q or not 0.4 < p / q < 2.5:
        raise UnsuitableError("too unequal")
    factor, part = rng.randint(2, LONGEST // max(p, q)), rng.randint(1, LONGEST // (p + q))
    a, b, c = _of_sides(figure, (p + q) * part, q * factor, p * factor)
    d = figure.put_between(b, c, p / (p + q))
    figure.join(a, d)
    figure.state("same angle", b, a, d, d, a, c)
    figure.state("bisector", a, d, b, c)
    measured(figure, {(a, b): p * factor, (a, c): q * factor, (b, d): p * part})
    measured(figure, {(d, c): q * part}, follow=True)
