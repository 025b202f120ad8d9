"""aeroplane: airliner, fighter jet and biplane."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from builders.scenes.vectors import Vector
from builders.scenes.vehicles.assembly import Mesh, Piece, assemble
from builders.scenes.vehicles.catalogue import BODY, CHROME, SEAT, TRIM, TYRE, WINDOW
from builders.scenes.vehicles.parts import (
    ball,
    box,
    drum,
    moved,
    named,
    pair,
    pod,
    tube,
    turned,
    wing,
)

LEFT = (0.0, 1.0, 0.0)  # a fin is thick across the vehicle


def _gear(top: Vector, radius: float, width: float) -> list[Piece]:
    """Return a wheel on a leg straight under `top`."""
    x, y, _ = top
    leg = tube([top, (x, y, radius)], 0.05, 6)
    return named("gear", CHROME, leg) + named("tyre", TYRE, drum((x, y, radius), radius, width, 12))


def _airliner_engine(at: Vector) -> list[Piece]:
    cowl = turned([(0.7, 0.2), (0.75, 0.26), (0.2, 0.27), (-0.25, 0.16), (-0.3, 0.1)], 14)
    inlet = turned([(0.68, 0.17), (0.76, 0.2)], 14)
    return named("engine", CHROME, moved(cowl, at)) + named("engine", TYRE, moved(inlet, at))


def airliner() -> Mesh:
    """Return a jet with swept wings, an engine under each, and a row of small windows."""
    z = 1.15  # height of the fuselage's middle
    fuselage = [
        (-3.1, z + 0.2, z + 0.28, 0.04),
        (-2.9, z + 0.08, z + 0.36, 0.12),
        (-2.2, z - 0.14, z + 0.43, 0.28),
        (-1.4, z - 0.34, z + 0.43, 0.4),
        (-0.9, z - 0.43, z + 0.43, 0.43),
        (2.0, z - 0.43, z + 0.43, 0.43),
        (2.4, z - 0.41, z + 0.37, 0.39),
        (2.75, z - 0.34, z + 0.21, 0.29),
        (2.98, z - 0.24, z + 0.04, 0.16),
        (3.08, z - 0.14, z - 0.08, 0.03),
    ]
    cockpit = [
        (2.4, z + 0.08, z + 0.39, 0.3),
        (2.62, z + 0.08, z + 0.31, 0.3),
        (2.82, z + 0.06, z + 0.16, 0.22),
    ]
    panes = [box((1.75 - 0.3 * k, 0.42, z + 0.12), (0.17, 0.06, 0.18)) for k in range(11)]
    main = [
        (1.7, 0.2, (0.95, 0.2, z - 0.22)),
        (1.0, 0.13, (0.1, 1.3, z - 0.1)),
        (0.45, 0.06, (-0.95, 2.95, z + 0.1)),
    ]
    winglet = [(0.42, 0.05, (-0.96, 2.93, z + 0.1)), (0.22, 0.04, (-1.22, 3.0, z + 0.42))]
    tail = [(0.75, 0.1, (-2.2, 0.1, z + 0.22)), (0.35, 0.05, (-2.8, 1.15, z + 0.3))]
    fin = [(1.05, 0.1, (-1.85, 0.0, z + 0.3)), (0.5, 0.06, (-2.75, 0.0, z + 1.35))]
    return assemble(
        [
            *named("fuselage", BODY, pod(fuselage, 20, 2.0)),
            *named("cockpit", WINDOW, pod(cockpit, 8, 3.0)),
            *named("fin", BODY, wing(fin, LEFT)),
            *_gear((2.2, 0.0, z - 0.3), 0.17, 0.22),
            *pair(
                [
                    *named("wing", BODY, wing(main)),
                    *named("winglet", BODY, wing(winglet, LEFT)),
                    *named("tailplane", BODY, wing(tail)),
                    *named("window", WINDOW, *panes),
                    *_airliner_engine((0.1, 1.15, z - 0.48)),
                    *_gear((-0.3, 0.55, z - 0.3), 0.21, 0.3),
                ]
            ),
        ]
    )


def fighter_jet() -> Mesh:
    """Return a jet with a pointed nose, wings like arrowheads and two fins."""
    z = 0.75
    fuselage = [
        (-2.4, z - 0.2, z + 0.2, 0.3),
        (-1.6, z - 0.26, z + 0.24, 0.4),
        (0.3, z - 0.26, z + 0.26, 0.4),
        (1.0, z - 0.2, z + 0.26, 0.27),
        (1.9, z - 0.14, z + 0.18, 0.18),
        (2.6, z - 0.06, z + 0.06, 0.07),
        (2.9, z - 0.01, z + 0.01, 0.01),
    ]
    intake = [
        (-1.4, z - 0.24, z + 0.14, 0.16),
        (0.2, z - 0.26, z + 0.16, 0.19),
        (0.95, z - 0.24, z + 0.18, 0.17),
    ]
    mouth = [(0.9, z - 0.2, z + 0.14, 0.13), (0.98, z - 0.2, z + 0.14, 0.13)]
    canopy = [
        (0.1, z + 0.22, z + 0.28, 0.06),
        (0.4, z + 0.16, z + 0.44, 0.17),
        (0.85, z + 0.14, z + 0.5, 0.2),
        (1.3, z + 0.12, z + 0.4, 0.17),
        (1.7, z + 0.12, z + 0.2, 0.07),
    ]
    main = [(2.3, 0.14, (0.7, 0.3, z)), (0.5, 0.05, (-1.05, 1.95, z - 0.04))]
    tail = [(0.85, 0.09, (-1.75, 0.3, z)), (0.4, 0.05, (-2.35, 1.15, z - 0.02))]
    fin = [(1.1, 0.1, (-1.1, 0.34, z + 0.16)), (0.5, 0.05, (-1.85, 0.62, z + 1.0))]
    nozzle = turned([(-2.7, 0.13), (-2.66, 0.15), (-2.35, 0.19)], 12)
    missile = turned([(-0.9, 0.05), (0.0, 0.06), (0.2, 0.01)], 8)
    return assemble(
        [
            *named("fuselage", BODY, pod(fuselage, 16, 2.4)),
            *named("canopy", WINDOW, pod(canopy, 14, 2.0)),
            *_gear((1.5, 0.0, z - 0.1), 0.15, 0.14),
            *pair(
                [
                    *named("wing", BODY, wing(main)),
                    *named("tailplane", BODY, wing(tail)),
                    *named("fin", BODY, wing(fin, LEFT)),
                    *named("intake", BODY, moved(pod(intake, 10, 4.0), (0.0, 0.4, 0.0))),
                    *named("intake", TYRE, moved(pod(mouth, 10, 4.0), (0.0, 0.4, 0.0))),
                    *named("nozzle", TRIM, moved(nozzle, (0.0, 0.2, z))),
                    *named("missile", CHROME, moved(missile, (-0.9, 1.98, z - 0.04))),
                    *_gear((-0.9, 0.4, z - 0.1), 0.18, 0.16),
                ]
            ),
        ]
    )


def _propeller(x: float, z: float) -> list[Piece]:
    blades = [pod([(x, z - 0.62, z - 0.12, 0.05), (x + 0.05, z - 0.62, z - 0.12, 0.07)], 8, 2.6)]
    blades.append(
        pod([(x, z + 0.12, z + 0.62, 0.05), (x + 0.05, z + 0.12, z + 0.62, 0.07)], 8, 2.6)
    )
    spinner = turned([(x - 0.05, 0.13), (x + 0.08, 0.11), (x + 0.18, 0.03)], 10)
    return named("propeller", SEAT, *blades) + named(
        "spinner", CHROME, moved(spinner, (0.0, 0.0, z))
    )


def biplane() -> Mesh:
    """Return an old aeroplane: two pairs of wings with struts, a propeller, an open cockpit."""
    z = 0.95
    fuselage = [
        (-2.2, z + 0.12, z + 0.2, 0.03),
        (-1.6, z - 0.02, z + 0.24, 0.12),
        (-0.6, z - 0.24, z + 0.3, 0.26),
        (0.3, z - 0.32, z + 0.32, 0.32),
        (1.0, z - 0.34, z + 0.32, 0.34),
        (1.2, z - 0.32, z + 0.3, 0.32),
    ]
    engine = turned([(1.1, 0.36), (1.2, 0.4), (1.45, 0.38), (1.52, 0.3)], 14)
    upper, lower = z + 0.92, z - 0.24
    struts = [
        tube([(x + 0.14, y, lower + 0.05), (x + 0.22, y, upper)], 0.035, 6)
        for x in (-0.02, 0.5)
        for y in (1.0, 1.9)
    ]
    cabane = [tube([(x, 0.2, z + 0.25), (x + 0.06, 0.3, upper)], 0.03, 6) for x in (0.25, 0.75)]
    top = [
        (1.0, 0.13, (1.0, 0.0, upper)),
        (1.0, 0.13, (1.0, 2.25, upper + 0.06)),
        (0.6, 0.08, (0.8, 2.5, upper + 0.06)),
    ]
    bottom = [
        (0.95, 0.12, (0.85, 0.15, lower)),
        (0.95, 0.12, (0.85, 2.1, lower + 0.06)),
        (0.55, 0.07, (0.65, 2.32, lower + 0.06)),
    ]
    tail = [
        (0.6, 0.08, (-1.6, 0.05, z + 0.16)),
        (0.6, 0.06, (-1.65, 0.7, z + 0.16)),
        (0.35, 0.04, (-1.8, 0.88, z + 0.16)),
    ]
    fin = [
        (0.6, 0.08, (-1.65, 0.0, z + 0.15)),
        (0.6, 0.07, (-1.8, 0.0, z + 0.55)),
        (0.3, 0.05, (-2.0, 0.0, z + 0.78)),
    ]
    return assemble(
        [
            *named("fuselage", BODY, pod(fuselage, 14, 2.6)),
            *named("engine", CHROME, moved(engine, (0.0, 0.0, z))),
            *_propeller(1.56, z),
            *named(
                "cockpit",
                TRIM,
                pod([(-0.62, z + 0.26, z + 0.33, 0.14), (-0.1, z + 0.28, z + 0.36, 0.2)], 10, 3.0),
            ),
            *named("pilot", SEAT, ball((-0.36, 0.0, z + 0.46), (0.15, 0.14, 0.17), 10)),
            *named("windscreen", WINDOW, box((-0.04, 0.0, z + 0.42), (0.04, 0.3, 0.2))),
            *named("fin", BODY, wing(fin, LEFT)),
            *named("skid", CHROME, tube([(-1.8, 0.0, z + 0.1), (-2.0, 0.0, z - 0.28)], 0.035, 6)),
            *named("axle", CHROME, tube([(0.7, -0.6, 0.28), (0.7, 0.6, 0.28)], 0.04, 6)),
            *pair(
                [
                    *named("wing", BODY, wing(top), wing(bottom)),
                    *named("tailplane", BODY, wing(tail)),
                    *named("strut", SEAT, *struts, *cabane),
                    *named(
                        "gear",
                        CHROME,
                        tube([(0.45, 0.22, z - 0.25), (0.7, 0.5, 0.28)], 0.04, 6),
                        tube([(0.95, 0.22, z - 0.25), (0.7, 0.5, 0.28)], 0.04, 6),
                    ),
                    *named("tyre", TYRE, drum((0.7, 0.62, 0.28), 0.28, 0.14, 14)),
                    *named("tyre", BODY, drum((0.7, 0.7, 0.28), 0.15, 0.03, 10)),
                ]
            ),
        ]
    )


MODELS: Mapping[str, Callable[[], Mesh]] = MappingProxyType(
    {"airliner": airliner, "fighter jet": fighter_jet, "biplane": biplane}
)
