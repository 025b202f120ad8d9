"""Tasks that are drawn at once, for the tests of building; other processes find them by import.

Where `TOY_SECONDS` is set, each draw takes so long. `TOY_TRAP` names a file with a number: while that is
not 0, a process is killed at its hundredth draw, as the system kills one when memory runs out.
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from builders.files import write_whole
from builders.sample import Draft
from builders.task import Canvas, Split, Task, Turn
from evaluators import AnyAnswer, Choice, Integer


@dataclass(frozen=True, slots=True)
class Params:
    most: int = 5
    background: tuple[int, int, int] = (240, 240, 240)


DRAWS = count(1)  # of this process
DEADLY_DRAW = 100


def suffer() -> None:
    time.sleep(float(os.environ.get("TOY_SECONDS", "0")))
    if "TOY_TRAP" in os.environ and next(DRAWS) == DEADLY_DRAW:
        trap = Path(os.environ["TOY_TRAP"])
        left = int(trap.read_text())
        if left:
            write_whole(trap, str(left - 1).encode())  # another process may read it just now
            os.kill(os.getpid(), signal.SIGKILL)


def draw_dots(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """So many red dots, in places that are stored as shares of the picture."""
    suffer()
    number, _ = turn.among(range(1, params.most + 1))
    dots = [
        [round(rng.uniform(0.1, 0.9), 6), round(rng.uniform(0.1, 0.9), 6)] for _ in range(number)
    ]
    image = Image.new("RGB", (canvas.width, canvas.height), params.background)
    pen = ImageDraw.Draw(image)
    for x, y in dots:
        pen.circle((x * canvas.width, y * canvas.height), 3, fill=(200, 30, 30))
    return Draft(
        images=(image,),
        question="How many red dots are there?",
        answer=Integer(number),
        thought=f"There is one dot after the other, which makes {number}.",
        kind="dots",
        depth=1,
        scene={"dots": dots},
    )


def solve_dots(_question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    return Integer(len(scene["dots"]))


def draw_half(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """Where a dot is, of two places: a task with options, with two pictures, and with few splits."""
    draft = draw_dots(replace(params, most=1), rng, turn, canvas)
    letter = "A" if draft.scene["dots"][0][0] < 0.5 else "B"
    return replace(
        draft,
        images=(draft.images[0], draft.images[0].transpose(Image.Transpose.FLIP_TOP_BOTTOM)),
        question="In which half of both pictures is the red dot? (A) the left (B) the right",
        answer=Choice(letter, ("the left", "the right")),
        thought=f"The dot is at {draft.scene['dots'][0][0]:.0%} of the width, so the answer is {letter}.",
        kind="half",
        depth=2,
    )


def solve_half(_question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    return Choice("A" if scene["dots"][0][0] < 0.5 else "B", ("the left", "the right"))


DOTS = Task(
    name="dots",
    family="counting",
    version=1,
    summary="How many dots are there?",
    splits={
        "train": Split(Params(), easy=Params(most=2)),
        "test": Split(Params(), easy=Params(most=2)),
        "ood-dark": Split(Params(background=(20, 20, 60)), "the same on dark ground", "test"),
        "ood-many": Split(Params(most=9), "up to 9 dots in place of 5"),
        "ood-many-dark": Split(
            Params(most=9, background=(20, 20, 60)), "up to 9 dots, dark ground"
        ),
    },
    draw=draw_dots,
    solve=solve_dots,
    blind_bound=0.5,
)
HALF = Task(
    name="half",
    family="counting",
    version=3,
    summary="Where is the dot?",
    splits={"train": Split(Params()), "test": Split(Params())},
    draw=draw_half,
    solve=solve_half,
    blind_bound=0.9,
)
# The one task of another family.
CORNERS = replace(DOTS, name="corners", family="geometry", version=2)


@cache
def tasks() -> Mapping[str, Task[Any]]:
    return {"half": HALF, "dots": DOTS, "corners": CORNERS}
