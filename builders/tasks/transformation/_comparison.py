"""_comparison: which edits make one scene of another: the gold program, in the order that is taught.

Edits stand in the order of the things' ids, those of a thing in the order of its attributes. A thing
that is gone may have left in several ways; the one that counts is over the nearest side of the square.
"""

from collections.abc import Mapping
from typing import Final

from evaluators.world import (
    DIRECTIONS,
    LOOKS,
    STEP,
    STEPS,
    VISIBLE,
    Edit,
    Place,
    Scene,
    Thing,
    is_out_of_sight,
)

Way = tuple[str, int]  # a direction, and steps

WAYS: Final[Mapping[Place, Way]] = {
    (STEP * steps * dx, STEP * steps * dy): (direction, steps)
    for direction, (dx, dy) in DIRECTIONS.items()
    for steps in STEPS
}


def compare(before: Scene, after: Scene) -> tuple[Edit, ...]:
    """The edits from one scene to the other, in order; LookupError where one move is not enough."""
    return tuple(
        edit for number in range(len(before)) for edit in compare_thing(number, before, after)
    )


def compare_thing(number: int, before: Scene, after: Scene) -> tuple[Edit, ...]:
    """The edits of one thing."""
    old, new = before[number], after[number]
    looks = [
        Edit(look, number, getattr(new, look))
        for look in LOOKS
        if getattr(old, look) != getattr(new, look)
    ]
    start, end = place_of(old), place_of(new)
    if start == end or (is_out_of_sight(start) and is_out_of_sight(end)):
        return tuple(looks)
    direction, steps = (
        way_out(start) if is_out_of_sight(end) else WAYS[end[0] - start[0], end[1] - start[1]]
    )
    return (*looks, Edit("position", number, direction, steps))


def place_of(thing: Thing) -> Place:
    """Where a thing stands, in a scene whose places are all known."""
    assert thing.position is not None
    return thing.position


def way_out(place: Place) -> Way:
    """Over the nearest side of the square, in as few steps as that takes."""
    x, y = place
    if abs(x) >= abs(y):
        direction, away = ("behind" if x > 0 else "front"), abs(x)
    else:
        direction, away = ("right" if y > 0 else "left"), abs(y)
    return direction, 1 if away + STEP > VISIBLE else 2
