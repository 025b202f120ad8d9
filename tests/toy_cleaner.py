"""A cleaner of dots, for the tests of cleaning; other processes find it by import.

Where `TOY_SECONDS` is set, each record takes so long.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source_pictures import PICTURES
from evaluators import AnyAnswer, Integer


def write_source(folder: Path, rows: int = 130) -> Path:
    """Numbers in two splits; every seventh is odd and every eleventh too large."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, share in (("test", rows // 2), ("train", rows)):
        lines = [json.dumps({"n": number % 5, "odd": number % 7 == 3, "large": number % 11 == 5})
                 for number in range(share)]  # fmt: skip
        (folder / f"{split}.jsonl").write_text("\n".join(lines))
    return folder


def files(source: Path) -> list[Path]:
    return sorted(source.glob("*.jsonl"))


def records(source: Path) -> Iterator[Record]:
    for path in files(source):
        for number, line in enumerate(path.read_text().splitlines()):
            content = {**json.loads(line), "line": number, "file": path.stem}
            identity = content.get("id", f"r{number}")
            yield Record(identity, path.stem, f"{path.name}, line {number + 1}", content)


def clean(record: Record) -> Draft:
    time.sleep(float(os.environ.get("TOY_SECONDS", "0")))
    if record.content["odd"]:
        raise RefusedError("odd", f"n = {record.content['n']}")
    if record.content["large"]:
        raise RefusedError("large", f"n = {record.content['n']}")
    number = record.content["n"]
    return Draft(
        question="How many dots are there?",
        answer=Integer(number),
        thought=record.content.get("thought", ""),
        kind="dots",
        depth=1,
        scene={"dots": record.content.get("dots", number)},
    )


def pictures(source: Path, record: Record) -> tuple[Image.Image]:
    if record.content.get("unseen"):
        raise RefusedError("picture-missing", f"{source}/a.png or {source}/b.png")
    shade = record.content["line"] + 140 * (record.content["file"] == "test")
    return (Image.new("RGB", (8, 8), (shade, 0, 0)),)


def solve(_question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    return Integer(scene["dots"])


DOTS = Cleaner(
    name="toy-dots",
    family="counting",
    version=1,
    summary="How many dots?",
    source="nowhere",
    licence="CC BY 4.0",
    may_be_shared=frozenset({"counting"}),
    reasons={"odd": "it is odd", "large": "it is too | large", **REPEATS, **PICTURES},
    files=files,
    records=records,
    clean=clean,
    pictures=pictures,
    solve=solve,
)


@cache
def cleaners() -> Mapping[str, Cleaner]:
    return {"toy-dots": DOTS, "toy-newer": replace(DOTS, name="toy-newer", version=2)}
