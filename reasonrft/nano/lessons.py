"""lessons: what the base is taught of a picture: what is there, where it is, how many there are in all.

Not the questions of the tasks: no phrase is looked for, nothing is compared, added or removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from builders.scenes.tabletop import Look
from builders.tasks.counting._setting import walk_through
from evaluators import KINDS, layout
from reasonrft.nano.architecture import CELL
from reasonrft.prompt import INSTRUCTIONS, Style


@dataclass(frozen=True, slots=True)
class Lesson:
    """A prompt about a picture, and what the model shall write."""

    prompt: str
    target: str


WALKS: Final = ("Describe the picture.", "What do you see?", "Name all things in the picture.")
PLACES: Final = ("Describe the picture and say where things are.", "Where is each thing?")
TOTALS: Final = ("How many things does the picture show?", "Count everything that you see.")
ACROSS: Final = ("Name the things from left to right.", "What is where, from left to right?")
SHARES: Final = {"walk": 4, "places": 3, "across": 3, "total": 2, "direct": 1}


def teach(objects: Sequence[Mapping[str, Any]], rng: Random) -> Lesson:
    """A lesson about a picture of things in the order of the walk."""
    (kind,) = rng.choices(list(SHARES), list(SHARES.values()))
    return lesson_of(kind, objects, rng)


def lesson_of(kind: str, objects: Sequence[Mapping[str, Any]], rng: Random) -> Lesson:
    """The lesson of a kind about things in the order of the walk."""
    walk = walk_through(len(objects), rng)
    told = walk.told([look_of(one) for one in objects], rng)
    hint = KINDS["integer"].hint
    match kind:
        case "walk":
            return Lesson(rng.choice(WALKS), told)
        case "places":
            return Lesson(
                rng.choice(PLACES),
                "\n".join(
                    f"{walk.labels[i]}: {described(one)} at {' '.join(map(str, cell_of(one)))}"
                    for i, one in enumerate(objects)
                ),
            )
        case "across":  # where first, then what: the easiest way to learn to look at one thing
            ordered = sorted(objects, key=lambda one: one["box"][0] + one["box"][2])
            return Lesson(
                rng.choice(ACROSS),
                "\n".join(
                    f"{' '.join(map(str, cell_of(one)))}: {described(one)}" for one in ordered
                ),
            )
        case "total":
            prompt = f"{rng.choice(TOTALS)}\n{INSTRUCTIONS[Style.THOUGHT].format(hint=hint)}"
            thought = f"{told} That is {len(objects)} things. The answer is {len(objects)}."
            return Lesson(prompt, layout(thought, str(len(objects))))
        case _:
            prompt = f"{rng.choice(TOTALS)}\n{INSTRUCTIONS[Style.ANSWER].format(hint=hint)}"
            return Lesson(prompt, f"<answer>\n{len(objects)}\n</answer>")


def look_of(thing: Mapping[str, Any]) -> Look:
    """What can be said of a thing in a scene's JSON."""
    return Look(thing["shape"], thing["size"], thing["color"], thing["material"])


def described(thing: Mapping[str, Any]) -> str:
    """`small red metal cube`."""
    return f"{thing['size']} {thing['color']} {thing['material']} {thing['shape']}"


def cell_of(thing: Mapping[str, Any]) -> tuple[int, int]:
    """The cell of the picture in which the middle of a thing's box lies: column and row from 1."""
    left, top, right, bottom = thing["box"]
    return (left + right) // 2 // CELL + 1, (top + bottom) // 2 // CELL + 1
