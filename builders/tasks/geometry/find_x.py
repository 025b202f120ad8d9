"""find-x: what is x, where angles or lengths are given as expressions in it?"""

from dataclasses import replace
from random import Random
from typing import Final

from builders.sample import Draft
from builders.task import Canvas, Task, Turn
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._question import UNKNOWN
from builders.tasks.geometry._reader import solve
from builders.tasks.geometry._scene import Params

BASES: Final = (
    "triangle of angles", "isosceles of angles", "right triangle of angles", "parallelogram of angles",
    "rhombus of angles", "kite of angles", "trapezoid of angles", "quadrilateral of angles",
    "parallel lines", "parallel zigzag", "crossing lines", "inscribed triangle",
    "inscribed quadrilateral", "angles over one arc", "angle in half circle", "two tangents",
    "isosceles of lengths", "rhombus", "kite", "parallelogram with diagonals", "triangle of lengths",
    "tangent of lengths", "trapezoid",
)  # fmt: skip
HELD_OUT: Final = ("crossing chords of arcs", "secants of arcs", "tangent and chord")
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


def draw_x(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A sample of the task."""
    return draw(KINDS, params, rng, turn, canvas)


TASK: Final = Task(
    name="find-x",
    family="geometry",
    version=4,
    summary="What is x, where angles or lengths are given as expressions in it?",
    splits=OWN_SPLITS,
    draw=draw_x,
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
