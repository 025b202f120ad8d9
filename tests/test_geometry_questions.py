"""Questions: what is told and what is not, thoughts re-computed, answers measured by the solver, repeats known."""

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import pytest

from benchmarks import geometry_counts
from builders.sample import Draft
from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.measure import to_json as to_plane
from builders.scenes.figures.surds import Surd, latex
from builders.task import draw_draft
from builders.tasks._english import joined
from builders.tasks.geometry import find_angle, find_length, find_x
from builders.tasks.geometry._alone import follows_from_text
from builders.tasks.geometry._drawing import Found, can_be_asked, is_wanted
from builders.tasks.geometry._engine import study
from builders.tasks.geometry._forms import asked
from builders.tasks.geometry._names import with_article
from builders.tasks.geometry._problem import can_be_given
from builders.tasks.geometry._question import question, statement, tell
from builders.tasks.geometry._reader import ASKING, SENTENCES, solve
from builders.tasks.geometry._theorems import HELD_OUT, TRAINED
from evaluators import Choice, Expression, Integer, Number
from tests.geometry_data import BY_NAME, SMALL, TASKS, scene_of

# Samples.


@cache
def found() -> tuple[tuple[str, str, Found, Draft], ...]:
    return tuple(
        (name, split, *geometry_counts.drawn(task, split, 11, index))
        for name, task in TASKS.items()
        for split in task.splits
        if split not in ("val", "ood-style", "ood-depth")
        for index in range(3)
    )


def drawn() -> list[tuple[str, str, Draft]]:
    return [(name, split, draft) for name, split, _, draft in found()]


CALCULATION = re.compile(r"(?:So|Hence|Thus|Therefore) (?:.+?) = (.+?) = ([^=]+?)\.$")


@pytest.mark.thorough
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
    assert checked > 30


@pytest.mark.thorough
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


def test_a_textbook_asks_without_telling_what_is_marked() -> None:
    for _, split, draft in drawn():
        if split == "ood-textbook":
            ask = [one for one in SENTENCES.split(draft.question) if ASKING.match(one)][-1]
            assert not re.search("square|rectangle|rhomb|parallelogram|kite|trapezoid", ask)
            if ask.rstrip(".?").endswith(" x") and isinstance(draft.answer, Choice):
                assert "°" not in "".join(draft.answer.options)


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


def test_options_are_apart() -> None:
    chosen = [draft.answer for _, _, draft in drawn() if isinstance(draft.answer, Choice)]
    assert len(chosen) > 15
    for choice in chosen:
        assert len(choice.options) == 4
        for one, other in combinations(choice.options, 2):
            score = Number(one, tolerance="3.9%").score(other)
            assert score is not None and score.value == 0, choice.options


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


# Wording.


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


def test_no_roots_are_left_in_a_fraction() -> None:
    hints = {asked(Surd.of(Fraction(7, 2)), "exact", Random(seed)).hint for seed in range(40)}
    assert hints and not any("roots" in one for one in hints)


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


# Reading, for an answer that is measured.


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


# Problems that come again.


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
