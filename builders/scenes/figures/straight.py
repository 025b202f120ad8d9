"""straight: constructions to begin with: triangles, quadrilaterals, parallel and crossing lines.

Each places its points, states its facts, and knows the exact sizes that it was made with. A figure is
either of angles (whole degrees, whatever its lengths) or of lengths (whole, with special angles at most).
"""

import math
from fractions import Fraction
from functools import cache
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.surds import Number, root

# Legs and hypotenuse of right triangles that are not too flat to draw.
TRIPLES: Final = (
    (3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29), (12, 35, 37), (28, 45, 53), (33, 56, 65),
    (48, 55, 73), (36, 77, 85), (39, 80, 89), (65, 72, 97), (60, 91, 109),
)  # fmt: skip
LONGEST: Final = 150  # side of a figure of lengths
MOST_TIMES: Final = 20  # as large as one of the triples
# Two sides about an angle of 60° or 120°; the third is whole.
SIXTIES: Final = (
    (3, 8, 60, 7), (5, 8, 60, 7), (7, 15, 60, 13), (8, 15, 60, 13), (5, 21, 60, 19), (16, 21, 60, 19),
    (3, 5, 120, 7), (7, 8, 120, 13), (5, 16, 120, 19), (11, 24, 120, 31), (7, 33, 120, 37),
)  # fmt: skip
Corners = tuple[str, str, str]


def triple(rng: Random, most: int = LONGEST) -> tuple[int, int, int]:
    """Two legs in either order, and the hypotenuse: each as likely as any other."""
    a, b, c = rng.choice(_triples(most))
    legs = [a, b]
    rng.shuffle(legs)
    return legs[0], legs[1], c


@cache
def _triples(most: int) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (a * factor, b * factor, c * factor)
        for a, b, c in TRIPLES
        for factor in range(1, min(MOST_TIMES, most // c) + 1)
    )


def on_base(figure: Figure, alpha: float, beta: float, side: float = 10) -> Corners:
    """A triangle on a base, from the angles at its ends."""
    leg = math.sin(math.radians(beta)) / math.sin(math.radians(alpha + beta)) * side
    a, b = figure.place(0, 0), figure.place(side, 0)
    c = figure.place(*figure.towards(a, alpha, leg))
    figure.shape(a, b, c)
    return a, b, c


def whole_angles(rng: Random, least: int = 26) -> tuple[int, int]:
    """Two angles of a triangle whose third is as large at least."""
    alpha, beta = rng.randint(least, 112), rng.randint(least, 112)
    if alpha + beta > 180 - least:
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
    base = rng.randint(28, 76)
    a, b, c = on_base(figure, base, base)
    figure.state("equal", c, a, c, b)
    figure.know(figure.angle(b, a, c), base)


def right_triangle_of_angles(figure: Figure, rng: Random) -> None:
    """A right angle and another."""
    alpha = rng.randint(25, 65)
    a, b, c = on_base(figure, alpha, 90 - alpha)
    figure.state("right", a, c, b)
    figure.know(figure.angle(b, a, c), alpha)


def parallelogram_of_angles(figure: Figure, rng: Random) -> None:
    """A parallelogram with a diagonal, as often as not."""
    a, b, c = _corners(figure, *whole_angles(rng))
    (ax, ay), (bx, by), (cx, cy) = (figure.points[one] for one in (a, b, c))
    d = figure.place(ax + cx - bx, ay + cy - by)
    figure.shape(a, b, c, d)
    figure.state("parallelogram", a, b, c, d)
    figure.join(a, c)
    _know_corner(figure, a, b, c)


def _corners(figure: Figure, alpha: float, beta: float) -> Corners:
    """Three corners on a base, without lines."""
    leg = math.sin(math.radians(beta)) / math.sin(math.radians(alpha + beta)) * 10
    a, b = figure.place(0, 0), figure.place(10, 0)
    return a, b, figure.place(*figure.towards(a, alpha, leg))


def _know_corner(figure: Figure, a: str, b: str, c: str) -> None:
    """The whole angles of triangle ABC, which was made with them."""
    for corners in ((b, a, c), (a, b, c)):
        quantity = figure.angle(*corners)
        figure.know(quantity, round(figure.size(quantity)))


def rhombus_of_angles(figure: Figure, rng: Random) -> None:
    """A rhombus with one diagonal or both."""
    half = rng.randint(22, 68)
    a = figure.place(0, 0)
    b = figure.place(*figure.towards(a, -half, 10))
    d = figure.place(*figure.towards(a, half, 10))
    c = figure.place(20 * math.cos(math.radians(half)), 0)
    figure.shape(a, b, c, d)
    figure.state("rhombus", a, b, c, d)
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
    across = 10 * math.sin(math.radians(above))
    along = 10 * math.cos(math.radians(above))
    a = figure.place(0, 0)
    b = figure.place(along, -across)
    c = figure.place(along + across / math.tan(math.radians(below)), 0)
    d = figure.place(along, across)
    figure.shape(a, b, c, d)
    figure.state("kite", a, b, c, d)
    if rng.random() < 0.6:
        figure.join(a, c)
        figure.know(figure.angle(b, a, c), above)
        figure.know(figure.angle(b, c, a), below)
    else:
        figure.know(figure.angle(b, a, d), 2 * above)
        figure.know(figure.angle(b, c, d), 2 * below)


def trapezoid_of_angles(figure: Figure, rng: Random) -> None:
    """Two parallel sides; equal legs, as often as not."""
    alpha = rng.randint(42, 78)
    beta = alpha if rng.random() < 0.5 else rng.randint(42, 78)
    height = rng.uniform(4, 6)
    left, right = (height / math.tan(math.radians(degrees)) for degrees in (alpha, beta))
    if 12 - left - right < 2.5:
        raise UnsuitableError("no room for the shorter side")
    a, b = figure.place(0, 0), figure.place(12, 0)
    c, d = figure.place(12 - right, height), figure.place(left, height)
    figure.shape(a, b, c, d)
    figure.state("isosceles trapezoid" if alpha == beta else "trapezoid", a, b, c, d)
    figure.know(figure.angle(b, a, d), alpha)
    figure.know(figure.angle(a, b, c), beta)


def quadrilateral_of_angles(figure: Figure, rng: Random) -> None:
    """Four corners, no two alike."""
    alpha, beta, gamma = (rng.randint(62, 118) for _ in range(3))
    delta = 360 - alpha - beta - gamma
    if not 55 <= delta <= 125:
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


def parallel_lines(figure: Figure, rng: Random) -> None:
    """Two parallels and a line or two across."""
    tilt = rng.choice([rng.randint(40, 75), rng.randint(105, 140)])
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
    bearings = sorted(rng.sample(range(0, 180, 1), 3))
    gaps = [bearings[1] - bearings[0], bearings[2] - bearings[1], 180 - bearings[2] + bearings[0]]
    if min(gaps) < 24:
        raise UnsuitableError("too near each other")
    x = figure.place(0, 0)
    ends = []
    for place, degrees in enumerate(bearings):
        a = figure.place(*figure.towards(x, degrees, 5))
        both = place < 2 or rng.random() < 0.5
        b = figure.place(*figure.towards(x, degrees + 180, 5)) if both else x
        figure.join(a, x, b) if both else figure.join(a, x)
        ends.append(a)
    figure.know(figure.angle(ends[0], x, ends[1]), gaps[0])
    figure.know(figure.angle(ends[1], x, ends[2]), gaps[1])


def regular_polygon(figure: Figure, rng: Random) -> None:
    """A regular pentagon, hexagon or octagon, with a diagonal."""
    number = rng.choice([5, 6, 8])
    side = rng.randint(2, LONGEST)
    figure.of_lengths = True
    far = side / (2 * math.sin(math.pi / number))
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


# Of lengths.


def _measured(figure: Figure, sides: dict[tuple[str, str], Number]) -> None:
    figure.of_lengths = True
    for (a, b), value in sides.items():
        figure.know(figure.length(a, b), value)


def right_triangle(figure: Figure, rng: Random) -> None:
    """Three whole sides, or two whole legs or a whole hypotenuse."""
    if rng.random() < 0.6:
        p, q, _ = triple(rng)
    else:
        p, q = rng.randint(2, 24), rng.randint(2, 24)
        if not 0.35 < p / q < 2.8:
            raise UnsuitableError("too flat")
    a, b, c = figure.place(p, 0), figure.place(0, q), figure.place(0, 0)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    _measured(figure, {(a, c): p, (b, c): q})


def special_right_triangle(figure: Figure, rng: Random) -> None:
    """With angles of 30° and 60°, or of 45° twice."""
    short: Number = rng.randint(2, LONGEST)
    if rng.random() < 0.3:
        short = rng.randint(2, 40) * root(3)
    small = rng.choice([30, 30, 45])
    long = short * root(3) if small == 30 else short * Fraction(1)
    a, b, c = figure.place(_float(long), 0), figure.place(0, _float(short)), figure.place(0, 0)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    _measured(figure, {(b, c): short})
    figure.know(figure.angle(b, a, c), small)


def _float(value: Number) -> float:
    return float(value) if isinstance(value, int | Fraction) else value.value


def triangle_of_lengths(figure: Figure, rng: Random) -> None:
    """Whole sides and a whole altitude, which is drawn."""
    p, h, _ = triple(rng, 70)
    q, h_2, _ = triple(rng, 70)
    scale = Fraction(math.lcm(h, h_2))
    p, q = int(p * scale / h), int(q * scale / h_2)
    height = int(scale)
    shared = math.gcd(math.gcd(p, q), height)
    factor = rng.randint(1, 3) if max(p, q, height) / shared < 40 else 1
    p, q, height = (value // shared * factor for value in (p, q, height))
    if max(p + q, height) > LONGEST or not 0.4 < height / (p + q) < 1.6 or p == q:
        raise UnsuitableError("too large or too flat")
    a, b, c = figure.place(0, 0), figure.place(p + q, 0), figure.place(p, height)
    figure.shape(a, b, c)
    d = figure.foot(c, a, b)
    _measured(figure, {(a, d): p, (d, b): q, (c, d): height})


def isosceles_of_lengths(figure: Figure, rng: Random) -> None:
    """A whole base, and a whole height that is drawn, as often as not."""
    half, height, leg = triple(rng)
    if not 0.5 < height / half < 3.2:
        raise UnsuitableError("too flat")
    a, b, c = figure.place(0, 0), figure.place(2 * half, 0), figure.place(half, height)
    figure.shape(a, b, c)
    figure.state("equal", c, a, c, b)
    _measured(figure, {(a, b): 2 * half, (a, c): leg, (b, c): leg})
    if rng.random() < 0.7:
        figure.foot(c, a, b)


def equilateral(figure: Figure, rng: Random) -> None:
    """Three equal sides, and an altitude as often as not."""
    side = rng.randint(2, LONGEST)
    figure.of_lengths = True
    a, b, c = on_base(figure, 60, 60, side)
    figure.state("equal", a, b, b, c, c, a)
    _measured(figure, {(a, b): side})
    if rng.random() < 0.6:
        figure.foot(c, a, b)


def rectangle(figure: Figure, rng: Random) -> None:
    """With one diagonal or both."""
    p, q, _ = triple(rng)
    if not 0.4 < p / q < 2.5:
        raise UnsuitableError("too narrow")
    a, b, c, d = (figure.place(*xy) for xy in ((0, 0), (p, 0), (p, q), (0, q)))
    figure.shape(a, b, c, d)
    figure.state("rectangle", a, b, c, d)
    _measured(figure, {(a, b): p, (b, c): q})
    figure.join(a, c)
    if rng.random() < 0.5:
        figure.join(b, d)
        figure.crossing(a, c, b, d)


def square(figure: Figure, rng: Random) -> None:
    """With a diagonal."""
    side = rng.randint(2, LONGEST)
    a, b, c, d = (figure.place(*xy) for xy in ((0, 0), (side, 0), (side, side), (0, side)))
    figure.shape(a, b, c, d)
    figure.state("square", a, b, c, d)
    _measured(figure, {(a, b): side})
    figure.join(a, c)


def rhombus(figure: Figure, rng: Random) -> None:
    """With both diagonals."""
    p, q, _ = triple(rng, 60)
    if not 0.45 < p / q < 2.2:
        raise UnsuitableError("too narrow")
    a, b, c, d = (figure.place(*xy) for xy in ((-p, 0), (0, -q), (p, 0), (0, q)))
    figure.shape(a, b, c, d)
    figure.state("rhombus", a, b, c, d)
    figure.join(a, c)
    figure.join(b, d)
    x = figure.crossing(a, c, b, d)
    _measured(figure, {(a, x): p, (b, x): q})


def kite(figure: Figure, rng: Random) -> None:
    """With both diagonals."""
    p, h, _ = triple(rng, 60)
    q, h_2, _ = triple(rng, 60)
    if h != h_2 or p == q:
        height = math.lcm(h, h_2)
        p, q, h = p * height // h, q * height // h_2, height
    if max(p + q, 2 * h) > LONGEST or p == q or not 0.4 < 2 * h / (p + q) < 2.0:
        raise UnsuitableError("too large or too narrow")
    a, b, c, d = (figure.place(*xy) for xy in ((-p, 0), (0, -h), (q, 0), (0, h)))
    figure.shape(a, b, c, d)
    figure.state("kite", a, b, c, d)
    figure.join(a, c)
    figure.join(b, d)
    x = figure.crossing(a, c, b, d)
    _measured(figure, {(a, x): p, (x, c): q, (b, x): h})


def parallelogram(figure: Figure, rng: Random) -> None:
    """With its height, or with its diagonals."""
    p, h, _ = triple(rng, 60)
    side = p + rng.randint(2, 30)
    if not 0.25 < h / side < 1.2 or p > 0.75 * side:
        raise UnsuitableError("too narrow")
    a, b, c, d = (figure.place(*xy) for xy in ((0, 0), (side, 0), (side + p, h), (p, h)))
    figure.shape(a, b, c, d)
    figure.state("parallelogram", a, b, c, d)
    e = figure.foot(d, a, b)
    _measured(figure, {(a, b): side, (a, e): p, (d, e): h})


def parallelogram_with_diagonals(figure: Figure, rng: Random) -> None:
    """Whole sides and halves of diagonals; it has no height."""
    p, h, _ = triple(rng, 50)
    q, h_2, _ = triple(rng, 50)
    height = math.lcm(h, h_2)
    p, q = p * height // h, q * height // h_2
    if max(2 * p + 2 * q, 2 * height) > LONGEST or p == q or height > 1.4 * (p + q):
        raise UnsuitableError("too large or too narrow")
    # Diagonals of 2√(p² + h²) and 2√(q² + h²), both whole, from the centre.
    a, b, c, d = (
        figure.place(*xy) for xy in ((-p, -height), (q, -height), (p, height), (-q, height))
    )
    figure.shape(a, b, c, d)
    figure.state("parallelogram", a, b, c, d)
    figure.join(a, c)
    figure.join(b, d)
    x = figure.crossing(a, c, b, d)
    diagonals = {(a, x): p, (b, x): q}
    _measured(figure, {(a, b): p + q})
    _measured(figure, {pair: math.isqrt(half**2 + height**2) for pair, half in diagonals.items()})


def trapezoid(figure: Figure, rng: Random) -> None:
    """With its height: equal legs, or a right angle, or neither."""
    p, h, _ = triple(rng, 60)
    top = rng.randint(3, 40)
    sort = rng.choice(["equal", "right", "other"])
    q = p if sort == "equal" else 0 if sort == "right" else rng.randint(2, 20)
    width = p + top + q
    if not 0.25 < h / width < 1.1 or top < 0.2 * width or (q and abs(p - q) < 3 and p != q):
        raise UnsuitableError("too narrow")
    a, b, c, d = (figure.place(*xy) for xy in ((0, 0), (width, 0), (p + top, h), (p, h)))
    figure.shape(a, b, c, d)
    figure.state("isosceles trapezoid" if sort == "equal" else "trapezoid", a, b, c, d)
    e = figure.foot(d, a, b)
    if sort == "right":
        figure.state("right", a, b, c)
    _measured(figure, {(a, b): width, (c, d): top, (a, e): p, (d, e): h})
    if sort == "equal":
        _measured(figure, {(b, c): math.isqrt(p * p + h * h)})
    if sort == "right":
        _measured(figure, {(b, c): h})


def altitude_on_hypotenuse(figure: Figure, rng: Random) -> None:
    """A right triangle cut in two that are like it."""
    m, n, factor = rng.randint(1, 6), rng.randint(1, 6), rng.randint(1, 9)
    if not 0.3 < m / n < 3.4 or m == n or math.gcd(m, n) > 1:
        raise UnsuitableError("too flat")
    p, q, h = m * m * factor, n * n * factor, m * n * factor
    a, b, c = figure.place(0, 0), figure.place(p + q, 0), figure.place(p, h)
    figure.shape(a, b, c)
    figure.state("right", a, c, b)
    d = figure.foot(c, a, b)
    _measured(figure, {(a, d): p, (d, b): q, (c, d): h})


def triangle_of_sides_and_angle(figure: Figure, rng: Random) -> None:
    """Two whole sides about 60°, 120° or another angle known by heart."""
    figure.of_lengths = True
    if rng.random() < 0.6:
        p, q, degrees, _ = rng.choice(SIXTIES)
        factor = rng.randint(1, 6)
        p, q = p * factor, q * factor
    else:
        p, q, degrees = (
            rng.randint(3, 30),
            rng.randint(3, 30),
            rng.choice([30, 45, 60, 120, 135, 150]),
        )
    if not 0.3 < p / q < 3.4:
        raise UnsuitableError("too flat")
    a, b = figure.place(0, 0), figure.place(p, 0)
    c = figure.place(*figure.towards(a, degrees, q))
    figure.shape(a, b, c)
    _measured(figure, {(a, b): p, (a, c): q})
    figure.know(figure.angle(b, a, c), degrees)


def triangle_of_two_angles(figure: Figure, rng: Random) -> None:
    """A whole side and two special angles."""
    figure.of_lengths = True
    alpha, beta = rng.choice(
        [(30, 45), (45, 60), (30, 120), (45, 30), (60, 45), (30, 30), (120, 30), (30, 135)]
    )
    opposite = rng.randint(2, LONGEST)
    side = opposite / math.sin(math.radians(alpha)) * math.sin(math.radians(alpha + beta))
    a, b, c = on_base(figure, alpha, beta, side)
    _measured(figure, {(b, c): opposite})
    figure.know(figure.angle(b, a, c), alpha)
    figure.know(figure.angle(a, b, c), beta)


def triangle_with_parallel(figure: Figure, rng: Random) -> None:
    """A line through two sides, parallel to the third."""
    figure.of_lengths = True
    whole = rng.randint(3, 8)
    part = rng.randint(1, whole - 1)
    if not 0.3 < part / whole < 0.8 or math.gcd(part, whole) > 1:
        raise UnsuitableError("too near an end")
    sides = [rng.randint(2, 9) * whole for _ in range(3)]
    a, b, c = _of_sides(figure, *sides)
    d = figure.put_between(a, b, part / whole)
    e = figure.put_between(a, c, part / whole)
    figure.join(d, e)
    figure.state("parallel", d, e, b, c)
    _measured(figure, {(b, c): sides[0], (a, c): sides[1], (a, b): sides[2]})
    _measured(figure, {(a, d): sides[2] * part // whole})


def _of_sides(figure: Figure, a: int, b: int, c: int) -> Corners:
    """A triangle with these sides opposite its corners."""
    if 1.12 * max(a, b, c) > sum((a, b, c)) - max(a, b, c) or min(a, b, c) < 0.4 * max(a, b, c):
        raise UnsuitableError("too flat")
    cosine = (b * b + c * c - a * a) / (2 * b * c)
    first, second = figure.place(0, 0), figure.place(c, 0)
    third = figure.place(b * cosine, b * math.sqrt(1 - cosine * cosine))
    figure.shape(first, second, third)
    return first, second, third


def hourglass(figure: Figure, rng: Random) -> None:
    """Two parallels whose ends are joined crosswise."""
    figure.of_lengths = True
    ratio = Fraction(rng.randint(2, 7), rng.randint(2, 7))
    if not 0.45 < ratio < 2.2 or ratio == 1:
        raise UnsuitableError("too unequal")
    below = ratio.denominator
    ab, xa, xb = (rng.randint(2, 9) * below for _ in range(3))
    if 1.15 * max(ab, xa, xb) > ab + xa + xb - max(ab, xa, xb) or min(ab, xa, xb) < 0.4 * max(
        ab, xa, xb
    ):
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
    _measured(figure, {(a, b): ab, (x, a): xa, (x, b): xb, (c, d): ratio * ab})


def bisected_triangle(figure: Figure, rng: Random) -> None:
    """An angle bisector that cuts the opposite side into whole parts."""
    figure.of_lengths = True
    p, q, factor = rng.randint(2, 9), rng.randint(2, 9), rng.randint(2, 6)
    if p == q or not 0.4 < p / q < 2.5:
        raise UnsuitableError("too unequal")
    part = rng.randint(1, 6)
    a, b, c = _of_sides(figure, (p + q) * part, q * factor, p * factor)
    d = figure.put_between(b, c, p / (p + q))
    figure.join(a, d)
    figure.state("same angle", b, a, d, d, a, c)
    figure.state("bisector", a, d, b, c)
    _measured(figure, {(a, b): p * factor, (a, c): q * factor, (b, d): p * part, (d, c): q * part})
