"""twins: which rows are the same problem, the same scene or the same picture as others?

Every row that is like an earlier one is named once, with the strongest likeness that it has: id, question
and pictures, scene, a picture pixel for pixel, a picture to the eye. What is meant is left out: a paired split
shows the problems of its partner, each under the same index.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from builders.audit.finding import Check, Findings
from builders.audit.looks import Looks, alike_within, tells_little
from builders.audit.trace import NO_SCENE, Prints, Traces
from builders.plan import TRAIN

Key = tuple[str, str]  # family and split
QUESTION: Final = "has question and pictures of"
SCENE: Final = "has the scene of"
PICTURE: Final = "has a picture of"
LOOK: Final = "has a picture that looks as one of"
WEAK: Final = "a drawing, or nearly empty: looks as one of {}, with another question"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a split."""

    key: Key
    partner: Key | None  # whose problems it shows anew
    traces: Traces

    @property
    def stem(self) -> Key:
        """The same for splits that show the same problems."""
        return self.partner or self.key


@dataclass(frozen=True, slots=True)
class Row:
    """A row among all."""

    part: Part
    place: int

    @property
    def id(self) -> str:
        """Its id."""
        return self.part.traces.ids[self.place]

    @property
    def is_learned(self) -> bool:
        """Whether it stands in the split that is learned from."""
        return self.part.key[1] == TRAIN

    def print_of(self, column: Callable[[Traces], Prints]) -> int:
        """One of its prints."""
        return int(column(self.part.traces)[self.place])


class Rows:
    """All rows of some splits, by one number each."""

    def __init__(self, parts: Sequence[Part]) -> None:
        """Take the splits in their order."""
        self.parts = parts
        self._firsts = np.cumsum([0, *(len(part.traces) for part in parts)])

    def __len__(self) -> int:
        """How many there are."""
        return int(self._firsts[-1])

    def __getitem__(self, number: int) -> Row:
        """The row of a number."""
        part = int(np.searchsorted(self._firsts, number, side="right")) - 1
        return Row(self.parts[part], number - int(self._firsts[part]))

    def column(self, column: Callable[[Traces], Prints]) -> Prints:
        """A print of each."""
        return np.concatenate([column(part.traces) for part in self.parts])

    def owners(self) -> NDArray[np.int64]:
        """The row of each picture."""
        return np.concatenate(
            [
                part.traces.owners + first
                for part, first in zip(self.parts, self._firsts, strict=False)
            ]
        )


def find_twins(parts: Sequence[Part], findings: Findings) -> None:
    """Look for rows that are like others of the same dataset."""
    rows = Rows([part for part in parts if len(part.traces)])
    if not len(rows):
        return
    owners = rows.owners()
    pictures = rows.column(lambda traces: traces.pictures)
    everyone = np.arange(len(rows))
    told = _Told(rows, findings)
    told.ids()
    told.all(
        Check.REPEATS,
        QUESTION,
        _groups(rows.column(lambda traces: traces.items), everyone),
        always=True,
    )
    scenes = rows.column(lambda traces: traces.scenes)
    told.all(Check.SCENES, SCENE, _groups(scenes, everyone, NO_SCENE))
    told.all(Check.SHARED, PICTURE, _groups(pictures, owners))
    looks = np.concatenate([part.traces.looks for part in rows.parts])
    told.alike(pictures, looks, owners)
    for check, number in (
        (Check.REPEATS, len(rows)),
        (Check.SCENES, int((scenes != NO_SCENE).sum())),
        (Check.SHARED, len(pictures)),
        (Check.ALIKE, len(looks)),
    ):
        findings[check].looked_at += number


def _groups(
    prints: Prints, owners: NDArray[np.int64], but: int | None = None
) -> Iterator[list[int]]:
    """The rows of each print that more than one row has, in their order."""
    order = np.argsort(prints, kind="stable")
    values, starts, counts = np.unique(prints[order], return_index=True, return_counts=True)
    groups = [
        sorted(set(owners[order[start : start + count]].tolist()))
        for value, start, count in zip(values, starts, counts, strict=True)
        if count > 1 and value != but
    ]
    yield from sorted(group for group in groups if len(group) > 1)


class _Told:
    """What is told of rows that are like others: each of them once."""

    def __init__(self, rows: Rows, findings: Findings) -> None:
        self._rows = rows
        self._findings = findings
        self._named: set[int] = set()

    def ids(self) -> None:
        """Tell of rows whose id another row has."""
        first: dict[str, int] = {}
        numbers = (name for part in self._rows.parts for name in part.traces.ids)
        for number, name in enumerate(numbers):
            if first.setdefault(name, number) != number:
                self._named.add(number)
                self._findings[Check.REPEATS].add(name, "is the id of another row too")

    def all(
        self, check: Check, likeness: str, groups: Iterator[list[int]], *, always: bool = False
    ) -> None:
        """Tell of groups that are alike; always: whichever splits they stand in."""
        for group in groups:
            self._group(check, likeness, group, always=always)

    def _group(self, check: Check, likeness: str, group: Sequence[int], *, always: bool) -> None:
        finding = self._findings[check]
        for number in group[1:]:
            if number in self._named:
                continue
            others = [self._rows[other] for other in group if other < number]
            row = self._rows[number]
            strangers = [other for other in others if not is_meant(row, other)]
            clashing = next((one for one in strangers if always or _leaks(row, one)), None)
            if clashing is not None:
                self._named.add(number)
                finding.add(row.id, f"{likeness} {clashing.id}")
            elif strangers:
                finding.remarks[f"{likeness} another row, both of train or neither"] += 1

    def alike(self, pictures: Prints, looks: Looks, owners: NDArray[np.int64]) -> None:
        """Tell of pictures that look the same and are not."""
        learned = np.array([self._rows[int(owner)].is_learned for owner in owners], np.uint64)
        # Of one that many rows show, one row that is learned from and one that is not.
        _, kept = np.unique(np.stack([pictures, learned]), axis=1, return_index=True)
        kept.sort()
        for a, b in alike_within(looks[kept]):
            one, other = kept[a], kept[b]
            if pictures[one] != pictures[other] and owners[one] != owners[other]:
                self._look(int(owners[one]), int(owners[other]), looks[other])

    def _look(self, one: int, other: int, look: Looks) -> None:
        """Tell of a row whose picture looks as one of an earlier row: a fault where the evidence is strong."""
        first, row = self._rows[one], self._rows[other]
        finding = self._findings[Check.ALIKE]
        if {one, other} & self._named or is_meant(row, first):
            return
        if not _leaks(row, first):
            finding.remarks[f"{LOOK} another row, both of train or neither"] += 1
        elif tells_little(look) and not _asks_same(row, first):
            finding.remarks[WEAK.format("another split")] += 1
        else:
            self._named.add(other)
            finding.add(row.id, f"{LOOK} {first.id}")


def _asks_same(row: Row, other: Row) -> bool:
    def asked(traces: Traces) -> Prints:
        return traces.questions

    return row.print_of(asked) == other.print_of(asked)


def is_meant(row: Row, other: Row) -> bool:
    """Whether both are one problem, shown in splits that are paired."""

    def key(traces: Traces) -> Prints:
        return traces.keys

    paired = row.part.key != other.part.key and row.part.stem == other.part.stem
    return paired and row.print_of(key) == other.print_of(key)


def _leaks(row: Row, other: Row) -> bool:
    return row.is_learned != other.is_learned


def check_pairs(parts: Mapping[Key, Part], findings: Findings) -> None:
    """Hold each paired split against its partner."""
    finding = findings[Check.PAIRS]
    for part in parts.values():
        if part.partner is None:
            continue
        partner = parts.get(part.partner)
        if partner is None:
            finding.remarks[f"{'/'.join(part.key)}: its partner {part.partner[1]} is not here"] += 1
            continue
        places = {int(key): place for place, key in enumerate(partner.traces.keys)}
        for place, key in enumerate(part.traces.keys):
            other = places.get(int(key))
            if other is None:
                finding.remarks["its partner is not so long"] += 1
                continue
            finding.looked_at += 1
            if fault := _unlike(part.traces, place, partner.traces, other):
                finding.add(part.traces.ids[place], f"{fault} {partner.traces.ids[other]}")


def _unlike(traces: Traces, place: int, others: Traces, other: int) -> str | None:
    if traces.questions[place] != others.questions[other]:
        return "asks another question than"
    if traces.golds[place] != others.golds[other]:
        return "has another gold than"
    return None
