"""catalogue: which constructions there are, and a figure made of some of them."""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from builders.scenes.figures import (
    additions,
    circles,
    parallels,
    polygons,
    regions,
    secants,
    triangles,
)
from builders.scenes.figures.figure import NAMES, Figure, UnsuitableError

Construction = Callable[[Figure, Random], None]


def _named(*constructions: Construction) -> Mapping[str, Construction]:
    return MappingProxyType({one.__name__.replace("_", " "): one for one in constructions})


BASES: Final = _named(
    triangles.triangle_of_angles,
    triangles.isosceles_of_angles,
    triangles.right_triangle_of_angles,
    polygons.parallelogram_of_angles,
    polygons.rhombus_of_angles,
    polygons.kite_of_angles,
    polygons.trapezoid_of_angles,
    polygons.quadrilateral_of_angles,
    parallels.parallel_lines,
    parallels.parallel_zigzag,
    parallels.crossing_lines,
    polygons.regular_polygon,
    triangles.right_triangle,
    triangles.special_right_triangle,
    triangles.triangle_of_lengths,
    triangles.isosceles_of_lengths,
    triangles.equilateral,
    polygons.rectangle,
    polygons.square,
    polygons.rhombus,
    polygons.kite,
    polygons.parallelogram,
    polygons.parallelogram_with_diagonals,
    polygons.parallelogram_of_sides_and_angle,
    polygons.parallelogram_with_short_diagonal,
    polygons.trapezoid,
    triangles.altitude_on_hypotenuse,
    triangles.triangle_of_sides_and_angle,
    triangles.triangle_with_short_third,
    triangles.triangle_of_two_angles,
    triangles.triangle_with_parallel,
    parallels.hourglass,
    triangles.bisected_triangle,
    circles.inscribed_triangle,
    circles.inscribed_quadrilateral,
    circles.angles_over_one_arc,
    circles.angle_in_half_circle,
    circles.thales_of_lengths,
    circles.two_tangents,
    circles.tangent_of_lengths,
    circles.chord_and_distance,
    regions.sector,
    regions.segment_of_circle,
    regions.rounded_rectangle,
    regions.square_and_circle,
    regions.quarter_in_square,
    regions.triangle_in_half_disc,
    circles.incircle,
    secants.crossing_chords_of_arcs,
    secants.secants_of_arcs,
    secants.tangent_and_chord,
    secants.crossing_chords_of_lengths,
    secants.secants_of_lengths,
    secants.tangent_and_secant,
)
ADDITIONS: Final = _named(
    additions.bisector,
    additions.cevian,
    additions.altitude,
    additions.median,
    additions.medians,
    additions.midsegment,
    additions.trapezoid_midsegment,
    additions.extension,
    additions.parallel_through_corner,
    additions.parallel_to_side,
    additions.outer_triangle,
    additions.outer_square,
    additions.diagonals,
    additions.isosceles_within,
    additions.radii,
    additions.tangent,
    additions.chord,
    additions.inscribed_angle,
)
BASE_TRIES: Final = 150  # many sizes are refused, at once
TRIES: Final = 12  # of each addition
# A letter tells nothing of where a point is, if not all figures begin with the same ones.
ALPHABETS: Final = (NAMES, NAMES[9:] + NAMES[:9], NAMES[13:] + NAMES[:13])


def construct(base: str, wanted: int, rng: Random) -> Figure:
    """A figure that begins with a base, and as many additions as are wanted and fit.

    Raises:
        UnsuitableError: the base cannot be drawn so that it is clear to see.
    """
    names = rng.choice(ALPHABETS)
    for _ in range(BASE_TRIES):
        further = Random(rng.getrandbits(64))
        figure = _with(Figure(names), BASES[base], further)
        if figure is not None:
            break
    else:
        raise UnsuitableError(f"no {base} in {BASE_TRIES} tries")
    made, seed = [base], further.getrandbits(64)
    for _ in range(wanted):
        for _ in range(TRIES):
            addition = rng.choice(list(ADDITIONS))
            larger = _with(figure.copy(), ADDITIONS[addition], Random(seed))
            if larger is not None:
                figure, seed = larger, further.getrandbits(64)
                made.append(addition)
                break
    figure.made = tuple(made)
    return figure


def _with(figure: Figure, add: Construction, rng: Random) -> Figure | None:
    """The figure with this construction; None where it does not fit, or could not be seen clearly."""
    try:
        add(figure, rng)
        figure.check()
    except UnsuitableError:
        return None
    return figure
