"""tabletop: CLEVR's world: coloured things on a table, how they are placed, seen and photographed.

Measures, colours, camera, lamps and their jitter are those of CLEVR's base scene and generator.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from builders.scenes import sight
from builders.scenes.places import fill_spots
from builders.scenes.sight import Clarity, Photo
from builders.scenes.stage import Camera, Lamp, Solid, Stage, Sun
from builders.scenes.vectors import Vector
from builders.scenes.vehicles import mesh
from builders.task import Canvas

SOLIDS: Final = ("cube", "sphere", "cylinder")
# CLEVR takes these bytes for linear light.
COLORS: Final[Mapping[str, Vector]] = MappingProxyType(
    {
        name: (red / 255, green / 255, blue / 255)
        for name, (red, green, blue) in {
            "gray": (87, 87, 87),
            "red": (173, 35, 35),
            "blue": (42, 75, 215),
            "green": (29, 105, 20),
            "brown": (129, 74, 25),
            "purple": (129, 38, 192),
            "cyan": (41, 208, 208),
            "yellow": (255, 238, 51),
        }.items()
    }
)
# CLEVR's CoGenT: what cubes and cylinders wear in training, and where that is swapped; spheres wear anything.
WARM: Final = ("gray", "blue", "brown", "yellow")
COLD: Final = ("red", "green", "purple", "cyan")
PAIRED_COLORS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = MappingProxyType(
    {
        "trained": {"cube": WARM, "cylinder": COLD},
        "swapped": {"cube": COLD, "cylinder": WARM},
    }
)
RADII: Final[Mapping[str, float]] = MappingProxyType({"large": 0.7, "medium": 0.5, "small": 0.35})
# Radius of a vehicle's footprint: Super-CLEVR's vehicles are 1.4 to 2.6 long.
VEHICLE_RADII: Final[Mapping[str, float]] = MappingProxyType({"large": 1.25, "small": 0.7})

# Half its side: where middles may be. CLEVR's 3 has no room for a crowd of large things; much more,
# and the border of the picture would cut many.
TABLE: Final = 3.6
GAP: Final = 0.25  # between two footprints, at least

# CLEVR asks for 200 pixels and no share.
CLEAR: Final = Clarity(pixels=120, share=0.4)
RELATION_MARGIN: Final = 0.3

HOME_EYE: Final = (7.48113, -6.50764, 5.34367)
# The other camera: 41° round on the other side and from higher up (44° in place of 28°).
TURNED_EYE: Final = (7.9, 2.1, 7.9)
CAMERA_JITTER: Final = 0.5
LAMP_JITTER: Final = 1.0
LAMPS: Final = (
    Lamp((6.44671, -2.90517, 4.2584), (5.66570, -2.55321, 3.7425), 0.5, 78.54, (1.0, 0.9323, 0.8167)),
    Lamp((-4.67112, -4.0136, 3.01122), (-3.98974, -3.42813, 2.57197), 0.5, 23.56, (0.7617, 0.8177, 1.0)),
    Lamp((-1.1685, 2.64602, 5.81574), (-0.9886, 2.23865, 4.92037), 1.0, 39.27),
)  # fmt: skip
SUN: Final = Sun((-0.4145, 0.19458, -0.88901), 0.45)


@dataclass(frozen=True, slots=True)
class Look:
    """What a question can say of a thing."""

    shape: str  # one of SOLIDS, or a vehicle's model
    size: str
    color: str
    material: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing in its place."""

    look: Look
    x: float
    y: float
    turn: float  # degrees about the vertical


@dataclass(frozen=True, slots=True)
class Shot:
    """Where the table is seen from and how it is lit."""

    camera: Camera
    lamps: tuple[Lamp, ...]

    def directions(self) -> Mapping[str, tuple[float, float]]:
        """Return unit vectors on the ground, as this camera sees left, right, front and behind."""
        x, y = (
            self.camera.target[0] - self.camera.eye[0],
            self.camera.target[1] - self.camera.eye[1],
        )
        away = (x / math.hypot(x, y), y / math.hypot(x, y))
        right = (away[1], -away[0])
        return {
            "left": (-right[0], -right[1]),
            "right": right,
            "front": (-away[0], -away[1]),
            "behind": away,
        }


def home_shot(rng: Random, near: float = 1.0) -> Shot:
    """Return CLEVR's camera and lamps, jittered as there; the camera at this part of its distance."""
    return _shot(HOME_EYE, rng, near)


def turned_shot(rng: Random, near: float = 1.0) -> Shot:
    """Return the other camera, jittered alike."""
    return _shot(TURNED_EYE, rng, near)


def _shot(eye: Vector, rng: Random, near: float) -> Shot:
    x, y, z = jittered(eye, CAMERA_JITTER, rng)
    camera = Camera((near * x, near * y, near * z))
    return Shot(camera, tuple(moved(lamp, rng) for lamp in LAMPS))


def moved(lamp: Lamp, rng: Random) -> Lamp:
    """Return the lamp moved, still facing as before."""
    eye = jittered(lamp.eye, LAMP_JITTER, rng)
    step = np.subtract(lamp.target, lamp.eye)
    x, y, z = (float(e + s) for e, s in zip(eye, step, strict=True))
    return Lamp(eye, (x, y, z), lamp.side, lamp.power, lamp.color)


def jittered(place: Vector, most: float, rng: Random) -> Vector:
    """Return a place moved along each axis, by so much at most."""
    x, y, z = (c + rng.uniform(-most, most) for c in place)
    return (x, y, z)


AXES: Final = (HOME_EYE[0] / math.hypot(*HOME_EYE[:2]), HOME_EYE[1] / math.hypot(*HOME_EYE[:2]))


def scatter(
    looks: Sequence[Look],
    rng: Random,
    margin: float,
    standing: Sequence[Thing] = (),
    table: float = TABLE,
) -> tuple[Thing, ...] | None:
    """Return what stands there and things in free places, no two in line by less than `margin`.

    None where one finds no place. Large ones are placed first: among small ones they find none.
    """
    coming = sorted(looks, key=radius_of, reverse=True)
    spots = np.array(
        [(one.x, one.y, math.radians(one.turn), *_footprint(one.look)) for one in standing]
        + [(0.0, 0.0, 0.0, *_footprint(look)) for look in coming]
    ).reshape(-1, 6)
    if not fill_spots(spots, len(standing), AXES, table, margin, rng.getrandbits(63)):
        return None
    places = spots[len(standing) :, :3].tolist()
    placed = (
        Thing(look, x, y, math.degrees(turn))
        for look, (x, y, turn) in zip(coming, places, strict=True)
    )
    return (*standing, *placed)


def _footprint(look: Look) -> tuple[float, float, float]:
    """Return half the length and width of what a thing keeps free, and 1 where it is round."""
    length, width = half_sides(look)
    return (length + GAP / 2.0, width + GAP / 2.0, float(look.shape in SOLIDS))


def radius_of(look: Look) -> float:
    """Return the nominal radius of a thing; half a cube's side, as in CLEVR."""
    return (RADII if look.shape in SOLIDS else VEHICLE_RADII)[look.size]


def half_sides(look: Look) -> tuple[float, float]:
    """Return half the length and width of the rectangle that a thing stands on."""
    radius = radius_of(look)
    if look.shape in SOLIDS:
        return (radius, radius)
    length, width, _ = mesh(look.shape).half_extents
    return (radius * length, radius * width)


def stage_of(things: Sequence[Thing], shot: Shot) -> Stage:
    """Return the stage to draw."""
    solids = [
        Solid(
            thing.look.shape,
            radius_of(thing.look),
            COLORS[thing.look.color],
            thing.look.material,
            thing.x,
            thing.y,
            thing.turn,
        )
        for thing in things
    ]
    return Stage(solids, shot.camera, shot.lamps, SUN)


def unclear(things: Sequence[Thing], shot: Shot) -> frozenset[int]:
    """Return which things are not clear to see."""
    return sight.unclear(stage_of(things, shot), CLEAR)


def photograph(things: Sequence[Thing], shot: Shot, canvas: Canvas) -> Photo:
    """Return the picture of the things; of each look, place, visibility, box and mask."""
    told = [
        {
            **asdict(thing.look),
            "x": round(thing.x, 4),
            "y": round(thing.y, 4),
            "turn": round(thing.turn, 2),
        }
        for thing in things
    ]
    return sight.photograph(stage_of(things, shot), told, canvas)


ROWS: Final = 1.5  # of depth are one row of a walk


def in_reading_order(things: Sequence[Thing], shot: Shot) -> tuple[Thing, ...]:
    """Return the things row by row from the back to the front, each row from left to right."""
    directions = shot.directions()

    def place(thing: Thing) -> tuple[int, float]:
        (bx, by), (rx, ry) = directions["behind"], directions["right"]
        behind = thing.x * bx + thing.y * by
        return (-math.floor(behind / ROWS), thing.x * rx + thing.y * ry)

    return tuple(sorted(things, key=place))


def shot_to_json(shot: Shot) -> dict[str, Any]:
    """Return camera and lamps as a scene's JSON has them."""
    return {
        "camera": {"eye": _rounded(shot.camera.eye), "target": list(shot.camera.target)},
        "lights": [{"eye": _rounded(lamp.eye), "power": lamp.power} for lamp in shot.lamps],
    }


def _rounded(place: Vector) -> list[float]:
    return [round(c, 4) for c in place]
