"""regions: constructions to begin with that have round regions: sectors, and what is made of several shapes."""

import math
from fractions import Fraction
from random import Random
from typing import Final

from builders.scenes.figures.circles import circle, on
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Edge, Quantity
from builders.scenes.figures.polygons import box, shaped
from builders.scenes.figures.sizes import LONGEST, legs, lone_size

# Degrees of sectors: parts of half a turn with a small denominator.
SECTORS: Final = tuple(
    degrees for degrees in range(30, 161) if Fraction(degrees, 180).denominator <= 36
)


def sector(figure: Figure, rng: Random) -> None:
    """A part of a disc, between two radii."""
    centre, a, b = _between_radii(figure, rng, rng.choice(SECTORS))
    figure.shaded.append(f"sector {centre} {a} {b}")


def segment_of_circle(figure: Figure, rng: Random) -> None:
    """What a chord cuts off a disc."""
    degrees = rng.choice((60, 90, 120))
    centre, a, b = _between_radii(figure, rng, degrees)
    figure.join(a, b)
    if degrees == 90:
        figure.state("right", a, centre, b)
    figure.state("segment", centre, a, b)
    figure.region(f"segment {centre} {a} {b}", "the shaded segment", (Edge(a), Edge(b, centre)))


def _between_radii(figure: Figure, rng: Random, degrees: int) -> tuple[str, str, str]:
    """A circle's centre and the ends of two radii."""
    radius = rng.randint(2, 700)
    figure.of_lengths = True
    centre = circle(figure, radius)
    a, b = on(figure, centre, 0), on(figure, centre, degrees)
    figure.join(centre, a)
    figure.join(centre, b)
    figure.know(Quantity("radius", (centre,)), radius)
    figure.know(figure.angle(a, centre, b), degrees)
    return centre, a, b


def _half_disc(figure: Figure, centre: str, a: str, b: str) -> None:
    """Half a disc on a diameter, counterclockwise from a to b."""
    figure.extents[centre] = figure.distance(centre, a)
    figure.arcs.append((centre, a, b))
    figure.regions[f"half {centre} {a} {b}"] = ((Edge(a), Edge(b, centre)),)
    figure.regions[f"circle {centre}"] = ((Edge(a, centre),),)
    figure.state("half disc", centre, a, b)


def rounded_rectangle(figure: Figure, rng: Random) -> None:
    """A rectangle and half a disc on one side, outside or cut out."""
    radius, other = rng.randint(2, 240), rng.randint(3, 600)
    if not 0.7 < other / radius < 3.5:
        raise UnsuitableError("too narrow")
    figure.of_lengths = True
    outside = rng.random() < 0.5
    places = box(2 * radius, -other if outside else other)
    a, b, c, d = (figure.place(*xy) for xy in places)
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
    figure.know(Quantity("radius", (centre,)), radius, follows=True)


def square_and_circle(figure: Figure, rng: Random) -> None:
    """A circle in a square, or a square in a circle."""
    size = lone_size(rng, LONGEST // 2)
    half = size.value
    inside = rng.random() < 0.5
    figure.of_lengths = True
    a, b, c, d = shaped(figure, "square", box(2 * half, 2 * half))
    centre = circle(figure, half if inside else half * math.sqrt(2), half, half)
    corners, square_loop = f"{centre} {a} {b} {c} {d}", tuple(map(Edge, (a, b, c, d)))
    if inside:
        touching = figure.place(half, 0)
        figure.join(a, touching, b)
        figure.circle(centre, touching)
        disc = figure.regions[f"circle {centre}"]
        figure.state("within", centre, a, b, c, d)
        figure.region(f"between {corners}", "the shaded region", square_loop, *disc)
    else:
        figure.circle(centre, a, b, c, d)
        figure.join(a, centre, c)  # a diameter: what its square's diagonal is
        disc = figure.regions[f"circle {centre}"]
        figure.state("around", centre, a, b, c, d)
        figure.region(f"outside {corners}", "the shaded region", *disc, square_loop)
    figure.know(figure.length(a, b), 2 * size)


def quarter_in_square(figure: Figure, rng: Random) -> None:
    """A square without a quarter of a disc."""
    size = lone_size(rng)
    side = size.value
    figure.of_lengths = True
    a, b, c, d = shaped(figure, "square", box(side, side))
    figure.state("quarter", a, b, c, d)
    figure.arcs.append((a, b, d))
    figure.extents[a] = side
    figure.region(
        f"corner {a} {b} {c} {d}", "the shaded region", (Edge(c), Edge(d), Edge(b, a, True))
    )
    figure.know(figure.length(a, b), size)


def triangle_in_half_disc(figure: Figure, rng: Random) -> None:
    """Half a disc without a right triangle over its diameter."""
    p, q = legs(rng)
    c = math.hypot(p, q)
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
