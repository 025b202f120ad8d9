"""wheels: the wheels of cars and buses, and those with spokes."""

import math

from builders.scenes.vectors import Vector
from builders.scenes.vehicles.assembly import Piece, Shell
from builders.scenes.vehicles.catalogue import BODY, CHROME, TYRE
from builders.scenes.vehicles.parts import box, drum, hoop, moved, named, rolled, tube, turned


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


def disc_wheel(x: float, radius: float, tyre: float, hub: float) -> list[Piece]:
    """Return a thin wheel filled by a painted disc, `hub` thick in its middle."""
    middle = (x, 0.0, radius)
    reach = radius - 1.6 * tyre
    lens = [(-hub, 0.12), (-0.5 * tyre, 1.0), (0.5 * tyre, 1.0), (hub, 0.12)]
    disc = rolled(turned([(half, reach * r) for half, r in lens], 18), 90.0, "z")
    return [
        *named("tyre", TYRE, hoop(middle, radius - tyre, tyre, (24, 5))),
        *named("disc", BODY, moved(disc, middle)),
        *named("hub", CHROME, drum(middle, 0.04, 2.0 * hub + 0.06, 8)),
    ]


def deep_wheel(
    x: float, radius: float, tyre: float, depth: float, spokes: tuple[int, float]
) -> list[Piece]:
    """Return a thin wheel with a painted rim so deep, and so many spokes so thick."""
    middle = (x, 0.0, radius)
    reach = radius - 1.6 * tyre
    swell = 0.5 * tyre + 0.2 * depth
    profile = [(-0.6 * tyre, reach), (-swell, reach - 0.4 * depth), (0.0, reach - depth)]
    profile += [(-across, away) for across, away in reversed(profile[:2])]
    rim = rolled(turned(profile, 22, loop=True), 90.0, "z")
    return [
        *named("tyre", TYRE, hoop(middle, radius - tyre, tyre, (24, 5))),
        *named("rim", BODY, moved(rim, middle)),
        *named("hub", CHROME, drum(middle, 0.045 + 0.4 * tyre, 0.14 + tyre, 8)),
        *named("hub", CHROME, *_spokes(middle, reach - 0.9 * depth, spokes)),
    ]


def knobs(middle: Vector, reach: float, size: Vector, count: int) -> list[Piece]:
    """Return the blocks of a tyre for rough ground, so many all round."""
    block = box((reach, 0.0, 0.0), size)
    blocks = [moved(rolled(block, 360.0 * (k + 0.5) / count, "y"), middle) for k in range(count)]
    return named("tyre", TYRE, *blocks)


def _spokes(middle: Vector, reach: float, spokes: tuple[int, float]) -> list[Shell]:
    x, y, z = middle
    angles = [math.tau * (k + 0.5) / spokes[0] for k in range(spokes[0])]
    ends = [(x + reach * math.cos(a), y, z + reach * math.sin(a)) for a in angles]
    return [tube([middle, end], spokes[1], 4) for end in ends]


def spoked_wheel(
    x: float, radius: float, tyre: float, spokes: tuple[int, float], rim: int
) -> list[Piece]:
    """Return a wheel of thickness 2 · tyre with so many spokes so thick, its rim in this finish."""
    middle = (x, 0.0, radius)
    reach = radius - 2.0 * tyre
    return [
        *named("tyre", TYRE, hoop(middle, radius - tyre, tyre, (26, 6))),
        *named("rim", rim, hoop(middle, reach, 0.012 + 0.3 * tyre, (26, 4))),
        *named("hub", CHROME, drum(middle, 0.045 + 0.4 * tyre, 0.14 + tyre, 8)),
        *named("hub", CHROME, *_spokes(middle, reach, spokes)),
    ]
