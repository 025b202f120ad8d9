"""find-angle: how large is an angle, or an arc?"""

from functools import partial
from typing import Final

from builders.task import Task
from builders.tasks.geometry._drawing import SPLITS, Sort, draw
from builders.tasks.geometry._reader import solve

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

TASK: Final = Task(
    name="find-angle",
    family="geometry",
    version=4,
    summary="How many degrees does an angle or an arc have?",
    splits=SPLITS,
    draw=partial(draw, KINDS),
    solve=solve,
    blind_bound=0.25,
    easy_blind_bound=0.3,
)
