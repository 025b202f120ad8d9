"""meshes: triangles in a tree of boxes, and where a ray meets them."""

from typing import NamedTuple

import numpy as np

from builders.scenes.kernels import kernel
from builders.scenes.packed import EDGE_EPSILON, FAR, NOTHING, Packed, Scratch
from builders.scenes.solids import to_model, to_world
from builders.scenes.vectors import Floats, Ints, Vector, add, cross, dot, minus, row, scaled, unit

LEAF = 4  # triangles at most


class Tree(NamedTuple):
    """A bounding volume hierarchy; children and triangles are counted from the tree's own start."""

    nodes: Floats  # (N, 9) as in `Packed`
    order: Ints  # (T,) the triangles as the leaves name them


def tree_over(corners: Floats) -> Tree:
    """Return the tree over triangles (T, 3, 3), split where the surface area heuristic is least."""
    middle = corners.mean(axis=1)
    nodes: list[list[float]] = [[]]
    order: list[int] = []
    todo = [(np.arange(len(corners)), 0)]
    while todo:
        chosen, slot = todo.pop()
        low, high = corners[chosen].min((0, 1)), corners[chosen].max((0, 1))
        if len(chosen) <= LEAF:
            nodes[slot] = [*low, *high, len(order), len(chosen), 0]
            order.extend(chosen)
            continue
        axis, cut, ranked = _best_split(corners, middle, chosen)
        child = len(nodes)
        nodes[slot] = [*low, *high, child, 0, axis]
        nodes.extend([[], []])
        todo += [(ranked[:cut], child), (ranked[cut:], child + 1)]
    return Tree(np.array(nodes, dtype=float), np.array(order, dtype=np.int64))


def _best_split(corners: Floats, middle: Floats, chosen: Ints) -> tuple[int, int, Ints]:
    """Return axis, number of triangles on the left, and the triangles in that order."""
    best, found = np.inf, (0, 1, chosen)
    sizes = np.arange(1, len(chosen))
    for axis in range(3):
        ranked = chosen[np.argsort(middle[chosen, axis], kind="stable")]
        low, high = corners[ranked].min(axis=1), corners[ranked].max(axis=1)
        left = _areas(low, high)[:-1]
        right = _areas(low[::-1], high[::-1])[::-1][1:]
        costs = left * sizes + right * sizes[::-1]
        cut = int(np.argmin(costs))
        if costs[cut] < best:
            best, found = costs[cut], (axis, cut + 1, ranked)
    return found


def _areas(low: Floats, high: Floats) -> Floats:
    """Return half the surface of the box around the first 1, 2, 3 … boxes."""
    extent = np.maximum.accumulate(high) - np.minimum.accumulate(low)
    area: Floats = (extent * np.roll(extent, 1, axis=1)).sum(axis=1)
    return area


@kernel
def meets_box(nodes: Floats, n: int, start: Vector, inverse: Vector) -> tuple[float, float]:
    """Return when a ray enters and leaves node n's box."""
    a, b = (nodes[n, 0] - start[0]) * inverse[0], (nodes[n, 3] - start[0]) * inverse[0]
    enter, leave = min(a, b), max(a, b)
    a, b = (nodes[n, 1] - start[1]) * inverse[1], (nodes[n, 4] - start[1]) * inverse[1]
    enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
    a, b = (nodes[n, 2] - start[2]) * inverse[2], (nodes[n, 5] - start[2]) * inverse[2]
    return max(enter, min(a, b)), min(leave, max(a, b))


@kernel
def meets_triangle(triangles: Floats, k: int, start: Vector, step: Vector) -> float:
    """Return the distance to triangle k, or FAR (Möller and Trumbore 1997)."""
    side = (triangles[k, 3], triangles[k, 4], triangles[k, 5])
    other = (triangles[k, 6], triangles[k, 7], triangles[k, 8])
    p = cross(step, other)
    determinant = dot(side, p)
    if abs(determinant) < 1e-14:
        return FAR
    offset = minus(start, (triangles[k, 0], triangles[k, 1], triangles[k, 2]))
    u = dot(offset, p) / determinant
    if u < 0.0 or u > 1.0:
        return FAR
    q = cross(offset, side)
    v = dot(step, q) / determinant
    if v < 0.0 or u + v > 1.0:
        return FAR
    t = dot(other, q) / determinant
    return t if t > EDGE_EPSILON else FAR


@kernel
def inverse_of(x: float) -> float:
    """Return 1/x, finite where x is 0."""
    return 1.0 / (x if abs(x) > 1e-12 else 1e-12)


@kernel
def push_children(nodes: Floats, n: int, step: Vector, stack: Ints, depth: int) -> None:
    """Put node n's children on the stack, the nearer one on top."""
    child, axis = int(nodes[n, 6]), int(nodes[n, 8])
    ahead = (step[0] if axis == 0 else (step[1] if axis == 1 else step[2])) > 0.0
    stack[depth] = child + 1 if ahead else child
    stack[depth + 1] = child if ahead else child + 1


@kernel
def meets_mesh(
    scene: Packed, scratch: Scratch, i: int, origin: Vector, ray: Vector, limit: float
) -> tuple[float, int]:
    """Return the nearest distance below `limit` at which a ray meets mesh i, and the triangle."""
    start = to_model(scene, i, minus(origin, row(scene.centre, i)))
    step = to_model(scene, i, ray)
    inverse = (inverse_of(step[0]), inverse_of(step[1]), inverse_of(step[2]))
    nodes, stack = scene.nodes, scratch.stack
    best, found = limit, NOTHING
    stack[0], depth = scene.root[i], 1
    while depth > 0:
        depth -= 1
        n = stack[depth]
        enter, leave = meets_box(nodes, n, start, inverse)
        if leave < max(enter, 0.0) or enter > best:
            continue
        count = int(nodes[n, 7])
        if count == 0:
            push_children(nodes, n, step, stack, depth)
            depth += 2
        first = int(nodes[n, 6])
        for k in range(first, first + count):
            t = meets_triangle(scene.triangles, k, start, step)
            if t < best:
                best, found = t, k
    return (best, found) if found >= 0 else (FAR, NOTHING)


@kernel
def normal_of_mesh(scene: Packed, i: int, k: int, point: Vector) -> Vector:
    """Return the smooth normal of mesh i at a point of triangle k."""
    t = scene.triangles
    p = minus(to_model(scene, i, minus(point, row(scene.centre, i))), (t[k, 0], t[k, 1], t[k, 2]))
    a, b = (t[k, 3], t[k, 4], t[k, 5]), (t[k, 6], t[k, 7], t[k, 8])
    aa, ab, bb = dot(a, a), dot(a, b), dot(b, b)
    pa, pb = dot(p, a), dot(p, b)
    whole = aa * bb - ab * ab
    u, v = (bb * pa - ab * pb) / whole, (aa * pb - ab * pa) / whole
    smooth = add(
        scaled((t[k, 9], t[k, 10], t[k, 11]), 1.0 - u - v),
        add(scaled((t[k, 12], t[k, 13], t[k, 14]), u), scaled((t[k, 15], t[k, 16], t[k, 17]), v)),
    )
    return to_world(scene, i, unit(smooth))
