"""How alike two pictures are."""

import cv2
import numpy as np

from builders.scenes.vectors import Floats


def similarity(a: object, b: object) -> float:
    """SSIM of two pictures in gray (Wang 2004: Gaussian window of 1.5, 11 × 11)."""
    x, y = (cv2.cvtColor(np.asarray(p), cv2.COLOR_RGB2GRAY).astype(float) for p in (a, b))

    def blur(p: Floats) -> Floats:
        return np.asarray(cv2.GaussianBlur(p, (11, 11), 1.5))

    mx, my = blur(x), blur(y)
    vx, vy, both = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    first = (2 * mx * my + 6.5025) / (mx * mx + my * my + 6.5025)
    return float((first * (2 * both + 58.5225) / (vx + vy + 58.5225)).mean())
