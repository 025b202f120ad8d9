"""find-angle: how large is an angle, or an arc?"""

from random import Random
from typing import Final

from builders.sample import Draft
from builders.task import Canvas, Task, Turn
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._reader import solve
from builders.tasks.geometry._scene import Params

BASES: Final = (
    "triangle of angles", "isosceles of angles", "right triangle of angles", "parallelogram of angles",
    "rhombus of angles", "kite of angles", "trapezoid of angles", "quadrilateral of angles",
    "parallel lines", "parallel zigzag", "crossing lines", "inscribed triangle",
    "inscribed quadrilateral", "angles over one arc", "angle in half circle", "two tangents",
)  # fmt: skip
HELD_OUT: Final = ("crossing chords of arcs", "secants of arcs", "tangent and chord")
ASKS: Final = ("angle", "arc")
KINDS: Final = {
    "angle": Sort("whole", ASKS, BASES, HELD_OUT),
    "angle-choice": Sort("choice", ASKS, BASES, HELD_OUT),
}


def draw_angle(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A sample of the task."""
    return draw(KINDS, params, rng, turn, canvas)


TASK: Final = Task(
    name="find-angle",
    family="geometry",
    version=4,
    summary="How many degrees does an angle or an arc have?",
    splits=SPLITS,
    draw=draw_angle,
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
