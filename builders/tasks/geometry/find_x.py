"""find-x: what is x, where angles or lengths are given as expressions in it?"""

from dataclasses import replace
from functools import partial
from typing import Final

from builders.task import Task
from builders.tasks.geometry import find_angle
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._question import UNKNOWN
from builders.tasks.geometry._reader import solve

BASES: Final = (
    *find_angle.BASES, "isosceles of lengths", "rhombus", "kite", "parallelogram with diagonals",
    "triangle of lengths", "tangent of lengths", "trapezoid",
)  # fmt: skip
HELD_OUT: Final = find_angle.HELD_OUT
# Where chains of three theorems and more end in an equation in x often enough to be found.
DEEP: Final = (
    "inscribed triangle", "angles over one arc", "inscribed quadrilateral", "kite of angles",
    "parallelogram of angles",
)  # fmt: skip
KINDS: Final = {
    "x": Sort("whole", (UNKNOWN,), BASES, HELD_OUT, DEEP),
    "x-choice": Sort("choice", (UNKNOWN,), BASES, HELD_OUT, DEEP),
}

# An easy picture has no room for the expressions and givens of a long chain.
OWN_SPLITS: Final = dict(SPLITS) | {"ood-depth": replace(SPLITS["ood-depth"], easy=None)}

TASK: Final = Task(
    name="find-x",
    family="geometry",
    version=4,
    summary="What is x, where angles or lengths are given as expressions in it?",
    splits=OWN_SPLITS,
    draw=partial(draw, KINDS),
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
