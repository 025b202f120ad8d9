"""round: constructions to begin with that have circles: chords, tangents, secants, sectors and composites."""

import math
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Edge, Quantity
from builders.scenes.figures.straight import LONGEST, triple

FAR: Final = 5.0  # radius of circles whose lengths do not matter


def _circle(figure: Figure, radius: float, x: float = 0, y: float = 0) -> str:
    centre = figure.place(x, y, "O")
    figure.circles[centre] = []
    figure.extents[centre] = radius
    return centre


def _on(figure: Figure, centre: str, degrees: float) -> str:
    """A point of a circle."""
    point = figure.place(*figure.towards(centre, degrees, figure.extents[centre]))
    figure.circle(centre, point)
    return point


def _know_arc(figure: Figure, centre: str, a: str, b: str, degrees: int) -> None:
    figure.know(Quantity("arc", (centre, a, b)), degrees)


def _even_arcs(rng: Random, number: int, least: int) -> list[int]:
    """Arcs of a whole circle, so that inscribed angles are whole."""
    cuts = sorted(rng.sample(range(180), number))
    arcs = [2 * (b - a) for a, b in zip(cuts, [*cuts[1:], cuts[0] + 180], strict=True)]
    if min(arcs) < least:
        raise UnsuitableError("points too near each other")
    return arcs


def _points_by_arcs(figure: Figure, centre: str, arcs: list[int]) -> list[str]:
    names, turn = [], 0
    for degrees in arcs:
        names.append(_on(figure, centre, turn))
        turn += degrees
    for place, degrees in enumerate(arcs[:-1]):
        _know_arc(figure, centre, names[place], names[place + 1], degrees)
    return names


def inscribed_triangle(figure: Figure, rng: Random) -> None:
    """Corners on a circle, and some radii."""
    centre = _circle(figure, FAR)
    names = _points_by_arcs(figure, centre, _even_arcs(rng, 3, 56))
    figure.shape(*names)
    for one in rng.sample(names, rng.choice([0, 1, 2, 2])):
        figure.join(centre, one)


def inscribed_quadrilateral(figure: Figure, rng: Random) -> None:
    """Four corners on a circle, with a diagonal or without, and two radii or none."""
    centre = _circle(figure, FAR)
    a, b, c, d = _points_by_arcs(figure, centre, _even_arcs(rng, 4, 44))
    figure.shape(a, b, c, d)
    if rng.random() < 0.5:
        figure.join(a, c)
    if rng.random() < 0.4:
        figure.join(centre, b)
        figure.join(centre, d)


def angles_over_one_arc(figure: Figure, rng: Random) -> None:
    """Two inscribed angles over one chord, and the central one as often as not."""
    centre = _circle(figure, FAR)
    a, b, c, d = _points_by_arcs(figure, centre, _even_arcs(rng, 4, 44))
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
    centre = _circle(figure, FAR)
    a, b, c = (_on(figure, centre, turn) for turn in (180, 0, 2 * half))
    figure.join(a, centre, b)
    figure.shape(a, b, c)
    figure.know(figure.angle(b, a, c), half)
    if rng.random() < 0.5:
        figure.join(centre, c)
    if rng.random() < 0.4:
        d = _on(figure, centre, -2 * rng.randint(20, 70))
        figure.join(a, d)
        figure.join(b, d)
        _know_arc(figure, centre, d, b, round(figure.size(Quantity("arc", (centre, d, b)))))


def thales_of_lengths(figure: Figure, rng: Random) -> None:
    """A triangle with whole sides over a diameter."""
    p, q, c = triple(rng)
    figure.of_lengths = True
    centre = _circle(figure, c / 2)
    a, b = _on(figure, centre, 180), _on(figure, centre, 0)
    third = _on(figure, centre, 2 * math.degrees(math.atan2(q, p)))
    figure.join(a, centre, b)
    figure.shape(a, b, third)
    figure.know(figure.length(a, third), p)
    figure.know(figure.length(b, third), q)


def two_tangents(figure: Figure, rng: Random) -> None:
    """Tangents from a point, radii to where they touch, and the chord between as often as not."""
    half = rng.randint(18, 52)
    centre = _circle(figure, FAR)
    p = figure.place(FAR / math.sin(math.radians(half)), 0)
    t, s = _on(figure, centre, 90 - half), _on(figure, centre, half - 90)
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
    if rng.random() < 0.5:
        away = _on(figure, centre, 180 + rng.randint(-30, 30))
        figure.join(away, t)
        figure.join(away, s)


def tangent_of_lengths(figure: Figure, rng: Random) -> None:
    """A tangent, the radius to where it touches, and the line to the centre; all whole."""
    radius, length, _ = triple(rng)
    if not 0.35 < radius / length < 2.4:
        raise UnsuitableError("too narrow")
    figure.of_lengths = True
    centre = _circle(figure, radius)
    t = _on(figure, centre, 0)
    p = figure.place(radius, length)
    figure.join(p, t)
    figure.join(centre, t)
    figure.join(centre, p)
    figure.state("tangent", p, t, centre)
    figure.know(Quantity("radius", (centre,)), radius)
    figure.know(figure.length(p, t), length)
    if rng.random() < 0.5:
        turn = 2 * math.degrees(math.atan2(length, radius))
        s = _on(figure, centre, turn)
        figure.join(p, s)
        figure.state("tangent", p, s, centre)


def chord_and_distance(figure: Figure, rng: Random) -> None:
    """A chord, its distance from the centre, a radius to its end."""
    half, away, radius = triple(rng)
    figure.of_lengths = True
    centre = _circle(figure, radius)
    turn = math.degrees(math.atan2(away, half))
    a, b = _on(figure, centre, 180 - turn), _on(figure, centre, turn)
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


def sector(figure: Figure, rng: Random) -> None:
    """A part of a disc, between two radii."""
    radius = rng.randint(2, 60)
    degrees = rng.choice([30, 36, 40, 45, 60, 72, 80, 90, 100, 108, 120, 135, 140, 144, 150, 160])
    figure.of_lengths = True
    centre = _circle(figure, radius)
    a, b = _on(figure, centre, 0), _on(figure, centre, degrees)
    figure.join(centre, a)
    figure.join(centre, b)
    figure.know(Quantity("radius", (centre,)), radius)
    figure.know(figure.angle(a, centre, b), degrees)
    if degrees in (60, 90, 120) and rng.random() < 0.5:
        figure.join(a, b)
        if degrees == 90:
            figure.state("right", a, centre, b)
        figure.state("segment", centre, a, b)
        figure.region(f"segment {centre} {a} {b}", "the shaded segment", (Edge(a), Edge(b, centre)))
    else:
        figure.shaded.append(f"sector {centre} {a} {b}")


def _box(figure: Figure, width: float, height: float) -> tuple[str, ...]:
    return tuple(figure.place(*xy) for xy in ((0, 0), (width, 0), (width, height), (0, height)))


def _half_disc(figure: Figure, centre: str, a: str, b: str) -> None:
    """Half a disc on a diameter, counterclockwise from a to b."""
    figure.extents[centre] = figure.distance(centre, a)
    figure.arcs.append((centre, a, b))
    figure.regions[f"half {centre} {a} {b}"] = ((Edge(a), Edge(b, centre)),)
    figure.regions[f"circle {centre}"] = ((Edge(a, centre),),)
    figure.state("half disc", centre, a, b)


def rounded_rectangle(figure: Figure, rng: Random) -> None:
    """A rectangle and half a disc on one side, outside or cut out."""
    radius, other = rng.randint(2, 20), rng.randint(3, 45)
    if not 0.7 < other / radius < 3.5:
        raise UnsuitableError("too narrow")
    figure.of_lengths = True
    outside = rng.random() < 0.5
    a, b, c, d = _box(figure, 2 * radius, -other if outside else other)
    centre = figure.place(*figure.between(a, b, 0.5), "O")
    figure.state("rectangle", a, b, c, d)
    figure.quietly_join(a, centre, b)
    for one, two in ((b, c), (c, d), (d, a)):
        figure.join(one, two)
    # Counterclockwise about the middle of AB: above the base, from B to A.
    _half_disc(figure, centre, b, a)
    name = "rounded" if outside else "hollowed"
    if not outside and other < 1.25 * radius:
        raise UnsuitableError("nothing would be left")
    border = (Edge(b), Edge(a, centre), Edge(d), Edge(c))
    figure.region(f"{name} {b} {a} {d} {c} {centre}", "the shaded region", border)
    figure.state(name, b, a, d, c, centre)
    figure.know(figure.length(a, b), 2 * radius)
    figure.know(figure.length(b, c), other)
    figure.know(Quantity("radius", (centre,)), radius)


def square_and_circle(figure: Figure, rng: Random) -> None:
    """A circle in a square, or a square in a circle."""
    half = rng.randint(1, LONGEST // 2)
    inside = rng.random() < 0.5
    figure.of_lengths = True
    a, b, c, d = _box(figure, 2 * half, 2 * half)
    figure.shape(a, b, c, d)
    figure.state("square", a, b, c, d)
    centre = figure.place(half, half, "O")
    figure.extents[centre] = half if inside else half * math.sqrt(2)
    figure.circles[centre] = [] if inside else [a, b, c, d]
    if inside:
        touching = figure.place(half, 0)
        figure.join(a, touching, b)
        figure.circle(centre, touching)
    else:
        figure.circle(centre)
    corners = f"{centre} {a} {b} {c} {d}"
    square_loop = tuple(map(Edge, (a, b, c, d)))
    (circle_loop,) = figure.regions[f"circle {centre}"]
    if not inside:
        figure.join(a, centre, c)  # a diameter: what its square's diagonal is
    if inside:
        figure.state("within", centre, a, b, c, d)
        figure.region(f"between {corners}", "the shaded region", square_loop, circle_loop)
    else:
        figure.state("around", centre, a, b, c, d)
        figure.region(f"outside {corners}", "the shaded region", circle_loop, square_loop)
    figure.know(figure.length(a, b), 2 * half)


def quarter_in_square(figure: Figure, rng: Random) -> None:
    """A square without a quarter of a disc."""
    side = rng.randint(2, LONGEST)
    figure.of_lengths = True
    a, b, c, d = _box(figure, side, side)
    figure.shape(a, b, c, d)
    figure.state("square", a, b, c, d)
    figure.state("quarter", a, b, c, d)
    figure.arcs.append((a, b, d))
    figure.extents[a] = side
    figure.region(
        f"corner {a} {b} {c} {d}", "the shaded region", (Edge(c), Edge(d), Edge(b, a, True))
    )
    figure.know(figure.length(a, b), side)


def triangle_in_half_disc(figure: Figure, rng: Random) -> None:
    """Half a disc without a right triangle over its diameter."""
    p, q, c = triple(rng)
    if c % 2:
        p, q, c = 2 * p, 2 * q, 2 * c
    if c > LONGEST:
        raise UnsuitableError("too large")
    figure.of_lengths = True
    centre = figure.place(0, 0, "O")
    a, b = figure.place(c / 2, 0), figure.place(-c / 2, 0)
    third = figure.place(*figure.towards(centre, 2 * math.degrees(math.atan2(q, p)), c / 2))
    figure.join(a, centre, b)
    figure.shape(a, b, third)
    figure.circles[centre] = [a, third, b]
    figure.half_drawn.add(centre)
    _half_disc(figure, centre, a, b)
    # Its own name for the triangle; the white part of the half disc.
    edges = (Edge(a), Edge(b, centre))
    figure.region(
        f"cap {centre} {a} {b} {third}", "the shaded region", edges, (Edge(a), Edge(b), Edge(third))
    )
    figure.state("cap", centre, a, b, third)
    figure.know(figure.length(b, third), p)
    figure.know(figure.length(a, third), q)


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
    centre = _circle(figure, radius, radius, radius)
    touching = figure.place(radius, 0)
    figure.join(corner, touching, a)
    figure.circle(centre, touching)
    figure.state("incircle", centre, a, b, corner)
    figure.know(figure.length(a, corner), p)
    figure.know(figure.length(b, corner), q)
    figure.know(Quantity("radius", (centre,)), radius)
    figure.join(centre, touching)
    figure.state("tangent", a, touching, centre)


# What training does not show.


def crossing_chords_of_arcs(figure: Figure, rng: Random) -> None:
    """Two chords that cross."""
    centre = _circle(figure, FAR)
    a, b, c, d = _points_by_arcs(figure, centre, _even_arcs(rng, 4, 40))
    figure.join(a, c)
    figure.join(b, d)
    figure.crossing(a, c, b, d)
    if rng.random() < 0.4:
        figure.join(a, b)


def secants_of_arcs(figure: Figure, rng: Random) -> None:
    """Two lines from a point outside that cut a circle."""
    centre = _circle(figure, FAR)
    far, near = rng.randint(50, 75) * 2, rng.randint(12, 26) * 2
    side = rng.randint(40, 75) * 2
    if 360 - far - near - side < 80:
        raise UnsuitableError("no room")
    turns = [-near / 2, near / 2, near / 2 + side, near / 2 + side + far]
    b, a, d, c = (_on(figure, centre, turn) for turn in turns)
    (bx, by), (cx, cy) = figure.points[b], figure.points[c]
    xy, share = figure.meeting(c, (bx - cx, by - cy), d, a)
    if not 1.1 < share < 2.2:
        raise UnsuitableError("the lines meet too far away")
    p = figure.place(*xy)
    figure.join(d, a, p)
    figure.join(c, b, p)
    _know_arc(figure, centre, b, a, near)
    _know_arc(figure, centre, a, d, side)
    _know_arc(figure, centre, d, c, far)


def tangent_and_chord(figure: Figure, rng: Random) -> None:
    """A tangent, a chord from where it touches, and an angle over the chord as often as not."""
    centre = _circle(figure, FAR)
    degrees = rng.randint(25, 80)
    t = _on(figure, centre, -90)
    p = figure.place(FAR * 1.3, -FAR)
    back = figure.place(-FAR * 0.9, -FAR)
    figure.join(back, t, p)
    figure.state("tangent", p, t, centre)
    a = _on(figure, centre, -90 + 2 * degrees)
    figure.join(t, a)
    figure.know(figure.angle(p, t, a), degrees)
    if rng.random() < 0.7:
        c = _on(figure, centre, -90 + 2 * degrees + 2 * rng.randint(25, 150 - degrees))
        figure.join(t, c)
        figure.join(a, c)
        quantity = Quantity("arc", (centre, a, c))
        figure.know(quantity, round(figure.size(quantity)))


def crossing_chords_of_lengths(figure: Figure, rng: Random) -> None:
    """Two chords with whole parts."""
    p, q, r, s = (rng.randint(2, 9) for _ in range(4))
    parts = (p * q, r * s, p * r, q * s)  # the first two have the product of the last two
    if max(parts) > 3.2 * min(parts) or p * q == p * r:
        raise UnsuitableError("too unequal")
    figure.of_lengths = True
    turn = math.radians(rng.randint(50, 130))
    x = (0.0, 0.0)
    a, c = (parts[0], 0.0), (-parts[1], 0.0)
    b, d = (parts[2] * math.cos(turn), parts[2] * math.sin(turn)), (0.0, 0.0)
    d = (-parts[3] * math.cos(turn), -parts[3] * math.sin(turn))
    names = _around(figure, [a, b, c, d])
    cross = figure.place(*x)
    figure.join(names[0], cross, names[2])
    figure.join(names[1], cross, names[3])
    for name, part in zip((names[0], names[2], names[1], names[3]), parts, strict=True):
        figure.know(figure.length(cross, name), part)


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
    p, q, r, s = (rng.randint(2, 8) for _ in range(4))
    (near, far), (near_2, far_2) = sorted((p * q, r * s)), sorted((p * r, q * s))
    if (
        near * 1.25 > far
        or near_2 * 1.25 > far_2
        or far > 4 * near
        or (near, far) == (near_2, far_2)
    ):
        raise UnsuitableError("too unequal")
    figure.of_lengths = True
    turn = math.radians(rng.randint(28, 55))
    along = [(near, 0.0), (far, 0.0)]
    other = [(size * math.cos(turn), size * math.sin(turn)) for size in (near_2, far_2)]
    a, d, b, c = _around(figure, along + other)
    point = figure.place(0, 0)
    figure.join(point, a, d)
    figure.join(point, b, c)
    for name, size in ((a, near), (d, far), (b, near_2), (c, far_2)):
        figure.know(figure.length(point, name), size)


def tangent_and_secant(figure: Figure, rng: Random) -> None:
    """A tangent and a secant from one point, with whole parts."""
    m, n, factor = rng.randint(1, 5), rng.randint(1, 6), rng.randint(1, 5)
    near, far, length = m * m * factor, n * n * factor, m * n * factor
    if not 1.4 * near < far < 7 * near or math.gcd(m, n) > 1:
        raise UnsuitableError("too unequal")
    figure.of_lengths = True
    turn = math.radians(rng.randint(25, 50))
    radius = (near * near - 2 * near * length * math.cos(turn) + length * length) / (
        2 * near * math.sin(turn)
    )
    centre = _circle(figure, radius, length, radius)
    p = figure.place(0, 0)
    t = figure.place(length, 0)
    a, b = (figure.place(size * math.cos(turn), size * math.sin(turn)) for size in (near, far))
    figure.circle(centre, t, a, b)
    figure.join(p, t)
    figure.join(p, a, b)
    figure.state("tangent", p, t, centre)
    figure.know(figure.length(p, a), near)
    figure.know(figure.length(p, b), far)
    figure.know(figure.length(p, t), length)
