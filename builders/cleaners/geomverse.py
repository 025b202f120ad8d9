r"""geomverse: which of GeomVerse's made-up problems have an answer that its figure and its solution come to?

A solution is a chain of equations, each rounded to two decimals: every one of them is computed anew. Where the record brings the
figure's drawing commands, what is asked for is measured on them too: then a false step costs the row its thought only. Answers count
within 3 %, as the source scores.
"""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from PIL.Image import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._options import value_of
from builders.cleaners._paths import named_picture
from builders.cleaners._records import Note, check_object, fields, names
from builders.cleaners._tikz import PI, asked, measured
from builders.files import BuildError
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source import found, json_lines
from builders.source_pictures import PICTURES
from evaluators import AnyAnswer, Number

NAME: Final = "data.jsonl"
TOLERANCE: Final = "3%"
NEAR: Final = 0.03  # the same: rounding every step adds up to about 1 % in three shapes
ROUNDING: Final = 0.02  # of a small number that two steps rounded
HALF: Final = 0.005  # of the last decimal
MOST_ROUNDED: Final = 0.15

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad-record": "it is a line that holds no object",
        "text-missing": "it has no text that asks for anything",
        "answer-missing": "its answer is no number",
        "solution-missing": "it has no solution, and no drawing to measure",
        "solution-disagrees": "its solution ends in another answer",
        "step-disagrees": "a step of its solution is false, and no drawing proves its answer",
        "figure-disagrees": "what it asks for measures something else on its own figure",
        **REPEATS,
        **PICTURES,
    }
)


def _files(source: Path) -> list[Path]:
    return found(source, *("*/" * depth + NAME for depth in range(4)))


def _records(source: Path) -> Iterator[Record]:
    paths = _files(source)
    if not paths:
        raise BuildError(f"{source} is not GeomVerse: it has no {NAME}, nor has a folder in it")
    for path in paths:
        place = path.relative_to(source)
        split = _split(path)
        for number, row in json_lines(path):
            content = fields(row)
            picture = _picture_name(content) or f"{number - 1}.jpeg"
            yield Record(
                id="-".join((*place.parent.parts, str(number - 1))),
                split=split,
                place=f"{place}, line {number}",
                content={**content, Note.PICTURES: [f"{place.parent}/images/{picture}"]},
            )


def _picture_name(row: Mapping[Any, Any]) -> str:
    """What a row calls its picture: lines are not in the order of these. None in training, where they are."""
    return PurePosixPath(_text(row.get("image_path")).strip()).name


def _split(path: Path) -> str:
    """Ours for a file: the depths are the test, what changes anything else about it is a shift."""
    parts = [part.upper() for part in path.parts[:-1]]
    if parts and parts[-1] in SHIFTS_OF:
        return SHIFTS_OF[parts[-1]]
    for word, split in (("TRAIN", "train"), ("VAL", "val")):
        if any(part.startswith(word) for part in parts[-2:]):
            return split
    return "test"


_CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "D2_STD": "the source's condition D2_STD",
        "D2_B50": "half of the steps branch",
        "D2_B100": "all steps branch",
        "D2_B50_ANG": "the source's condition D2_B50_ANG",
        "D2_B50_SIDE": "the source's condition D2_B50_SIDE",
        "D2_B50_DERIVED": "the source's condition D2_B50_DERIVED",
        "D2_B50_V50": "half of the numbers are variables",
        "D2_B50_V100": "all numbers are variables",
        "D2_B50_FSIZE": "another size of letters",
        "D2_B50_LWIDTH": "another width of lines",
        "D2_B50_OPACITY": "another opacity",
        "D2_B50_IMG_ANNOT": "the values are in the picture",
        "D2_B50_TXT_ANNOT": "the values are in the text",
        "D2_DISTRACTOR": "shapes or values that nothing needs",
    }
)
SHIFTS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {name: f"ood-{name.lower().replace('_', '-')}" for name in _CONDITIONS}
)


def _clean(record: Record) -> Draft:
    row = record.content
    check_object(row)
    question = re.sub(r"\s+", " ", _text(row.get("question"))).strip()
    if not question:
        raise RefusedError("text-missing", repr(row.get("question")))
    answer = Number(_label(row.get("label")), TOLERANCE)
    tikz, solution = _text(row.get("tikz")), _text(row.get("cot")).strip()
    if not (tikz or solution):
        raise RefusedError("solution-missing", f"its keys: {', '.join(names(row))}")
    false = _check_solution(solution, answer) if solution else None
    is_drawn = _check_figure(question, tikz, answer)
    if false and not is_drawn:
        raise RefusedError("step-disagrees", false)
    return Draft(
        question=question,
        answer=answer,
        thought="" if false else _ending_in(answer, solution),
        kind=asked(question) or "other",
        depth=len(_chains(solution)),
        scene={"tikz": tikz} if tikz else {"solution": solution},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _pictures(source: Path, record: Record) -> tuple[Image]:
    return (
        named_picture(source, record.content.get("image_path"), *record.content[Note.PICTURES]),
    )


def _label(label: object) -> str:
    """The answer in digits: `30` for `30.0`."""
    try:
        value = float(str(label))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RefusedError("answer-missing", repr(label))
    return f"{value:.10f}".rstrip("0").rstrip(".")


_ENDING: Final = re.compile(r"Therefore,? the final answer is (-?(?:\d+|\d*\.\d+))\.?\s*$")
_FORMULA: Final = re.compile(r"\$([^$]*)\$")


def _chains(solution: str) -> list[str]:
    """The equations of a solution, in its order."""
    return [formula for formula in _FORMULA.findall(solution) if "=" in formula]


def _ending_in(answer: Number, solution: str) -> str:
    return _ENDING.sub(f"Therefore the final answer is {answer.text()}.", solution)


def _check_solution(solution: str, answer: Number) -> str | None:
    """The first step that is false, in a solution that ends in the answer."""
    ending = _ENDING.search(solution)
    if ending is None or not _is_near(float(ending[1]), float(answer.text())):
        raise RefusedError(
            "solution-disagrees", f"it ends in {solution[-40:]!r}, the answer is {answer.text()}"
        )
    for chain in _chains(solution):
        sides = [(side.strip(), _worth(side)) for side in chain.split("=")]
        known = [(side, value) for side, value in sides if value is not None]
        for (left, one), (right, other) in pairwise(known):
            if not _is_near(one, other, _share_of(left, right)):
                return f"{left} = {right}, it is {one:.4g}"
    return None


def _is_near(one: float, other: float, share: float = NEAR) -> bool:
    return math.isclose(one, other, rel_tol=share, abs_tol=ROUNDING)


def _share_of(left: str, right: str) -> float:
    """How far apart two sides may be: a factor of 0.11 was rounded by up to half a hundredth, so by 5 %."""
    small = [float(number) for number in re.findall(r"\b0\.\d+", left + " " + right)]
    return NEAR + min(MOST_ROUNDED, max((HALF / number for number in small if number), default=0))


_FUNCTION: Final = re.compile(r"\\?\b(sin|cos|tan)\(([^()]*)\)")


def _in_degrees(function: re.Match[str]) -> str:
    """The value of a function of an angle, which is in degrees."""
    angle = value_of(function[2])
    return (
        function[0] if angle is None else f"({getattr(math, function[1])(math.radians(angle)):.9f})"
    )


_INVERSE: Final[Mapping[str, Any]] = MappingProxyType(
    {"arcsin": math.asin, "arccos": math.acos, "arctan": math.atan}
)


def _worth(side: str) -> float | None:
    """What a side of an equation is worth, angles in degrees; None where it has an unknown."""
    text = _FUNCTION.sub(_in_degrees, side.strip().replace("\\pi", str(PI)))
    inverse = re.fullmatch(r"\\(arcsin|arccos|arctan)\((.*)\)", text)
    if inverse is None:
        return value_of(text)
    value = value_of(inverse[2])
    try:
        return None if value is None else math.degrees(_INVERSE[inverse[1]](value))
    except ValueError:
        return math.inf  # of no number: no side is near to it


def _check_figure(question: str, tikz: str, answer: Number) -> bool:
    """Whether the answer is what its figure measures; where that cannot be known, it is not."""
    value = measured(question, tikz)
    if value is not None and not _is_near(value, float(answer.text())):
        raise RefusedError(
            "figure-disagrees", f"{value:.4g} is drawn, the answer is {answer.text()}"
        )
    return value is not None


def _solve(question: str, scene: Mapping[str, Any]) -> AnyAnswer | None:
    """What is measured on the figure; None where there are no drawing commands, or not for what is asked."""
    value = measured(question, scene["tikz"]) if "tikz" in scene else None
    return None if value is None else Number(f"{value:.4f}", TOLERANCE)


CLEANER: Final = Cleaner(
    name="geomverse",
    family="geometry",
    version=3,
    summary="GeomVerse: made-up problems on chains of shapes, answers within 3 %.",
    source="https://storage.googleapis.com/gresearch/GeomVerseV0/GeomVerse.zip",
    paper="Kazemi et al., GeomVerse: A Systematic Evaluation of Large "
    "Models for Geometric Reasoning, 2023, arXiv:2312.12241",
    licence="none stated: for research, not to be passed on",
    may_be_shared=frozenset(),
    reasons=REASONS,
    files=_files,
    records=_records,
    clean=_clean,
    pictures=_pictures,
    solve=_solve,
    shifts={SHIFTS_OF[name]: sentence for name, sentence in _CONDITIONS.items()},
)
