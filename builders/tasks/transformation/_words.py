"""_words: the question, and the thought that compares both pictures thing by thing."""

from random import Random
from typing import Final

from builders.tasks._english import joined
from builders.tasks.transformation._comparison import compare, compare_thing, place_of
from evaluators.world import LOOKS, VISIBLE, Edit, Scene, Thing, is_out_of_sight

LIST: Final = "Things before, as (id, shape, size, color, material):"
RULES: Final = (
    "A thing is seen while its middle is in the square. Left and right are as seen in the first picture, "
    "behind is toward its camera, front is away."
)
PLACES: Final = (
    "Out of sight at first: {hidden}; (x, y) from the square's middle, x to behind, y to the right, "
    f"its sides at {VISIBLE}."
)
LOOK_CHANGES: Final = "change_{look} to {values}"
MOVES: Final = (
    "change_position, by 1 or 2 steps of a quarter of the square's side, to front, behind, left, right, "
    "or two of these at once: front_left, front_right, behind_left, behind_right"
)
ASKED: Final = (
    "Which changes, as few as possible, were made? The second picture may be from another side."
)

OPENINGS: Final = (
    "Thing by thing.",
    "One by one.",
    "Both pictures compared.",
)
SAME: Final = ("as before", "unchanged", "the same in both")
HIDDEN: Final = ("out of sight in both", "never in sight", "in neither picture")
ENDINGS: Final = ("So:", "That makes:", "The changes:")


def question_of(scene: Scene) -> str:
    """The question about the scene of the first picture."""
    things = ", ".join(_listed(number, thing) for number, thing in enumerate(scene))
    hidden = [
        f"{number} at {place}"
        for number, place in enumerate(map(place_of, scene))
        if is_out_of_sight(place)
    ]
    places = [PLACES.format(hidden=", ".join(hidden))] if hidden else []
    changes = [
        LOOK_CHANGES.format(look=look, values=", ".join(values)) for look, values in LOOKS.items()
    ]
    possible = f"Changes: {'; '.join([*changes, MOVES])}."
    return "\n".join((LIST, f"{things}.", " ".join((RULES, *places)), possible, ASKED))


def _listed(number: int, thing: Thing) -> str:
    return f"{(number, thing.shape, thing.size, thing.color, thing.material)}"


def thought_of(before: Scene, after: Scene, rng: Random) -> str:
    """The comparison of two scenes, which ends in the program that it comes to."""
    same, hidden = rng.choice(SAME), rng.choice(HIDDEN)
    told = []
    for number, thing in enumerate(before):
        edits = compare_thing(number, before, after)
        if edits:
            found = joined([_told(edit, before, after) for edit in edits])
        else:
            found = hidden if is_out_of_sight(place_of(thing)) else same
        told.append(f"{number} {described(thing)}: {found}.")
    program = "\n".join(edit.text() for edit in compare(before, after))
    return f"{rng.choice(OPENINGS)} {' '.join(told)} {rng.choice(ENDINGS)}\n{program}"


def described(thing: Thing) -> str:
    """`small red metal cube`."""
    return f"{thing.size} {thing.color} {thing.material} {thing.shape}"


def _told(edit: Edit, before: Scene, after: Scene) -> str:
    if edit.attribute == "material":
        return f"now of {edit.value}"
    if edit.attribute == "shape":
        return f"now a {edit.value}"
    if edit.attribute != "position":
        return f"now {edit.value}"
    steps = "1 step" if edit.steps == 1 else f"{edit.steps} steps"
    way = f"{steps} to {edit.value.replace('_', ' ')}"
    start, end = place_of(before[edit.object]), place_of(after[edit.object])
    if is_out_of_sight(end):
        return f"gone, over the nearest side, {way}"
    return f"in from {start}, {way}" if is_out_of_sight(start) else f"moved {way}"
