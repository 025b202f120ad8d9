"""_setting: what stands where: the sets that questions are asked about, and a walk through them."""

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from random import Random
from typing import Final

import numpy as np

from builders.scenes.tabletop import RELATION_MARGIN, Look, Shot, Thing
from builders.tasks._english import joined
from builders.tasks.counting._looks import ATTRIBUTES, Filter, described, phrases_for
from builders.tasks.counting._words import PLAIN

OPPOSITES: Final = (("left", "right"), ("front", "behind"))
REDUNDANT_SHARE: Final = 0.3  # of the references that may say more than they must
Members = frozenset[int]  # indices of things in the scene
Place = tuple[str, int]  # a relation, and the thing that it is a relation to


@dataclass(frozen=True, slots=True)
class Side:
    """The things on one side of another: surely, and too near the border to say."""

    sure: Members
    open: Members


@dataclass(frozen=True, slots=True)
class Setting:
    """The things of a scene, seen as sets."""

    looks: tuple[Look, ...]
    sides: Mapping[Place, Side]

    def among(self, group: Filter) -> Members:
        """The things that a phrase names."""
        return frozenset(i for i, look in enumerate(self.looks) if group.fits(look))

    def reference_to(self, index: int, rng: Random) -> Filter:
        """A phrase that names one thing alone: one of the shortest, or one that says a little more."""
        alone = [
            phrase for phrase in phrases_for(self.looks[index]) if len(self.among(phrase)) == 1
        ]
        shortest = min(phrase.length for phrase in alone)
        more = rng.random() < REDUNDANT_SHARE
        return rng.choice([phrase for phrase in alone if phrase.length <= shortest + more])


def set_out(things: Sequence[Thing], shots: Sequence[Shot]) -> Setting:
    """The setting with its relations; one holds only where all shots show it, by RELATION_MARGIN.

    There are none to a thing that has a twin: no phrase would name it alone.
    """
    looks = tuple(thing.look for thing in things)
    named = [i for i, look in enumerate(looks) if looks.count(look) == 1]
    indices = range(len(things))
    sides = {}
    for relation, opposite in OPPOSITES:
        directions = [shot.directions()[relation] for shot in shots]
        # How far each thing is in the direction, as each shot sees it: (shots, things).
        along = np.array([[thing.x * x + thing.y * y for thing in things] for x, y in directions])
        far = along[:, None, :] - along[:, :, None]  # (shots, references, things)
        ahead = (far >= RELATION_MARGIN).all(axis=0).tolist()
        behind = (far <= -RELATION_MARGIN).all(axis=0).tolist()
        for reference in named:
            there = frozenset(compress(indices, ahead[reference]))
            beyond = frozenset(compress(indices, behind[reference]))
            uncertain = frozenset(indices) - there - beyond - {reference}
            sides[relation, reference] = Side(there, uncertain)
            sides[opposite, reference] = Side(beyond, uncertain)
    return Setting(looks, sides)


LABELS: Final = (
    tuple(string.ascii_uppercase),
    tuple(f"#{number}" for number in range(1, 27)),
)
OPENINGS: Final = (
    "From the back to the front I see",
    "Row by row, starting at the back, there are",
    "The picture shows, from back to front,",
    "Going through the picture from the back:",
    "These things are there, from back to front:",
)
SEARCHES: Final = (
    "Looking for {p}, from back to front:",
    "From the back to the front, looking for {p}:",
    "Row by row, starting at the back, in search of {p}:",
    "Going through the picture from the back in search of {p}:",
)
MISS: Final = "no"  # the verdict on a thing that does not fit
Verdicts = Mapping[int, str]  # on things, by index


@dataclass(frozen=True, slots=True)
class Walk:
    """The order in which a thought goes through the things, and what it calls them."""

    labels: Mapping[int, str]  # by index, in the order of the walk

    def names(self, members: Iterable[int]) -> str:
        """`A, C and F`, in the order of the walk; `none`."""
        wanted = frozenset(members)
        return joined([label for index, label in self.labels.items() if index in wanted])

    def told(self, looks: Sequence[Look], rng: Random) -> str:
        """All things in their order, each with its label and its four attributes."""
        return f"{rng.choice(OPENINGS)} {', '.join(self._things(looks))}."

    def searched(
        self, group: Filter, verdicts: Verdicts, looks: Sequence[Look], rng: Random
    ) -> str:
        """The same, with a verdict on each: whether a phrase fits is easiest said while it is named."""
        things = zip(self._things(looks), self.labels, strict=True)
        told = ", ".join(f"{thing} ({verdicts[i]})" for thing, i in things)
        return f"{rng.choice(SEARCHES).format(p=PLAIN.plural(group))} {told}."

    def checked(self, verdicts: Verdicts) -> str:
        """`A (no), C (1)`: the verdicts on some of the things; `none` on none."""
        told = [f"{label} ({verdicts[i]})" for i, label in self.labels.items() if i in verdicts]
        return ", ".join(told) or "none"

    def numbered(self, members: Members, among: Members | None = None) -> Verdicts:
        """Members are numbered in the order of the walk, other things are a miss."""
        asked = [i for i in self.labels if among is None or i in among]
        numbers = {
            i: str(number) for number, i in enumerate(filter(members.__contains__, asked), 1)
        }
        return {i: numbers.get(i, MISS) for i in asked}

    def _things(self, looks: Sequence[Look]) -> list[str]:
        named = self.labels.items()
        return [f"{label}: {PLAIN.singular(described(looks[i]))}" for i, label in named]


def reasoned(verdicts: Verdicts, group: Filter, looks: Sequence[Look]) -> Verdicts:
    """Verdicts after what decides them: `gray rubber, no`, `gray metal, 2`."""
    told = {i: (*_reasons(group, looks[i]), verdict) for i, verdict in verdicts.items()}
    return {i: ", ".join(parts) for i, parts in told.items()}


def _reasons(group: Filter, look: Look) -> tuple[str, ...]:
    """What a phrase asks about, as a thing has it, up to the first that does not fit."""
    said: list[str] = []
    for name in ATTRIBUTES:
        if getattr(group, name) is not None:
            said.append(PLAIN.word(getattr(look, name)))
            if not replace(Filter(), **{name: getattr(group, name)}).fits(look):
                break
    return (" ".join(said),) if said else ()


def walk_through(number: int, rng: Random) -> Walk:
    """A walk through so many things, in the order of the scene."""
    return Walk(dict(enumerate(rng.choice(LABELS)[:number])))
