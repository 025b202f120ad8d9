"""checkpoints: from where does training go on after a kill? From the newest point that is whole."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from builders.files import write_whole
from builders.parse import object_in

NAME: Final = re.compile(r"checkpoint-([0-9]+)")
WHOLE: Final = "whole.json"  # written last: the size of every other file
KEPT: Final = 2


def mark_whole(folder: Path) -> None:
    """Say that all of a checkpoint is there."""
    write_whole(folder / WHOLE, json.dumps(_sizes(folder), indent=1).encode())


def is_whole(folder: Path) -> bool:
    """Whether all that was said to be there is there, in its size."""
    said, there = object_in(folder / WHOLE), _sizes(folder)
    return said is not None and all(there.get(name) == size for name, size in said.items())


def step_of(folder: Path) -> int:
    """How many steps were done at a checkpoint."""
    name = NAME.fullmatch(folder.name)
    assert name is not None, folder
    return int(name[1])


def newest_whole(folder: Path) -> Path | None:
    """The newest whole checkpoint in a folder of them; None if there is none."""
    return next((one for one in _newest_first(folder) if is_whole(one)), None)


def clear_after(folder: Path, kept: Path | None) -> list[Path]:
    """Remove the checkpoints that are newer than one, which are not whole; all of them for none."""
    step = -1 if kept is None else step_of(kept)
    removed = [one for one in _newest_first(folder) if step_of(one) > step]
    for one in removed:
        shutil.rmtree(one)
    return removed


def _newest_first(folder: Path) -> Iterator[Path]:
    there = [one for one in folder.glob("*/") if NAME.fullmatch(one.name)]
    yield from sorted(there, key=step_of, reverse=True)


def _sizes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != WHOLE
    }
