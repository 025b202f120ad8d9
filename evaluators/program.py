"""program: a sequence of edits as an answer, read without executing text and judged by its final scene."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Final, Self

from evaluators.credit import credits_of
from evaluators.notation import UnreadableError, plain
from evaluators.verdict import Score
from evaluators.world import (
    LOOKS,
    VALUES,
    Edit,
    Scene,
    Thing,
    executions,
    outcome,
    scene_of,
    visible,
)

MAX_EDITS: Final = 32  # of a written program
MAX_GOLD: Final = 8  # edits of a gold one; the tasks have up to 6
MAX_OPEN: Final = 8  # moves with open steps for which every reading is tried: 256 of them
MAX_OBJECTS: Final = 32  # of a scene that nobody has told


@dataclass(frozen=True, slots=True)
class Program:
    """A sequence of edits on a start scene; without a scene only what the edits say can be compared."""

    kind: ClassVar[str] = "program"
    hint: ClassVar[str] = "one function a line, such as change_color(3, 'red')"
    edits: tuple[Edit, ...]
    scene: Scene = ()

    def __post_init__(self) -> None:
        """ValueError where an edit means nothing in the scene."""
        if not 0 < len(self.edits) <= MAX_GOLD:
            raise ValueError(f"a gold program has 1 to {MAX_GOLD} edits, not {len(self.edits)}")
        count = len(self.scene) or MAX_OBJECTS
        for edit in self.edits:
            if edit.object >= count:
                raise ValueError(
                    f"gold edit {edit.text()} is of object {edit.object}; there are {count}"
                )
            if edit.value not in VALUES[edit.attribute]:
                allowed = ", ".join(VALUES[edit.attribute])
                raise ValueError(
                    f"gold edit {edit.text()} has value {edit.value!r}; allowed: {allowed}"
                )

    def text(self) -> str:
        """One edit a line."""
        return "\n".join(edit.text() for edit in self.edits)

    def score(self, written: str) -> Score | None:
        """1 where the visible final state is the gold's; else the paper's partial credit."""
        edits = read_program(written)
        if edits is None:
            return None
        detail = self.distances(edits) | credits_of(edits, self.edits)
        if detail["lacc"]:
            return Score(1.0, detail)
        partial, longest = detail["paper_partial"], max(len(edits), len(self.edits))
        # The gold's own words in an order that ends elsewhere are worth as much as with one missed.
        return Score(partial if partial < 1 else (longest - 1) / longest, detail)

    def distances(self, edits: Sequence[Edit]) -> dict[str, float]:
        """TRANCE's AD, AND, LAcc and, where all places are known, Acc of a written program."""
        start = self._start((*self.edits, *edits))
        known = self._with_steps([edit for edit in edits if edit.is_known(len(start))])
        reached = outcome(known, start)
        finals = _finals(self.edits, start)
        # An edit that means nothing in this scene is one entry wrong.
        meaningless = len(edits) - len(known)
        distance = meaningless + max(
            reached.distance(final, placed=self._is_placed) for final in finals
        )
        loose = float(distance == 0)
        found = {"ad": float(distance), "and": distance / len(self.edits), "lacc": loose}
        if self._is_placed:
            found["acc"] = float(bool(loose) and self._is_legal(known, finals))
        return found

    def _is_legal(self, edits: Sequence[Edit], finals: tuple[Scene, ...]) -> bool:
        if sum(edit.attribute == "position" and not edit.steps for edit in edits) > MAX_OPEN:
            return False
        ends = set(map(visible, executions(edits, self.scene)))
        return all(visible(final) in ends for final in finals)

    def _with_steps(self, edits: Sequence[Edit]) -> list[Edit]:
        """The edits, their steps open only where the gold moves an object as often.

        Left open, many moves back and forth would reach every place at once; each is one step then.
        """
        gold = Counter(edit.object for edit in self.edits if edit.attribute == "position")
        mine = Counter(edit.object for edit in edits if edit.attribute == "position")
        return [
            replace(edit, steps=edit.steps or 1)
            if edit.attribute == "position" and mine[edit.object] > gold[edit.object]
            else edit
            for edit in edits
        ]

    @property
    def _is_placed(self) -> bool:
        return bool(self.scene) and all(thing.position is not None for thing in self.scene)

    def _start(self, edits: Sequence[Edit]) -> Scene:
        if self.scene:
            return self.scene
        count = max((edit.object for edit in edits if edit.object < MAX_OBJECTS), default=0) + 1
        return (Thing("", "", "", ""),) * count

    def fields(self) -> dict[str, Any]:
        """The edits with their steps under `gold`, the objects under `scene`."""
        objects = [
            {name: getattr(thing, name) for name in LOOKS}
            | ({"position": list(thing.position)} if thing.position else {})
            for thing in self.scene
        ]
        edits = "\n".join(
            edit.text()[:-1] + (f", {edit.steps})" if edit.steps else ")") for edit in self.edits
        )
        return {"gold": edits, **({"scene": objects} if objects else {})}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """From a program's text (a third argument gives a move's steps) and the scene's objects."""
        gold = fields["gold"]
        text = "\n".join(map(str, gold)) if isinstance(gold, list) else gold
        edits = read_program(text) if isinstance(text, str) else None
        if edits is None:
            raise ValueError(f"gold {gold!r} is not a program such as change_color(3, 'red')")
        return cls(edits, scene_of(fields.get("scene")))


@lru_cache(maxsize=1024)
def _finals(edits: tuple[Edit, ...], start: Scene) -> tuple[Scene, ...]:
    """The gold's final scenes: one, or one for each legal reading of the steps that it leaves open."""
    legal = tuple(dict.fromkeys(executions(edits, start)))
    return legal or tuple(dict.fromkeys(executions(edits, start, legal_only=False)))


_QUOTE = "['\"`]?"
_CALL = re.compile(
    rf"change[_ ](size|color|material|shape|position) ?\( ?{_QUOTE}(?:object|obj)?[_ ]?(\d{{1,3}}){_QUOTE} ?"
    rf", ?{_QUOTE} ?([a-z][a-z _-]{{0,30}}){_QUOTE} ?(?:, ?{_QUOTE}([12]){_QUOTE} ?)?\)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"(?:[ ,;.|&\[\]`'\"]|->|→|=>|[-*•] |\d{1,2}[.)] |step \d{1,2}:?|and\b|then\b|first\b|next\b|finally\b|python\b)*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:the )?(?:final |correct )?(?:answer|transformations?|program|sequence|edits?|functions?)"
    r"(?: is| are)?:? ?",
    re.IGNORECASE,
)


def read_program(text: str) -> tuple[Edit, ...] | None:
    """The edits of a written program; None where anything but edits stands there, or nothing does."""
    try:
        text = plain(text)
    except UnreadableError:
        return None
    lead = _LEAD.match(text)
    place = lead.end() if lead else 0
    edits: list[Edit] = []
    while True:
        gap = _BETWEEN.match(text, place)
        place = gap.end() if gap else place
        call = _CALL.match(text, place)
        if call is None or len(edits) > MAX_EDITS:
            break
        if call.group(4) and call.group(1).lower() != "position":  # only a move has steps
            return None
        edits.append(_edit(*call.groups()))
        place = call.end()
    if place < len(text) or not 0 < len(edits) <= MAX_EDITS:
        return None
    return tuple(edits)


def edits_in(text: str) -> tuple[Edit, ...]:
    """All edits that a text names, whatever stands between them."""
    return tuple(_edit(*call.groups()) for call in _CALL.finditer(text))


def _edit(attribute: str, number: str, value: str, steps: str | None) -> Edit:
    name = re.sub("[ -]", "_", value.strip().lower())
    return Edit(
        attribute.lower(),
        int(number),
        name,
        int(steps) if steps else None,
    )
