"""trace: what is remembered of rows, for them to be compared with all others: 64 bits a thing, and looks.

Two different things have the same 64 bits in one of 18 million pairs of datasets of a million rows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from builders.audit.looks import SIDE, Looks
from builders.sample import Sample
from builders.task import to_json

Prints = NDArray[np.uint64]
NO_SCENE: Final = 0
# How a scene is looked at and asked about, what of it was measured in the picture, and where it is from:
# two scenes that differ in these only are the same scene.
BESIDE: Final = frozenset(
    "camera canvas directions lights views program options written box mask pixels visible pixel_coords "
    "id image image_index image_filename licence source split".split()
)
DECIMALS: Final = 4  # of places
SPACES: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Traces:
    """Of some rows, in their order."""

    ids: tuple[str, ...]
    keys: Prints  # which problem of which task: the same in paired splits
    questions: Prints  # with options
    golds: Prints
    scenes: Prints  # NO_SCENE: there is nothing to compare
    items: Prints  # question and all pictures; of texts alone, question and scene
    owners: NDArray[np.int64]  # of each picture: the place of its row
    pictures: Prints  # pixel for pixel
    looks: Looks

    def __len__(self) -> int:
        """How many rows."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one row."""

    id: str
    key: int
    question: int
    gold: int
    scene: int
    item: int
    pictures: tuple[int, ...]
    looks: tuple[Looks, ...]


def trace_of(sample: Sample, scene: int, pictures: Sequence[str], looks: Sequence[Looks]) -> Trace:
    """The trace of a row, whose scene has this print and whose pictures these digests and looks."""
    question = asked(sample.question, sample.options)
    # Of texts alone, what they are about is told by the scene; by nothing, where there is none.
    shown = list(pictures) or [str(scene) if scene != NO_SCENE else sample.id]
    rest = sample.id.removeprefix(f"{sample.task}/{sample.split}/")
    return Trace(
        id=sample.id,
        key=print_of(f"{sample.task}/{rest}"),
        question=print_of(question),
        gold=print_of(sample.gold),
        scene=scene,
        item=print_of(to_json([question, shown])),
        pictures=tuple(map(print_of, pictures)),
        looks=tuple(looks),
    )


def asked(question: str, options: Sequence[str]) -> str:
    """A question with its options, whatever its spaces and capitals."""
    return to_json([SPACES.sub(" ", question).strip().casefold(), list(options)])


def gather(traces: Sequence[Trace]) -> Traces:
    """Many as one."""

    def column(name: str) -> Prints:
        return np.array([getattr(one, name) for one in traces], np.uint64)

    looks = [look for one in traces for look in one.looks]
    owners = [place for place, one in enumerate(traces) for _ in one.pictures]
    return Traces(
        ids=tuple(one.id for one in traces),
        keys=column("key"),
        questions=column("question"),
        golds=column("gold"),
        scenes=column("scene"),
        items=column("item"),
        owners=np.array(owners, np.int64),
        pictures=np.array([one for trace in traces for one in trace.pictures], np.uint64),
        looks=np.array(looks, np.uint8).reshape(-1, SIDE * SIDE),
    )


def joined(parts: Sequence[Traces]) -> Traces:
    """Those of several files as one."""
    parts = parts or [gather([])]
    firsts = np.cumsum([0, *map(len, parts)])

    def column(name: str) -> Prints:
        return np.concatenate([getattr(part, name) for part in parts])

    return Traces(
        ids=tuple(one for part in parts for one in part.ids),
        keys=column("keys"),
        questions=column("questions"),
        golds=column("golds"),
        scenes=column("scenes"),
        items=column("items"),
        owners=np.concatenate(
            [part.owners + first for part, first in zip(parts, firsts, strict=False)]
        ),
        pictures=column("pictures"),
        looks=np.concatenate([part.looks for part in parts]),
    )


def print_of(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest())


def print_of_scene(scene: Mapping[str, Any]) -> int:
    """64 bits of what stands in a scene, in whatever order; NO_SCENE where nothing tells.

    Raises:
        ValueError: a number in it is none, or has no end.
        OverflowError: a number in it is too large.
    """
    there = {name: value for name, value in scene.items() if name not in BESIDE}
    if "points" in there:
        there.pop("objects", None)  # of a figure: where its points came to lie in the picture
    if not any(map(_has_parts, there.values())):
        return NO_SCENE
    return print_of(to_json(canonical(there))) or 1


def _has_parts(value: Any) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(part, dict | list) for part in parts)


def canonical(value: Any) -> Any:
    """A value without what is beside it, lists of things in an order of their own, numbers rounded."""
    if isinstance(value, dict):
        return {name: canonical(one) for name, one in value.items() if name not in BESIDE}
    if isinstance(value, list):
        parts = [canonical(one) for one in value]
        return sorted(parts, key=to_json) if _has_parts(value) else parts
    if isinstance(value, float | int) and not isinstance(value, bool):
        return round(float(value), DECIMALS) + 0.0  # no minus zero
    return value
