"""solids: where a ray meets a sphere, a rounded box, a rounded cylinder; their normals.

A model unit is half a box's side or a cylinder's radius and half height. Rounded solids are met in
two steps: exactly, with the sharp solid around them; then, only where the ray comes in at a rounded
edge, by sphere tracing their signed distance (Hart 1996).
"""

import math

from builders.scenes.kernels import kernel
from builders.scenes.packed import BOX, EDGE_EPSILON, FAR, SPHERE, Packed
from builders.scenes.vectors import Vector, along, dot, minus, row, scaled, unit

STEPS = 32  # of sphere tracing; a ray that grazes an edge longer than this passes it
CLOSE = 2e-4  # model units


@kernel
def to_model(scene: Packed, i: int, a: Vector) -> Vector:
    """Return a direction of the world as object i's own axes and unit see it."""
    c, s, k = scene.turn[i, 0], scene.turn[i, 1], 1.0 / scene.scale[i]
    return (k * (c * a[0] + s * a[1]), k * (c * a[1] - s * a[0]), k * a[2])


@kernel
def to_world(scene: Packed, i: int, a: Vector) -> Vector:
    """Return a unit direction of object i's axes in the world."""
    c, s = scene.turn[i, 0], scene.turn[i, 1]
    return (c * a[0] - s * a[1], s * a[0] + c * a[1], a[2])


@kernel
def meets_sphere(middle: Vector, radius: float, ray: Vector) -> float:
    """Return the nearest distance ahead at which a unit ray from 0 meets a sphere, or FAR."""
    b = dot(middle, ray)
    h = b * b - dot(middle, middle) + radius * radius
    if h < 0.0:
        return FAR
    root = math.sqrt(h)
    if b - root > EDGE_EPSILON:
        return b - root
    return b + root if b + root > EDGE_EPSILON else FAR


@kernel
def slab(start: float, step: float) -> tuple[float, float]:
    """Return when a moving coordinate enters and leaves [−1, 1]."""
    if abs(step) < 1e-12:
        step = 1e-12
    a, b = (-1.0 - start) / step, (1.0 - start) / step
    return min(a, b), max(a, b)


@kernel
def span_of_box(start: Vector, step: Vector) -> tuple[float, float]:
    """Return when a ray enters and leaves the unit box; enter > leave: it does not."""
    x, y, z = slab(start[0], step[0]), slab(start[1], step[1]), slab(start[2], step[2])
    return max(x[0], y[0], z[0]), min(x[1], y[1], z[1])


@kernel
def span_of_cylinder(start: Vector, step: Vector) -> tuple[float, float]:
    """Return when a ray enters and leaves the unit cylinder; enter > leave: it does not."""
    a = step[0] * step[0] + step[1] * step[1]
    b = start[0] * step[0] + start[1] * step[1]
    c = start[0] * start[0] + start[1] * start[1] - 1.0
    enter, leave = slab(start[2], step[2])
    if a > 1e-14:
        h = b * b - a * c
        if h < 0.0:
            return 1.0, 0.0
        root = math.sqrt(h)
        return max(enter, (-b - root) / a), min(leave, (root - b) / a)
    if c > 0.0:
        return 1.0, 0.0
    return enter, leave


@kernel
def beyond(x: float, flat: float) -> float:
    """Return how far a coordinate lies in the rounded margin, with its sign."""
    if x > flat:
        return x - flat
    return x + flat if x < -flat else 0.0


@kernel
def into_margin(kind: int, p: Vector, edge: float) -> Vector:
    """Return the vector from the nearest point of the solid's flat core to p."""
    flat = 1.0 - edge
    if kind == BOX:
        return (beyond(p[0], flat), beyond(p[1], flat), beyond(p[2], flat))
    rho = math.sqrt(p[0] * p[0] + p[1] * p[1])
    out = max(rho - flat, 0.0) / (rho + 1e-30)
    return (out * p[0], out * p[1], beyond(p[2], flat))


@kernel
def distance_to(kind: int, p: Vector, edge: float) -> float:
    """Return the signed distance of p to the rounded solid; inside the core it is a lower bound."""
    q = into_margin(kind, p, edge)
    return math.sqrt(dot(q, q)) - edge


@kernel
def on_flat(kind: int, p: Vector, edge: float) -> bool:
    """Whether a point of the sharp solid's surface lies on the rounded one's too."""
    flat = 1.0 - edge
    if kind == BOX:
        x, y, z = abs(p[0]) > flat, abs(p[1]) > flat, abs(p[2]) > flat
        return x + y + z <= 1
    return (p[0] * p[0] + p[1] * p[1] > flat * flat) + (abs(p[2]) > flat) <= 1


@kernel
def march(kind: int, edge: float, start: Vector, step: Vector, length: float) -> float:
    """Return the distance from `start` to the rounded surface met from outside, or FAR."""
    done = 0.0
    per_unit = 1.0 / math.sqrt(dot(step, step))
    for _ in range(STEPS):
        gap = distance_to(kind, along(start, step, done), edge)
        if gap < CLOSE:
            return done
        done += gap * per_unit
        if done > length:
            return FAR
    return FAR


@kernel
def meets_rounded(scene: Packed, i: int, origin: Vector, ray: Vector) -> float:
    """Return the nearest distance at which a ray meets the box or cylinder i, or FAR."""
    kind, edge = scene.kind[i], scene.edge[i]
    start = to_model(scene, i, minus(origin, row(scene.centre, i)))
    step = to_model(scene, i, ray)
    enter, leave = span_of_box(start, step) if kind == BOX else span_of_cylinder(start, step)
    if enter > leave or leave < EDGE_EPSILON:
        return FAR
    outside = enter > EDGE_EPSILON or distance_to(kind, start, edge) > 0.0
    if outside:
        first = max(enter, 0.0)
        entry = along(start, step, first)
        if enter > EDGE_EPSILON and on_flat(kind, entry, edge):
            return enter
        more = march(kind, edge, entry, step, leave - first)
        return first + more if first + more > EDGE_EPSILON else FAR
    exit_ = along(start, step, leave)
    if on_flat(kind, exit_, edge):
        return leave
    # From inside: the way out is met by coming back from the sharp solid's own way out.
    back = march(kind, edge, exit_, scaled(step, -1.0), leave)
    return leave - back if back < leave - EDGE_EPSILON else FAR


@kernel
def normal_of_solid(scene: Packed, i: int, point: Vector) -> Vector:
    """Return the outward unit normal of sphere, box or cylinder i at a point of its surface."""
    offset = minus(point, row(scene.centre, i))
    if scene.kind[i] == SPHERE:
        return unit(offset)
    return to_world(
        scene, i, unit(into_margin(scene.kind[i], to_model(scene, i, offset), scene.edge[i]))
    )
