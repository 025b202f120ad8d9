"""_geoqa_forms: in which forms do GeoQA and its relatives lie on a disk, and where are their records?

A row tells its form by its keys. Pickles, or JSON with the same keys, have choices and a program; Geo170K has conversations;
G-LLaVA's test has questions in one file and letters in another; R1-V's has a value.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from builders.cleaner import Record
from builders.cleaners._paths import places_of
from builders.cleaners._pickles import load_pickle
from builders.cleaners._records import Note, fields
from builders.cleaners._twins import owners, twin
from builders.files import BuildError
from builders.source import first_sign, found, json_lines, members
from builders.source_pictures import picture_digest
from evaluators.choice import LETTERS

PICKLES: Final = (".pk", ".pkl", ".pickle")
ENDINGS: Final = (*PICKLES, ".json", ".jsonl")
PROBLEM, TALK, LETTER, VALUE = "problem", "talk", "letter", "value"  # the forms
NONE: Final = "none"  # of a row among others that have one
# What a file's name says of its split, else the form does.
NAMED: Final = (("test", "test"), ("val", "val"), ("dev", "val"), ("train", "train"))
SPLIT_OF: Final = {PROBLEM: "train", TALK: "train", LETTER: "test", VALUE: "test"}
NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def files(source: Path) -> list[Path]:
    """All that may hold records."""
    return found(source, *(f"{folder}*{end}" for folder in ("", "*/") for end in ENDINGS))


def records(source: Path) -> Iterator[Record]:
    """The records of all forms, file by file; a file of other things has none, a row of none of the forms is one."""
    paths = files(source)
    aside = _Aside(source, paths)
    there = False
    for path in paths:
        place = path.relative_to(source)
        usual = next((form for _, row in _rows(path) if (form := _form(row))), None)
        if usual is None:
            continue
        for number, row in _rows(path):
            if _is_letter(row):
                continue  # the answer of a question, whose record it is part of
            there = True
            form, content = _form(row) or NONE, fields(row)
            split = _split(path, form if form in SPLIT_OF else usual)
            told = f", id {content['id']}" if "id" in content else ""
            yield Record(
                id="-".join((*place.with_suffix("").parts, str(number))),
                split=split,
                place=f"{place}, number {number}{told}",
                content={
                    **{key: value for key, value in content.items() if not _is_array(value)},
                    **aside.of(form, split, path, number, content),
                    Note.FORM: form,
                    Note.FILE: str(place),
                },
            )
    if not there:
        raise BuildError(
            f"{source} holds no problems of GeoQA: no {', '.join(ENDINGS)} file there has any"
        )


def pixels(path: Path, number: int) -> object:
    """The picture that lies in a pickle, by the record's number."""
    return _pickled(path)[number - 1][1].get("image")


def picture_name(form: str, row: Mapping[Any, Any]) -> object:
    """What a row that is no pickle's calls its picture."""
    return row.get("image_path" if form == VALUE else "image")


def numbers_in(text: str) -> tuple[float, ...]:
    """The numbers in a question, by size."""
    return tuple(sorted(float(number) for number in NUMBER.findall(text)))


def asked(row: Mapping[str, Any]) -> str:
    """What the human says in a conversation."""
    return _said(row, "human")


def replied(row: Mapping[str, Any]) -> str:
    """What the model says in a conversation."""
    return _said(row, "gpt")


def _said(row: Mapping[str, Any], who: str) -> str:
    turns = row.get("conversations")
    for turn in turns if isinstance(turns, list) else []:
        if isinstance(turn, dict) and turn.get("from") == who:
            return str(turn.get("value") or "")
    return ""


class _Aside:
    """What must be known of all files before the first record of one is told."""

    def __init__(self, source: Path, paths: list[Path]) -> None:
        self._source = source
        self._letters: dict[str, set[str]] = defaultdict(set)
        self._numbers: dict[str, Counter[tuple[float, ...]]] = defaultdict(Counter)
        # Each split with the digest of a picture's file that it has.
        self._files: set[tuple[str, tuple[str]]] = set()
        packed: list[tuple[str, tuple[str, ...]]] = []
        for path in paths:
            self._look(path)
            if path.suffix in PICKLES:
                packed += [(_split(path, PROBLEM), keys) for keys in _pictures(path).values()]
        self._owned = owners([*packed, *self._files])

    def _look(self, path: Path) -> None:
        for _, row in _rows(path):
            form = _form(row)
            if form in SPLIT_OF:
                self._files |= {(_split(path, form), (key,)) for key in self._digests(form, row)}
            if form == TALK:
                question = asked(row).partition("Choices:")[0]
                self._numbers[str(row.get("image"))][numbers_in(question)] += 1
            elif _is_letter(row):
                self._letters[str(row["question_id"])].add(row["text"].strip())

    def of(
        self, form: str, split: str, path: Path, number: int, row: Mapping[str, Any]
    ) -> dict[Note, Any]:
        """What they say of a record."""
        if form == PROBLEM and path.suffix in PICKLES:
            keys = _pictures(path).get(number, ())
            return {Note.TWIN: twin(split, keys, self._owned), Note.NUMBER: number}
        said: dict[Note, Any] = {Note.TWIN: twin(split, self._digests(form, row), self._owned)}
        if form == LETTER:
            said[Note.LETTERS] = sorted(self._letters[str(row["question_id"])])
        if form == TALK:
            said[Note.FIGURE] = self._most(str(row.get("image")))
        return said

    def _digests(self, form: str, row: Mapping[Any, Any]) -> list[str]:
        """By what the picture of a row that is no pickle's is known; nothing where it cannot be had."""
        digest = picture_digest(self._source, tuple(places_of(picture_name(form, row))))
        return [] if digest is None else [digest]

    def _most(self, image: str) -> tuple[float, ...] | None:
        """The numbers that most questions about a picture have; None where none are ahead."""
        (first, times), *others = self._numbers[image].most_common(2)
        return None if others and others[0][1] == times else first


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    """The rows of a file, from 1; none where it is no list."""
    if path.suffix in PICKLES:
        yield from _pickled(path)
    elif path.suffix == ".jsonl":
        yield from json_lines(path)
    elif first_sign(path) == "[":
        yield from enumerate(members(path, None), start=1)


@lru_cache(maxsize=1)  # a file of GeoQA takes hundreds of megabytes
def _pickled(path: Path) -> list[tuple[int, Any]]:
    content = load_pickle(path)
    return list(enumerate(content, start=1)) if isinstance(content, list) else []


@lru_cache(maxsize=16)
def _pictures(path: Path) -> Mapping[int, tuple[str, ...]]:
    """By what the picture of each record in a pickle is known."""
    return {
        number: (sha256(repr(row["image"].shape).encode() + row["image"].tobytes()).hexdigest(),)
        for number, row in _pickled(path)
        if isinstance(row, dict) and _is_array(row.get("image"))
    }


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _is_named(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("question_id"), int | str)


def _is_letter(row: object) -> bool:
    """Whether a row is the answer of G-LLaVA's form to a question in another row."""
    if not isinstance(row, dict) or not _is_named(row) or "image" in row:
        return False
    text = row.get("text")
    return isinstance(text, str) and text.strip() in list(LETTERS)


def _form(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    if row.keys() & {"choices", "manual_program", "proving_sequence"}:
        return PROBLEM
    if "conversations" in row:
        return TALK
    if _is_named(row) and "image" in row:
        return LETTER
    return VALUE if "ground_truth" in row else None


def _split(path: Path, form: str) -> str:
    stem = path.stem.lower()
    return next((split for word, split in NAMED if word in stem), SPLIT_OF[form])
