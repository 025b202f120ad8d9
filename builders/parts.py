"""parts: which splits lie in a dataset's folder, and how are their rows read?"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from builders.files import BuildError, named
from builders.plan import choose_splits, in_usual_order
from builders.sample import COLUMNS, Sample
from builders.shard import DATA, SCHEMA, split_of

ROWS_AT_ONCE: Final = 64  # with their pictures in memory


@dataclass(frozen=True, slots=True)
class Part:
    """A split of a family, as it lies in a dataset's folder."""

    folder: Path
    family: str
    split: str
    shards: tuple[Path, ...]


def find_parts(source: Path) -> list[Part]:
    """Every split of every family in the folder of a dataset, finished or still being built.

    Raises:
        BuildError: there are none.
    """
    parts = []
    for folder in sorted((source / DATA).glob("*/")):
        shards = defaultdict(list)
        for path in sorted(folder.glob("*.parquet")):
            if split := split_of(path.name):
                shards[split].append(path)
        parts += [
            Part(source, folder.name, split, tuple(shards[split]))
            for split in in_usual_order(shards)
        ]
    if not parts:
        raise BuildError(f"no dataset in {source}: it has no data/FAMILY/SPLIT-*.parquet")
    return parts


def choose_parts(
    sources: Sequence[Path], families: tuple[str, ...] | None, splits: Sequence[str]
) -> list[Part]:
    """The splits that are chosen of those in the folders, in the order in which they are shown.

    Args:
        sources: The folders of datasets.
        families: None: every family that there is.
        splits: Names, or id (test), ood (every ood-*), all.

    Raises:
        BuildError: there is no such family or split.
    """
    there = [part for source in sources for part in find_parts(source)]
    known = sorted({part.family for part in there})
    if families is not None:
        if lacking := [family for family in families if family not in known]:
            shown = ", ".join(map(str, sources))
            raise BuildError(f"no family {lacking[0]!r} in {shown}; it has: {', '.join(known)}")
        there = [part for part in there if part.family in families]
    names = list(dict.fromkeys(part.split for part in there))
    wanted = choose_splits(splits, in_usual_order(names))
    return [part for part in there if part.split in wanted]


def batches(part: Part, columns: Sequence[str], size: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of a split, so many at a time, with these columns.

    Raises:
        BuildError: a file is damaged, or lacks what is asked for, or has it in another form.
    """
    form = pa.schema([SCHEMA.field(name) for name in columns])
    for path in part.shards:
        try:
            with named(path), path.open("rb") as file, pq.ParquetFile(file) as shard:
                if lacking := [name for name in columns if name not in shard.schema_arrow.names]:
                    raise BuildError(f"{path} lacks the columns: {', '.join(lacking)}")
                for batch in shard.iter_batches(batch_size=size, columns=list(columns)):
                    if empty := [name for name in columns if batch[name].null_count]:
                        raise BuildError(f"{path} has rows without: {', '.join(empty)}")
                    found = batch.select(list(columns)).cast(form).to_pylist()
                    if "images" in columns and not all(map(_has_pictures, found)):
                        raise BuildError(f"{path} has rows whose pictures are not in it")
                    yield found
        except (pa.ArrowException, UnicodeDecodeError) as problem:
            raise BuildError(f"{path} is not a whole Parquet file") from problem


def _has_pictures(row: Mapping[str, Any]) -> bool:
    """Whether all that a row lists are there as bytes, and none is a mere path."""
    return all(image and image["bytes"] for image in row["images"])


def rows(part: Part, columns: Sequence[str], limit: int | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a split one by one, the first `limit` of them where there is a limit."""
    size = ROWS_AT_ONCE if limit is None else min(limit, ROWS_AT_ONCE)
    for batch in batches(part, columns, size):
        yield from batch if limit is None else batch[:limit]
        if limit is not None:
            limit -= len(batch)
            if limit <= 0:
                return


def samples(part: Part, limit: int | None = None) -> Iterator[Sample]:
    """The samples of a split one by one, the first `limit` of them where there is a limit."""
    yield from map(Sample.of_row, rows(part, COLUMNS, limit))
