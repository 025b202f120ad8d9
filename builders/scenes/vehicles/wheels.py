"""wheels: the wheels of cars and buses, and those with spokes."""

import math

from builders.scenes.vehicles.assembly import Piece
from builders.scenes.vehicles.catalogue import CHROME, TYRE
from builders.scenes.vehicles.parts import drum, hoop, moved, named, rolled, tube, turned


def wheel(x: float, y: float, radius: float, width: float) -> list[Piece]:
    """Return a solid wheel of the left side: its outer face at y, standing on the ground."""
    half = width / 2.0
    tread = [(-1.0, 0.86), (-0.6, 1.0), (0.6, 1.0), (1.0, 0.86)]
    # A dish: its rim stands proud of the tyre, its middle lies deeper.
    dish = [(0.4, 0.6), (1.08, 0.6), (1.08, 0.5), (0.8, 0.42)]
    cap = [(0.7, 0.16), (1.06, 0.14)]
    at = (x, y - half, radius)
    shells = [
        moved(rolled(turned([(half * a, radius * r) for a, r in profile], sides), 90.0, "z"), at)
        for profile, sides in ((tread, 16), (dish, 12), (cap, 8))
    ]
    return named("wheel", TYRE, shells[0]) + named("wheel", CHROME, *shells[1:])


def spoked_wheel(
    x: float, radius: float, tyre: float, spokes: tuple[int, float], rim: int
) -> list[Piece]:
    """Return a wheel of thickness 2 · tyre with so many spokes so thick, its rim in this finish."""
    middle = (x, 0.0, radius)
    reach = radius - 2.0 * tyre
    bars = []
    for k in range(spokes[0]):
        angle = math.tau * (k + 0.5) / spokes[0]
        end = (x + reach * math.cos(angle), 0.0, radius + reach * math.sin(angle))
        bars.append(tube([middle, end], spokes[1], 4))
    return [
        *named("tyre", TYRE, hoop(middle, radius - tyre, tyre, (26, 6))),
        *named("rim", rim, hoop(middle, reach, 0.012 + 0.3 * tyre, (26, 4))),
        *named("hub", CHROME, drum(middle, 0.045 + 0.4 * tyre, 0.14 + tyre, 8), *bars),
    ]
