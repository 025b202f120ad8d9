"""trees: boxes within boxes over triangles, cut where the surface area heuristic is least."""

from typing import NamedTuple

import numpy as np

from builders.scenes.kernels import kernel
from builders.scenes.packed import CHILDREN, FAR
from builders.scenes.vectors import Floats, Ints

LEAF = 4  # triangles at most; more than that always fill the children
BINS = 16  # places tried for a cut along each axis


class Tree(NamedTuple):
    """A bounding volume hierarchy, four children to a node; children and triangles are counted from the tree's own start."""

    nodes: Floats  # (N, 8) as in `Packed`
    order: Ints  # (T,) the triangles as the leaves name them


def tree_over(corners: Floats) -> Tree:
    """Return the tree over triangles (T, 3, 3)."""
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    order = np.arange(len(corners))
    nodes = np.zeros((CHILDREN * len(corners), 8))
    used = grow(boxes, nodes, order, np.empty((BINS + 1, 8)))
    return Tree(nodes[:used].copy(), order)


@kernel
def grow(boxes: Floats, nodes: Floats, order: Ints, bins: Floats) -> int:
    """Write the nodes from the root on, bring the triangles in their order; return how many nodes."""
    nodes[0, 6], nodes[0, 7] = 0, len(order)
    n, used = 0, 1
    while n < used:
        first, count = int(nodes[n, 6]), int(nodes[n, 7])
        clear_box(nodes, n)
        for k in range(first, first + count):
            widen(nodes, n, boxes, order[k])
        if count > LEAF:
            nodes[used, 6], nodes[used, 7] = first, count
            nodes[n, 6], nodes[n, 7] = used, 0
            for children in range(1, CHILDREN):
                halve_largest(boxes, nodes, order, used, children, bins)
            used += CHILDREN
        n += 1
    return used


@kernel
def halve_largest(
    boxes: Floats, nodes: Floats, order: Ints, first: int, count: int, bins: Floats
) -> None:
    """Halve that of `count` nodes which has the most triangles; the right half follows as the last."""
    n = first
    for other in range(first, first + count):
        if nodes[other, 7] > nodes[n, 7]:
            n = other
    at, triangles = int(nodes[n, 6]), int(nodes[n, 7])
    left = part_triangles(boxes, order, at, triangles, bins)
    nodes[n, 7] = left
    nodes[first + count, 6], nodes[first + count, 7] = at + left, triangles - left


@kernel
def clear_box(table: Floats, i: int) -> None:
    """Make row i of a table a box that holds nothing."""
    for c in range(3):
        table[i, c], table[i, 3 + c] = FAR, -FAR


@kernel
def widen(table: Floats, i: int, boxes: Floats, k: int) -> None:
    """Make the box of row i hold box k too."""
    for c in range(3):
        table[i, c] = min(table[i, c], boxes[k, c])
        table[i, 3 + c] = max(table[i, 3 + c], boxes[k, 3 + c])


@kernel
def half_surface(table: Floats, i: int) -> float:
    """Return half the surface of the box of row i."""
    x, y, z = table[i, 3] - table[i, 0], table[i, 4] - table[i, 1], table[i, 5] - table[i, 2]
    return x * y + y * z + z * x if x >= 0.0 else 0.0


@kernel
def span_of(boxes: Floats, order: Ints, first: int, count: int, axis: int) -> tuple[float, float]:
    """Return the least middle of these boxes along an axis (doubled), and the bins per unit of it."""
    low, high = FAR, -FAR
    for k in range(first, first + count):
        middle = boxes[order[k], axis] + boxes[order[k], 3 + axis]
        low, high = min(low, middle), max(high, middle)
    return low, BINS / max(high - low, 1e-12)


@kernel
def bin_of(boxes: Floats, k: int, axis: int, span: tuple[float, float]) -> int:
    """Return the bin that the middle of box k is in."""
    return min(int((boxes[k, axis] + boxes[k, 3 + axis] - span[0]) * span[1]), BINS - 1)


@kernel
def part_triangles(boxes: Floats, order: Ints, first: int, count: int, bins: Floats) -> int:
    """Bring the triangles of the left half before those of the right; return how many are left."""
    best, best_axis, best_cut = FAR, 0, 0
    for axis in range(3):
        fill_bins(boxes, order, first, count, axis, bins)
        cost, cut = best_cut_of(bins)
        if cost < best:
            best, best_axis, best_cut = cost, axis, cut
    if best == FAR:
        return count // 2  # all middles are one point
    span = span_of(boxes, order, first, count, best_axis)
    left = first
    for k in range(first, first + count):
        if bin_of(boxes, order[k], best_axis, span) < best_cut:
            order[left], order[k] = order[k], order[left]
            left += 1
    return left - first


@kernel
def fill_bins(boxes: Floats, order: Ints, first: int, count: int, axis: int, bins: Floats) -> None:
    """Write the box and the number of the triangles in each bin."""
    for b in range(BINS):
        clear_box(bins, b)
        bins[b, 6] = 0
    span = span_of(boxes, order, first, count, axis)
    for k in range(first, first + count):
        b = bin_of(boxes, order[k], axis, span)
        widen(bins, b, boxes, order[k])
        bins[b, 6] += 1


@kernel
def best_cut_of(bins: Floats) -> tuple[float, int]:
    """Return the least cost of a cut, and the bin before which it is; FAR where one side is empty."""
    total = 0.0
    clear_box(bins, BINS)
    for b in range(BINS):  # the cost of what lies before each bin
        bins[b, 7] = half_surface(bins, BINS) * total if total > 0.0 else FAR
        widen(bins, BINS, bins, b)
        total += bins[b, 6]
    best, cut, behind = FAR, 0, 0.0
    clear_box(bins, BINS)
    for b in range(BINS - 1, 0, -1):
        widen(bins, BINS, bins, b)
        behind += bins[b, 6]
        cost = bins[b, 7] + half_surface(bins, BINS) * behind
        if behind > 0.0 and cost < best:
            best, cut = cost, b
    return best, cut
