"""find-area: how large is a region, how long its border or an arc?"""

from functools import partial
from typing import Final

from builders.task import Task
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._reader import solve

WHOLE: Final = (
    "right triangle", "triangle of lengths", "isosceles of lengths", "rectangle", "rhombus", "kite",
    "parallelogram", "parallelogram with diagonals", "trapezoid", "altitude on hypotenuse",
    "triangle with parallel", "bisected triangle", "thales of lengths", "tangent of lengths",
    "chord and distance", "regular polygon",
)  # fmt: skip
WITH_PI: Final = (
    "sector", "segment of circle", "rounded rectangle", "square and circle", "quarter in square",
    "triangle in half disc", "incircle", "thales of lengths", "tangent of lengths", "chord and distance",
)  # fmt: skip
WITH_ROOTS: Final = (
    "equilateral", "special right triangle", "regular polygon", "right triangle", "isosceles of lengths", "kite",
    "rhombus", "trapezoid", "parallelogram",
)  # fmt: skip
# Of most constructions with π there are few figures, and the lot takes turns from them.
IRRATIONAL: Final = (*3 * WITH_PI, *WITH_ROOTS)
# There are few sizes of triangles of two angles: they have a seventh of the turns.
HELD_OUT: Final = (
    *3 * ("triangle of sides and angle", "parallelogram of sides and angle"), "triangle of two angles",
)  # fmt: skip
ASKS: Final = ("area", "perimeter", "arc length")
KINDS: Final = {
    "area": Sort("whole", ASKS, WHOLE, HELD_OUT),
    "area-exact": Sort("exact", ASKS, IRRATIONAL, HELD_OUT),
    "area-rounded": Sort("rounded", ASKS, IRRATIONAL, HELD_OUT),
    "area-choice": Sort("choice", ASKS, (*WHOLE, *WITH_PI, *WITH_ROOTS), HELD_OUT),
}

TASK: Final = Task(
    name="find-area",
    family="geometry",
    version=4,
    summary="How large is the area of a region, how long its border or an arc?",
    splits=SPLITS,
    draw=partial(draw, KINDS),
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
