"""packed: a scene as the arrays that the kernels read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from builders.scenes.vectors import Floats, Ints

# Kinds of solid.
SPHERE, BOX, CYLINDER, MESH = range(4)
# Materials. GLOSS is a dielectric coat over a diffuse base: car paint, dark windows.
RUBBER, METAL, GLASS, GLOSS = range(4)
MATERIALS = {"rubber": RUBBER, "metal": METAL, "glass": GLASS, "gloss": GLOSS}
# What a ray met when it met no object.
NOTHING, GROUND = -1, -2

# Columns of a lamp's row. A lamp is a square that shines on one side, or the sun: a disc far away,
# whose centre is a direction and whose radius is an angle.
CENTRE, RIGHT, UP, FACING, IS_SUN, RADIUS, AREA, STRENGTH = 0, 3, 6, 9, 12, 13, 14, 15

FAR = 1e30  # further than anything
EDGE_EPSILON = 1e-4  # a hit nearer than this is the surface that the ray starts on


class Packed(NamedTuple):
    """n objects, the triangles of their meshes, the lights."""

    kind: Ints  # (n,)
    centre: Floats  # (n, 3) middle of the bounding sphere
    reach: Floats  # (n,) its radius
    scale: Floats  # (n,) world units of one model unit
    turn: Floats  # (n, 2) cosine and sine of the turn about the vertical
    edge: Floats  # (n,) radius of the rounded edges, in model units
    color: Floats  # (n, 3) linear RGB
    material: Ints  # (n,)
    root: Ints  # (n,) a mesh's first node
    bounce: Floats  # (n, 6, 3) light that comes from +x −x +y −y +z −z, after one bounce
    nodes: Floats  # (N, 8) bounds, first child or first triangle, number of triangles
    triangles: Floats  # (T, 21) as `meshes.triangle_rows` has it
    finish: Ints  # (T,) 0: the object's own colour and material; else a row of `finishes`
    finishes: Floats  # (F, 4) linear RGB, material
    lamps: Floats  # (L, 18) columns as named above: lamps, then the sun
    backdrop: Floats  # (4,) direction on the ground, brightness there, brightness elsewhere
    square: Floats  # (2,) half the side of the ground's square, half the width of its line or 0


CHILDREN = 4  # of a box in a mesh's tree: half as many steps down as with two
STACK = 128  # three boxes wait on each level of a tree, and no tree has forty


class Sought(NamedTuple):
    """What a ray shall meet."""

    limit: float  # only what is nearer than this
    is_any: bool  # any triangle of a mesh will do (for a shadow), not the nearest only


class Scratch(NamedTuple):
    """Working memory of one thread."""

    stack: Ints  # (STACK, 2) what of a mesh is still to visit: last two columns of its nodes
    near: Ints  # objects that may stand between a point and a lamp
    rays: Floats  # (RAYS, 11) beams still to follow, as `follow.push` writes them
    shades: NDArray[np.int16]  # (lists, L, 1 + n) as `shade.list_shades` writes them
