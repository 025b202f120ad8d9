"""journal: what a stage logged, and the alarms it raised, a line of JSON each: appended as they come.

Where a stage goes on, both are cut back to the step that it goes on from.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from builders.files import BuildError, named, write_whole
from builders.parse import read_object

JOURNAL: Final = "log.jsonl"  # in a stage's folder
ALARMS: Final = "alarms.jsonl"  # beside it


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Write a line; it outlives this process from here on."""
    with named(path), path.open("ab") as file:
        file.write(json.dumps(dict(row)).encode() + b"\n")


def read(path: Path) -> list[dict[str, Any]]:
    """The lines so far; a last one that a kill cut short is none. A loss may be NaN.

    Raises:
        BuildError: one is damaged.
    """
    if not path.exists():
        return []
    with named(path):
        lines = path.read_bytes().split(b"\n")
    rows = []
    for number, line in enumerate(lines[:-1], start=1):
        if not line:
            continue
        row = read_object(line)
        if row is None:
            raise BuildError(f"{path} is damaged: line {number} is no JSON object")
        rows.append(row)
    return rows


def cut_back(path: Path, step: int) -> None:
    """Leave the lines up to a step: what comes after it is done, and logged, again."""
    rows = read(path)
    kept = [row for row in rows if row["step"] <= step]
    if path.exists():  # a line that was cut short goes too
        write_whole(path, b"".join(json.dumps(row).encode() + b"\n" for row in kept))
