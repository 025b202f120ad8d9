"""_engine: what follows from what: theorems found in a figure, then chained forward.

A figure's theorems are grounded once. What is exactly known of it (`Known.values`) follows from the
sizes that it was made with; every such value is measured at once, so that a wrong theorem stops the build
instead of teaching. Which of these quantities follow from chosen givens, and in how few steps, is then a
matter of the equations' shape alone, and takes no arithmetic.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from builders.scenes.figures.figure import Figure
from builders.scenes.figures.measure import TOLERANCE, Plane, Quantity, agrees, measure
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import Solution
from builders.tasks.geometry._forms import LARGEST
from builders.tasks.geometry._rule import Instance, Rule, Sight

MOST_TERMS: Final = 2


class WrongTheoremError(AssertionError):
    """A theorem's conclusion is not what the figure measures."""


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a theorem."""

    instance: Instance
    found: Quantity

    @property
    def solution(self) -> Solution:
        """The theorem's equation, solved for what it is used to find."""
        return self.instance.solved_for(self.found)


class Reached(NamedTuple):
    """How a quantity follows from the givens; what comes first in order is preferred."""

    cost: int  # the steps of thought that it takes
    step: int  # of `Known.steps`, the last one; negative for a given
    steps: int = 0  # all that are needed, as bits
    leaves: int = 0  # the givens that are used, as bits
    support: int = 0  # the figure's facts that are used, as bits


@dataclass(slots=True)
class Known:
    """A figure with all that the theorems say of it.

    What is known has a number each, as has every step: searches, of which there are hundreds a figure,
    look at numbers alone.
    """

    figure: Figure
    instances: Sequence[Instance]
    values: dict[Quantity, Surd] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    quantities: list[Quantity] = field(default_factory=list)  # by their numbers
    numbers: dict[Quantity, int] = field(default_factory=dict)
    finds: list[int] = field(default_factory=list)  # what each step finds
    families: list[str] = field(default_factory=list)  # of each step's theorem
    needs: list[list[int]] = field(default_factory=list)  # what each step starts from
    _lacking: list[int] = field(default_factory=list)  # how many that are
    _needing: list[list[int]] = field(default_factory=list)  # steps by what they start from
    _free: list[int] = field(default_factory=list)  # steps that start from nothing
    _reads: int = 0  # steps that only read a mark, as bits: they cost nothing

    def follow(
        self,
        givens: Sequence[Quantity],
        barred: Collection[str] = (),
        until: Quantity | None = None,
        most: int | None = None,
    ) -> dict[Quantity, Reached]:
        """All that follows from the givens, each by as few steps as are found.

        A generalization of Dijkstra's search to steps that start from several things: what has the
        smallest number of steps is settled first. Families of theorems that are barred are not used. It
        ends with the quantity that is looked for, if there is one, or with what takes more than `most` steps.
        """
        goal = None if until is None else self.numbers[until]
        reached: dict[int, Reached] = {}
        lacking = self._lacking.copy()
        ready = [
            (Reached(0, -1 - place, leaves=1 << place), self.numbers[one])
            for place, one in enumerate(givens)
        ]
        ready += [(self._by(step, {}), self.finds[step]) for step in self._usable(barred)]
        heapify(ready)
        best: dict[int, Reached] = {}  # of the ways to what is not reached yet
        while ready:
            there, found = heappop(ready)
            if found in reached:
                continue
            if most is not None and there.cost > most:
                break
            reached[found] = there
            if found == goal:
                break
            for step in self._needing[found]:
                lacking[step] -= 1
                aim = self.finds[step]
                if lacking[step] or aim in reached or self.families[step] in barred:
                    continue
                way = self._by(step, reached)
                if aim not in best or way < best[aim]:
                    best[aim] = way
                    heappush(ready, (way, aim))
        return {self.quantities[found]: there for found, there in reached.items()}

    def derives(
        self, givens: Sequence[Quantity], target: Quantity, barred: Collection[str] = ()
    ) -> bool:
        """Whether a quantity follows from the givens, in however many steps."""
        goal = self.numbers[target]
        lacking = self._lacking.copy()
        fresh = [self.numbers[one] for one in givens]
        fresh += [self.finds[step] for step in self._usable(barred)]
        reached: set[int] = set()
        while fresh:
            found = fresh.pop()
            if found == goal:
                return True
            if found in reached:
                continue
            reached.add(found)
            for step in self._needing[found]:
                lacking[step] -= 1
                if not lacking[step] and self.families[step] not in barred:
                    fresh.append(self.finds[step])
        return False

    def _usable(self, barred: Collection[str]) -> list[int]:
        """The steps that start from nothing and may be used."""
        return [step for step in self._free if self.families[step] not in barred]

    def _by(self, step: int, reached: Mapping[int, Reached]) -> Reached:
        """What a step finds, all that it starts from being reached."""
        steps, leaves, support = 1 << step, 0, self.steps[step].instance.support
        for one in self.needs[step]:
            _, _, before, used, facts = reached[one]
            steps |= before
            leaves |= used
            support |= facts
        return Reached((steps & ~self._reads).bit_count(), step, steps, leaves, support)

    def add(self, step: Step) -> None:
        """One more step, all of whose quantities are known."""
        number = len(self.steps)
        needs = [self.numbers[one] for one in needs_of(step)]
        self.steps.append(step)
        self.finds.append(self.numbers[step.found])
        self.families.append(step.instance.rule.family)
        self.needs.append(needs)
        self._lacking.append(len(needs))
        self._reads |= step.instance.rule.reads << number
        if not needs:
            self._free.append(number)
        for one in needs:
            self._needing[one].append(number)

    def number_values(self) -> None:
        """Number what is known, before steps are added."""
        self.quantities = list(self.values)
        self.numbers = {one: number for number, one in enumerate(self.values)}
        self._needing = [[] for _ in self.values]

    def in_order(self, reached: Mapping[Quantity, Reached], target: Quantity) -> list[Step]:
        """The steps to a quantity, each after those that it starts from."""
        order: list[Step] = []
        seen: set[Quantity] = set()

        def visit(quantity: Quantity) -> None:
            if quantity in seen:
                return
            seen.add(quantity)
            number = reached[quantity].step
            if number >= 0:
                for one in self.needs[number]:
                    visit(self.quantities[one])
                order.append(self.steps[number])

        visit(target)
        return order


def needs_of(step: Step) -> list[Quantity]:
    """What a step starts from."""
    needed = step.instance.quantities + step.instance.needed
    return [one for one in dict.fromkeys(needed) if one != step.found]


def study(figure: Figure, theorems: Sequence[Rule]) -> Known:
    """A figure with all that these theorems say of it.

    Raises:
        WrongTheoremError: one of them says what the figure does not measure.
    """
    known = Known(figure, list(_distinct(Sight(figure), theorems)))
    _find_values(known)
    _find_steps(known)
    return known


def _distinct(sight: Sight, theorems: Sequence[Rule]) -> Iterator[Instance]:
    """Each equation once, of the first theorem that says it."""
    seen = set()
    for rule in theorems:
        if rule.of_lengths and not sight.figure.of_lengths:
            continue  # no length is known of it, so none will be
        for instance in rule.instances(sight):
            if instance.key not in seen:
                seen.add(instance.key)
                yield instance


def _find_values(known: Known) -> None:
    """All exact values that follow from the sizes that the figure was made with."""
    plane = known.figure.plane()
    waiting: dict[Quantity, list[int]] = defaultdict(list)
    lacking: list[set[Quantity]] = []
    for number, instance in enumerate(known.instances):
        lacking.append({*instance.quantities, *instance.needed})
        for one in lacking[-1]:
            waiting[one].append(number)
    fresh = list(known.figure.seeds.items())
    ready = [number for number, missing in enumerate(lacking) if len(missing) == 1]
    while fresh or ready:
        while ready:
            fresh += _conclude(known, known.instances[ready.pop()], plane)
        if not fresh:
            break
        quantity, value = fresh.pop()
        if quantity in known.values:
            continue
        known.values[quantity] = value
        for number in waiting[quantity]:
            lacking[number].discard(quantity)
            if len(lacking[number]) <= 1:
                ready.append(number)


def _conclude(known: Known, instance: Instance, plane: Plane) -> list[tuple[Quantity, Surd]]:
    """What a theorem adds, all but one of its quantities being known."""
    unknown = [one for one in instance.quantities if one not in known.values]
    if (
        len(unknown) != 1
        or unknown[0] not in instance.solutions
        or not instance.holds(known.values)
    ):
        return []
    try:
        value = instance.value(unknown[0], known.values)
    except (InexactError, ZeroDivisionError):
        return []
    measured = measure(unknown[0], plane)
    if not agrees(value.value, measured):
        raise WrongTheoremError(
            f"{instance.rule.name}: {instance.words()}: {unknown[0]} is {value}, measured {measured}"
        )
    if len(value.terms) > MOST_TERMS or abs(value.value) > LARGEST:
        return []
    return [(unknown[0], value)]


def _find_steps(known: Known) -> None:
    """Every use of a theorem that leads from known values to a known value, and can be calculated exactly."""
    known.number_values()
    for instance in known.instances:
        if all(one in known.values for one in instance.quantities) and instance.holds(known.values):
            found = [one for one in instance.solutions if instance.is_exact(one, known.values)]
            if (
                found
                and instance.equation.residual(lambda one: float(known.values[one].value))
                > TOLERANCE
            ):
                raise WrongTheoremError(f"{instance.rule.name}: {instance.words()}")
            for one in found:
                known.add(Step(instance, one))
