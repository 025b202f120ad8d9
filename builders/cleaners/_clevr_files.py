"""_clevr_files: where are the questions of the CLEVR family, and which scene and picture goes with each?

A folder may lie as its publisher packed it, or in some other way: a JSON file is known by the array in it,
`questions` or `scenes`, or by being one scene; pictures are looked for by name in `images` and beside it.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Literal

from PIL.Image import Image

from builders.cleaner import Record, RefusedError
from builders.cleaners._clevr_program import step_names
from builders.cleaners._clevr_scene import SEVERAL, Scene, essence, read_scene
from builders.cleaners._records import Names, Note, check_object, fields, whole_number
from builders.files import BuildError
from builders.repeats import REPEATS
from builders.source import array_key, first_sign, found, json_file, members
from builders.source_pictures import picture

PLACES: Final = ("*.json", "*/*.json", "*/*/*.json")
PAIRING: Final = "ood-pairing"
# By what a split is called on a disk. CoGenT has two of each: in B cubes and cylinders wear each other's colours.
COGENT: Final[Mapping[str, str]] = {
    "trainA": "train",
    "valA": "val",
    "testA": "test",
    "valB": PAIRING,
    "testB": PAIRING,
}
SPLITS: Final[Mapping[str, str]] = {"train": "train", "val": "val", "test": "test", **COGENT}
_WORDS: Final = re.compile(r"[a-zA-Z]+")

# Of every cleaner that reads such records.
RECORDS: Final[Mapping[str, str]] = {
    "bad-record": "it lacks a question, an answer of a known form or the name of a picture",
    "no-answer": "it has no answer, as in the test split of CLEVR",
    **REPEATS,
}


def json_files(source: Path) -> dict[str, list[Path]]:
    """The JSON files of a source, by what they hold: `questions`, `scenes` or, of a single scene, `objects`."""
    files: dict[str, list[Path]] = {"questions": [], "scenes": [], "objects": []}
    for path in found(source, *PLACES):
        key = array_key(path)
        if key in files:
            files[key].append(path)
        elif path.parent.name == "scenes":
            files["objects"].append(path)
        else:
            _check_other(path)
    return files


def _check_other(path: Path) -> None:
    """Refuse a file that is empty, or has questions or scenes that are not under their key.

    Raises:
        BuildError: it is one.
    """
    sign = first_sign(path)
    if not sign:
        raise BuildError(f"{path} is empty; it is to have an array 'questions' or 'scenes'")
    first = next(members(path, None), None) if sign == "[" else None
    if isinstance(first, dict) and first.keys() & {"question", "objects"}:
        raise BuildError(
            f"{path} is an array; it is to be in an object, as 'questions' or 'scenes'"
        )


Sort = Literal["clevr", "math"]  # of a file's questions: of CLEVR's templates, or CLEVR-Math's
LOOKED_AT: Final = 20  # questions of a file, until one tells its sort
_SUMS: Final = re.compile(r"addition|subtraction|adversarial|multihop", re.IGNORECASE)


def own_files(source: Path, sort: Sort) -> list[Path]:
    """The files that records of a sort are read from."""
    files = json_files(source)
    questions = [path for path in files["questions"] if sort_of(path) in {sort, None}]
    return sorted([*questions, *files["scenes"], *files["objects"]])


def other_files(source: Path, sort: Sort) -> list[Path]:
    """The files of questions of the other sort."""
    return [path for path in json_files(source)["questions"] if sort_of(path) not in {sort, None}]


def sort_of(path: Path) -> Sort | None:
    """Of a file of questions, by the first that has the name of its template or a program; None where none has."""
    for question in islice(members(path, "questions"), LOOKED_AT):
        if isinstance(question, dict):
            template = question.get("template_filename", question.get("template"))
            steps = step_names(question.get("program"))
            if isinstance(template, str) or steps:
                is_sum = _SUMS.search(str(template or "")) or {"addition", "subtraction"} & steps
                return "math" if is_sum else "clevr"
    return None


Questions = Iterable[tuple[Path, int, Any]]  # a file, the number of a question in it, the question


def records(source: Path, sort: Sort, more: Questions = ()) -> Iterator[Record]:
    """Every question of a sort in a source, with its scene, then those that are read in some other way.

    Raises:
        BuildError: there are no questions.
    """
    files = json_files(source)
    listed = (
        (path, number, question)
        for path in files["questions"]
        if sort_of(path) in {sort, None}
        for number, question in enumerate(members(path, "questions"))
    )
    scenes = _scenes(files)
    roots = sorted({path.parent.relative_to(source) for paths in files.values() for path in paths})
    ids = Names()
    for path, number, question in chain(listed, more):
        content = fields(question)
        picture = picture_name(content)
        called = called_split(content, path)
        split = SPLITS[called] if called else _by_number(content)
        name = ids.next(split, _identity(content, number))
        scene = scenes.get(picture or "")
        content[Note.SCENE] = json.loads(scene) if scene else None
        content[Note.PICTURES] = _candidates(picture, called or split, roots)
        place = f"{path.relative_to(source)}, question {number}"
        yield Record(name, split, place, content)
    if not ids and files["questions"]:
        raise BuildError(f"{source} has questions of another dataset only: {files['questions'][0]}")
    if not ids:
        raise BuildError(
            f"{source} has no questions: no JSON file in it, or up to two folders below, has an array 'questions'"
        )


def _scenes(files: Mapping[str, list[Path]]) -> dict[str, bytes]:
    """What is read of every scene, packed, by its picture's name; of several that differ, that they do."""
    packed: dict[str, bytes] = {}
    several = json.dumps(SEVERAL).encode()
    listed = (scene for path in files["scenes"] for scene in members(path, "scenes"))
    single = (json_file(path) for path in files["objects"])
    for scenes in (listed, single):
        for scene in scenes:
            read = essence(scene)
            name = scene.get("image_filename") if read else None
            if isinstance(name, str):
                one = json.dumps(read, separators=(",", ":"), sort_keys=True).encode()
                packed[name] = one if packed.get(name, one) == one else several
    return packed


def picture_name(content: Mapping[str, Any]) -> str | None:
    """The name of a question's picture."""
    name = content.get("image_filename")
    if name is None and isinstance(content.get("image"), str):
        image = content["image"]
        name = image if image.lower().endswith((".png", ".jpg")) else f"{image}.png"
    return name if isinstance(name, str) else None


def called_split(content: Mapping[str, Any], path: Path) -> str | None:
    """What a question, its file or its picture's name calls its split; None where none tells."""
    told = content.get("split")
    words = [told] if isinstance(told, str) else []
    words += [*_WORDS.findall(path.stem), *_WORDS.findall(picture_name(content) or "")]
    known = [word for word in words if word in SPLITS]
    # A name of CoGenT's tells more than one of CLEVR's; else what the question says comes first.
    return next((word for word in known if word in COGENT), known[0] if known else None)


def _by_number(content: Mapping[str, Any]) -> str:
    """The split of one that is not called any: Super-CLEVR tells it by the numbers of its pictures."""
    number = content.get("image_index")
    if content.get("split") != "new" or type(number) is not int:
        return "train"
    return "train" if number < 20_000 else "val" if number < 25_000 else "test"


def _identity(content: Mapping[str, Any], number: int) -> str:
    """Picture and question by their numbers."""
    image, question = content.get("image_index"), content.get("question_index", number)
    return f"{image if type(image) is int else 'x'}-{question if type(question) is int else number}"


def _candidates(picture: str | None, called: str, roots: list[Path]) -> list[str]:
    """Where a picture may lie."""
    if picture is None:
        return []
    places = []
    around = [Path(), *(place for root in roots for place in (root.parent, root))]
    for root in dict.fromkeys(around):
        own = [f"images/{called}/{picture}", f"images/{picture}", f"{called}/{picture}", picture]
        places += [(root / name).as_posix() for name in own]
    return places


def pictures(source: Path, record: Record) -> tuple[Image]:
    """The picture of a record."""
    return (picture(source, record.content[Note.PICTURES]),)


def question_of(record: Record) -> str:
    """The question of a record.

    Raises:
        RefusedError: it has none, or is none at all.
    """
    check_object(record.content)
    question = record.content.get("question")
    if not isinstance(question, str) or not question.strip():
        raise RefusedError("bad-record", f"its question is {question!r}")
    return question.strip()


def scene_of(record: Record, shapes: frozenset[str]) -> Scene:
    """The scene of a record's picture, whose things have these shapes.

    Raises:
        RefusedError: there is none, or it is not what it should be; for one of `SCENES`.
    """
    published = record.content[Note.SCENE]
    if published is None:
        raise RefusedError("no-scene", f"none of {picture_name(record.content)!r}")
    return read_scene(published, shapes)


def number_of(record: Record) -> int | None:
    """The answer of a record, where it is a number.

    Raises:
        RefusedError: it has none, or one of no form that there is.
    """
    answer = record.content.get("answer", record.content.get("label"))
    if answer is None:
        raise RefusedError("no-answer", "it has none")
    number = whole_number(answer)
    if number is None and not isinstance(answer, str | bool):
        raise RefusedError("bad-record", f"its answer is {answer!r}")
    return number
