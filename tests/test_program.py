"""The edit world and programs on it: execution decides, the paper's credit stands beside it."""

import random
import time
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluators import Program, Status, answer_from_json, answer_to_json, grade
from evaluators.credit import credits_of
from evaluators.program import read_program
from evaluators.world import (
    DIRECTIONS,
    LOOKS,
    STEPS,
    VALUES,
    Edit,
    Scene,
    Thing,
    apply,
    executions,
    same_place,
)


def thing(position: tuple[int, int] | None, size: str = "small") -> Thing:
    return Thing(size=size, color="gray", material="metal", shape="cube", position=position)


# Ten objects, far enough apart that the moves below collide with nothing.
SCENE: Scene = tuple(
    thing(place)
    for place in [(-15, -15), (15, 15), (0, 0), (-15, 15), (15, -15), (35, 35), (-35, 35), (35, -35), (-35, -35), (30, 0)]
)  # fmt: skip


def edit(text: str) -> Edit:
    edits = read_program(text)
    assert edits is not None and len(edits) == 1
    return edits[0]


def program(*texts: str, scene: Scene = SCENE) -> Program:
    return Program(tuple(map(edit, texts)), scene)


def answer(*texts: str) -> str:
    return "<think>…</think><answer>" + "\n".join(texts) + "</answer>"


def test_the_world_is_trances() -> None:
    # What the paper calls 33 attribute–value pairs tells a move's steps apart.
    assert sum(map(len, LOOKS.values())) + len(DIRECTIONS) * len(STEPS) == 33
    assert {name: len(values) for name, values in VALUES.items()} == {
        "size": 3, "color": 8, "material": 3, "shape": 3, "position": 8,
    }  # fmt: skip
    # The record of TRANCE's release that the facts quote: object 2 at (0, -14) goes (behind, 2) to (20, -14).
    moved = apply([Edit("position", 0, "behind", 2)], (thing((0, -14)),))
    assert moved[0].position == (20, -14)


@pytest.mark.parametrize(("direction", "opposite"), [("front", "behind"), ("left", "right"), ("front_left", "behind_right"), ("front_right", "behind_left")])  # fmt: skip
def test_directions_come_in_opposite_pairs(direction: str, opposite: str) -> None:
    assert [sum(c) for c in zip(DIRECTIONS[direction], DIRECTIONS[opposite], strict=True)] == [0, 0]
    there_and_back = [Edit("position", 2, direction, 2), Edit("position", 2, opposite, 2)]
    assert apply(there_and_back, SCENE) == SCENE


@pytest.mark.parametrize(
    ("direction", "dx", "dy"),
    [
        # TVR's properties.json: x grows to behind, y to the right; diagonals are sums.
        ("behind", 1, 0), ("front", -1, 0), ("right", 0, 1), ("left", 0, -1),
        ("behind_right", 1, 1), ("behind_left", 1, -1), ("front_right", -1, 1), ("front_left", -1, -1),
    ],
)  # fmt: skip
@pytest.mark.parametrize("steps", [1, 2])
def test_every_move_goes_where_trance_says(direction: str, dx: int, dy: int, steps: int) -> None:
    moved = apply([Edit("position", 0, direction, steps)], (thing((1, 2)),))
    assert moved[0].position == (1 + 10 * steps * dx, 2 + 10 * steps * dy)


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        ("large", "large", 13),
        ("large", "medium", 11),
        ("medium", "medium", 9),
        ("small", "small", 5),
        ("large", "small", 9),
    ],
)
def test_objects_keep_trances_gap(first: str, second: str, apart: int) -> None:
    """Radii of 0.9, 0.6 and 0.3 and a gap of 0.15, in grid units of 0.15."""
    for distance, legal in ((apart, True), (apart - 1, False)):
        scene = (thing((0, 10), first), thing((distance, 0), second))
        assert bool(list(executions([Edit("position", 0, "left", 1)], scene))) is legal
    growing = (thing((0, 0), "small"), thing((apart - 1, 0), second))
    assert not list(executions([Edit("size", 0, first)], growing)) or first == "small"


def test_the_grid_ends_at_forty() -> None:
    assert list(executions([Edit("position", 0, "behind", 1)], (thing((30, 0)),)))
    assert not list(executions([Edit("position", 0, "behind", 1)], (thing((31, 0)),)))


def test_moves_back_and_forth_do_not_cover_every_place() -> None:
    """With its steps open, each of these would reach a lattice of places at once."""
    hedge = "\n".join(
        f"change_position(2, '{way}')" for way in ("left", "right", "front", "behind") * 2
    )
    for way in DIRECTIONS:
        for steps in (1, 2):
            gold = program(f"change_position(2, '{way}', {steps})")
            assert grade(answer(hedge), gold).status is not Status.CORRECT


def test_off_the_grid_is_not_out_of_sight() -> None:
    gold = program("change_position(1, 'right', 1)")
    verdict = grade(
        answer("change_position(1, 'right', 2)", "change_position(1, 'right', 2)"), gold
    )
    assert verdict.detail["lacc"] == 0


def test_an_edit_of_nothing_is_an_entry_wrong() -> None:
    verdict = grade(
        answer("change_color(0, 'red')", "change_color(99, 'red')"),
        program("change_color(0, 'red')"),
    )
    assert (verdict.detail["ad"], verdict.detail["lacc"]) == (1, 0)


def test_a_repeated_edit_costs_its_share_once() -> None:
    # The paper's reward.py: matches over the sets, times unique over all.
    assert (
        credits_of([edit("change_color(0,'red')")] * 2, [edit("change_color(0,'red')")])[
            "paper_exact"
        ]
        == 0.5
    )


def test_places_out_of_sight_look_the_same() -> None:
    assert same_place((21, 0), (0, -40))
    assert same_place((3, 4), (3, 4))
    assert not same_place((20, 0), (21, 0))
    assert not same_place((3, 4), (4, 3))


GOLD = ("change_color(0, 'red')", "change_position(2, 'left', 2)", "change_size(1, 'large')")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_independent_edits_may_stand_in_any_order(order: tuple[int, ...]) -> None:
    gold = program(*GOLD)
    written = [gold.edits[index].text() for index in order]
    verdict = grade(answer(*written), gold)
    assert (verdict.status, verdict.score) == (Status.CORRECT, 1.0)
    assert verdict.detail["acc"] == 1


@pytest.mark.parametrize(
    "written",
    [
        "change_color(0, 'red'), change_position(2, 'left'), change_size(1, 'large')",
        'change_color("0", "red"); change_position(2, "left"); change_size(1, "large")',
        "change_color(0, red)\nchange_position(2, left)\nchange_size(1, large)",
        "1. change_color(0, 'red')\n2. change_position(2, 'left')\n3. change_size(1, 'large')",
        "[change_color(0, 'red'), change_position(2, 'left'), change_size(1, 'large')]",
        "```python\nchange_color(0, 'red')\nchange_position(2, 'left')\nchange_size(1, 'large')\n```",
        "change_color(0,'red') -> change_position(2,'left') -> change_size(1,'large')",
        "CHANGE_COLOR(0, 'RED') change_position( 2 , ' left' ) change_size(object_1, 'large')",
        "change\\_color(0, 'red'), change\\_position(2, 'left'), change\\_size(1, 'large')",
        "The transformations are: change_color(0, 'red'), change_position(2, 'left'), change_size(1, 'large')",
        # Equivalent, though longer: two moves of one step, a colour set twice.
        "change_color(0, 'red') change_position(2, 'left') change_position(2, 'left') change_size(1, 'large')",
        "change_color(0, 'blue') change_color(0, 'red') change_position(2, 'left') change_size(1, 'large')",
        "change_color(3, 'gray') change_color(0, 'red') change_position(2, 'left') change_size(1, 'large')",
    ],
)
def test_writings_that_reach_the_state_are_correct(written: str) -> None:
    assert grade(answer(written), program(*GOLD)).status is Status.CORRECT


@pytest.mark.parametrize(
    "written",
    [
        "",
        "red",
        "change_color(0, 'red') and also something else",
        "change_colors(0, 'red')",
        "change_color(0)",
        "change_color(0, 'red'",
        "change_color(zero, 'red')",
        "change_weight(0, 'large')",
        "print(change_color(0, 'red'))",
        "change_color(0, __import__('os').system('true'))",
        "change_color(0, 'red') " * 33,
        "change_color(9999, 'red')",
    ],
)
def test_what_is_no_program_is_unread(written: str) -> None:
    assert grade(answer(written), program(*GOLD)).status is Status.UNREAD


def corruptions(gold: Program) -> list[list[Edit]]:
    """Every program that differs from the gold in one edit: another value or object, one left out or added."""
    found = []
    for index, each in enumerate(gold.edits):
        rest = [*gold.edits[:index], *gold.edits[index + 1 :]]
        found.append(rest)
        found += [
            [*rest, replace(each, value=value, steps=None)]
            for value in VALUES[each.attribute]
            if value != each.value
        ]
        found += [
            [*rest, replace(each, object=other, steps=None)]
            for other in range(len(gold.scene))
            if other != each.object
        ]
    free = [other for other in range(len(gold.scene)) if all(e.object != other for e in gold.edits)]
    found += [[*gold.edits, Edit("shape", other, "sphere")] for other in free]
    return [edits for edits in found if edits]


def test_no_single_corruption_is_correct() -> None:
    gold = program(*GOLD)
    wrong = corruptions(gold)
    assert len(wrong) > 40
    for edits in wrong:
        verdict = grade(answer(*(each.text() for each in edits)), gold)
        # Setting a value that the object has already changes nothing, and nothing else may pass.
        if verdict.status is Status.CORRECT:
            assert apply(edits, SCENE) == apply(gold.edits, SCENE)
        else:
            assert verdict.score < 1
            assert verdict.detail["ad"] > 0


def test_values_outside_the_world_never_pass_but_are_read() -> None:
    gold = program("change_color(0, 'red')")
    for text in (
        "change_color(0, 'pink')",
        "change_color(10, 'red')",
        "change_color(0, 'red') change_size(0, 'huge')",
    ):
        verdict = grade(answer(text), gold)
        assert verdict.status is Status.PARTIAL
        assert verdict.detail["lacc"] == 0


def test_moves_out_of_sight_are_one_place() -> None:
    gold = program("change_position(1, 'right', 1)")  # from (15, 15) to (15, 25)
    assert grade(answer("change_position(1, 'right')"), gold).status is Status.CORRECT
    assert grade(answer("change_position(1, 'behind_right')"), gold).status is Status.CORRECT
    assert grade(answer("change_position(1, 'left')"), gold).status is not Status.CORRECT


def test_an_order_that_collides_is_correct_but_not_accurate() -> None:
    # Object 0 must leave before object 1 takes its place.
    scene = (thing((0, 0)), thing((0, 10)), thing((15, 15)))
    gold = program("change_position(0, 'front', 1)", "change_position(1, 'left', 1)", scene=scene)
    right = grade(answer("change_position(0, 'front')", "change_position(1, 'left')"), gold)
    swapped = grade(answer("change_position(1, 'left')", "change_position(0, 'front')"), gold)
    assert (right.status, right.detail["acc"]) == (Status.CORRECT, 1)
    assert (swapped.status, swapped.detail["lacc"], swapped.detail["acc"]) == (Status.CORRECT, 1, 0)


def test_what_is_legal_for_one_of_the_golds_ends_alone_is_not_legal() -> None:
    """One step is clear; after two the other object comes too close on its way there and back."""
    gold = program("change_position(0, 'left')", scene=(thing((0, 0), "large"), thing((10, -30), "large")))  # fmt: skip
    assert grade(answer("change_position(0, 'left')"), gold).detail["acc"] == 1
    there_and_back = ("change_position(1, 'right', 1)", "change_position(1, 'left', 1)")
    verdict = grade(answer("change_position(0, 'left')", *there_and_back), gold)
    assert (verdict.detail["lacc"], verdict.detail["acc"]) == (1, 0)


def test_trances_distances_on_a_worked_example() -> None:
    verdict = grade(
        answer("change_color(0, 'red')", "change_size(1, 'medium')", "change_shape(3, 'sphere')"),
        program(*GOLD),
    )
    # The size is another, the shape should not have changed, object 2 has not moved.
    assert verdict.detail["ad"] == 3
    assert verdict.detail["and"] == 1
    assert verdict.detail["lacc"] == verdict.detail["acc"] == 0


def test_and_is_divided_by_the_golds_length() -> None:
    verdict = grade(answer("change_color(0, 'red')"), program(*GOLD))
    assert verdict.detail["ad"] == 2
    assert verdict.detail["and"] == pytest.approx(2 / 3)


def test_many_open_moves_are_cheap() -> None:
    gold = program(*(f"change_position({number}, 'left')" for number in range(8)))
    start = time.process_time()
    grade(answer(*reversed(gold.text().splitlines())), gold)
    assert time.process_time() - start < 0.5


def test_open_steps_of_a_gold_ask_for_every_reading() -> None:
    gold = program("change_position(2, 'left')")
    assert grade(answer("change_position(2, 'left')"), gold).status is Status.CORRECT
    # Two moves of one step cover a gold of two steps, but not one of one.
    assert (
        grade(answer("change_position(2, 'left') change_position(2, 'left')"), gold).status
        is not Status.CORRECT
    )


def test_without_a_scene_effects_are_compared() -> None:
    gold = program("change_color(3, 'red')", "change_position(2, 'left')", scene=())
    assert (
        grade(answer("change_position(2, 'left')", "change_color(3, 'red')"), gold).status
        is Status.CORRECT
    )
    assert (
        grade(answer("change_position(2, 'right')", "change_color(3, 'red')"), gold).status
        is Status.PARTIAL
    )
    assert "acc" not in grade(answer("change_color(3, 'red')"), gold).detail


@pytest.mark.parametrize(
    ("written", "partial", "exact", "penalty"),
    [
        # By the ladder of the paper: 1 for all, 1/2 for function and object, or function and value, 1/4 for the function.
        (["change_color(0,'red')", "change_size(1,'large')"], 1, 1, 1),
        (["change_color(0,'red')"], 1 / 2, 1 / 2, 1 / 2),
        (["change_color(0,'blue')", "change_size(1,'large')"], 1.5 / 2, 1 / 2, 0.75 / 2),
        (["change_color(5,'red')", "change_size(1,'large')"], 1.5 / 2, 1 / 2, 0.75 / 2),
        (["change_color(5,'blue')", "change_size(1,'large')"], 1.25 / 2, 1 / 2, 0.5 / 2),
        (["change_shape(0,'cube')", "change_material(1,'glass')"], 0, 0, 0),
        (
            ["change_color(0,'red')"] * 2,
            1 / 2 * 1 / 2,
            1 / 2 * 1 / 2,
            1 / 2 * 1 / 2,
        ),  # repeated: half of it is new
        (
            ["change_color(0,'red')", "change_size(1,'large')", "change_shape(2,'cube')"],
            2 / 3,
            2 / 3,
            2 / 3,
        ),
    ],
)
def test_the_papers_credit(
    written: list[str], partial: float, exact: float, penalty: float
) -> None:
    gold = [edit("change_color(0,'red')"), edit("change_size(1,'large')")]
    found = credits_of([edit(text) for text in written], gold)
    assert found == pytest.approx(
        {"paper_partial": partial, "paper_exact": exact, "paper_penalty": penalty}
    )


edits = st.builds(
    lambda pair, number: Edit(pair[0], number, pair[1]),
    st.sampled_from([(name, value) for name in VALUES for value in VALUES[name]]),
    st.integers(0, 9),
)


@given(
    st.lists(edits, min_size=1, max_size=6), st.lists(edits, min_size=1, max_size=6), st.randoms()
)
def test_credit_does_not_depend_on_the_order(
    written: list[Edit], gold: list[Edit], shuffler: random.Random
) -> None:
    before = credits_of(written, gold)
    shuffler.shuffle(written)
    shuffler.shuffle(gold)
    assert credits_of(written, gold) == pytest.approx(before)
    assert 0 <= before["paper_exact"] <= before["paper_partial"] <= 1
    assert before["paper_penalty"] <= before["paper_exact"] + 1e-9


@given(st.lists(edits, min_size=1, max_size=4))
def test_a_legal_program_passes_its_own_check(written: list[Edit]) -> None:
    told = [replace(each, steps=1 if each.attribute == "position" else None) for each in written]
    assume(list(executions(told, SCENE)))
    gold = Program(tuple(told), SCENE)
    verdict = grade(answer(gold.text()), gold)
    assert (verdict.status, verdict.detail["acc"]) == (Status.CORRECT, 1)
    assert answer_from_json(answer_to_json(gold)) == gold


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"gold": "nothing"}, "not a program"),
        ({"gold": ["change_color(0, 'pink')"]}, "has value 'pink'; allowed: yellow"),
        (
            {
                "gold": "change_color(3, 'red')",
                "scene": [{look: values[0] for look, values in LOOKS.items()}],
            },
            "is of object 3; there are 1",
        ),
        ({"gold": "change_color(0, 'red')", "scene": "a room"}, "not a list"),
        ({"gold": "change_color(0, 'red')", "scene": [7]}, "scene object 0 is 7"),
        (
            {"gold": "change_color(0, 'red')", "scene": [{"size": "huge"}]},
            "has size 'huge'; allowed: small, medium, large",
        ),
        (
            {
                "gold": "change_color(0,'red')",
                "scene": [{**{k: v[0] for k, v in LOOKS.items()}, "position": [1]}],
            },
            "position",
        ),
        ({"gold": "change_color(0,'red')\n" * 9}, "1 to 8 edits, not 9"),
    ],
)
def test_a_bad_gold_is_refused_with_the_reason(fields: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        answer_from_json({"kind": "program", **fields})
