"""_rule: a theorem as data: where it holds, which equation it says, and in what words."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from builders.scenes.figures.closure import Names, read_off
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Kind, Quantity, measure
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import (
    Equation,
    Factor,
    Function,
    Product,
    Solution,
    Terms,
    terms,
)


def _one(kind: Kind, *of: str) -> Terms:
    return Terms((Product(Surd.of(1), ((Factor(Quantity(kind, of)), 1),)),))


# What rules are written with; letters stand for points, each for any one.


def angle(letters: str) -> Terms:
    """The angle at the middle letter."""
    return _one("angle", *letters)


def length(letters: str) -> Terms:
    """The length of a segment."""
    return _one("length", *letters)


def arc(letters: str) -> Terms:
    """The arc about the first letter, counterclockwise from the second to the third, in degrees."""
    return _one("arc", *letters)


def radius(letter: str) -> Terms:
    """The radius of the circle about a point."""
    return _one("radius", letter)


def area(sort: str, letters: str) -> Terms:
    """The area of a region."""
    return _one("area", sort, *letters)


def perimeter(sort: str, letters: str) -> Terms:
    """The perimeter of a region."""
    return _one("perimeter", sort, *letters)


def arc_length(letters: str) -> Terms:
    """How long an arc is."""
    return _one("arc length", *letters)


def of_angle(function: Function, letters: str) -> Terms:
    """A function of an angle."""
    factor = Factor(Quantity("angle", tuple(letters)), function)
    return Terms((Product(Surd.of(1), ((factor, 1),)),))


Condition = tuple[Terms, Terms | int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word about points, and what is known of them when it is looked for: the letters of patterns before it."""

    word: str
    points: int
    # Places of letters that have a point, and the numbers of these letters.
    known: tuple[tuple[int, int], ...]
    fresh: tuple[int, ...]  # places of the others, which are numbered in this order

    def fits(self, names: Names, points: Names) -> bool:
        """Whether the points stand in their places."""
        for at, letter in self.known:  # noqa: SIM110 - a generator would take twice as long
            if names[at] != points[letter]:
                return False
        return True


@dataclass(frozen=True)
class Rule:
    """A theorem."""

    name: str
    family: str
    where: tuple[str, ...]  # patterns: `triangle ABC`, each letter in one place
    left: Terms
    right: Terms
    says: str  # in words, `{ABC}` for the points that stand for A, B and C
    # What must be known besides: that an angle has 90°, or 30°, or is as large as another.
    given: tuple[Condition, ...] = ()
    reads: bool = False  # it says what a mark in the picture means, which is no step of thought

    @cached_property
    def _letters(self) -> tuple[str, ...]:
        """By their numbers."""
        return tuple(dict.fromkeys("".join(one.rpartition(" ")[2] for one in self.where)))

    @cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        patterns, bound = [], set[str]()
        for one in self.where:
            word, _, letters = one.rpartition(" ")
            places = dict(enumerate(letters))
            known = [
                (at, self._letters.index(each)) for at, each in places.items() if each in bound
            ]
            fresh = [at for at, each in places.items() if each not in bound]
            patterns.append(Pattern(word, len(letters), tuple(known), tuple(fresh)))
            bound.update(letters)
        return tuple(patterns)

    @cached_property
    def equation(self) -> Equation:
        """What it says, of letters."""
        return Equation(self.left, self.right)

    @cached_property
    def conditions(self) -> tuple[Equation, ...]:
        """What must be known besides, of letters."""
        return tuple(Equation(terms(left), terms(right)) for left, right in self.given)

    @cached_property
    def templates(self) -> tuple[Quantity, ...]:
        """The quantities that it is about, of letters."""
        equations = (self.equation, *self.conditions)
        return tuple(dict.fromkeys(one for each in equations for one in each.quantities()))

    @cached_property
    def solutions(self) -> Mapping[Quantity, Solution]:
        """Its equation, solved for each quantity that it determines."""
        return {one: self.equation.solved_for(one) for one in sorted(self.equation.solvable)}

    @cached_property
    def of_lengths(self) -> bool:
        """Whether it is about more than angles."""
        return not all(one.is_angular for one in self.templates)

    def instances(self, sight: "Sight") -> Iterator["Instance"]:
        """What it says of a figure, wherever its patterns are found; the same but once."""
        seen = set()
        for points, support in self._matches(sight, 0, (), 0):
            letters = dict(zip(self._letters, points, strict=True))
            try:
                names = {one: sight.quantity(one, letters) for one in self.templates}
            except UnsuitableError:  # it speaks of a line that is not drawn
                continue
            # What is not so in the figure will never be known of it.
            if any(_differ(one, names, sight) for one in self.conditions):
                continue
            # Most patterns are found in several orders, in which most theorems say the same.
            said = (_skeleton(self.left, names), _skeleton(self.right, names))
            key = (
                frozenset(said),
                *(names[one] for each in self.conditions for one in each.quantities()),
            )
            if key not in seen and said[0] != said[1]:
                seen.add(key)
                yield Instance(self, letters, support, names, key)

    def _matches(
        self, sight: "Sight", place: int, points: Names, support: int
    ) -> Iterator[tuple[Names, int]]:
        """The points of its letters, wherever its patterns are found, and the facts that these rest on."""
        if place == len(self._patterns):
            yield points, support
            return
        pattern = self._patterns[place]
        for names, rests in sight.having(pattern, points):
            if len(names) == pattern.points and pattern.fits(names, points):
                more = (*points, *[names[at] for at in pattern.fresh])
                yield from self._matches(sight, place + 1, more, support | rests)


def _skeleton(side: Terms, names: Mapping[Quantity, Quantity]) -> frozenset[object]:
    """A sum of a figure's quantities, in whatever order."""
    return frozenset(
        (share, frozenset((names[one.quantity], one.function, power) for one, power in powers))
        for share, powers in side.products
    )


def _differ(condition: Equation, names: Mapping[Quantity, Quantity], sight: "Sight") -> bool:
    """Whether the sides of a condition are unequal as measured."""
    return condition.residual(lambda one: sight.size(names[one])) > 1e-6


class Sight:
    """A figure as theorems look at it."""

    def __init__(self, figure: Figure) -> None:
        """Read off what there is."""
        self.figure = figure
        self.plane = figure.plane()
        self.patterns = read_off(figure)
        self._sizes: dict[Quantity, float] = {}
        self._named: dict[tuple[str, tuple[str, ...]], Quantity | None] = {}

    def having(self, pattern: Pattern, points: Names) -> Iterable[tuple[Names, int]]:
        """What is there of a word, with the point of the first letter that has one in its place."""
        if pattern.known:
            at, letter = pattern.known[0]
            return self._index.get((pattern.word, at, points[letter]), ())
        return self.patterns.get(pattern.word, {}).items()

    @cached_property
    def _index(self) -> Mapping[tuple[str, int, str], list[tuple[Names, int]]]:
        index = defaultdict[tuple[str, int, str], list[tuple[Names, int]]](list)
        for word, found in self.patterns.items():
            for names, rests in found.items():
                for place, name in enumerate(names):
                    index[word, place, name].append((names, rests))
        return index

    def size(self, quantity: Quantity) -> float:
        """What a quantity measures."""
        if quantity not in self._sizes:
            self._sizes[quantity] = measure(quantity, self.plane)
        return self._sizes[quantity]

    def quantity(self, template: Quantity, letters: Mapping[str, str]) -> Quantity:
        """A quantity of letters as one of the figure's points."""
        kind, of = template
        points = tuple([letters.get(one, one) for one in of])
        key = (kind, points)
        if key not in self._named:
            try:
                self._named[key] = self._find(kind, points)
            except UnsuitableError:
                self._named[key] = None
        found = self._named[key]
        if found is None:
            raise UnsuitableError("not drawn")
        return found

    def _find(self, kind: Kind, points: tuple[str, ...]) -> Quantity:
        match kind:
            case "length":
                if self.figure.line_of(*points) is None:
                    raise UnsuitableError("not drawn")
                return self.figure.length(*points)
            case "angle":
                return self.figure.angle(points[0], points[1], points[2])
            case "area" | "perimeter" if points[0] == "polygon":
                return Quantity(kind, self.figure.polygon(*points[1:]))
            case _:
                return Quantity(kind, points)


@dataclass(frozen=True, eq=False)
class Instance:
    """What a theorem says of some points."""

    rule: Rule
    letters: Mapping[str, str]
    support: int  # facts that it rests on, as bits
    names: Mapping[Quantity, Quantity]  # from the theorem's quantities to the figure's
    key: tuple[object, ...]  # the same for what says the same

    @cached_property
    def equation(self) -> Equation:
        """What it says."""
        return Equation(
            *(side.mapped(self.names.__getitem__) for side in (self.rule.left, self.rule.right))
        )

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """What its equation is about."""
        return tuple(dict.fromkeys(self.names[one] for one in self.rule.equation.quantities()))

    @cached_property
    def needed(self) -> tuple[Quantity, ...]:
        """What its conditions are about."""
        return tuple(
            dict.fromkeys(
                self.names[one] for each in self.rule.conditions for one in each.quantities()
            )
        )

    @cached_property
    def _is_plain(self) -> bool:
        """Whether no two quantities of the theorem are one here, as almost always."""
        return len(self.quantities) == len(self.rule.equation.quantities())

    @cached_property
    def solutions(self) -> Mapping[Quantity, Quantity | None]:
        """What it determines, and which quantity of the theorem that is; None: in a way of its own."""
        if self._is_plain:
            return {self.names[one]: one for one in self.rule.solutions}
        return dict.fromkeys(sorted(self.equation.solvable))

    def solved_for(self, wanted: Quantity) -> Solution:
        """One of the quantities by itself."""
        template = self.solutions[wanted]
        if template is None:
            return self.equation.solved_for(wanted)
        return self.rule.solutions[template].mapped(self.names.__getitem__)

    def value(self, wanted: Quantity, values: Mapping[Quantity, Surd]) -> Surd:
        """What one of the quantities is worth, all others being known."""
        template = self.solutions[wanted]
        if template is None:
            return self.equation.solved_for(wanted).value(values)
        here = {one: values[name] for one, name in self.names.items() if name in values}
        return self.rule.solutions[template].value(here)

    def is_exact(self, wanted: Quantity, values: Mapping[Quantity, Surd]) -> bool:
        """Whether one of the quantities can be calculated from the others: no sine of 105° is known by heart."""
        template = self.solutions[wanted]
        if template is not None and self.rule.solutions[template].is_rational:
            return True
        try:
            return self.value(wanted, values) == values[wanted]
        except (InexactError, ZeroDivisionError):
            return False

    def holds(self, values: Mapping[Quantity, Surd]) -> bool:
        """Whether what it presumes is known."""
        if not self.rule.conditions:
            return True
        if any(one not in values for one in self.needed):
            return False
        here = {one: values[name] for one, name in self.names.items() if name in values}
        return all(one.holds(here) for one in self.rule.conditions)

    def words(self) -> str:
        """The theorem, of these points."""
        return SLOT.sub(lambda slot: "".join(self.letters[one] for one in slot[1]), self.rule.says)


SLOT: Final = re.compile(r"\{(\w+)\}")
