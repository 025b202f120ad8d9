"""album: many pictures of one size with what is in them, each and its mirror image, ready to be learned from."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from builders.parts import Part, samples
from reasonrft.nano.architecture import PATCH
from reasonrft.nano.sight import Array, Sight, in_cells, mirrored, patches_of, see

Objects = Sequence[dict[str, Any]]  # of a picture, in the order of the walk


@dataclass(frozen=True, slots=True)
class Page:
    """What an album has of some pictures; a place in each array is one picture."""

    pixels: Array  # height × width × 3, bytes
    labels: Array  # patches, cell by cell, × `LABELS`
    where: Array  # patches × 4
    objects: list[Objects]


@dataclass(frozen=True, slots=True)
class Album:
    """Many pictures, on the device that learns from them."""

    pixels: Tensor
    labels: Tensor
    where: Tensor
    objects: list[Objects]

    def __len__(self) -> int:
        return len(self.objects)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patches."""
        return self.pixels.shape[1] // PATCH, self.pixels.shape[2] // PATCH

    def part(self, places: slice, device: str) -> "Album":
        """Some of the pictures, on a device."""
        pixels, labels, where = (
            one[places].to(device) for one in (self.pixels, self.labels, self.where)
        )
        return Album(pixels, labels, where, self.objects[places])

    def patches(self, chosen: Tensor) -> Tensor:
        """The patches of pictures as the vision tower takes them: (pictures, patches, values)."""
        return patches_of(self.pixels[chosen])


def page_of(sights: Sequence[Sight]) -> Page:
    """Pictures, each followed by its mirror image."""
    both = [turned for sight in sights for turned in (sight, mirrored(sight))]
    cells = (len(both), -1)
    labels, where = (
        in_cells(np.stack([getattr(one, name) for one in both])) for name in ("labels", "where")
    )
    return Page(
        np.stack([one.pixels for one in both]),
        labels.astype(np.int8).reshape(*cells, labels.shape[-1]),
        where.reshape(*cells, where.shape[-1]),
        [one.objects for one in both],
    )


def bind(pages: Sequence[Page]) -> Album:
    """An album of pages."""
    pixels, labels, where = (
        torch.cat([torch.from_numpy(getattr(page, name)) for page in pages])
        for name in ("pixels", "labels", "where")
    )
    return Album(pixels, labels, where, [one for page in pages for one in page.objects])


def read_pages(parts: Sequence[Part], workers: int) -> list[Page]:
    """The pages of built splits, shard by shard."""
    shards = [
        Part(part.folder, part.family, part.split, (shard,))
        for part in parts
        for shard in part.shards
    ]
    with ProcessPoolExecutor(max(1, workers)) as pool:
        return list(pool.map(_read, shards))


def _read(part: Part) -> Page:
    return page_of([see(sample) for sample in samples(part)])
