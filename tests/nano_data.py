"""What tests of the embedded base share: drawn samples, what is known of them, and their patches."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from builders import registry
from builders.dataset import build
from builders.engine import InProcess
from builders.plan import Request, make_plans
from builders.sample import Sample
from builders.task import draw_sample
from reasonrft.nano.album import Page, Subject, page_of
from reasonrft.nano.figures import Reading, diagrams
from reasonrft.nano.sight import SIZE, Sight, patches_of
from reasonrft.nano.tables import Objects, Tables, listed, see, see_pair
from tests.quiet import Quiet


@cache
def sample(index: int, task: str = "count") -> Sample:
    return draw_sample(registry.tasks()[task].at("easy"), "train", 7, index, SIZE)


@cache
def pair(index: int) -> Sample:
    return draw_sample(registry.tasks()["edits"].at("easy"), "train", 7, index, SIZE)


def views(index: int) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = json.loads(pair(index).scene)["views"]
    return found


@cache
def drawn_diagrams(count: int) -> Sequence[tuple[Sight, Reading]]:
    return list(diagrams(count, "train", SIZE.width, SIZE.height, Random(7)))


def things(index: int) -> Objects:
    return see(sample(index)).objects


def tables(index: int) -> Tables:
    before, after = see_pair(pair(index))
    return Tables((before.objects, after.objects), listed(pair(index)))


def patches_in_turn(pixels: Any) -> Any:
    """The patches of pictures, one after the other."""
    import torch

    return patches_of(torch.tensor(pixels)).flatten(0, 1).numpy()


def diagram_page(count: int) -> Page:
    return page_of(
        [([sight], [Subject("diagram", (0,), reading)]) for sight, reading in drawn_diagrams(count)]
    )


def built(folder: Path, family: str, *sizes: str) -> Path:
    """A dataset of the base's pictures: `train=3`."""
    splits = [size.partition("=")[0] for size in sizes]
    size = f"{SIZE.width}x{SIZE.height}"
    asked = Request(family, splits, sizes=sizes, image_size=size, level="easy", seed=7)
    build(make_plans(asked, registry.tasks()), folder, InProcess(), Quiet(), registry.tasks)
    return folder
