"""A small dataset of toy questions to ask, and what a run of them left behind."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from builders.dataset import build
from builders.engine import InProcess
from builders.plan import Request, make_plans
from reasonrft.questions import Source, choose_sources
from tests import toy_task
from tests.quiet import Quiet

SIZES = ("test=40", "ood-dark=20", "ood-many=30", "ood-many-dark=30")


def build_toys(folder: Path, *sizes: str, family: str = "counting", split: str = "id,ood") -> Path:
    """Dots to count and halves to choose, with one picture and with two."""
    asked = Request(family, [split], sizes=sizes or SIZES, image_size="40", seed=3)
    return build_asked(folder, asked)


def build_asked(folder: Path, asked: Request) -> Path:
    """What is asked for of the toys, built in this process."""
    build(make_plans(asked, toy_task.tasks()), folder, InProcess(), Quiet(), toy_task.tasks)
    return folder


def sources_of(
    folder: Path, *splits: str, family: str = "counting", limit: int | None = None
) -> list[Source]:
    return choose_sources([folder], (family,), splits or ("id,ood",), limit)


def lines_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "records.jsonl").read_text().splitlines()]


def noise_png(seed: int, side: int = 112) -> bytes:
    """A picture that even random weights tell from another."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
