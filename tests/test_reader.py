"""The reader of counting questions agrees with answers worked out by hand, and refuses the rest."""

from typing import Any

import pytest

from builders.tasks.counting._reader import solve
from evaluators import Integer

DIRECTIONS = {"left": [-1.0, 0.0], "right": [1.0, 0.0], "front": [0.0, -1.0], "behind": [0.0, 1.0]}


def scene(*rows: str) -> dict[str, Any]:
    """A scene of "x y size color material shape" rows."""
    objects = []
    for row in rows:
        x, y, size, color, material, shape = row.split(maxsplit=5)
        looks = {"size": size, "color": color, "material": material, "shape": shape}
        objects.append({"x": float(x), "y": float(y), **looks})
    # A stored answer is there to be ignored.
    return {"objects": objects, "directions": DIRECTIONS, "program": ["wrong"], "answer": -1}


SOLIDS = scene(
    "-2 -1 large red rubber cube",
    "-1 +2 small red metal cube",
    "+1 +1 small blue metal cube",
    "+0 +0 large green metal sphere",
    "+2 -2 small red rubber sphere",
    "+3 +3 large gray metal cylinder",
)
VEHICLES = scene(
    "-2 0 large red rubber sedan",
    "-1 1 small red metal truck",
    "+0 2 large blue metal school bus",
    "+1 3 small blue metal city bus",
    "+2 0 small cyan rubber scooter",
    "+3 1 large gray metal tandem",
)

COUNTS = [
    ("How many cubes are there?", 3),
    ("How many things are there in the picture?", 6),
    ("How many tiny blocks can you see?", 2),
    ("How many big blocks can you see?", 1),
    ("What is the number of large shiny objects in the picture?", 2),
    ("Count the red matte blocks. How many are there?", 1),
    ("How many small red metallic balls does the picture show?", 0),
]
RELATIONS = [
    ("How many cubes are to the left of the green sphere?", 2),
    ("How many red things are left of the cylinder?", 3),
    ("What number of things are on the right side of the large green metal ball?", 3),
    ("How many blocks in the picture are in front of the big sphere?", 1),
    ("Count the things that are behind the blue thing. How many are there?", 2),
    # The reference is not left of itself.
    ("What is the number of metal things that are on the left side of the cylinder?", 3),
    ("How many small things can you see that are right of the blue block?", 1),
]
CLAUSES = [
    ("How many things are both red and small?", 2),
    ("How many things are cubes and also made of rubber?", 1),
    ("What number of cubes are shiny and at the same time behind the green thing?", 2),
    ("How many things are both right of the blue cube and in front of the green sphere?", 1),
    # Three cubes and three red things, two of them the same.
    ("How many things are red, cubes, or both?", 4),
    ("How many things are red or cubes (or both)?", 4),
    ("How many things are either red things or small blocks or both?", 4),
    ("How many things are either left of the green ball or behind the green ball or both?", 4),
    ("How many cubes are red or blue?", 3),
    ("How many things are either balls or cylinders?", 3),
]
COMPARISONS = [
    ("What is the difference between the number of cylinders and the number of cubes?", 2),
    ("By how much do the number of red things and the number of small blocks differ?", 1),
    (
        "Count the balls and count the metal things. "
        "What is the difference between the two numbers?",
        2,
    ),
    ("How many more cubes than balls are there (0 if there are as many of both)?", 1),
    ("By how many do the cubes outnumber the red things (0 if they are equally many)?", 0),
    ("There are at least as many things as balls. How many more things than balls are there?", 4),
]
CHANGES = [
    ("Add 3 red cubes. How many cubes are there now?", 6),
    ("Put in 1 cube. How many things are there then?", 7),
    ("If you place 2 balls in the scene, how many spheres are there in the end?", 4),
    ("How many green things are there after you bring in 2 green things?", 3),
    (
        "Imagine that you put 4 large matte balls into the scene. How many matte items are there now?",
        6,
    ),
    ("Suppose that 2 red cubes are placed in the scene. How many blue things are there now?", 1),
    ("After 1 cube is put in, how many balls are there now?", 2),
    ("5 tiny things are brought in. How many tiny things are there then?", 8),
    ("Remove 2 small things. How many things are left?", 4),
    ("Take away all the cubes. How many red things remain?", 1),
    ("If you subtract every red thing, how many balls are still there?", 1),
    ("After 1 cylinder is taken out, how many large things are left?", 2),
    ("Imagine that you get rid of all metal objects. How many objects remain?", 2),
    ("Suppose that every cube is subtracted. How many cubes are left?", 0),
]
# The order of the changes decides, as does what is both.
CHAINS = [
    ("Remove all cubes. Add 2 cubes. How many cubes are there now?", 2),
    ("Add 2 cubes. Remove all cubes. How many cubes are there now?", 0),
    ("First remove all red things. Then take out every cube. How many things are left?", 2),
    ("If you remove all cubes and then remove all red things, how many things are left?", 2),
    (
        "How many things are there after you remove all red things, then add 2 red cubes "
        "and then remove all cubes?",
        2,
    ),
    (
        "Suppose that 2 red balls are added, then 1 cylinder is taken away, then all red things "
        "are removed and then 1 large cube is put in. How many things are there in the end?",
        3,
    ),
    # Whichever cubes go, they are cubes and no balls.
    ("Remove 2 cubes. Remove all balls. How many cubes remain?", 1),
    ("Add 1 red cube. Remove 1 cylinder. How many red things are there now?", 4),
    # What is added later does not ask which cube went.
    ("Remove 1 cube. Add 3 red cubes. How many cubes are there now?", 5),
    # All of them are taken: there is nothing to choose.
    ("Remove 3 cubes. How many red things are left?", 1),
]
GOALS = [
    ("How many cubes must be removed so that 2 cubes are left?", 1),
    ("How many cubes must be taken away so that 1 cube is left?", 2),
    ("How many things do you have to take away to leave exactly 2 things?", 4),
    ("There should be only 1 red thing in the end. How many red things must be subtracted?", 2),
    (
        "Some metal things are taken out until 3 metal things are left. "
        "How many metal things were taken out?",
        1,
    ),
    ("To get down to 1 ball, how many balls must you subtract?", 1),
    ("Only 2 things are to stay. How many things have to be removed?", 4),
    ("Only 1 ball is to stay. How many balls have to be taken away?", 1),
]
OF_VEHICLES = [
    ("How many cars (trucks and vans included) are there?", 2),
    ("How many buses are there?", 2),
    ("How many school buses can you see?", 1),
    ("How many motorbikes (scooters included) can you see?", 1),
    ("How many motorbikes can you see?", 1),
    ("How many tandem bikes does the picture show?", 1),
    ("How many things are red cars (trucks and vans included), buses, or both?", 4),
    ("How many cars (trucks and vans included) are both metallic and left of the school bus?", 1),
    ("Remove every red car (trucks and vans included). How many things are left?", 4),
    ("Add 3 school buses. How many buses are there now?", 5),
    ("Add 3 buses. How many bicycles are there now?", 1),
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [*COUNTS, *RELATIONS, *CLAUSES, *COMPARISONS, *CHANGES, *CHAINS, *GOALS],
)
def test_answers_about_solids(question: str, answer: int) -> None:
    assert solve(question, SOLIDS) == Integer(answer)


@pytest.mark.parametrize(("question", "answer"), OF_VEHICLES)
def test_answers_about_vehicles(question: str, answer: int) -> None:
    assert solve(question, VEHICLES) == Integer(answer)


def test_directions_are_those_of_the_scene() -> None:
    turned = {**SOLIDS, "directions": {**DIRECTIONS, "left": [0.0, 1.0]}}
    assert solve("How many cubes are left of the green sphere?", turned) == Integer(2)
    assert solve("How many cylinders are left of the green sphere?", turned) == Integer(1)
    assert solve("How many cylinders are left of the green sphere?", SOLIDS) == Integer(0)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How many pyramids are there?", "'pyramids': not understood"),
        ("How many pink cubes are there?", "'pink cubes': not understood"),
        ("How many red small cubes are there?", "'red small cubes': not understood"),
        ("How many cube are there?", "'cube': not understood"),
        ("How many cars are there?", "'cars': not understood"),
        ("how many cubes are there?", "small letter"),
        ("How many cubes are there? ", "not understood"),
        ("How many cubes are near the sphere?", "'near the sphere': not understood"),
        ("How many cubes are rubber?", "'rubber': not understood"),
        ("How many cubes are red, blue, and small?", "not understood"),
        ("Where are the cubes?", "'Where are the cubes\\?': not understood"),
        ("Paint all cubes. How many cubes are left?", "'paint all cubes': not understood"),
        ("Remove 1 cubes. How many cubes are left?", "'cubes': not understood"),
        ("Remove 0 cubes. How many cubes are left?", "'0 cubes': not understood"),
        ("Remove some cubes. How many cubes are left?", "'some cubes': not understood"),
        ("All balls is removed. How many cubes are left?", "does not agree"),
        ("Only 1 ball are to stay. How many balls have to be removed?", "does not agree"),
        ("If you cubes are removed, how many cubes are left?", "not understood"),
        ("If you remove all balls. Add 1 cube, how many cubes are left?", "not understood"),
        ("Add all cubes. How many cubes are there now?", "no number"),
        ("Only 1 cube is to stay. How many balls have to be removed?", "no number of balls"),
        ("Only all cubes are to stay. How many cubes have to be removed?", "no number of cubes"),
    ],
)
def test_words_outside_its_english_are_refused(question: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        solve(question, SOLIDS)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How many balls are left of the red cube?", "names 2 things, not one"),
        ("How many balls are left of the yellow cube?", "names 0 things, not one"),
        ("How many things are red or cubes?", "a thing is both"),
        ("Remove 1 cube. How many red things are left?", "it matters which"),
        ("Remove 2 red things. Remove all cubes. How many things are left?", "it matters which"),
        ("Remove 2 balls. Remove 1 ball. How many balls are left?", "1 taken away of 0"),
        ("Remove 4 cubes. How many cubes are left?", "4 taken away of 3"),
        ("Add 2 cubes. How many red things are there now?", "unknown of what was added"),
        ("Add 2 things. Remove all cubes. How many things are left?", "unknown of what was added"),
        ("How many cubes must be removed so that 3 cubes are left?", "nothing is to be taken"),
        ("How many cubes must be removed so that 4 cubes are left?", "nothing is to be taken"),
        (
            "By how many do the balls outnumber the cubes (0 if they are equally many)?",
            "fewer than the cubes",
        ),
    ],
)
def test_questions_with_two_answers_or_none_are_refused(question: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        solve(question, SOLIDS)


def test_an_added_bus_may_be_of_any_model() -> None:
    with pytest.raises(ValueError, match="unknown of what was added"):
        solve("Add 3 buses. How many school buses are there now?", VEHICLES)


def test_a_refusal_names_the_question() -> None:
    with pytest.raises(ValueError, match=r"cannot answer 'How many pyramids are there\?'"):
        solve("How many pyramids are there?", SOLIDS)
