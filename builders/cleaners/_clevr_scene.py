"""_clevr_scene: what does a scene of the CLEVR family say, and does it say it without contradiction?"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from builders.cleaner import RefusedError
from builders.cleaners._options import as_number

LOOKS: Final = ("size", "color", "material", "shape")  # in the order of English
SIDES: Final = ("left", "right", "front", "behind")
COMMON: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "size": frozenset({"large", "small"}),
        "color": frozenset("gray red blue green brown purple cyan yellow".split()),
        "material": frozenset({"rubber", "metal"}),
    }
)
SOLIDS: Final = frozenset({"cube", "sphere", "cylinder"})
# Unit vectors on the ground, the same in every published scene: cameras were moved after they were taken.
DIRECTIONS: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "left": (-0.6563112735748291, -0.7544902563095093),
        "right": (0.6563112735748291, 0.7544902563095093),
        "front": (0.754490315914154, -0.6563112735748291),
        "behind": (-0.754490315914154, 0.6563112735748291),
    }
)
# How far something must stand to a side to be on that side, in CLEVR's lengths.
EPSILON: Final = 0.2

SEVERAL: Final = "several"  # in the place of a scene: a picture has two or more, which differ

# Of every cleaner that reads such scenes.
SCENES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no-scene": "no scene of its picture is in the folder, so its answer cannot be proved",
        "bad-scene": "its scene lacks something, or has a value that no such scene can have, or its picture has another scene",
        "relations-differ": "its scene lists other things to a side than its coordinates give",
    }
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in a picture."""

    looks: Mapping[str, str]
    place: tuple[float, float]  # on the ground
    pixel: tuple[float, float] | None  # of its middle


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows."""

    things: tuple[Thing, ...]
    directions: Mapping[str, tuple[float, float]]

    def beside(self, side: str, of: int) -> frozenset[int]:
        """The things to a side of one, by their coordinates."""
        x, y = self.things[of].place
        dx, dy = self.directions[side]
        return frozenset(
            number
            for number, thing in enumerate(self.things)
            if number != of and (thing.place[0] - x) * dx + (thing.place[1] - y) * dy > EPSILON
        )

    def stored(self) -> dict[str, Any]:
        """The scene as a row keeps it."""
        objects = []
        for thing in self.things:
            pixel = {"pixel": list(thing.pixel)} if thing.pixel else {}
            x, y = thing.place
            objects.append({**thing.looks, "x": x, "y": y, **pixel})
        directions = {side: list(self.directions[side]) for side in SIDES}
        return {"objects": objects, "directions": directions}


def stored_scene(scene: Mapping[str, Any]) -> Scene:
    """The scene that a row keeps."""
    things = tuple(
        Thing({look: one[look] for look in LOOKS}, (one["x"], one["y"]), None)
        for one in scene["objects"]
    )
    return Scene(things, {side: (x, y) for side, (x, y) in scene["directions"].items()})


def essence(scene: Any) -> dict[str, Any] | None:
    """Of a scene as it is published, what is read here; None where it is none."""
    if not isinstance(scene, dict):
        return None
    objects = scene.get("objects")
    if not isinstance(objects, list):
        return None
    names = (*LOOKS, "3d_coords", "pixel_coords")
    return {
        "objects": [
            {name: one[name] for name in names if name in one} if isinstance(one, dict) else None
            for one in objects
        ],
        **{name: scene[name] for name in ("directions", "relationships") if name in scene},
    }


def read_scene(scene: Mapping[str, Any] | str, shapes: frozenset[str]) -> Scene:
    """The scene that its publisher's JSON describes.

    Raises:
        RefusedError: it is not what it should be; for one of `SCENES`.
    """
    if isinstance(scene, str):
        raise _bad(f"its picture has {scene} scenes, which differ")
    things = tuple(_thing(one, number, shapes) for number, one in enumerate(scene["objects"]))
    found = Scene(things, _directions(scene.get("directions")))
    _check_relations(found, scene.get("relationships"))
    return found


def _bad(detail: str) -> RefusedError:
    return RefusedError("bad-scene", detail)


def _thing(one: Any, number: int, shapes: frozenset[str]) -> Thing:
    if not isinstance(one, dict):
        raise _bad(f"object {number} is none")
    looks = {look: one.get(look) for look in LOOKS}
    for look, value in looks.items():
        allowed = shapes if look == "shape" else COMMON[look]
        if not isinstance(value, str) or value not in allowed:
            raise _bad(f"object {number} has {look} {value!r}")
    place = _numbers(one.get("3d_coords"), 3)
    if place is None:
        raise _bad(f"object {number} has 3d_coords {one.get('3d_coords')!r}")
    pixel = one.get("pixel_coords")
    if isinstance(pixel, list) and pixel and isinstance(pixel[0], list):
        pixel = pixel[0]  # Super-CLEVR: the place, then the size of the picture
    middle = _numbers(pixel, 2)
    return Thing(
        {look: str(value) for look, value in looks.items()},
        (place[0], place[1]),
        (middle[0], middle[1]) if middle else None,
    )


def _numbers(value: Any, least: int) -> list[float] | None:
    """A list of so many finite numbers or more."""
    if not isinstance(value, list) or len(value) < least:
        return None
    return value if all(as_number(one) is not None for one in value) else None


def _directions(value: Any) -> Mapping[str, tuple[float, float]]:
    if value is None:
        return DIRECTIONS
    if not isinstance(value, dict):
        raise _bad(f"directions are {value!r}")
    found = {}
    for side in SIDES:
        vector = _numbers(value.get(side), 2)
        if vector is None:
            raise _bad(f"direction {side} is {value.get(side)!r}")
        found[side] = (vector[0], vector[1])
    return found


def _check_relations(scene: Scene, relations: Any) -> None:
    """What the publisher's own programs went by is what the coordinates say."""
    if relations is None:
        return
    count = len(scene.things)
    for side in SIDES:
        listed = relations.get(side) if isinstance(relations, dict) else None
        if not isinstance(listed, list) or len(listed) != count:
            raise _bad(f"relationships {side} are not a list for each object")
        for number, others in enumerate(listed):
            is_list = isinstance(others, list) and all(type(one) is int for one in others)
            if not is_list or set(others) != scene.beside(side, number):
                raise RefusedError("relations-differ", f"{side} of object {number}: {others!r}")
