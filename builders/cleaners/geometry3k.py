"""geometry3k: which of Geometry3K's textbook problems have one right option, and a figure of their own?

Whoever made the data annotated it by hand, so that nothing stored derives an answer: a row is kept where its parts agree, and
`solve` is None. An option's text must be the value stored for it, each option a value of its own. One diagram is in one split
only: the test split is whole, and what repeats its diagrams goes from validation and training.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from PIL.Image import Image

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._options import OPTIONS, as_number, choice_of
from builders.cleaners._twins import SPLITS, TWINS, check_twin, owners, twin
from builders.files import BuildError
from builders.parse import parse_json
from builders.repeats import REPEATS
from builders.sample import Draft
from builders.source import found, is_inside, readable
from builders.source_pictures import PICTURES, picture
from builders.task import to_json

HOMES: Final = ("", "geometry3k", "data/geometry3k")  # where the splits may be in a folder
DATA: Final = "data.json"
FORM: Final = "logic_form.json"
DIAGRAM: Final = "img_diagram.png"

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad-record": "a file of its own is missing or no JSON, or holds no object",
        "text-missing": "it has no text that asks for anything",
        "text-malformed": "its question has braces or dollar signs that do not pair: LaTeX cut off",
        "points-missing": "no point of its figure has a position, or the position of one is not two numbers",
        "figure-empty": "nothing is stored of its figure: no statement, no line, no circle",
        **OPTIONS,
        **TWINS,
        **REPEATS,
        **PICTURES,
    }
)


def _home(source: Path) -> str:
    """The folder that holds the splits, from the source."""
    for home in HOMES:
        if any((source / home / split).is_dir() for split in SPLITS):
            return home
    raise BuildError(f"{source} is not Geometry3K: it has no folder {', '.join(SPLITS)}")


def _files(source: Path) -> list[Path]:
    home = _home(source)
    return [path for split in SPLITS for path in _found(source, home, split)]


def _found(source: Path, home: str, split: str) -> list[Path]:
    return found(source, *(str(PurePosixPath(home, split, "*", name)) for name in (DATA, FORM)))


def _folders(source: Path) -> Iterator[tuple[str, Path]]:
    """Each split and a record's folder, by number."""
    home = _home(source)
    for split in SPLITS:
        texts = {path.parent for path in _found(source, home, split)}
        # One that has a picture alone is a record too, of which its texts are lost.
        drawn = {path.parent for path in (source / home / split).glob(f"*/{DIAGRAM}")}
        paths = texts | {path for path in drawn if is_inside(source, path)}
        for path in sorted(paths, key=lambda one: (len(one.name), one.name)):
            yield split, path


def _records(source: Path) -> Iterator[Record]:
    owned = _owners(source)
    for split, folder in _folders(source):
        read = {name: _read(folder / name) for name in (DATA, FORM)}
        yield Record(
            id=folder.name,
            split=split,
            place=str((folder / DATA).relative_to(source)),
            content={
                "data": read[DATA] or f"{DATA} is not there, or empty",
                "form": read[FORM],
                "picture": str((folder / DIAGRAM).relative_to(source)),
                "twin": twin(split, _diagram(folder, read[FORM]), owned),
            },
        )


def _owners(source: Path) -> Mapping[str, str]:
    """The split that each diagram belongs to."""
    return owners(
        (split, _diagram(folder, _read(folder / FORM))) for split, folder in _folders(source)
    )


def _read(path: Path) -> dict[str, Any] | str:
    """The object in a file, an empty one where there is no file; or what is wrong with the file."""
    if not path.is_file():
        return {}
    try:
        # A text among the options may have the value NaN, which is none, as is what has no end.
        content = readable(
            parse_json(
                path.read_bytes(),
                parse_constant=lambda _: None,
                parse_float=lambda text: as_number(float(text)),
            )
        )
    except ValueError as problem:
        return f"{path.name} is no JSON: {problem}"
    if not isinstance(content, dict):
        return f"{path.name} holds no object: {type(content).__name__}"
    return content


def _diagram(folder: Path, form: Mapping[str, Any] | str) -> list[str]:
    """By what a diagram is known: its picture's bytes, and what is stated of it with its points' places."""
    keys = []
    if (folder / DIAGRAM).is_file() and not (folder / DIAGRAM).is_symlink():
        keys.append(sha256((folder / DIAGRAM).read_bytes()).hexdigest())
    if not isinstance(form, str) and form.get("point_positions"):
        stated = sorted(_texts(form.get("diagram_logic_form")))
        keys.append(to_json([stated, form["point_positions"]]))
    return keys


def _texts(value: object) -> list[str]:
    """The texts in a list that say something: the source writes an empty list as a list of one blank."""
    if not isinstance(value, list):
        return []
    return [one.strip() for one in value if isinstance(one, str) and one.strip()]


def _clean(record: Record) -> Draft:
    data, form = record.content["data"], record.content["form"]
    for read in (data, form):
        if isinstance(read, str):
            raise RefusedError("bad-record", read)
    question = _question(data.get("annotat_text"))
    scene = {"forms": _texts(form.get("diagram_logic_form")), **_figure(form)}
    listed, stored = data.get("compact_choices"), data.get("precise_value")
    options = [str(one).strip() for one in listed] if isinstance(listed, list) else []
    values = stored if isinstance(stored, list) else None
    choice = choice_of(options, _place(data.get("answer")), values, each=True)
    check_twin(record.content["twin"])
    goals = _texts(data.get("problem_type_goal"))
    return Draft(
        question=question,
        answer=choice,
        thought="",
        kind=goals[0].lower() if goals else "other",
        depth=0,
        scene={
            **scene,
            "asked": _texts(form.get("text_logic_form")),
            "options": options,
            "shapes": _texts(data.get("problem_type_graph")),
            "unit": str(data.get("unit") or ""),
        },
    )


def _pictures(source: Path, record: Record) -> tuple[Image]:
    return (picture(source, [record.content["picture"]]),)


def _place(letter: object) -> int:
    name = letter.strip() if isinstance(letter, str) else ""
    return "ABCD".find(name) if len(name) == 1 else -1


def _figure(form: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a figure besides what is stated of it."""
    points = form.get("point_positions")
    if not isinstance(points, dict) or not points:
        raise RefusedError("points-missing", f"the points are {points!r}")
    for name, place in points.items():
        if not isinstance(place, list) or len(place) != 2 or None in map(as_number, place):
            raise RefusedError("points-missing", f"{name} is at {place!r}")
    lines, circles = _texts(form.get("line_instances")), _texts(form.get("circle_instances"))
    if not (lines or circles or _texts(form.get("diagram_logic_form"))):
        raise RefusedError("figure-empty", f"there are only the points {', '.join(points)}")
    return {"points": points, "lines": lines, "circles": circles}


def _question(text: object) -> str:
    """The question in tidy LaTeX: its words are the source's.

    Raises:
        RefusedError: there is none, or it is cut off.
    """
    whole = re.sub(r"\s+", " ", text).strip() if isinstance(text, str) else ""
    if not whole:
        raise RefusedError("text-missing", f"the text is {text!r}")
    # A formula that begins with a logarithm begins with the word In, read wrongly.
    parts = _DOLLAR.split(re.sub(r"\$\s*\\ln\s+", "In $", whole))
    if len(parts) % 2 == 0:  # one sign too many for pairs: it is a price's, if one may be
        parts = _with_price(parts)
    if _is_open(whole) or not parts:
        raise RefusedError("text-malformed", repr(whole))
    parts[1::2] = map(_tidy, parts[1::2])
    return "$".join(parts)


_DOLLAR: Final = re.compile(r"(?<!\\)\$")  # one that stands for itself has a backslash
# What a price has behind its sign: a number, and neither a letter nor a sign that makes a formula of it.
_AMOUNT: Final = re.compile(r"\d+(?:[.,]\d+)*(?![\d.,]*(?:[A-Za-z]|\$|\s*[-+=^*/<>\\]))")


def _with_price(parts: Sequence[str]) -> list[str]:
    """The parts between signs that pair, where one sign is a price's and stands in its part; else none."""
    rests = ["$".join(parts[place:]) for place in range(len(parts))]
    prices = [place for place, rest in enumerate(rests) if place and _AMOUNT.match(rest)]
    if len(prices) != 1:
        return []
    (price,) = prices
    whole = [*parts[: price - 1], "$".join(parts[price - 1 : price + 1]), *parts[price + 1 :]]
    # What is LaTeX outside of a formula was cut off from one.
    return [] if any("\\" in text for text in whole[::2]) else whole


def _is_open(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return True
    return depth != 0


_NAME: Final = re.compile(r"(?<![A-Za-z\\])[A-Z](?: [A-Z])+(?![A-Za-z])")


def _tidy(formula: str) -> str:
    r"""A formula with the names of figures in one piece: `\triangle R S T` is `\triangle RST`."""
    return _NAME.sub(lambda name: name[0].replace(" ", ""), formula)


CLEANER: Final = Cleaner(
    name="geometry3k",
    family="geometry",
    version=4,
    summary="Geometry3K: textbook problems with a diagram and four options (InterGPS).",
    source="https://github.com/lupantech/InterGPS",
    paper="Lu et al., Inter-GPS: Interpretable Geometry Problem Solving with Formal "
    "Language and Symbolic Reasoning, ACL 2021, arXiv:2105.04165",
    licence="MIT (the repository's; texts and figures are a textbook publisher's)",
    may_be_shared=frozenset(),
    reasons=REASONS,
    files=_files,
    records=_records,
    clean=_clean,
    pictures=_pictures,
    solve=None,
)
