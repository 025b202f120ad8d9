"""super_clevr: the counting questions of Super-CLEVR, and those of R1-V on the number of items."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._clevr_english import VEHICLES, Count, count
from builders.cleaners._clevr_files import other_files, own_files, pictures
from builders.cleaners._clevr_files import records as question_records
from builders.cleaners._clevr_scene import LOOKS, Scene, stored_scene
from builders.cleaners.clevr import COUNTING_REASONS, counting_draft
from builders.sample import Draft
from builders.source import found, json_lines
from evaluators import Integer

LISTS: Final = ("*.jsonl", "*/*.jsonl", "*/*/*.jsonl")
NUMBER: Final = re.compile(r"[0-9]{6}")  # of a picture
HOW_MANY: Final = "How many different items are there in the image?"  # of R1-V, word for word


def files(source: Path) -> list[Path]:
    """The files that records are read from."""
    return [*own_files(source, "clevr"), *found(source, *LISTS)]


def records(source: Path) -> Iterator[Record]:
    """Super-CLEVR's own questions, then R1-V's."""
    return question_records(source, "clevr", _lists(source))


def _lists(source: Path) -> Iterator[tuple[Path, int, Any]]:
    """R1-V's questions in the form of the others."""
    for path in found(source, *LISTS):
        for number, line in json_lines(path):
            yield path, number, _renamed(line) if isinstance(line, dict) else line


def _renamed(line: Mapping[str, Any]) -> dict[str, Any]:
    name = PurePosixPath(str(line.get("image_path"))).name
    digits = NUMBER.search(name)
    return {
        "image_filename": name,
        "image_index": int(digits[0]) if digits else None,
        "split": "new",
        "question": line.get("question"),
        "answer": line.get("ground_truth"),
    }


def clean(record: Record) -> Draft:
    """The row of a record."""
    return counting_draft(record, VEHICLES, counted)


def counted(question: str, scene: Scene) -> Count:
    """What a question asks for.

    Raises:
        RefusedError: it is not understood, or means one thing or another.
    """
    if question != HOW_MANY:
        return count(question, scene)
    looks = [tuple(thing.looks[look] for look in LOOKS) for thing in scene.things]
    if len(set(looks)) < len(looks):
        raise RefusedError("alike", f"{len(looks)} things, of which {len(set(looks))} differ")
    return Count("count", 1, frozenset(range(len(looks))))


def solve(question: str, scene: Mapping[str, Any]) -> Integer:
    """The number that a question asks for."""
    return Integer(len(counted(question, stored_scene(scene)).found))


CLEANER: Final = Cleaner(
    name="super-clevr",
    family="counting",
    version=3,
    summary="Super-CLEVR: how many vehicles are there, to a side of others, like others, this or that?",
    source="https://huggingface.co/datasets/RyanWW/Super-CLEVR",
    paper="Li et al., Super-CLEVR: A Virtual Benchmark to Diagnose Domain "
    "Robustness in Visual Reasoning, CVPR 2023, arXiv:2212.00259",
    # Its JSON says so; the card on the Hub says MIT.
    licence="CC BY 4.0",
    may_be_shared=frozenset({"counting"}),
    reasons={
        **COUNTING_REASONS,
        "alike": "it asks for `different items`, and two in its scene look alike",
    },
    files=files,
    records=records,
    others=partial(other_files, sort="clevr"),
    clean=clean,
    pictures=pictures,
    solve=solve,
    shifts=dict.fromkeys(("train", "val", "test"), "vehicles, not CLEVR's solids"),
)
