"""things: lessons about a table: what is there, where it is, how many there are in all, which things fit a phrase.

And about the questions of the task `count`, said in plain words. Nobody is told how many of a group there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from builders.scenes.tabletop import COLORS, Look
from builders.tasks._english import capitalized
from builders.tasks.counting._looks import ATTRIBUTES, EVERYTHING, MATERIALS, SIZES, Filter
from builders.tasks.counting._selection import HEADS, Compare, Count, Fits
from builders.tasks.counting._setting import MISS, Verdicts, reasoned, walk_through
from builders.tasks.counting._words import PLAIN, choose_words
from evaluators import KINDS, layout
from reasonrft.nano.lessons._lesson import Kinds, Lesson, place
from reasonrft.nano.sight import cell_of
from reasonrft.nano.tables import Objects
from reasonrft.prompt import INSTRUCTIONS, Style

WALKS: Final = ("Describe the picture.", "What do you see?", "Name all things in the picture.")
PLACES: Final = ("Describe the picture and say where things are.", "Where is each thing?")
TOTALS: Final = ("How many things does the picture show?", "Count everything that you see.")
ACROSS: Final = ("Name the things from left to right.", "What is where, from left to right?")
RESTATED: Final = ("In plain words: {0}", "Say it plainly. {0}", "What does this ask for? {0}")
# What the task `count` tells things apart by.
COUNTED_BY: Final = {
    "size": SIZES,
    "color": tuple(COLORS),
    "material": MATERIALS,
    "shape": ("cube", "sphere", "cylinder"),
}
ALL_THINGS: Final = 0.3  # of the questions to be restated are asked of all things
COMPARED: Final = 0.4  # of them compare two groups
ALIKE: Final = 0.5  # of the second phrases of a question differ from the first by one attribute
LONE: Final = 0.3  # of the phrases that things are looked for by are of no thing in the picture
HIT: Final = "yes"  # the verdict on a thing that fits; thoughts number them
MOST_PHRASES: Final = 2  # that one lesson looks for
HINT: Final = KINDS["integer"].hint


def _walk(objects: Objects, rng: Random) -> Lesson:
    return Lesson(rng.choice(WALKS), _told(objects, rng))


def _places(objects: Objects, rng: Random) -> Lesson:
    walk = walk_through(len(objects), rng)
    lines = (
        f"{walk.labels[i]}: {described(one)} at {place(cell_of_thing(one))}"
        for i, one in enumerate(objects)
    )
    return Lesson(rng.choice(PLACES), "\n".join(lines))


def _across(objects: Objects, rng: Random) -> Lesson:
    """Where first, then what: the easiest way to learn to look at one thing."""
    ordered = sorted(objects, key=lambda one: one["box"][0] + one["box"][2])
    lines = (f"{place(cell_of_thing(one))}: {described(one)}" for one in ordered)
    return Lesson(rng.choice(ACROSS), "\n".join(lines))


def _total(objects: Objects, rng: Random) -> Lesson:
    told, number = _told(objects, rng), len(objects)
    thought = f"{told} That is {number} things. The answer is {number}."
    prompt = f"{rng.choice(TOTALS)}\n{INSTRUCTIONS[Style.THOUGHT].format(hint=HINT)}"
    return Lesson(prompt, layout(thought, str(number)))


def _direct(objects: Objects, rng: Random) -> Lesson:
    prompt = f"{rng.choice(TOTALS)}\n{INSTRUCTIONS[Style.ANSWER].format(hint=HINT)}"
    return Lesson(prompt, f"<answer>\n{len(objects)}\n</answer>")


def _which(objects: Objects, rng: Random) -> Lesson:
    """Which things fit a phrase, said while each is named, and which fit others, said label by label."""
    walk = walk_through(len(objects), rng)
    looks = [look_of(one) for one in objects]
    words = choose_words(rng)
    first, *others = [_group(objects, rng) for _ in range(rng.randint(1, MOST_PHRASES))]
    asked = [f"Which of the things are {words.plural(first)}?"]
    asked += [f"And which are {words.plural(other)}?" for other in others]
    told = [walk.searched(first, _verdicts(first, looks), looks, rng)]
    for other in others:
        checked = walk.checked(_verdicts(other, looks))
        told.append(f"{capitalized(PLAIN.plural(other))}: {checked}.")
    return Lesson(" ".join(asked), " ".join(told))


def _group(objects: Objects, rng: Random) -> Filter:
    """Some attributes of a thing in the picture, or, now and then, of several things."""
    model = {name: rng.choice(objects)[name] for name in ATTRIBUTES}
    if rng.random() >= LONE:
        model = dict(rng.choice(objects))
    named = [name for name in ATTRIBUTES if rng.random() < 0.4] or [rng.choice(ATTRIBUTES)]
    return Filter(**{name: model[name] for name in named})


def _verdicts(group: Filter, looks: Sequence[Look]) -> Verdicts:
    verdicts = {i: HIT if group.fits(look) else MISS for i, look in enumerate(looks)}
    return reasoned(verdicts, group, looks)


def _restate(_objects: Objects, rng: Random) -> Lesson:
    """What a question of no picture asks for, group after group, in the words of thoughts."""
    first = _anything(rng)
    second = _like(first, rng) if rng.random() < ALIKE else _anything(rng)
    if rng.random() < COMPARED:
        compared = Compare(first, second, is_turned=rng.random() < 0.5)
        question = compared.text(rng)
        told = list(map(PLAIN.plural, compared.asked))
    else:
        group = EVERYTHING if rng.random() < ALL_THINGS else _anything(rng)
        conditions = (Fits(first), Fits(second))[: rng.randint(0, 2)]
        counted = Count(group, conditions, rng.choice(("both", "either")))
        question = counted.text(rng)
        heads = [HEADS[counted.join].format(one.said(PLAIN)) for one in conditions]
        told = [PLAIN.plural(group), *heads]
    target = " ".join(f"{capitalized(one)}." for one in told)
    return Lesson(rng.choice(RESTATED).format(question), target)


def _like(group: Filter, rng: Random) -> Filter:
    """A phrase with another value of one attribute: what is easily mistaken for the first."""
    named = [name for name in ATTRIBUTES if getattr(group, name)]
    changed = rng.choice(named)
    others = [value for value in COUNTED_BY[changed] if value != getattr(group, changed)]
    return replace(group, **{changed: rng.choice(others)})


def _anything(rng: Random) -> Filter:
    """Some attributes, whatever things there are."""
    named = [name for name in ATTRIBUTES if rng.random() < 0.5] or [rng.choice(ATTRIBUTES)]
    return Filter(**{name: rng.choice(COUNTED_BY[name]) for name in named})


LESSONS: Final[Kinds[Objects]] = {
    "walk": (2, _walk),
    "places": (2, _places),
    "across": (1, _across),
    "total": (2, _total),
    "direct": (1, _direct),
    "which": (16, _which),
    "restate": (12, _restate),
}
# About tables whose things have more looks than counting's, as transformation's do.
PLAIN_LESSONS: Final[Kinds[Objects]] = {
    name: LESSONS[name] for name in ("walk", "places", "across", "total", "direct")
}


def _told(objects: Objects, rng: Random) -> str:
    walk = walk_through(len(objects), rng)
    return walk.told([look_of(one) for one in objects], rng)


def look_of(thing: Mapping[str, Any]) -> Look:
    """What can be said of a thing in a scene's JSON."""
    return Look(thing["shape"], thing["size"], thing["color"], thing["material"])


def described(thing: Mapping[str, Any]) -> str:
    """`small red metal cube`."""
    return f"{thing['size']} {thing['color']} {thing['material']} {thing['shape']}"


def cell_of_thing(thing: Mapping[str, Any]) -> tuple[int, int]:
    """The cell of the picture in which the middle of a thing's box lies."""
    left, top, right, bottom = thing["box"]
    return cell_of((left + right) / 2, (top + bottom) / 2)
