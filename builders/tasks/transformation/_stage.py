"""_stage: how the edit world looks: TRANCE's cameras and lamps over things that stand on the grid.

A grid unit is 0.15 of CLEVR's lengths. A cube is measured over its corners: the circle that TRANCE
keeps free around a thing holds it however it is turned.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any, Final, Literal

from PIL import Image

from builders.scenes import sight
from builders.scenes.sight import Clarity
from builders.scenes.stage import Camera, Lamp, Solid, Stage
from builders.scenes.tabletop import (
    CAMERA_JITTER,
    COLORS,
    LAMPS,
    SUN,
    Shot,
    jittered,
    moved,
    shot_to_json,
)
from builders.scenes.vectors import Vector
from builders.task import Canvas
from builders.tasks.transformation._comparison import place_of
from evaluators.world import LOOKS, RADIUS, VISIBLE, Scene, is_out_of_sight

View = Literal["center", "left", "right"]

UNIT: Final = 0.15
EYES: Final[Mapping[View, Vector]] = MappingProxyType(
    {
        "center": (9.4811, 0.0, 6.3437),
        "left": (7.4811, -6.5076, 6.3437),
        "right": (7.4811, 6.5076, 6.3437),
    }
)
RAISED: Final = 2.0  # the fill lamp hangs so much higher than CLEVR's
# The bright part of the studio's far wall lies behind the things for the camera in the middle, so that
# its edges, a quarter turn to both sides, are in no picture.
BACKDROP: Final = (-1.0, 0.0, 0.14, 0.012)
LINE: Final = 0.06  # half the width of the line around the visible area, on 320 pixels or more
LINE_PIXELS: Final = 320


@dataclass(frozen=True, slots=True)
class Studio:
    """Things by their ids, how each is turned, and the shots that are taken of them."""

    turns: tuple[float, ...]  # degrees about the vertical
    shots: Mapping[View, Shot]


def set_up(things: int, rng: Random, near: float) -> Studio:
    """A studio with TRANCE's jitter; lamps are the same for all its cameras."""
    _, fill, _ = LAMPS
    (x, y, z), (a, b, c) = fill.eye, fill.target
    raised = Lamp((x, y, z + RAISED), (a, b, c + RAISED), fill.side, fill.power, fill.color)
    lamps = tuple(moved(lamp, rng) for lamp in (LAMPS[0], raised, LAMPS[2]))
    shots: dict[View, Shot] = {}
    for view, eye in EYES.items():
        x, y, z = jittered(eye, CAMERA_JITTER, rng)
        shots[view] = Shot(Camera((near * x, near * y, near * z)), lamps)
    return Studio(tuple(rng.uniform(0.0, 360.0) for _ in range(things)), shots)


def in_sight(scene: Scene) -> list[int]:
    """The ids of the things that a picture of the scene shows."""
    return [i for i, thing in enumerate(scene) if not is_out_of_sight(place_of(thing))]


def stage_of(scene: Scene, studio: Studio, view: View, line: float = LINE) -> Stage:
    """The stage to draw: what is in sight, within the outline of the visible area."""
    solids = []
    for i in in_sight(scene):
        thing = scene[i]
        x, y = place_of(thing)
        radius = UNIT * RADIUS[thing.size]
        size = radius / math.sqrt(2.0) if thing.shape == "cube" else radius
        look = (COLORS[thing.color], thing.material)
        solids.append(Solid(thing.shape, size, *look, UNIT * x, UNIT * y, studio.turns[i]))
    shot = studio.shots[view]
    return Stage(solids, shot.camera, shot.lamps, SUN, BACKDROP, (UNIT * VISIBLE, line))


def unclear(
    scene: Scene, studio: Studio, view: View, least: Clarity, canvas: Canvas
) -> frozenset[int]:
    """The ids of things in sight that are not clear to see in a view."""
    ids = in_sight(scene)
    return frozenset(ids[i] for i in sight.unclear(stage_of(scene, studio, view), least, canvas))


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, and the view of the scene's JSON that goes with it."""

    image: Image.Image
    view: dict[str, Any]


def photograph(scene: Scene, studio: Studio, view: View, canvas: Canvas) -> Photo:
    """The picture of a scene; its objects are those in sight."""
    # On small pictures a line that thin would break up.
    line = LINE * max(1.0, LINE_PIXELS / canvas.width)
    stage = stage_of(scene, studio, view, line)
    told = view_to_json(scene, studio, view)
    photo = sight.photograph(stage, told["objects"], canvas)
    return Photo(photo.image, {**told, "objects": photo.objects})


def view_to_json(scene: Scene, studio: Studio, view: View) -> dict[str, Any]:
    """What a picture of the scene shows, as a scene's JSON has it, but for the masks."""
    return {
        "view": view,
        **shot_to_json(studio.shots[view]),
        "objects": [
            {**thing_to_json(number, scene), "turn": round(studio.turns[number], 2)}
            for number in in_sight(scene)
        ],
    }


def thing_to_json(number: int, scene: Scene) -> dict[str, Any]:
    """A thing with its id, its four attributes and its place on the grid."""
    thing = scene[number]
    looks = {look: getattr(thing, look) for look in LOOKS}
    return {"id": number, **looks, "position": list(place_of(thing))}
