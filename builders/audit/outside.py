"""outside: what does a dataset share with another one, or with a list of what must not be learned?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from builders.audit.blocklist import read_blocklist
from builders.audit.finding import Check, Finding, Findings
from builders.audit.looks import alike, tells_little
from builders.audit.questions import read_questions
from builders.audit.trace import NO_SCENE, Prints, Traces
from builders.audit.twins import LOOK, PICTURE, QUESTION, SCENE, WEAK, Part
from builders.plan import TRAIN

TEST: Final = "test"  # as which questions of others count
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Other:
    """What is compared with: a split of another dataset, a blocklist, or questions of others."""

    name: str
    traces: Traces
    split: str | None  # None: a blocklist, nothing of which may be anywhere here


def read_list(path: Path) -> Other:
    """A file of what must not be learned: a blocklist, or the questions of a test.

    Raises:
        BuildError: it is neither.
    """
    traces = read_blocklist(path)
    if traces is not None:
        return Other(path.name, traces, None)
    return Other(path.name, read_questions(path), TEST)


def compare(parts: Sequence[Part], others: Iterable[Other], findings: Findings) -> None:
    """Look for what is shared; a blocklist with any split, train with the others' tests and the other way round."""
    finding = findings[Check.AGAINST]
    for other in others:
        for part in parts:
            if other.split is None or (other.split == TRAIN) != (part.key[1] == TRAIN):
                finding.looked_at += len(part.traces)
                _compare(part.traces, other, finding)


def _compare(ours: Traces, other: Other, finding: Finding) -> None:
    """Name each of our rows once, with the strongest likeness that it has."""
    theirs, named = other.traces, set[int]()
    everyone, strangers = np.arange(len(ours)), np.arange(len(theirs))
    for likeness, found in (
        (QUESTION, _common(ours.items, everyone, theirs.items, strangers)),
        (SCENE, _common(ours.scenes, everyone, theirs.scenes, strangers, NO_SCENE)),
        (PICTURE, _common(ours.pictures, ours.owners, theirs.pictures, theirs.owners)),
    ):
        for row, twin in found:
            if row not in named:
                named.add(row)
                finding.add(ours.ids[row], f"{likeness} {theirs.ids[twin]} of {other.name}")
    for a, b in alike(ours.looks, theirs.looks):
        row, twin = int(ours.owners[a]), int(theirs.owners[b])
        if row in named:
            continue
        named.add(row)
        if tells_little(ours.looks[a]) and ours.questions[row] != theirs.questions[twin]:
            finding.remarks[WEAK.format(other.name)] += 1
        else:
            finding.add(ours.ids[row], f"{LOOK} {theirs.ids[twin]} of {other.name}")
    unseen = np.setdiff1d(strangers, theirs.owners)
    for row, _ in _common(ours.questions, everyone, theirs.questions[unseen], unseen):
        if row not in named:
            finding.remarks[f"asks what {other.name} asks about a picture that is not there"] += 1


def _common(
    ours: Prints, owners: Places, theirs: Prints, strangers: Places, but: int | None = None
) -> list[tuple[int, int]]:
    """Our rows that have a print of theirs, and the first of theirs that has it."""
    order = np.argsort(theirs, kind="stable")
    places = np.searchsorted(theirs[order], ours)
    found = []
    for mine, place in enumerate(places):
        if place < len(order) and theirs[order[place]] == ours[mine] and ours[mine] != but:
            found.append((int(owners[mine]), int(strangers[order[place]])))
    return found
