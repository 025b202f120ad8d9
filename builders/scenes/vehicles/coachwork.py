"""coachwork: bodies with wheel arches, cabins with windows, and what turns under them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from builders.scenes.vectors import Floats
from builders.scenes.vehicles.assembly import Piece, Shell
from builders.scenes.vehicles.catalogue import TRIM, TYRE, WINDOW
from builders.scenes.vehicles.parts import hull, mirrored_outline, named, painted, pair, slab, tube
from builders.scenes.vehicles.wheels import wheel

Line = Sequence[tuple[float, float]]  # (x, value) from tail to nose

GAP = 1.16  # radius of a wheel arch, in wheels
WALL = 0.004  # along x, of the nearly upright wall of an arch below its axle
# Rows of an outline, from the underside up to the middle of the top.
BED_FLOOR = 6
SIDE_GLASS, ROOF = 1, (3, 4, 5)


def along(line: Line, x: float) -> float:
    """Return the value of a line at x."""
    return float(np.interp(x, [p[0] for p in line], [p[1] for p in line]))


@dataclass(frozen=True, slots=True)
class Arches:
    """The gaps in a body's sides that its wheels stand in."""

    axles: Sequence[float]  # x of each
    wheel: float  # radius

    def stations(self, floor: Line) -> list[float]:
        """Return the x of the arches' corners: of their curves, and where their walls stand."""
        radius = GAP * self.wheel
        xs = []
        for axle in self.axles:
            rise = (along(floor, axle) - self.wheel) / radius
            # Below the axle a wall goes straight down: an overhang would be no height over x.
            start = max(math.asin(rise), 0.06)
            angles = np.linspace(start, math.pi - start, 7)
            xs += [axle + radius * math.cos(angle) for angle in angles]
            xs += [axle - radius - WALL, axle + radius + WALL]
        return xs

    def lowest(self, floor: Line, x: float) -> float:
        """Return the height of the underside."""
        low = along(floor, x)
        for axle in self.axles:
            inside = (GAP * self.wheel) ** 2 - (x - axle) ** 2
            low = max(low, self.wheel + math.sqrt(inside)) if inside > 0.0 else low
        return low

    def trim(self, floor: float, half: float) -> list[Piece]:
        """Return dark lips around the arches of both sides."""
        radius = (GAP + 0.06) * self.wheel
        start = math.asin((floor - self.wheel) / radius)
        angles = np.linspace(start, math.pi - start, 8)
        lips = [
            tube(
                [
                    (x + radius * math.cos(a), half, self.wheel + radius * math.sin(a))
                    for a in angles
                ],
                0.07,
                6,
            )
            for x in self.axles
        ]
        return pair(named("arch", TRIM, *lips))

    def running_gear(self, floor: float, half: float, width: float) -> list[Piece]:
        """Return wheels `width` wide, and a dark floor that closes the arches between them."""
        pieces: list[Piece] = []
        for axle in self.axles:
            pieces += pair(wheel(axle, half, self.wheel, width))
        radius = GAP * self.wheel + 0.01
        inner = half - width - 0.04
        back, front = min(self.axles), max(self.axles)
        # Rounded at its ends as the arches are, a little larger, so as to stay under the bonnet.
        curve = [(radius * math.cos(a), self.wheel + radius * math.sin(a)) for a in (0.0, 0.7, 1.3)]
        ends = [(back - x, z) for x, z in curve] + [(front + x, z) for x, z in reversed(curve)]
        chassis = slab([(x, floor + 0.03, z, inner) for x, z in ends], 0.01)
        return pieces + named("chassis", TYRE, chassis)


@dataclass(frozen=True, slots=True)
class Body:
    """The lower body of a car, up to its windows."""

    top: Line  # height of boot, belt and bonnet
    floor: Line
    plan: Line  # half the width
    arches: Arches
    bed: tuple[float, float, float] | None = None  # open from x to x, and the height of its floor

    def shell(self) -> Shell:
        """Return the body, the floor of its bed dark."""
        stations = self._stations()
        shell = hull(np.array([self._outline(x) for x in stations]))
        if self.bed is None:
            return shell
        inside = [i for i, x in enumerate(stations) if self.bed[0] < x < self.bed[1]]
        return painted(shell, TRIM, inside[:-1], (BED_FLOOR,))

    def _stations(self) -> list[float]:
        lines = [x for line in (self.top, self.floor, self.plan) for x, _ in line]
        walls = [x + side for x in (self.bed or ())[:2] for side in (-0.02, 0.02)]
        return distinct([*lines, *walls, *self.arches.stations(self.floor)])

    def _outline(self, x: float) -> Floats:
        base, top, half = along(self.floor, x), along(self.top, x), along(self.plan, x)
        low = self.arches.lowest(self.floor, x)
        waist = max(base + 0.5 * (top - base), low + 0.02)
        shoulder = max(base + 0.84 * (top - base), waist + 0.02)
        side = [
            (0.6 * half, low - 0.02),
            (0.95 * half, low),
            (half, waist),
            (0.985 * half, shoulder),
        ]
        if self.bed is not None and self.bed[0] < x < self.bed[1]:
            wall = half - 0.1
            deck = [(0.96 * half, top), (wall, top), (wall, self.bed[2])]
        else:
            edge = top - 0.25 * (top - shoulder)
            deck = [(0.9 * half, edge), (0.6 * half, top), (0.3 * half, top + 0.015)]
        return np.array([(x, *point) for point in mirrored_outline([*side, *deck])])


@dataclass(frozen=True, slots=True)
class Cabin:
    """The upper body of a car."""

    # (x, height of the roof line, what is glass up to the next station: s the side, t the top)
    stations: Sequence[tuple[float, float, str]]
    belt: Line  # where the windows begin
    half: tuple[float, float]  # half the width at the belt, and at the roof

    def piece(self) -> Piece:
        """Return the cabin with its windows."""
        shell = hull(np.array([self._outline(x, roof) for x, roof, _ in self.stations]))
        side = [i for i, (_, _, glass) in enumerate(self.stations) if "s" in glass]
        top = [i for i, (_, _, glass) in enumerate(self.stations) if "t" in glass]
        shell = painted(shell, WINDOW, side, (SIDE_GLASS,))
        return Piece("cabin", painted(shell, WINDOW, top, ROOF))

    def _outline(self, x: float, roof: float) -> Floats:
        belt = along(self.belt, x)
        highest = max(height for _, height, _ in self.stations)
        tilt = (self.half[0] - self.half[1]) / (highest - along(self.belt, 0.0))
        back, front = self.stations[0][0], self.stations[-1][0]
        # Seen from above, the glass ahead and behind bends inwards.
        bend = 1.0 - 0.1 * abs(2.0 * (x - back) / (front - back) - 1.0) ** 4
        rise = roof - belt

        def at(height: float, inset: float = 0.0) -> tuple[float, float]:
            return (bend * (self.half[0] - tilt * (height - belt)) - inset, height)

        half = [at(belt - 0.08), at(belt + 0.03 * rise), at(belt + 0.84 * rise)]
        half += [at(roof - 0.05 * rise, 0.015), at(roof - 0.01 * rise, 0.07), at(roof + 0.012, 0.3)]
        return np.array([(x, *point) for point in mirrored_outline(half)])


def distinct(xs: Iterable[float]) -> list[float]:
    """Return these x in order, without those that nearly repeat the one before."""
    kept: list[float] = []
    for x in sorted(xs):
        if not kept or x - kept[-1] > 1e-3:
            kept.append(x)
    return kept
