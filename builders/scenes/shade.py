"""shade: which objects can stand between a lamp and a part of the scene, told once for each picture.

A ray to a lamp starts on an object or on the ground. Of each object, and of each cell of a grid on the
ground, the few are listed that can stop a ray from anywhere in it: the others need no test.
"""

import math

import numpy as np
from numpy.typing import NDArray

from builders.scenes.kernels import kernel
from builders.scenes.packed import CENTRE, GROUND, IS_SUN, RADIUS, Packed, Scratch
from builders.scenes.vectors import Vector, along, columns, dot, minus, row, unit

HALF, SIDE = 6.0, 32  # half the side of the grid, in the scene's lengths; cells a side
CELL = 2.0 * HALF / SIDE
SLACK = 0.01  # of all bounds: rays start a little above the surface, and numbers are rounded


def room_for(objects: int, lamps: int) -> NDArray[np.int16]:
    """An array for the lists: of each object, of each cell, of all else; their lengths come first."""
    rows = objects + SIDE * SIDE + 1
    return np.empty((rows if lamps else 0, lamps, objects + 1), np.int16)


@kernel
def list_of(scene: Packed, owner: int, point: Vector) -> int:
    """Return the number of the lists that hold for a point of an object or of the ground."""
    n = len(scene.kind)
    if owner != GROUND:
        return owner
    x, y = (point[0] + HALF) / CELL, (point[1] + HALF) / CELL
    if x < 0.0 or y < 0.0 or x >= SIDE or y >= SIDE:
        return n + SIDE * SIDE
    return n + int(y) * SIDE + int(x)


@kernel
def may_stop(scene: Packed, j: int, i: int, middle: Vector, radius: float) -> bool:
    """Whether object i may be in the cone to lamp j from a point of a sphere."""
    lamp = columns(scene.lamps, j, CENTRE)
    wide, reach = scene.lamps[j, RADIUS], scene.reach[i]
    offset = minus(row(scene.centre, i), middle)
    if scene.lamps[j, IS_SUN] > 0.0:
        ray = unit(lamp)
        ahead = dot(offset, ray)
        if ahead + radius < -reach:
            return False
        least = radius + reach + wide * max(ahead + radius, 0.0)
        return bool(dot(offset, offset) - ahead * ahead < least * least)
    away = minus(lamp, middle)
    distance = math.sqrt(dot(away, away))
    beside = minus(row(scene.centre, i), lamp)
    near = 2.0 * (reach + wide) + radius
    if distance < 2.0 * radius or dot(beside, beside) < near * near:
        return True
    # All axes of the cones lie within `radius` of the line from the sphere's middle to the lamp's.
    spread = wide / (distance - radius)
    least = radius + max(reach + spread * (math.sqrt(dot(offset, offset)) + radius), 1.4143 * reach)
    t = min(max(dot(offset, away) / distance, 0.0), distance)
    aside = along(offset, away, -t / distance)
    return bool(dot(aside, aside) < least * least)


@kernel
def list_shades(scene: Packed, scratch: Scratch) -> None:
    """Write all lists."""
    n, shades = len(scene.kind), scratch.shades
    for k in range(n + SIDE * SIDE + 1):
        middle, radius = (0.0, 0.0, 0.0), 0.0
        if k < n:
            middle, radius = row(scene.centre, k), scene.reach[k] + SLACK
        elif k < n + SIDE * SIDE:
            x, y = (k - n) % SIDE + 0.5, (k - n) // SIDE + 0.5
            middle, radius = (x * CELL - HALF, y * CELL - HALF, 0.0), 0.7072 * CELL + SLACK
        for j in range(len(scene.lamps)):
            count = 0
            for i in range(n):
                if k == n + SIDE * SIDE or may_stop(scene, j, i, middle, radius):
                    count += 1
                    shades[k, j, count] = i
            shades[k, j, 0] = count
