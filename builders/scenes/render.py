"""render: a stage → the picture and the object that each of its pixels shows."""

import math
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builders.scenes.follow import RAYS, Beam, Effort, follow, is_mirror, surface_at
from builders.scenes.kernels import kernel
from builders.scenes.light import R2, backdrop, direct, ground_light, part
from builders.scenes.noise import Noise, noise_at
from builders.scenes.packed import (
    FAR,
    GLASS,
    GROUND,
    METAL,
    NOTHING,
    STACK,
    Packed,
    Scratch,
    Sought,
)
from builders.scenes.search import meets_object, nearest, passes
from builders.scenes.shade import list_shades, room_for
from builders.scenes.stage import Camera, Stage, pack
from builders.scenes.vectors import (
    Floats,
    Ints,
    Vector,
    add,
    along,
    dot,
    luminance,
    minus,
    row,
    scaled,
    unit,
)

Pixels = NDArray[np.uint8]
Ids = NDArray[np.int16]

FRAME = 4.0 / 3.0  # width by height of the frame that every picture holds, whatever its own shape
FIRST_SAMPLES = 4  # shadow rays to each lamp from a pixel of the first pass
# A pixel that needs it is seen through more rays: so many a side at an edge, in mirrors and glass,
# fewer at the rim of a shadow; with so many shadow rays each.
FINE, MEDIUM, FINE_SAMPLES = 3, 2, 2
CONTRAST = 0.018  # relative step between neighbours that is the rim of a shadow
GOLDEN = 0.6180339887498949
BRIGHTEST = 4.0  # of one ray: a highlight may not outshine the whole pixel
PROBE_RAYS = 96  # that gather the light around an object
TONES = 8192


class Picture(NamedTuple):
    """What the camera sees."""

    pixels: Pixels  # (height, width, 3)
    ids: Ids  # (height, width) index of the object, −1 where there is none


class Cover(NamedTuple):
    """Which object each pixel shows, and how many pixels each would show alone."""

    ids: Ids
    alone: Ints  # (n,)


def render(stage: Stage, width: int, height: int) -> Picture:
    """Return the picture of a stage."""
    scene = pack(stage)
    scratch = _scratch(len(stage.solids), len(scene.lamps))
    list_shades(scene, scratch)
    probe(scene, scratch)
    lens = _lens(stage.camera, width, height)
    pixels = np.empty((height, width, 3), np.uint8)
    ids = np.empty((height, width), np.int16)
    first, bright = np.empty((height, width, 3)), np.empty((height, width))
    draw(scene, scratch, lens, _tones(), (pixels, ids, first, bright))
    return Picture(pixels, ids)


def cover(stage: Stage, width: int, height: int) -> Cover:
    """Return what `render` would show where, without the light."""
    scene = pack(replace(stage, lamps=()))  # to pack them takes longer than to pack ten things
    ids, depth = np.full((height, width), NOTHING, np.int16), np.full((height, width), FAR)
    alone = np.zeros(len(stage.solids), np.int64)
    scratch = _scratch(len(stage.solids))
    find_cover(scene, scratch, _lens(stage.camera, width, height), (ids, depth), alone)
    return Cover(ids, alone)


def _scratch(objects: int, lamps: int = 0) -> Scratch:
    return Scratch(
        np.empty((STACK, 2), np.int64),
        np.empty(max(objects, 1), np.int64),
        np.empty((RAYS, 11)),
        room_for(objects, lamps),
    )


def _lens(camera: Camera, width: int, height: int) -> Floats:
    """Return as rows: eye, right edge, upper edge and middle of the picture, size of a pixel."""
    right, up, back = camera.axes()
    half = camera.width / 2.0 * max(1.0, (width / height) / FRAME)
    pixel = (1.0 / width, 1.0 / height, 0.0)
    return np.array([camera.eye, right * half, up * half * height / width, -back, pixel])


@cache
def _tones() -> Pixels:
    """Return sRGB bytes of TONES linear values, spaced as their square roots."""
    linear = (np.arange(TONES) / (TONES - 1)) ** 2
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (curve * 255.0 + 0.5).astype(np.uint8)


@kernel
def tone(tones: Pixels, light: float) -> np.uint8:
    """Return the sRGB byte of linear light."""
    byte: np.uint8 = tones[int(math.sqrt(min(max(light, 0.0), 1.0)) * (len(tones) - 1) + 0.5)]
    return byte


@kernel
def ray_through(lens: Floats, x: float, y: float) -> Vector:
    """Return the camera's ray through the spot (x, y) in [0, 1]², from the upper left."""
    centre = along(row(lens, 3), row(lens, 1), 2.0 * x - 1.0)
    return unit(along(centre, row(lens, 2), 1.0 - 2.0 * y))


@kernel
def first_beam(lens: Floats, x: float, y: float) -> Beam:
    """Return the beam that the camera sends through the spot (x, y)."""
    return Beam(row(lens, 0), ray_through(lens, x, y), (1.0, 1.0, 1.0), 0, False)


@kernel
def care(scene: Packed, ids: Ids, bright: Floats, x: int, y: int) -> int:
    """Return how many rays a side a pixel needs; 0 where the one of the first pass will do."""
    i, here, needed = ids[y, x], bright[y, x], 0
    if is_mirror(scene, i):
        return FINE
    if i >= 0 and (scene.material[i] == METAL or scene.material[i] == GLASS):
        needed = MEDIUM  # a vehicle's small facets hide the grain of its metal
    height, width = ids.shape
    for v in range(max(0, y - 1), min(height, y + 2)):
        for u in range(max(0, x - 1), min(width, x + 2)):
            if ids[v, u] != i:
                return FINE
            if abs(bright[v, u] - here) > CONTRAST * (here + 0.08):
                needed = MEDIUM
    return needed


@kernel
def careful_light(
    scene: Packed,
    scratch: Scratch,
    lens: Floats,
    side: int,
    spot: tuple[float, float],
    noise: Noise,
) -> Vector:
    """Return the mean light of side × side rays through the pixel whose corner is `spot`."""
    total, count = (0.0, 0.0, 0.0), side * side
    pixel_x, pixel_y = lens[4, 0], lens[4, 1]
    for k in range(count):
        x = spot[0] + (k % side + 0.5) / side * pixel_x
        y = spot[1] + (k // side + 0.5) / side * pixel_y
        start = (part(noise[0] + R2[0] * k), part(noise[1] + R2[1] * k))
        # The rough mirror's facets are the same in every pixel: noise there would look like grain.
        lobe = ((k + 0.5) / count, part(GOLDEN * k))
        effort = Effort(start, lobe, FINE_SAMPLES, False)
        light, _ = follow(scene, scratch, first_beam(lens, x, y), effort)
        total = add(
            total, (min(light[0], BRIGHTEST), min(light[1], BRIGHTEST), min(light[2], BRIGHTEST))
        )
    return scaled(total, 1.0 / count)


@kernel
def draw(
    scene: Packed,
    scratch: Scratch,
    lens: Floats,
    tones: Pixels,
    out: tuple[Pixels, Ids, Floats, Floats],
) -> None:
    """Write the picture: first one ray a pixel, then more where needed."""
    pixels, ids, first, bright = out
    height, width = ids.shape
    for y in range(height):
        for x in range(width):
            beam = first_beam(lens, (x + 0.5) / width, (y + 0.5) / height)
            # What is a mirror is drawn with more rays in any case.
            effort = Effort(noise_at(y * width + x, 0), (0.5, 0.5), FIRST_SAMPLES, True)
            light, met = follow(scene, scratch, beam, effort)
            ids[y, x] = max(met, NOTHING)
            bright[y, x] = luminance(light)
            for c in range(3):
                first[y, x, c] = light[c]
    for y in range(height):
        for x in range(width):
            light = (first[y, x, 0], first[y, x, 1], first[y, x, 2])
            side = care(scene, ids, bright, x, y)
            if side > 0:
                noise = noise_at(y * width + x, 1)
                light = careful_light(scene, scratch, lens, side, (x / width, y / height), noise)
            for c in range(3):
                pixels[y, x, c] = tone(tones, light[c])


@kernel
def window(across: float, ahead: float, reach: float, edge: float, cells: int) -> tuple[int, int]:
    """Return the first column (or row) in which a sphere may show, and the first after it again.

    Its middle lies so far across and ahead of the camera, whose picture ends `edge` to each side at
    distance 1.
    """
    square = ahead * ahead - reach * reach
    if ahead <= reach or square < 1e-9:
        return 0, cells
    root = reach * math.sqrt(across * across + square)
    first = ((across * ahead - root) / (square * edge) + 1.0) / 2.0 * cells
    after = ((across * ahead + root) / (square * edge) + 1.0) / 2.0 * cells
    # A cell more to each side, for rounding.
    return max(int(max(first, 1.0)) - 1, 0), min(int(min(max(after, 0.0), cells)) + 2, cells)


@kernel
def find_cover(
    scene: Packed, scratch: Scratch, lens: Floats, out: tuple[Ids, Floats], alone: Ints
) -> None:
    """Write the nearest object of each pixel, and count the pixels each object covers alone."""
    ids, depth = out
    height, width = ids.shape
    eye, right, up, ahead = row(lens, 0), row(lens, 1), row(lens, 2), row(lens, 3)
    edge_x, edge_y = math.sqrt(dot(right, right)), math.sqrt(dot(up, up))
    for i in range(len(scene.kind)):
        middle, reach = minus(row(scene.centre, i), eye), scene.reach[i]
        away = dot(middle, ahead)
        left, beyond = window(dot(middle, right) / edge_x, away, reach, edge_x, width)
        top, below = window(-dot(middle, up) / edge_y, away, reach, edge_y, height)
        for y in range(top, below):
            for x in range(left, beyond):
                ray = ray_through(lens, (x + 0.5) / width, (y + 0.5) / height)
                if passes(scene, i, eye, ray, FAR):
                    continue
                t, _ = meets_object(scene, scratch, i, eye, ray, Sought(FAR, False))
                alone[i] += t < FAR
                if t < depth[y, x]:
                    depth[y, x], ids[y, x] = t, i


@kernel
def probe(scene: Packed, scratch: Scratch) -> None:
    """Fill `bounce`: what each object's middle sees all around, one bounce of light deep."""
    golden = math.pi * (3.0 - math.sqrt(5.0))
    for i in range(len(scene.kind)):
        centre = row(scene.centre, i)
        for k in range(PROBE_RAYS):
            up = 1.0 - 2.0 * (k + 0.5) / PROBE_RAYS
            out = math.sqrt(1.0 - up * up)
            ray = (out * math.cos(golden * k), out * math.sin(golden * k), up)
            light = seen_from_within(scene, scratch, i, centre, ray)
            for axis in range(3):
                cosine = ray[axis]
                face = 2 * axis if cosine > 0.0 else 2 * axis + 1
                for c in range(3):
                    # 4π/n steradians a ray, over π.
                    scene.bounce[i, face, c] += 4.0 / PROBE_RAYS * abs(cosine) * light[c]


@kernel
def seen_from_within(
    scene: Packed, scratch: Scratch, i: int, centre: Vector, ray: Vector
) -> Vector:
    """Return the light that comes to object i's middle along a ray, were the object not there."""
    t, met, face = nearest(scene, scratch, centre, ray, i)
    if met == NOTHING:
        return backdrop(scene, ray)
    if met == GROUND:
        return ground_light(scene, scratch, along(centre, ray, t), ray, (0.5, 0.5), 1)
    surface = surface_at(scene, met, face, Beam(centre, ray, (1.0, 1.0, 1.0), 0, False), t)
    return direct(scene, scratch, surface, (0.5, 0.5), 1)
