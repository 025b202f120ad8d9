"""figures: lessons about a diagram: what is written where, which size belongs to what, what lines and marks there are."""

from collections.abc import Iterable
from random import Random
from typing import Final

from builders.scenes.figures.measure import Kind
from reasonrft.nano.figures import Reading
from reasonrft.nano.lessons._lesson import Kinds, Lesson, place
from reasonrft.nano.sight import cell_of

WRITTEN: Final = (
    "What is written where, from left to right?",
    "Read all that is written, from left to right.",
)
POINTS: Final = ("Where are the points?", "Say where each point is.")
SIZES: Final = ("Which sizes are given in the picture?", "Read off the sizes.", "What is known?")
SEGMENTS: Final = ("Which lines are drawn?", "Name the lines.")
MARKS: Final = ("What do the marks say?", "Read the marks.")
ONE: Final = {"length": "How long is {}?", "angle": "How large is {}?", "arc": "How large is {}?"}
NONE: Final = "none"
UNWRITTEN: Final = 0.2  # of the sizes that are asked for are not written


def _written(reading: Reading, rng: Random) -> Lesson:
    texts = sorted(reading.written, key=lambda one: one[1])
    return Lesson(
        rng.choice(WRITTEN), _listed(f"{text} at {place(cell_of(*at))}" for text, at in texts)
    )


def _points(reading: Reading, rng: Random) -> Lesson:
    told = (f"{point} at {place(cell_of(*at))}" for point, at in sorted(reading.points.items()))
    return Lesson(rng.choice(POINTS), _listed(told))


def _sizes(reading: Reading, rng: Random) -> Lesson:
    ordered = sorted(reading.sizes.items(), key=lambda one: one[1][1])
    return Lesson(rng.choice(SIZES), _listed(f"{name} = {text}" for name, (text, _) in ordered))


def _one(reading: Reading, rng: Random) -> Lesson:
    """One size, or one that is not there."""
    name = rng.choice(sorted(reading.sizes))
    if rng.random() < UNWRITTEN:
        name = rng.choice(reading.segments)
    kind: Kind = "angle" if name.startswith("∠") else "arc" if name.startswith("arc") else "length"
    text, _ = reading.sizes.get(name, (NONE, None))
    return Lesson(ONE[kind].format(name), f"{name} = {text}.")


def _segments(reading: Reading, rng: Random) -> Lesson:
    return Lesson(rng.choice(SEGMENTS), _listed(reading.segments))


def _marks(reading: Reading, rng: Random) -> Lesson:
    return Lesson(rng.choice(MARKS), _listed(reading.marks))


def _listed(told: Iterable[str]) -> str:
    return f"{', '.join(told) or NONE}."


LESSONS: Final[Kinds[Reading]] = {
    "written": (3, _written),
    "points": (2, _points),
    "sizes": (6, _sizes),
    "one": (4, _one),
    "segments": (2, _segments),
    "marks": (3, _marks),
}
