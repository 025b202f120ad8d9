"""_clevr_english: what do the phrases of the CLEVR family name, and how many of it are in a scene?

The English of its counting questions is small, and all of it is read: noun phrases with the synonyms of the
generators and their plurals as they stand (`school buss`), what stands to a side of something, what is the
same as something, and, or.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from builders.cleaner import RefusedError
from builders.cleaners._clevr_scene import COMMON, LOOKS, Scene

# The values that an attribute may have; one that lacks may have any.
Looks = Mapping[str, frozenset[str]]

# Of every cleaner that reads such questions.
QUESTIONS: Final[Mapping[str, str]] = {
    "not-understood": "its question is not in the English of these datasets",
    "no-single-thing": "its question says `the …` of none or of several things",
}

ADJECTIVES: Final[Mapping[str, tuple[str, str]]] = {
    "large": ("size", "large"),
    "small": ("size", "small"),
    "big": ("size", "large"),
    "tiny": ("size", "small"),
    **{word: ("color", word) for word in COMMON["color"]},
    "metallic": ("material", "metal"),
    "metal": ("material", "metal"),
    "shiny": ("material", "metal"),
    "rubber": ("material", "rubber"),
    "matte": ("material", "rubber"),
}
ANYTHING: Final = ("thing", "object", "item")
SOLID_NOUNS: Final[Mapping[str, frozenset[str]]] = {
    "cube": frozenset({"cube"}),
    "block": frozenset({"cube"}),
    "sphere": frozenset({"sphere"}),
    "ball": frozenset({"sphere"}),
    "cylinder": frozenset({"cylinder"}),
}
# Super-CLEVR's models by what its questions call them, and its five kinds of vehicle.
MODELS: Final[Mapping[str, Mapping[str, str]]] = {
    "car": {
        **{name: name for name in ("suv", "wagon", "minivan", "sedan", "truck")},
        "addi": "regular car",
    },
    "bus": {name: f"{name} bus" for name in ("articulated", "regular", "double", "school")},
    "motorbike": {name: name for name in ("chopper", "dirtbike", "scooter", "cruiser")},
    "aeroplane": {name: name for name in ("jet", "fighter", "biplane", "airliner")},
    "bicycle": {name: f"{name} bike" for name in ("road", "utility", "mountain", "tandem")},
}
VEHICLES: Final = frozenset(name for models in MODELS.values() for name in models)


@cache
def _nouns() -> Mapping[str, frozenset[str]]:
    """The shapes that every noun may mean, in both numbers; none for a noun of anything."""
    single: dict[str, frozenset[str]] = {noun: frozenset() for noun in ANYTHING}
    single |= SOLID_NOUNS
    for kind, models in MODELS.items():
        single[kind] = frozenset(models)
        single |= {noun: frozenset({name}) for name, noun in models.items()}
    found = dict(single)
    for noun, shapes in single.items():
        found |= (
            {f"{noun}s": shapes, f"{noun}es": shapes}
            if noun.endswith("s")
            else {f"{noun}s": shapes}
        )
    return found


def not_understood(text: str) -> RefusedError:
    """The refusal of words that cannot be read."""
    return RefusedError("not-understood", repr(text))


def looks_of(phrase: str) -> Looks:
    """What a phrase such as `small red metal cubes` says of a thing; the noun may lack.

    Raises:
        RefusedError: it is none.
    """
    looks: dict[str, frozenset[str]] = {}
    rest = phrase.strip()
    while rest and rest not in _nouns():
        word, _, rest = rest.partition(" ")
        if word not in ADJECTIVES:
            raise not_understood(phrase)
        look, value = ADJECTIVES[word]
        if look in looks:
            raise not_understood(phrase)
        looks[look] = frozenset({value})
    shapes = _nouns().get(rest, frozenset())
    if not looks and not rest:
        raise not_understood(phrase)
    return {**looks, "shape": shapes} if shapes else looks


def has(thing: Mapping[str, str], looks: Looks) -> bool:
    """Whether a thing is what a phrase names."""
    return all(thing[look] in allowed for look, allowed in looks.items())


def named(scene: Scene, looks: Looks) -> frozenset[int]:
    """The things that a phrase names."""
    return frozenset(n for n, thing in enumerate(scene.things) if has(thing.looks, looks))


_SIDE: Final = re.compile(
    r"(?:that (?:is|are) )?(?:(?:to the |on the )?(left|right)(?: side)? of|(behind)|in (front) of) the "
)


def things(text: str, scene: Scene) -> frozenset[int]:
    """What a phrase names, and `that is left of the …` behind it, as often as it comes.

    Raises:
        RefusedError: it is not understood, or one of its `the …` is not one thing.
    """
    side = _SIDE.search(text)
    if side is None:
        return named(scene, looks_of(text))
    head = text[: side.start()].strip()
    found = scene.beside(_side(side), the(text[side.end() :], scene))
    return found & named(scene, looks_of(head)) if head else found


def _side(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group)


def the(text: str, scene: Scene) -> int:
    """The one thing that a phrase names.

    Raises:
        RefusedError: it is not understood, or names none or several.
    """
    found = things(text, scene)
    if len(found) != 1:
        raise RefusedError("no-single-thing", f"{text!r} names {len(found)}")
    return min(found)


@dataclass(frozen=True, slots=True)
class Count:
    """The answer to a counting question."""

    kind: str  # of question
    depth: int  # its references to other things, and the count
    found: frozenset[int]


# Characters of a question: its parts are read by recursion, and by going back.
LONGEST: Final = 1_000
_ASKED: Final = r"(?:how many|what number of) "
_BACK: Final = re.compile(
    rf"there is an? (?P<the>.+); {_ASKED}(?P<what>.+) are (?P<side>[a-z ]+) it"
)
_SAME: Final = re.compile(
    rf"{_ASKED}(?:other )?(?P<what>.+?) (?:are there of|are made of|are of|are|have) "
    r"the same (?P<look>size|color|material|shape) as the (?P<the>.+)"
)
_ALL: Final = re.compile(rf"{_ASKED}(?P<what>.+) are there")
_THAT: Final = re.compile(rf"{_ASKED}(?P<what>.+?) are (?P<that>.+)")


def count(question: str, scene: Scene) -> Count:
    """What a counting question asks for.

    Raises:
        RefusedError: it is not understood, or one of its `the …` is not one thing.
    """
    if len(question) > LONGEST:
        raise not_understood(question)
    text = " ".join(question.lower().split()).removesuffix("?").strip()
    if back := _BACK.fullmatch(text):
        text = f"how many {back['what']} are {back['side']} the {back['the']}"
    if same := _SAME.fullmatch(text):
        other = the(same["the"], scene)
        look = scene.things[other].looks[same["look"]]
        alike = named(scene, {same["look"]: frozenset({look})}) - {other}
        depth = 2 + _hops(same["the"])
        return Count("same", depth, alike & things(same["what"], scene))
    if everything := _ALL.fullmatch(text):
        found = things(everything["what"], scene)
        hops = _hops(everything["what"])
        return Count("related" if hops else "count", 1 + hops, found)
    that = _THAT.fullmatch(text)
    if that is None:
        raise not_understood(question)
    return _joined(that["what"], that["that"], scene)


def _hops(text: str) -> int:
    return len(_SIDE.findall(text))


def _joined(what: str, that: str, scene: Scene) -> Count:
    """How many of something are this, or that, or both."""
    within = named(scene, looks_of(what))
    depth = 1 + _hops(that)
    for word, join, opening, kind in (
        (" or ", frozenset.union, "either ", "or"),
        (" and ", frozenset.intersection, "both ", "and"),
    ):
        one, found, other = that.removeprefix(opening).partition(word)
        if found:
            return Count(kind, depth + 1, within & join(things(one, scene), things(other, scene)))
    if not _SIDE.match(f"{that} "):
        raise not_understood(f"{what} are {that}")
    return Count("related", depth, within & things(that, scene))


def spoken(shape: str) -> str:
    """What the questions call a shape."""
    return next((models[shape] for models in MODELS.values() if shape in models), shape)


def told(scene: Scene, found: frozenset[int]) -> str:
    """The thought that counts what was found."""
    kinds = [scene.things[number].looks for number in sorted(found)]
    names = [" ".join([*(one[look] for look in LOOKS[:-1]), spoken(one["shape"])]) for one in kinds]
    if not names:
        return "There is none of these, so the answer is 0."
    what = "It is one" if len(names) == 1 else "They are"
    return f"{what}: {', '.join(names)}. So the answer is {len(names)}."
