"""search: what a ray meets first, and how much light passes between two points."""

from builders.scenes.kernels import kernel
from builders.scenes.meshes import meets_mesh
from builders.scenes.packed import (
    EDGE_EPSILON,
    FAR,
    GLASS,
    GROUND,
    MESH,
    NOTHING,
    SPHERE,
    Packed,
    Scratch,
    Sought,
)
from builders.scenes.solids import meets_rounded, meets_sphere
from builders.scenes.vectors import Vector, dot, minus, row, times

# A glass body takes this much of the light that passes, and the rest by its colour: two surfaces
# and a mean path of one radius, for shadows only.
GLASS_SHADOW, GLASS_TINT = 0.15, 0.6
TINT_POWER = 0.35  # of a glass colour at each surface


@kernel
def passes(scene: Packed, i: int, origin: Vector, ray: Vector, limit: float) -> bool:
    """Whether a ray misses object i's bounding sphere, or has it behind or further than `limit`."""
    middle = minus(row(scene.centre, i), origin)
    b, reach = dot(middle, ray), scene.reach[i] * scene.reach[i]
    square = dot(middle, middle)
    if square - b * b > reach or (b < 0.0 and square > reach):
        return True
    return bool(b - scene.reach[i] > limit)


@kernel
def meets_object(
    scene: Packed, scratch: Scratch, i: int, origin: Vector, ray: Vector, sought: Sought
) -> tuple[float, int]:
    """Return the distance at which a ray meets object i, or FAR, and the triangle."""
    if scene.kind[i] == SPHERE:
        middle = minus(row(scene.centre, i), origin)
        return meets_sphere(middle, scene.reach[i], ray), NOTHING
    if scene.kind[i] == MESH:
        return meets_mesh(scene, scratch, i, origin, ray, sought)
    return meets_rounded(scene, i, origin, ray), NOTHING


@kernel
def nearest(
    scene: Packed, scratch: Scratch, origin: Vector, ray: Vector, but: int
) -> tuple[float, int, int]:
    """Return distance, object (or GROUND, NOTHING) and triangle that a ray meets first.

    Object `but` is passed over (NOTHING: none is).
    """
    best, found, face = FAR, NOTHING, NOTHING
    if ray[2] < -1e-9 and origin[2] > 1e-5:
        best, found = -origin[2] / ray[2], GROUND
    for i in range(len(scene.kind)):
        if i == but or passes(scene, i, origin, ray, best):
            continue
        t, k = meets_object(scene, scratch, i, origin, ray, Sought(best, False))
        # The ground is met before the underside of what stands on it.
        if t < best - EDGE_EPSILON:
            best, found, face = t, i, k
    return best, found, face


@kernel
def glass_filter(color: Vector) -> Vector:
    """Return the part of each colour that passes one surface of tinted glass."""
    return (color[0] ** TINT_POWER, color[1] ** TINT_POWER, color[2] ** TINT_POWER)


@kernel
def light_between(
    scene: Packed, scratch: Scratch, count: int, origin: Vector, ray: Vector, distance: float
) -> Vector:
    """Return the part of the light that comes through; only the `count` near objects may stop it."""
    through, limit = (1.0, 1.0, 1.0), distance - EDGE_EPSILON
    for q in range(count):
        i = scratch.near[q]
        if passes(scene, i, origin, ray, limit):
            continue
        t, _ = meets_object(scene, scratch, i, origin, ray, Sought(limit, True))
        if t >= limit:
            continue
        if scene.material[i] != GLASS:
            return (0.0, 0.0, 0.0)
        tint = glass_filter(row(scene.color, i))
        through = times(
            through,
            (
                GLASS_SHADOW + GLASS_TINT * tint[0],
                GLASS_SHADOW + GLASS_TINT * tint[1],
                GLASS_SHADOW + GLASS_TINT * tint[2],
            ),
        )
    return through
