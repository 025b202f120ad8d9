"""bicycle: road bike, mountain bike and tandem."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from builders.scenes.vectors import Vector
from builders.scenes.vehicles.assembly import Mesh, Piece, Shell, assemble
from builders.scenes.vehicles.catalogue import BODY, CHROME, SEAT, TRIM, TYRE
from builders.scenes.vehicles.parts import (
    box,
    drum,
    fender,
    named,
    pair,
    pod,
    slab,
    tube,
)
from builders.scenes.vehicles.wheels import deep_wheel, disc_wheel, knobs

# Radii. Bars are thicker than real ones, to be some pixels wide in a picture of 320 × 240: colour
# and material are told by them, and by the large painted parts of each of these bicycles.
BAR, STAY, THIN = 0.06, 0.036, 0.026


def _cranks(x: float, z: float) -> list[Piece]:
    """Return the chainring on the right, the cranks and their pedals."""
    right, left = (x + 0.12, -0.1, z - 0.12), (x - 0.12, 0.1, z + 0.12)
    arms = [
        tube([(a, b, c), end], THIN, 6) for a, b, c, end in ((x, -0.1, z, right), (x, 0.1, z, left))
    ]
    pedals = [box((a, 1.7 * b, c), (0.12, 0.13, 0.04)) for a, b, c in (right, left)]
    return [
        *named("chainring", CHROME, drum((x, -0.07, z), 0.11, 0.03, 14)),
        *named("crank", CHROME, *arms),
        *named("pedal", TYRE, *pedals),
    ]


def _saddle(seat: Vector, rise: float, lean: float = 0.04) -> list[Piece]:
    """Return a saddle on its post, `rise` above the frame."""
    x, _, z = seat
    shape = [
        (-0.17, 0.0, 0.05, 0.08),
        (-0.13, -0.02, 0.06, 0.1),
        (0.0, -0.01, 0.05, 0.06),
        (0.14, 0.0, 0.04, 0.03),
        (0.17, 0.01, 0.03, 0.02),
    ]
    return [
        *named("post", CHROME, tube([seat, (x - lean, 0.0, z + rise)], THIN, 6)),
        *named(
            "saddle",
            SEAT,
            pod([(x - lean + a, z + rise + b, z + rise + c, d) for a, b, c, d in shape], 8, 2.4),
        ),
    ]


def _stays(rear: Vector, crank: Vector, seat: Vector) -> list[Piece]:
    """Return the bars from the rear wheel to the cranks and to the saddle."""
    axle = (rear[0], 0.07, rear[2])
    bars = [
        tube([axle, (crank[0], 0.03, crank[2])], STAY, 6),
        tube([axle, (seat[0] + 0.01, 0.02, seat[2] - 0.06)], STAY, 6),
    ]
    return pair(named("stay", BODY, *bars))


def _chain(rear: Vector, crank: Vector) -> list[Piece]:
    """Return the two runs of the chain and the sprocket behind."""
    runs = [
        tube([(rear[0], -0.07, rear[2] + 0.4 * h), (crank[0], -0.07, crank[2] + h)], 0.01, 4)
        for h in (0.1, -0.1)
    ]
    return named("chain", TRIM, *runs, drum((rear[0], -0.07, rear[2]), 0.05, 0.03, 8))


def _bars(*paths: Sequence[Vector]) -> list[Shell]:
    return [tube(path, BAR, 8) for path in paths]


def road_bike() -> Mesh:
    """Return a slim bicycle with thin tyres and drop bars."""
    rear, front, crank = (-0.52, 0.0, 0.35), (0.54, 0.0, 0.35), (-0.1, 0.0, 0.3)
    seat, head, crown = (-0.25, 0.0, 0.84), (0.34, 0.0, 0.86), (0.38, 0.0, 0.7)
    drop = [
        (0.43, 0.02, 0.93),
        (0.43, 0.16, 0.93),
        (0.49, 0.17, 0.92),
        (0.52, 0.18, 0.86),
        (0.48, 0.18, 0.79),
        (0.4, 0.18, 0.78),
    ]
    fork = tube(
        [(crown[0], 0.05, crown[2]), (0.44, 0.06, 0.5), (front[0], 0.06, front[2])], 0.05, 6
    )
    return assemble(
        [
            *disc_wheel(rear[0], 0.35, 0.024, 0.09),
            *deep_wheel(front[0], 0.35, 0.024, 0.17, (6, 0.018)),
            *named(
                "mudguard", BODY, fender((rear[0], 0.0, 0.35), 0.365, (60.0, 150.0), 0.05, 0.03)
            ),
            *named(
                "mudguard", BODY, fender((front[0], 0.0, 0.35), 0.365, (50.0, 140.0), 0.05, 0.03)
            ),
            *named(
                "frame", BODY, *_bars((crank, seat), (seat, head), (crank, crown), (crown, head))
            ),
            *_stays(rear, crank, seat),
            *_cranks(crank[0], crank[2]),
            *_chain(rear, crank),
            *_saddle(seat, 0.13),
            *named("stem", CHROME, tube([head, (0.33, 0.0, 0.92), (0.44, 0.0, 0.93)], 0.028, 6)),
            *pair([*named("fork", BODY, fork), *named("drop bar", TYRE, tube(drop, 0.024, 6))]),
        ]
    )


def mountain_bike() -> Mesh:
    """Return a low-slung bicycle with fat tyres, wide flat bars and a sprung fork."""
    rear, front, crank = (-0.54, 0.0, 0.36), (0.62, 0.0, 0.36), (-0.1, 0.0, 0.33)
    seat, head, crown = (-0.24, 0.0, 0.7), (0.34, 0.0, 0.88), (0.4, 0.0, 0.74)
    panel = [(0.02, 0.5, 0.78, 0.035), (0.34, 0.72, 0.86, 0.035)]
    leg = [(0.41, 0.085, 0.76), (0.5, 0.085, 0.57)]
    slider = [(0.49, 0.085, 0.6), (front[0], 0.085, front[2])]
    return assemble(
        [
            *deep_wheel(rear[0], 0.36, 0.044, 0.1, (6, 0.02)),
            *knobs(rear, 0.354, (0.022, 0.085, 0.04), 13),
            *deep_wheel(front[0], 0.36, 0.044, 0.1, (6, 0.02)),
            *knobs(front, 0.354, (0.022, 0.085, 0.04), 13),
            *named("frame", BODY, *_bars((crank, seat), (seat, head), (crown, head))),
            *named("frame", BODY, tube([crank, crown], 0.08, 8), tube([seat, head], 0.06, 8)),
            *named("frame", BODY, slab(panel, 0.02)),
            *named("mudguard", BODY, fender((front[0], 0.0, 0.36), 0.4, (50.0, 140.0), 0.07)),
            *named("mudguard", BODY, fender((rear[0], 0.0, 0.36), 0.4, (40.0, 130.0), 0.07)),
            *_stays(rear, crank, seat),
            *_cranks(crank[0], crank[2]),
            *_chain(rear, crank),
            *_saddle(seat, 0.22, 0.06),
            *named("crown", TRIM, box((0.4, 0.0, 0.76), (0.1, 0.24, 0.06), 0.015)),
            *named("stem", TRIM, tube([head, (0.33, 0.0, 0.95), (0.4, 0.0, 0.97)], 0.03, 6)),
            *named(
                "bar",
                CHROME,
                tube(
                    [
                        (0.34, 0.36, 0.99),
                        (0.4, 0.06, 0.97),
                        (0.4, -0.06, 0.97),
                        (0.34, -0.36, 0.99),
                    ],
                    0.022,
                    6,
                ),
            ),
            *pair(
                [
                    *named("fork", CHROME, tube(leg, 0.028, 6)),
                    *named("fork", BODY, tube(slider, 0.055, 6)),
                    *named(
                        "grip", TYRE, tube([(0.365, 0.24, 0.985), (0.335, 0.38, 0.991)], 0.034, 6)
                    ),
                ]
            ),
        ]
    )


def tandem() -> Mesh:
    """Return a bicycle for two, one behind the other."""
    rear, front = (-0.92, 0.0, 0.35), (0.96, 0.0, 0.35)
    cranks = ((-0.46, 0.0, 0.31), (0.26, 0.0, 0.31))
    seats = ((-0.6, 0.0, 0.82), (0.14, 0.0, 0.84))
    head, crown = (0.74, 0.0, 0.88), (0.79, 0.0, 0.7)
    fork = tube(
        [(crown[0], 0.05, crown[2]), (0.86, 0.06, 0.5), (front[0], 0.06, front[2])], 0.052, 6
    )
    frame = _bars(
        (seats[0], cranks[0]),
        (seats[1], cranks[1]),
        (seats[0], seats[1], head),
        (*cranks, crown),
        (head, crown),
        (crown, cranks[0]),
    )
    bars = []
    for x, z in ((0.7, 1.02), (0.1, 1.0)):
        bars.append(
            tube(
                [
                    (x - 0.14, 0.26, z - 0.02),
                    (x, 0.2, z + 0.02),
                    (x + 0.04, 0.0, z),
                    (x, -0.2, z + 0.02),
                    (x - 0.14, -0.26, z - 0.02),
                ],
                THIN,
                6,
            )
        )
    return assemble(
        [
            *disc_wheel(rear[0], 0.35, 0.03, 0.09),
            *deep_wheel(front[0], 0.35, 0.03, 0.15, (6, 0.018)),
            *named("mudguard", BODY, fender((front[0], 0.0, 0.35), 0.38, (35.0, 170.0), 0.1)),
            *named("mudguard", BODY, fender((rear[0], 0.0, 0.35), 0.38, (20.0, 180.0), 0.1)),
            *pair(named("pannier", BODY, box((-1.0, 0.15, 0.5), (0.42, 0.16, 0.34), 0.07))),
            *named("frame", BODY, *frame),
            *_stays(rear, cranks[0], seats[0]),
            *[piece for x, _, z in cranks for piece in _cranks(x, z)],
            *_chain(rear, cranks[0]),
            *[piece for seat in seats for piece in _saddle(seat, 0.14)],
            *named(
                "stem",
                CHROME,
                tube([head, (0.74, 0.0, 1.02)], 0.028, 6),
                tube([(0.1, 0.0, 0.86), (0.14, 0.0, 1.0)], THIN, 6),
            ),
            *named("bar", CHROME, *bars),
            *pair(named("fork", BODY, fork)),
            *pair(
                named(
                    "grip",
                    TYRE,
                    *(
                        tube([(x - 0.04, 0.217, z + 0.01), (x - 0.16, 0.269, z - 0.026)], 0.034, 6)
                        for x, z in ((0.7, 1.02), (0.1, 1.0))
                    ),
                )
            ),
        ]
    )


MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"road bike": road_bike, "mountain bike": mountain_bike, "tandem": tandem}
)
