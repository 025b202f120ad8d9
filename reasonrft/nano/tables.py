"""tables: what the base sees of counting's and transformation's pictures: things on a table.

What a patch shows is known from the masks of the scene.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from builders.sample import Sample
from builders.scenes.rle import decode
from builders.scenes.stage import Camera
from builders.scenes.tabletop import ROWS, Shot
from builders.tasks.transformation._stage import UNIT
from reasonrft.nano.architecture import PATCH
from reasonrft.nano.sight import MIDDLE, NUMBER, PLACES, SIGN, VALUES, Array, Sight, blank
from reasonrft.pictures import in_rgb

SHOWN: Final = 0.3  # of a patch is a thing's, for the patch to show it
REACH: Final = 4.0  # of the table, in the camera's directions

# In the order of the walk, each with its attributes, its box and its spot on the ground.
Objects = Sequence[Mapping[str, Any]]
# On the ground, as the camera sees it: how far to the right, how far behind.
Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Table:
    """A table's picture and the things in it."""

    sight: Sight
    objects: Objects


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of a table before and after."""

    seen: tuple[Objects, Objects]  # in each picture
    listed: Sequence[Mapping[str, Any]]  # the things that the question lists, seen or not


def see(sample: Sample) -> Table:
    """The picture of a counting sample."""
    scene = json.loads(sample.scene)
    spots = _spots([(one["x"], one["y"]) for one in scene["objects"]], scene["directions"])
    return _table(sample.images[0], scene["objects"], spots)


def see_pair(sample: Sample) -> tuple[Table, Table]:
    """The pictures of a transformation sample, the things of each in the order of its own walk."""
    before, after = (
        _view(image, view)
        for image, view in zip(sample.images, json.loads(sample.scene)["views"], strict=True)
    )
    return before, after


def listed(sample: Sample) -> Sequence[Mapping[str, Any]]:
    """The things that a transformation question lists, with their numbers."""
    objects = json.loads(sample.scene)["objects"]
    return [{"id": one["id"], **{name: one[name] for name in VALUES}} for one in objects]


def _view(image: bytes, view: dict[str, Any]) -> Table:
    shot = Shot(Camera(tuple(view["camera"]["eye"]), tuple(view["camera"]["target"])), ())
    places = [(UNIT * x, UNIT * y) for x, y in (one["position"] for one in view["objects"])]
    spots = _spots(places, shot.directions())
    order = walk(spots)
    return _table(image, [view["objects"][i] for i in order], [spots[i] for i in order])


def _spots(
    places: Sequence[tuple[float, float]], directions: Mapping[str, Sequence[float]]
) -> list[Spot]:
    """Where things are, as the camera with these directions sees it."""
    (bx, by), (rx, ry) = directions["behind"], directions["right"]
    return [(x * rx + y * ry, x * bx + y * by) for x, y in places]


def walk(spots: Sequence[Spot]) -> list[int]:
    """From back to front row by row, in a row from left to right."""
    return sorted(range(len(spots)), key=lambda i: (-math.floor(spots[i][1] / ROWS), spots[i][0]))


def _table(image: bytes, objects: Sequence[dict[str, Any]], spots: Sequence[Spot]) -> Table:
    pixels = np.asarray(in_rgb(image))
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in objects]
    labels, where = _patches(objects, spots, masks, pixels.shape[:2])
    known = [
        {**{name: one[name] for name in (*VALUES, "box")}, "spot": spot}
        for one, spot in zip(objects, spots, strict=True)
    ]
    return Table(Sight(pixels, labels, where), known)


def _patches(
    objects: Sequence[dict[str, Any]],
    spots: Sequence[Spot],
    masks: Sequence[Array],
    shape: tuple[int, ...],
) -> tuple[Array, Array]:
    """The labels of all patches, and where their things are, row by row."""
    labels, where = blank(shape)
    rows, columns = labels.shape[:2]
    labels[..., 0] = labels[..., MIDDLE] = 0
    most = np.full((rows, columns), SHOWN)
    for number, (one, (right, behind), mask) in enumerate(zip(objects, spots, masks, strict=True)):
        whole = mask[: rows * PATCH, : columns * PATCH]
        share = whole.reshape(rows, PATCH, columns, PATCH).mean(axis=(1, 3))
        won = share > most
        most[won] = share[won]
        attributes = (values.index(one[name]) for name, values in VALUES.items())
        labels[won, :SIGN] = [1, *attributes, number, 0]
        x0, y0, x1, y1 = one["box"]
        middle = ((x0 + x1) / shape[1] - 1, (y0 + y1) / shape[0] - 1)
        where[won] = [*middle, right / REACH, behind / REACH]
    for number, one in enumerate(objects):
        own = np.argwhere(labels[..., NUMBER] == number)
        if len(own):
            x0, y0, x1, y1 = one["box"]
            away = (own + 0.5) * PATCH - [(y0 + y1) / 2, (x0 + x1) / 2]
            labels[(*own[np.hypot(*away.T).argmin()], MIDDLE)] = 1
    return labels, where


def mirrored(table: Table) -> Table:
    """The same scene with left and right exchanged; the things in the order of its own walk."""
    sight = table.sight
    width = sight.pixels.shape[1]
    spots = [(-right, behind) for right, behind in (one["spot"] for one in table.objects)]
    order = walk(spots)
    objects = []
    for i in order:
        x0, y0, x1, y1 = table.objects[i]["box"]
        box = [width - x1, y0, width - x0, y1]
        objects.append({**table.objects[i], "box": box, "spot": spots[i]})
    labels = sight.labels[:, ::-1].copy()
    numbers = np.argsort(order)
    shown = labels[..., 0] == 1
    labels[shown, NUMBER] = numbers[labels[shown, NUMBER]]
    signs = np.array([-1, 1, -1, 1], dtype=np.float32)
    assert len(signs) == PLACES
    return Table(Sight(sight.pixels[:, ::-1], labels, sight.where[:, ::-1] * signs), objects)
