"""stage: what a picture shows: solids, camera, lamps; and the arrays made of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from builders.scenes import packed
from builders.scenes.packed import MATERIALS, Packed
from builders.scenes.vectors import Floats, Vector
from builders.scenes.vehicle_trees import NO_VEHICLES, all_vehicles

# Rounded edges in model units (half a side). CLEVR's cube and cylinder have a bevel of this size.
EDGES = {"cube": 0.1, "cylinder": 0.06}
DEEPER = 1.6  # power that a metal vehicle's colour is raised to


@dataclass(frozen=True, slots=True)
class Solid:
    """A thing that stands on the ground."""

    shape: str  # sphere, cube, cylinder or a vehicle's name
    size: float  # radius; of a cube half its side; of a vehicle the radius of its footprint
    color: Vector  # linear RGB
    material: str
    x: float
    y: float
    turn: float = 0.0  # degrees about the vertical


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole that looks at a point, upright."""

    eye: Vector
    target: Vector = (0.0, 0.0, 0.0)
    width: float = 32.0 / 35.0  # of the picture at distance 1: a 35 mm lens before a 32 mm sensor

    def axes(self) -> Floats:
        """Return the rows right, up, back."""
        back = np.subtract(self.eye, self.target)
        back = back / np.linalg.norm(back)
        # Straight down or up, the picture's upper edge is north.
        upwards = (0.0, 0.0, 1.0) if abs(back[2]) < 1.0 - 1e-9 else (0.0, 1.0, 0.0)
        right = np.cross(upwards, back)
        right = right / np.linalg.norm(right)
        return np.array([right, np.cross(back, right), back])


@dataclass(frozen=True, slots=True)
class Lamp:
    """A square that shines on one side."""

    eye: Vector  # its middle
    target: Vector
    side: float
    power: float  # watts
    color: Vector = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Sun:
    """Parallel light."""

    towards: Vector  # the direction it shines in
    strength: float
    radius: float = 0.05  # radians


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a picture shows."""

    solids: Sequence[Solid]
    camera: Camera
    lamps: Sequence[Lamp]
    sun: Sun
    # A patch of light on the studio's far wall: direction on the ground, brightness there and
    # elsewhere. Read off Blender's picture of CLEVR's own studio.
    backdrop: tuple[float, float, float, float] = (-0.66, 0.58, 0.14, 0.012)
    # A square drawn on the ground around its middle: half its side, half the width of its line.
    square: tuple[float, float] = (0.0, 0.0)


def pack(stage: Stage) -> Packed:
    """Return the arrays of a stage; the light of one bounce is still dark."""
    solids = stage.solids
    shapes = [solid.shape for solid in solids]
    vehicles = NO_VEHICLES if KINDS.keys() >= set(shapes) else all_vehicles()
    rows = [_row(solid, vehicles.heights.get(solid.shape, 1.0)) for solid in solids]
    turns = [math.radians(solid.turn) for solid in solids]
    return Packed(
        kind=np.array([KINDS.get(shape, packed.MESH) for shape in shapes], dtype=np.int64),
        centre=np.array([row[:3] for row in rows]).reshape(-1, 3),
        reach=np.array([row[3] for row in rows]),
        scale=np.array([solid.size for solid in solids], dtype=float),
        turn=np.array([(math.cos(t), math.sin(t)) for t in turns]).reshape(-1, 2),
        edge=np.array([EDGES.get(shape, 0.0) for shape in shapes], dtype=float),
        color=np.array([worn_color(solid) for solid in solids], dtype=float).reshape(-1, 3),
        material=np.array([MATERIALS[solid.material] for solid in solids], dtype=np.int64),
        root=np.array([vehicles.roots.get(shape, 0) for shape in shapes], dtype=np.int64),
        bounce=np.zeros((len(solids), 6, 3)),
        nodes=vehicles.nodes,
        triangles=vehicles.triangles,
        finish=vehicles.finish,
        finishes=vehicles.finishes,
        lamps=np.array([*map(_lamp_row, stage.lamps), _sun_row(stage.sun)]),
        backdrop=np.array(stage.backdrop),
        square=np.array(stage.square),
    )


KINDS = {"sphere": packed.SPHERE, "cube": packed.BOX, "cylinder": packed.CYLINDER}
# Radius of the bounding sphere around a solid's middle, in model units.
REACHES = {"sphere": 1.0, "cube": math.sqrt(3.0), "cylinder": math.sqrt(2.0)}


def _row(solid: Solid, height: float) -> tuple[float, float, float, float]:
    """Return middle and reach; `height` is half of a vehicle's, in model units."""
    reach = REACHES.get(solid.shape, math.hypot(1.0, height))
    return (solid.x, solid.y, solid.size * height, solid.size * reach)


def worn_color(solid: Solid) -> Vector:
    """Return the colour that the kernels give a solid: of a metal vehicle a deeper one.

    The lit ground mirrored in a flat side of metal is about as bright as rubber of that colour, and
    a vehicle, unlike a ball, has few spots that mirror a lamp. Metal that reflects less of
    everything leaves its highlights to stand out.
    """
    if solid.shape in KINDS or solid.material != "metal":
        return solid.color
    red, green, blue = solid.color
    return (red**DEEPER, green**DEEPER, blue**DEEPER)


def _lamp_row(lamp: Lamp) -> list[float]:
    right, up, back = Camera(lamp.eye, lamp.target).axes()
    # Blender's area lamps: radiance · area = power / π, and the mean cosine of a square is 1/π too.
    strength = np.array(lamp.color) * lamp.power / math.pi
    radius = lamp.side / math.sqrt(2.0)
    numbers = [lamp.eye, right * lamp.side, up * lamp.side, -back]
    return [*np.concatenate(numbers), 0.0, radius, lamp.side**2, *strength]


def _sun_row(sun: Sun) -> list[float]:
    right, up, back = Camera((0.0, 0.0, 0.0), sun.towards).axes()
    numbers = [back, right, up, -back]
    return [*np.concatenate(numbers), 1.0, sun.radius, 1.0, *([sun.strength] * 3)]
