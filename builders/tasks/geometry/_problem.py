"""_problem: a figure, what is given of it, and what is asked: found so that nothing given is idle.

All that could be given is given at first; as long as the target follows in fewer steps than wanted, one
of the givens that it follows from is taken away. What is left is needed: without any one of the givens
the theorems do not reach the target.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from random import Random
from typing import Final, TypeVar

from builders.scenes.figures.drawing import is_bare, is_open
from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sizes import LARGEST_ROOT, is_short
from builders.scenes.figures.surds import Surd
from builders.tasks.geometry._engine import Known, Step
from builders.tasks.geometry._rule import Instance
from builders.tasks.geometry._shortest import is_shortest
from builders.tasks.geometry._theorems import HELD_OUT

MOST_GIVENS: Final = 4
TARGETS: Final = 25  # tries on one figure, its targets in turn
ROUNDS: Final = 9  # of taking a given away
# Sums of what lies side by side, two at a time: a person does several of them at a glance.
SUMS: Final = frozenset({"angle addition", "segment addition", "arc addition", "whole circle"})
WIDEST_ARC: Final = 170  # degrees that a label beside it shows: of two arcs between two points it is the smaller one
WIDEST_GIVEN: Final = 176  # degrees, less than: no angle that looks straight is given
LARGEST_GIVEN: Final = 999  # times a root or π
WORDS_ONLY: Final = 0.35  # of what only words can tell, the share that may be given

T = TypeVar("T")
Wanted = Callable[[Quantity, Surd], bool]
Extent = tuple[int, int]  # how many givens and how many steps a problem has


@dataclass(frozen=True, slots=True)
class Problem:
    """What is given, what is asked, and how the one leads to the other."""

    known: Known
    givens: tuple[Quantity, ...]
    target: Quantity
    steps: tuple[Step, ...]
    support: int  # the facts of the figure that the steps rest on, as bits
    depth: int

    @property
    def figure(self) -> Figure:
        """Its figure."""
        return self.known.figure

    @property
    def value(self) -> Surd:
        """The answer."""
        return self.known.values[self.target]

    def facts(self) -> list[Fact]:
        """The facts that its steps rest on."""
        return picked(self.support, self.figure.facts)

    def needs(self, families: Collection[str]) -> bool:
        """Whether it cannot be solved without these families of theorems."""
        return not self.known.derives(self.givens, self.target, barred=families)


def is_visible(quantity: Quantity, figure: Figure) -> bool:
    """Whether a label in the picture can only mean this quantity."""
    of = quantity.of
    match quantity.kind:
        case "length":
            return is_bare(figure, of[0], of[1])
        case "angle":
            return is_open(figure, of[0], of[1], of[2])
        case "arc":
            return (
                of[0] in figure.circles
                and of[0] not in figure.half_drawn
                and _is_bare_arc(quantity, figure)
            )
        case _:
            return False


def _is_bare_arc(quantity: Quantity, figure: Figure) -> bool:
    centre, start, end = quantity.of
    whole = figure.size(quantity)
    return whole < WIDEST_ARC and not any(
        0 < figure.size(Quantity("arc", (centre, start, one))) < whole - 1e-6
        for one in figure.circles[centre]
        if one not in (start, end)
    )


def is_drawn(quantity: Quantity, figure: Figure) -> bool:
    """Whether the picture shows the whole of what this is the size of."""
    match quantity.of:
        case ("circle", centre):
            return centre not in figure.half_drawn
        case ("polygon", *corners):
            return not any(len({*line} & {*corners}) > 1 for line in figure.unseen)
        case _:
            return True


def can_be_given(quantity: Quantity, value: Surd, figure: Figure) -> bool:
    """Whether a problem may state this size: a whole number, or one root or multiple of π."""
    if len(value.terms) != 1 or quantity in figure.rights() or not is_drawn(quantity, figure):
        return False
    (((radicand, _), share),) = value.terms.items()
    if share.denominator != 1 or share > LARGEST_GIVEN:
        return False
    kind = quantity.kind
    if quantity.is_angular:
        return value.whole() is not None and value.value < WIDEST_GIVEN and value != 90
    if kind in ("length", "radius"):
        return is_short(value)
    if quantity.of[0] not in ("polygon", "circle", "sector") and kind != "arc length":
        return False
    return radicand <= LARGEST_ROOT


@dataclass(frozen=True)
class Search:
    """The search for problems on one figure."""

    known: Known
    wanted: Wanted  # whether a quantity may be asked for
    extents: Collection[Extent]  # that will do
    rng: Random
    held_out: bool = False  # whether it needs theorems that training never uses
    visible_only: bool = False  # whether all givens are such as the picture can show

    def seek(self) -> Problem | None:
        """A problem whose target is as wanted; None where none was found."""
        known = self.known
        pool = [one for one in self._able if self._is_offered(one)]
        targets = [one for one, value in known.values.items() if self.wanted(one, value)]
        self.rng.shuffle(targets)
        for target in islice(cycle(targets), TARGETS):
            problem = self._reduced(target, [one for one in pool if one != target])
            if (
                problem is not None
                and (not self.held_out or problem.needs(HELD_OUT))
                and is_shortest(self.known, problem.givens, target, problem.depth)
            ):
                return problem
        return None

    @cached_property
    def _able(self) -> list[Quantity]:
        """What can be given of this figure."""
        figure = self.known.figure
        return [one for one, value in self.known.values.items() if can_be_given(one, value, figure)]

    def _is_offered(self, quantity: Quantity) -> bool:
        return is_visible(quantity, self.known.figure) or (
            not self.visible_only and self.rng.random() < WORDS_ONLY
        )

    def _reduced(self, target: Quantity, pool: Sequence[Quantity]) -> Problem | None:
        """The target with as few givens as will do, in as many steps as wanted."""
        most = max(steps for _, steps in self.extents)
        for _ in range(ROUNDS):
            reached = self.known.follow(pool, until=target, most=most).get(target)
            if reached is None:
                return None
            used = picked(reached.leaves, pool)
            if (len(used), reached.cost) in self.extents:
                problem = make_problem(self.known, used, target)
                if problem is not None and (len(used), problem.depth) in self.extents:
                    return problem
            if not used:
                return None
            gone = self.rng.choice(used)
            pool = [one for one in pool if one != gone]
        return None


def picked(mask: int, among: Sequence[T]) -> list[T]:
    """Those of these whose bit is set."""
    return [one for place, one in enumerate(among) if mask >> place & 1]


def make_problem(known: Known, givens: Sequence[Quantity], target: Quantity) -> Problem | None:
    """The problem, if none of its givens is idle and its steps are worth the thought."""
    reached = known.follow(givens, until=target)
    there = reached.get(target)
    if there is None or there.leaves != (1 << len(givens)) - 1:
        return None
    if any(known.derives(less, target) for less in without_one(givens)):
        return None
    steps = known.in_order(reached, target)
    if 2 * sums_among(step.instance for step in steps) > there.cost:
        return None
    return Problem(known, tuple(givens), target, tuple(steps), there.support, there.cost)


def sums_among(instances: Iterable[Instance]) -> int:
    """How many of some theorems only add up what lies side by side."""
    return sum(one.rule.name in SUMS for one in instances)


def without_one(givens: Sequence[Quantity]) -> Iterator[list[Quantity]]:
    """The givens without each of them in turn."""
    for place in range(len(givens)):
        yield [*givens[:place], *givens[place + 1 :]]
