"""picture: a layout as pixels.

Lines are drawn by OpenCV at three times the size and brought down, which gives any width and smooth edges
in 2 ms; letters by Pillow in their final size, where a font's hints keep small ones sharp.
"""

from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw

from builders.scenes.figures.layout import Layout
from builders.scenes.figures.looks import DOT, Color, Look
from builders.scenes.figures.sheet import Floats, font

FINER: Final = 3  # times the final size
SHIFT: Final = 4  # binary places of a coordinate


def paint(layout: Layout, look: Look) -> Image.Image:
    """The picture."""
    height, width = layout.height * FINER, layout.width * FINER
    pixels = np.empty((height, width, 3), np.uint8)
    # Forty times as fast as `np.full` with three shades.
    cv2.rectangle(pixels, (0, 0), (width - 1, height - 1), look.paper, cv2.FILLED)
    for region in layout.areas:
        # Holes are drawn in the colour of the paper, whatever lies below.
        for place, loop in enumerate(region):
            cv2.fillPoly(
                pixels, [_fixed(loop)], look.paper if place else look.shade, cv2.LINE_AA, SHIFT
            )
    line = look.line * min(layout.width, layout.height) * FINER
    for stroke in layout.strokes:
        color, thick = (look.marks, 0.75 * line) if stroke.is_mark else (look.ink, line)
        _draw(pixels, stroke.points, color, max(FINER, round(thick)))
    for dot in layout.dots:
        x, y = _fixed(dot[None])[0]
        radius = round(DOT * min(layout.width, layout.height) * FINER * 2**SHIFT)
        cv2.circle(pixels, (int(x), int(y)), radius, look.ink, cv2.FILLED, cv2.LINE_AA, SHIFT)
    small = cv2.resize(pixels, (layout.width, layout.height), interpolation=cv2.INTER_AREA)
    image = Image.fromarray(small)
    pen = ImageDraw.Draw(image)
    for text in layout.texts:
        face = font(text.font, layout.letter)
        left, top, right, bottom = face.getbbox(text.text, anchor="mm")
        # A whole number is the middle of a pixel to the layout, and its edge to Pillow.
        at = (text.x + 0.5 - (left + right) / 2, text.y + 0.5 - (top + bottom) / 2)
        pen.text(at, text.text, look.ink if text.is_name else look.numbers, face, anchor="mm")
    return image


def _fixed(points: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    fixed = np.round((points + 0.5) * FINER * 2**SHIFT - 2 ** (SHIFT - 1))
    return np.asarray(fixed, np.int32)


def _draw(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    points: Floats,
    color: Color,
    thick: int,
) -> None:
    cv2.polylines(pixels, [_fixed(points)], False, color, thick, cv2.LINE_AA, SHIFT)
