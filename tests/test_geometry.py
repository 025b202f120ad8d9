"""Geometry: every theorem measured on random figures, no given idle, thoughts re-computed, labels apart."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import combinations, islice, permutations, product
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely

from benchmarks import geometry_counts
from benchmarks.figures import pairs
from benchmarks.geometry_counts import guess, rank
from builders.audit import trace
from builders.audit.trace import print_of_scene
from builders.sample import Draft
from builders.scenes.figures.catalogue import ADDITIONS, BASES, construct
from builders.scenes.figures.drawing import Drawing, mark, outline
from builders.scenes.figures.figure import Fact, Figure, UnsuitableError
from builders.scenes.figures.labels import Text
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import SANS, SERIF, Look, other_look, plain_look
from builders.scenes.figures.marks import arcs_of_angles, marks
from builders.scenes.figures.measure import Edge, Plane, Quantity, agrees, measure
from builders.scenes.figures.measure import to_json as to_plane
from builders.scenes.figures.picture import paint
from builders.scenes.figures.secants import _with_tangents
from builders.scenes.figures.sheet import Sheet, extent
from builders.scenes.figures.sizes import (
    FLATTEST,
    LONGEST_HYPOTENUSE,
    _triples,
    is_short,
    lone_size,
    triple,
    two_triangles,
)
from builders.scenes.figures.surds import PI, InexactError, Surd, cosine, latex, plain, root, sine
from builders.scenes.figures.triangles import THIRD_ROOT, _of_short_thirds
from builders.task import LEVELS, Canvas, Task, draw_draft, to_json
from builders.tasks.geometry import (
    _drawing,
    _problem,
    _shortest,
    _sides,
    _turns,
    _unknown,
    find_angle,
    find_area,
    find_length,
    find_x,
)
from builders.tasks.geometry._algebra import Equation, Terms, terms
from builders.tasks.geometry._alone import follows_from_text
from builders.tasks.geometry._drawing import (
    EASY,
    SPLITS,
    Found,
    Wish,
    _extents,
    can_be_asked,
    is_wanted,
    proposed,
    show,
)
from builders.tasks.geometry._engine import Known, Step, WrongTheoremError, needs_of, study
from builders.tasks.geometry._forms import EASY_LARGEST, PLACES, asked, suits
from builders.tasks.geometry._in_x import Equations, InX, linear_parts
from builders.tasks.geometry._mistakes import slips, wrong_unknowns, wrong_values
from builders.tasks.geometry._names import with_article
from builders.tasks.geometry._problem import (
    SUMS,
    Problem,
    Search,
    can_be_given,
    is_visible,
    without_one,
)
from builders.tasks.geometry._question import joined, question, statement, tell
from builders.tasks.geometry._reader import ASKING, SENTENCES, solve
from builders.tasks.geometry._rows import FARTHEST
from builders.tasks.geometry._rule import Instance, Rule, Sight, length, of_angle
from builders.tasks.geometry._scene import Params, Scene
from builders.tasks.geometry._shortest import (
    Backwards,
    UnsureError,
    is_shortest,
    is_shortest_to_x,
    ways_to_x,
)
from builders.tasks.geometry._sides import SIDES, Side, side_of
from builders.tasks.geometry._theorems import FAMILIES, HELD_OUT, THEOREMS, TRAINED
from builders.tasks.geometry._unknown import LARGEST_X, Hunt, UnknownProblem, solving
from evaluators import Choice, Expression, Integer, Number

TASKS: dict[str, Task[Params]] = {
    task.name: task for task in (find_angle.TASK, find_length.TASK, find_area.TASK, find_x.TASK)
}
SMALL = Canvas(64, 48)
BY_NAME = {rule.name: rule for rule in THEOREMS}
SEEDS = 3  # figures of each construction, with 0, 1 and 2 additions


def figures_of(base: str) -> Iterator[Figure]:
    for seed in range(SEEDS):
        yield construct(base, seed, Random(f"{base}/{seed}"))


@cache
def figures() -> tuple[Figure, ...]:
    # Of these there are several sorts.
    sorts = ("regular polygon", "square and circle", "trapezoid", "two tangents")
    more = (construct(base, 0, Random(seed)) for base in sorts for seed in range(10))
    return (*(figure for base in BASES for figure in figures_of(base)), *more, *added_by_hand())


def added_by_hand() -> Iterator[Figure]:
    """Every addition on some figures that suit it, and one that is rare on its own figures."""
    for name, bases in [*((name, list(BASES)) for name in ADDITIONS), ("diagonals", ["trapezoid"])]:
        add, suited = ADDITIONS[name], 0
        for seed in range(1_500):
            rng = Random(f"{name}/{seed}")
            figure = construct(rng.choice(bases), 0, rng)
            try:
                add(figure, rng)
                figure.check()
            except UnsuitableError:
                continue
            yield figure
            suited += 1
            if suited == 5:
                break
        else:
            raise AssertionError(f"{name} fits no figure")


@cache
def instances() -> dict[str, list[tuple[Instance, Sight]]]:
    found: dict[str, list[tuple[Instance, Sight]]] = {rule.name: [] for rule in THEOREMS}
    for figure in figures():
        sight = Sight(figure)
        for rule in THEOREMS:
            found[rule.name] += [(one, sight) for one in rule.instances(sight)]
    return found


# Exact values.


def test_surds_are_as_large_as_floats_say() -> None:
    rng = Random(0)
    stock = [Surd.of(Fraction(rng.randint(-9, 9), rng.randint(1, 6))) for _ in range(6)]
    stock += [root(n) * rng.randint(1, 5) for n in (2, 3, 5, 12)] + [PI, PI * root(3), 2 + root(3)]
    for a, b in combinations(stock, 2):
        assert (a + b).value == pytest.approx(a.value + b.value)
        assert (a - b).value == pytest.approx(a.value - b.value)
        assert (a * b).value == pytest.approx(a.value * b.value)
        if b.terms and len(b.terms) == 1:
            assert (a / b).value == pytest.approx(a.value / b.value)
    assert (Surd.of(1) / (2 + root(3))).value == pytest.approx(1 / (2 + math.sqrt(3)))


def test_equal_surds_are_equal() -> None:
    assert root(12) == 2 * root(3)
    assert root(2) * root(6) == 2 * root(3)
    assert hash(root(8)) == hash(root(2) + root(2))
    assert (root(2) + 1) * (root(2) - 1) == 1
    assert root(2) != PI
    assert Surd.of(Fraction(9, 4)).sqrt() == Fraction(3, 2)
    with pytest.raises(InexactError):
        (1 + root(2)).sqrt()


def test_roots_have_no_square_within() -> None:
    rng = Random(0)
    large = [rng.randrange(1, 40) * rng.randrange(1, 50_000) ** 2 for _ in range(100)]
    for number in (*range(1, 3_000), *large, *(rng.randrange(10**9) for _ in range(20))):
        (((inside, _), outside),) = root(number).terms.items()
        assert outside**2 * inside == number
        assert all(inside % divisor**2 for divisor in range(2, math.isqrt(inside) + 1))


@pytest.mark.parametrize("degrees", [30, 45, 60, 90, 120, 135, 150])
def test_sines_known_by_heart(degrees: int) -> None:
    exact = Surd.of(degrees)
    assert sine(exact).value == pytest.approx(math.sin(math.radians(degrees)))
    assert cosine(exact).value == pytest.approx(math.cos(math.radians(degrees)), abs=1e-15)


@pytest.mark.parametrize(
    ("value", "in_thought", "in_latex"),
    [
        (5 * root(3), "5√3", r"5\sqrt{3}"),
        (PI * Fraction(9, 2), "9π/2", r"\frac{9\pi}{2}"),
        (16 - 4 * PI, "16 − 4π", r"16-4\pi"),
        ((1 + root(5)) / 2, "(1 + √5)/2", r"\frac{1+\sqrt{5}}{2}"),
        (Surd.of(7), "7", "7"),
        (Surd.of(0), "0", "0"),
    ],
)
def test_surds_are_written_and_read(value: Surd, in_thought: str, in_latex: str) -> None:
    assert (plain(value), latex(value)) == (in_thought, in_latex)
    for text in (in_thought, in_latex, f"{value.value:.12g}"):
        score = Expression(in_latex).score(text)
        assert score is not None and score.value == 1, text


# Measuring, which no theorem has a part in.


def test_areas_and_borders_are_as_shapely_says() -> None:
    corners = {
        "A": (0.0, 0.0),
        "B": (7.0, 1.0),
        "C": (5.0, 6.0),
        "D": (1.0, 4.0),
        "O": (3.0, 3.0),
        "P": (4.0, 3.0),
    }
    disc = ((Edge("P", "O"),),)
    plane = Plane(
        corners, {"circle O": disc, "ring": ((Edge("A"), Edge("B"), Edge("C"), Edge("D")), *disc)}
    )
    polygon = shapely.Polygon([corners[name] for name in "ABCD"])
    circle = shapely.Point(3, 3).buffer(1, quad_segs=2_000)
    for region, shape in (
        (("polygon", *"ABCD"), polygon),
        (("circle", "O"), circle),
        (("ring",), polygon - circle),
    ):
        assert measure(Quantity("area", region), plane) == pytest.approx(shape.area, rel=1e-6)
        assert measure(Quantity("perimeter", region), plane) == pytest.approx(
            shape.length, rel=1e-6
        )


def test_arcs_go_counterclockwise() -> None:
    plane = Plane({"O": (0, 0), "A": (2, 0), "B": (0, 2)}, {})
    assert measure(Quantity("arc", ("O", "A", "B")), plane) == pytest.approx(90)
    assert measure(Quantity("arc", ("O", "B", "A")), plane) == pytest.approx(270)
    assert measure(Quantity("arc length", ("O", "A", "B")), plane) == pytest.approx(math.pi)
    assert measure(Quantity("area", ("sector", "O", "A", "B")), plane) == pytest.approx(math.pi)
    assert measure(Quantity("perimeter", ("sector", "O", "A", "B")), plane) == pytest.approx(
        4 + math.pi
    )


# Theorems.


def test_there_are_theorems_enough() -> None:
    assert len(THEOREMS) == len(BY_NAME) >= 45
    assert len(FAMILIES) >= 10
    assert set(FAMILIES) > HELD_OUT
    assert not {rule.family for rule in TRAINED} & HELD_OUT


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


def test_steps_are_those_that_can_be_calculated() -> None:
    """No sine of 105° is known by heart, whatever the side opposite it is known to be."""
    left_out = 0
    for figure in figures()[::2]:
        known = study(figure, THEOREMS)
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


def test_any_wrong_theorem_stops_the_build_in_its_own_place() -> None:
    """Where true ones before it have found all values, and where it would lead from known ones to known ones."""
    kept = [
        (figure, {step.instance.rule.name for step in study(figure, THEOREMS).steps})
        for figure in figures()
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
    for figure in figures()[::3]:
        known = study(figure, THEOREMS)
        for quantity, value in known.values.items():
            assert agrees(value.value, figure.size(quantity)), quantity


def test_what_a_figure_is_made_with_is_as_drawn() -> None:
    figure = Figure()
    a, b = figure.place(0, 0), figure.place(3, 4)
    figure.join(a, b)
    figure.know(figure.length(a, b), 5)
    with pytest.raises(AssertionError, match="is 6"):
        figure.know(figure.length(a, b), 6)


# Problems.


@cache
def problems() -> tuple[Problem, ...]:
    found = []
    for place, figure in enumerate(figures()):
        known = study(figure, TRAINED)
        problem = Search(
            known,
            lambda _, value: 0 < value.value < 5_000,
            set(product(range(1, 5), range(1, 5))),
            Random(place),
        ).seek()
        if problem is not None:
            found.append(problem)
    assert len(found) > 100
    return tuple(found)


def test_no_given_is_idle() -> None:
    for problem in problems():
        assert problem.target in problem.known.follow(problem.givens)
        for fewer in without_one(problem.givens):
            assert problem.target not in problem.known.follow(fewer), problem.target


def test_one_size_tells_radius_and_width_of_a_half_disc() -> None:
    """So that no problem gives both."""
    known = study(construct("rounded rectangle", 0, Random(3)), TRAINED)
    (radius,) = (one for one in known.values if one.kind == "radius")
    _, a, b = next(fact.of for fact in known.figure.facts if fact.kind == "half disc")
    assert known.figure.length(a, b) in known.follow([radius])
    assert radius in known.follow([known.figure.length(a, b)])


def test_steps_lead_from_the_givens_to_the_target() -> None:
    for problem in problems():
        led_to(problem.steps, problem.givens)
        for step in problem.steps:
            assert step.solution.value(problem.known.values) == problem.known.values[step.found]
        assert problem.steps[-1].found == problem.target
        assert problem.depth == sum(not step.instance.rule.reads for step in problem.steps)
        facts = [fact for step in problem.steps for fact in facts_of(problem, step.instance)]
        assert problem.facts() == list(filter(facts.__contains__, problem.figure.facts))


def facts_of(problem: Problem, instance: Instance) -> list[Fact]:
    """What the use of a theorem rests on."""
    facts = problem.figure.facts
    return [facts[place] for place in range(len(facts)) if instance.support & 2**place]


def shortest(known: Known, givens: Sequence[Quantity], target: Quantity, most: int) -> int:
    """The least number of steps, by trying all."""
    layer = {frozenset(givens)}
    for depth in range(most + 1):
        # What marks say is no step.
        layer = {closure(known, one, lambda rule: rule.reads) for one in layer}
        if any(target in there for there in layer):
            return depth
        layer = {
            there | {step.found}
            for there in layer
            for step in known.steps
            if step.found not in there
            and {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        }
    return most + 1


def closure(
    known: Known, givens: Collection[Quantity], usable: Callable[[Rule], bool]
) -> frozenset[Quantity]:
    """All that follows by some theorems, by trying every step again and again."""
    there = frozenset(givens)
    while True:
        more = {
            step.found
            for step in known.steps
            if usable(step.instance.rule)
            and {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        }
        if more <= there:
            return there
        there |= more


def test_no_shorter_derivation_exists() -> None:
    """Said of the depth that a problem has, of three steps and of four where there are few theorems to try."""
    tried = Counter[int]()
    for problem in problems():
        if problem.depth > 2 and len(problem.known.steps) > 90:
            continue
        tried[problem.depth] += 1
        if tried[problem.depth] > 25:
            continue
        known, most = problem.known, problem.depth - 1
        assert shortest(known, problem.givens, problem.target, most) > most, problem.target
    assert min(tried[depth] for depth in (1, 2, 3)) >= 10, tried


def test_steps_that_are_shared_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes each quantity by its own fewest steps says five where four will do."""
    refused: list[tuple[Known, Sequence[Quantity], Quantity, int]] = []

    def watched(known: Known, givens: Sequence[Quantity], target: Quantity, depth: int) -> bool:
        if not (result := is_shortest(known, givens, target, depth)):
            refused.append((known, givens, target, depth))
        return result

    monkeypatch.setattr(_problem, "is_shortest", watched)
    params, kinds = SPLITS["ood-depth"].params, find_area.KINDS
    seeds, surely = iter(range(200)), 0
    while surely < 4:
        rng = Random(next(seeds))
        kind = kinds[rng.choice(list(kinds))]
        wish = Wish(rng.choice(kind.bases), rng.choice(params.additions), (4, 5), PLACES[0])
        list(proposed(kind, params, wish, rng))
        while refused:
            known, givens, target, depth = refused.pop()
            assert known.follow(givens)[target].cost == depth
            try:
                steps = next(Backwards(known, givens).derivations([target], depth - 1))
            except UnsureError:  # given up
                continue
            assert led_to(steps, givens) >= {target}
            assert sum(not step.instance.rule.reads for step in steps) < depth
            surely += 1


def led_to(steps: Sequence[Step], givens: Collection[Quantity]) -> set[Quantity]:
    """What is known after these steps, each of which has to have what it starts from."""
    there = set(givens)
    for step in steps:
        assert {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        there.add(step.found)
    return there


Asked = tuple[Equations, Sequence[Quantity], Mapping[Quantity, InX], int, bool]


def asked_to_x(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What the exact search for x will be asked, and whether it is kept."""
    asked: list[Asked] = []

    def watched(
        equations: Equations,
        givens: Sequence[Quantity],
        expressions: Mapping[Quantity, InX],
        depth: int,
    ) -> bool:
        is_kept = is_shortest_to_x(equations, givens, expressions, depth)
        asked.append((equations, givens, expressions, depth, is_kept))
        return is_kept

    monkeypatch.setattr(_unknown, "is_shortest_to_x", watched)
    return asked


def test_a_shorter_way_to_x_tells_x(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another equation than the one that the problem was made of, maybe with sizes carried in x."""
    asked = asked_to_x(monkeypatch)
    params, kind = SPLITS["ood-depth"].params, find_x.KINDS["x"]
    seeds = iter(range(400))
    while sum(not is_kept for *_, is_kept in asked) < 6:
        rng = Random(next(seeds))
        wish = Wish(rng.choice(find_x.DEEP), rng.choice(params.additions), (4, 5), PLACES[0])
        list(proposed(kind, params, wish, rng))
    for equations, givens, expressions, depth, is_kept in asked:
        if is_kept:
            continue
        steps, equation = next(ways_to_x(equations, givens, expressions, depth - 1))
        assert sum(not one.instance.rule.reads for one in steps) < depth
        assert led_to(steps, [*givens, *expressions]) >= {*equation.quantities, *equation.needed}
        # By another x the sizes that follow break the equation.
        known = {one: value.value for one, value in equations.known.values.items()}
        sizes = {one: known[one] for one in givens}
        sizes |= {one: known[one] + line.factor for one, line in expressions.items()}
        for step in steps:
            sizes[step.found] = solved(step, sizes, known)
        parts = linear_parts(equation)
        assert parts is not None
        assert abs(sum(float(share) * (sizes[one] if one else 1) for one, share in parts)) > 0.1


def solved(step: Step, sizes: Mapping[Quantity, float], known: Mapping[Quantity, float]) -> float:
    """What a step finds; an equation that is not linear has nothing in x in it."""
    parts = linear_parts(step.instance)
    if parts is None:
        assert all(sizes[one] == pytest.approx(known[one]) for one in needs_of(step))
        return known[step.found]
    own = sum(float(share) for one, share in parts if one == step.found)
    others = [(one, float(share)) for one, share in parts if one != step.found]
    return -sum(share * (sizes[one] if one else 1) for one, share in others) / own


def test_x_is_told_in_no_fewer_steps_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept and what is refused, by trying all; sizes that are carried in x lead to some of these."""
    asked = asked_to_x(monkeypatch)
    params, kind = Params(depths=(3,), additions=(0, 1, 2)), find_x.KINDS["x"]
    for seed in range(500):
        rng = Random(seed)
        wish = Wish(rng.choice(kind.bases), rng.choice(params.additions), params.depths, PLACES[0])
        list(proposed(kind, params, wish, rng))
    small = [one for one in asked if len(one[0].known.steps) < 90]
    carried_only = 0
    for equations, givens, expressions, depth, is_kept in small:
        lines = {one: Fraction(line.factor) for one, line in expressions.items()}
        start = dict.fromkeys(givens, Fraction(0)) | lines
        assert (fewest_to_x(equations, start, depth) == depth) == is_kept
        carried_only += not is_kept and fewest_to_x(equations, start, depth, carry=False) == depth
    assert carried_only > 0
    assert sum(is_kept for *_, is_kept in small) > 40


def fewest_to_x(
    equations: Equations, start: Mapping[Quantity, Fraction], most: int, *, carry: bool = True
) -> int:
    """The least number of steps to an equation that tells x, or `most`; sizes have their factor of x."""
    layer, fewest = {frozenset(start.items())}, most
    for depth in range(most):
        grown = (marks_read(equations.known, dict(one), carry) for one in layer)
        layer = {frozenset(there.items()) for there in grown}
        for one in layer:
            there = dict(one)
            for equation, parts in equations.linear:
                if {*equation.quantities, *equation.needed} <= set(there):
                    slope = sum(share * there[one] for one, share in parts if one)
                    if slope and not any(there[one] for one in equation.needed):
                        fewest = min(fewest, depth + (not equation.rule.reads))
        layer = {
            frozenset({**dict(one), step.found: slope}.items())
            for one in layer
            for step, slope in steps_in_x(equations.known, dict(one), carry)
        }
    return fewest


def marks_read(
    known: Known, there: dict[Quantity, Fraction], carry: bool
) -> dict[Quantity, Fraction]:
    """With all that marks say of it."""
    while more := [one for one in steps_in_x(known, there, carry) if one[0].instance.rule.reads]:
        there |= {step.found: slope for step, slope in more}
    return there


def steps_in_x(
    known: Known, there: Mapping[Quantity, Fraction], carry: bool
) -> Iterator[tuple[Step, Fraction]]:
    """What can be found next, with its factor of x."""
    for step in known.steps:
        needed = {*step.instance.quantities, *step.instance.needed} - {step.found}
        if step.found in there or not needed <= set(there):
            continue
        if not any(there[one] for one in needed):
            yield step, Fraction(0)
            continue
        parts = linear_parts(step.instance)
        if carry and parts is not None and not any(there[one] for one in step.instance.needed):
            own = sum(share for one, share in parts if one == step.found)
            yield (
                step,
                Fraction(
                    -sum(share * there[one] for one, share in parts if one and one != step.found)
                    / own
                ),
            )


def test_where_not_all_ways_can_be_looked_at_a_problem_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deep = [one for one in problems() if one.depth == 3][:5]
    assert all(is_shortest(one.known, one.givens, one.target, one.depth) for one in deep)
    monkeypatch.setattr(_shortest, "MOST_LOOKS", 0)
    assert not any(is_shortest(one.known, one.givens, one.target, one.depth) for one in deep)


def test_slips_change_what_comes_out() -> None:
    changed = 0
    for problem in problems()[:40]:
        for step in problem.steps:
            for slip in slips(step.solution):
                try:
                    value = slip.value(problem.known.values)
                except (InexactError, ZeroDivisionError):
                    continue
                changed += value != problem.known.values[step.found]
    assert changed > 100


@pytest.mark.parametrize("held_out", [False, True])
def test_problems_in_x_come_out(held_out: bool) -> None:
    found = 0
    for base in find_x.HELD_OUT if held_out else find_x.BASES[:10]:
        for seed in range(4):
            known = study(construct(base, 0, Random(seed)), THEOREMS if held_out else TRAINED)
            problem = Hunt(known, (1, 2, 3), Random(seed), held_out=held_out).seek()
            if problem is None:
                continue
            found += 1
            for quantity, line in problem.expressions.items():
                assert known.values[quantity] == line.factor * problem.x + line.shift
            assert not re.search(r"\(\d*x\)", solving(problem)[0])
            assert (problem.equation.rule.family in HELD_OUT) == held_out
            assert not held_out or problem.needs(HELD_OUT)
    assert found > 5


def test_no_wrong_x_can_be_ruled_out_by_the_expressions_in_it() -> None:
    seen = 0
    for base in (
        "crossing lines",
        "triangle of angles",
        "inscribed quadrilateral",
        "parallelogram",
    ):
        for seed in range(12):
            known = study(construct(base, 1, Random(seed)), TRAINED)
            problem = Hunt(known, (1, 2, 3), Random(seed)).seek()
            if problem is None:
                continue
            for below in range(4):
                for wrong in wrong_unknowns(problem, below, Random(seed)):
                    for quantity, line in problem.expressions.items():
                        size = line.factor * (wrong.whole() or 0) + line.shift
                        assert size > 0
                        assert size < {"angle": 180, "arc": 360}.get(quantity.kind, math.inf)
                        assert size < 2 * known.values[quantity].value
                    assert 0 < wrong.value <= LARGEST_X
                    seen += 1
    assert seen > 150


@cache
def rhombus() -> tuple[Equations, Quantity, Quantity, Quantity, Quantity]:
    """What is known of one; its side, half diagonals and a whole diagonal."""
    known = study(construct("rhombus", 0, Random(1)), TRAINED)
    figure = known.figure
    a, b, c, d = next(fact.of for fact in figure.facts if fact.kind == "rhombus")
    (e,) = figure.points.keys() - {a, b, c, d}
    parts = ((a, b), (a, e), (b, e), (a, c))
    side, half, other, whole = (figure.length(*pair) for pair in parts)
    return Equations(known), side, half, other, whole


def in_x(equations: Equations, *of: Quantity) -> dict[Quantity, InX]:
    """x being 3."""
    return {one: InX(2, int(equations.known.values[one].value) - 6) for one in of}


def test_a_theorem_that_is_not_linear_tells_x_too() -> None:
    """A rhombus whose half diagonals and side are all known or in x: Pythagoras tells it."""
    equations, side, half, other, whole = rhombus()
    assert equations.tell_x([whole], in_x(equations, side, other), HELD_OUT)
    assert equations.tell_x([], in_x(equations, side, half, other), HELD_OUT)
    assert not equations.tell_x([], in_x(equations, side, other), HELD_OUT)
    assert not equations.tell_x([whole], in_x(equations, side), HELD_OUT)


def test_what_holds_for_every_x_does_not_tell_it() -> None:
    """The half diagonals of a rhombus are in one ratio, AE : EC = BE : ED, whatever they are."""
    equations, _, half, other, _ = rhombus()
    assert not equations.tell_x([], in_x(equations, half, other), HELD_OUT)


def test_no_size_follows_from_sums_and_marks_alone() -> None:
    """What lies side by side needs no theorem; of x such an equation may tell."""
    for problem in problems():
        rules = [one.instance.rule for one in problem.steps]
        assert any(rule.name not in SUMS and not rule.reads for rule in rules)
    told_by = set()
    for base, seed in product(("triangle of lengths", "kite", "trapezoid"), range(12)):
        unknown = Hunt(
            study(construct(base, 0, Random(seed)), TRAINED), (1, 2), Random(seed)
        ).seek()
        if unknown is not None:
            told_by.add(unknown.equation.rule.reads or unknown.equation.rule.name in SUMS)
    assert told_by == {True, False}


def test_an_equation_is_not_said_again_with_its_sides_swapped() -> None:
    alone = 0
    for scene in searched("find-x", find_x.TASK.at("easy").splits["test"].params, range(30)):
        assert isinstance(scene.problem, UnknownProblem)
        put_in, rest = re.findall(r"With what is given: (.+?)\. \w+ (.+?)\. ", scene.thought)[0]
        swapped = " = ".join(reversed(put_in.split(" = ")))
        assert not {put_in, swapped} & set(rest.split(", ")), scene.thought
        assert rest.endswith(f"x = {scene.problem.x}")
        alone += rest == f"x = {scene.problem.x}"
    assert alone > 5


def test_expressions_in_x() -> None:
    assert [str(InX(*one)) for one in ((1, 0), (2, 10), (3, -5))] == ["x", "2x + 10", "3x − 5"]


# Samples.


@cache
def found() -> tuple[tuple[str, str, Found, Draft], ...]:
    return tuple(
        (name, split, *geometry_counts.drawn(task, split, 11, index))
        for name, task in TASKS.items()
        for split in task.splits
        if split not in ("val", "ood-style", "ood-depth")
        for index in range(6)
    )


def drawn() -> list[tuple[str, str, Draft]]:
    return [(name, split, draft) for name, split, _, draft in found()]


def test_other_sizes_are_spoken_of_where_some_are_told() -> None:
    figure = construct("triangle of lengths", 0, Random(1))
    a, b, c = list(figure.points)[:3]
    sides = [(figure.length(a, b), "12"), (figure.length(b, c), "17")]
    said = Counter[bool]()
    for seed in range(200):
        telling = tell(figure, figure.facts, sides, [], Random(seed), textbook=False)
        words = question(telling, "Find x.", "", Random(seed), textbook=False)
        if "marked" in words or "See the picture" in words:
            of_others = re.search("other sizes|Further|The rest", words) is not None
            told = "12" in words or "17" in words
            assert told <= of_others, words
            assert of_others <= told or "The rest" in words, words
            said[told] += 1
    assert min(said[True], said[False]) > 3


def test_arrows_keep_clear_of_ticks() -> None:
    figure = construct("triangle of lengths", 0, Random(1))
    a, b = list(figure.points)[:2]
    drawing = outline(figure)
    drawing.ticks.append([(a, b)])
    drawing.arrows.append([(b, a)])
    layout = lay_out(drawing, plain_look(Random(1)), 112, 112, 0)
    tick, arrow = (stroke.points for stroke in layout.strokes if stroke.is_mark)
    assert np.abs(tick[:, None] - arrow[None]).max(axis=2).min() > 4  # pixels


CALCULATION = re.compile(r"(?:So|Hence|Thus|Therefore) (?:.+?) = (.+?) = ([^=]+?)\.$")


def test_thoughts_calculate_rightly() -> None:
    checked = 0
    for _, _, draft in drawn():
        for sentence in re.split(r"(?<=\.) ", draft.thought):
            match = CALCULATION.match(sentence)
            if match is None or "x" in sentence or "makes" in sentence:
                continue
            calculation, value = (text.replace("°", "") for text in match.groups())
            if re.search("sin|cos|tan", calculation):
                continue
            score = Expression(calculation.replace("·", "*")).score(value)
            assert score is not None and score.value == 1, sentence
            checked += 1
    assert checked > 60


def test_the_picture_is_needed() -> None:
    """The sizes that a text states do not tell the answer, whoever knows the figure besides."""
    for name, split, problem, draft in found():
        assert not follows_from_text(problem.scene), (name, split, draft.question)
        if split == "ood-textbook":
            assert all(one in draft.scene["labels"] for one in draft.scene["givens"])


def test_a_text_that_tells_all_is_noticed() -> None:
    """It is read as it stands: what the picture shows besides does not count."""
    for _, _, problem, _ in found():
        scene = problem.scene
        told = [statement(one, text, scene.figure) for one, text in scene.givens]
        assert follows_from_text(replace(scene, question=f"It is known that {joined(told)}."))


@pytest.mark.parametrize("base", ["triangle in half disc", "rounded rectangle"])
def test_what_is_not_drawn_is_neither_given_nor_asked_for(base: str) -> None:
    """The other half of a circle; a rectangle without the side below its half disc."""
    known = study(construct(base, 0, Random(1)), TRAINED)
    figure = known.figure
    (half,) = (fact for fact in figure.facts if fact.kind == "half disc")
    rectangle = [one.of for one in figure.facts if one.kind == "rectangle"]
    regions = [("circle", half.of[0]), *(figure.polygon(*corners) for corners in rectangle)]
    hidden = [
        one for one in known.values if one.of in regions and one.kind in ("area", "perimeter")
    ]
    assert hidden
    for one in hidden:
        assert not can_be_given(one, known.values[one], figure)
        assert not can_be_asked(one, figure)
    (radius,) = (one for one in known.values if one.kind == "radius")
    question = f"Find {with_article(radius, figure)}. Give the exact value."
    assert question.startswith("Find the radius of the semicircle.")
    scene = {**to_plane(figure.plane()), "circles": {}, "labels": [], "shaded": []}
    score = Expression(latex(known.values[radius])).score(solve(question, scene).text())
    assert score is not None and score.value == 1


def test_a_shape_that_cannot_be_marked_whole_has_no_mark() -> None:
    """It is told instead; right angles of a square, its sides being cut, would say a part of it again."""
    figure = construct("square", 0, Random(1))
    (square,) = (fact for fact in figure.facts if fact.kind == "square")
    figure.midpoint(*square.of[:2])
    drawing = outline(figure)
    assert not mark(drawing, figure, square)
    assert drawing == outline(figure)


def test_a_textbook_asks_without_telling_what_is_marked() -> None:
    for _, split, draft in drawn():
        if split == "ood-textbook":
            ask = [one for one in SENTENCES.split(draft.question) if ASKING.match(one)][-1]
            assert not re.search("square|rectangle|rhomb|parallelogram|kite|trapezoid", ask)
            if ask.rstrip(".?").endswith(" x") and isinstance(draft.answer, Choice):
                assert "°" not in "".join(draft.answer.options)


def test_no_roots_are_left_in_a_fraction() -> None:
    hints = {asked(Surd.of(Fraction(7, 2)), "exact", Random(seed)).hint for seed in range(40)}
    assert hints and not any("roots" in one for one in hints)


def test_splits_keep_to_their_theorems_and_depths() -> None:
    for name, split, found_one, draft in found():
        used = {BY_NAME[step["theorem"]].family for step in draft.scene["program"]}
        assert bool(used & HELD_OUT) == (split == "ood-theorem"), (name, draft.question)
        # It is not enough that its derivation uses them: one by other theorems might do.
        assert found_one.scene.problem.needs(HELD_OUT) == (split == "ood-theorem"), draft.question
        assert draft.depth in TASKS[name].splits[split].params.depths
    for task in (find_angle.TASK, find_x.TASK):
        deep = draw_draft(task, "ood-depth", 11, 0, SMALL)
        assert deep.depth > max(task.splits["train"].params.depths)


# Which split shows which figures.


def searched(name: str, params: Params, seeds: range, base: str | None = None) -> Iterator[Scene]:
    """Problems that are proposed for a split, clear to read or not."""
    for kind in geometry_counts.KINDS[name].values():
        for seed in seeds:
            rng = Random(f"{params}/{seed}")
            begun = base or rng.choice(kind.suited(params))
            wish = Wish(begun, rng.choice(params.additions), params.depths, PLACES[seed % 16])
            yield from proposed(kind, params, wish, rng)


def test_each_split_shows_figures_of_its_own_side() -> None:
    own: dict[str, set[Side]] = {
        "train": {"train"}, "val": {"val"}, "ood-theorem": {"val", "test"},
    }  # fmt: skip
    seen = Counter[str]()
    for name, level in product(TASKS, LEVELS):
        for split, one in TASKS[name].at(level).splits.items():
            for scene in searched(name, one.params, range(2)):
                assert side_of(scene.figure.points) in own.get(split, {"test"}), (
                    name,
                    level,
                    split,
                )
                seen[split] += 1
    assert min(seen.values()) > 3 and seen.total() > 150


def test_no_scene_of_train_is_found_in_another_split_by_the_audit() -> None:
    """Of right triangles by their angles there are 51: by chance many would be in both."""
    splits, look = find_angle.TASK.at("easy").splits, plain_look(Random(0))
    shown = {
        split: {
            print_of_scene(
                scene_of(show(Found("angle", scene, {"plain": look}, 0), "plain", SMALL))
            )
            for scene in searched(
                "find-angle", splits[split].params, range(40), "right triangle of angles"
            )
        }
        for split in ("train", "val", "test")
    }
    assert min(map(len, shown.values())) > 10
    assert not shown["train"] & (shown["val"] | shown["test"])
    assert not shown["val"] & shown["test"]


def test_every_construction_has_figures_of_every_side() -> None:
    drawn_sides = Counter[Side]()
    for base in BASES:
        apart: dict[Side, set[str]] = {side: set() for side in SIDES}
        for seed in range(500):
            points = construct(base, 0, Random(seed)).points
            side = side_of(points)
            apart[side].add(str(sorted((round(x, 3), round(y, 3)) for x, y in points.values())))
            drawn_sides[side] += seed < 30
            if seed >= 30 and min(map(len, apart.values())) > 2:
                break
        else:
            raise AssertionError(f"{base}: {apart}")
    for side in SIDES:
        assert drawn_sides[side] / drawn_sides.total() == pytest.approx(1 / len(SIDES), rel=0.15)


def test_a_figure_has_the_same_side_by_other_letters_and_in_another_order() -> None:
    for figure in figures()[::5]:
        names = list(figure.points)
        renamed = dict(zip(names[1:] + names[:1], figure.points.values(), strict=True))
        turned = dict(reversed(renamed.items()))
        negated = {name: (x or -0.0, y or -0.0) for name, (x, y) in turned.items()}
        assert side_of(figure.points) == side_of(negated)


def test_what_the_audit_finds_the_same_has_one_side() -> None:
    assert _sides.DECIMALS == trace.DECIMALS


def test_few_givens_are_allowed_on_a_share_of_figures() -> None:
    """There are so few problems of few numbers that they would come again and again."""
    figure, rng, tries = construct("quadrilateral of angles", 0, Random(0)), Random(0), 20_000
    taken = Counter[tuple[int, int]]()
    for _ in range(tries):
        taken.update(_extents(figure, (1, 2, 3), Params(), rng))
    assert len(figure.seeds) == 3
    for few in product((1, 2, 3), (1, 2, 3)):
        share = _drawing.PLAIN_SHARE.get(few, 1.0)
        # Within four standard deviations of so many draws.
        allowed = 4 * math.sqrt(share * (1 - share) / tries)
        assert abs(taken[few] / tries - share) <= allowed, few
    assert taken.keys() == set(product((1, 2, 3), (1, 2, 3)))
    assert sorted(_drawing.PLAIN_SHARE.values())[0] < 0.01
    assert _extents(figure, (1, 2), EASY, rng) == set(product((1, 2, 3), (1, 2)))


def test_no_more_is_given_than_a_figure_has_sizes() -> None:
    """So that a figure of few sizes need not be looked at where the lot is against few givens."""
    assert any(len(problem.givens) > 2 for problem in problems())
    for problem in problems():
        assert len(problem.givens) <= len(problem.figure.seeds)


def test_what_the_lot_is_against_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    studied: list[Figure] = []

    def watched(figure: Figure, theorems: Sequence[Rule]) -> Known:
        studied.append(figure)
        return study(figure, theorems)

    monkeypatch.setattr(_drawing, "study", watched)
    found = 0
    for seed in range(300):
        wish = Wish("parallelogram of angles", seed % 2, (1, 2), PLACES[0])
        for scene in proposed(find_angle.KINDS["angle"], Params(), wish, Random(seed)):
            found += 1
            assert isinstance(scene.problem, Problem)
            assert scene.problem.depth in (1, 2)
    assert found > 0
    assert 0 < len(studied) < 250


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_common_angle_is_asked_for_on_a_share_of_figures(
    monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(_drawing, "COMMON_SHARE", share)
    answers = {
        scene.asked.answer.text()
        for seed in range(150)
        for scene in proposed(
            find_angle.KINDS["angle"],
            EASY,
            Wish("triangle of angles", 0, (1, 2), PLACES[0]),
            Random(seed),
        )
    }
    common = {str(degrees) for degrees in _drawing.COMMON}
    assert len(answers) > 20
    assert bool(answers & common) == bool(share)


def is_of_other_families(barred: Collection[str], rule: Rule) -> bool:
    return rule.family not in barred


def test_what_can_be_derived_is_what_can_be_followed() -> None:
    """The one search counts steps, the other only says whether: they must agree, whatever is barred."""
    agreed: Counter[bool] = Counter()
    rng = Random(0)
    for figure in figures()[::3]:
        known = study(figure, THEOREMS)
        quantities = list(known.values)
        for barred in ((), HELD_OUT, FAMILIES[:3]):
            givens = rng.sample(quantities, min(3, len(quantities)))
            followed = known.follow(givens, barred)
            usable = partial(is_of_other_families, barred)
            assert set(followed) == closure(known, givens, usable)
            for target in quantities:
                assert known.derives(givens, target, barred) == (target in followed)
                agreed[target in followed] += 1
    assert min(agreed.values()) > 300


def test_easy_answers_are_small() -> None:
    for name, task in TASKS.items():
        split = task.at("easy").splits["test"]
        scenes = list(searched(name, split.params, range(6)))
        assert scenes
        for scene in scenes:
            if isinstance(scene.problem, Problem):
                assert scene.problem.value.value <= EASY_LARGEST
            else:
                assert scene.problem.x <= LARGEST_X < EASY_LARGEST


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


def test_sizes_are_whole_or_short_roots() -> None:
    rng = Random(0)
    drawn_sizes = [lone_size(rng) for _ in range(500)]
    assert all(map(is_short, drawn_sizes))
    assert 0.2 < sum(one.whole() is None for one in drawn_sizes) / 500 < 0.4
    sides = [two_triangles(rng) for _ in range(300)]
    both_whole = [
        (p, q, h)
        for p, q, h in sides
        if all(math.isqrt(x * x + h * h) ** 2 == x * x + h * h for x in (p, q))
    ]
    assert 0.04 < len(both_whole) / 300 < 0.13
    assert not is_short(root(13)) and not is_short(41 * root(2)) and is_short(40 * root(11))


def test_secants_and_sides_come_out_as_they_should() -> None:
    for near, far, tangent in _with_tangents():
        assert (tangent * tangent).whole() == near * far and is_short(tangent)
    whole = 0
    for p, q, degrees in _of_short_thirds()[::7]:
        third = root(p * p + q * q + (p * q if degrees == 120 else -p * q))
        drawn_third = math.sqrt(p * p + q * q - 2 * p * q * math.cos(math.radians(degrees)))
        assert third.value == pytest.approx(drawn_third) and degrees in (60, 120)
        assert suits(third, "choice") and max(radicand for radicand, _ in third.terms) <= THIRD_ROOT
        whole += third.whole() is not None
    assert whole > 100


def test_no_right_triangle_is_much_more_likely_than_another() -> None:
    rng = Random(0)
    found = Counter(tuple(sorted(triple(rng))) for _ in range(2_000))
    assert len(found) > 500
    assert max(found.values()) < 15
    assert all(a * a + b * b == c * c for a, b, c in found)
    squares = {c * c: c for c in range(LONGEST_HYPOTENUSE + 1)}
    legs = combinations(range(1, LONGEST_HYPOTENUSE), 2)
    every = {(a, b, squares[a * a + b * b]) for a, b in legs if a * a + b * b in squares}
    assert set(found) < {one for one in every if one[1] < FLATTEST * one[0]} == set(_triples())


def test_options_are_apart() -> None:
    chosen = [draft.answer for _, _, draft in drawn() if isinstance(draft.answer, Choice)]
    assert len(chosen) > 20
    for choice in chosen:
        assert len(choice.options) == 4
        for one, other in combinations(choice.options, 2):
            score = Number(one, tolerance="3.9%").score(other)
            assert score is not None and score.value == 0, choice.options


def test_no_option_stands_out_among_whole_degrees() -> None:
    angular = [one for one in problems() if one.target.kind in ("angle", "arc")]
    assert len(angular) > 20
    for problem in angular:
        wrong = wrong_values(problem, 2, Random(0))
        assert all(one.whole() in range(9, 172) for one in wrong)


def right_by(score: Callable[[int, Sequence[float]], float], sets: Sequence[list[Surd]]) -> float:
    """How often the answer, the first of each set, has the highest score among the four."""
    hits = 0.0
    for values in sets:
        scores = [score(place, [one.value for one in values]) for place in range(4)]
        hits += (scores[0] == max(scores)) / scores.count(max(scores))
    return hits / len(sets)


def in_simple_proportion(place: int, values: Sequence[float]) -> float:
    """How many others are simple parts or multiples of it, or make up a right or a straight angle with it."""
    ratios = [Fraction(values[place] / one).limit_denominator(12) for one in values]
    return sum(
        (abs(ratio * one - values[place]) < 1e-9 and ratio.numerator <= 12)
        or values[place] + one in (90, 180)
        for ratio, one in zip(ratios, values, strict=True)
    )


def amid_the_others(place: int, values: Sequence[float]) -> float:
    return -sum(abs(values[place] - one) for one in values)


@pytest.mark.parametrize("angular", [False, True])
def test_what_options_are_to_each_other_does_not_tell_the_answer(angular: bool) -> None:
    sets = []
    for number, problem in enumerate(problems()):
        if problem.target.is_angular == angular:
            for below in range(4):
                wrong = wrong_values(problem, below, Random(number))
                if wrong:
                    sets.append([problem.value, *wrong])
    assert len(sets) > 150
    spread = 4 * math.sqrt(0.25 * 0.75 / len(sets))
    for score in (in_simple_proportion, amid_the_others):
        assert abs(right_by(score, sets) - 0.25) < spread, score


def test_no_size_among_four_is_ruled_out_by_another() -> None:
    """Were wrong ones within a range of the answer alone, one far from another could not be the answer."""
    found = 0
    for number, problem in enumerate(problems()):
        for below in range(4):
            wrong = wrong_values(problem, below, Random(number))
            if wrong and not problem.target.is_angular:
                sizes = [problem.value.value, *(one.value for one in wrong)]
                assert max(sizes) < FARTHEST * min(sizes)
                found += 1
    assert found > 150


@pytest.mark.parametrize(
    ("options", "in_x", "place"),
    [
        (("30600", "22950", "15300", "45900"), [], 0),
        (("41°", "49°", "17°", "131°"), [], 1),  # what is missing to 90° and to 180°
        (("79", "54", "60", "133"), [(2, 25)], 1),  # 2 · 54 + 25 = 133, (133 + 25) / 2 = 79
        (("7", "11", "15", "19"), [(3, 5)], 0),  # none: the first
    ],
)
def test_a_guesser_sees_what_options_are_to_each_other(
    options: tuple[str, ...], in_x: list[tuple[int, int]], place: int
) -> None:
    assert guess(Choice("D", options), in_x) == place


@pytest.mark.parametrize("kind", list(find_angle.KINDS))
def test_only_whole_degrees_are_asked_for(kind: str) -> None:
    """A half degree would be the one option that nobody guesses; a half length is an answer."""
    angle, arc = Quantity("angle", tuple("ABC")), Quantity("arc", tuple("OAB"))
    half, whole = Surd.of(Fraction(43, 2)), Surd.of(43)
    sort = find_angle.KINDS[kind]
    assert all(is_wanted(one, whole, sort) for one in (angle, arc))
    assert not any(is_wanted(one, half, sort) for one in (angle, arc))
    choice = find_length.KINDS["length-choice"]
    assert is_wanted(Quantity("length", ("A", "B")), half, choice)


@pytest.mark.parametrize("below", range(4))
def test_the_rank_of_the_right_option_is_as_wanted(below: int) -> None:
    """Whatever the usual mistakes make of it; else the second smallest is right in half of all areas."""
    enough = 0
    for problem in problems():
        wrong = wrong_values(problem, below, Random(0))
        smaller = sum(one.value < problem.value.value for one in wrong)
        assert smaller <= below and len(wrong) - smaller <= 3 - below
        enough += len(wrong) == 3
    assert enough > 0.7 * len(problems())


@pytest.mark.parametrize(
    ("sines", "text"),
    [(("BAC",), "2 / (sin 30°)"), (("BAC", "ABC"), "2 / ((sin 60°) · (sin 30°))")],
)
def test_what_is_divided_by_is_in_brackets_once(sines: tuple[str, ...], text: str) -> None:
    divided = _product([length("DE"), *(of_angle("sin", one) for one in sines)])
    values = {
        Quantity("angle", tuple("BAC")): Surd.of(30),
        Quantity("angle", tuple("ABC")): Surd.of(60),
    }
    solution = Equation(divided, terms(2)).solved_for(Quantity("length", ("D", "E")))
    assert solution.text(values) == text


@pytest.mark.parametrize(
    ("divisor", "text"),
    [
        (Surd.of(3), "2 / 3"), (root(3), "2 / √3"), (2 * root(3), "2 / (2√3)"), (PI, "2 / π"),
        (root(65) / 2, "2 / (√65/2)"), (2 * PI, "2 / (2π)"), (Surd.of(Fraction(3, 4)), "2 / (3/4)"),
    ],
)  # fmt: skip
def test_what_is_divided_by_is_read_as_one(divisor: Surd, text: str) -> None:
    one, other = (Quantity("length", tuple(ends)) for ends in ("DE", "FG"))
    solution = Equation(length("DE") * length("FG"), terms(2)).solved_for(one)
    assert solution.text({other: divisor}) == text


def _product(factors: Sequence[Terms]) -> Terms:
    first, *others = factors
    for one in others:
        first = first * one
    return first


def test_letters_and_ranks_of_right_options_take_turns() -> None:
    kinds = find_x.KINDS
    drafts = (draw_draft(find_x.TASK, "ood-textbook", 2, index, SMALL) for index in range(32))
    chosen = [draft.answer for draft in drafts if isinstance(draft.answer, Choice)]
    assert len(kinds) == 2
    assert set(Counter(one.letter for one in chosen).values()) == {4}
    assert Counter(map(rank, chosen)) == dict.fromkeys(range(4), 4)


def scene_of(draft: Draft) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(to_json(draft.scene))
    return stored


def test_a_moved_point_is_another_answer() -> None:
    """The solver measures: it does not look at what was given."""
    draft = next(
        one for name, split, one in drawn() if (name, one.kind) == ("find-length", "length")
    )
    scene = scene_of(draft)
    scene["points"] = {name: [3 * x, 3 * y] for name, (x, y) in scene["points"].items()}
    solved = solve(draft.question, scene)
    assert isinstance(solved, Integer) and isinstance(draft.answer, Integer)
    assert solved.value == 3 * draft.answer.value


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long is AB?", Integer(8)),
        ("In the figure, AC = 6. Find ∠BAC in degrees.", Integer(90)),
        ("What is the area of triangle ABC?", Integer(24)),
        ("Calculate the perimeter of triangle ABC.", Integer(24)),
        ("Find the area of circle O. Round to one decimal place.", Number("78.5")),
        ("Find the circumference of circle O. Give the exact value.", Expression("31.4159265359")),
        ("How large is the radius of circle O?", Integer(5)),
        ("Find x.", Integer(3)),
        ("In the figure, BC = 2x + 4. Find x.", Integer(3)),
    ],
)
def test_reading_by_hand(question: str, answer: object) -> None:
    points = {"A": [0, 0], "B": [8, 0], "C": [0, 6], "O": [4, 3]}
    label = {"kind": "length", "of": ["A", "C"], "text": "x + 3"}
    scene = {
        "points": points,
        "regions": {"circle O": [[["A", "O", False]]]},
        "circles": {"O": ["A", "B", "C"]},
        "labels": [label],
        "shaded": [],
    }
    assert solve(question, scene) == answer


@pytest.mark.parametrize("question", ["AB = 3.", "Find the truth.", "Find ∠AB."])
def test_what_cannot_be_read_is_refused(question: str) -> None:
    points = {"A": [0.0, 0.0], "B": [8.0, 0.5]}
    with pytest.raises(ValueError):
        solve(
            question, {"points": points, "regions": {}, "circles": {}, "labels": [], "shaded": []}
        )


# Pictures.


def labelled(figure: Figure) -> Drawing:
    drawing = outline(figure)
    for line in figure.lines[:4]:
        drawing.labels.append((figure.length(line[0], line[1]), "12"))
    return drawing


def boxes(layout: Layout) -> list[Any]:
    found = []
    for text in layout.texts:
        wide, high = extent(text.text, text.font, layout.letter)
        half = (wide / 2, high / 2)
        found.append(
            shapely.box(text.x - half[0], text.y - half[1], text.x + half[0], text.y + half[1])
        )
    return found


@pytest.mark.parametrize("size", [(112, 112), (320, 240), (512, 512)])
def test_labels_of_a_clean_layout_cover_nothing(size: tuple[int, int]) -> None:
    clean = 0
    for place, figure in enumerate(figures()[::4]):
        look = plain_look(Random(place)) if place % 2 else other_look(Random(place))
        layout = lay_out(labelled(figure), look, *size, place)
        if not layout.is_clean:
            continue
        clean += 1
        picture = shapely.box(0, 0, *size)
        strokes = shapely.union_all([shapely.LineString(one.points) for one in layout.strokes])
        for box in boxes(layout):
            assert picture.contains(box)
            assert strokes.intersection(box).length < 3 * max(1, size[0] / 240)
        for one, other in combinations(boxes(layout), 2):
            assert one.intersection(other).area < 1
    assert clean > (15 if size[0] > 112 else 6)


@pytest.mark.parametrize("degrees", [50, 70, 85, 100])
def test_the_arc_of_an_angle_is_near_its_label(degrees: int) -> None:
    figure = Figure()
    vertex, a = figure.place(0, 0), figure.place(8, 0)
    c = figure.place(*figure.towards(vertex, degrees, 8))
    figure.shape(vertex, a, c)
    drawing = outline(figure)
    drawing.labels.append((figure.angle(a, vertex, c), "(6x + 54)°"))
    layout = lay_out(drawing, Look(), 320, 240, 0)
    (arc,) = (shapely.LineString(one.points) for one in layout.strokes if one.is_mark)
    assert boxes(layout)[0].distance(arc) < 0.4 * layout.letter


@pytest.mark.parametrize(("alone", "arcs"), [(True, [1, 2, 2]), (False, [1, 1])])
def test_a_labelled_angle_has_not_the_mark_of_others(alone: bool, arcs: list[int]) -> None:
    """One arc for a number; equal angles have one too only where the number is that of both."""
    figure = Figure()
    a, b, c = figure.place(0, 0), figure.place(8, 0), figure.place(4, 9)
    figure.shape(a, b, c)
    drawing = outline(figure)
    assert mark(drawing, figure, Fact("same angle", (c, a, b, a, b, c)))
    labelled = figure.angle(a, c, b) if alone else figure.angle(c, a, b)
    drawing.labels.append((labelled, "48°"))
    curves = [
        (corner, [tuple(point) for point in curve.round(3)])
        for corner, curve in arcs_of_angles(Sheet(drawing, Look(), 320, 240, 2))
    ]
    seen = {corner: {str(curve) for one, curve in curves if one == corner} for corner, _ in curves}
    assert sorted(len(there) for there in seen.values()) == arcs


@pytest.mark.parametrize(("halves", "strokes"), [(True, 2), (False, 0)])
def test_halves_of_an_angle_are_not_taken_for_one_whole(halves: bool, strokes: int) -> None:
    """Their arcs run into one another: each has a stroke across it."""
    figure = Figure()
    a, b, c = figure.place(0, 0), figure.place(8, 0), figure.place(*figure.towards("A", 80, 8))
    figure.shape(a, b, c)
    d = figure.cevian(a, b, c, 0.5)
    drawing = outline(figure)
    alike = (b, a, d, d, a, c) if halves else (a, b, c, a, c, b)
    assert mark(drawing, figure, Fact("same angle", alike))
    sheet = Sheet(drawing, Look(), 320, 240, 2)
    lines = [one for one in marks(sheet) if len(one) == 2]
    assert len(lines) == strokes
    for line in lines:
        crossed = [
            corner
            for corner, arc in arcs_of_angles(sheet)
            if shapely.LineString(arc).crosses(shapely.LineString(line))
        ]
        assert len(crossed) == 1


def test_a_problem_is_the_same_whatever_its_points_are_called() -> None:
    """And whichever way round its figure is drawn, since names go round a figure."""
    for _, _, _, draft in found():
        scene = draft.scene
        names = list(scene["points"])
        other = dict(zip(names, reversed(names), strict=True))
        renamed = {
            **scene,
            "points": {other[name]: place for name, place in reversed(scene["points"].items())},
            "facts": [[fact[0], *(other[one] for one in fact[1:])] for fact in scene["facts"]][::-1],
            "givens": [
                {**one, "of": [other.get(name, name) for name in one["of"]][:: -1 if one["kind"] in ("length", "angle") else 1]}
                for one in reversed(scene["givens"])
            ],
        }  # fmt: skip
        assert geometry_counts.structure(draft) == geometry_counts.structure(
            replace(draft, scene=renamed)
        )


def test_the_same_sizes_elsewhere_make_another_problem() -> None:
    """As where two angles of a parallelogram are given at one of its corners, or at two."""

    def told(*angles: str) -> list[str]:
        corners = ("parallelogram", tuple("ABCD"))
        sizes = zip(("angle 69°", "angle 40°"), map(tuple, angles), strict=True)
        return geometry_counts.without_names([corners, *sizes])

    assert told("ABC", "ACD") == told("CDA", "CAB") == told("ADC", "BCA")
    assert told("ABC", "ACD") != told("ABC", "BAD")


def test_the_same_problem_in_a_larger_figure_is_a_repeat() -> None:
    """Other constructions and what nobody needs make it no other; another number does."""
    _, _, _, draft = next(one for one in found() if one[3].depth > 1)
    scene = draft.scene
    idle = {"Q2": [9.0, 9.0], **scene["points"], "Z9": [7.5, 3.25]}
    larger = {**scene, "points": idle, "constructions": [*scene["constructions"], "radii"]}
    first, *rest = scene["givens"]
    other = {**scene, "givens": [{**first, "text": first["text"] + "1"}, *rest]}

    def repeats(*scenes: dict[str, Any]) -> int:
        counted = [geometry_counts.structure(replace(draft, scene=one))[0] for one in scenes]
        return geometry_counts.repeated(Counter(counted))

    assert repeats(scene, larger) == 1
    assert repeats(scene, scene) == 1
    assert repeats(scene, other) == 0


def test_problems_of_another_split_are_shared_whatever_is_in_their_figures() -> None:
    ours = Counter({"area: kite|one": 2, "area: kite + radii|two": 1, "x: kite|three": 1})
    assert geometry_counts.shared(ours, Counter({"area: sector|one": 1, "x: kite|four": 5})) == 2
    assert geometry_counts.repeated(ours) == 1


@pytest.mark.parametrize("tilt", [0, 20, 45, 100])
def test_a_length_is_written_beside_its_own_line(tilt: float) -> None:
    """Not midway between a side and a diagonal, where it could be either's."""
    drawn = (construct("square and circle", 0, Random(seed)) for seed in range(20))
    figure = next(one for one in drawn if "around" in [fact.kind for fact in one.facts])
    a, b, c, _ = next(fact.of for fact in figure.facts if fact.kind == "square")
    drawing = outline(figure)
    drawing.labels.append((figure.length(b, c), "136"))
    layout = lay_out(drawing, Look(tilt=tilt, letter=0.12), 128, 96, 0)
    middle = boxes(layout)[0].centroid
    own, other = (
        shapely.LineString([layout.pixels[one] for one in ends]).distance(middle)
        for ends in ((b, c), (a, c))
    )
    assert own < 0.8 * other or not layout.is_clean


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_no_line_lies_between_an_arc_and_its_number(size: tuple[int, int]) -> None:
    """Beyond a tangent it would be the tangent's length."""
    clean = beyond = 0
    for seed in range(60):
        figure = construct("tangent and chord", 0, Random(seed))
        ((centre_of, there),) = figure.circles.items()
        arcs = [Quantity("arc", (centre_of, a, b)) for a, b in permutations(there, 2)]
        for one in arcs:
            if not is_visible(one, figure):
                continue
            drawing = outline(figure)
            drawing.labels.append((one, "156°"))
            layout = lay_out(drawing, plain_look(Random(seed)), *size, seed)
            (text,) = (label for label in layout.texts if not label.is_name)
            centre, *ends = (layout.pixels[name] for name in one.of)
            radius = math.dist(centre, ends[0])
            away = math.dist(centre, (text.x, text.y))
            nearest = [
                c + (at - c) * radius / away for c, at in zip(centre, (text.x, text.y), strict=True)
            ]
            between = shapely.LineString([nearest, (text.x, text.y)])
            lines = [[layout.pixels[name] for name in ends] for ends in drawing.lines]
            parted = any(shapely.LineString(line).distance(between) < 1e-9 for line in lines)
            clean += layout.is_clean
            beyond += parted and layout.is_clean
    assert clean > 20 and beyond == 0


def test_a_crowded_layout_is_not_clean() -> None:
    figure = construct("triangle of angles", 0, Random(1))
    drawing = outline(figure)
    first, second, _ = figure.points
    drawing.labels += [
        (figure.length(first, second), "a very long label " + str(n)) for n in range(6)
    ]
    assert not lay_out(drawing, Look(), 112, 112, 0).is_clean


Ink = np.ndarray[Any, Any]  # rows or columns of the pixels that a text has changed


def inked(size: tuple[int, int]) -> Iterator[tuple[Layout, Text, Ink, Ink]]:
    """Every label of some pictures, painted alone, with the rows and the columns of its ink."""
    for seed in range(12):
        figure = construct("right triangle", 1, Random(seed))
        look = plain_look(Random(seed))
        layout = lay_out(labelled(figure), look, *size, seed)
        bare = np.asarray(paint(replace(layout, texts=()), look)).astype(int)
        for text in layout.texts:
            shown = np.asarray(paint(replace(layout, texts=(text,)), look)).astype(int)
            rows, columns = np.nonzero(np.abs(shown - bare).sum(axis=2) > 40)
            yield layout, text, rows, columns


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_a_label_lies_in_its_box(size: tuple[int, int]) -> None:
    for layout, text, rows, columns in inked(size):
        left, top, right, bottom = layout.box_of(text)
        assert len(rows) > 4, text
        assert left <= columns.min() and columns.max() < right, text
        assert top <= rows.min() and rows.max() < bottom, text
        assert columns.min() - left <= 3 and right - columns.max() <= 4, text


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_ink_is_in_the_middle_of_its_place(size: tuple[int, int]) -> None:
    """Half a pixel aside a label would be nearer to a line than was seen to."""
    aside = []
    for _, text, rows, columns in inked(size):
        middle = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
        aside.append((middle[0] - text.x, middle[1] - text.y))
    assert len(aside) > 40
    across, down = np.abs(np.mean(aside, axis=0))
    assert down < 0.3 and across < 0.5  # before and after a letter there is not the same room


def test_an_even_letter_is_in_the_middle_of_its_place() -> None:
    """Letters are set to whole pixels, so that one place may be half a pixel off; the mean is not."""
    layout = lay_out(outline(construct("right triangle", 0, Random(0))), Look(), 320, 240, 0)
    aside = []
    for x in np.arange(100, 101, 0.125):
        text = Text("H", float(x), 100.0, SANS, True, 0)
        alone = replace(layout, strokes=(), dots=layout.dots[:0], areas=(), texts=(text,))
        dark = 255 - np.asarray(paint(alone, Look())).astype(float).mean(axis=2)
        aside.append((dark.sum(axis=0) * np.arange(320)).sum() / dark.sum() - x)
    assert np.abs(aside).max() < 0.7
    assert abs(np.mean(aside)) < 0.2, aside


@pytest.mark.parametrize("size", [(320, 240), (512, 512)])  # in smaller ones a dot is a pixel
def test_names_keep_away_from_dots_as_large_as_they_are_painted(size: tuple[int, int]) -> None:
    """What is painted of them, not a stroke that stands for them."""
    look, clean = Look(dots=True), 0
    for seed in range(8):
        figure = construct("triangle of angles", 0, Random(seed))
        layout = lay_out(outline(figure), look, *size, seed)
        bare = replace(layout, strokes=(), texts=())
        painted = np.asarray(paint(bare, look)).astype(int).min(axis=2) < 128
        for text in layout.texts:
            shown = np.asarray(paint(replace(bare, texts=(text,), dots=layout.dots[:0]), look))
            near = np.argwhere(shown.astype(int).min(axis=2) < 200)
            gaps = np.abs(near[:, None] - np.argwhere(painted)[None]).max(axis=2)
            assert gaps.min() > 1 or not text.is_clean, (text, size)
            clean += text.is_clean
    assert clean > 15


def test_all_that_is_said_of_a_sample_can_be_seen() -> None:
    """The ink of its letters: a picture without labels is another one."""
    figure = construct("right triangle", 0, Random(1))
    look = plain_look(Random(1))
    with_labels = paint(lay_out(labelled(figure), look, 200, 150, 0), look)
    without = paint(lay_out(outline(figure), look, 200, 150, 0), look)
    assert with_labels.tobytes() != without.tobytes()
    assert extent("12", SERIF, 16)[0] > 8


# Constructions of few figures.


def test_constructions_of_few_sizes_are_known() -> None:
    """By how often the same sizes come again: of 4,500, 111 pairs are alike in 1,000 draws."""
    draws = 1_000
    for base in BASES:
        alike = pairs(base, draws)
        expected = draws**2 / 2 / _turns.SIZES_OF.get(base, _turns.ENOUGH)
        spread = 4 * math.sqrt(expected)  # standard deviations of as many rare events
        assert alike <= 1.3 * expected + spread, (base, alike, expected)
        if base in _turns.SIZES_OF:
            assert alike >= 0.7 * expected - spread, (base, alike, expected)


@pytest.mark.parametrize(
    ("base", "additions", "share"),
    [
        ("square", 0, 0.263), ("square", 1, 0.263), ("two tangents", 2, 0.064), ("kite of angles", 0, 0.264),
        ("kite of angles", 1, 1.0), ("kite", 0, 1.0), ("sector", 0, 0.1), ("tangent of lengths", 0, 0.4),
        ("segment of circle", 0, 0.047),
    ],
)  # fmt: skip
def test_of_figures_of_which_there_are_few_a_share_is_taken_up(
    base: str, additions: int, share: float
) -> None:
    """Those with a lot below it, so that share of all: whatever additions were asked for, what fits counts."""
    params, rng = Params(sides=SIDES), Random(0)
    taken: Counter[int] = Counter()
    for step in range(400):
        lot = step / 400
        figure = _drawing._figure(Wish(base, additions, (1, 2), PLACES[0], lot), params, rng)
        if figure is not None:
            taken[len(figure.made) - 1] += 1
            assert lot < _turns.share_of_turns(base, len(figure.made) - 1)
    if additions == 0:
        assert taken.total() == pytest.approx(400 * share, abs=1)
    assert taken[additions] > 0


def test_no_addition_fits_a_sector_whose_turns_are_by_lot_all_the_same() -> None:
    params, rng = Params(sides=SIDES), Random(0)
    wish = Wish("sector", 2, (1, 2), PLACES[0])
    assert _drawing._figure(wish, params, rng) is not None
    assert _drawing._figure(replace(wish, lot=0.21), params, rng) is None


def test_each_row_has_one_lot_for_its_turn_and_one_for_each_try_after() -> None:
    """The tries of a turn share their lot: where each had its own, a turn would be passed over hardly ever."""
    params, rng = Params(), Random(0)
    wish = Wish("square", 0, (3,), PLACES[0], 0.7)
    wishes = list(_drawing._wishes(wish, ("kite", "sector"), params, rng))
    turn, after = wishes[: _drawing.LOYAL], wishes[_drawing.LOYAL :]
    assert {(one.base, one.lot, one.depths) for one in turn} == {("square", 0.7, (3,))}
    assert {one.additions for one in wishes} == {0, 1, 2}
    assert len({one.lot for one in after}) == len(after) == _drawing.PROPOSALS
    assert {one.base for one in after} == {"kite", "sector"}
    assert [one.depths for one in after] == [(3,)] * _drawing.LOYAL + [params.depths] * (
        _drawing.PROPOSALS - _drawing.LOYAL
    )
    easy = _drawing._wishes(wish, ("kite",), _drawing.EASY, rng)
    assert {one.lot for one in islice(easy, _drawing.LOYAL, None)} == {0.0}


def test_turns_are_of_constructions_that_there_are() -> None:
    assert {*_turns.SIZES_OF, *_turns.FEW_WITH_ADDITIONS, *_turns.TOO_EASILY} <= set(BASES)
    assert max(_turns.SIZES_OF.values()) < _turns.ENOUGH
