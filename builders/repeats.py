"""repeats: which records of a public dataset ask what another one asks about the same pictures?

An audit calls two such rows a fault, so one of them at most becomes a row. Only what would become one is
compared: a record that is dropped for a fault of its own takes no other with it. Of those that agree one of
a test split stays before one of validation, and that before one of training; else the first. Of those that
do not agree none stays: nothing tells which of them is right.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from builders.audit.trace import NO_SCENE, asked, print_of, print_of_scene
from builders.cleaner import Cleaner, Drop, Record
from builders.plan import TRAIN
from builders.sample import Draft
from builders.shard import pixel_digest
from builders.task import agree, to_json
from evaluators import AnyAnswer, Choice

# Of every cleaner, for what `find` gives.
REPEATS: Final[Mapping[str, str]] = {
    "twice": "another record asks the same about the same picture, and has the same answer: that one is the row",
    "contradicts": "another record asks the same about the same picture, and has another answer: neither is a row",
}
DRAWING: Final = "tikz"  # in a scene: the commands that its figure is drawn by
LAST: Final = {"val": 1, TRAIN: 2}  # to stay, of the splits; all others come before
Part = tuple[str, str]  # a family, and a split of it


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    part: Part
    number: int  # among the records of its split


@dataclass(frozen=True, slots=True)
class _Asked:
    place: Place
    id: str
    answer: AnyAnswer


class Repeats:
    """The records of a source, seen twice: first their texts, then the pictures of those whose texts are alike."""

    def __init__(self, cleaner: Cleaner) -> None:
        """Begin with nothing seen; 64 bits of each text are kept."""
        self._cleaner = cleaner
        self._times = Counter[int]()
        self._groups = defaultdict[tuple[int, int], list[_Asked]](list)

    def see(self, draft: Draft) -> None:
        """Take note of the text of what may become a row."""
        self._times[self._text(draft)] += 1

    @property
    def are_possible(self) -> bool:
        """Whether any two texts are alike."""
        return max(self._times.values(), default=0) > 1

    def is_alone(self, draft: Draft) -> bool:
        """Whether no other text is like this."""
        return self._times[self._text(draft)] < 2

    def compare(self, place: Place, record: Record, draft: Draft) -> None:
        """Put a record to those that show and ask the same; its pictures are in the draft, unless texts are all."""
        key = self._text(draft), self._shown(record, draft)
        self._groups[key].append(_Asked(place, record.id, draft.answer))

    def find(self) -> dict[Part, dict[int, Drop]]:
        """The records that become no rows, by split and number."""
        found: dict[Part, dict[int, Drop]] = {}
        for group in self._groups.values():
            for one, drop in _drops(sorted(group, key=_rank)):
                found.setdefault(one.place.part, {})[one.place.number] = drop
        return found

    def _text(self, draft: Draft) -> int:
        """64 bits of a question; where the answer is derived from a scene, with that, which is what is shown."""
        options = draft.answer.options if isinstance(draft.answer, Choice) else ()
        scene = NO_SCENE if self._cleaner.solve is None else _scene(draft)
        return print_of(f"{asked(draft.question, options)} {scene}")

    def _shown(self, record: Record, draft: Draft) -> int:
        """64 bits of what a record shows: its pictures; of texts alone, scene, drawing or name; else all that is read of it."""
        if draft.images:
            return print_of(to_json([pixel_digest(image) for image in draft.images]))
        if drawing := draft.scene.get(DRAWING):
            return print_of(str(drawing))
        if scene := _scene(draft):
            return scene
        rest = {name: value for name, value in record.content.items() if name != "id"}
        return print_of(repr(self._cleaner.pictured(record) or rest))


def _scene(draft: Draft) -> int:
    return print_of_scene(json.loads(to_json(draft.scene)))


def _rank(one: _Asked) -> int:
    return LAST.get(one.place.part[1], 0)


def _drops(group: Sequence[_Asked]) -> Iterator[tuple[_Asked, Drop]]:
    """Those of one question about the same pictures that become no rows."""
    first, *others = group
    # Each with each: of three numbers two may agree with the one between them, and not with each other.
    if all(agree(one.answer, other.answer) for one, other in combinations(group, 2)):
        yield from ((other, Drop("twice", f"as {_name(first)}")) for other in others)
        return
    for one in group:
        other = next((other for other in group if not agree(one.answer, other.answer)), first)
        said = f"{one.answer.text()!r}; {_name(other)} says {other.answer.text()!r}"
        yield one, Drop("contradicts", said)


def _name(one: _Asked) -> str:
    return f"{one.id} of {one.place.part[1]}"
