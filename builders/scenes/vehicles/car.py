"""car: sedan, SUV, minivan, wagon and pickup truck."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from builders.scenes.vectors import Vector
from builders.scenes.vehicles.assembly import Mesh, Piece, assemble
from builders.scenes.vehicles.catalogue import BODY, CHROME, LAMP, TAIL_LAMP, TRIM, TYRE
from builders.scenes.vehicles.coachwork import Arches, Body, Cabin, along
from builders.scenes.vehicles.parts import ball, box, moved, named, pair, tube, turned


def _on_wheels(body: Body, width: float = 0.26) -> list[Piece]:
    """Return the body and its wheels."""
    half = min(along(body.plan, axle) for axle in body.arches.axles)
    gear = body.arches.running_gear(along(body.floor, 0.0), half, width)
    return [Piece("body", body.shell()), *gear]


def _lights(head: Vector, tail: Vector, tail_size: Vector) -> list[Piece]:
    headlight = ball(head, (0.17, 0.18, 0.1), 10)
    taillight = box(tail, tail_size, 0.02)
    return pair(named("headlight", LAMP, headlight) + named("taillight", TAIL_LAMP, taillight))


def _mirrors(at: Vector) -> list[Piece]:
    return pair(named("mirror", BODY, ball(at, (0.08, 0.13, 0.09), 8)))


def _bumpers(back: float, front: float, width: float, z: float, finish: int) -> list[Piece]:
    """Return the bumper behind, and that ahead, `width` wide."""
    bars = [
        box((back, 0.0, z), (0.14, 1.3, 0.14), 0.03),
        box((front, 0.0, z), (0.14, width, 0.14), 0.03),
    ]
    return named("bumper", finish, *bars)


def _rails(back: float, front: float, y: float, z: float) -> list[Piece]:
    """Return the rails of a roof rack."""
    path = [(back, y, z), (back + 0.1, y, z + 0.08), (front - 0.1, y, z + 0.08), (front, y, z)]
    return pair(named("roof rail", CHROME, tube(path, 0.035, 6)))


def sedan() -> Mesh:
    """Return a car with a bonnet, a cabin and a boot."""
    body = Body(
        top=[
            (-2.3, 0.84),
            (-2.22, 0.93),
            (-1.2, 0.97),
            (0.9, 0.95),
            (1.7, 0.84),
            (2.15, 0.7),
            (2.28, 0.55),
        ],
        floor=[(-2.3, 0.42), (-1.9, 0.26), (1.95, 0.24), (2.28, 0.32)],
        plan=[(-2.3, 0.74), (-2.15, 0.84), (-1.4, 0.9), (1.3, 0.9), (1.95, 0.82), (2.28, 0.6)],
        arches=Arches((-1.36, 1.36), 0.36),
    )
    cabin = Cabin(
        stations=[
            (-1.46, 0.99, "t"),
            (-1.12, 1.26, "st"),
            (-0.84, 1.42, "s"),
            (-0.55, 1.46, "s"),
            (-0.22, 1.47, ""),
            (-0.12, 1.47, "s"),
            (0.3, 1.45, "st"),
            (0.7, 1.26, "st"),
            (1.12, 0.99, ""),
        ],
        belt=[(-1.5, 0.95), (1.2, 0.94)],
        half=(0.84, 0.62),
    )
    return assemble(
        [
            *_on_wheels(body),
            cabin.piece(),
            *_lights((2.02, 0.55, 0.66), (-2.27, 0.54, 0.76), (0.12, 0.34, 0.14)),
            *_mirrors((0.74, 0.95, 1.0)),
            *_bumpers(-2.26, 2.25, 1.16, 0.42, TRIM),
        ]
    )


def wagon() -> Mesh:
    """Return a sedan whose roof runs on to the tail, with a rack on it."""
    body = Body(
        top=[(-2.36, 0.9), (-2.3, 1.0), (0.9, 0.95), (1.7, 0.84), (2.15, 0.7), (2.28, 0.55)],
        floor=[(-2.36, 0.42), (-1.95, 0.26), (1.95, 0.24), (2.28, 0.32)],
        plan=[(-2.36, 0.78), (-2.2, 0.87), (-1.4, 0.9), (1.3, 0.9), (1.95, 0.82), (2.28, 0.6)],
        arches=Arches((-1.4, 1.36), 0.36),
    )
    cabin = Cabin(
        stations=[
            (-2.32, 1.03, "t"),
            (-2.06, 1.5, ""),
            (-1.94, 1.55, "s"),
            (-1.15, 1.58, ""),
            (-1.05, 1.58, "s"),
            (-0.22, 1.58, ""),
            (-0.12, 1.57, "s"),
            (0.3, 1.51, "st"),
            (0.7, 1.29, "st"),
            (1.12, 0.99, ""),
        ],
        belt=[(-2.3, 0.98), (1.2, 0.94)],
        half=(0.84, 0.64),
    )
    return assemble(
        [
            *_on_wheels(body),
            cabin.piece(),
            *_lights((2.02, 0.55, 0.66), (-2.33, 0.66, 0.8), (0.1, 0.2, 0.3)),
            *_mirrors((0.74, 0.95, 1.0)),
            *_bumpers(-2.32, 2.25, 1.16, 0.42, CHROME),
            *_rails(-1.9, 0.1, 0.56, 1.55),
            *named(
                "roof rail",
                CHROME,
                *(box((x, 0.0, 1.63), (0.09, 1.12, 0.05)) for x in (-1.5, -0.4)),
            ),
        ]
    )


def suv() -> Mesh:
    """Return a tall, square car on big wheels, with its spare wheel behind."""
    body = Body(
        top=[(-2.1, 1.1), (-2.05, 1.18), (0.85, 1.16), (1.75, 1.1), (2.02, 1.0), (2.1, 0.85)],
        floor=[(-2.1, 0.52), (-1.8, 0.42), (1.75, 0.42), (2.1, 0.5)],
        plan=[(-2.1, 0.88), (-1.95, 0.95), (1.6, 0.95), (1.95, 0.9), (2.1, 0.8)],
        arches=Arches((-1.26, 1.3), 0.46),
    )
    cabin = Cabin(
        stations=[
            (-2.07, 1.2, "t"),
            (-1.97, 1.78, ""),
            (-1.85, 1.85, "s"),
            (-1.1, 1.88, ""),
            (-0.98, 1.88, "s"),
            (-0.2, 1.88, ""),
            (-0.08, 1.88, "s"),
            (0.42, 1.84, "st"),
            (0.72, 1.55, "st"),
            (1.0, 1.19, ""),
        ],
        belt=[(-2.1, 1.15), (1.1, 1.14)],
        half=(0.9, 0.74),
    )
    spare = turned([(-0.12, 0.36), (-0.08, 0.42), (0.1, 0.42)], 16)
    return assemble(
        [
            *_on_wheels(body, 0.3),
            cabin.piece(),
            *body.arches.trim(0.42, 0.95),
            *named("spare wheel", TYRE, moved(spare, (-2.2, 0.0, 1.02))),
            *named(
                "spare wheel",
                BODY,
                moved(turned([(-0.14, 0.22), (0.0, 0.3)], 12), (-2.2, 0.0, 1.02)),
            ),
            *_lights((1.97, 0.62, 0.9), (-2.1, 0.78, 0.98), (0.1, 0.16, 0.36)),
            *named("grille", TRIM, box((2.09, 0.0, 0.86), (0.06, 0.8, 0.2), 0.02)),
            *_mirrors((0.72, 1.02, 1.24)),
            *_bumpers(-2.1, 2.12, 1.5, 0.6, TRIM),
            *_rails(-1.75, 0.25, 0.64, 1.84),
        ]
    )


def minivan() -> Mesh:
    """Return a long car of one volume: its windscreen goes on where its short bonnet ends."""
    body = Body(
        top=[(-2.4, 0.95), (-2.34, 1.06), (1.2, 1.0), (1.8, 0.9), (2.2, 0.72), (2.32, 0.55)],
        floor=[(-2.4, 0.4), (-2.0, 0.26), (2.0, 0.26), (2.32, 0.34)],
        plan=[(-2.4, 0.86), (-2.25, 0.94), (1.2, 0.96), (1.85, 0.86), (2.2, 0.68), (2.32, 0.52)],
        arches=Arches((-1.45, 1.5), 0.36),
    )
    cabin = Cabin(
        stations=[
            (-2.38, 1.08, "t"),
            (-2.26, 1.76, ""),
            (-2.12, 1.94, "s"),
            (-1.4, 2.03, ""),
            (-1.28, 2.04, "s"),
            (-0.3, 2.05, ""),
            (-0.18, 2.05, "s"),
            (0.5, 1.98, "st"),
            (0.62, 1.93, "t"),
            (0.72, 1.86, "st"),
            (1.25, 1.46, "st"),
            (1.76, 0.96, ""),
        ],
        belt=[(-2.4, 1.03), (1.2, 0.98), (1.8, 0.9)],
        half=(0.92, 0.68),
    )
    return assemble(
        [
            *_on_wheels(body),
            cabin.piece(),
            *_lights((2.0, 0.5, 0.74), (-2.33, 0.78, 0.98), (0.16, 0.16, 0.3)),
            *_mirrors((1.16, 1.0, 1.08)),
            *_bumpers(-2.36, 2.28, 1.0, 0.44, TRIM),
            *pair(named("door rail", TRIM, box((-1.25, 0.95, 0.92), (1.3, 0.03, 0.035)))),
            *pair(
                named(
                    "handle",
                    CHROME,
                    *(box((x, 0.965, 0.82), (0.18, 0.04, 0.05)) for x in (-0.25, 0.1)),
                )
            ),
        ]
    )


def truck() -> Mesh:
    """Return a pickup: a cab for two, and an open bed behind it."""
    body = Body(
        top=[
            (-2.7, 1.14),
            (-0.42, 1.14),
            (-0.3, 1.14),
            (1.1, 1.12),
            (2.1, 1.05),
            (2.4, 0.92),
            (2.5, 0.8),
        ],
        floor=[(-2.7, 0.5), (-2.3, 0.42), (2.2, 0.42), (2.5, 0.48)],
        plan=[(-2.7, 0.94), (-2.5, 0.97), (2.0, 0.97), (2.3, 0.9), (2.5, 0.78)],
        arches=Arches((-1.62, 1.6), 0.45),
        bed=(-2.58, -0.36, 0.98),
    )
    cabin = Cabin(
        stations=[
            (-0.34, 1.18, "t"),
            (-0.22, 1.74, ""),
            (-0.1, 1.8, "s"),
            (0.6, 1.8, "st"),
            (0.92, 1.52, "st"),
            (1.24, 1.15, ""),
        ],
        belt=[(-0.4, 1.12), (1.3, 1.1)],
        half=(0.9, 0.72),
    )
    return assemble(
        [
            *_on_wheels(body, 0.32),
            cabin.piece(),
            *_lights((2.34, 0.64, 0.86), (-2.68, 0.84, 0.9), (0.1, 0.14, 0.34)),
            *named("grille", CHROME, box((2.48, 0.0, 0.74), (0.08, 0.86, 0.22), 0.02)),
            *_mirrors((0.86, 1.08, 1.26)),
            *_bumpers(-2.72, 2.5, 1.5, 0.56, CHROME),
        ]
    )


MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"sedan": sedan, "suv": suv, "minivan": minivan, "wagon": wagon, "truck": truck}
)
