"""bus: city bus, school bus and double-decker bus."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from builders.scenes.vectors import Floats
from builders.scenes.vehicles.assembly import Mesh, Piece, Shell, assemble
from builders.scenes.vehicles.catalogue import (
    AMBER_LAMP,
    BODY,
    CHROME,
    LAMP,
    TAIL_LAMP,
    TRIM,
    WINDOW,
)
from builders.scenes.vehicles.coachwork import Arches, Body, distinct
from builders.scenes.vehicles.parts import (
    box,
    drum,
    hull,
    mirrored_outline,
    named,
    painted,
    pair,
    slab,
    tube,
)

HALF = 1.25  # half the width
ROUND = 0.18  # radius of the edges at both ends
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coach:
    """The body of a bus: a long box with rows of windows in its sides."""

    ends: Span
    floor: float
    roof: float
    decks: Sequence[Span]  # lowest and highest z of each row of windows
    arches: Arches
    panes: Sequence[Span]  # from x to x

    def piece(self) -> Piece:
        """Return the body with the windows of its sides."""
        stations = self._stations()
        middles = [(a + b) / 2.0 for a, b in pairwise(stations)]
        glazed = [i for i, x in enumerate(middles) if any(a < x < b for a, b in self.panes)]
        rows = [2 + 2 * deck for deck in range(len(self.decks))]
        shell: Shell = hull(np.array([self._outline(x) for x in stations]))
        return Piece("body", painted(shell, WINDOW, glazed, rows))

    def _stations(self) -> list[float]:
        back, front = self.ends
        rounded = [x for inset in (0.0, 0.05, ROUND) for x in (back + inset, front - inset)]
        glass = [x for pane in self.panes for x in pane]
        return distinct([*rounded, *glass, *self.arches.stations(self._line())])

    def _line(self) -> list[Span]:
        return [(x, self.floor) for x in self.ends]

    def _outline(self, x: float) -> Floats:
        near = min(x - self.ends[0], self.ends[1] - x)
        inset = ROUND - math.sqrt(max(0.0, ROUND**2 - max(0.0, ROUND - near) ** 2))
        half, top = HALF - inset, self.roof - 0.6 * inset
        low = self.arches.lowest(self._line(), x)
        ring = [(0.6 * half, low - 0.02), (half - 0.02, low)]
        ring += [(half, z) for deck in self.decks for z in deck]
        ring += [(half - 0.05, top - 0.12), (half - 0.2, top), (half - 0.7, top + 0.03)]
        return np.array([(x, *point) for point in mirrored_outline(ring)])

    def screen(self, deck: int, x: float, drop: float = 0.0) -> list[Piece]:
        """Return the window across one end of a deck, drawn down by `drop`."""
        low, high = self.decks[deck]
        size = (0.06, 2.0 * HALF - 0.5, high - low + drop)
        return named("windscreen", WINDOW, box((x, 0.0, (low + high - drop) / 2.0), size, 0.02))


def _panes(start: float, end: float, count: int, post: float) -> list[Span]:
    """Return `count` equal windows from one x to another, with posts between them."""
    step = (end - start + post) / count
    return [(start + k * step, start + (k + 1) * step - post) for k in range(count)]


def _lights(front: float, back: float, z: float) -> list[Piece]:
    head = box((front, 0.85, z), (0.08, 0.42, 0.24), 0.03)
    tail = box((back, 0.95, z + 0.15), (0.08, 0.24, 0.5), 0.03)
    return pair(named("headlight", LAMP, head) + named("taillight", TAIL_LAMP, tail))


def _mirrors(x: float, z: float) -> list[Piece]:
    arm = tube([(x - 0.1, HALF - 0.1, z), (x + 0.22, HALF + 0.16, z)], 0.035, 6)
    glass = box((x + 0.22, HALF + 0.16, z - 0.2), (0.1, 0.22, 0.46))
    return pair(named("mirror", TRIM, arm, glass))


def _bumpers(back: float, front: float, finish: int) -> list[Piece]:
    bars = [box((x, 0.0, 0.52), (0.14, 2.3, 0.24), 0.04) for x in (back, front)]
    return named("bumper", finish, *bars)


def _doors(xs: Sequence[float], low: float, high: float) -> list[Piece]:
    """Return doors of glass in the right side, each with two leaves."""
    middle, height = (low + high) / 2.0, high - low
    leaves = [box((x, -HALF, middle), (1.1, 0.05, height), 0.01) for x in xs]
    posts = [box((x, -HALF, middle), (0.07, 0.08, height)) for x in xs]
    return named("door", WINDOW, *leaves) + named("door", CHROME, *posts)


def city_bus() -> Mesh:
    """Return a low bus with big windows, two doors and a cooler on its roof."""
    arches = Arches((-2.5, 2.6), 0.52)
    panes = _panes(-4.3, 4.35, 7, 0.16)
    coach = Coach((-4.6, 4.6), 0.36, 3.1, [(1.3, 2.56)], arches, panes)
    return assemble(
        [
            coach.piece(),
            *arches.running_gear(0.36, HALF - 0.01, 0.36),
            *coach.screen(0, 4.6, 0.2),
            *coach.screen(0, -4.6),
            *named("sign", AMBER_LAMP, box((4.58, 0.0, 2.78), (0.08, 1.5, 0.24), 0.02)),
            *_doors((3.78, 0.3), 0.45, 2.5),
            *named("cooler", CHROME, box((-1.6, 0.0, 3.2), (2.6, 1.5, 0.36), 0.1)),
            *_bumpers(-4.58, 4.58, TRIM),
            *_lights(4.6, -4.6, 0.9),
            *_mirrors(4.5, 2.3),
        ]
    )


def double_decker() -> Mesh:
    """Return a bus of two storeys."""
    arches = Arches((-2.3, 2.2), 0.54)
    panes = _panes(-3.7, 3.85, 6, 0.16)
    coach = Coach((-4.1, 4.1), 0.36, 4.55, [(1.3, 2.2), (3.0, 3.95)], arches, panes)
    stripe = box((0.0, HALF, 2.6), (7.7, 0.04, 0.2))
    return assemble(
        [
            coach.piece(),
            *arches.running_gear(0.36, HALF - 0.01, 0.36),
            *coach.screen(0, 4.1, 0.15),
            *coach.screen(0, -4.1),
            *coach.screen(1, 4.1),
            *coach.screen(1, -4.1),
            *named("sign", AMBER_LAMP, box((4.1, 0.0, 2.6), (0.08, 1.3, 0.3), 0.02)),
            *pair(named("stripe", LAMP, stripe)),
            *_doors((3.3,), 0.45, 2.2),
            *_bumpers(-4.08, 4.08, TRIM),
            *_lights(4.1, -4.1, 0.85),
            *_mirrors(4.0, 2.2),
        ]
    )


def school_bus() -> Mesh:
    """Return a bus with its engine under a bonnet, dark rails, and lamps above its windows."""
    rear, front = Arches((-2.2,), 0.54), Arches((3.35,), 0.54)
    coach = Coach((-4.5, 2.6), 0.5, 3.15, [(1.72, 2.55)], rear, _panes(-4.2, 2.4, 8, 0.18))
    bonnet = Body(
        top=[(2.4, 1.68), (2.7, 1.64), (3.9, 1.5), (4.35, 1.3), (4.45, 1.1)],
        floor=[(2.4, 0.5), (4.45, 0.5)],
        plan=[(2.4, 1.12), (3.0, 1.08), (4.2, 1.0), (4.45, 0.85)],
        arches=front,
    )
    rails = [box((-0.95, HALF, z), (7.0, 0.07, 0.1)) for z in (0.85, 1.18, 1.5)]
    lamps = [box((x, y, 2.88), (0.12, 0.22, 0.18)) for x in (-4.48, 2.58) for y in (0.55, 0.9)]
    return assemble(
        [
            coach.piece(),
            Piece("bonnet", bonnet.shell()),
            *rear.running_gear(0.5, HALF - 0.01, 0.4),
            *front.running_gear(0.5, 1.06, 0.36),
            *coach.screen(0, 2.6, -0.06),
            *coach.screen(0, -4.5),
            *named("door", WINDOW, box((1.75, -HALF, 1.5), (0.9, 0.05, 2.0), 0.01)),
            *pair([*named("rail", TRIM, *rails), *named("lamp", AMBER_LAMP, *lamps)]),
            *named("grille", TRIM, box((4.45, 0.0, 0.95), (0.08, 0.9, 0.5), 0.02)),
            *named("hatch", BODY, slab([(-2.6, 3.1, 3.26, 0.4), (-1.6, 3.1, 3.26, 0.4)], 0.08)),
            *named("stop sign", TAIL_LAMP, drum((1.75, HALF + 0.06, 1.2), 0.32, 0.1, 8)),
            *_bumpers(-4.5, 4.5, TRIM),
            *_lights(4.4, -4.5, 0.98),
            *_mirrors(2.55, 2.3),
        ]
    )


MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"city bus": city_bus, "school bus": school_bus, "double-decker bus": double_decker}
)
