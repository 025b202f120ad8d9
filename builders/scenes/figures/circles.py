"""circles: constructions to begin with that have a circle: inscribed figures, tangents, chords."""

import math
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sizes import legs, triple

RADIUS: Final = 5.0  # of circles whose lengths do not matter


def circle(figure: Figure, radius: float, x: float = 0, y: float = 0) -> str:
    """A circle without points, by its centre."""
    centre = figure.place(x, y, "O")
    figure.circles[centre] = []
    figure.extents[centre] = radius
    return centre


def on(figure: Figure, centre: str, degrees: float) -> str:
    """A point of a circle."""
    point = figure.place(*figure.towards(centre, degrees, figure.extents[centre]))
    figure.circle(centre, point)
    return point


def know_arc(figure: Figure, centre: str, a: str, b: str, degrees: int) -> None:
    """That an arc has so many degrees."""
    figure.know(Quantity("arc", (centre, a, b)), degrees)


def even_arcs(rng: Random, number: int, least: int) -> list[int]:
    """Arcs of a whole circle, so that inscribed angles are whole."""
    cuts = sorted(rng.sample(range(180), number))
    arcs = [2 * (b - a) for a, b in zip(cuts, [*cuts[1:], cuts[0] + 180], strict=True)]
    if min(arcs) < least:
        raise UnsuitableError("points too near each other")
    return arcs


def points_by_arcs(figure: Figure, centre: str, arcs: list[int]) -> list[str]:
    """Points of a circle with these arcs between them."""
    names, turn = [], 0
    for degrees in arcs:
        names.append(on(figure, centre, turn))
        turn += degrees
    for place, degrees in enumerate(arcs[:-1]):
        know_arc(figure, centre, names[place], names[place + 1], degrees)
    return names


def inscribed_triangle(figure: Figure, rng: Random) -> None:
    """Corners on a circle, and some radii."""
    centre = circle(figure, RADIUS)
    names = points_by_arcs(figure, centre, even_arcs(rng, 3, 56))
    figure.shape(*names)
    for one in rng.sample(names, rng.choice([0, 1, 2, 2])):
        figure.join(centre, one)


def inscribed_quadrilateral(figure: Figure, rng: Random) -> None:
    """Four corners on a circle, with a diagonal or without, and two radii or none."""
    centre = circle(figure, RADIUS)
    a, b, c, d = points_by_arcs(figure, centre, even_arcs(rng, 4, 44))
    figure.shape(a, b, c, d)
    if rng.random() < 0.5:
        figure.join(a, c)
    if rng.random() < 0.4:
        figure.join(centre, b)
        figure.join(centre, d)


def angles_over_one_arc(figure: Figure, rng: Random) -> None:
    """Two inscribed angles over one chord, and the central one as often as not."""
    centre = circle(figure, RADIUS)
    a, b, c, d = points_by_arcs(figure, centre, even_arcs(rng, 4, 44))
    for end in (c, d):
        figure.join(a, end)
        figure.join(b, end)
    if rng.random() < 0.5:
        figure.join(a, b)
    if rng.random() < 0.5:
        figure.join(centre, a)
        figure.join(centre, b)


def angle_in_half_circle(figure: Figure, rng: Random) -> None:
    """A triangle over a diameter; a radius to its third corner as often as not."""
    half = rng.randint(20, 70)
    centre = circle(figure, RADIUS)
    a, b, c = (on(figure, centre, turn) for turn in (180, 0, 2 * half))
    figure.join(a, centre, b)
    figure.shape(a, b, c)
    figure.know(figure.angle(b, a, c), half)
    if rng.random() < 0.5:
        figure.join(centre, c)
    if rng.random() < 0.4:
        d = on(figure, centre, -2 * rng.randint(20, 70))
        figure.join(a, d)
        figure.join(b, d)
        figure.know_whole(Quantity("arc", (centre, d, b)))


def thales_of_lengths(figure: Figure, rng: Random) -> None:
    """A triangle with two whole sides over a diameter."""
    p, q = legs(rng)
    figure.of_lengths = True
    centre = circle(figure, math.hypot(p, q) / 2)
    a, b = on(figure, centre, 180), on(figure, centre, 0)
    third = on(figure, centre, 2 * math.degrees(math.atan2(q, p)))
    figure.join(a, centre, b)
    figure.shape(a, b, third)
    figure.know(figure.length(a, third), p)
    figure.know(figure.length(b, third), q)


def two_tangents(figure: Figure, rng: Random) -> None:
    """Tangents from a point, radii to where they touch, or the chord between; mostly a third point of the circle."""
    half = rng.randint(18, 52)
    centre = circle(figure, RADIUS)
    p = figure.place(RADIUS / math.sin(math.radians(half)), 0)
    t, s = on(figure, centre, 90 - half), on(figure, centre, half - 90)
    chosen = rng.choice(["radii", "chord", "both", "line"])
    for touching in (t, s):
        figure.join(p, touching)
        figure.state("tangent", p, touching, centre)
    if chosen != "chord":
        figure.join(centre, t)
        figure.join(centre, s)
    if chosen in ("chord", "both"):
        figure.join(t, s)
    if chosen == "line":
        figure.join(centre, p)
    figure.know(figure.angle(t, p, s), 2 * half)
    if rng.random() < 0.7:
        aside = 2 * rng.randint(-20, 20) + half % 2  # so that the arcs beside are even
        away = on(figure, centre, 180 + aside)
        figure.join(away, t)
        figure.join(away, s)
        know_arc(figure, centre, t, away, 90 + half + aside)


def tangent_of_lengths(figure: Figure, rng: Random) -> None:
    """A tangent, the radius to where it touches, both whole, and the line to the centre."""
    radius, length = legs(rng)
    if not 0.35 < radius / length < 2.4:
        raise UnsuitableError("too narrow")
    figure.of_lengths = True
    centre = circle(figure, radius)
    t = on(figure, centre, 0)
    p = figure.place(radius, length)
    figure.join(p, t)
    figure.join(centre, t)
    figure.join(centre, p)
    figure.state("tangent", p, t, centre)
    figure.know(Quantity("radius", (centre,)), radius)
    figure.know(figure.length(p, t), length)
    if rng.random() < 0.5:
        turn = 2 * math.degrees(math.atan2(length, radius))
        s = on(figure, centre, turn)
        figure.join(p, s)
        figure.state("tangent", p, s, centre)


def chord_and_distance(figure: Figure, rng: Random) -> None:
    """A chord, its distance from the centre, a radius to its end."""
    half, away = legs(rng)
    figure.of_lengths = True
    centre = circle(figure, math.hypot(half, away))
    turn = math.degrees(math.atan2(away, half))
    a, b = on(figure, centre, 180 - turn), on(figure, centre, turn)
    figure.join(a, b)
    figure.join(centre, a)
    if rng.random() < 0.7:
        m = figure.foot(centre, a, b)
    else:
        m = figure.midpoint(a, b)
        figure.join(centre, m)
    figure.know(figure.length(a, m), half)
    figure.know(figure.length(centre, m), away)
    if rng.random() < 0.4:
        figure.join(centre, b)


def incircle(figure: Figure, rng: Random) -> None:
    """The circle that touches the sides of a right triangle."""
    p, q, c = triple(rng)
    figure.of_lengths = True
    radius = (p + q - c) // 2
    if radius < 0.12 * max(p, q):
        raise UnsuitableError("too small a circle")
    a, b, corner = figure.place(p, 0), figure.place(0, q), figure.place(0, 0)
    figure.shape(a, b, corner)
    figure.state("right", a, corner, b)
    centre = circle(figure, radius, radius, radius)
    touching = figure.place(radius, 0)
    figure.join(corner, touching, a)
    figure.circle(centre, touching)
    figure.state("incircle", centre, a, b, corner)
    figure.know(figure.length(a, corner), p)
    figure.know(figure.length(b, corner), q)
    figure.know(Quantity("radius", (centre,)), radius, follows=True)
    figure.join(centre, touching)
    figure.state("tangent", a, touching, centre)
