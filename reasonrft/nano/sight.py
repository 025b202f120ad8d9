"""sight: pictures as the model takes them, and what each patch of them shows.

A vision tower that first learns to name what each patch shows learns to see in a tenth of the time that it takes
from descriptions alone.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from builders.scenes.tabletop import COLORS, RADII, SOLIDS
from builders.task import Canvas
from evaluators.world import LOOKS
from reasonrft.nano.architecture import CELL, MERGE, PATCH

Array = np.ndarray[Any, Any]

SIZE: Final = Canvas(128, 96)  # of what is learned from: that of the level easy

VALUES: Final[dict[str, tuple[str, ...]]] = {
    "color": tuple(COLORS),
    "shape": SOLIDS,
    "size": tuple(RADII),
    "material": LOOKS["material"],
}
SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZx?√°+−()/π"
# Of a patch of a table: a thing or none; its attributes; its number in the walk; whether it is the thing's patch
# that is nearest to its middle, by which it is one thing and not several. Of a patch of a figure: the signs that
# are written on it, from left to right, 0 for none.
LABELS: Final = {
    "there": 2,
    **{name: len(values) for name, values in VALUES.items()},
    "number": 12,
    "middle": 2,
    "sign": len(SIGNS) + 1,
    "second sign": len(SIGNS) + 1,
}
NUMBER, MIDDLE, SIGN = (list(LABELS).index(name) for name in ("number", "middle", "sign"))
UNKNOWN: Final = -100  # what cross entropy passes over
PLACES: Final = 4  # numbers that say where something is
# As the image processor normalizes: OpenAI's CLIP.
MEAN: Final = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
SPREAD: Final = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture and what its patches show."""

    pixels: Array  # height × width × 3, bytes
    labels: Array  # rows × columns of patches × `LABELS`, as classes
    # Of each patch on a thing, where that is: the middle of its box on the picture, and on the ground how far to
    # the right and how far behind. Of each patch of a figure, where it is itself on the picture. Each from about
    # −1 to 1; what nobody knows is not a number.
    where: Array


def blank(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Labels and places of a picture's patches of which nothing is known."""
    rows, columns = shape[0] // PATCH, shape[1] // PATCH
    labels = np.full((rows, columns, len(LABELS)), UNKNOWN, dtype=np.int64)
    return labels, np.full((rows, columns, PLACES), np.nan, dtype=np.float32)


def cell_of(x: float, y: float) -> tuple[int, int]:
    """The cell of the picture in which a pixel lies: column and row from 1."""
    return int(x) // CELL + 1, int(y) // CELL + 1


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
