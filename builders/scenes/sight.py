"""sight: which things of a stage are clear to see, and its picture with where each of them is on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from builders.scenes.render import Cover, Ids, cover, render
from builders.scenes.rle import encode
from builders.scenes.stage import Stage
from builders.task import Canvas

MEASURED: Final = Canvas(320, 240)  # visibility is decided here, whatever size the picture has
COARSE: Final = Canvas(160, 120)  # for a first look, in a third of the time


@dataclass(frozen=True, slots=True)
class Clarity:
    """What must be seen of a thing, at least."""

    pixels: int  # of a 320 × 240 picture
    share: float  # of what would be seen were the thing alone


def unclear(stage: Stage, least: Clarity, canvas: Canvas = MEASURED) -> frozenset[int]:
    """Return which things show too few pixels or too little of themselves, or are cut by the border."""
    seen = cover(stage, canvas.width, canvas.height)
    pixels = counted(seen.ids, len(stage.solids))
    fewest = least.pixels * (canvas.width / MEASURED.width) ** 2
    hidden = np.flatnonzero((pixels < fewest) | (pixels < least.share * seen.alone))
    rim = np.concatenate([seen.ids[0], seen.ids[-1], seen.ids[:, 0], seen.ids[:, -1]])
    return frozenset(hidden.tolist()) | frozenset(rim[rim >= 0].tolist())


def counted(ids: Ids, n: int) -> NDArray[np.int64]:
    """Return the pixels of each of n things."""
    return np.bincount(ids.ravel().astype(np.int64) + 1, minlength=n + 1)[1:]


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a stage, and its things as a scene's JSON has them."""

    image: Image.Image
    objects: list[dict[str, Any]]


def photograph(stage: Stage, told: Sequence[Mapping[str, Any]], canvas: Canvas) -> Photo:
    """Return the picture of a stage; to what is told of each thing comes what is seen of it."""
    picture = render(stage, canvas.width, canvas.height)
    seen = _shown(cover(stage, canvas.width, canvas.height))
    objects = [{**one, **shown} for one, shown in zip(told, seen, strict=True)]
    return Photo(Image.fromarray(picture.pixels), objects)


def _shown(seen: Cover) -> list[dict[str, Any]]:
    """Return of each thing what a scene's JSON has of it: how much is visible, box and mask."""
    pixels = counted(seen.ids, len(seen.alone))
    return [
        {
            "pixels": int(pixels[i]),
            "visible": round(float(pixels[i] / max(seen.alone[i], 1)), 3),
            **_outline(seen.ids == i),
        }
        for i in range(len(seen.alone))
    ]


def _outline(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the box (left, top, right, bottom; the last two outside) and the mask of an object."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    box = [0, 0, 0, 0]
    if len(columns):
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {"box": box, "mask": {"size": list(mask.shape), "counts": encode(mask)}}
