"""follow: the light that comes back along one ray of the camera, through mirrors and glass."""

import math
from typing import NamedTuple

from builders.scenes.kernels import kernel
from builders.scenes.light import METAL_ALPHA, Surface, backdrop, bounced, direct, ground_light
from builders.scenes.meshes import normal_of_mesh
from builders.scenes.noise import Noise
from builders.scenes.packed import (
    AREA,
    CENTRE,
    FACING,
    GLASS,
    GLOSS,
    GROUND,
    IS_SUN,
    MESH,
    METAL,
    NOTHING,
    RIGHT,
    STRENGTH,
    UP,
    Packed,
    Scratch,
)
from builders.scenes.search import glass_filter, nearest
from builders.scenes.solids import normal_of_solid
from builders.scenes.vectors import (
    Vector,
    add,
    along,
    columns,
    cross,
    dot,
    minus,
    mirrored,
    row,
    scaled,
    times,
    unit,
)

GLASS_INDEX = 1.33  # refractive; the glass of TRANCE's scenes bends light as water does
MIRRORINGS = 3  # a ray is mirrored at most so often
SURFACES = 9  # of glass that a ray passes at most; what is left then goes straight on
RAYS = 32
# Metal is a mirror and a rough mirror, mixed as in CLEVR's material; highlights of lamps come from
# the rough part.
SHARP, ROUGH = 0.45, 0.55


class Effort(NamedTuple):
    """How the light of a beam is followed."""

    noise: Noise
    lobe: Noise  # which facet of a rough mirror is met
    samples: int  # shadow rays to each lamp from what the beam meets first
    passes_mirrors: bool  # whether a solid of metal or glass that it meets first is only told of


class Beam(NamedTuple):
    """A ray still to follow."""

    origin: Vector
    ray: Vector
    weight: Vector  # how much of its light reaches the camera
    depth: int  # surfaces so far
    shows_lamps: bool  # it comes from a mirror that is sharp enough


@kernel
def push(scratch: Scratch, n: int, beam: Beam) -> int:
    """Keep a beam for later; return how many there are. Beams too weak to see are left."""
    if max(beam.weight[0], beam.weight[1], beam.weight[2]) < 2e-3 or n >= RAYS:
        return n
    rays = scratch.rays
    for c in range(3):
        rays[n, c] = beam.origin[c]
        rays[n, 3 + c] = beam.ray[c]
        rays[n, 6 + c] = beam.weight[c]
    rays[n, 9], rays[n, 10] = beam.depth, beam.shows_lamps
    return n + 1


@kernel
def pull(scratch: Scratch, n: int) -> Beam:
    """Return beam n."""
    r = scratch.rays
    return Beam(columns(r, n, 0), columns(r, n, 3), columns(r, n, 6), int(r[n, 9]), r[n, 10] > 0.0)


@kernel
def surface_at(scene: Packed, i: int, face: int, beam: Beam, t: float) -> Surface:
    """Return object i's surface where a beam meets it."""
    point = along(beam.origin, beam.ray, t)
    color, material = row(scene.color, i), scene.material[i]
    if scene.kind[i] == MESH:
        normal = normal_of_mesh(scene, i, face, point)
        f = scene.finish[face]
        if f > 0:
            color, material = row(scene.finishes, f), int(scene.finishes[f, 3])
    else:
        normal = normal_of_solid(scene, i, point)
    inside = dot(normal, beam.ray) > 0.0
    if inside:
        normal = scaled(normal, -1.0)
    return Surface(point, normal, scaled(beam.ray, -1.0), color, material, i, inside)


@kernel
def glare(scene: Packed, beam: Beam, limit: float) -> Vector:
    """Return the light of the lamps that a mirrored ray meets before `limit`, rims softened."""
    total = (0.0, 0.0, 0.0)
    for j in range(len(scene.lamps)):
        facing = columns(scene.lamps, j, FACING)
        towards = dot(beam.ray, facing)
        if scene.lamps[j, IS_SUN] > 0.0 or towards >= -1e-6:
            continue
        centre, area = columns(scene.lamps, j, CENTRE), scene.lamps[j, AREA]
        t = dot(minus(centre, beam.origin), facing) / towards
        if t < 1e-3 or t > limit:
            continue
        spot = minus(along(beam.origin, beam.ray, t), centre)
        # From the middle along both sides; the rim is at 0.5.
        a = abs(dot(spot, columns(scene.lamps, j, RIGHT))) / area
        b = abs(dot(spot, columns(scene.lamps, j, UP))) / area
        rim = METAL_ALPHA * METAL_ALPHA * t / math.sqrt(area)
        shown = min(1.0, max(0.0, (0.5 + rim - max(a, b)) / (2.0 * rim)))
        total = along(total, columns(scene.lamps, j, STRENGTH), shown * shown / area)
    return total


@kernel
def rough_mirrored(surface: Surface, ray: Vector, lobe: Noise) -> Vector:
    """Return the ray reflected at a facet drawn from the GGX distribution by `lobe`."""
    a = 0.9 * lobe[0]  # the last tenth of the lobe scatters wide and would only be noise
    alpha2 = METAL_ALPHA**4  # Blender's roughness is the square root of alpha
    up = math.sqrt((1.0 - a) / (1.0 + (alpha2 - 1.0) * a))
    out, angle = math.sqrt(max(0.0, 1.0 - up * up)), 2.0 * math.pi * lobe[1]
    n = surface.normal
    side = unit((-n[1], n[0], 0.0) if abs(n[2]) < 0.99 else (0.0, -n[2], n[1]))
    tilt = along(scaled(side, out * math.cos(angle)), cross(n, side), out * math.sin(angle))
    return mirrored(ray, along(tilt, n, up))


@kernel
def fresnel(cosine: float, cosine_beyond: float, index: float) -> float:
    """Return the part of unpolarized light reflected where the relative refractive index is `index`."""
    s = (cosine - index * cosine_beyond) / (cosine + index * cosine_beyond)
    p = (index * cosine - cosine_beyond) / (index * cosine + cosine_beyond)
    return 0.5 * (s * s + p * p)


@kernel
def through_glass(scratch: Scratch, n: int, surface: Surface, beam: Beam) -> int:
    """Split a beam at a glass surface into its mirrored and its refracted part; return how many."""
    ray, normal, depth = beam.ray, surface.normal, beam.depth + 1
    inside = surface.inside
    index = 1.0 / GLASS_INDEX if inside else GLASS_INDEX
    cosine = -dot(ray, normal)
    bent = 1.0 - (1.0 - cosine * cosine) / (index * index)
    beyond = along(surface.point, normal, -1e-3)
    weight = times(beam.weight, glass_filter(surface.color))
    if depth > SURFACES:
        return push(scratch, n, Beam(beyond, ray, weight, depth, False))
    reflected = 1.0
    if bent > 0.0:
        deeper = math.sqrt(bent)
        reflected = fresnel(cosine, deeper, index)
        onward = along(scaled(ray, 1.0 / index), normal, cosine / index - deeper)
        passing = scaled(weight, 1.0 - reflected)
        n = push(scratch, n, Beam(beyond, unit(onward), passing, depth, False))
    # Reflections inside a body are followed while they are all that there is, or at first.
    if not inside or bent <= 0.0 or depth <= 2:
        back = along(surface.point, normal, 1e-3)
        kept = scaled(beam.weight, reflected)
        n = push(scratch, n, Beam(back, mirrored(ray, normal), kept, depth, False))
    return n


@kernel
def off_mirror(scratch: Scratch, n: int, surface: Surface, beam: Beam, lobe: Noise) -> int:
    """Add the beams that metal or a coat sends on; return how many there are."""
    if beam.depth >= MIRRORINGS:
        return n
    start, ray = along(surface.point, surface.normal, 2e-3), beam.ray
    straight, depth = mirrored(ray, surface.normal), beam.depth + 1
    if surface.material == GLOSS:
        m = 1.0 + dot(ray, surface.normal)
        kept = scaled(beam.weight, 0.04 + 0.6 * m * m * m * m * m)
        return push(scratch, n, Beam(start, straight, kept, depth, True))
    kept = times(beam.weight, surface.color)
    if beam.depth > 0:
        return push(scratch, n, Beam(start, straight, kept, depth, True))
    n = push(scratch, n, Beam(start, straight, scaled(kept, SHARP), depth, True))
    rough = rough_mirrored(surface, ray, lobe)
    if dot(rough, surface.normal) > 0.02:
        n = push(scratch, n, Beam(start, rough, scaled(kept, ROUGH), depth, False))
    return n


@kernel
def own_light(
    scene: Packed, scratch: Scratch, surface: Surface, noise: Noise, samples: int
) -> Vector:
    """Return the light that a surface itself sends to the eye, mirrors and glass left out."""
    light = direct(scene, scratch, surface, noise, samples)
    if surface.material == METAL:
        return scaled(light, ROUGH)
    return add(light, times(surface.color, bounced(scene, surface.owner, surface.normal)))


@kernel
def is_mirror(scene: Packed, i: int) -> bool:
    """Whether what was met is a solid of metal or glass: a vehicle is none, its facets hide its grain."""
    if i < 0 or scene.kind[i] == MESH:
        return False
    return bool(scene.material[i] == METAL or scene.material[i] == GLASS)


@kernel
def follow(scene: Packed, scratch: Scratch, first: Beam, effort: Effort) -> tuple[Vector, int]:
    """Return the light that comes back along a beam, and the object (or GROUND, NOTHING) it met."""
    total, met = (0.0, 0.0, 0.0), NOTHING
    n = push(scratch, 0, first)
    while n > 0:
        n -= 1
        beam = pull(scratch, n)
        t, i, face = nearest(scene, scratch, beam.origin, beam.ray, NOTHING)
        if beam.depth == 0:
            met = i
            if effort.passes_mirrors and is_mirror(scene, i):
                return total, met
        elif beam.shows_lamps:
            total = add(total, times(beam.weight, glare(scene, beam, t)))
        rays = effort.samples if beam.depth == 0 else 1
        if i == NOTHING:
            light = backdrop(scene, beam.ray)
        elif i == GROUND:
            point = along(beam.origin, beam.ray, t)
            light = ground_light(scene, scratch, point, beam.ray, effort.noise, rays)
        else:
            surface = surface_at(scene, i, face, beam, t)
            if surface.material == GLASS:
                n = through_glass(scratch, n, surface, beam)
                light = glass_highlight(scene, scratch, surface, beam, effort.noise)
            else:
                light = own_light(scene, scratch, surface, effort.noise, rays)
                if surface.material == METAL or surface.material == GLOSS:
                    n = off_mirror(scratch, n, surface, beam, effort.lobe)
        total = add(total, times(beam.weight, light))
    return total, met


@kernel
def glass_highlight(
    scene: Packed, scratch: Scratch, surface: Surface, beam: Beam, noise: Noise
) -> Vector:
    """Return the lamps as a glass surface mirrors them: from outside, and on the first two surfaces."""
    if surface.inside or beam.depth > 1:
        return (0.0, 0.0, 0.0)
    coat = Surface(
        surface.point, surface.normal, surface.eye, (0.0, 0.0, 0.0), GLOSS, surface.owner, False
    )
    return direct(scene, scratch, coat, noise, 1)
