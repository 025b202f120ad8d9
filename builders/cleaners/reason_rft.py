"""reason_rft: the published Reason-RFT-CoT-Dataset: its three tasks, with the thoughts that end in the answer.

Nothing in it tells what a picture shows, so that an answer can be looked at but not derived: those who have
the sources that it was made of do better to clean these.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL.Image import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._options import OPTIONS, check_distinct
from builders.cleaners._records import Names, Note, fields, whole_number
from builders.files import BuildError
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source import found, members
from builders.source_pictures import PICTURES, picture, picture_digest
from builders.task import Family, ends_in
from evaluators import AnyAnswer, Choice, Integer, Number, Program, Status, grade, layout
from evaluators.choice import LETTERS
from evaluators.world import LOOKS, Thing

PLACES: Final = ("*.json", "*/*.json", "*/*/*.json")


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the dataset."""

    family: Family
    split: str
    licence: str


BY_SA: Final = "CC BY-SA 4.0"  # CLEVR-Math
BY: Final = "CC BY 4.0"  # Super-CLEVR
BY_NC: Final = "CC BY-NC 4.0"  # TRANCE
NONE: Final = "none stated"  # Geo170K, MathV360K, and the textbooks of Geometry3K
# By the beginning of a file's name, without the A1- to A3- of the training files.
PARTS: Final[Mapping[str, Part]] = {
    "Visual-Counting-train": Part("counting", "train", BY_SA),
    "Visual-Counting-id-test": Part("counting", "test", BY_SA),
    "Visual-Counting-ood-test": Part("counting", "ood-vehicles", BY),
    "Structure-Perception-train": Part("geometry", "train", NONE),
    "Structure-Perception-id-test": Part("geometry", "test", NONE),
    "Structure-Perception-ood-test": Part("geometry", "ood-textbook", NONE),
    "Spatial-Transformation-train": Part("transformation", "train", BY_NC),
    "Spatial-Transformation-id-test": Part("transformation", "test", BY_NC),
    "Spatial-Transformation-ood-left-test": Part("transformation", "ood-left", BY_NC),
    "Spatial-Transformation-ood-right-test": Part("transformation", "ood-right", BY_NC),
}
REASONS: Final[Mapping[str, str]] = {
    "bad-record": "it lacks a problem, an answer or the name of a picture",
    "answer-not-a-number": "its answer is no number where one is asked for",
    "answer-not-a-program": "its answer is no program of the edits that there are",
    "options-missing": "its answer is a letter, and its problem has no such option",
    **{name: OPTIONS[name] for name in ("answer-repeated", "option-repeated")},
    "objects-missing": "its problem does not list the objects before the changes",
    "edited-twice": "an attribute of a thing is changed twice: a shorter program does the same",
    "changes-nothing": "a change gives a thing what it has",
    "twins": "a changed thing looks as another does, so that its number is a guess",
    "gold-fails": "its answer does not pass the grader of its kind",
    "twin-in-test": "its diagram is in a test split too, as far as it is a problem of geometry",
    **REPEATS,
    **PICTURES,
}


def _part_of(path: Path) -> Part | None:
    name = re.sub(r"^A[123]-", "", path.name)
    return next((part for start, part in PARTS.items() if name.startswith(start)), None)


def files(source: Path) -> list[Path]:
    """The files that records are read from: those of the three tasks, and no others that lie with them."""
    return [path for path in found(source, *PLACES) if _part_of(path)]


def records(source: Path) -> Iterator[Record]:
    """Every record of the three tasks.

    Raises:
        BuildError: there are none.
    """
    ids, tested = Names(), _tested(source)
    for path in files(source):
        part = _part_of(path)
        assert part is not None  # files() has no others
        for number, record in enumerate(members(path, None)):
            content = fields(record)
            if (part.family, part.split) == ("geometry", "train"):
                shown = _digests(source, content, part.split)
                content[Note.TWIN] = next((tested[one] for one in shown if one in tested), None)
            told = content.get("id")
            name = re.sub(r"[^A-Za-z0-9_.-]", "-", str(told)) if told is not None else f"n{number}"
            content["licence"] = part.licence
            place = f"{path.relative_to(source)}, record {number}"
            yield Record(ids.next(part, name), part.split, place, content, part.family)
    if not ids:
        raise BuildError(f"{source} has no files named as {', '.join(sorted(PARTS))}")


def _tested(source: Path) -> Mapping[str, str]:
    """The files of geometry's pictures in the splits that are no training, and a split of each.

    Its training and its tests were drawn from sources that have several problems for a figure, and figures of one another.
    """
    tested: dict[str, str] = {}
    for path in files(source):
        part = _part_of(path)
        if part is not None and part.family == "geometry" and part.split != "train":
            for record in members(path, None):
                tested |= dict.fromkeys(_digests(source, record, part.split), part.split)
    return tested


def _digests(source: Path, record: Any, split: str) -> list[str]:
    """By what the pictures of a record are known; nothing where they cannot be had."""
    try:
        names = _names(record) if isinstance(record, dict) else []
    except RefusedError:
        return []
    found = (picture_digest(source, tuple(_places(name, split))) for name in names)
    return [digest for digest in found if digest is not None]


def clean(record: Record) -> Draft:
    """The row of a record.

    Raises:
        RefusedError: it becomes none.
    """
    content = record.content
    problem, written = (
        content.get("problem_no_prompt") or content.get("problem"),
        content.get("answer"),
    )
    if (
        not isinstance(problem, str)
        or not problem.strip()
        or not isinstance(written, str | int | float)
    ):
        raise RefusedError("bad-record", f"problem {problem!r}, answer {written!r}")
    question, answer = READERS[record.family or "counting"](
        _unprompted(problem), str(written).strip()
    )
    _names(content)
    if not _passes("", answer):
        raise RefusedError("gold-fails", repr(answer.text()))
    if twin := content.get(Note.TWIN):
        raise RefusedError("twin-in-test", f"one picture in two splits, {twin} and its own")
    thought, fate = _thought(content.get("cot"), answer)
    return Draft(
        question=question,
        answer=answer,
        thought=thought,
        kind=f"{answer.kind}s",
        depth=len(answer.edits) if isinstance(answer, Program) else 1,
        scene={"licence": content["licence"], "published_thought": fate},
    )


def pictures(source: Path, record: Record) -> tuple[Image, ...]:
    """The picture of a record, or both."""
    places = (_places(name, record.split) for name in _names(record.content))
    return tuple(picture(source, one) for one in places)


def _names(content: Mapping[str, Any]) -> list[str]:
    names = content.get("image")
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise RefusedError("bad-record", f"pictures {names!r}")
    return names


def _places(name: str, split: str) -> list[str]:
    """Where a picture may lie; not where those of the other files do, which may be called the same."""
    own = "train_images/" if split == "train" else "test_images/"
    return [
        f"{folder}{name.removeprefix('./')}" for folder in (f"images/{own}", own, "images/", "")
    ]


_PROMPT: Final = re.compile(
    r"(?:Please select the correct answer by writing the letter\b|Output the thinking process in\b).*",
    re.DOTALL,
)


def _unprompted(problem: str) -> str:
    """A problem without the dataset's own prompt behind it: ours comes when it is asked."""
    return _PROMPT.sub("", problem).strip()


Read = tuple[str, AnyAnswer]  # what is asked, and its answer


def _counting(problem: str, written: str) -> Read:
    number = whole_number(written)
    if number is None:
        raise RefusedError("answer-not-a-number", repr(written))
    return problem, Integer(number)


_LETTER: Final = r"(?:\(([A-J])\)|([A-J])\s?[:.)])\s*"
# The letters of options: each at the beginning of a line, or else anywhere.
_MARKS: Final = (re.compile(rf"^[ \t]*{_LETTER}", re.MULTILINE), re.compile(rf"(?<!\S){_LETTER}"))
# Where a list of options may begin: behind such a word, or at an A that may as well be a point's.
_HEADING: Final = re.compile(r"\b(?:Choices|Options)\s?:?\s*(?=\(?A\s?[:.)])", re.IGNORECASE)
_FIRST: Final = re.compile(r"(?<!\S)(?=\(?A\s?[:.)])")


def _geometry(problem: str, written: str) -> Read:
    letter = written.strip("(). ")
    if len(letter) != 1 or not letter.isalpha():
        try:
            return problem, Number(written)
        except ValueError:
            raise RefusedError("answer-not-a-number", repr(written)) from None
    question, options = _listed(problem)
    if letter not in LETTERS[: len(options)]:
        raise RefusedError("options-missing", f"{written!r} of {options}")
    check_distinct(options, LETTERS.index(letter))
    # The prompt lists the options anew, by their letters.
    return question, Choice(letter, tuple(options))


MOST_STARTS: Final = 20  # at the end of a problem, of those where its list may begin


def _listed(problem: str) -> tuple[str, list[str]]:
    """What a problem asks, and the options that it ends in, if there are any."""
    headings, firsts = list(_HEADING.finditer(problem)), list(_FIRST.finditer(problem))
    for start in headings[-1:] or firsts[: -MOST_STARTS - 1 : -1]:
        for mark in _MARKS:
            if options := _options(problem[start.end() :], mark):
                return problem[: start.start()].strip(), options
    return problem, []


def _options(text: str, mark: re.Pattern[str]) -> list[str]:
    """The options in a text, whose letters run from A; none where they do not, or there are fewer than two."""
    starts: list[re.Match[str]] = []
    for match in mark.finditer(text):
        place = LETTERS.index(match[1] or match[2])
        if place > len(starts):
            return []
        if place == len(starts):  # else it is a point's name in an option
            starts.append(match)
    ends = [*(one.start() for one in starts[1:]), len(text)]
    options = [text[one.end() : end].strip() for one, end in zip(starts, ends, strict=False)]
    return options if len(options) > 1 and all(options) else []


_QUOTE: Final = r"['\"]?"
_OBJECT: Final = re.compile(
    rf"\(\s*{_QUOTE}(\d{{1,2}}){_QUOTE}"
    + "".join(rf",\s*{_QUOTE}(\w+){_QUOTE}" for _ in LOOKS)
    + r"\s*\)"
)
_ORDER: Final = ("shape", "size", "color", "material")  # of an object's attributes in the problem


def _transformation(problem: str, written: str) -> Read:
    listed = _OBJECT.findall(problem)
    objects = [dict(zip(_ORDER, looks, strict=True)) for _, *looks in listed]
    if not listed or [int(number) for number, *_ in listed] != list(range(len(listed))):
        raise RefusedError("objects-missing", f"{len(listed)} in its problem")
    try:
        answer = Program.from_fields({"gold": written, "scene": objects})
    except ValueError as fault:
        raise RefusedError("answer-not-a-program", str(fault)) from None
    _check_edits(answer)
    return problem, answer


def _check_edits(answer: Program) -> None:
    changed = Counter((edit.object, edit.attribute) for edit in answer.edits)
    for (number, attribute), times in changed.items():
        if times > 1:
            raise RefusedError("edited-twice", f"{attribute} of object {number}")
        if answer.scene.count(answer.scene[number]) > 1:
            raise RefusedError("twins", f"object {number}: {_shown(answer.scene[number])}")
    for edit in answer.edits:
        if (
            edit.attribute in LOOKS
            and getattr(answer.scene[edit.object], edit.attribute) == edit.value
        ):
            raise RefusedError("changes-nothing", f"{edit.text()}: it is so already")


def _shown(thing: Thing) -> str:
    return " ".join(getattr(thing, look) for look in LOOKS)


READERS: Final[Mapping[str, Callable[[str, str], Read]]] = {
    "counting": _counting,
    "geometry": _geometry,
    "transformation": _transformation,
}

_TAG: Final = re.compile(r"</?(?:think|answer)>")


def _thought(cot: Any, answer: AnyAnswer) -> tuple[str, str]:
    """A published thought that ends in the answer, else none; and what became of it."""
    if not isinstance(cot, str) or not cot.strip():
        return "", "none"
    before, opened, after = cot.rpartition("<answer>")
    claimed = after.partition("</answer>")[0].strip() if opened else None
    text = _TAG.sub("", before if opened else cot).strip()
    if claimed is not None:
        score = answer.score(claimed)
        if score is None or score.value != 1:
            return "", "ends in another answer"
        if not ends_in(text, answer.text()):
            text = f"{text} {answer.text()}".strip()  # what its own answer says
    if not ends_in(text, answer.text()) or not _passes(text, answer):
        return "", "does not end in the answer"
    return text, "kept"


def _passes(thought: str, answer: AnyAnswer) -> bool:
    verdict = grade(layout(thought, answer.text()), answer)
    return verdict.status is Status.CORRECT and verdict.score == 1


CLEANER: Final = Cleaner(
    name="reason-rft",
    family="counting",
    version=4,
    summary="The paper's own data: counting, structure and transformation, with thoughts where they hold.",
    source="https://huggingface.co/datasets/tanhuajie2001/Reason-RFT-CoT-Dataset",
    licence="by row: the sources that it was made of keep theirs",
    # Not those of geometry: the strictest licence of a family's rows counts.
    may_be_shared=frozenset({"counting", "transformation"}),
    reasons=REASONS,
    files=files,
    records=records,
    clean=clean,
    pictures=pictures,
    # A test's picture may be called as one of training is.
    pictured=lambda record: (record.split, _names(record.content)),
    solve=None,
    shifts={
        "ood-vehicles": "pictures of Super-CLEVR, not of CLEVR",
        "ood-textbook": "problems of Geometry3K, not of Geo170K",
        "ood-left": "the second picture taken 41° further to the left",
        "ood-right": "the second picture taken 41° further to the right",
    },
)
