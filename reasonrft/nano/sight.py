"""sight: pictures as the model takes them, and what each patch of them shows.

What a patch shows is known from the masks of a scene. A vision tower that first learns to name that
learns to see in a tenth of the time that it takes from descriptions alone.
"""

import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from builders.sample import Sample
from builders.scenes.rle import decode
from builders.scenes.tabletop import COLORS, ROWS, SOLIDS
from reasonrft.nano.architecture import CELL, MERGE, PATCH

Array = np.ndarray[Any, Any]

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "color": tuple(COLORS),
    "shape": SOLIDS,
    "size": ("large", "small"),
    "material": ("rubber", "metal"),
}
# Of a patch: a thing or none; its attributes; its number in the walk; whether it is the thing's patch that
# is nearest to its middle, by which it is one thing and not several.
LABELS: Final = {
    "there": 2,
    **{name: len(values) for name, values in VALUES.items()},
    "number": 12,
    "middle": 2,
}
NUMBER, MIDDLE = len(LABELS) - 2, len(LABELS) - 1  # their columns
SHOWN: Final = 0.3  # of a patch is a thing's, for the patch to show it
REACH: Final = 4.0  # of the table, in the camera's directions
UNKNOWN: Final = -100  # what cross entropy passes over
# As the image processor normalizes: OpenAI's CLIP.
MEAN: Final = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
SPREAD: Final = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture and what is in it."""

    pixels: Array  # height × width × 3, bytes
    labels: Array  # rows × columns of patches × `LABELS`, as classes
    # Of each patch, where its thing is: the middle of its box on the picture, and on the ground how far
    # to the right and how far behind; each from about −1 to 1.
    where: Array
    # In the order of the walk, each with its attributes, its box, and its `spot` on the ground: how far to
    # the right and how far behind, as the camera sees it.
    objects: Sequence[dict[str, Any]]


def see(sample: Sample) -> Sight:
    """The picture of a sample whose scene has masks."""
    scene = json.loads(sample.scene)
    pixels = np.asarray(Image.open(io.BytesIO(sample.images[0])).convert("RGB"))
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in scene["objects"]]
    spots = _spots(scene)
    labels, where = _patches(scene["objects"], spots, masks, pixels.shape[:2])
    objects = [
        {**{name: one[name] for name in (*VALUES, "box")}, "spot": spot}
        for one, spot in zip(scene["objects"], spots, strict=True)
    ]
    return Sight(pixels, labels, where, objects)


def _patches(
    objects: Sequence[dict[str, Any]],
    spots: Sequence[tuple[float, float]],
    masks: Sequence[Array],
    shape: tuple[int, ...],
) -> tuple[Array, Array]:
    """The labels of all patches, and where their things are, row by row."""
    rows, columns = shape[0] // PATCH, shape[1] // PATCH
    labels = np.full((rows, columns, len(LABELS)), UNKNOWN, dtype=np.int64)
    labels[..., 0] = labels[..., MIDDLE] = 0
    where = np.zeros((rows, columns, 4), dtype=np.float32)
    most = np.full((rows, columns), SHOWN)
    for number, (one, (right, behind), mask) in enumerate(zip(objects, spots, masks, strict=True)):
        whole = mask[: rows * PATCH, : columns * PATCH]
        share = whole.reshape(rows, PATCH, columns, PATCH).mean(axis=(1, 3))
        won = share > most
        most[won] = share[won]
        attributes = (values.index(one[name]) for name, values in VALUES.items())
        labels[won] = [1, *attributes, number, 0]
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


def _spots(scene: dict[str, Any]) -> list[tuple[float, float]]:
    """How far to the right each thing stands, and how far behind, as the camera sees it."""
    (bx, by), (rx, ry) = scene["directions"]["behind"], scene["directions"]["right"]
    return [
        (one["x"] * rx + one["y"] * ry, one["x"] * bx + one["y"] * by) for one in scene["objects"]
    ]


def mirrored(sight: Sight) -> Sight:
    """The same scene with left and right exchanged; the things in the order of its own walk."""
    width = sight.pixels.shape[1]
    spots = [(-right, behind) for right, behind in (one["spot"] for one in sight.objects)]
    order = sorted(range(len(spots)), key=lambda i: (-math.floor(spots[i][1] / ROWS), spots[i][0]))
    objects = []
    for i in order:
        x0, y0, x1, y1 = sight.objects[i]["box"]
        box = [width - x1, y0, width - x0, y1]
        objects.append({**sight.objects[i], "box": box, "spot": spots[i]})
    labels = sight.labels[:, ::-1].copy()
    numbers = np.argsort(order)
    shown = labels[..., NUMBER] != UNKNOWN
    labels[shown, NUMBER] = numbers[labels[shown, NUMBER]]
    return Sight(
        sight.pixels[:, ::-1],
        labels,
        sight.where[:, ::-1] * np.array([-1, 1, -1, 1], dtype=np.float32),
        objects,
    )


def patches_of(pixels: Tensor) -> Tensor:
    """Pictures of one size (n × height × width × 3) as the vision tower takes them: (n, patches, values)."""
    n, height, width, _ = pixels.shape
    mean, spread = (torch.from_numpy(values).to(pixels.device) for values in (MEAN, SPREAD))
    scaled = (pixels.float() / 255 - mean) / spread
    parts = scaled.reshape(n, height // CELL, MERGE, PATCH, width // CELL, MERGE, PATCH, 3)
    # Cell by cell, in a cell patch by patch; in a patch colour by colour.
    return parts.permute(0, 1, 4, 2, 5, 7, 3, 6).flatten(5).flatten(1, 4)


def in_cells(grid: Array) -> Array:
    """What is known of each patch (n × rows × columns × …) in the order of `patches_of`."""
    n, rows, columns, *inner = grid.shape
    parts = grid.reshape(n, rows // MERGE, MERGE, columns // MERGE, MERGE, *inner)
    return parts.swapaxes(2, 3).reshape(-1, *inner)
