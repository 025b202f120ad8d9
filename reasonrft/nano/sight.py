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
from PIL import Image

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
SHOWN: Final = 0.3  # of a patch is a thing's, for the patch to show it
UNKNOWN: Final = -100  # what cross entropy passes over
# As the image processor normalizes: OpenAI's CLIP.
MEAN: Final = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
SPREAD: Final = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture and what is in it."""

    pixels: Array  # height × width × 3, bytes
    labels: Array  # rows × columns of patches × (thing or none, and its attributes), as classes
    offsets: Array  # from each patch's middle to that of its thing's box, in patches
    objects: Sequence[dict[str, Any]]  # in the order of the walk
    ranks: Sequence[tuple[int, float]]  # of the objects: row of the walk, and how far to the right


def see(sample: Sample) -> Sight:
    """The picture of a sample whose scene has masks."""
    scene = json.loads(sample.scene)
    pixels = np.asarray(Image.open(io.BytesIO(sample.images[0])).convert("RGB"))
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in scene["objects"]]
    labels, offsets = _patches(scene["objects"], masks, pixels.shape[:2])
    objects = [{name: one[name] for name in (*VALUES, "box")} for one in scene["objects"]]
    return Sight(pixels, labels, offsets, objects, _ranks(scene))


def _patches(
    objects: Sequence[dict[str, Any]], masks: Sequence[Array], shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """The labels and offsets of all patches, row by row."""
    rows, columns = shape[0] // PATCH, shape[1] // PATCH
    labels = np.full((rows, columns, 1 + len(VALUES)), UNKNOWN, dtype=np.int64)
    labels[..., 0] = 0
    offsets = np.zeros((rows, columns, 2), dtype=np.float32)
    most = np.full((rows, columns), SHOWN)
    across, down = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    for one, mask in zip(objects, masks, strict=True):
        whole = mask[: rows * PATCH, : columns * PATCH]
        share = whole.reshape(rows, PATCH, columns, PATCH).mean(axis=(1, 3))
        won = share > most
        most[won] = share[won]
        labels[won] = [1, *(values.index(one[name]) for name, values in VALUES.items())]
        left, top, right, bottom = one["box"]
        offsets[won, 0] = ((left + right) / 2 / PATCH - across)[won]
        offsets[won, 1] = ((top + bottom) / 2 / PATCH - down)[won]
    return labels, offsets


def _ranks(scene: dict[str, Any]) -> list[tuple[int, float]]:
    """The row of the walk that each thing is in, counted along the stored order, and its place across."""
    (bx, by), (rx, ry) = scene["directions"]["behind"], scene["directions"]["right"]
    across = [one["x"] * rx + one["y"] * ry for one in scene["objects"]]
    depth = [-math.floor((one["x"] * bx + one["y"] * by) / ROWS) for one in scene["objects"]]
    return list(zip(depth, across, strict=True))


def mirrored(sight: Sight) -> Sight:
    """The same scene with left and right exchanged; the things in the order of its own walk."""
    width = sight.pixels.shape[1]
    order = sorted(range(len(sight.objects)), key=lambda i: (sight.ranks[i][0], -sight.ranks[i][1]))
    objects = []
    for i in order:
        left, top, right, bottom = sight.objects[i]["box"]
        objects.append({**sight.objects[i], "box": [width - right, top, width - left, bottom]})
    return Sight(
        sight.pixels[:, ::-1],
        sight.labels[:, ::-1],
        sight.offsets[:, ::-1] * np.array([-1, 1], dtype=np.float32),
        objects,
        [(sight.ranks[i][0], -sight.ranks[i][1]) for i in order],
    )


def patches_of(pixels: Array) -> Array:
    """Pictures of one size (n × height × width × 3) as the vision tower takes them: (patches, values)."""
    n, height, width, _ = pixels.shape
    scaled = (pixels.astype(np.float32) / 255 - MEAN) / SPREAD
    parts = scaled.reshape(n, height // CELL, MERGE, PATCH, width // CELL, MERGE, PATCH, 3)
    # Cell by cell, in a cell patch by patch; in a patch colour by colour.
    return parts.transpose(0, 1, 4, 2, 5, 7, 3, 6).reshape(-1, 3 * PATCH * PATCH)


def in_cells(grid: Array) -> Array:
    """What is known of each patch (n × rows × columns × …) in the order of `patches_of`."""
    n, rows, columns, *inner = grid.shape
    parts = grid.reshape(n, rows // MERGE, MERGE, columns // MERGE, MERGE, *inner)
    return parts.swapaxes(2, 3).reshape(-1, *inner)
