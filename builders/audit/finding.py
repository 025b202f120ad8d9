"""finding: what an audit looks for, and what it found: faults by where they are, remarks by reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MOST_KEPT: Final = 1_000  # faults of a check that are named; the others are counted
LONGEST: Final = 240  # characters of what is said of a fault, which may quote a whole question


class Check(StrEnum):
    """What an audit looks for, in the order in which it is told."""

    MANIFEST = "manifest"
    CARD = "card"
    FILES = "files"
    SCHEMA = "schema"
    SAMPLES = "samples"
    PICTURES = "pictures"
    ANSWERS = "answers"
    THOUGHTS = "thoughts"
    PROOFS = "proofs"
    BLIND = "blind"
    BALANCE = "balance"
    PAIRS = "pairs"
    REPEATS = "repeats"
    SCENES = "scenes"
    SHARED = "shared pictures"
    ALIKE = "alike pictures"
    AGAINST = "against"


WHAT: Final = {
    Check.MANIFEST: "manifest.json tells what is there: files, rows, counts, digests",
    Check.CARD: "README.md is the card of this manifest, changed by no other hand",
    Check.FILES: "each shard, record and list of drops has the digest that the manifest tells",
    Check.SCHEMA: "each row has its columns, its types and its place",
    Check.SAMPLES: "text, scene and pixels of each row have the digests of its record",
    Check.PICTURES: "each picture is a whole PNG of the size that the manifest tells",
    Check.ANSWERS: "each gold is read, says its answer, and its own grader grades that right",
    Check.THOUGHTS: "each thought ends in the gold",
    Check.PROOFS: "each gold is what the task's solver finds in question and scene",
    Check.BLIND: "no task is solved better by constant answers than its bound allows",
    Check.BALANCE: "how evenly each kind's answers are spread",
    Check.PAIRS: "a paired split has its partner's questions and golds",
    Check.REPEATS: "no id is there twice, and no question about the same pictures",
    Check.SCENES: "train shares no scene with another split",
    Check.SHARED: "train shares no picture with another split, pixel for pixel",
    Check.ALIKE: "train has no picture of another split in another file, size or quality",
    Check.AGAINST: "what is named by --against is shared with nothing here",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is not as it should be."""

    where: str  # an id, a file, a split
    what: str


@dataclass(slots=True)
class Finding:
    """What a check came to; it grows."""

    looked_at: int = 0
    number: int = 0  # of faults
    faults: list[Fault] = field(default_factory=list)  # the first of them
    remarks: Counter[str] = field(default_factory=Counter)  # no faults; how often each

    def add(self, where: str, what: str) -> None:
        """A fault more."""
        self.number += 1
        if len(self.faults) < MOST_KEPT:
            short = what if len(what) <= LONGEST else f"{what[:LONGEST]}…"
            self.faults.append(Fault(where, short))


Findings = dict[Check, Finding]


def no_findings(checks: Iterable[Check] = Check) -> Findings:
    """Nothing looked at yet."""
    return {check: Finding() for check in checks}


def add_up(total: Findings, part: Findings) -> None:
    """Put the findings of a part to those of the whole."""
    for check, found in part.items():
        into = total[check]
        into.looked_at += found.looked_at
        into.remarks.update(found.remarks)
        into.number += found.number
        into.faults += found.faults[: MOST_KEPT - len(into.faults)]
