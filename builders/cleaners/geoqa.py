"""geoqa: which problems of GeoQA and its relatives have an answer that holds?

The pickles of GeoQA, GeoQA+ and UniGeo bring a program for each problem: it is run, and a row is kept where it comes to the right
option. Geo170K, its test in G-LLaVA's form and R1-V's test bring none: their rows are kept where their parts agree, and `solve` has
no answer for them.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn

import numpy as np
from PIL import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._geoqa_forms import (
    LETTER,
    NONE,
    PROBLEM,
    TALK,
    VALUE,
    asked,
    files,
    numbers_in,
    picture_name,
    pixels,
    records,
    replied,
)
from builders.cleaners._options import OPTIONS, as_number, choice_of, value_of
from builders.cleaners._paths import named_picture
from builders.cleaners._programs import PROGRAMS, Step, run, told
from builders.cleaners._records import Note, check_object, names
from builders.cleaners._twins import TWINS, check_twin
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source_pictures import MOST_PIXELS, PICTURES
from evaluators import AnyAnswer, Choice, Number
from evaluators.choice import LETTERS

# How far a program may come from the right option, which is rounded.
SHARE: Final = 0.005
ROUNDING: Final = 0.01

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad-record": "it is a row of none of the forms, in a file of others that are",
        "proof": "it asks for a proof, which has no answer to compare with",
        "text-missing": "it has no text that asks for anything",
        "answer-missing": "neither a letter nor a value is given as its answer, or several letters are",
        "numbers-missing": "it has no list of numbers, or its question names one that is not in it",
        "option-garbled": "an option begins with a stray point, such as `.70°` for `70°`",
        **OPTIONS,
        "solution-disagrees": "the written solution ends in another letter than the answer's",
        **PROGRAMS,
        "from-geometry3k": "its picture is one of Geometry3K, which has a cleaner of its own",
        "numbers-disagree": "most questions about its picture have other numbers: it shows those",
        **TWINS,
        **REPEATS,
        **PICTURES,
    }
)


# Problems with a program.


def _problem(row: Mapping[Any, Any]) -> Draft:
    if not row.get("choices"):
        raise RefusedError("proof", f"it has no choices; its keys: {', '.join(names(row))}")
    if not isinstance(row.get("numbers"), list | tuple):
        raise RefusedError("numbers-missing", f"the numbers are {row.get('numbers')!r}")
    question, is_english = _filled(row)
    texts = [_option(str(text), is_english=is_english) for text in _listed(row, "choices")]
    label = row.get("label")
    if type(label) is not int:  # True is a number for Python
        raise RefusedError("answer-missing", f"the label is {label!r}")
    choice = choice_of(
        texts,
        label,
        _listed(row, "choice_nums") if row.get("choice_nums") is not None else None,
    )
    _check_solution(choice.letter, row.get("answer"))
    program = row.get("manual_program")
    # What is no number is in no step, and in no JSON either.
    numbers = [None if as_number(one) is None else one for one in _listed(row, "numbers")]
    steps = run(program, numbers)
    if _fitting(steps[-1].value, texts) != choice.letter:
        raise RefusedError(
            "program-disagrees", f"{told(steps[-1].value)}, the answer is {texts[label]!r}"
        )
    return Draft(
        question=question,
        answer=choice,
        thought=_thought(steps, choice.letter),
        kind=_kind(texts[LETTERS.index(choice.letter)]),
        depth=len(steps),
        scene={"program": list(program or ()), "numbers": numbers, "options": texts},
    )


def _filled(row: Mapping[Any, Any]) -> tuple[str, bool]:
    """The question, and whether it is in English; the signs that the translation lost are back."""
    english, numbers = row.get("English_problem"), _listed(row, "numbers")
    if not isinstance(english, str) or not english.strip():
        return _said(row.get("subject")), False
    signs = _signs(_listed(row, "token_list"))

    def number(name: re.Match[str]) -> str:
        place = int(name[1])
        value = as_number(numbers[place]) if place < len(numbers) else None
        if value is None:
            raise RefusedError("numbers-missing", f"the question has no number {name[0]}")
        return f"{value:.10g}{signs.get(place, '')}"

    return _said(re.sub(r"N_(\d{1,3})", number, english)), True


def _listed(row: Mapping[Any, Any], key: str) -> list[Any]:
    """What a row lists under a key; nothing where that is no list."""
    value = row.get(key)
    return list(value) if isinstance(value, list | tuple) else []


def _signs(tokens: Sequence[Any]) -> dict[int, str]:
    """What stands behind each number in the Chinese text: a sign of degrees, a unit."""
    signs = {}
    for place, token in enumerate(tokens):
        if name := re.fullmatch(r"N_(\d{1,3})", str(token)):
            behind = "".join(map(str, tokens[place + 1 : place + 4]))
            unit = next((sign for word, sign in UNITS if behind.startswith(word)), None)
            if unit is None and re.match(r"(?:c?m|km)(?![A-Za-z])", behind):
                unit = " " + re.split(r"(?<=m)", behind)[0]
            signs[int(name[1])] = unit or ""
    return signs


UNITS: Final = (
    ("平方厘米", " cm²"),
    ("平方米", " m²"),
    ("厘米", " cm"),
    ("毫米", " mm"),
    ("千米", " km"),
    ("米", " m"),
    ("度", "°"),
    ("°", "°"),
)


def _option(text: str, *, is_english: bool) -> str:
    """An option, its Chinese unit in English where the question is."""
    whole = _tidy(text)
    if re.match(r"\.\d{2,3}°", whole):
        raise RefusedError("option-garbled", repr(text))
    for word, sign in UNITS if is_english else ():
        whole = whole.replace(word, sign)
    return whole


def _check_solution(letter: str, solution: object) -> None:
    ends = re.findall(r"故(?:答案)?(?:应)?选(?:择)?[:：]?\s*([A-D])", str(solution or ""))
    if ends and ends[-1] != letter:
        raise RefusedError("solution-disagrees", f"it ends in {ends[-1]}, the answer is {letter}")


def _fitting(value: float, texts: Sequence[str]) -> str | None:
    """The letter of the option that a value is; None where it is none of them."""
    values = [(value_of(text), letter) for text, letter in zip(texts, LETTERS, strict=False)]
    gaps = [(abs(value - one), one, letter) for one, letter in values if one is not None]
    # Of options that only the source knows the values of, none has one here.
    gap, nearest, letter = min(gaps, default=(math.inf, 0, ""))
    return letter if gap <= max(ROUNDING, SHARE * abs(nearest)) else None


def _thought(steps: Sequence[Step], letter: str) -> str:
    """The steps of a program, where it computes anything."""
    told_steps = [step.text for step in steps if step.text]
    return "\n".join([*told_steps, f"The answer is {letter}."]) if told_steps else ""


def _kind(option: str) -> str:
    return "angle" if "°" in option else "number"


def _pictures(source: Path, record: Record) -> tuple[Image.Image]:
    row = record.content
    if Note.NUMBER in row:
        return (picture_of(pixels(source / row[Note.FILE], row[Note.NUMBER])),)
    return (named_picture(source, picture_name(row[Note.FORM], row)),)


def _pictured(record: Record) -> object:
    """A picture's name, in its split; None for one that lies in a pickle, without a name."""
    row = record.content
    name = None if Note.NUMBER in row else picture_name(row[Note.FORM], row)
    return (record.split, name) if isinstance(name, str) and name.strip() else None


def picture_of(array: object) -> Image.Image:
    """The picture that an array is, grey or in three colours.

    Raises:
        RefusedError: it is none; for one of PICTURES.
    """
    if not isinstance(array, np.ndarray):
        raise RefusedError("picture-missing", f"the picture is a {type(array).__name__}")
    is_flat = array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)
    if array.dtype != np.uint8 or not is_flat or not array.size:
        raise RefusedError("picture-unreadable", f"{array.dtype} of the shape {array.shape}")
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise RefusedError("picture-too-large", f"{array.shape[1]} x {array.shape[0]} pixels")
    return Image.fromarray(np.asarray(array)).convert("RGB")


# Problems without a program.


def _formless(row: Mapping[Any, Any]) -> NoReturn:
    check_object(row)
    raise RefusedError("bad-record", f"it has the keys {', '.join(names(row))}")


def _talk(row: Mapping[Any, Any]) -> Draft:
    if "geo3k" in str(row.get("image")).split("/"):
        raise RefusedError("from-geometry3k", str(row["image"]))
    letters = re.findall(r"Answer:\s*([A-J])\b", replied(row))
    draft = _chosen(asked(row), letters[-1:])
    # The text was rewritten, with other numbers at times; the figure was not.
    numbers = numbers_in(asked(row).partition("Choices:")[0])
    if numbers != row[Note.FIGURE]:
        raise RefusedError("numbers-disagree", f"{numbers}, most have {row[Note.FIGURE]}")
    return draft


def _lettered(row: Mapping[Any, Any]) -> Draft:
    return _chosen(row.get("text"), row[Note.LETTERS])


def _chosen(text: object, letters: Sequence[str]) -> Draft:
    """A question with its options in one text, and the one letter of its answer."""
    before, _, behind = str(text).partition("Choices:")
    question = _said(before.rpartition("Question:")[2].replace("<image>", ""))
    # Without the spaces in a row that a search would go through again from each of them.
    lines = filter(None, (" ".join(line.split()) for line in behind.split("\n")))
    options = re.findall(r"^\(?([A-J])\)?\s*[:.)]\s*(.+)$", "\n".join(lines), re.MULTILINE)
    if [letter for letter, _ in options] != list(LETTERS[: len(options)]):
        raise RefusedError("options-missing", repr(behind))
    if len(letters) != 1:
        raise RefusedError("answer-missing", f"its letters: {', '.join(letters) or 'none'}")
    (letter,) = letters
    texts = [_option(option, is_english=True) for _, option in options]
    choice = choice_of(texts, LETTERS.index(letter))
    kind = _kind(texts[LETTERS.index(letter)])
    return _unproved(question, choice, kind, {"options": texts})


def _valued(row: Mapping[Any, Any]) -> Draft:
    """A question with a value."""
    text = _option(str(row["ground_truth"] or ""), is_english=True)
    if not text:
        raise RefusedError("answer-missing", repr(row["ground_truth"]))
    if value_of(text) is None:
        raise RefusedError("answer-not-a-number", repr(text))
    # What cannot be written in decimals may be rounded.
    answer = Number(text, f"{SHARE:.1%}" if re.search(r"[√π]|\\sqrt|\\pi", text) else None)
    question = _said(row.get("question"))
    return _unproved(question, answer, _kind(text), {})


def _unproved(question: str, answer: AnyAnswer, kind: str, scene: dict[str, Any]) -> Draft:
    return Draft(question, answer, thought="", kind=kind, depth=0, scene=scene)


def _said(text: object) -> str:
    whole = _tidy(text) if isinstance(text, str) else ""
    if not whole:
        raise RefusedError("text-missing", repr(text))
    return whole


def _tidy(text: str) -> str:
    """A text in one line, the slips of the translation and `80.0` for `80` mended."""
    whole = re.sub(r"\bia tangent\b", "is tangent", re.sub(r"\s+", " ", text)).strip()
    whole = re.sub(r"\bRttriangle\b", "right triangle", whole).replace("^{°}", "°")
    return re.sub(r"\b(\d+)\.0\b(?!\.\d)", r"\1", whole)


def _solve(_: str, scene: Mapping[str, Any]) -> AnyAnswer | None:
    """The option that the program comes to; None for a row without one."""
    if "program" not in scene:
        return None
    letter = _fitting(run(scene["program"], scene["numbers"])[-1].value, scene["options"])
    return Choice(letter, tuple(scene["options"])) if letter else None


_CLEAN: Final[Mapping[str, Callable[[Mapping[Any, Any]], Draft]]] = MappingProxyType(
    {NONE: _formless, PROBLEM: _problem, TALK: _talk, LETTER: _lettered, VALUE: _valued}
)


def _clean(record: Record) -> Draft:
    draft = _CLEAN[record.content[Note.FORM]](record.content)
    check_twin(record.content[Note.TWIN])
    return draft


CLEANER: Final = Cleaner(
    name="geoqa",
    family="geometry",
    version=4,
    summary="School problems with a figure: GeoQA, GeoQA+, UniGeo, Geo170K, R1-V's GeoQA test.",
    source="https://github.com/chen-judge/GeoQA",
    paper="Chen et al., GeoQA: A Geometric Question Answering Benchmark Towards Multimodal "
    "Numerical Reasoning, Findings of ACL 2021, arXiv:2105.14517",
    licence="none stated: for research, not to be passed on",
    may_be_shared=frozenset(),
    reasons=REASONS,
    files=files,
    records=records,
    clean=_clean,
    pictures=_pictures,
    pictured=_pictured,
    solve=_solve,
)
