"""figure: points, lines and circles, what is given of them, and where they are.

Whatever is constructed is placed and stated at once: coordinates for the eye and for measuring, facts
for the theorems. That a point lies on a line, and between which others, everybody can see; what
cannot be seen surely (a right angle, equal lengths) is a `Fact`, which a picture marks or a text says.
"""

import math
from collections.abc import Iterator
from copy import copy
from itertools import combinations
from typing import Final, NamedTuple

from builders.scenes.figures.measure import (
    Edge,
    Loop,
    Plane,
    Point,
    Quantity,
    agrees,
    angle_between,
    bearing,
    distance,
    measure,
)
from builders.scenes.figures.surds import Number, Surd

NAMES: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # I and O look like digits; O is the first centre's
# Two points nearer than this share of the figure's size, and angles of fewer degrees, cannot be told
# apart in a small picture: such a figure is given up.
NEAREST: Final = 0.07
SMALLEST_ANGLE: Final = 9.0
# A line that passes nearer than this share of the figure's size to touching a circle looks like a tangent:
# at 112 pixels the figure has some 86, and 1.5 of them are the thickest line. A circle as large as
# the figure is so cut at 15 degrees or more; a smaller one, at which a line looks straighter, at more.
NEAR_TANGENT: Final = 0.017
# Facts by which a line of theirs touches a circle.
TOUCHING: Final = frozenset({"tangent", "incircle", "within"})


class UnsuitableError(ValueError):
    """A construction that is not possible here, or would not be clear to see."""


class Fact(NamedTuple):
    """Something that coordinates alone do not tell.

    right A B C: at B · parallel A B C D: in this direction · equal A B C D …: AB = CD ·
    same angle A B C D E F: ∠ABC = ∠DEF · tangent P T O: line PT touches circle O in T ·
    midpoint M A B · bisector B D A C: BD halves ∠ABC · incircle O A B C ·
    parallelogram, rectangle, rhombus, square, trapezoid (AB ∥ DC), kite (AB = AD), regular: corners.
    """

    kind: str
    of: tuple[str, ...]


class Figure:
    """A drawing that grows by construction."""

    def __init__(self, names: str = NAMES) -> None:
        """Nothing yet; points will have these names, in this order."""
        self.points: dict[str, Point] = {}
        self.lines: list[list[str]] = []  # each in the order along it, drawn from first to last
        self.circles: dict[str, list[str]] = {}  # by centre: points on it
        self.facts: list[Fact] = []
        self.seeds: dict[Quantity, Surd] = {}  # exact sizes that the figure was made with
        self.free = 0  # how many of these do not follow from the others
        self.regions: dict[str, tuple[Loop, ...]] = {}
        self.nouns: dict[str, str] = {}  # of regions: `the shaded region`
        self.shaded: list[str] = []  # regions
        self.arcs: list[tuple[str, str, str]] = []  # drawn without the rest of their circle
        self.made: tuple[str, ...] = ()  # the constructions
        self.unseen: list[tuple[str, ...]] = []  # lines that are not drawn
        self.half_drawn: set[str] = set()  # centres whose circles are drawn as arcs only
        self.extents: dict[str, float] = {}  # radii, by centre
        self.shapes: list[tuple[str, ...]] = []  # triangles and quadrilaterals to build on
        self.of_lengths = False  # made with whole lengths, not with whole angles
        self._names = iter(names)

    def copy(self) -> "Figure":
        """Another one, to go on from here while this one stays as it is."""
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list | set):
                setattr(other, name, value.copy())
        other.lines = [line.copy() for line in self.lines]
        other.circles = {centre: there.copy() for centre, there in self.circles.items()}
        other._names = copy(self._names)
        return other

    # What there is.

    def plane(self) -> Plane:
        """Where everything is."""
        return Plane(self.points, self.regions)

    def line_of(self, a: str, b: str) -> list[str] | None:
        """The drawn line through two points."""
        for line in self.lines:
            if a in line and b in line:
                return line
        return None

    def ray(self, vertex: str, through: str) -> str:
        """The last point of a ray: it stands for all of them."""
        line = self.line_of(vertex, through)
        if line is None:
            raise UnsuitableError(f"no line {vertex}{through}")
        return line[-1] if line.index(through) > line.index(vertex) else line[0]

    def rays(self, vertex: str) -> list[str]:
        """The last points of all rays that are drawn from a point."""
        ends = []
        for line in self.lines:
            if vertex in line:
                ends += [end for end in (line[0], line[-1]) if end != vertex]
        return ends

    def rights(self) -> set[Quantity]:
        """The angles that are marked as right ones."""
        return {self.angle(*fact.of) for fact in self.facts if fact.kind == "right"}

    def length(self, a: str, b: str) -> Quantity:
        """The length of a segment."""
        return Quantity("length", (a, b) if a < b else (b, a))

    def angle(self, a: str, vertex: str, c: str) -> Quantity:
        """The angle at the middle point."""
        first, last = sorted((self.ray(vertex, a), self.ray(vertex, c)))
        return Quantity("angle", (first, vertex, last))

    def polygon(self, *corners: str) -> tuple[str, ...]:
        """The region of a polygon: one name for all ways round it."""
        start = corners.index(min(corners))
        turned = corners[start:] + corners[:start]
        if turned[-1] < turned[1]:
            turned = turned[:1] + turned[:0:-1]
        return ("polygon", *turned)

    def size(self, quantity: Quantity) -> float:
        """What a quantity measures."""
        return measure(quantity, self.plane())

    def extent(self) -> float:
        """The longer side of the box around all points."""
        points = list(self.outline())
        spans = (sorted(point[axis] for point in points) for axis in (0, 1))
        return max(span[-1] - span[0] for span in spans)

    def outline(self) -> Iterator[Point]:
        """All points, and the extreme ones of circles."""
        yield from self.points.values()
        for centre in self.circles.keys() - self.half_drawn:
            (x, y), radius = self.points[centre], self.extents[centre]
            yield from ((x + radius, y), (x - radius, y), (x, y + radius), (x, y - radius))

    def distance(self, a: str, b: str) -> float:
        """From one point to another."""
        return distance(self.points[a], self.points[b])

    # What is added.

    def place(self, x: float, y: float, name: str | None = None) -> str:
        """A point; a centre may ask for a name that nobody has yet."""
        if name is None or name in self.points:
            name = next((one for one in self._names if one not in self.points), None)
            if name is None:
                raise UnsuitableError("more points than letters")
        self.points[name] = (x, y)
        return name

    def join(self, *points: str) -> None:
        """A straight line through all of these, drawn between the outermost."""
        members = set(points)
        for line in [one for one in self.lines if len(members & set(one)) > 1]:
            members |= set(line)
            self.lines.remove(line)
        first, _ = max(
            combinations(sorted(members), 2),
            key=lambda pair: distance(self.points[pair[0]], self.points[pair[1]]),
        )
        self.lines.append(
            sorted(members, key=lambda one: distance(self.points[first], self.points[one]))
        )

    def quietly_join(self, *points: str) -> None:
        """A line that is known but not drawn: the diameter below half a disc."""
        self.join(*points)
        self.unseen.append(tuple(points))

    def outline_of(self, *corners: str) -> None:
        """The sides of a polygon."""
        for a, b in zip(corners, (*corners[1:], corners[0]), strict=True):
            self.join(a, b)

    def circle(self, centre: str, *points: str) -> None:
        """A circle through points, or more points on it."""
        there = self.circles.setdefault(centre, [])
        there += [one for one in points if one not in there]
        self.regions[f"circle {centre}"] = ((Edge(there[0], centre),),)

    def shape(self, *corners: str) -> None:
        """A triangle or quadrilateral with its sides, to build on."""
        self.outline_of(*corners)
        self.shapes.append(corners)

    def state(self, kind: str, *of: str) -> None:
        """A fact."""
        if Fact(kind, of) not in self.facts:
            self.facts.append(Fact(kind, of))

    def know(self, quantity: Quantity, value: Number, *, follows: bool = False) -> None:
        """An exact size of what was drawn, which may follow from those known before.

        Raises:
            AssertionError: it is drawn in another size.
        """
        exact = Surd.of(value)
        assert agrees(exact.value, self.size(quantity)), f"{quantity} is {exact}"
        self.free += quantity not in self.seeds and not follows
        self.seeds.setdefault(quantity, exact)

    def know_whole(self, quantity: Quantity) -> None:
        """A size that comes out whole by the way in which it was drawn."""
        self.know(quantity, round(self.size(quantity)))

    def region(self, name: str, noun: str, *loops: Loop) -> tuple[str, ...]:
        """A region by its boundaries, and what a text calls it."""
        self.regions[name] = loops
        self.nouns[name] = noun
        self.shaded.append(name)
        return tuple(name.split(" "))

    # Whether it is clear to see.

    def check(self) -> None:
        """UnsuitableError where points or lines cannot be told apart."""
        extent = self.extent()
        for a, b in combinations(self.points, 2):
            if distance(self.points[a], self.points[b]) < NEAREST * extent:
                raise UnsuitableError(f"{a} is near {b}")
        for vertex in self.points:
            for a, b in combinations(self.rays(vertex), 2):
                angle = angle_between(self.points[a], self.points[vertex], self.points[b])
                if angle < SMALLEST_ANGLE:
                    raise UnsuitableError(f"{a}{vertex} is near {vertex}{b}")
                # Two lines that look like one would be read so, and no theorem would know of it.
                if angle > 180 - SMALLEST_ANGLE / 2 and vertex not in (self.line_of(a, b) or ()):
                    raise UnsuitableError(f"{a}{vertex}{b} is nearly straight")
        for line in self.lines:
            for point in self.points.keys() - set(line):
                if _gap(self.points[point], *(self.points[end] for end in (line[0], line[-1]))) < (
                    NEAREST / 2 * extent
                ):
                    raise UnsuitableError(f"{point} is near {line}")
        self._check_circles(extent)

    def _check_circles(self, extent: float) -> None:
        for centre in self.circles.keys() - self.half_drawn:
            for line in self.lines:
                if self._grazes(line, centre, NEAR_TANGENT * extent):
                    raise UnsuitableError(f"{line} is nearly a tangent of circle {centre}")
        for centre, there in self.circles.items():
            radius = self.extents[centre]
            for name, point in self.points.items():
                off = abs(distance(point, self.points[centre]) - radius)
                if name not in there and name != centre and off < NEAREST / 2 * extent:
                    raise UnsuitableError(f"{name} is near circle {centre}")

    def _grazes(self, line: list[str], centre: str, least: float) -> bool:
        """Whether a line looks as if it touched a circle, and no fact says so."""
        (x, y), (ax, ay), (bx, by) = (self.points[one] for one in (centre, line[0], line[-1]))
        radius, dx, dy = self.extents[centre], bx - ax, by - ay
        long = math.hypot(dx, dy)
        off = abs(dx * (y - ay) - dy * (x - ax)) / long
        if abs(off - radius) >= least:
            return False
        # Along the line: the point nearest to the centre, and how far from there it leaves the circle.
        nearest = ((x - ax) * dx + (y - ay) * dy) / long
        half = math.sqrt(max(0.0, radius**2 - off**2)) + 1e-9 * long
        if not -half < nearest < long + half:
            return False
        return not any(
            fact.kind in TOUCHING and centre in fact.of and len({*line} & {*fact.of}) > 1
            for fact in self.facts
        )

    # Constructions that others are made of.

    def between(self, a: str, b: str, share: float) -> Point:
        """The point on the way from one to the other, or beyond."""
        (ax, ay), (bx, by) = self.points[a], self.points[b]
        return (ax + share * (bx - ax), ay + share * (by - ay))

    def put_between(self, a: str, b: str, share: float) -> str:
        """A point on a line."""
        point = self.place(*self.between(a, b, share))
        self.join(a, point, b)
        return point

    def midpoint(self, a: str, b: str) -> str:
        """The middle of a segment."""
        point = self.put_between(a, b, 0.5)
        self.state("equal", a, point, point, b)
        self.state("midpoint", point, a, b)
        return point

    def foot(self, p: str, a: str, b: str) -> str:
        """The foot of the perpendicular from a point to a line, inside the segment."""
        (px, py), (ax, ay), (bx, by) = (self.points[one] for one in (p, a, b))
        dx, dy = bx - ax, by - ay
        share = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)
        if not 0.1 < share < 0.9:
            raise UnsuitableError("the foot lies outside")
        foot = self.put_between(a, b, share)
        self.join(p, foot)
        self.state("right", p, foot, a)
        return foot

    def towards(self, vertex: str, degrees: float, length: float) -> Point:
        """The point in a direction."""
        x, y = self.points[vertex]
        turn = math.radians(degrees)
        return (x + length * math.cos(turn), y + length * math.sin(turn))

    def meeting(self, a: str, direction: Point, b: str, c: str) -> tuple[Point, float]:
        """Where a ray from a point meets line bc, and the share of the way from b to c."""
        (ax, ay), (bx, by), (cx, cy) = (self.points[one] for one in (a, b, c))
        (ux, uy), (vx, vy) = direction, (cx - bx, cy - by)
        crossed = ux * vy - uy * vx
        if abs(crossed) < 1e-9:
            raise UnsuitableError("parallel lines do not meet")
        share = (ux * (ay - by) - uy * (ax - bx)) / crossed
        return (bx + share * vx, by + share * vy), share

    def crossing(self, a: str, b: str, c: str, d: str) -> str:
        """The point where segments ab and cd cross."""
        (ax, ay), (bx, by) = self.points[a], self.points[b]
        point, share = self.meeting(a, (bx - ax, by - ay), c, d)
        if not 0.05 < share < 0.95:
            raise UnsuitableError("the segments do not cross")
        name = self.place(*point)
        self.join(a, name, b)
        self.join(c, name, d)
        return name

    def cevian(self, vertex: str, a: str, b: str, part: float) -> str:
        """A point on ab such that a ray from the vertex cuts the angle there by this part."""
        start, end = (bearing(self.points[vertex], self.points[one]) for one in (a, b))
        turn = (end - start + 180) % 360 - 180
        x, y = self.towards(vertex, start + part * turn, 1.0)
        vx, vy = self.points[vertex]
        _, share = self.meeting(vertex, (x - vx, y - vy), a, b)
        cut = self.put_between(a, b, share)
        self.join(vertex, cut)
        return cut


def _gap(p: Point, a: Point, b: Point) -> float:
    """How far a point is from a segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    share = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / (dx * dx + dy * dy)
    share = min(1.0, max(0.0, share))
    return distance(p, (a[0] + share * dx, a[1] + share * dy))
