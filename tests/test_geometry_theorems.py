"""Every theorem is measured on random figures, and a wrong one stops the build."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from random import Random

import pytest

from builders.scenes.figures.catalogue import BASES, construct
from builders.scenes.figures.figure import Figure
from builders.scenes.figures.measure import Quantity, agrees
from builders.tasks.geometry._engine import Known, WrongTheoremError, study
from builders.tasks.geometry._rule import Instance, Rule, Sight
from builders.tasks.geometry._theorems import FAMILIES, HELD_OUT, THEOREMS, TRAINED
from tests.geometry_data import BY_NAME, added_by_hand, figures

# Theorems.


@cache
def instances() -> dict[str, list[tuple[Instance, Sight]]]:
    found: dict[str, list[tuple[Instance, Sight]]] = {rule.name: [] for rule in THEOREMS}
    for figure in figures():
        sight = Sight(figure)
        for rule in THEOREMS:
            found[rule.name] += [(one, sight) for one in rule.instances(sight)]
    return found


@cache
def studied() -> tuple[Known, ...]:
    return tuple(study(figure, THEOREMS) for figure in figures())


def test_there_are_theorems_enough() -> None:
    assert len(THEOREMS) == len(BY_NAME) >= 45
    assert len(FAMILIES) >= 10
    assert set(FAMILIES) > HELD_OUT
    assert not {rule.family for rule in TRAINED} & HELD_OUT


@pytest.mark.thorough
@pytest.mark.parametrize("name", list(BY_NAME))
def test_a_theorem_holds_wherever_it_is_found(name: str) -> None:
    """On random figures, within a billionth, whether or not its quantities are known there."""
    found = instances()[name]
    assert found, "no figure shows it"
    for instance, sight in found:
        assert instance.equation.residual(sight.size) < 1e-9, instance.words()
        assert not re.search(r"[{}]", instance.words())


def test_medians_are_of_a_triangle() -> None:
    """On one line there are middles and points between, and no centroid."""
    figure = Figure()
    b, m, c, n, g, a = (figure.place(x, 0) for x in (0, 1, 2, 5, 0.8, 8))
    figure.join(a, b, c, m, n, g)
    figure.state("midpoint", m, b, c)
    figure.state("midpoint", n, a, c)
    assert not list(BY_NAME["centroid"].instances(Sight(figure)))


# What is so of a shape ABCD by the definition of the word, as measured.
DEFINED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "kite": (("AB", "AD"), ("CB", "CD")),
    "parallelogram": (("AB", "DC"), ("AD", "BC")),
    "rectangle": (("AB", "DC"), ("AD", "BC"), ("AC", "BD")),
    "rhombus": (("AB", "BC"), ("BC", "CD"), ("CD", "DA")),
    "square": (("AB", "BC"), ("BC", "CD"), ("CD", "DA"), ("AC", "BD")),
    "isosceles trapezoid": (("AD", "BC"), ("AC", "BD")),
}


@pytest.mark.parametrize("word", DEFINED)
def test_a_shape_is_known_from_every_corner(word: str) -> None:
    """Whatever order of its corners has what the word means: of a kite both ends of its axis have."""
    seen = 0
    for figure in figures():
        there = Sight(figure).patterns.get(word, {})
        for corners in {frozenset(names) for names in there}:
            orders = {names for names in there if frozenset(names) == corners}
            round_it = next(iter(orders))
            ways = [
                way[place:] + way[:place]
                for way in (round_it, round_it[::-1])
                for place in range(4)
            ]
            assert orders == {way for way in ways if is_so(figure, word, way)}
            seen += 1
    assert seen > 3


def is_so(figure: Figure, word: str, corners: Sequence[str]) -> bool:
    at = dict(zip("ABCD", corners, strict=True))

    def size(segment: str) -> float:
        return figure.distance(at[segment[0]], at[segment[1]])

    return all(math.isclose(size(one), size(other), rel_tol=1e-9) for one, other in DEFINED[word])


def test_two_lines_never_look_like_one() -> None:
    """Two radii that make a diameter would be seen to, and no theorem would know of it."""
    seen = 0
    for base in BASES:
        for seed in range(6):
            figure = construct(base, 2, Random(f"straight/{base}/{seed}"))
            for vertex in figure.points:
                for a, b in combinations(figure.rays(vertex), 2):
                    straight = figure.size(Quantity("angle", (a, vertex, b))) > 179.9
                    assert straight == (vertex in (figure.line_of(a, b) or ())), figure.made
                    seen += straight
    assert seen > 300


@pytest.mark.thorough
def test_steps_are_those_that_can_be_calculated() -> None:
    """No sine of 105° is known by heart, whatever the side opposite it is known to be."""
    left_out = 0
    for known in studied():
        for step in known.steps:
            assert step.solution.value(known.values) == known.values[step.found]
        steps = {(step.instance.key, step.found) for step in known.steps}
        for instance in known.instances:
            if {*instance.quantities} <= known.values.keys() and instance.holds(known.values):
                left_out += sum((instance.key, one) not in steps for one in instance.solutions)
    assert left_out > 0


def doubled(rule: Rule) -> Rule:
    return replace(rule, right=rule.right * 2)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_a_theorem_with_a_wrong_factor_measures_wrong(name: str) -> None:
    wrong = [doubled(BY_NAME[name])]
    sights = list({id(sight): sight for _, sight in instances()[name]}.values())[:3]
    found = [(one, sight) for sight in sights for one in wrong[0].instances(sight)]
    assert found
    assert all(one.equation.residual(sight.size) > 1e-3 for one, sight in found)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("inscribed angle", "inscribed triangle"),
        ("area of a right triangle", "right triangle"),
        ("Pythagoras", "right triangle"),
        ("exterior angle", "triangle of angles"),
        ("two secants", "secants of lengths"),
        ("area of a sector", "sector"),
        ("diagonals of a parallelogram", "rhombus"),
        ("angle bisector theorem", "bisected triangle"),
    ],
)
def test_a_wrong_theorem_stops_the_build(name: str, base: str) -> None:
    """A factor 2 too many: what it concludes is not what the figure measures."""
    theorems = [doubled(rule) if rule.name == name else rule for rule in THEOREMS]
    theorems.sort(key=lambda rule: rule.name != name)
    with pytest.raises(WrongTheoremError, match=re.escape(name)):
        for seed in range(40):
            study(construct(base, 1, Random(seed)), theorems)


@pytest.mark.thorough
def test_any_wrong_theorem_stops_the_build_in_its_own_place() -> None:
    """Where true ones before it have found all values, and where it would lead from known ones to known ones."""
    kept = [
        (known.figure, {step.instance.rule.name for step in known.steps}) for known in studied()
    ]
    stopped = 0
    for name in BY_NAME:
        theorems = [doubled(rule) if rule.name == name else rule for rule in THEOREMS]
        for figure in [figure for figure, names in kept if name in names][:2]:
            try:
                steps = study(figure, theorems).steps
            except WrongTheoremError:
                stopped += 1
            else:
                assert all(step.instance.rule.name != name for step in steps), name
    assert stopped > 200


def test_all_that_is_known_is_as_measured() -> None:
    for figure in figures()[::2]:  # of each construction at least one
        known = study(figure, THEOREMS)
        for quantity, value in known.values.items():
            assert agrees(value.value, known.figure.size(quantity)), quantity


def test_what_a_figure_is_made_with_is_as_drawn() -> None:
    figure = Figure()
    a, b = figure.place(0, 0), figure.place(3, 4)
    figure.join(a, b)
    figure.know(figure.length(a, b), 5)
    with pytest.raises(AssertionError, match="is 6"):
        figure.know(figure.length(a, b), 6)


@pytest.mark.parametrize("words", ["apex", "corners"])
def test_a_theorem_of_few_orders_says_what_it_says_of_all(words: str) -> None:
    """`apex` and `corners` leave out orders of a triangle's corners in which the theorem says the same."""
    compared = 0
    for rule in THEOREMS:
        if not any(one.startswith(words) for one in rule.where):
            continue
        all_orders = tuple(one.replace(words, "triangle") for one in rule.where)
        whole = replace(rule, where=all_orders)
        for figure in figures()[::4]:
            sight = Sight(figure)
            said, wanted = (
                {
                    (frozenset(one.quantities), frozenset(one.needed), one.equation.parts.__len__())
                    for one in each.instances(sight)
                }
                for each in (rule, whole)
            )
            assert said == wanted, rule.name
            compared += len(said)
    assert compared > 100


def test_no_letter_stands_twice_in_a_pattern() -> None:
    for rule in THEOREMS:
        for pattern in rule.where:
            letters = pattern.rpartition(" ")[2]
            assert len(set(letters)) == len(letters), (rule.name, pattern)


def test_an_added_point_of_a_circle_is_apart_and_has_whole_angles() -> None:
    added = [one for one in added_by_hand() if one.circles and not one.of_lengths]
    joined = 0
    for figure in added:
        for centre, there in figure.circles.items():
            for a, b in combinations(there, 2):
                size = figure.size(Quantity("arc", (centre, a, b)))
                joined += figure.line_of(a, b) is not None
                assert size == pytest.approx(round(size), abs=1e-6), (centre, a, b)
    assert joined > 20
