"""polygons: constructions to begin with that are quadrilaterals, and regular polygons."""

import math
from collections.abc import Sequence
from random import Random

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Point
from builders.scenes.figures.sizes import LONGEST, legs, lone_size, measured, two_triangles
from builders.scenes.figures.surds import root
from builders.scenes.figures.triangles import (
    corners_on_base,
    sides_about,
    sides_of_short_third,
    whole_angles,
)

Quad = tuple[str, str, str, str]


def parallelogram_of_angles(figure: Figure, rng: Random) -> None:
    """A parallelogram with a diagonal, as often as not."""
    a, b, c = corners_on_base(figure, *whole_angles(rng))
    (ax, ay), (bx, by), (cx, cy) = (figure.points[one] for one in (a, b, c))
    d = figure.place(ax + cx - bx, ay + cy - by)
    figure.shape(a, b, c, d)
    figure.state("parallelogram", a, b, c, d)
    figure.join(a, c)
    _know_corner(figure, a, b, c)


def _know_corner(figure: Figure, a: str, b: str, c: str) -> None:
    """The whole angles of triangle ABC, which was made with them."""
    for corners in ((b, a, c), (a, b, c)):
        figure.know_whole(figure.angle(*corners))


def _about_axis(figure: Figure, sort: str, above: int, below: int) -> Quad:
    """A kite, or a rhombus, from the halves of the angles at the ends of its axis."""
    across, along = 10 * math.sin(math.radians(above)), 10 * math.cos(math.radians(above))
    far = along + across / math.tan(math.radians(below))
    return shaped(figure, sort, ((0, 0), (along, -across), (far, 0), (along, across)))


def box(width: float, height: float) -> Sequence[Point]:
    """The corners of a rectangle."""
    return ((0, 0), (width, 0), (width, height), (0, height))


def shaped(figure: Figure, sort: str, places: Sequence[Point]) -> Quad:
    """A quadrilateral of a sort with its sides."""
    a, b, c, d = (figure.place(*xy) for xy in places)
    figure.shape(a, b, c, d)
    figure.state(sort, a, b, c, d)
    return a, b, c, d


def rhombus_of_angles(figure: Figure, rng: Random) -> None:
    """A rhombus with one diagonal or both."""
    half = rng.randint(22, 68)
    a, b, c, d = _about_axis(figure, "rhombus", half, half)
    figure.join(a, c)
    if rng.random() < 0.5:
        figure.join(b, d)
        figure.crossing(a, c, b, d)
    figure.know(figure.angle(b, a, c), half)


def kite_of_angles(figure: Figure, rng: Random) -> None:
    """A kite with its axis, as often as not."""
    above, below = rng.randint(28, 70), rng.randint(28, 70)
    if abs(above - below) < 8:
        raise UnsuitableError("nearly a rhombus")
    a, b, c, d = _about_axis(figure, "kite", above, below)
    if rng.random() < 0.6:
        figure.join(a, c)
        figure.know(figure.angle(b, a, c), above)
        figure.know(figure.angle(b, c, a), below)
    else:
        figure.know(figure.angle(b, a, d), 2 * above)
        figure.know(figure.angle(b, c, d), 2 * below)


def trapezoid_of_angles(figure: Figure, rng: Random) -> None:
    """Two parallel sides; equal legs, now and then."""
    alpha = rng.randint(36, 84)
    beta = alpha if rng.random() < 0.25 else rng.randint(36, 84)
    height = rng.uniform(4, 6)
    left, right = (height / math.tan(math.radians(degrees)) for degrees in (alpha, beta))
    if 12 - left - right < 2.5:
        raise UnsuitableError("no room for the shorter side")
    name = "isosceles trapezoid" if alpha == beta else "trapezoid"
    places = ((0, 0), (12, 0), (12 - right, height), (left, height))
    a, b, c, d = shaped(figure, name, places)
    figure.know(figure.angle(b, a, d), alpha)
    figure.know(figure.angle(a, b, c), beta)


def quadrilateral_of_angles(figure: Figure, rng: Random) -> None:
    """Four corners, no two alike."""
    alpha, beta, gamma = (rng.randint(56, 124) for _ in range(3))
    delta = 360 - alpha - beta - gamma
    if not 52 <= delta <= 128:
        raise UnsuitableError("not convex enough")
    a, b = figure.place(0, 0), figure.place(10, 0)
    d = figure.place(*figure.towards(a, alpha, rng.uniform(6, 9)))
    turn = math.radians(alpha + delta - 180)  # the direction of DC
    (cx, cy), share = figure.meeting(
        d, (math.cos(turn), math.sin(turn)), b, _aim(figure, b, 180 - beta)
    )
    figure.points.popitem()  # the aim
    if not 5 < share < 11:
        raise UnsuitableError("too long or too short")
    c = figure.place(cx, cy)
    figure.shape(a, b, c, d)
    for corners, degrees in (((d, a, b), alpha), ((a, b, c), beta), ((b, c, d), gamma)):
        figure.know(figure.angle(*corners), degrees)


def _aim(figure: Figure, a: str, degrees: float) -> str:
    """A point one unit away, to be taken out again."""
    figure.points["aim"] = figure.towards(a, degrees, 1)
    return "aim"


def regular_polygon(figure: Figure, rng: Random) -> None:
    """A regular pentagon, hexagon or octagon, with a diagonal."""
    number = rng.choice([5, 6, 8])
    side = lone_size(rng)
    figure.of_lengths = True
    far = side.value / (2 * math.sin(math.pi / number))
    corners = []
    for place in range(number):
        turn = math.radians(90 + 180 / number + 360 / number * place)
        corners.append(figure.place(far * math.cos(turn), far * math.sin(turn)))
    figure.outline_of(*corners)
    figure.state("regular", *corners)
    figure.know(figure.length(*corners[:2]), side)
    figure.join(corners[0], corners[2])
    if number != 8 and rng.random() < 0.4:
        figure.join(corners[0], corners[3])


def rectangle(figure: Figure, rng: Random) -> None:
    """With one diagonal or both."""
    p, q = legs(rng)
    if not 0.4 < p / q < 2.5:
        raise UnsuitableError("too narrow")
    a, b, c, d = shaped(figure, "rectangle", box(p, q))
    measured(figure, {(a, b): p, (b, c): q})
    figure.join(a, c)
    if rng.random() < 0.5:
        figure.join(b, d)
        figure.crossing(a, c, b, d)


def square(figure: Figure, rng: Random) -> None:
    """With a diagonal."""
    side = lone_size(rng)
    a, b, c, _ = shaped(figure, "square", box(side.value, side.value))
    measured(figure, {(a, b): side})
    figure.join(a, c)


def rhombus(figure: Figure, rng: Random) -> None:
    """With both diagonals."""
    p, q = legs(rng)
    if not 0.45 < p / q < 2.2:
        raise UnsuitableError("too narrow")
    _by_diagonals(figure, "rhombus", p, p, q)


def _by_diagonals(figure: Figure, sort: str, left: int, right: int, half: int) -> None:
    """A rhombus or kite from the parts of its axis and half the other diagonal."""
    a, b, c, d = shaped(figure, sort, ((-left, 0), (0, -half), (right, 0), (0, half)))
    figure.join(a, c)
    figure.join(b, d)
    x = figure.crossing(a, c, b, d)
    measured(figure, {(a, x): left, (b, x): half})
    measured(figure, {(x, c): right}, follow=left == right)


def kite(figure: Figure, rng: Random) -> None:
    """With both diagonals; its sides are whole, or roots."""
    p, q, h = two_triangles(rng)
    if max(p + q, 2 * h) > LONGEST or p == q or not 0.4 < 2 * h / (p + q) < 2.0:
        raise UnsuitableError("too large or too narrow")
    _by_diagonals(figure, "kite", p, q, h)


def parallelogram(figure: Figure, rng: Random) -> None:
    """With its height, or with its diagonals."""
    p, h = legs(rng)
    side = p + rng.randint(2, 450)
    if max(side + p, h) > LONGEST or not 0.25 < h / side < 1.2 or p > 0.75 * side:
        raise UnsuitableError("too narrow")
    places = ((0, 0), (side, 0), (side + p, h), (p, h))
    a, b, _, d = shaped(figure, "parallelogram", places)
    e = figure.foot(d, a, b)
    measured(figure, {(a, b): side, (a, e): p, (d, e): h})


def parallelogram_with_diagonals(figure: Figure, rng: Random) -> None:
    """Whole sides, halves of diagonals that are whole or roots; it has no height."""
    p, q, height = two_triangles(rng)
    if max(2 * p + 2 * q, 2 * height) > LONGEST or p == q or height > 1.4 * (p + q):
        raise UnsuitableError("too large or too narrow")
    # Diagonals of 2√(p² + h²) and 2√(q² + h²), from the centre.
    places = ((-p, -height), (q, -height), (p, height), (-q, height))
    a, b, c, d = shaped(figure, "parallelogram", places)
    figure.join(a, c)
    figure.join(b, d)
    x = figure.crossing(a, c, b, d)
    diagonals = {(a, x): p, (b, x): q}
    measured(figure, {(a, b): p + q})
    measured(figure, {pair: root(half**2 + height**2) for pair, half in diagonals.items()})


def parallelogram_of_sides_and_angle(figure: Figure, rng: Random) -> None:
    """Two whole sides about an angle known by heart, and a diagonal or both."""
    _parallelogram_about(figure, *sides_about(rng), rng)


def parallelogram_with_short_diagonal(figure: Figure, rng: Random) -> None:
    """The same with a diagonal that can be asked for: whole, or a multiple of a small root."""
    _parallelogram_about(figure, *sides_of_short_third(rng), rng)


def _parallelogram_about(figure: Figure, p: int, q: int, degrees: int, rng: Random) -> None:
    along, height = q * math.cos(math.radians(degrees)), q * math.sin(math.radians(degrees))
    places = ((0, 0), (p, 0), (p + along, height), (along, height))
    a, b, c, d = shaped(figure, "parallelogram", places)
    figure.join(b, d)
    if rng.random() < 0.5:
        figure.join(a, c)
        figure.crossing(a, c, b, d)
    measured(figure, {(a, b): p, (a, d): q})
    figure.know(figure.angle(d, a, b), degrees)


def trapezoid(figure: Figure, rng: Random) -> None:
    """With its height: equal legs, or a right angle, or neither."""
    p, h = legs(rng)
    top = rng.randint(3, 450)
    sort = rng.choice(["equal", "right", "other"])
    q = p if sort == "equal" else 0 if sort == "right" else rng.randint(2, 450)
    width = p + top + q
    if (
        width > LONGEST
        or not 0.25 < h / width < 1.1
        or top < 0.2 * width
        or (q and abs(p - q) < 3 and p != q)
    ):
        raise UnsuitableError("too narrow")
    name = "isosceles trapezoid" if sort == "equal" else "trapezoid"
    a, b, c, d = shaped(figure, name, ((0, 0), (width, 0), (p + top, h), (p, h)))
    e = figure.foot(d, a, b)
    if sort == "right":
        figure.state("right", a, b, c)
    measured(figure, {(c, d): top, (a, e): p, (d, e): h})
    measured(figure, {(a, b): width}, follow=sort != "other")
    if sort == "equal":
        measured(figure, {(b, c): root(p * p + h * h)}, follow=True)
    if sort == "right":
        measured(figure, {(b, c): h}, follow=True)
