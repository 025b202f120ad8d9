"""pairs: lessons about a table before and after: what each picture shows, and whether listed things are in it.

What was changed nobody is told.
"""

from collections.abc import Mapping, Set
from random import Random
from typing import Any, Final

from reasonrft.nano.architecture import CELL
from reasonrft.nano.lessons._lesson import Kinds, Lesson, place
from reasonrft.nano.lessons.things import PLAIN_LESSONS, cell_of_thing, described
from reasonrft.nano.sight import SIZE, VALUES
from reasonrft.nano.tables import Tables

NAMES: Final = ("first", "second")
LISTS: Final = (
    "Which of these does the {name} picture show: {things}?",
    "{things}: which are in the {name} picture?",
)
SPOTS: Final = (
    "What is at {place} in the {name} picture?",
    "The {name} picture at {place}: what is there?",
)
CHANGED: Final = 0.25  # of the listed things look otherwise than in the question
EMPTY: Final = 0.3  # of the places that are asked about have nothing
NOTHING: Final = "nothing"
CELLS: Final = (SIZE.width // CELL, SIZE.height // CELL)  # of a picture


def _described(tables: Tables, rng: Random) -> Lesson:
    """A lesson about one of both pictures."""
    number = rng.randrange(2)
    _, tell = PLAIN_LESSONS[rng.choice(("walk", "places", "across"))]
    lesson = tell(tables.seen[number], rng)
    return Lesson(f"The {NAMES[number]} picture. {lesson.prompt}", lesson.target)


def _listed(tables: Tables, rng: Random) -> Lesson:
    """Which things of a list a picture shows, in the list's own words and in those of thoughts."""
    number = rng.randrange(2)
    things: list[Mapping[str, Any]] = []
    for row, one in enumerate(tables.listed):
        others = [*tables.listed[:row], *tables.listed[row + 1 :], *things]
        things.append(_like(one, set(map(described, others)), rng))
    seen: list[Mapping[str, Any]] = list(tables.seen[number])
    asked = ", ".join(
        f"{(one['id'], *(one[name] for name in ('shape', 'size', 'color', 'material')))}"
        for one in things
    )
    told = (f"{one['id']} {described(one)}: {_found(one, seen)}." for one in things)
    prompt = rng.choice(LISTS).format(name=NAMES[number], things=asked)
    return Lesson(prompt, " ".join(told))


def _like(thing: Mapping[str, Any], others: Set[str], rng: Random) -> Mapping[str, Any]:
    """The thing, or now and then one that differs in one attribute, and looks like none of the others."""
    if rng.random() >= CHANGED:
        return thing
    name = rng.choice(list(VALUES))
    able = [{**thing, name: value} for value in VALUES[name] if value != thing[name]]
    able = [one for one in able if described(one) not in others]
    return rng.choice(able) if able else thing


def _found(thing: Mapping[str, Any], seen: list[Mapping[str, Any]]) -> str:
    """Where a thing of these looks is, each thing of a picture being found once."""
    alike = [one for one in seen if described(one) == described(thing)]
    if not alike:
        return "no"
    seen.remove(alike[0])
    return f"yes, at {place(cell_of_thing(alike[0]))}"


def _at(tables: Tables, rng: Random) -> Lesson:
    """What is at a place of a picture."""
    number = rng.randrange(2)
    there: dict[tuple[int, int], list[str]] = {}
    for one in tables.seen[number]:
        there.setdefault(cell_of_thing(one), []).append(described(one))
    # Things of the other picture too: what has gone from its place, or come to it.
    places = sorted({cell_of_thing(one) for some in tables.seen for one in some})
    cell = rng.choice(places) if places and rng.random() >= EMPTY else _somewhere(rng)
    prompt = rng.choice(SPOTS).format(name=NAMES[number], place=place(cell))
    return Lesson(prompt, f"{', '.join(there.get(cell, [NOTHING]))}.")


def _somewhere(rng: Random) -> tuple[int, int]:
    return rng.randint(1, CELLS[0]), rng.randint(1, CELLS[1])


LESSONS: Final[Kinds[Tables]] = {
    "described": (3, _described),
    "listed": (6, _listed),
    "at": (2, _at),
}
