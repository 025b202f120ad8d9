"""gallery: what do the samples look like: a page of them that needs no server and no network."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from builders.gallery_page import (
    GalleryError,
    find_place,
    link_pictures,
    make_page,
    page_sample,
    write_page,
)

SHARD = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)-\d{5}-of-\d{5}\.parquet")
COLUMNS = [
    *("id", "family", "task", "kind", "split", "images"),
    *("question", "answer", "options", "thought", "depth", "scene"),
]
USUAL_ORDER = ("train", "val", "test")  # of splits; the others follow by name
MANY_ANSWERS = 24  # of a kind: with more of them, the summary names the most frequent only
FEW_ANSWERS = 8
ROWS_AT_ONCE = 64  # with their pictures in memory


@dataclass(frozen=True, slots=True)
class Choice:
    """Which samples of a dataset are shown."""

    family: str | None = None  # None: every family that there is
    splits: tuple[str, ...] = ("all",)  # names, or id (test), ood (every ood-*), all
    limit: int = 60  # samples of a split: its first ones


@dataclass(frozen=True, slots=True)
class Part:
    """A split of a family, as it lies in the folder."""

    family: str
    split: str
    shards: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a gallery came to."""

    page: Path
    samples: int
    rows: int  # of the splits that the samples are from
    pictures: int  # of different content


def write_gallery(
    source: Path, choice: Choice, out: Path | None = None, *, inline: bool | None = None
) -> Written:
    """Write a page of a dataset's samples.

    Args:
        source: The folder of a built dataset.
        choice: Which of its samples.
        out: A folder, or the page itself if the name ends in `.html`; None: beside the dataset.
        inline: Pictures in the page, not in files beside it; None: if `out` names the page.

    Raises:
        GalleryError: The dataset has no such family or split, or `out` holds something else.
    """
    parts = choose_parts(source, choice)
    place = find_place(source, out, inline=inline)
    pictures: dict[str, bytes] = {}  # name: PNG
    samples: list[dict[str, Any]] = []
    splits: list[dict[str, Any]] = []
    for part in parts:
        shown = [page_sample(row, pictures) for row in _rows(part, choice.limit)]
        samples += shown
        splits.append({**_summary(part), "shown": len(shown)})
    link_pictures(samples, pictures, place)
    write_page(place, make_page(source.resolve().name, splits, samples), pictures)
    return Written(place.page, len(samples), sum(split["rows"] for split in splits), len(pictures))


def choose_parts(source: Path, choice: Choice) -> list[Part]:
    """The splits that are chosen of those in the folder, in the order in which they are shown."""
    there = find_parts(source)
    if not there:
        raise GalleryError(f"no dataset in {source}: it has no data/FAMILY/SPLIT-*.parquet")
    families = sorted({part.family for part in there})
    if choice.family not in (None, *families):
        raise GalleryError(
            f"no family {choice.family!r} in {source}; it has: {', '.join(families)}"
        )
    there = [part for part in there if choice.family in (None, part.family)]
    names = list(dict.fromkeys(part.split for part in there))
    wanted = {name for asked in choice.splits for name in _splits_of(asked, names)}
    return [part for part in there if part.split in wanted]


def find_parts(source: Path) -> list[Part]:
    """Every split of every family in the folder of a dataset, finished or still being built."""
    parts = []
    for folder in sorted((source / "data").glob("*/")):
        shards = defaultdict(list)
        for path in sorted(folder.iterdir()):
            if name := SHARD.fullmatch(path.name):
                shards[name[1]].append(path)
        parts += [Part(folder.name, split, tuple(shards[split])) for split in _in_order(shards)]
    return parts


def _in_order(splits: Collection[str]) -> list[str]:
    first = [name for name in USUAL_ORDER if name in splits]
    return first + sorted(set(splits) - set(first))


def _splits_of(asked: str, there: Sequence[str]) -> list[str]:
    if asked == "all":
        return list(there)
    groups = {"id": ["test"], "ood": [name for name in there if name.startswith("ood-")]}
    found = [name for name in groups.get(asked, [asked]) if name in there]
    if not found:
        raise GalleryError(f"no split {asked!r}; there are: {', '.join(there)} (or id, ood, all)")
    return found


def _batches(part: Part, columns: list[str], size: int) -> Iterator[list[dict[str, Any]]]:
    for path in part.shards:
        try:
            with path.open("rb") as file, pq.ParquetFile(file) as shard:
                if lacking := [name for name in columns if name not in shard.schema_arrow.names]:
                    raise GalleryError(f"{path} lacks the columns: {', '.join(lacking)}")
                for batch in shard.iter_batches(batch_size=size, columns=columns):
                    if empty := [name for name in columns if batch[name].null_count]:
                        raise GalleryError(f"{path} has rows without: {', '.join(empty)}")
                    yield batch.to_pylist()
        except pa.ArrowInvalid as problem:
            raise GalleryError(f"{path} is not a whole Parquet file") from problem


def _rows(part: Part, limit: int) -> Iterator[dict[str, Any]]:
    for batch in _batches(part, COLUMNS, min(limit, ROWS_AT_ONCE)):
        yield from batch[:limit]
        limit -= len(batch)
        if limit <= 0:
            return


def _summary(part: Part) -> dict[str, Any]:
    """How many samples of each kind a whole split has, and how their answers are spread."""
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    depths: dict[str, set[int]] = defaultdict(set)
    for batch in _batches(part, ["kind", "answer", "depth"], 10_000):
        for row in batch:
            answers[row["kind"]][row["answer"]] += 1
            depths[row["kind"]].add(row["depth"])
    return {
        "family": part.family,
        "split": part.split,
        "rows": sum(counts.total() for counts in answers.values()),
        "kinds": [
            {"kind": kind, "depth": [min(depths[kind]), max(depths[kind])]} | _spread(answers[kind])
            for kind in sorted(answers)
        ],
    }


def _spread(answers: Counter[str]) -> dict[str, Any]:
    by_number = sorted(answers.items(), key=lambda item: (-item[1], _natural(item[0])))
    by_answer = sorted(by_number, key=lambda item: _natural(item[0]))
    return {
        "n": answers.total(),
        "distinct": len(answers),
        "best": by_number[0],
        "answers": by_number[:FEW_ANSWERS] if len(answers) > MANY_ANSWERS else by_answer,
    }


def _natural(answer: str) -> tuple[bool, int, str]:
    """Whole numbers by value, before the others by their letters."""
    is_number = answer.isascii() and answer.isdigit() and len(answer) < 19
    return not is_number, int(answer) if is_number else 0, answer
