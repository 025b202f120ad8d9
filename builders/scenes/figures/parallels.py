"""parallels: constructions to begin with that are parallel and crossing lines."""

import math
from fractions import Fraction
from random import Random

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.sizes import LONGEST, is_flat, measured


def parallel_lines(figure: Figure, rng: Random) -> None:
    """Two parallels and a line or two across."""
    tilt = rng.choice([rng.randint(35, 80), rng.randint(100, 145)])
    height = rng.uniform(4, 5.5)
    a, b = figure.place(0, 0), figure.place(12, 0)
    c, d = figure.place(0, height), figure.place(12, height)
    figure.join(a, b)
    figure.join(c, d)
    figure.state("parallel", a, b, c, d)
    lean = height / math.tan(math.radians(tilt))
    start = rng.uniform(3.5, 5.0) if tilt > 90 else rng.uniform(2.5, 4.0)
    p = figure.put_between(a, b, start / 12)
    q = figure.put_between(c, d, (start + lean) / 12)
    figure.join(p, q)
    ways = [(q, p), (p, q)]
    for one, other in rng.sample(ways, rng.randint(0, 2)):
        end = figure.place(*figure.between(one, other, 1.45))
        figure.join(one, end)
    figure.know(figure.angle(b, p, q), tilt)
    if rng.random() < 0.6:
        across = rng.randint(35, 145)
        lean = height / math.tan(math.radians(across))
        r = figure.place(*figure.between(a, b, rng.uniform(0.6, 0.8)))
        s = figure.put_between(c, d, (figure.points[r][0] + lean) / 12)
        if not 0.1 < (figure.points[r][0] + lean) / 12 < 0.95:
            raise UnsuitableError("it would miss the other line")
        figure.join(a, r, b)
        figure.join(r, s)
        figure.know(figure.angle(b, r, s), across)


def parallel_zigzag(figure: Figure, rng: Random) -> None:
    """Two parallels and a bend between them."""
    first, second = rng.randint(25, 65), rng.randint(25, 65)
    x = rng.uniform(6.0, 8.0)
    low, high = rng.uniform(2.2, 3.0), rng.uniform(2.2, 3.0)
    e = (x, low)
    a = (x - low / math.tan(math.radians(first)), 0.0)
    c = (x - high / math.tan(math.radians(second)), low + high)
    names = [figure.place(*xy) for xy in (a, (11.0, 0.0), c, (11.0, low + high), e)]
    start, b, end, d, bend = names
    figure.join(start, b)
    figure.join(end, d)
    figure.join(start, bend)
    figure.join(end, bend)
    figure.state("parallel", start, b, end, d)
    # The bend's angle is known by a parallel through it: the line that the solution needs is drawn.
    f = figure.place(11.0, low)
    figure.join(bend, f)
    figure.state("parallel", start, b, bend, f)
    figure.state("parallel", bend, f, end, d)
    figure.know(figure.angle(b, start, bend), first)
    figure.know(figure.angle(d, end, bend), second)


def crossing_lines(figure: Figure, rng: Random) -> None:
    """Three lines, or two and a ray, through one point."""
    bearings = sorted(rng.sample(range(180), 3))
    gaps = [bearings[1] - bearings[0], bearings[2] - bearings[1], 180 - bearings[2] + bearings[0]]
    if min(gaps) < 24:
        raise UnsuitableError("too near each other")
    x = figure.place(0, 0)
    ends = []
    for place, degrees in enumerate(bearings):
        a = figure.place(*figure.towards(x, degrees, 5))
        both = place < 2 or rng.random() < 0.5
        b = figure.place(*figure.towards(x, degrees + 180, 5)) if both else x
        figure.join(a, x, b)
        ends.append(a)
    figure.know(figure.angle(ends[0], x, ends[1]), gaps[0])
    figure.know(figure.angle(ends[1], x, ends[2]), gaps[1])


def hourglass(figure: Figure, rng: Random) -> None:
    """Two parallels whose ends are joined crosswise."""
    figure.of_lengths = True
    ratio = Fraction(rng.randint(2, 7), rng.randint(2, 7))
    if not 0.45 < ratio < 2.2 or ratio == 1:
        raise UnsuitableError("too unequal")
    below = ratio.denominator
    ab, xa, xb = (rng.randint(2, LONGEST // (2 * below)) * below for _ in range(3))
    if is_flat((ab, xa, xb), 1.15):
        raise UnsuitableError("too flat")
    cosine = (xa * xa + xb * xb - ab * ab) / (2 * xa * xb)
    x, a = figure.place(0, 0), figure.place(xa, 0)
    b = figure.place(xb * cosine, xb * math.sqrt(1 - cosine * cosine))
    d = figure.place(*figure.between(a, x, float(1 + ratio)))
    c = figure.place(*figure.between(b, x, float(1 + ratio)))
    figure.join(a, x, d)
    figure.join(b, x, c)
    figure.join(a, b)
    figure.join(c, d)
    figure.state("parallel", a, b, c, d)
    measured(figure, {(a, b): ab, (x, a): xa, (x, b): xb, (c, d): ratio * ab})
