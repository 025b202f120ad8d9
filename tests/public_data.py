"""Small sources in the forms of the public datasets, written by hand; and where real records are."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

# Real records of the public datasets, which are not ours to put here.
SAMPLES = Path(os.environ.get("RRFT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
RIGHT = (0.6563112735748291, 0.7544902563095093)
BEHIND = (-0.754490315914154, 0.6563112735748291)
# size, color, material, shape, x, y
TABLE = (
    ("large", "red", "rubber", "cube", 0.0, 0.0),
    ("small", "blue", "metal", "sphere", 2.0, 0.0),
    ("small", "red", "metal", "cube", -2.0, 0.0),
    ("large", "gray", "rubber", "cylinder", 0.0, 2.0),
    ("small", "red", "rubber", "sphere", 0.0, -2.0),
)
STREET = (
    ("large", "red", "rubber", "school", 0.0, 0.0),
    ("small", "blue", "metal", "addi", 2.0, 0.0),
    ("small", "red", "metal", "regular", -2.0, 0.0),
    ("large", "gray", "rubber", "road", 0.0, 2.0),
)
Row = tuple[str, str, str, str, float, float]


def write_json(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def write_picture(path: Path, color: str = "white", size: tuple[int, int] = (48, 32)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", size, color).save(path)
    return path


def scene(
    name: str, index: int, rows: Sequence[Row] = TABLE, *, nested: bool = False
) -> dict[str, Any]:
    """A scene as CLEVR has it; nested: as Super-CLEVR writes pixels."""
    objects = []
    for size, color, material, shape, x, y in rows:
        pixel: list[Any] = [100, 80, 11.5]
        objects.append(
            {
                "size": size,
                "color": color,
                "material": material,
                "shape": shape,
                "rotation": 12.5,
                "3d_coords": [x, y, 0.35],
                "pixel_coords": [pixel, [640, 480]] if nested else pixel,
            }
        )
    sides = {"right": RIGHT, "behind": BEHIND}
    sides |= {"left": (-RIGHT[0], -RIGHT[1]), "front": (-BEHIND[0], -BEHIND[1])}
    return {
        "image_index": index,
        "image_filename": name,
        "objects": objects,
        "directions": {side: [*vector, 0.0] for side, vector in sides.items()},
        "relationships": {
            side: [
                [
                    other
                    for other, row in enumerate(rows)
                    if (row[4] - of[4]) * vector[0] + (row[5] - of[5]) * vector[1] > 0.2
                ]
                for of in rows
            ]
            for side, vector in sides.items()
        },
        "split": "train",
    }


def question(text: str, answer: Any, number: int, **others: Any) -> dict[str, Any]:
    """A question of CLEVR's form on the first picture."""
    return {
        "image_filename": "CLEVR_train_000000.png",
        "image_index": 0,
        "question_index": number,
        "split": "train",
        "question": text,
        "answer": answer,
        **others,
    }


def write_clevr(folder: Path, questions: Sequence[Mapping[str, Any]]) -> Path:
    """A folder as CLEVR is unpacked, with two pictures."""
    names = [f"CLEVR_train_{index:06}.png" for index in range(2)]
    scenes = [scene(name, index) for index, name in enumerate(names)]
    info = {"split": "train", "version": "1.0"}
    write_json(folder / "scenes" / "CLEVR_train_scenes.json", {"info": info, "scenes": scenes})
    write_json(
        folder / "questions" / "CLEVR_train_questions.json", {"info": info, "questions": questions}
    )
    for name in names:
        write_picture(folder / "images" / "train" / name)
    return folder


# TRANCE: colour, material, shape, size, place. The last two are outside of the square.
THINGS = (
    ("gray", "metal", "cylinder", "small", (-10, 0)),
    ("yellow", "glass", "cube", "small", (0, -14)),
    ("blue", "rubber", "sphere", "large", (12, 14)),
    ("blue", "metal", "cylinder", "medium", (24, 2)),
    ("red", "rubber", "cube", "medium", (-30, -30)),
)


def things(*changes: tuple[int, str, Any]) -> list[dict[str, Any]]:
    """The objects of a state, with so many changes made."""
    objects: list[dict[str, Any]] = [
        {"color": color, "material": material, "shape": shape, "size": size, "position": list(at)}
        for color, material, shape, size, at in THINGS
    ]
    for number, attribute, value in changes:
        objects[number][attribute] = value
    return objects


def change(thing: int, attribute: str, value: Any) -> dict[str, Any]:
    """A transformation."""
    return {"obj_idx": thing, "attr": attribute, "val": value, "options": [value]}


def trance(
    index: int,
    edits: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """A sample of TRANCE."""
    name = f"img_{index:06}"
    final = {f"Camera_{view}": f"{name}-fin.{view[0]}.png" for view in ("Left", "Right", "Center")}
    return {
        "idx": index,
        "states": [
            {"objects": before or things(), "images": {"Camera_Center": f"{name}-init.C.png"}},
            {"objects": after, "images": final},
        ],
        "transformations": edits,
    }


def write_trance(folder: Path, samples: Sequence[Mapping[str, Any]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in samples))
    for sample in samples:
        for state in sample.get("states", []):
            for name in state["images"].values():
                write_picture(folder / "image" / name)
    return folder
