"""light: what lamps, the sky and one bounce bring to a surface, and what it sends on to the eye."""

import math
from typing import NamedTuple

from builders.scenes.kernels import kernel
from builders.scenes.noise import Noise
from builders.scenes.packed import (
    AREA,
    CENTRE,
    FACING,
    GROUND,
    IS_SUN,
    MESH,
    METAL,
    NOTHING,
    RADIUS,
    RIGHT,
    RUBBER,
    SPHERE,
    STRENGTH,
    UP,
    Packed,
    Scratch,
)
from builders.scenes.search import light_between
from builders.scenes.shade import list_of
from builders.scenes.vectors import (
    Floats,
    Vector,
    add,
    along,
    columns,
    dot,
    minus,
    row,
    scaled,
    times,
    unit,
)

SUN_DISTANCE = 1e6

GROUND_ALBEDO = 0.8
LINE_ALBEDO = 1.15  # of the square's line, in its middle: to stand out from the lit ground
# Specular part by material: roughness (GGX alpha) and reflectance straight on. Rubber is a Lambert
# surface with a faint sheen, gloss a clear coat (refractive index 1.5) over a Lambert one.
RUBBER_ALPHA, RUBBER_F0 = 0.35, 0.035
METAL_ALPHA = 0.2
COAT_ALPHA, COAT_F0 = 0.05, 0.04

# Irradiance over π that a backdrop's patch of brightness 1 gives the ground: the integral of
# `backdrop` over the upper half sphere, cosine-weighted (a test computes it).
PATCH_ON_GROUND = 0.0705

R2 = (0.7548776662466927, 0.5698402909980532)  # steps of Roberts' R2 sequence: spread evenly


class Surface(NamedTuple):
    """A point that a ray met, seen from the side of the ray."""

    point: Vector
    normal: Vector  # unit, towards the eye
    eye: Vector  # unit, where the ray came from
    color: Vector
    material: int
    owner: int  # object, or GROUND
    inside: bool  # met from inside the object


@kernel
def towards_lamp(lamps: Floats, j: int, point: Vector, a: float, b: float) -> tuple[Vector, float]:
    """Return unit direction and distance to the spot (a, b) in [0, 1)² of lamp j."""
    centre, right, up = columns(lamps, j, CENTRE), columns(lamps, j, RIGHT), columns(lamps, j, UP)
    if lamps[j, IS_SUN] > 0.0:
        radius, angle = lamps[j, RADIUS] * math.sqrt(a), 2.0 * math.pi * b
        ray = along(along(centre, right, radius * math.cos(angle)), up, radius * math.sin(angle))
        return unit(ray), SUN_DISTANCE
    ray = minus(along(along(centre, right, a - 0.5), up, b - 0.5), point)
    distance = math.sqrt(dot(ray, ray))
    return scaled(ray, 1.0 / distance), distance


@kernel
def towards_middle(lamps: Floats, j: int, point: Vector) -> tuple[Vector, float]:
    """Return unit direction and distance to the middle of lamp j."""
    centre = columns(lamps, j, CENTRE)
    if lamps[j, IS_SUN] > 0.0:
        return unit(centre), SUN_DISTANCE
    ray = minus(centre, point)
    distance = math.sqrt(dot(ray, ray))
    return scaled(ray, 1.0 / distance), distance


@kernel
def irradiance_from(
    lamps: Floats, j: int, surface_normal: Vector, ray: Vector, distance: float
) -> float:
    """Return light on a surface from lamp j's middle, for strength 1, were nothing between."""
    cosine = dot(surface_normal, ray)
    if cosine <= 0.0 or lamps[j, IS_SUN] > 0.0:
        return max(cosine, 0.0)
    return max(-dot(ray, columns(lamps, j, FACING)), 0.0) * cosine / (distance * distance)


class Start(NamedTuple):
    """Where rays to a lamp start, and what may be in their way."""

    point: Vector
    shades: int  # the number of the lists that hold there
    but: int  # an object that is not in the way, or NOTHING


@kernel
def gather_near(
    scene: Packed, scratch: Scratch, j: int, start: Start, ray: Vector, distance: float
) -> int:
    """List the objects whose bounding sphere touches the cone from a point to lamp j; return how many."""
    count = 0
    sun = scene.lamps[j, IS_SUN] > 0.0
    spread = scene.lamps[j, RADIUS] if sun else scene.lamps[j, RADIUS] / distance
    for q in range(scratch.shades[start.shades, j, 0]):
        i = scratch.shades[start.shades, j, 1 + q]
        if i == start.but:
            continue
        middle, reach = minus(row(scene.centre, i), start.point), scene.reach[i]
        ahead = dot(middle, ray)
        if ahead < -reach or ahead > distance + reach:
            continue
        width = reach + spread * max(ahead, 0.0)
        if dot(middle, middle) - ahead * ahead < width * width:
            scratch.near[count] = i
            count += 1
    return count


@kernel
def part(x: float) -> float:
    """Return the fractional part."""
    return x - math.floor(x)


@kernel
def leaves(scene: Packed, j: int, surface: Surface, ray: Vector, distance: float) -> bool:
    """Whether no ray to lamp j can meet the surface's own object, which bulges nowhere."""
    if surface.owner == GROUND or surface.inside or scene.kind[surface.owner] == MESH:
        return False
    height = dot(ray, surface.normal) * (1.0 if scene.lamps[j, IS_SUN] > 0.0 else distance)
    return bool(height > scene.lamps[j, RADIUS] + 0.01)


@kernel
def visible_light(
    scene: Packed, scratch: Scratch, j: int, surface: Surface, noise: Noise, samples: int
) -> Vector:
    """Return the part of lamp j that a surface sees, by `samples` rays spread evenly over the lamp."""
    origin = along(surface.point, surface.normal, 2e-3)
    ray, distance = towards_middle(scene.lamps, j, origin)
    but = surface.owner if leaves(scene, j, surface, ray, distance) else NOTHING
    shades = list_of(scene, surface.owner, surface.point)
    count = gather_near(scene, scratch, j, Start(origin, shades, but), ray, distance)
    if count == 0:
        return (1.0, 1.0, 1.0)
    total = (0.0, 0.0, 0.0)
    for s in range(samples):
        # Each lamp starts elsewhere, so that their noise does not add up.
        a = part(noise[0] + R2[0] * s + 0.137 * j)
        b = part(noise[1] + R2[1] * s + 0.311 * j)
        ray, distance = towards_lamp(scene.lamps, j, origin, a, b)
        total = add(total, light_between(scene, scratch, count, origin, ray, distance))
    return scaled(total, 1.0 / samples)


@kernel
def sheen(surface: Surface, to_lamp: Vector, alpha: float, f0: float) -> float:
    """Return the GGX specular reflectance (Walter 2007; Schlick's Fresnel and Smith terms)."""
    half = unit(add(to_lamp, surface.eye))
    to_light = max(dot(surface.normal, to_lamp), 1e-3)
    to_eye = max(dot(surface.normal, surface.eye), 1e-3)
    nh, vh = max(dot(surface.normal, half), 0.0), max(dot(surface.eye, half), 0.0)
    spread = nh * nh * (alpha * alpha - 1.0) + 1.0
    facets = alpha * alpha / (math.pi * spread * spread)
    k = alpha * 0.5
    shadowing = 1.0 / ((to_light * (1.0 - k) + k) * (to_eye * (1.0 - k) + k) * 4.0)
    m = 1.0 - vh
    return facets * shadowing * (f0 + (1.0 - f0) * m * m * m * m * m)


@kernel
def reflectance(surface: Surface, to_lamp: Vector, widened: float) -> Vector:
    """Return the light sent to the eye for a unit of light from a lamp, cosine left out."""
    material = surface.material
    if surface.owner == GROUND:
        return scaled(surface.color, 1.0 / math.pi)
    if material == METAL:
        alpha = min(METAL_ALPHA + widened, 1.0)
        return scaled(surface.color, sheen(surface, to_lamp, alpha, 1.0))
    alpha, f0 = (RUBBER_ALPHA, RUBBER_F0) if material == RUBBER else (COAT_ALPHA, COAT_F0)
    shine = sheen(surface, to_lamp, min(alpha + widened, 1.0), f0)
    base = scaled(surface.color, 1.0 / math.pi)
    return (base[0] + shine, base[1] + shine, base[2] + shine)


@kernel
def direct(scene: Packed, scratch: Scratch, surface: Surface, noise: Noise, samples: int) -> Vector:
    """Return the light of all lamps that a surface sends to the eye."""
    total = (0.0, 0.0, 0.0)
    for j in range(len(scene.lamps)):
        sun = scene.lamps[j, IS_SUN] > 0.0
        ray, distance = towards_middle(scene.lamps, j, surface.point)
        arriving = irradiance_from(scene.lamps, j, surface.normal, ray, distance)
        if arriving <= 0.0:
            continue
        seen = visible_light(scene, scratch, j, surface, noise, samples)
        if seen[0] + seen[1] + seen[2] <= 0.0:
            continue
        # A wide lamp blurs its own highlight (Karis 2013).
        widened = 0.0 if sun else 0.25 * math.sqrt(scene.lamps[j, AREA]) / distance
        lamp = times(scaled(columns(scene.lamps, j, STRENGTH), arriving), seen)
        total = add(total, times(lamp, reflectance(surface, ray, widened)))
    return total


@kernel
def backdrop(scene: Packed, ray: Vector) -> Vector:
    """Return the light of the studio's far wall: a soft patch on one side, almost black elsewhere."""
    b = scene.backdrop
    ahead = ray[0] * b[0] + ray[1] * b[1]
    glow = b[3]
    if ahead > 0.0:
        up = max(ray[2], 0.0)
        facing = ahead / math.sqrt(ahead * ahead + up * up + 1e-9)
        glow += b[2] * facing * max(0.0, 1.0 - 1.3 * up)
    return (glow, glow, glow)


@kernel
def sky_on_ground(scene: Packed, point: Vector) -> Vector:
    """Return the backdrop's light on the ground (over π), less what the objects hide of it."""
    open_ = 1.0
    for i in range(len(scene.kind)):
        middle = minus(row(scene.centre, i), point)
        reach = scene.reach[i] if scene.kind[i] == SPHERE else scene.scale[i]
        square = dot(middle, middle)
        if square > 36.0 * reach * reach:
            continue
        # Form factor of a sphere over a plane.
        factor = middle[2] * reach * reach / (square * math.sqrt(square))
        open_ *= 1.0 - min(0.85, max(factor, 0.0))
    glow = open_ * (scene.backdrop[3] + PATCH_ON_GROUND * scene.backdrop[2])
    return (glow, glow, glow)


@kernel
def bounced(scene: Packed, i: int, normal: Vector) -> Vector:
    """Return light on object i by way of other things (over π): its ambient cube (McTaggart 2004)."""
    total = (0.0, 0.0, 0.0)
    for axis in range(3):
        n = normal[axis]
        face = 2 * axis if n > 0.0 else 2 * axis + 1
        cube = (scene.bounce[i, face, 0], scene.bounce[i, face, 1], scene.bounce[i, face, 2])
        total = along(total, cube, n * n)
    return total


@kernel
def ground_albedo(scene: Packed, point: Vector) -> float:
    """Return the part of the light that the ground gives back: more of it along the square's line.

    The line fades to both sides, so that few rays find it as bright as many do.
    """
    if scene.square[1] <= 0.0:
        return GROUND_ALBEDO
    off: float = abs(max(abs(point[0]), abs(point[1])) - scene.square[0]) / scene.square[1]
    return GROUND_ALBEDO + (LINE_ALBEDO - GROUND_ALBEDO) * max(0.0, 1.0 - off)


@kernel
def ground_light(
    scene: Packed, scratch: Scratch, point: Vector, ray: Vector, noise: Noise, samples: int
) -> Vector:
    """Return the light that the ground sends along a ray back to its eye."""
    part_back = ground_albedo(scene, point)
    albedo = (part_back, part_back, part_back)
    surface = Surface(point, (0.0, 0.0, 1.0), scaled(ray, -1.0), albedo, RUBBER, GROUND, False)
    near = add(
        direct(scene, scratch, surface, noise, samples),
        scaled(sky_on_ground(scene, point), part_back),
    )
    # Far away the ground bends up into the backdrop.
    blend = min(1.0, max(0.0, (point[0] * point[0] + point[1] * point[1] - 60.0) / 260.0))
    if blend <= 0.0:
        return near
    return add(scaled(near, 1.0 - blend), scaled(backdrop(scene, (ray[0], ray[1], 0.0)), blend))
