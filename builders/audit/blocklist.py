"""blocklist: how are a dataset's scenes, questions and pictures known from a file that has none of them?

A header, then a line for each row: its id, 64 bits of its scene, of its question with its pictures, of each
picture, and the look of each picture, from which no more than 16 x 16 shades of gray can be made.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from builders.audit.looks import SIDE
from builders.audit.trace import Trace, Traces, gather
from builders.audit.twins import Key, Part
from builders.files import BuildError, check_writable, write_whole
from builders.parse import parse_json, read_object
from builders.plan import TRAIN
from builders.task import to_json

BITS: Final = 64  # of a scene, a question or a picture
HEADER: Final = {"blocklist": "rrft", "format": 1}


def check_blocklist(path: Path, splits: Collection[Key]) -> None:
    """Find out before any row is read that a blocklist of these splits can be written.

    Raises:
        BuildError: it cannot, or there is nothing to write.
    """
    if all(split == TRAIN for _, split in splits):
        raise BuildError(f"nothing to write to {path}: the dataset has no split but {TRAIN}")
    check_writable(path)


def write_blocklist(path: Path, parts: Sequence[Part]) -> None:
    """Write what must not be learned: all splits but train."""
    told = [part for part in parts if part.key[1] != TRAIN]
    lines = [to_json(HEADER), *(to_json(line) for part in told for line in _lines(part.traces))]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def _lines(traces: Traces) -> Iterator[dict[str, Any]]:
    firsts = np.searchsorted(traces.owners, np.arange(len(traces) + 1))
    for place, name in enumerate(traces.ids):
        pictures = range(firsts[place], firsts[place + 1])
        yield {
            "id": name,
            "scene": _hex(traces.scenes[place]),
            "item": _hex(traces.items[place]),
            "pictures": [_hex(traces.pictures[one]) for one in pictures],
            "looks": [traces.looks[one].tobytes().hex() for one in pictures],
        }


def _hex(bits: Any) -> str:
    return f"{int(bits):016x}"


def read_blocklist(path: Path) -> Traces | None:
    """The traces in a file that begins as a blocklist; None for another.

    Raises:
        BuildError: a line of it is none.
    """
    with path.open("rb") as file:
        is_one = read_object(file.readline()) == HEADER
        return gather(list(_read(path, file))) if is_one else None


def _read(path: Path, lines: Iterable[bytes]) -> Iterator[Trace]:
    for number, line in enumerate(lines, 2):
        try:
            row = parse_json(line)
            looks = tuple(
                np.frombuffer(bytes.fromhex(look), np.uint8).reshape(SIDE * SIDE)
                for look in row["looks"]
            )
            pictures = tuple(int(one, 16) for one in row["pictures"])
            scene, item, name = int(row["scene"], 16), int(row["item"], 16), str(row["id"])
            if len(looks) != len(pictures):
                raise ValueError("not as many looks as pictures")
            if strange := [one for one in (scene, item, *pictures) if not 0 <= one < 1 << BITS]:
                raise ValueError(f"{strange[0]:x} has not {BITS} bits")
        except (ValueError, KeyError, TypeError) as problem:
            raise BuildError(
                f"{path}, line {number}, is no row of a blocklist: {problem}"
            ) from None
        yield Trace(name, 0, 0, 0, scene, item, pictures, looks)
