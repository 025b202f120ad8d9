"""questions: what is known of a test that is no dataset of ours: questions in JSON, and the pictures that they name?

As MathVista has them, and others: `question`, `choices`, and `image` or `image_path`, seen from the file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image

from builders.audit.looks import look_at
from builders.audit.trace import NO_SCENE, Trace, Traces, asked, gather, print_of
from builders.cleaner import RefusedError
from builders.files import BuildError
from builders.parse import parse_json
from builders.shard import pixel_digest
from builders.source import json_file, json_lines
from builders.source_pictures import picture
from builders.task import to_json

IDS: Final = ("pid", "id", "question_id")
PICTURES: Final = ("image", "image_path")


def read_questions(path: Path) -> Traces:
    """The traces of the questions in a file: in an array, under names, or one a line.

    Raises:
        BuildError: it has none, or is no JSON.
    """
    rows = [row for value in _values(path) for row in _objects(value)]
    found = [row for row in rows if isinstance(row.get("question"), str)]
    if not found:
        raise BuildError(
            f"{path} is no blocklist, as `rrft audit DIR --write-hashes FILE` writes them, "
            "and has no questions in JSON"
        )
    return gather([_trace(path.parent, number, row) for number, row in enumerate(found)])


def _values(path: Path) -> list[Any]:
    """What a file holds: a value, or one in each line."""
    with path.open("rb") as file:
        first = file.readline()
    try:
        parse_json(first)
    except ValueError:
        return [json_file(path)]
    return [value for _, value in json_lines(path)]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """A question; those in an array, or under the names of an object."""
    if isinstance(value, dict):
        value = [value] if "question" in value else list(value.values())
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _trace(folder: Path, number: int, row: Mapping[str, Any]) -> Trace:
    name = str(next((row[key] for key in IDS if key in row), number))
    options = row.get("choices")
    question = asked(row["question"], list(map(str, options)) if isinstance(options, list) else [])
    images = _images(folder, row)
    pixels = list(map(pixel_digest, images))
    return Trace(
        id=name,
        key=0,
        question=print_of(question),
        gold=0,
        scene=NO_SCENE,
        # Of one whose picture is not there it says nothing, so that it is like no other's.
        item=print_of(to_json([question, pixels or [name]])),
        pictures=tuple(map(print_of, pixels)),
        looks=tuple(look_at(np.asarray(image.convert("L"))) for image in images),
    )


def _images(folder: Path, row: Mapping[str, Any]) -> Sequence[Image.Image]:
    """The pictures of a question; none where one of them cannot be had."""
    named: Any = next((row[key] for key in PICTURES if row.get(key)), [])
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        return []
    try:
        return [picture(folder, [one.removeprefix("./")]) for one in names]
    except RefusedError:
        return []
