"""sheet: where a drawing's points come to lie in a picture, and how large letters are there."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from builders.scenes.figures.drawing import Drawing
from builders.scenes.figures.looks import Look

Floats = NDArray[np.float64]


def _fonts() -> Path:
    """The folder of matplotlib's fonts: free ones, on every machine."""
    # Not imported: that takes a third of a second, and leaves a folder in the user's home.
    spec = find_spec("matplotlib")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


FONTS: Final = _fonts()
SMALLEST_LETTER: Final = 9  # pixels: what can still be read
TIGHT: Final = 11  # pixels: letters as small and smaller are written without spaces
ARC_STEP: Final = 7.5  # degrees of a circle drawn as one straight piece


@lru_cache(maxsize=256)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font in a size."""
    return ImageFont.truetype(FONTS / name, size)


@lru_cache(maxsize=8192)
def extent(text: str, name: str, size: int) -> tuple[float, float]:
    """Width and height of a text's ink."""
    left, top, right, bottom = font(name, size).getbbox(text, anchor="mm")
    return right - left, bottom - top


@dataclass(frozen=True)
class Sheet:
    """A picture's measures, and the points in it."""

    drawing: Drawing
    look: Look
    width: int
    height: int
    margin: float  # around the figure, in heights of a letter

    @property
    def short(self) -> int:
        """The shorter side."""
        return min(self.width, self.height)

    @property
    def unit(self) -> float:
        """What a pixel is meant to be: itself in pictures of this side and smaller."""
        return max(1.0, self.short / 240)

    @cached_property
    def letter(self) -> int:
        """How high letters are, in pixels."""
        return max(SMALLEST_LETTER, round(self.look.letter * self.short))

    @cached_property
    def _placed(self) -> tuple[dict[str, Floats], float]:
        turn = math.radians(self.look.tilt)
        cos, sin = math.cos(turn), math.sin(turn)
        drawing = self.drawing
        at = {
            name: np.array((x * cos - y * sin, -(x * sin + y * cos)))
            for name, (x, y) in drawing.plane.points.items()
        }
        outline = list(at.values())
        for centre, radius in drawing.circles.items():
            for way in ((radius, 0), (-radius, 0), (0, radius), (0, -radius)):
                outline.append(at[centre] + np.array(way))
        for centre, a, b in drawing.arcs:
            outline += list(arc(at[centre], at[a], at[b]))
        corners = np.array(outline)
        low, high = corners.min(axis=0), corners.max(axis=0)
        room = np.array((self.width, self.height)) - 2 * self.margin * self.letter
        scale = float((room / np.maximum(high - low, 1e-9)).min())
        middle = np.array((self.width, self.height)) / 2
        return {name: middle + (xy - (low + high) / 2) * scale for name, xy in at.items()}, scale

    @property
    def at(self) -> dict[str, Floats]:
        """Where points are."""
        return self._placed[0]

    @property
    def scale(self) -> float:
        """Pixels for a length of 1."""
        return self._placed[1]

    def written(self, text: str) -> str:
        """A label as it is written here: small letters without spaces."""
        return text.replace(" ", "") if self.letter <= TIGHT else text


# Vectors and curves in pixels.


def unit(vector: Floats) -> Floats:
    """The same way, one pixel long."""
    return np.asarray(vector / max(1e-9, math.hypot(vector[0], vector[1])))


def length(vector: Floats) -> float:
    """How long a vector is."""
    return math.hypot(vector[0], vector[1])


def turned(vector: Floats, angle: float) -> Floats:
    """A vector turned by an angle."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array((vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos))


def opening(a: Floats, b: Floats) -> float:
    """The angle between two ways."""
    return math.atan2(abs(a[0] * b[1] - a[1] * b[0]), float(a @ b))


def circle(centre: Floats, radius: float) -> Floats:
    """A whole circle, in pieces."""
    turns = np.radians(np.arange(0, 360 + ARC_STEP, ARC_STEP))
    return np.asarray(centre + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1))


def arc(centre: Floats, a: Floats, b: Floats) -> Floats:
    """From a to b, counterclockwise as the eye sees it: pixels count downwards."""
    start = math.atan2(a[1] - centre[1], a[0] - centre[0])
    end = math.atan2(b[1] - centre[1], b[0] - centre[0])
    swept = (start - end) % (2 * math.pi)
    number = max(3, math.ceil(math.degrees(swept) / ARC_STEP) + 1)
    turns = start - np.linspace(0, swept, number)
    radius = math.hypot(a[0] - centre[0], a[1] - centre[1])
    return np.asarray(centre + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1))
