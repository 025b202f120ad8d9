"""album: many pictures of one size and what lessons about them are about, ready to be learned from."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

import numpy as np
import torch
from torch import Tensor

from builders.parts import Part, samples
from builders.sample import Sample
from builders.tasks.geometry._sides import Side
from reasonrft.nano.architecture import PATCH
from reasonrft.nano.figures import diagrams
from reasonrft.nano.lessons import Known, Sort
from reasonrft.nano.sight import SIZE, Array, Sight, in_cells, patches_of
from reasonrft.nano.tables import Tables, listed, mirrored, see, see_pair

DRAWN_TOGETHER: Final = 250  # diagrams


@dataclass(frozen=True, slots=True)
class Subject:
    """What lessons are about: pictures by their places in the album, and what is known of them."""

    sort: Sort
    pictures: tuple[int, ...]
    facts: Known

    def moved(self, by: int) -> "Subject":
        """The same, its pictures so many places further on."""
        return replace(self, pictures=tuple(place + by for place in self.pictures))


@dataclass(frozen=True, slots=True)
class Page:
    """What an album has of some pictures; a place in each array is one picture."""

    pixels: Array  # height × width × 3, bytes
    labels: Array  # patches, cell by cell, × `LABELS`
    where: Array  # patches × `PLACES`
    subjects: Sequence[Subject]


@dataclass(frozen=True, slots=True)
class Album:
    """Many pictures, on the device that learns from them."""

    pixels: Tensor
    labels: Tensor
    where: Tensor
    subjects: Sequence[Subject]

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.pixels.shape[1] // PATCH, self.pixels.shape[2] // PATCH

    def to(self, device: str) -> "Album":
        """The same on a device."""
        pixels, labels, where = (one.to(device) for one in (self.pixels, self.labels, self.where))
        return Album(pixels, labels, where, self.subjects)

    def patches(self, chosen: Tensor) -> Tensor:
        """The patches of pictures as the vision tower takes them: (pictures, patches, values)."""
        return patches_of(self.pixels[chosen])

    def of(self, sort: Sort) -> list[Subject]:
        """The subjects of a sort."""
        return [one for one in self.subjects if one.sort == sort]


def page_of(shown: Sequence[tuple[Sequence[Sight], Sequence[Subject]]]) -> Page:
    """A page of groups of pictures, the subjects of each naming them by their places in the group."""
    sights: list[Sight] = []
    subjects: list[Subject] = []
    for group, about in shown:
        subjects += [one.moved(len(sights)) for one in about]
        sights += group
    labels, where = (
        in_cells(np.stack([getattr(one, name) for one in sights])) for name in ("labels", "where")
    )
    return Page(
        np.stack([one.pixels for one in sights]),
        labels.astype(np.int8).reshape(len(sights), -1, labels.shape[-1]),
        where.reshape(len(sights), -1, where.shape[-1]),
        subjects,
    )


def of_table(sample: Sample) -> tuple[list[Sight], list[Subject]]:
    """The picture of a counting sample, and its mirror image."""
    table = see(sample)
    both = (table, mirrored(table))
    about = [Subject("table", (place,), one.objects) for place, one in enumerate(both)]
    return [one.sight for one in both], about


def of_pair(sample: Sample) -> tuple[list[Sight], list[Subject]]:
    """The pictures of a transformation sample, one by one and together, and all of it mirrored."""
    known, pair = listed(sample), see_pair(sample)
    shown = [*pair, *map(mirrored, pair)]
    about = [Subject("view", (place,), one.objects) for place, one in enumerate(shown)]
    for first in (0, 2):
        seen = (shown[first].objects, shown[first + 1].objects)
        about.append(Subject("pair", (first, first + 1), Tables(seen, known)))
    return [one.sight for one in shown], about


SEEN = {"counting": of_table, "transformation": of_pair}  # by the family of a sample


def bind(pages: Sequence[Page]) -> Album:
    """An album of pages."""
    pixels, labels, where = (
        torch.cat([torch.from_numpy(getattr(page, name)) for page in pages])
        for name in ("pixels", "labels", "where")
    )
    starts = np.cumsum([0, *(len(page.pixels) for page in pages)]).tolist()
    moved = (
        one.moved(by) for page, by in zip(pages, starts, strict=False) for one in page.subjects
    )
    return Album(pixels, labels, where, list(moved))


def read_pages(parts: Sequence[Part], workers: int) -> Iterator[Page]:
    """The pages of built splits, shard by shard."""
    shards = [replace(part, shards=(shard,)) for part in parts for shard in part.shards]
    with ProcessPoolExecutor(max(1, workers)) as pool:
        yield from pool.map(_read, shards)


def _read(part: Part) -> Page:
    return page_of([SEEN[part.family](sample) for sample in samples(part)])


def draw_pages(count: int, side: Side, seed: int, workers: int) -> Iterator[Page]:
    """Pages of so many diagrams of figures of a side."""
    draw = partial(_draw, side=side, seed=seed)
    lots = range(0, count, DRAWN_TOGETHER)
    with ProcessPoolExecutor(max(1, workers)) as pool:
        yield from pool.map(draw, lots, (min(DRAWN_TOGETHER, count - lot) for lot in lots))


def _draw(lot: int, count: int, side: Side, seed: int) -> Page:
    drawn = diagrams(count, side, SIZE.width, SIZE.height, Random(f"{seed}/{side}/{lot}"))
    return page_of([([sight], [Subject("diagram", (0,), reading)]) for sight, reading in drawn])
