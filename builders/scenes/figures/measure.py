"""measure: how large is a quantity of a drawn figure? From coordinates alone; no theorem is used here.

Lengths are distances, angles come from arctangents, areas and perimeters from the boundary: Green's
theorem over its straight and circular edges. So a wrong theorem shows up as another number.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Point = tuple[float, float]
Kind = Literal["length", "angle", "arc", "radius", "area", "perimeter", "arc length"]
TOLERANCE: Final = 1e-9  # by which an exact value and its measurement may differ, as a share


class Quantity(NamedTuple):
    """Something that has a size.

    length A B · angle A B C, at B · arc O A B, counterclockwise from A · radius O · arc length O A B ·
    area and perimeter of a region: `polygon A B C`, `circle O`, `sector O A B`, or one by its own name.
    """

    kind: Kind
    of: tuple[str, ...]

    @property
    def is_angular(self) -> bool:
        """Whether it is measured in degrees."""
        return self.kind in ("angle", "arc")


class Edge(NamedTuple):
    """A piece of a boundary, from where the last one ended to a point: straight, or about a centre."""

    to: str
    centre: str | None = None
    clockwise: bool = False


Loop = tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Plane:
    """Where everything is."""

    points: Mapping[str, Point]
    regions: Mapping[str, tuple[Loop, ...]]  # by name: the outer boundary, then those of holes


def distance(a: Point, b: Point) -> float:
    """From one point to another."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def bearing(a: Point, b: Point) -> float:
    """The direction from one point to another, in degrees from 0 to 360."""
    return math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])) % 360


def angle_between(a: Point, vertex: Point, c: Point) -> float:
    """The angle at the vertex, in degrees, at most 180."""
    (ux, uy), (vx, vy) = ((p[0] - vertex[0], p[1] - vertex[1]) for p in (a, c))
    return math.degrees(math.atan2(abs(ux * vy - uy * vx), ux * vx + uy * vy))


def measure(quantity: Quantity, plane: Plane) -> float:
    """The size of a quantity as it is drawn; angles and arcs in degrees."""
    kind, of = quantity
    points = plane.points
    match kind:
        case "length":
            return distance(points[of[0]], points[of[1]])
        case "angle":
            return angle_between(*(points[name] for name in of))
        case "arc":
            centre, start, end = (points[name] for name in of)
            return (bearing(centre, end) - bearing(centre, start)) % 360
        case "arc length":
            degrees = measure(Quantity("arc", of), plane)
            return math.radians(degrees) * distance(points[of[0]], points[of[1]])
        case "radius":
            return distance(points[of[0]], points[on_circle(of[0], plane)])
        case "area":
            outer, *holes = (abs(_area(loop, plane)) for loop in loops(of, plane))
            return outer - sum(holes)
        case "perimeter":
            return sum(_length(loop, plane) for loop in loops(of, plane))


def on_circle(centre: str, plane: Plane) -> str:
    """A point of the circle about a centre: the one that its region's boundary starts from."""
    return plane.regions[f"circle {centre}"][0][0].to


def loops(of: Sequence[str], plane: Plane) -> tuple[Loop, ...]:
    """The boundaries of a region."""
    sort, *names = of
    if sort == "polygon":
        return (tuple(map(Edge, names)),)
    if sort == "sector":
        centre, start, end = names
        return ((Edge(centre), Edge(start), Edge(end, centre)),)
    return plane.regions[" ".join(of)]


def edges(loop: Sequence[Edge]) -> Iterator[tuple[str, Edge]]:
    """Each edge with the point that it starts from."""
    for place, edge in enumerate(loop):
        yield loop[place - 1].to, edge


def _turn(start: Point, edge: Edge, plane: Plane) -> tuple[float, float]:
    """The radius of a circular edge and the angle that it turns through, a whole turn at most."""
    centre = plane.points[edge.centre or edge.to]
    first, last = bearing(centre, start), bearing(centre, plane.points[edge.to])
    swept = (first - last if edge.clockwise else last - first) % 360 or 360
    return distance(centre, start), math.radians(-swept if edge.clockwise else swept)


def _area(loop: Loop, plane: Plane) -> float:
    total = 0.0
    for name, edge in edges(loop):
        start, end = plane.points[name], plane.points[edge.to]
        if edge.centre is None:
            total += start[0] * end[1] - end[0] * start[1]
            continue
        (cx, cy), (radius, turn) = plane.points[edge.centre], _turn(start, edge, plane)
        total += radius * radius * turn + cx * (end[1] - start[1]) - cy * (end[0] - start[0])
    return total / 2


def _length(loop: Loop, plane: Plane) -> float:
    total = 0.0
    for name, edge in edges(loop):
        start = plane.points[name]
        if edge.centre is None:
            total += distance(start, plane.points[edge.to])
        else:
            radius, turn = _turn(start, edge, plane)
            total += radius * abs(turn)
    return total


def agrees(exact: float, measured: float) -> bool:
    """Whether a value is what was measured."""
    return math.isclose(exact, measured, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def to_json(plane: Plane) -> dict[str, Any]:
    """A plane as it is stored."""
    return {
        "points": {name: list(xy) for name, xy in plane.points.items()},
        "regions": {name: [[list(edge) for edge in loop] for loop in region]
                    for name, region in plane.regions.items()},
    }  # fmt: skip


def from_json(stored: Mapping[str, Any]) -> Plane:
    """A plane as it was stored."""
    return Plane(
        {name: (xy[0], xy[1]) for name, xy in stored["points"].items()},
        {
            name: tuple(tuple(Edge(*edge) for edge in loop) for loop in region)
            for name, region in stored["regions"].items()
        },
    )
