"""vehicle_trees: the vehicles of a scene as the arrays that the kernels read, made once."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from builders.scenes.meshes import Tree, tree_over
from builders.scenes.packed import MATERIALS
from builders.scenes.vectors import Floats, Ints


class Triangles(NamedTuple):
    """The meshes of some vehicles, one after the other, each around its own middle."""

    nodes: Floats
    triangles: Floats
    finish: Ints
    finishes: Floats
    roots: Mapping[str, int]  # first node by name
    heights: Mapping[str, float]  # half the height by name, in model units


NO_VEHICLES = Triangles(
    np.zeros((1, 9)), np.zeros((1, 18)), np.zeros(1, np.int64), np.zeros((1, 4)), {}, {}
)


@cache
def triangles_of(names: tuple[str, ...]) -> Triangles:
    """Return the triangles of the vehicles of these names."""
    if not names:
        return NO_VEHICLES
    from builders.scenes.vehicles import FINISHES, mesh

    roots, heights = {}, {}
    nodes: list[Floats] = []
    rows: list[Floats] = []
    finish: list[Ints] = []
    for name in names:
        tree, corners, normals, order = _tree_of(name)
        first_node, first_row = sum(map(len, nodes)), sum(map(len, rows))
        roots[name], heights[name] = first_node, mesh(name).half_extents[2]
        shifted = tree.nodes.copy()
        leaf = shifted[:, 7] > 0
        shifted[leaf, 6] += first_row
        shifted[~leaf, 6] += first_node
        nodes.append(shifted)
        rows.append(_rows(corners, normals))
        finish.append(mesh(name).finish[order].astype(np.int64))
    finishes = np.array([(*f.color, MATERIALS[f.material]) for f in FINISHES], dtype=float)
    return Triangles(
        np.concatenate(nodes),
        np.concatenate(rows),
        np.concatenate(finish),
        finishes,
        roots,
        heights,
    )


@cache
def _tree_of(name: str) -> tuple[Tree, Floats, Floats, Ints]:
    """Return a vehicle's tree, and the corners and normals of its triangles in the tree's order."""
    from builders.scenes.vehicles import mesh

    model = mesh(name)
    corners = model.vertices[model.faces] - (0.0, 0.0, model.half_extents[2])
    tree = tree_over(corners)
    return tree, corners[tree.order], model.normals[tree.order], tree.order


def _rows(corners: Floats, normals: Floats) -> Floats:
    a = corners[:, 0]
    sides = [corners[:, 1] - a, corners[:, 2] - a]
    return np.concatenate([a, *sides, normals.reshape(-1, 9)], axis=1)
