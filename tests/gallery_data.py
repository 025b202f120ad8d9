"""A small dataset with pictures, masks and texts of every sort, for the tests of the gallery."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw

from builders.scenes.rle import encode

COLORS = {"red": (190, 40, 40), "blue": (50, 70, 200), "green": (30, 140, 70)}
WIDTH, HEIGHT = 160, 120
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write_dataset(folder: Path, per_split: int = 30) -> Path:
    """Three splits of counting with masks, and one of geometry without; answers 0 to 4."""
    for split in ("train", "test", "ood-crowd"):
        rows = [counting_row(split, index) for index in range(per_split)]
        # Two shards, for readers that take the first only.
        write_shard(folder, rows[: per_split // 2], "counting", f"{split}-00000-of-00002")
        write_shard(folder, rows[per_split // 2 :], "counting", f"{split}-00001-of-00002")
    rows = [geometry_row(index) for index in range(4)]
    write_shard(folder, rows, "geometry", "test-00000-of-00001")
    return folder


def write_shard(folder: Path, rows: list[dict[str, Any]], family: str, name: str) -> None:
    table = pa.Table.from_pylist(rows).cast(
        pa.schema(
            [
                (column, pa.list_(IMAGE))
                if column == "images"
                else (column, pa.list_(pa.string()))
                if column == "options"
                else (column, pa.int64() if column == "depth" else pa.string())
                for column in rows[0]
            ]
        )
    )
    path = folder / "data" / family / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:  # whose name pyarrow would take in UTF-8 only
        pq.write_table(table, file)


def counting_row(split: str, index: int) -> dict[str, Any]:
    colors = [name for name in COLORS for _ in range(2)][: 2 + index % 5]
    boxes = [(8 + 24 * place, 40, 28 + 24 * place, 60) for place in range(len(colors))]
    task = ("count", "add-subtract")[index % 2]
    number = colors.count("red")
    return {
        "id": f"{task}/{split}/{index // 2}",
        "family": "counting",
        "task": task,
        "kind": ("plain count", "subtract")[index % 2],
        "split": split,
        "images": [picture(colors, boxes)],
        "question": "How many red discs are there?",
        "answer": str(number),
        "gold": "{}",
        "options": [],
        "thought": f"I look for red discs.\nThere are {number} of them: {number}",
        "depth": 1 + index % 3,
        "scene": json.dumps(
            {"objects": [thing(*each) for each in zip(colors, boxes, strict=True)]}
        ),
    }


def geometry_row(index: int) -> dict[str, Any]:
    return counting_row("test", index) | {
        "id": f"missing-angle/test/{index}",
        "family": "geometry",
        "task": "missing-angle",
        "kind": "angle",
        "question": "How large is the angle at B?",
        "answer": "BCD"[index % 3],
        "options": ["30°", "45°", "5√3", "x + 2"],
        "images": [picture([], []), picture(["red"], [(60, 40, 90, 70)])],
        "scene": json.dumps({"points": {"A": [0, 1]}}),
    }


def picture(colors: list[str], boxes: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    image = Image.new("RGB", (WIDTH, HEIGHT), (150, 150, 150))
    draw = ImageDraw.Draw(image)
    for color, box in zip(colors, boxes, strict=True):
        draw.ellipse(box, fill=COLORS[color])
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def thing(color: str, box: tuple[int, int, int, int]) -> dict[str, Any]:
    image = Image.new("1", (WIDTH, HEIGHT))
    ImageDraw.Draw(image).ellipse(box, fill=1)
    mask = np.asarray(image)
    return {
        "shape": "disc",
        "color": color,
        "size": "large",
        "material": "rubber",
        "x": 1.23456,
        "visible": 1.0,
        "pixels": int(mask.sum()),
        "box": list(box),
        "mask": {"size": [HEIGHT, WIDTH], "counts": encode(mask)},
    }
