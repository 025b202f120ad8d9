"""find-length: how long is a side, a chord, a tangent, a radius?"""

from functools import partial
from typing import Final

from builders.task import Task
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._reader import solve

WHOLE: Final = (
    "right triangle", "triangle of lengths", "isosceles of lengths", "rectangle", "rhombus", "kite",
    "parallelogram", "parallelogram with diagonals", "trapezoid", "altitude on hypotenuse",
    "triangle with parallel", "hourglass", "bisected triangle", "thales of lengths",
    "tangent of lengths", "chord and distance", "incircle", "regular polygon",
)  # fmt: skip
ROOTS: Final = (
    "right triangle", "special right triangle", "equilateral", "square", "rectangle",
    "altitude on hypotenuse", "square and circle", "rhombus",
)  # fmt: skip
# There are few tangents that are whole or small roots: they have the fewest turns.
HELD_OUT: Final = (
    *2 * ("crossing chords of lengths", "secants of lengths", "triangle with short third"),
    "tangent and secant",
)  # fmt: skip
# There are few sizes of triangles of two angles: they have the fewest turns.
HELD_OUT_ROOTS: Final = (
    *3 * ("triangle with short third", "parallelogram with short diagonal"), "triangle of two angles",
)  # fmt: skip
HELD_OUT_DECIMALS: Final = (
    *3 * ("triangle of sides and angle", "parallelogram of sides and angle"), "triangle of two angles",
)  # fmt: skip
ASKS: Final = ("length", "radius")
KINDS: Final = {
    "length": Sort("whole", ASKS, WHOLE, HELD_OUT),
    "length-exact": Sort("exact", ASKS, ROOTS, HELD_OUT_ROOTS),
    "length-rounded": Sort("rounded", ASKS, ROOTS, HELD_OUT_DECIMALS),
    "length-choice": Sort("choice", ASKS, (*WHOLE, *ROOTS), (*HELD_OUT, *HELD_OUT_ROOTS)),
}

TASK: Final = Task(
    name="find-length",
    family="geometry",
    version=4,
    summary="How long is a side, a chord, a tangent, a radius?",
    splits=SPLITS,
    draw=partial(draw, KINDS),
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
