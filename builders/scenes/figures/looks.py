"""looks: in what hand a figure is drawn: line, colours, letters, wobble, tilt."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

Color = tuple[int, int, int]
Hand = Literal["plain", "textbook", "other"]

BLACK: Final[Color] = (20, 20, 24)
WHITE: Final[Color] = (255, 255, 255)
SANS: Final = "DejaVuSans.ttf"
SERIF: Final = "STIXGeneral.ttf"
ITALIC: Final = "STIXGeneralItalic.ttf"
OBLIQUE: Final = "DejaVuSans-Oblique.ttf"
MONO: Final = "DejaVuSansMono.ttf"
BOLD: Final = "DejaVuSerif-Bold.ttf"
DOT: Final = 0.011  # radius of a point drawn as a dot, as a share of the picture's shorter side


@dataclass(frozen=True, slots=True)
class Look:
    """How a figure is drawn; lengths are shares of the picture's shorter side."""

    line: float = 0.007
    ink: Color = BLACK
    marks: Color = BLACK
    numbers: Color = BLACK
    paper: Color = WHITE
    shade: Color = (205, 214, 226)
    names: str = ITALIC  # font of points' names
    digits: str = SERIF  # font of numbers
    letter: float = 0.072  # height of letters
    wobble: float = 0.0  # how far a drawn line strays
    dots: bool = False  # points are drawn as dots
    tilt: float = 0.0  # degrees that the figure is turned by


def plain_look(rng: Random) -> Look:
    """As training shows it: black on white, a little varied."""
    return Look(
        line=rng.uniform(0.0055, 0.008),
        letter=rng.uniform(0.068, 0.078),
        names=rng.choice([ITALIC, ITALIC, OBLIQUE]),
        dots=rng.random() < 0.3,
        tilt=_little_turn(rng),
    )


def textbook_look(rng: Random) -> Look:
    """Blue lines, red marks, upright numbers: as schoolbooks print it."""
    return Look(
        line=rng.uniform(0.008, 0.011),
        ink=(0, 104, 178),
        marks=(222, 30, 120),
        shade=(250, 226, 170),
        names=OBLIQUE,
        digits=SANS,
        letter=rng.uniform(0.068, 0.076),
        tilt=_little_turn(rng),
    )


def _little_turn(rng: Random) -> float:
    """Level as often as not; upright or upside down, else a little out of the level."""
    return rng.choice([0, 180]) + rng.choice([0, 0, 1]) * rng.uniform(-25, 25)


def other_look(rng: Random) -> Look:
    """As no training picture looks: by hand, on coloured paper or a blackboard, in other letters."""
    dark = rng.random() < 0.4
    papers: Sequence[Color] = (
        ((24, 44, 38), (30, 34, 48), (52, 38, 34))
        if dark
        else ((250, 244, 222), (232, 240, 250), (244, 236, 240))
    )
    inks: Sequence[Color] = (
        ((240, 240, 230), (250, 220, 130), (170, 225, 245))
        if dark
        else ((120, 30, 30), (20, 90, 60), (80, 40, 120))
    )
    digits = rng.choice([MONO, BOLD])
    return Look(
        line=rng.choice([0.004, 0.013]),
        ink=rng.choice(inks),
        marks=rng.choice(inks),
        numbers=rng.choice(inks),
        paper=rng.choice(papers),
        shade=(90, 96, 120) if dark else (222, 206, 150),
        names=digits,
        digits=digits,
        letter=rng.uniform(0.064, 0.072),
        wobble=rng.uniform(0.004, 0.009),
        dots=rng.random() < 0.5,
        tilt=rng.choice([0, 180]) + rng.uniform(50, 130),  # further than in training
    )
