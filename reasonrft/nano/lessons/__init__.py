"""lessons: what the base is taught: to say what a picture shows, and the small skills that thoughts are put together from.

Not the answers of the tasks: nobody is told how many of a group there are, what was changed between two
pictures, or what follows from the sizes of a figure.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, Final, Literal, get_args

from reasonrft.nano.figures import Reading
from reasonrft.nano.lessons import figures, numbers, pairs, things
from reasonrft.nano.lessons._lesson import Kinds, Lesson
from reasonrft.nano.tables import Objects, Tables

# What a lesson is about: counting's tables; tables of transformation, one picture or both; diagrams.
Sort = Literal["table", "view", "pair", "diagram"]
SORTS: Final[Sequence[Sort]] = get_args(Sort)
Known = Objects | Tables | Reading  # of a table, of two, of a diagram
LESSONS: Final[dict[Sort, Kinds[Any]]] = {
    "table": things.LESSONS,
    "view": things.PLAIN_LESSONS,
    "pair": pairs.LESSONS,
    "diagram": figures.LESSONS,
}
NUMBERS: Final = 0.1  # of all lessons about one picture are of numbers


def teach(sort: Sort, facts: Known, rng: Random) -> Lesson:
    """A lesson about one picture or two of a sort of which these facts are known."""
    kinds = LESSONS[sort]
    if sort != "pair" and rng.random() < NUMBERS:
        kinds = numbers.LESSONS
    shares = [share for share, _ in kinds.values()]
    ((_, tell),) = rng.choices(list(kinds.values()), shares)
    return tell(facts, rng)


def lesson_of(sort: Sort, kind: str, facts: Known, rng: Random) -> Lesson:
    """The lesson of a kind."""
    _, tell = {**LESSONS[sort], **numbers.LESSONS}[kind]
    return tell(facts, rng)


__all__ = ["LESSONS", "SORTS", "Known", "Lesson", "Sort", "lesson_of", "teach"]
