"""secants: constructions to begin with that training does not show: crossing chords, secants, tangent and chord."""

import math
from functools import cache
from itertools import pairwise
from random import Random
from typing import Final

from builders.scenes.figures.circles import (
    RADIUS,
    circle,
    even_arcs,
    know_arc,
    on,
    points_by_arcs,
)
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sizes import LARGEST_ROOT, LONGEST, is_short, measured
from builders.scenes.figures.surds import Surd, root

# Of the chords at a tangent, those without an angle over them: there are few of these.
BARE_CHORD: Final = 0.1
FACTORS: Final = (2, 31)  # from and to: products of two are the parts of chords and secants
# How far a secant with a tangent reaches: few tangents are whole or small roots.
MOST_FAR: Final = 900


def crossing_chords_of_arcs(figure: Figure, rng: Random) -> None:
    """Two chords that cross."""
    centre = circle(figure, RADIUS)
    a, b, c, d = points_by_arcs(figure, centre, even_arcs(rng, 4, 40))
    figure.join(a, c)
    figure.join(b, d)
    figure.crossing(a, c, b, d)
    if rng.random() < 0.4:
        figure.join(a, b)


def secants_of_arcs(figure: Figure, rng: Random) -> None:
    """Two lines from a point outside that cut a circle."""
    centre = circle(figure, RADIUS)
    far, near = rng.randint(36, 85) * 2, rng.randint(8, 36) * 2
    side = rng.randint(36, 80) * 2
    if 360 - far - near - side < 80:
        raise UnsuitableError("no room")
    turns = [-near / 2, near / 2, near / 2 + side, near / 2 + side + far]
    b, a, d, c = (on(figure, centre, turn) for turn in turns)
    (bx, by), (cx, cy) = figure.points[b], figure.points[c]
    xy, share = figure.meeting(c, (bx - cx, by - cy), d, a)
    if not 1.1 < share < 2.2:
        raise UnsuitableError("the lines meet too far away")
    p = figure.place(*xy)
    figure.join(d, a, p)
    figure.join(c, b, p)
    know_arc(figure, centre, b, a, near)
    know_arc(figure, centre, a, d, side)
    know_arc(figure, centre, d, c, far)


def tangent_and_chord(figure: Figure, rng: Random) -> None:
    """A tangent, a chord from where it touches, and mostly one to three more corners over the chord."""
    centre = circle(figure, RADIUS)
    degrees = rng.randint(25, 80)
    t = on(figure, centre, -90)
    p = figure.place(RADIUS * 1.3, -RADIUS)
    back = figure.place(-RADIUS * 0.9, -RADIUS)
    figure.join(back, t, p)
    figure.state("tangent", p, t, centre)
    a = on(figure, centre, -90 + 2 * degrees)
    figure.join(t, a)
    figure.know(figure.angle(p, t, a), degrees)
    if rng.random() < BARE_CHORD:
        return
    room = 180 - degrees
    steps = [rng.randint(20, room) for _ in range(rng.choice((1, 2, 2, 3)))]
    if sum(steps) > room - 20:
        raise UnsuitableError("no room for more corners")
    corners, turn = [a], 2 * degrees - 90
    for step in steps:
        turn += 2 * step
        corners.append(on(figure, centre, turn))
        figure.know_whole(Quantity("arc", (centre, *corners[-2:])))
    for one, other in pairwise((*corners, t)):
        figure.join(one, other)


def crossing_chords_of_lengths(figure: Figure, rng: Random) -> None:
    """Two chords with whole parts."""
    p, q, r, s = (rng.randint(*FACTORS) for _ in range(4))
    parts = (p * q, r * s, p * r, q * s)  # the first two have the product of the last two
    if max(parts) > 3.2 * min(parts) or p * q == p * r:
        raise UnsuitableError("too unequal")
    turn = math.radians(rng.randint(50, 130))
    x, y = math.cos(turn), math.sin(turn)
    ends = [
        (parts[0], 0.0),
        (parts[2] * x, parts[2] * y),
        (-parts[1], 0.0),
        (-parts[3] * x, -parts[3] * y),
    ]
    a, b, c, d = _around(figure, ends)
    cross = figure.place(0.0, 0.0)
    figure.join(a, cross, c)
    figure.join(b, cross, d)
    measured(figure, {(cross, end): part for end, part in zip((a, c, b), parts[:3], strict=True)})
    measured(figure, {(cross, d): parts[3]}, follow=True)


def _around(figure: Figure, points: list[tuple[float, float]]) -> list[str]:
    """Points that lie on one circle, and the circle."""
    (ax, ay), (bx, by), (cx, cy) = points[:3]
    twice = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by))
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    x = (a2 * (by - cy) + b2 * (cy - ay) + c2 * (ay - by)) / twice
    y = (a2 * (cx - bx) + b2 * (ax - cx) + c2 * (bx - ax)) / twice
    centre = figure.place(x, y, "O")
    names = [figure.place(*xy) for xy in points]
    figure.extents[centre] = math.hypot(ax - x, ay - y)
    figure.circle(centre, *names)
    return names


def secants_of_lengths(figure: Figure, rng: Random) -> None:
    """Two secants with whole parts."""
    p, q, r, s = (rng.randint(*FACTORS) for _ in range(4))
    (near, far), (near_2, far_2) = sorted((p * q, r * s)), sorted((p * r, q * s))
    if (
        max(far, far_2) > LONGEST
        or near * 1.25 > far
        or near_2 * 1.25 > far_2
        or far > 4 * near
        or (near, far) == (near_2, far_2)
    ):
        raise UnsuitableError("too unequal")
    turn = math.radians(rng.randint(28, 55))
    along = [(near, 0.0), (far, 0.0)]
    other = [(size * math.cos(turn), size * math.sin(turn)) for size in (near_2, far_2)]
    a, d, b, c = _around(figure, along + other)
    point = figure.place(0, 0)
    figure.join(point, a, d)
    figure.join(point, b, c)
    measured(figure, {(point, a): near, (point, d): far, (point, b): near_2})
    measured(figure, {(point, c): far_2}, follow=True)


@cache
def _with_tangents() -> tuple[tuple[int, int, Surd], ...]:
    """How far from a point a secant cuts a circle, twice, and how long its tangent is: whole or a small root."""
    largest = MOST_FAR**2
    squares = {
        radicand * times * times
        for radicand in range(1, LARGEST_ROOT + 1)
        for times in range(1, math.isqrt(largest // radicand) + 1)
        if is_short(root(radicand * times * times))
    }
    return tuple(
        (near, square // near, root(square))
        for square in sorted(squares)
        for near in range(math.isqrt(square // 7) + 1, math.ceil(math.sqrt(square / 1.4)))
        if square % near == 0 and square // near <= MOST_FAR
    )


def tangent_and_secant(figure: Figure, rng: Random) -> None:
    """A tangent, whole or a small root, and a secant from one point, with whole parts."""
    near, far, length = rng.choice(_with_tangents())
    turn = math.radians(rng.randint(25, 50))
    radius = (near * near - 2 * near * length.value * math.cos(turn) + near * far) / (
        2 * near * math.sin(turn)
    )
    centre = circle(figure, radius, length.value, radius)
    p = figure.place(0, 0)
    t = figure.place(length.value, 0)
    a, b = (figure.place(size * math.cos(turn), size * math.sin(turn)) for size in (near, far))
    figure.circle(centre, t, a, b)
    figure.join(p, t)
    figure.join(p, a, b)
    figure.state("tangent", p, t, centre)
    measured(figure, {(p, a): near, (p, b): far})
    measured(figure, {(p, t): length}, follow=True)
