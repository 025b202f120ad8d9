"""vehicle_trees: all vehicles as the arrays that the kernels read, made once."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from builders.scenes.meshes import triangle_rows
from builders.scenes.packed import MATERIALS
from builders.scenes.trees import tree_over
from builders.scenes.vectors import Floats, Ints
from builders.scenes.vehicles import FINISHES, SUPER_CLASSES, mesh


class Triangles(NamedTuple):
    """The meshes of the vehicles, one after the other, each around its own middle."""

    nodes: Floats
    triangles: Floats
    finish: Ints
    finishes: Floats
    roots: Mapping[str, int]  # first node by name
    heights: Mapping[str, float]  # half the height by name, in model units


NO_VEHICLES = Triangles(
    np.zeros((1, 8)), np.zeros((1, 21)), np.zeros(1, np.int64), np.zeros((1, 4)), {}, {}
)


@cache
def all_vehicles() -> Triangles:
    """Return the triangles of every vehicle."""
    # One table for all scenes: those of the vehicles of each scene would fill the memory.
    roots, heights = {}, {}
    nodes: list[Floats] = []
    rows: list[Floats] = []
    finish: list[Ints] = []
    for name in (name for names in SUPER_CLASSES.values() for name in names):
        model = mesh(name)
        corners = model.vertices[model.faces] - (0.0, 0.0, model.half_extents[2])
        tree = tree_over(corners)
        roots[name], heights[name] = sum(map(len, nodes)), model.half_extents[2]
        is_leaf = tree.nodes[:, 7] > 0
        tree.nodes[:, 6] += np.where(is_leaf, sum(map(len, rows)), roots[name])
        nodes.append(tree.nodes)
        rows.append(triangle_rows(corners[tree.order], model.normals[tree.order]))
        finish.append(model.finish[tree.order].astype(np.int64))
    finishes = np.array([(*f.color, MATERIALS[f.material]) for f in FINISHES], dtype=float)
    return Triangles(
        np.concatenate(nodes),
        np.concatenate(rows),
        np.concatenate(finish),
        finishes,
        roots,
        heights,
    )
