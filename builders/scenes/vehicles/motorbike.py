"""motorbike: cruiser, scooter and dirt bike."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from builders.scenes.vectors import Vector
from builders.scenes.vehicles.assembly import Mesh, Piece, Shell, assemble
from builders.scenes.vehicles.catalogue import BODY, CHROME, LAMP, SEAT, TAIL_LAMP, TRIM, TYRE
from builders.scenes.vehicles.parts import (
    ball,
    box,
    drum,
    fender,
    moved,
    named,
    pair,
    pod,
    rolled,
    slab,
    tube,
    turned,
)
from builders.scenes.vehicles.wheels import deep_wheel, knobs, spoked_wheel


def _fork(top: Vector, axle: Vector, apart: float, finish: int) -> list[Piece]:
    """Return the two legs that hold the front wheel."""
    path = [(x, apart, z) for x, _, z in (top, axle)]
    return pair(named("fork", finish, tube(path, 0.04, 8)))


def _bars(path: list[Vector], finish: int) -> list[Piece]:
    """Return the handlebar, given from the middle to its left end, with its grips."""
    right = [(x, -y, z) for x, y, z in reversed(path)]
    bar = tube([*right, *path] if path[0][1] else [*right[:-1], *path], 0.028, 6)
    (x, y, z), (u, v, w) = path[-1], path[-2]
    along = math.dist(path[-1], path[-2])
    reach = 0.14 / along
    end = (x + (x - u) * reach, y + (y - v) * reach, z + (z - w) * reach)
    return named("handlebar", finish, bar) + pair(
        named("grip", TYRE, tube([path[-1], end], 0.042, 6))
    )


def _engine_cylinder(foot: Vector, lean: float) -> Shell:
    """Return a finned cylinder of the engine that leans ahead or back (degrees)."""
    fins = [(0.0, 0.12)]
    for k in range(3):
        fins += [(0.07 * k + 0.04, 0.12), (0.07 * k + 0.04, 0.16), (0.07 * k + 0.08, 0.16)]
    upright = rolled(turned([*fins, (0.3, 0.1)], 8), -90.0, "y")
    return moved(rolled(upright, lean, "y"), foot)


def cruiser() -> Mesh:
    """Return a long, low motorbike with a raked fork, wide bars and saddlebags."""
    rear, front, radius = -0.86, 0.98, 0.36
    tank = [
        (-0.24, 0.8, 0.86, 0.04),
        (-0.12, 0.74, 0.94, 0.14),
        (0.12, 0.71, 1.04, 0.21),
        (0.36, 0.78, 1.07, 0.19),
        (0.5, 0.88, 1.04, 0.11),
        (0.54, 0.94, 0.99, 0.03),
    ]
    seat = [
        (-1.0, 0.86, 0.92, 0.06),
        (-0.9, 0.83, 0.98, 0.15),
        (-0.66, 0.81, 0.93, 0.17),
        (-0.52, 0.77, 0.86, 0.2),
        (-0.25, 0.75, 0.88, 0.18),
        (-0.14, 0.8, 0.88, 0.08),
    ]
    panel = [
        (-0.75, 0.62, 0.68, 0.1),
        (-0.6, 0.5, 0.8, 0.19),
        (-0.3, 0.46, 0.8, 0.2),
        (-0.2, 0.6, 0.72, 0.12),
    ]
    crankcase = [
        (-0.32, 0.32, 0.5, 0.12),
        (-0.2, 0.22, 0.56, 0.18),
        (0.3, 0.2, 0.6, 0.18),
        (0.42, 0.3, 0.5, 0.12),
    ]
    bag = [
        (-1.2, 0.42, 0.6, 0.05),
        (-1.14, 0.36, 0.7, 0.1),
        (-0.66, 0.36, 0.72, 0.1),
        (-0.6, 0.44, 0.62, 0.05),
    ]
    exhaust = [(0.3, -0.2, 0.4), (0.1, -0.26, 0.24), (-0.4, -0.28, 0.24), (-1.3, -0.29, 0.27)]
    return assemble(
        [
            *spoked_wheel(rear, radius, 0.115, (8, 0.03), BODY),
            *spoked_wheel(front, radius, 0.085, (8, 0.03), BODY),
            *named("tank", BODY, pod(tank, 14, 2.3)),
            *named("side panel", BODY, pod(panel, 10, 3.0)),
            *named("fender", BODY, fender((rear, 0.0, radius), 0.44, (10.0, 195.0), 0.2)),
            *named("fender", BODY, fender((front, 0.0, radius), 0.42, (15.0, 185.0), 0.17)),
            *pair(named("saddlebag", BODY, moved(pod(bag, 10, 4.0), (0.0, 0.27, 0.0)))),
            *named("seat", SEAT, pod(seat, 10, 2.6)),
            *named("engine", CHROME, pod(crankcase, 10, 3.5)),
            *named(
                "engine",
                TRIM,
                *(_engine_cylinder((x, 0.0, 0.5), a) for x, a in ((-0.02, -24.0), (0.14, 26.0))),
            ),
            *named("exhaust", CHROME, tube(exhaust, [0.05, 0.055, 0.06, 0.08], 8)),
            *named(
                "frame",
                BODY,
                tube([(0.54, 0.0, 0.96), (0.34, 0.0, 0.56), (-0.5, 0.0, 0.45)], 0.05, 6),
            ),
            *named("headlight", LAMP, ball((0.72, 0.0, 0.98), (0.1, 0.13, 0.13), 10)),
            *named("taillight", TAIL_LAMP, box((-1.27, 0.0, 0.68), (0.1, 0.18, 0.1), 0.02)),
            *_fork((0.52, 0.0, 1.08), (front, 0.0, radius), 0.13, CHROME),
            *_bars([(0.55, 0.14, 1.06), (0.44, 0.36, 1.22), (0.24, 0.44, 1.17)], CHROME),
        ]
    )


def scooter() -> Mesh:
    """Return a small-wheeled motorbike with a leg shield, a flat floor and a closed tail."""
    rear, front, radius = -0.62, 0.72, 0.25
    tail = [
        (-1.02, 0.52, 0.6, 0.05),
        (-0.95, 0.42, 0.7, 0.16),
        (-0.7, 0.34, 0.78, 0.24),
        (-0.4, 0.26, 0.78, 0.25),
        (-0.18, 0.22, 0.74, 0.2),
        (-0.1, 0.26, 0.6, 0.14),
    ]
    seat = [
        (-0.98, 0.76, 0.82, 0.08),
        (-0.9, 0.74, 0.87, 0.17),
        (-0.5, 0.74, 0.86, 0.2),
        (-0.2, 0.72, 0.82, 0.17),
        (-0.08, 0.74, 0.8, 0.08),
    ]
    # The shield leans back: higher up it is wider and further behind.
    shield = [
        slab([(0.36, 0.24, 0.34, 0.24), (0.5, 0.26, 0.62, 0.27), (0.56, 0.3, 0.7, 0.18)], 0.04),
        slab(
            [
                (0.3, 0.56, 1.0, 0.12),
                (0.34, 0.5, 1.02, 0.29),
                (0.44, 0.36, 1.0, 0.29),
                (0.56, 0.5, 0.92, 0.12),
            ],
            0.05,
        ),
    ]
    head = [
        (0.2, 1.0, 1.1, 0.06),
        (0.28, 0.96, 1.17, 0.14),
        (0.42, 0.96, 1.16, 0.14),
        (0.52, 1.0, 1.1, 0.08),
    ]
    rack = [(-0.9, 0.12, 0.82), (-1.08, 0.12, 0.86), (-1.2, 0.12, 0.86)]
    return assemble(
        [
            *spoked_wheel(rear, radius, 0.075, (5, 0.04), BODY),
            *spoked_wheel(front, radius, 0.07, (5, 0.04), BODY),
            *named("tail", BODY, pod(tail, 14, 2.6)),
            *named("floor", BODY, slab([(-0.3, 0.2, 0.3, 0.22), (0.5, 0.2, 0.3, 0.22)], 0.03)),
            *named("mat", TRIM, box((0.12, 0.0, 0.3), (0.44, 0.34, 0.03))),
            *named("shield", BODY, *shield),
            *named("head", BODY, pod(head, 12, 2.4)),
            *named("fender", BODY, fender((front, 0.0, radius), 0.31, (5.0, 175.0), 0.14)),
            *named("fork", CHROME, tube([(0.4, 0.0, 0.98), (0.56, 0.0, 0.5)], 0.05, 8)),
            *_fork((0.58, 0.0, 0.5), (front, 0.0, radius), 0.11, CHROME),
            *named("seat", SEAT, pod(seat, 10, 2.8)),
            *named("headlight", LAMP, ball((0.49, 0.0, 1.07), (0.08, 0.1, 0.08), 10)),
            *named("taillight", TAIL_LAMP, box((-1.0, 0.0, 0.62), (0.1, 0.2, 0.1), 0.02)),
            *named("exhaust", CHROME, tube([(-0.3, -0.22, 0.22), (-0.95, -0.22, 0.26)], 0.06, 8)),
            *pair(named("rack", CHROME, tube(rack, 0.02, 6))),
            *named("rack", CHROME, tube([(-1.2, 0.14, 0.86), (-1.2, -0.14, 0.86)], 0.02, 6)),
            *_bars([(0.32, 0.0, 1.08), (0.3, 0.2, 1.1), (0.22, 0.34, 1.13)], CHROME),
            *pair(
                named(
                    "mirror",
                    CHROME,
                    tube([(0.28, 0.28, 1.12), (0.3, 0.36, 1.32)], 0.014, 4),
                    ball((0.3, 0.37, 1.35), (0.03, 0.09, 0.06), 8),
                )
            ),
        ]
    )


def dirt_bike() -> Mesh:
    """Return a tall, slim motorbike: knobbly tyres, a high beak of a fender, a long flat seat."""
    rear, front, radius = -0.76, 0.82, 0.4
    tank = [
        (-0.14, 0.86, 0.98, 0.08),
        (0.05, 0.8, 1.06, 0.14),
        (0.24, 0.84, 1.12, 0.15),
        (0.36, 0.94, 1.1, 0.07),
    ]
    seat = [
        (-0.8, 1.0, 1.08, 0.07),
        (-0.7, 0.98, 1.09, 0.11),
        (-0.4, 0.94, 1.06, 0.12),
        (0.0, 0.96, 1.08, 0.1),
        (0.16, 1.02, 1.12, 0.06),
    ]
    beak = [
        (0.36, 0.92, 0.97, 0.08),
        (0.6, 0.96, 1.04, 0.16),
        (0.95, 0.93, 1.02, 0.16),
        (1.22, 0.84, 0.88, 0.07),
    ]
    flap = [
        (-1.3, 1.1, 1.16, 0.1),
        (-1.05, 1.0, 1.1, 0.17),
        (-0.7, 0.9, 1.04, 0.17),
        (-0.45, 0.86, 0.98, 0.14),
    ]
    shroud = [
        (-0.16, 0.74, 0.92, 0.03),
        (0.12, 0.54, 1.02, 0.07),
        (0.38, 0.6, 1.06, 0.06),
        (0.54, 0.8, 1.0, 0.02),
    ]
    panel = [(-0.95, 0.84, 1.02, 0.02), (-0.65, 0.62, 1.0, 0.045), (-0.2, 0.6, 0.96, 0.05)]
    engine = [
        (-0.3, 0.34, 0.52, 0.1),
        (-0.2, 0.28, 0.64, 0.14),
        (0.2, 0.28, 0.66, 0.14),
        (0.3, 0.36, 0.56, 0.1),
    ]
    pipe = [
        (0.2, -0.08, 0.62),
        (0.3, -0.12, 0.46),
        (0.0, -0.16, 0.44),
        (-0.4, -0.18, 0.72),
        (-0.6, -0.2, 0.82),
    ]
    return assemble(
        [
            *deep_wheel(rear, radius, 0.065, 0.1, (8, 0.02)),
            *knobs((rear, 0.0, radius - 0.01), radius - 0.01, (0.05, 0.13, 0.06), 14),
            *deep_wheel(front, radius, 0.05, 0.1, (8, 0.02)),
            *knobs((front, 0.0, radius - 0.01), radius - 0.01, (0.05, 0.13, 0.06), 14),
            *named("tank", BODY, pod(tank, 12, 2.6)),
            *named("fender", BODY, pod(beak, 10, 3.0), pod(flap, 10, 3.0)),
            *pair(
                named(
                    "shroud",
                    BODY,
                    moved(pod(shroud, 8, 3.0), (0.0, 0.15, 0.0)),
                    moved(pod(panel, 8, 3.0), (0.0, 0.13, 0.0)),
                )
            ),
            *named("seat", SEAT, pod(seat, 10, 2.8)),
            *named("engine", TRIM, pod(engine, 10, 3.5)),
            *named("engine", CHROME, drum((-0.02, 0.0, 0.45), 0.12, 0.32, 10)),
            *named(
                "frame",
                BODY,
                tube(
                    [
                        (0.42, 0.0, 1.04),
                        (0.26, 0.0, 0.62),
                        (0.2, 0.0, 0.3),
                        (-0.28, 0.0, 0.32),
                        (-0.34, 0.0, 0.8),
                    ],
                    0.07,
                    6,
                ),
            ),
            *named(
                "exhaust",
                CHROME,
                tube(pipe, 0.04, 6),
                tube([(-0.5, -0.2, 0.78), (-1.0, -0.21, 0.98)], 0.08, 8),
            ),
            *named("plate", LAMP, _plate((0.66, 0.0, 1.1))),
            *named("taillight", TAIL_LAMP, box((-1.24, 0.0, 1.12), (0.06, 0.1, 0.06), 0.01)),
            *pair(
                named("swingarm", BODY, tube([(rear, 0.11, radius), (-0.25, 0.1, 0.44)], 0.05, 6))
            ),
            *_fork((0.42, 0.0, 1.14), (front, 0.0, radius), 0.11, CHROME),
            *pair(named("guard", BODY, tube([(0.62, 0.12, 0.77), (0.84, 0.12, 0.4)], 0.065, 6))),
            *_bars([(0.42, 0.12, 1.2), (0.36, 0.2, 1.27), (0.26, 0.4, 1.29)], TRIM),
        ]
    )


def _plate(at: Vector) -> Shell:
    """Return the plate for a number before the handlebar."""
    return moved(rolled(box((0.0, 0.0, 0.0), (0.03, 0.2, 0.26), 0.01), -22.0, "y"), at)


MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"cruiser": cruiser, "scooter": scooter, "dirt bike": dirt_bike}
)
