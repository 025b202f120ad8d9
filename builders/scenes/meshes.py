"""meshes: where a ray meets triangles in a tree of boxes."""

from typing import NamedTuple

import numpy as np

from builders.scenes.kernels import kernel
from builders.scenes.packed import CHILDREN, EDGE_EPSILON, FAR, NOTHING, Packed, Scratch, Sought
from builders.scenes.solids import to_model, to_world
from builders.scenes.vectors import (
    Floats,
    Ints,
    Vector,
    add,
    along,
    columns,
    dot,
    minus,
    row,
    scaled,
    unit,
)


def triangle_rows(corners: Floats, normals: Floats) -> Floats:
    """Return the rows (T, 21) that the kernels want of corners and their normals (T, 3, 3).

    Four columns each hold a linear function: the height over the triangle's plane, and the weights
    of the second and of the third corner, from which the first corner's follows. Then the normals.
    """
    a = corners[:, 0]
    side, other = corners[:, 1] - a, corners[:, 2] - a
    normal = np.cross(side, other)
    square = (normal * normal).sum(axis=1)[:, None]
    planes = []
    for way in (normal, np.cross(other, normal), np.cross(normal, side)):
        slope = way / square
        planes += [slope, -(slope * a).sum(axis=1)[:, None]]
    return np.concatenate([*planes, normals.reshape(-1, 9)], axis=1)


class Line(NamedTuple):
    """A ray as a mesh sees it, in model units; its distances stay those of the world."""

    start: Vector
    step: Vector
    inverse: Vector  # 1 over each part of the step


@kernel
def above(triangles: Floats, k: int, first: int, point: Vector) -> float:
    """Return the linear function of triangle k in four columns, at a point."""
    height: float = dot(columns(triangles, k, first), point) + triangles[k, first + 3]
    return height


@kernel
def meets_triangle(triangles: Floats, k: int, line: Line, limit: float) -> float:
    """Return the distance to triangle k, or FAR from `limit` on (Baldwin and Weber 2016)."""
    slope = dot(row(triangles, k), line.step)
    t = -above(triangles, k, 0, line.start) / slope
    # Written so that a ray along the plane, whose t is not a number, misses.
    if not EDGE_EPSILON < t < limit:
        return FAR
    point = along(line.start, line.step, t)
    u = above(triangles, k, 4, point)
    if u < 0.0 or u > 1.0:
        return FAR
    v = above(triangles, k, 8, point)
    return FAR if v < 0.0 or u + v > 1.0 else t


@kernel
def inverse_of(x: float) -> float:
    """Return 1/x, finite where x is 0."""
    return 1.0 / (x if abs(x) > 1e-12 else 1e-12)


@kernel
def enters(nodes: Floats, n: int, line: Line, limit: float) -> float:
    """Return when a ray enters node n's box (0 where it starts inside); FAR: not before `limit`."""
    start, inverse = line.start, line.inverse
    a, b = (nodes[n, 0] - start[0]) * inverse[0], (nodes[n, 3] - start[0]) * inverse[0]
    enter, leave = min(a, b), max(a, b)
    a, b = (nodes[n, 1] - start[1]) * inverse[1], (nodes[n, 4] - start[1]) * inverse[1]
    enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
    a, b = (nodes[n, 2] - start[2]) * inverse[2], (nodes[n, 5] - start[2]) * inverse[2]
    enter, leave = max(0.0, enter, min(a, b)), min(limit, leave, max(a, b))
    return enter if enter <= leave else FAR


@kernel
def push_node(nodes: Floats, n: int, stack: Ints, depth: int) -> int:
    """Put node n on the stack; return how many are there."""
    stack[depth, 0], stack[depth, 1] = int(nodes[n, 6]), int(nodes[n, 7])
    return depth + 1


@kernel
def push_children(
    nodes: Floats, first: int, line: Line, limit: float, stack: Ints, depth: int
) -> int:
    """Put those of four nodes that a ray enters on the stack, the nearest on top; return how many."""
    nearest, top = FAR, max(depth - 1, 0)
    for n in range(first, first + CHILDREN):
        t = enters(nodes, n, line, limit)
        push_node(nodes, n, stack, depth)  # taken back below where the ray misses it: no branch
        if t < nearest:
            nearest, top = t, depth
        depth += t < FAR
    last = max(depth - 1, 0)  # `top` too, where the ray enters none
    for c in range(2):
        stack[top, c], stack[last, c] = stack[last, c], stack[top, c]
    return depth


@kernel
def meets_mesh(
    scene: Packed, scratch: Scratch, i: int, origin: Vector, ray: Vector, sought: Sought
) -> tuple[float, int]:
    """Return the distance at which a ray meets mesh i, or FAR, and the triangle."""
    start = to_model(scene, i, minus(origin, row(scene.centre, i)))
    step = to_model(scene, i, ray)
    line = Line(start, step, (inverse_of(step[0]), inverse_of(step[1]), inverse_of(step[2])))
    nodes, stack = scene.nodes, scratch.stack
    best, found, depth = sought.limit, NOTHING, 0
    if enters(nodes, scene.root[i], line, best) < FAR:
        depth = push_node(nodes, scene.root[i], stack, depth)
    while depth > 0:
        depth -= 1
        first, count = stack[depth, 0], stack[depth, 1]
        if count == 0:
            depth = push_children(nodes, first, line, best, stack, depth)
        for k in range(first, first + count):
            t = meets_triangle(scene.triangles, k, line, best)
            if t < best:
                best, found = t, k
                if sought.is_any:
                    return best, found
    return (best, found) if found >= 0 else (FAR, NOTHING)


@kernel
def normal_of_mesh(scene: Packed, i: int, k: int, point: Vector) -> Vector:
    """Return the smooth normal of mesh i at a point of triangle k."""
    t = scene.triangles
    p = to_model(scene, i, minus(point, row(scene.centre, i)))
    u, v = above(t, k, 4, p), above(t, k, 8, p)
    smooth = add(
        scaled(columns(t, k, 12), 1.0 - u - v),
        add(scaled(columns(t, k, 15), u), scaled(columns(t, k, 18), v)),
    )
    return to_world(scene, i, unit(smooth))
