"""parts: the shapes that vehicles are modelled of, each a closed shell.

Everything is a hull: closed outlines ("rings") joined one to the next, with ends filled by strips
between a ring's two sides. Lengths are in metres of a toy-like vehicle that faces +x, with +y on
its left.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from builders.scenes.vectors import Floats, Ints, Vector
from builders.scenes.vehicles.assembly import Piece, Shell

SEAM = 1e-6  # metres; points nearer than this are one


def hull(rings: Floats, *, loop: bool = False) -> Shell:
    """Return the shell through rings (S, N, 3), N even; with `loop` the last joins the first.

    Point k of a ring lies across from point N-1-k. A face's cell is the station it starts from
    (-1 and S-1: the two ends) and the row k of its points k and k + 1, counted alike on both
    sides; the row that joins N-1 to 0 is -1.
    """
    rings = np.asarray(rings, dtype=float)
    stations, points = rings.shape[:2]
    index = np.arange(stations * points).reshape(stations, points)
    vertices = rings.reshape(-1, 3)
    ahead = np.roll(index, -1, axis=0) if loop else index[1:]
    here = index if loop else index[:-1]
    beside = np.arange(points)
    row = np.minimum(beside, points - 2 - beside)
    quads = np.stack([here, np.roll(here, -1, 1), np.roll(ahead, -1, 1), ahead], axis=2)
    cells = np.stack(np.broadcast_arrays(np.arange(len(here))[:, None], row), axis=2)
    all_quads, all_cells = [quads.reshape(-1, 4)], [cells.reshape(-1, 2)]
    if not loop:
        half = np.arange(points // 2 - 1)
        across = points - 1 - half
        for ring, station in ((index[0], -1), (index[-1], stations - 1)):
            strip = np.stack([ring[half], ring[half + 1], ring[across - 1], ring[across]], axis=1)
            all_quads.append(strip[:, ::-1] if station < 0 else strip)
            all_cells.append(np.stack([np.full(len(half), station), half], axis=1))
    return _closed(vertices, np.concatenate(all_quads), np.concatenate(all_cells))


def _closed(vertices: Floats, quads: Ints, cells: Ints) -> Shell:
    """Return the shell of these quads, without what has no area, turned outside out."""
    _, first, merged = np.unique(
        np.round(vertices / SEAM).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    vertices, quads = vertices[first], merged.ravel()[quads]
    faces = _halves(vertices, quads)
    cells = np.repeat(cells, 2, axis=0)
    real = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    faces, cells = faces[real], cells[real]
    if volume(vertices, faces) < 0.0:
        faces = faces[:, ::-1]
    return Shell(vertices, faces, np.zeros(len(faces), dtype=np.int64), cells)


def _halves(vertices: Floats, quads: Ints) -> Ints:
    """Return two triangles of each quad, cut along the shorter diagonal; left mirrors right."""
    a, b, c, d = np.moveaxis(vertices[quads], 1, 0)
    longer = np.linalg.norm(c - a, axis=1) - np.linalg.norm(d - b, axis=1)
    left = (a + b + c + d)[:, 1] > SEAM
    by_ac = np.where(np.abs(longer) < SEAM, left, longer < 0.0)[:, None]
    first = np.where(by_ac, quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    second = np.where(by_ac, quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return np.stack([first, second], axis=1).reshape(-1, 3)


def volume(vertices: Floats, faces: Ints) -> float:
    """Return the volume inside; negative when the faces point inwards."""
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    return float(np.einsum("fx,fx->", a, np.cross(b, c))) / 6.0


# Shapes


def box(middle: Vector, size: Vector, bevel: float = 0.0) -> Shell:
    """Return a box, with all its edges cut off at 45° where `bevel` is more than 0."""
    x, y, z = np.array(size) / 2.0
    inset = [bevel, 0.0, 0.0, bevel] if bevel else [0.0, 0.0]
    steps = [-x, bevel - x, x - bevel, x] if bevel else [-x, x]
    rings = []
    for at, cut in zip(steps, inset, strict=True):
        corner = bevel / 2.0 if cut else bevel
        half = [(y - cut - corner, cut - z), (y - cut, cut + corner - z)]
        half += [(y - cut, z - cut - corner), (y - cut - corner, z - cut)]
        rings.append([(at, *point) for point in mirrored_outline(half)])
    return moved(hull(np.array(rings)), middle)


def turned(profile: Iterable[tuple[float, float]], sides: int, *, loop: bool = False) -> Shell:
    """Return the body of revolution around the x axis of points (x, radius)."""
    angles = (np.arange(sides) + 0.5) * math.tau / sides
    circle = np.stack([np.zeros(sides), np.sin(angles), -np.cos(angles)], axis=1)
    rings = [radius * circle + (x, 0.0, 0.0) for x, radius in profile]
    return hull(np.array(rings), loop=loop)


def ball(middle: Vector, radii: Vector, sides: int = 12) -> Shell:
    """Return an ellipsoid."""
    angles = np.linspace(0.0, math.pi, sides // 2 + 1)
    profile = [(-math.cos(a), math.sin(a)) for a in angles]
    return moved(scaled(turned(profile, sides), radii), middle)


def drum(middle: Vector, radius: float, width: float, sides: int) -> Shell:
    """Return a cylinder that lies across the vehicle."""
    half = width / 2.0
    return moved(rolled(turned([(-half, radius), (half, radius)], sides), 90.0, "z"), middle)


def tube(points: Sequence[Vector], radius: float | Sequence[float], sides: int) -> Shell:
    """Return a round bar along a path, mitred at its bends; one radius, or one for each point."""
    path = np.array(points, dtype=float)
    ways = np.diff(path, axis=0)
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    mitres = np.concatenate([ways[:1], ways[:-1] + ways[1:], ways[-1:]])
    mitres /= np.linalg.norm(mitres, axis=1)[:, None]
    radii = np.broadcast_to(radius, len(path))
    up = np.cross(ways[0], (0.0, 1.0, 0.0) if abs(ways[0][1]) < 0.9 else (1.0, 0.0, 0.0))
    angles = (np.arange(sides) + 0.5) * math.tau / sides
    rings = []
    for k, (point, mitre) in enumerate(zip(path, mitres, strict=True)):
        way = ways[max(k - 1, 0)]
        up = up - way * (up @ way)
        up = up / np.linalg.norm(up)
        side = np.cross(way, up)
        circle = np.cos(angles)[:, None] * up + np.sin(angles)[:, None] * side
        # Slid along the bar on to the plane that halves the bend.
        slide = (circle @ mitre) / (way @ mitre)
        rings.append(point + radii[k] * (circle - slide[:, None] * way))
    return hull(np.array(rings))


def hoop(middle: Vector, radius: float, thickness: float, sides: tuple[int, int]) -> Shell:
    """Return a torus around the y axis, of `sides` around it and around its rim."""
    around = np.arange(sides[0]) * math.tau / sides[0]
    rim = (np.arange(sides[1]) + 0.5) * math.tau / sides[1]
    reach = radius + thickness * np.cos(rim)
    across = np.broadcast_to(thickness * np.sin(rim), (sides[0], sides[1]))
    rings = np.stack(
        [np.outer(np.cos(around), reach), across, np.outer(np.sin(around), reach)], axis=2
    )
    return moved(hull(rings, loop=True), middle)


def pod(stations: Sequence[tuple[float, float, float, float]], sides: int, square: float) -> Shell:
    """Return a body along x through stations (x, lowest z, highest z, half its width).

    A station is an ellipse at `square` = 2 and ever more a rectangle above that.
    """
    angles = (np.arange(sides) + 0.5) * math.tau / sides
    sine, cosine = np.sin(angles), -np.cos(angles)
    round_off = (np.abs(sine) ** square + np.abs(cosine) ** square) ** (-1.0 / square)
    y, z = sine * round_off, cosine * round_off
    rings = []
    for x, low, high, half in stations:
        height = (high + low) / 2.0 + z * (high - low) / 2.0
        rings.append(np.stack([np.full(sides, x), half * y, height], axis=1))
    return hull(np.array(rings))


def wing(stations: Sequence[tuple[float, float, Vector]], up: Vector = (0.0, 0.0, 1.0)) -> Shell:
    """Return a wing through stations (chord, thickness, leading edge), thick along `up`."""
    # Behind the leading edge and above the chord, in chords and in half thicknesses.
    section = [(0.0, 0.0), (0.12, 0.85), (0.4, 1.0), (1.0, 0.12)]
    section += [(1.0, -0.12), (0.4, -1.0), (0.12, -0.85), (0.0, 0.0)]
    rings = []
    for chord, thickness, lead in stations:
        flat = np.array([(-chord * back, 0.0, 0.0) for back, _ in section])
        rise = np.array([above * thickness / 2.0 for _, above in section])
        rings.append(np.array(lead) + flat + rise[:, None] * np.array(up))
    return hull(np.array(rings))


def slab(stations: Sequence[tuple[float, float, float, float]], bevel: float) -> Shell:
    """Return a body of rectangles with cut-off corners through (x, low, high, half width)."""
    rings = []
    for x, low, high, half in stations:
        cut = min(bevel, (high - low) * 0.45, half * 0.9)
        edge = [(half - cut, low), (half, low + cut), (half, high - cut), (half - cut, high)]
        rings.append([(x, *point) for point in mirrored_outline(edge)])
    return hull(np.array(rings))


def fender(
    middle: Vector, radius: float, span: tuple[float, float], half: float, thick: float = 0.05
) -> Shell:
    """Return a mudguard around a wheel, from one angle to another (degrees, upwards from ahead)."""
    rise = [
        (0.8 * half, -2.0 * thick),
        (half, -thick),
        (0.7 * half, 0.0),
        (0.25 * half, 0.3 * thick),
    ]
    rings = []
    for degrees in np.linspace(*span, 8):
        away = np.array([math.cos(math.radians(degrees)), 0.0, math.sin(math.radians(degrees))])
        outline = mirrored_outline(rise)
        rings.append([np.array((0.0, y, 0.0)) + (radius + out) * away for y, out in outline])
    return moved(hull(np.array(rings)), middle)


def mirrored_outline(half: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return (y, z) points up the left side, then down the right."""
    return [*half, *((-y, z) for y, z in reversed(half))]


# Moves


def moved(shell: Shell, by: Vector) -> Shell:
    """Return the shell somewhere else."""
    return shell._replace(vertices=shell.vertices + by)


def scaled(shell: Shell, by: Vector) -> Shell:
    """Return the shell stretched."""
    return shell._replace(vertices=shell.vertices * by)


def rolled(shell: Shell, degrees: float, axis: str) -> Shell:
    """Return the shell turned about x, y or z through the origin."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    k = "xyz".index(axis)
    u, v = (k + 1) % 3, (k + 2) % 3
    vertices = shell.vertices.copy()
    vertices[:, u] = cosine * shell.vertices[:, u] - sine * shell.vertices[:, v]
    vertices[:, v] = sine * shell.vertices[:, u] + cosine * shell.vertices[:, v]
    return shell._replace(vertices=vertices)


def mirrored(shell: Shell) -> Shell:
    """Return the shell on the other side of the vehicle."""
    return shell._replace(
        vertices=shell.vertices * (1.0, -1.0, 1.0), faces=shell.faces[:, ::-1].copy()
    )


# Paint


def named(part: str, finish: int, *shells: Shell) -> list[Piece]:
    """Return the shells as pieces, all of one finish."""
    return [Piece(part, s._replace(finish=np.full_like(s.finish, finish))) for s in shells]


def painted(shell: Shell, finish: int, stations: Iterable[int], rows: Iterable[int]) -> Shell:
    """Return the shell with the cells of these stations and rows in another finish."""
    chosen = np.isin(shell.cells[:, 0], [*stations]) & np.isin(shell.cells[:, 1], [*rows])
    return shell._replace(finish=np.where(chosen, finish, shell.finish))


def pair(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces of the left side, and the same on the right."""
    left = list(pieces)
    return left + [Piece(part, mirrored(shell)) for part, shell in left]
