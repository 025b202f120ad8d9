"""portions: which rows of `train` does a stage learn from, and how are they read, wherever they stand?"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, overload

import pyarrow as pa
import pyarrow.parquet as pq

from builders.files import ExpectedError
from builders.parts import Part, find_parts
from builders.plan import TRAIN
from builders.sample import COLUMNS, Sample
from reasonrft.config import Recipe, RunConfig, Stage
from reasonrft.families import chosen
from reasonrft.prompt import Style
from reasonrft.questions import choose_sources

# About 50 rows each, pictures packed: what is in memory of a dataset of any size.
GROUPS_IN_MEMORY: Final = 64


class PortionError(ExpectedError):
    """There is nothing to learn from."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Some rows that are read together."""

    path: Path
    number: int  # in its file
    rows: int


class Rows(Sequence[Sample]):
    """Samples by their place; each is read when it is asked for, and few are in memory."""

    def __init__(self, groups: Sequence[_Group], places: Sequence[int]) -> None:
        """Take the groups of rows of some files, and which of these rows are meant, in order."""
        self._groups = tuple(groups)
        self._ends = list(accumulate(group.rows for group in groups))
        self._places = tuple(places)
        self._read: OrderedDict[int, pa.Table] = OrderedDict()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> "Rows": ...
    def __getitem__(self, place: int | slice) -> "Sample | Rows":
        """The sample at a place; some of them for a slice."""
        if isinstance(place, slice):
            return Rows(self._groups, self._places[place])
        row = self._places[place]
        number = bisect_right(self._ends, row)
        table = self._table(number)
        (found,) = table.slice(row - (self._ends[number] - len(table)), 1).to_pylist()
        return Sample.of_row(found)

    def __getstate__(self) -> dict[str, Any]:
        """Itself without what it has read, for another process."""
        return {**self.__dict__, "_read": OrderedDict()}

    def _table(self, number: int) -> pa.Table:
        if number in self._read:
            self._read.move_to_end(number)
            return self._read[number]
        group = self._groups[number]
        try:
            with group.path.open("rb") as file, pq.ParquetFile(file) as shard:
                table = shard.read_row_group(group.number, columns=list(COLUMNS))
        except (pa.ArrowInvalid, OSError) as problem:
            raise PortionError(f"{group.path} is not a whole Parquet file any more") from problem
        self._read[number] = table
        if len(self._read) > GROUPS_IN_MEMORY:
            self._read.popitem(last=False)
        return table


def style_of(recipe: Recipe) -> Style:
    """What a recipe asks a model to write."""
    return Style.ANSWER if recipe is Recipe.ANS_SFT else Style.THOUGHT


def portion(config: RunConfig, stage: Stage, folders: Sequence[Path]) -> Rows:
    """The rows of `train` that a stage learns from, all families mixed evenly.

    Args:
        config: The experiment.
        stage: One of its stages.
        folders: Of finished datasets.

    Raises:
        PortionError: there are none.
        BuildError: a folder is no finished dataset.
    """
    groups: list[_Group] = []
    families: list[list[int]] = []
    first = 0
    for family, parts in _parts_of(folders, config.data.family).items():
        found = [group for part in parts for group in _groups_of(part)]
        rows = range(first, first := first + sum(group.rows for group in found))
        groups += found
        families.append(list(share_of(config, stage, family, rows)))
    return Rows(groups, list(mixed(families)))


def _parts_of(folders: Sequence[Path], wanted: Sequence[str]) -> dict[str, list[Part]]:
    """The parts of `train` by family, in the order in which the families are wanted."""
    shown = ", ".join(map(str, folders))
    there = [part for folder in folders for part in find_parts(folder) if part.split == TRAIN]
    if not there:
        raise PortionError(f"no split {TRAIN!r} to learn from in {shown}")
    choose_sources(folders, None, [TRAIN], None)  # refuses what is not finished, or there twice
    families = sorted({part.family for part in there})
    names = chosen(wanted, families)
    if lacking := [family for family in names if family not in families]:
        raise PortionError(
            f"no rows of {lacking[0]} to learn from in {shown}; there are: {', '.join(families)}"
        )
    return {family: [part for part in there if part.family == family] for family in names}


def _groups_of(part: Part) -> list[_Group]:
    groups = []
    for path in part.shards:
        try:
            with path.open("rb") as file, pq.ParquetFile(file) as shard:
                sizes = [
                    shard.metadata.row_group(number).num_rows
                    for number in range(shard.num_row_groups)
                ]
        except pa.ArrowInvalid as problem:
            raise PortionError(f"{path} is not a whole Parquet file") from problem
        groups += [_Group(path, number, rows) for number, rows in enumerate(sizes)]
    return groups


def share_of(config: RunConfig, stage: Stage, family: str, rows: range) -> range:
    """The rows of a family's `train` that a stage has.

    Raises:
        PortionError: there are fewer than are wanted, or none are left for stage 2, which stage 1 is too
            early to be trained without.
    """
    wanted = config.data.rows or len(rows)
    if wanted > len(rows):
        raise PortionError(
            f"data.rows = {wanted} are more than {family} has: {TRAIN} has {len(rows)}"
        )
    rows = rows[:wanted]
    if config.recipe is not Recipe.REASON_RFT:
        return rows
    first = config.data.stage_1
    if len(rows) <= first and config.grpo.data == "rows":
        raise PortionError(
            f"data.stage_1 = {first} leaves no rows of {family} for stage 2: there are {len(rows)} to learn from"
        )
    return rows[:first] if stage == "sft" else rows[first:]


def mixed(families: Sequence[Sequence[int]]) -> Iterable[int]:
    """All rows, those of each family spread evenly over the whole."""
    keyed = [
        ((place + 0.5) / len(rows), number, row)
        for number, rows in enumerate(families)
        for place, row in enumerate(rows)
    ]
    return [row for _, _, row in sorted(keyed)]
