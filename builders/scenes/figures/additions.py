"""additions: constructions that add to a figure: what makes two problems of one kind differ, and chains long."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Final

from builders.scenes.figures.circles import know_arc, on
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Quantity, angle_between, bearing

Corners = tuple[str, str, str]
LEAST_ARC: Final = 32  # degrees from a new point of a circle to its neighbours, and of a new chord


def _triangles(figure: Figure) -> list[Corners]:
    """The triangles to build on: those made as such, and the halves of quadrilaterals."""
    found: list[Corners] = []
    for shape in figure.shapes:
        if len(shape) == 3:
            found.append((shape[0], shape[1], shape[2]))
        else:
            a, b, c, d = shape
            halves = (((a, c), ((a, b, c), (a, c, d))), ((b, d), ((a, b, d), (b, c, d))))
            found += [half for pair, two in halves if figure.line_of(*pair) for half in two]
    return found


def _triangle(figure: Figure, rng: Random) -> Corners:
    """One of them, its corners in any order."""
    found = _triangles(figure)
    if not found:
        raise UnsuitableError("no triangle")
    a, b, c = rng.sample(rng.choice(found), 3)
    return a, b, c


def _check_bare(figure: Figure, a: str, b: str) -> None:
    """UnsuitableError where something lies on a side already."""
    line = figure.line_of(a, b)
    if line is None or abs(line.index(a) - line.index(b)) != 1:
        raise UnsuitableError("something is on this side already")


def bisector(figure: Figure, rng: Random) -> None:
    """The bisector of an angle of a triangle."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    if figure.of_lengths:
        raise UnsuitableError("its parts would not be whole")
    d = figure.cevian(a, b, c, 0.5)
    figure.state("same angle", b, a, d, d, a, c)
    figure.state("bisector", a, d, b, c)
    figure.shapes += [(a, b, d), (a, c, d)]


def cevian(figure: Figure, rng: Random) -> None:
    """A line from a corner that cuts its angle into whole degrees."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    if figure.of_lengths:
        raise UnsuitableError("its length would be anything")
    whole = figure.size(figure.angle(b, a, c))
    least = 16
    if whole < 2.2 * least:
        raise UnsuitableError("too narrow")
    part = rng.randint(least, int(whole) - least)
    d = figure.cevian(a, b, c, part / whole)
    figure.know(figure.angle(b, a, d), part)
    figure.shapes += [(a, b, d), (a, c, d)]


def altitude(figure: Figure, rng: Random) -> None:
    """The altitude of a triangle."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    d = figure.foot(a, b, c)
    figure.shapes += [(a, b, d), (a, c, d)]


def median(figure: Figure, rng: Random) -> None:
    """The middle of a side, and the line to it."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    d = figure.midpoint(b, c)
    figure.join(a, d)


def medians(figure: Figure, rng: Random) -> None:
    """Two medians, and the point where they cut each other."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    _check_bare(figure, a, c)
    m = figure.midpoint(b, c)
    n = figure.midpoint(a, c)
    figure.join(a, m)
    figure.join(b, n)
    figure.crossing(a, m, b, n)


def midsegment(figure: Figure, rng: Random) -> None:
    """The middles of two sides, joined."""
    a, b, c = _triangle(figure, rng)
    _join_middles(figure, (a, b), (a, c))


def _join_middles(figure: Figure, *sides: tuple[str, str]) -> None:
    """The middles of two sides on which there is nothing yet, joined."""
    for side in sides:
        _check_bare(figure, *side)
    figure.join(*(figure.midpoint(*side) for side in sides))


def extension(figure: Figure, rng: Random) -> None:
    """A side drawn beyond its end."""
    a, b, c = _triangle(figure, rng)
    line = figure.line_of(b, c)
    if line is None or c not in (line[0], line[-1]) or a in line:
        raise UnsuitableError("it goes on already")
    length = rng.uniform(0.35, 0.5) * figure.extent()
    share = 1 + length / figure.distance(b, c)
    if figure.of_lengths:
        raise UnsuitableError("it would have any length")
    end = figure.place(*figure.between(b, c, share))
    figure.join(b, c, end)


def parallel_through_corner(figure: Figure, rng: Random) -> None:
    """A line through a corner, parallel to the side opposite."""
    a, b, c = _triangle(figure, rng)
    if figure.of_lengths:
        raise UnsuitableError("it would have any length")
    (bx, by), (cx, cy) = figure.points[b], figure.points[c]
    reach = 0.45 * figure.extent() / figure.distance(b, c)
    x, y = figure.points[a]
    ends = [
        figure.place(x + way * reach * (cx - bx), y + way * reach * (cy - by))
        for way in rng.choice([(1, -1), (1,), (-1,)])
    ]
    figure.join(a, *ends)
    first = ends[0]
    way = (figure.points[first][0] - x) * (cx - bx) + (figure.points[first][1] - y) * (cy - by)
    figure.state("parallel", a, first, *((b, c) if way > 0 else (c, b)))


def parallel_to_side(figure: Figure, rng: Random) -> None:
    """A line through two sides, parallel to the third."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, a, b)
    _check_bare(figure, a, c)
    share = Fraction(rng.randint(1, 4), rng.randint(3, 6))
    if not 0.3 < share < 0.75:
        raise UnsuitableError("too near an end")
    d = figure.put_between(a, b, float(share))
    e = figure.put_between(a, c, float(share))
    figure.join(d, e)
    figure.state("parallel", d, e, b, c)
    if figure.of_lengths:
        side = figure.seeds.get(figure.length(a, b))
        if side is None:
            raise UnsuitableError("the side is not whole")
        figure.know(figure.length(a, d), side * share)
    figure.shapes.append((a, d, e))


def _outside(figure: Figure, a: str, b: str, c: str, degrees: float, length: float) -> str:
    """A point off side bc, away from a: at b, so many degrees from the side."""
    base = bearing(figure.points[b], figure.points[c])
    to_a = (bearing(figure.points[b], figure.points[a]) - base) % 360
    return figure.place(*figure.towards(b, base + (-degrees if to_a < 180 else degrees), length))


def _check_free(figure: Figure, a: str, b: str, c: str) -> None:
    """UnsuitableError where something is on the other side of bc already."""
    base = bearing(figure.points[b], figure.points[c])
    side = (bearing(figure.points[b], figure.points[a]) - base) % 360 < 180
    for name, point in figure.points.items():
        if name in (b, c) or angle_between(figure.points[c], figure.points[b], point) > 179.99:
            continue
        turn = (bearing(figure.points[b], point) - base) % 360
        if 1e-6 < turn < 360 - 1e-6 and abs(turn - 180) > 1e-6 and (turn < 180) != side:
            raise UnsuitableError("something is there")
    if any(b in there and c in there for there in figure.circles.values()):
        raise UnsuitableError("a circle is there")


def outer_triangle(figure: Figure, rng: Random) -> None:
    """A triangle on a side: with whole angles, isosceles, equilateral, right."""
    a, b, c = _triangle(figure, rng)
    _check_free(figure, a, b, c)
    base = figure.distance(b, c)
    if figure.of_lengths:
        _outer_of_lengths(figure, rng, a, b, c)
        return
    isosceles = rng.random() < 0.5
    beta = rng.randint(30, 75)
    gamma = beta if isosceles else rng.randint(30, 75)
    length = base * math.sin(math.radians(gamma)) / math.sin(math.radians(beta + gamma))
    d = _outside(figure, a, b, c, beta, length)
    figure.shape(b, c, d)
    if isosceles:
        figure.state("equal", d, b, d, c)
    figure.know(figure.angle(c, b, d), beta)
    if not isosceles:
        figure.know(figure.angle(b, c, d), gamma)


def _outer_of_lengths(figure: Figure, rng: Random, a: str, b: str, c: str) -> None:
    base = figure.distance(b, c)
    sort = rng.choice(["right", "equilateral", "half square"])
    if sort == "equilateral":
        d = _outside(figure, a, b, c, 60, base)
        figure.shape(b, c, d)
        figure.state("equal", b, c, c, d, d, b)
        return
    whole = round(base)
    if abs(base - whole) > 1e-9:
        raise UnsuitableError("not whole")
    legs = [whole] if sort == "half square" else _partners(whole)
    if not legs:
        raise UnsuitableError("no right triangle with whole sides")
    leg = rng.choice(legs)
    d = _outside(figure, a, b, c, 90, leg)
    figure.shape(b, c, d)
    figure.state("right", c, b, d)
    if sort == "half square":
        figure.state("equal", b, c, b, d)
    else:
        figure.know(figure.length(b, d), leg)


def _partners(leg: int) -> list[int]:
    """The other legs of right triangles with whole sides, none too long or short to draw."""
    others = range(max(2, int(0.4 * leg)), int(1.6 * leg) + 1)
    return [one for one in others if math.isqrt(leg**2 + one**2) ** 2 == leg**2 + one**2]


def outer_square(figure: Figure, rng: Random) -> None:
    """A square on a side."""
    if not figure.of_lengths:
        raise UnsuitableError("nothing would follow from it")
    a, b, c = _triangle(figure, rng)
    _check_free(figure, a, b, c)
    base = figure.distance(b, c)
    e = _outside(figure, a, b, c, 90, base)
    d = _outside(figure, a, c, b, 90, base)
    figure.shape(b, c, d, e)
    figure.state("square", b, c, d, e)


def diagonals(figure: Figure, rng: Random) -> None:
    """Both diagonals of a parallelogram or an isosceles trapezoid."""
    kinds = ("parallelogram", "rhombus", "rectangle", "isosceles trapezoid")
    whole = [fact.of for fact in figure.facts if fact.kind in kinds]
    if not whole or not figure.of_lengths:
        raise UnsuitableError("none that has diagonals worth to know")
    a, b, c, d = rng.choice(whole)
    figure.join(a, c)
    figure.join(b, d)
    figure.crossing(a, c, b, d)


def trapezoid_midsegment(figure: Figure, rng: Random) -> None:
    """The middles of a trapezoid's legs, joined."""
    found = [fact.of for fact in figure.facts if "trapezoid" in fact.kind]
    if not found:
        raise UnsuitableError("no trapezoid")
    a, b, c, d = rng.choice(found)
    _join_middles(figure, (a, d), (b, c))


def isosceles_within(figure: Figure, rng: Random) -> None:
    """A point on a side that is as far from the corner beside as the other end of its line."""
    a, b, c = _triangle(figure, rng)
    _check_bare(figure, b, c)
    if figure.of_lengths:
        raise UnsuitableError("it would have any length")
    at_a, at_b = figure.size(figure.angle(b, a, c)), figure.size(figure.angle(a, b, c))
    if at_b > 70 or at_a - at_b < 16:
        raise UnsuitableError("the other side is not reached")
    d = figure.cevian(a, b, c, at_b / at_a)
    figure.state("equal", d, a, d, b)
    figure.shapes += [(a, b, d), (a, c, d)]


def radii(figure: Figure, rng: Random) -> None:
    """Radii to one or two more points of a circle."""
    circles = _round(figure)
    if not circles:
        raise UnsuitableError("no circle")
    centre, there = rng.choice(circles)
    bare = [one for one in there if not figure.line_of(centre, one)]
    if not bare:
        raise UnsuitableError("all are drawn")
    for one in rng.sample(bare, min(len(bare), rng.randint(1, 2))):
        figure.join(centre, one)


def chord(figure: Figure, rng: Random) -> None:
    """Two points of a circle, joined."""
    if figure.of_lengths:
        raise UnsuitableError("it would have any length")
    bare = [
        pair
        for centre, there in _round(figure)
        for pair in combinations(there, 2)
        if figure.line_of(*pair) is None
        and LEAST_ARC < figure.size(Quantity("arc", (centre, *pair))) < 360 - LEAST_ARC
    ]
    if not bare:
        raise UnsuitableError("all are drawn")
    figure.join(*rng.choice(bare))


def inscribed_angle(figure: Figure, rng: Random) -> None:
    """Another point of a circle, joined to two."""
    if figure.of_lengths:
        raise UnsuitableError("its lines would have any length")
    circles = [(centre, there) for centre, there in _round(figure) if len(there) > 1]
    if not circles:
        raise UnsuitableError("no circle with two points")
    centre, there = rng.choice(circles)
    before = rng.choice(there)
    room = min(
        figure.size(Quantity("arc", (centre, before, one))) for one in there if one != before
    )
    if room < 2 * LEAST_ARC:
        raise UnsuitableError("the next point is too near")
    # In steps of two degrees, so that inscribed angles are whole.
    arc = 2 * rng.randint(LEAST_ARC // 2, (round(room) - LEAST_ARC) // 2)
    turn = bearing(figure.points[centre], figure.points[before]) + arc
    ends = rng.sample(there, 2)
    c = on(figure, centre, turn)
    know_arc(figure, centre, before, c, arc)
    for end in ends:
        figure.join(end, c)


def _round(figure: Figure) -> list[tuple[str, list[str]]]:
    """The circles that are drawn whole, and their points."""
    return [
        (centre, there)
        for centre, there in figure.circles.items()
        if centre not in figure.half_drawn
    ]


def tangent(figure: Figure, rng: Random) -> None:
    """The tangent in a point of a circle, to a diameter or a radius drawn on."""
    if figure.of_lengths:
        raise UnsuitableError("it would have any length")
    found = list(_touched(figure))
    if not found:
        raise UnsuitableError("no radius")
    centre, t, beyond = rng.choice(found)
    (ox, oy), (tx, ty) = figure.points[centre], figure.points[t]
    along = (-(ty - oy), tx - ox)
    (px, py), share = figure.meeting(t, along, centre, beyond)
    if not 1.15 < share < 2.6:
        raise UnsuitableError("they meet too far away")
    p = figure.place(px, py)
    figure.join(centre, beyond, p)
    figure.join(t, p)
    figure.state("tangent", p, t, centre)


def _touched(figure: Figure) -> Iterator[Corners]:
    """A circle, a point with its radius, and another radius to draw on."""
    for centre, there in figure.circles.items():
        drawn = [one for one in there if figure.line_of(centre, one)]
        for t in drawn:
            for other in drawn:
                if other != t and 20 < figure.size(figure.angle(t, centre, other)) < 75:
                    yield centre, t, other
