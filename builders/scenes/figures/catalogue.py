"""catalogue: which constructions there are, and a figure made of some of them."""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from builders.scenes.figures import growth, round, straight
from builders.scenes.figures.figure import NAMES, Figure, UnsuitableError

Construction = Callable[[Figure, Random], None]


def _named(*constructions: Construction) -> Mapping[str, Construction]:
    return MappingProxyType({one.__name__.replace("_", " "): one for one in constructions})


BASES: Final = _named(
    straight.triangle_of_angles,
    straight.isosceles_of_angles,
    straight.right_triangle_of_angles,
    straight.parallelogram_of_angles,
    straight.rhombus_of_angles,
    straight.kite_of_angles,
    straight.trapezoid_of_angles,
    straight.quadrilateral_of_angles,
    straight.parallel_lines,
    straight.parallel_zigzag,
    straight.crossing_lines,
    straight.regular_polygon,
    straight.right_triangle,
    straight.special_right_triangle,
    straight.triangle_of_lengths,
    straight.isosceles_of_lengths,
    straight.equilateral,
    straight.rectangle,
    straight.square,
    straight.rhombus,
    straight.kite,
    straight.parallelogram,
    straight.parallelogram_with_diagonals,
    straight.trapezoid,
    straight.altitude_on_hypotenuse,
    straight.triangle_of_sides_and_angle,
    straight.triangle_of_two_angles,
    straight.triangle_with_parallel,
    straight.hourglass,
    straight.bisected_triangle,
    round.inscribed_triangle,
    round.inscribed_quadrilateral,
    round.angles_over_one_arc,
    round.angle_in_half_circle,
    round.thales_of_lengths,
    round.two_tangents,
    round.tangent_of_lengths,
    round.chord_and_distance,
    round.sector,
    round.rounded_rectangle,
    round.square_and_circle,
    round.quarter_in_square,
    round.triangle_in_half_disc,
    round.incircle,
    round.crossing_chords_of_arcs,
    round.secants_of_arcs,
    round.tangent_and_chord,
    round.crossing_chords_of_lengths,
    round.secants_of_lengths,
    round.tangent_and_secant,
)
GROWTHS: Final = _named(
    growth.bisector,
    growth.cevian,
    growth.altitude,
    growth.median,
    growth.medians,
    growth.midsegment,
    growth.trapezoid_midsegment,
    growth.extension,
    growth.parallel_through_corner,
    growth.parallel_to_side,
    growth.outer_triangle,
    growth.outer_square,
    growth.diagonals,
    growth.isosceles_within,
    growth.radii,
    growth.tangent,
)
BASE_TRIES: Final = 150  # many sizes are refused, at once
TRIES: Final = 12  # of each growth
ALPHABETS: Final = (NAMES, NAMES[9:] + NAMES[:9], NAMES[13:] + NAMES[:13])


def construct(base: str, growths: int, rng: Random) -> Figure:
    """A figure that begins with a base, and as many growths as were asked for and fit.

    Raises:
        UnsuitableError: the base cannot be drawn so that it is clear to see.
    """
    names = rng.choice(ALPHABETS)
    for _ in range(BASE_TRIES):
        state = rng.getrandbits(64)
        figure = _made((base,), state, names)
        if figure is not None:
            break
    else:
        raise UnsuitableError(f"no {base} in {BASE_TRIES} tries")
    made: tuple[str, ...] = (base,)
    for _ in range(growths):
        for _ in range(TRIES):
            longer = (*made, rng.choice(list(GROWTHS)))
            grown = _made(longer, state, names)
            if grown is not None:
                made, figure = longer, grown
                break
    figure.made = made
    return figure


def _made(parts: tuple[str, ...], seed: int, names: str) -> Figure | None:
    """The figure of these constructions, from its beginning: none has to be undone."""
    rng = Random(seed)
    figure = Figure(names)
    try:
        BASES[parts[0]](figure, rng)
        for part in parts[1:]:
            GROWTHS[part](figure, Random(rng.getrandbits(64)))
        figure.check()
    except UnsuitableError:
        return None
    return figure
