"""world: TRANCE's edit world as data: objects on a grid, edits, and what executing edits makes of them.

The world (facts: the TVR release): objects on a grid of -40…40 in both axes, visible where both
coordinates are within ±20; a move goes 1 or 2 steps of 10 units in one of 8 directions; the frame is
the centre camera's, where `behind` is TOWARD that camera. Written answers leave the number of steps
open, as the paper does: such a move is right when one of its step counts is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

GRID: Final = 40  # |coordinate| at most, in units of 0.15 scene lengths
VISIBLE: Final = 20
STEP: Final = 10
STEPS: Final = (1, 2)
GAP: Final = 1  # between the rims of two objects
RADIUS: Final = {"large": 6, "medium": 4, "small": 2}
DIRECTIONS: Final[Mapping[str, tuple[int, int]]] = {
    "front": (-1, 0),
    "behind": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
    "front_left": (-1, -1),
    "front_right": (-1, 1),
    "behind_left": (1, -1),
    "behind_right": (1, 1),
}
LOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "size": ("small", "medium", "large"),
    "color": ("yellow", "gray", "cyan", "blue", "brown", "green", "red", "purple"),
    "material": ("glass", "metal", "rubber"),
    "shape": ("cube", "sphere", "cylinder"),
}
VALUES: Final[Mapping[str, tuple[str, ...]]] = {**LOOKS, "position": tuple(DIRECTIONS)}

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the scene; a place of None is one that nobody has told."""

    size: str
    color: str
    material: str
    shape: str
    position: Place | None = None


Scene = tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: an object's attribute gets a value; a position moves by steps, None where open."""

    attribute: str
    object: int
    value: str
    steps: int | None = None

    def text(self) -> str:
        """The edit as the prompt asks for it."""
        return f"change_{self.attribute}({self.object}, '{self.value}')"

    def is_known(self, count: int) -> bool:
        """Whether the edit means something in a scene of `count` objects."""
        return self.object < count and self.value in VALUES[self.attribute]


def apply(edits: Sequence[Edit], scene: Scene) -> Scene:
    """The scene after the edits; a move without steps goes one."""
    things = list(scene)
    for edit in edits:
        things[edit.object] = _edited(things[edit.object], edit, edit.steps or 1)
    return tuple(things)


def _edited(thing: Thing, edit: Edit, steps: int) -> Thing:
    if edit.attribute == "position":
        return replace(thing, position=_moved(thing.position, edit.value, steps))
    looks = {look: getattr(thing, look) for look in LOOKS} | {edit.attribute: edit.value}
    return Thing(**looks, position=thing.position)


def _moved(place: Place | None, direction: str, steps: int) -> Place:
    """The place after a move; from an unknown place, the distance moved."""
    dx, dy = DIRECTIONS[direction]
    x, y = place or (0, 0)
    return x + STEP * steps * dx, y + STEP * steps * dy


def is_out_of_sight(place: Place) -> bool:
    """Whether a place is on the grid but outside the visible area."""
    return VISIBLE < max(map(abs, place)) <= GRID


def same_place(left: Place | None, right: Place | None) -> bool:
    """Whether two places look the same: they are, or both are out of sight; off the grid is no place."""
    if left == right:
        return True
    return (
        left is not None and right is not None and is_out_of_sight(left) and is_out_of_sight(right)
    )


def overlaps(scene: Scene, moved: int) -> bool:
    """Whether an object stands closer to another than the gap allows."""
    thing = scene[moved]
    return any(_too_close(thing, other) for index, other in enumerate(scene) if index != moved)


def _too_close(a: Thing, b: Thing) -> bool:
    if a.position is None or b.position is None:
        return False
    distance = sum((p - q) ** 2 for p, q in zip(a.position, b.position, strict=True))
    return distance < (RADIUS[a.size] + RADIUS[b.size] + GAP) ** 2


def is_within_grid(thing: Thing) -> bool:
    """Whether the object's centre is on the grid."""
    return thing.position is None or max(map(abs, thing.position)) <= GRID


def executions(edits: Sequence[Edit], scene: Scene, *, legal_only: bool = True) -> Iterator[Scene]:
    """Every final scene of a short program, open steps tried both ways; as a rule those legal in this order."""
    options = [
        (edit.steps,) if edit.steps or edit.attribute != "position" else STEPS for edit in edits
    ]
    for steps in product(*options):
        told = [replace(edit, steps=s) for edit, s in zip(edits, steps, strict=True)]
        final = _execute(told, scene) if legal_only else apply(told, scene)
        if final is not None:
            yield final


def _execute(edits: Sequence[Edit], scene: Scene) -> Scene | None:
    """The final scene; None where an edit leaves the grid or makes two objects overlap."""
    for edit in edits:
        scene = apply([edit], scene)
        touches = edit.attribute in ("position", "size")
        if not is_within_grid(scene[edit.object]) or (touches and overlaps(scene, edit.object)):
            return None
    return scene


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a written program makes of the start scene: looks for sure, places as far as steps are told."""

    looks: Scene
    places: tuple[frozenset[Place | None], ...]  # of each object

    def distance(self, gold: Scene, *, placed: bool) -> int:
        """TRANCE's AD: how many (object, attribute) entries of the final scene differ."""
        return sum(
            sum(getattr(mine, look) != getattr(true, look) for look in LOOKS)
            + (not any(_reaches(place, true.position, placed=placed) for place in places))
            for mine, true, places in zip(self.looks, gold, self.places, strict=True)
        )


def _reaches(place: Place | None, gold: Place | None, *, placed: bool) -> bool:
    return same_place(place, gold) if placed else (place or (0, 0)) == (gold or (0, 0))


def outcome(edits: Sequence[Edit], scene: Scene) -> Outcome:
    """What the edits make of the scene, in their order."""
    places: list[frozenset[Place | None]] = [frozenset({thing.position}) for thing in scene]
    for edit in edits:
        if edit.attribute == "position":
            steps = (edit.steps,) if edit.steps else STEPS
            places[edit.object] = frozenset(
                _moved(place, edit.value, step) for place in places[edit.object] for step in steps
            )
    return Outcome(apply(edits, scene), tuple(places))


def visible(scene: Scene) -> Scene:
    """The scene with all places out of sight made one: scenes that look the same are then equal."""
    hidden = (GRID, GRID)
    return tuple(
        replace(thing, position=hidden)
        if thing.position and is_out_of_sight(thing.position)
        else thing
        for thing in scene
    )


def scene_of(data: object) -> Scene:
    """The scene that JSON describes: a list of objects, or one under `objects`; empty for None."""
    if isinstance(data, Mapping):
        data = data.get("objects")
    if data is None:
        return ()
    if not isinstance(data, list):
        raise ValueError("scene is not a list of objects")
    return tuple(_thing(item, index) for index, item in enumerate(data))


def _thing(item: object, index: int) -> Thing:
    if not isinstance(item, Mapping):
        raise ValueError(f"scene object {index} is {item!r}, not an object with {', '.join(LOOKS)}")
    for look, allowed in LOOKS.items():
        if item.get(look) not in allowed:
            raise ValueError(
                f"scene object {index} has {look} {item.get(look)!r}; allowed: {', '.join(allowed)}"
            )
    place = item.get("position")
    if place is not None:
        if not (isinstance(place, list) and len(place) == 2 and all(type(p) is int for p in place)):
            raise ValueError(f"scene object {index} has position {place!r}, not two whole numbers")
        place = (place[0], place[1])
    return Thing(**{look: item[look] for look in LOOKS}, position=place)
