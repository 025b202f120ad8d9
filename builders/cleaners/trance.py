"""trance: TRANCE's changes between two pictures, each program executed on its first scene.

The square is seen from the centre first, and last from there, from the left or from the right. Only the last
20,000 samples, the test split, become rows from all three sides.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any, Final

from PIL.Image import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners import _hdf
from builders.cleaners._records import Names, Note, check_object, fields, whole_number
from builders.files import BuildError
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source import found, json_file, json_lines
from builders.source_pictures import PICTURES, picture
from builders.tasks.transformation._comparison import compare
from builders.tasks.transformation._words import question_of, thought_of
from evaluators import Program
from evaluators.world import (
    LOOKS,
    VALUES,
    Edit,
    Scene,
    apply,
    executions,
    is_out_of_sight,
    scene_of,
    visible,
)

LISTS: Final = ("*.jsonl", "*/*.jsonl")
SINGLE: Final = ("*.json", "*/*.json")  # one record, as its makers show it
PACKED: Final = ("*.h5", "*/*.h5")
# The first sample of val, and of test.
VAL: Final = 500_000
TEST: Final = 510_000
CENTER: Final = "Camera_Center"
VIEWS: Final[Mapping[str, str]] = {
    "test": CENTER,
    "ood-left": "Camera_Left",
    "ood-right": "Camera_Right",
}
FEWEST_PIXELS: Final = 150  # of 320 × 240 that TRANCE asks for of what is changed


def files(source: Path) -> list[Path]:
    """The files that records are read from."""
    lists, packed = found(source, *LISTS), found(source, *PACKED)
    return sorted([*lists, *_single(source), *([] if lists else packed)])


def _single(source: Path) -> list[Path]:
    return [path for path in found(source, *SINGLE) if _is_sample(json_file(path))]


def _is_sample(value: Any) -> bool:
    return isinstance(value, dict) and "states" in value


def records(source: Path) -> Iterator[Record]:
    """Every sample of a source, from each side that its split shows.

    Raises:
        BuildError: there are none.
    """
    ids = Names()
    for place, sample in _samples(source):
        index = sample.get("idx")
        split = _split(index)
        for shown, view in VIEWS.items() if split == "test" else ((split, CENTER),):
            name = str(index) if type(index) is int else "x"
            yield Record(ids.next(shown, name), shown, place, {**sample, Note.VIEW: view})
    if not ids:
        raise BuildError(
            f"{source} has no samples of TRANCE: no .jsonl or .h5 file, no .json file with 'states'"
        )


def _samples(source: Path) -> Iterator[tuple[str, dict[Any, Any]]]:
    """The place of each sample, and its fields."""
    for path in files(source):
        name = str(path.relative_to(source))
        match path.suffix:
            case ".jsonl":
                yield from (
                    (f"{name}, line {number}", fields(one)) for number, one in json_lines(path)
                )
            case ".json":
                yield name, fields(json_file(path))
            case _:
                for split, key, sample in _hdf.samples(path):
                    yield f"{name}, {split} {key}", {**fields(sample), Note.PACKED: (name, split)}


def _split(index: Any) -> str:
    if type(index) is not int or index < VAL:
        return "train"
    return "val" if index < TEST else "test"


def clean(record: Record) -> Draft:
    """The row of a record.

    Raises:
        RefusedError: it becomes none.
    """
    check_object(record.content)
    states, published = _states(record.content), _edits(record.content)
    before, after = (_scene(state) for state in states)
    _check_edits(published, before, after, states)
    edits = compare(before, after)
    return Draft(
        question=question_of(before),
        answer=Program(edits, before),
        # The same for all views of a sample, as its problem is.
        thought=thought_of(before, after, Random(f"trance/{record.content.get('idx')}")),
        kind="looks" if all(edit.attribute in LOOKS for edit in edits) else "moves",
        depth=len(edits),
        scene={
            "objects": _stored(before),
            "final": _stored(after),
            "published": [edit.text() for edit in published],
            "view": record.content[Note.VIEW],
        },
    )


def _states(content: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    states = content.get("states")
    if not isinstance(states, list) or len(states) < 2:
        raise RefusedError("bad-record", "it has no first and last state")
    first, last = states[0], states[-1]
    if not all(
        isinstance(one, dict) and isinstance(one.get("images"), dict) for one in (first, last)
    ):
        raise RefusedError("bad-record", "its states have no pictures")
    return first, last


def _scene(state: Mapping[str, Any]) -> Scene:
    try:
        scene = scene_of(state.get("objects"))
    except ValueError as problem:
        raise RefusedError("bad-scene", str(problem)) from None
    if not scene or any(thing.position is None for thing in scene):
        raise RefusedError("bad-scene", "not every object has a place")
    return scene


def _edits(content: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The program as it was published."""
    steps = content.get("transformations")
    if not isinstance(steps, list) or not steps:
        raise RefusedError("bad-record", "it has no transformations")
    return tuple(map(_edit, steps))


def _edit(step: Any) -> Edit:
    attribute = step.get("attr") if isinstance(step, dict) else None
    thing, value = (step.get("obj_idx"), step.get("val")) if attribute else (None, None)
    steps = None
    if attribute == "position" and isinstance(value, list) and len(value) == 2:
        value, steps = value
    value = value.replace("-", "_") if isinstance(value, str) else value
    has_steps = steps in (1, 2) if attribute == "position" else steps is None
    if (
        type(thing) is not int
        or thing < 0
        or value not in VALUES.get(str(attribute), ())
        or not has_steps
    ):
        raise RefusedError("bad-record", f"transformation {step!r}")
    return Edit(str(attribute), thing, value, steps)


def _check_edits(
    edits: tuple[Edit, ...],
    before: Scene,
    after: Scene,
    states: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    """Refuse a program that is not the one answer to its pictures."""
    if len(before) != len(after) or any(edit.object >= len(before) for edit in edits):
        raise RefusedError("bad-scene", f"{len(before)} objects first, {len(after)} last")
    if again := [
        key for key, n in Counter((e.object, e.attribute) for e in edits).items() if n > 1
    ]:
        raise RefusedError("edited-twice", f"{again[0][1]} of object {again[0][0]}")
    for edit in edits:
        if getattr(before[edit.object], edit.attribute) == edit.value:
            raise RefusedError("changes-nothing", f"{edit.text()}: it is so already")
    if visible(apply(edits, before)) != visible(after):
        raise RefusedError("wrong-answer", f"{_told(edits)} does not lead to the last state")
    if not any(executions(edits, before)):
        raise RefusedError("impossible-move", f"{_told(edits)} leads off the grid, or into another")
    for number in sorted({edit.object for edit in edits}):
        _check_thing(number, edits, before, after)
        _check_pixels(number, before, after, states)


def _told(edits: tuple[Edit, ...]) -> str:
    return ", ".join(edit.text() for edit in edits)


def _check_thing(number: int, edits: tuple[Edit, ...], before: Scene, after: Scene) -> None:
    """Whether what is changed can be told from its like, and is seen."""
    looks = [tuple(getattr(thing, look) for look in LOOKS) for thing in before]
    if looks.count(looks[number]) > 1:
        raise RefusedError(
            "twins", f"object {number} looks as another does: {' '.join(looks[number])}"
        )
    old, new = before[number].position, after[number].position
    is_gone = new is not None and is_out_of_sight(new)
    altered = [edit for edit in edits if edit.object == number and edit.attribute in LOOKS]
    if is_gone and (altered or (old is not None and is_out_of_sight(old))):
        raise RefusedError("unseen", f"object {number} is out of sight in the end")


def _check_pixels(
    number: int,
    before: Scene,
    after: Scene,
    states: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> None:
    """Whether what is changed is shown large enough, where the source tells how large."""
    for scene, state in zip((before, after), states, strict=True):
        place = scene[number].position
        told = state["objects"][number].get("n_pixels")
        shown = told.values() if isinstance(told, dict) else [told]
        known = [pixels for one in shown if (pixels := whole_number(one)) is not None]
        least = min(known, default=FEWEST_PIXELS)
        if place is not None and not is_out_of_sight(place) and least < FEWEST_PIXELS:
            raise RefusedError("hidden", f"of object {number} {least} pixels are seen")


def pictures(source: Path, record: Record) -> tuple[Image, ...]:
    """The square before and after."""
    views = CENTER, record.content[Note.VIEW]
    return tuple(
        _picture(source, record.content, state, view)
        for state, view in zip(_states(record.content), views, strict=True)
    )


def _picture(
    source: Path, content: Mapping[Any, Any], state: Mapping[str, Any], view: str
) -> Image:
    name = state["images"].get(view)
    if not isinstance(name, str):
        raise RefusedError("picture-missing", f"none from {view}")
    if Note.PACKED in content:
        path, split = content[Note.PACKED]
        return _hdf.image(source, path, split, name)
    name = PurePosixPath(name).name
    return picture(source, [f"image/{name}", f"images/{name}", name, f"trance/image/{name}"])


def _stored(scene: Scene) -> list[dict[str, Any]]:
    """Things with their ids, attributes and places."""
    return [
        {
            "id": number,
            **{look: getattr(thing, look) for look in LOOKS},
            "position": list(thing.position or ()),
        }
        for number, thing in enumerate(scene)
    ]


def solve(_question: str, scene: Mapping[str, Any]) -> Program:
    """The program that makes the last scene of the first."""
    before, after = scene_of(scene["objects"]), scene_of(scene["final"])
    return Program(compare(before, after), before)


CLEANER: Final = Cleaner(
    name="trance",
    family="transformation",
    version=2,
    summary="TRANCE: which changes make the second picture of the first?",
    source="https://hongxin2019.github.io/TVR/",
    paper="Hong et al., Transformation Driven Visual Reasoning, CVPR 2021, arXiv:2011.13160",
    licence="CC BY-NC 4.0",
    may_be_shared=frozenset({"transformation"}),
    reasons={
        "bad-record": "it is no object, or lacks its states, their pictures or its transformations, or has others than there are",
        "bad-scene": "an object lacks something, or has a value that there is not",
        "edited-twice": "an attribute of a thing is changed twice: a shorter program does the same",
        "changes-nothing": "a change gives a thing what it has",
        "wrong-answer": "its program does not lead from its first state to its last",
        "impossible-move": "its program leads off the grid, or one thing into another",
        "twins": "a changed thing looks in the beginning as another does, so that its number is a guess",
        "unseen": "a thing is changed that nobody sees in the end",
        "hidden": f"fewer than {FEWEST_PIXELS} pixels of a changed thing are seen, by its source's own count",
        **REPEATS,
        **PICTURES,
    },
    files=files,
    records=records,
    clean=clean,
    pictures=pictures,
    solve=solve,
    shifts={
        "ood-left": "the problems of test, the second picture taken 41° further to the left",
        "ood-right": "the problems of test, the second picture taken 41° further to the right",
    },
    paired={"ood-left": "test", "ood-right": "test"},
)
