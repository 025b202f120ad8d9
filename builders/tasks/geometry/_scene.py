"""_scene: what a geometry split varies, and a problem with its words, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.looks import Hand
from builders.scenes.figures.measure import Quantity
from builders.task import Canvas
from builders.tasks.geometry._forms import Asked
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._question import Telling
from builders.tasks.geometry._rule import Instance
from builders.tasks.geometry._sides import Side
from builders.tasks.geometry._unknown import UnknownProblem

# Where all labels of a problem's picture must be clear, the most crowded first; in other sizes they
# are only laid out anew.
CLEAR_IN: Final = (Canvas(112, 112), Canvas(320, 240))
EASY_CLEAR_IN: Final = (Canvas(128, 96),)


@dataclass(frozen=True, slots=True)
class Params:
    """What a geometry split varies."""

    held_out: bool = False  # its problems need theorems that training never uses
    hand: Hand = "plain"
    depths: tuple[int, ...] = (1, 2, 3)
    additions: tuple[int, ...] = (0, 1, 1, 1, 1, 1, 2, 2)  # how many; one is taken
    easy: bool = False
    # Whose figures it shows. They are not compared: splits that differ in them alone are made in the same way.
    sides: tuple[Side, ...] = field(default=("test",), compare=False)

    @property
    def clear_in(self) -> Sequence[Canvas]:
        """The sizes in which all its labels are clear to read."""
        return EASY_CLEAR_IN if self.easy else CLEAR_IN

    @property
    def textbook(self) -> bool:
        """Whether the picture tells all that it can."""
        return self.hand == "textbook" or self.easy


@dataclass(frozen=True, slots=True)
class Scene:
    """A problem with its words, ready to be drawn."""

    figure: Figure
    problem: Problem | UnknownProblem
    facts: Sequence[Fact]
    givens: Sequence[tuple[Quantity, str]]  # as they are written
    steps: Sequence[tuple[Instance, str]]  # theorems, and what each is used to find
    depth: int
    telling: Telling
    question: str
    asked: Asked
    thought: str
