"""_reader: what is the answer to a question, read from its English and measured in the stored figure?

It knows no theorem, and none of the code that finds problems or writes questions: it looks for what is
asked for, measures it on the coordinates, and gives it in the form that is asked for. What it cannot
read raises ValueError.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from builders.scenes.figures.measure import Kind, Plane, Quantity, from_json, measure
from evaluators import AnyAnswer, Choice, Expression, Integer, Number

SENTENCES: Final = re.compile(r"(?<=[.?]) ")
FORMS: Final = (
    (re.compile(r"(?:Round|Give it) to (?:one decimal place|the nearest tenth)\."), 1),
    (re.compile(r"(?:Round|Give it) to (?:two decimal places|the nearest hundredth)\."), 2),
)
EXACTLY: Final = re.compile(r"(?:Give the exact|Leave roots|Answer exactly)")
ASKING: Final = re.compile(r"(?:Find|What|How|Determine|Work out|Calculate|Solve|Which)\b")
# `2x + 10`, `x`; an angle in brackets with its sign.
LINEAR: Final = re.compile(r"\(?(\d*)x(?: ([+−]) (\d+))?\)?°?")
STATED: Final = re.compile(
    r"(∠|arc )?\b([A-Z]{2,3}) = ((?:\([^)]*\)|[^,.() ]*x[^,.()]*?)°?)(?=,|\.| and )"
)
# A drawn figure measures exactly what it says, up to the last bits of its coordinates.
CLOSE: Final = 1e-6


def solve(question: str, scene: Mapping[str, Any]) -> AnyAnswer:
    """The answer, from the question's words and the scene's coordinates."""
    sentences = SENTENCES.split(question)
    asking = [one for one in sentences if ASKING.match(one)]
    if not asking:
        raise ValueError(f"nothing is asked in {question!r}")
    value = _size(asking[-1].rstrip(".?"), question, scene)
    if scene.get("options"):
        return _chosen(value, scene["options"])
    for pattern, places in FORMS:
        if any(pattern.match(one) for one in sentences):
            return Number(f"{value:.{places}f}")
    if any(EXACTLY.match(one) for one in sentences):
        return Expression(f"{value:.12g}")
    if abs(value - round(value)) > CLOSE:
        raise ValueError(f"{question!r} asks for a whole number, and it is {value}")
    return Integer(round(value))


def _chosen(value: float, options: list[str]) -> Choice:
    """The option that says what was measured, and no other does."""
    fitting = []
    for letter, text in zip("ABCD", options, strict=True):
        score = Number(text).score(f"{value:.12g}")
        if score is not None and score.value == 1:
            fitting.append(letter)
    if len(fitting) != 1:
        raise ValueError(f"{value} is {len(fitting)} of the options {options}")
    return Choice(fitting[0], tuple(options))


def _size(ask: str, question: str, scene: Mapping[str, Any]) -> float:
    plane = from_json(scene)
    if re.search(r"\bx$", ask):
        return _unknown(question, scene, plane)
    for pattern, read in READERS:
        if match := pattern.search(ask):
            return read(match, scene, plane)
    raise ValueError(f"cannot read what {ask!r} asks for")


# What can be asked for, in the order in which it is looked for.


def _region(match: re.Match[str], scene: Mapping[str, Any], plane: Plane) -> float:
    kind: Kind = "area" if match["what"] == "area" else "perimeter"
    name, letters = match["sort"], match["letters"]
    if "shaded" in name:
        (shaded,) = scene["shaded"]
        return measure(Quantity(kind, tuple(shaded.split(" "))), plane)
    if name == "circle":
        return measure(Quantity(kind, ("circle", letters)), plane)
    if name == "sector":
        return measure(Quantity(kind, ("sector", letters[1], letters[0], letters[2])), plane)
    return measure(Quantity(kind, ("polygon", *letters)), plane)


def _radius(match: re.Match[str], _scene: Mapping[str, Any], plane: Plane) -> float:
    return measure(Quantity("radius", (match["letters"],)), plane)


def _half_radius(_: re.Match[str], scene: Mapping[str, Any], plane: Plane) -> float:
    (centre,) = (name.split(" ")[1] for name in scene["regions"] if name.startswith("half "))
    return measure(Quantity("radius", (centre,)), plane)


def _arc_length(match: re.Match[str], scene: Mapping[str, Any], plane: Plane) -> float:
    return measure(Quantity("arc length", _minor(match["letters"], scene, plane)), plane)


def _arc(match: re.Match[str], scene: Mapping[str, Any], plane: Plane) -> float:
    return measure(Quantity("arc", _minor(match["letters"], scene, plane)), plane)


def _minor(ends: str, scene: Mapping[str, Any], plane: Plane) -> tuple[str, str, str]:
    """The smaller of the two arcs between points of a circle."""
    a, b = ends[0], ends[1]
    centres = [one for one, there in scene["circles"].items() if a in there and b in there]
    if len(centres) != 1:
        raise ValueError(f"no one circle has an arc {ends}")
    ways = [(centres[0], a, b), (centres[0], b, a)]
    return min(ways, key=lambda way: measure(Quantity("arc", way), plane))


def _angle(match: re.Match[str], _scene: Mapping[str, Any], plane: Plane) -> float:
    return measure(Quantity("angle", tuple(match["letters"])), plane)


def _length(match: re.Match[str], _scene: Mapping[str, Any], plane: Plane) -> float:
    return measure(Quantity("length", tuple(match["letters"])), plane)


REGION: Final = (
    r"(?P<what>area|perimeter|circumference) of (?P<sort>the shaded (?:region|segment)|[a-z]+)"
    r"(?: (?P<letters>[A-Z]+))?\b"
)
READERS: Final = (
    (re.compile(REGION), _region),
    (re.compile(r"radius of circle (?P<letters>[A-Z])\b"), _radius),
    (re.compile(r"radius of the semicircle\b"), _half_radius),
    (re.compile(r"length of arc (?P<letters>[A-Z]{2})\b"), _arc_length),
    (re.compile(r"arc (?P<letters>[A-Z]{2})\b"), _arc),
    (re.compile(r"∠(?P<letters>[A-Z]{3})\b"), _angle),
    (re.compile(r"\b(?P<letters>[A-Z]{2})\b"), _length),
)


def _unknown(question: str, scene: Mapping[str, Any], plane: Plane) -> float:
    """The x that makes every label and statement with x in it true."""
    found = [
        _solved(text, measure(quantity, plane))
        for quantity, text in _with_unknown(question, scene, plane)
    ]
    if not found:
        raise ValueError(f"{question!r} asks for x, and nothing says what it is")
    if max(found) - min(found) > CLOSE:
        raise ValueError(f"x would be each of {found}")
    return found[0]


def _with_unknown(
    question: str, scene: Mapping[str, Any], plane: Plane
) -> Iterator[tuple[Quantity, str]]:
    for label in scene["labels"]:
        if "x" in label["text"]:
            yield Quantity(label["kind"], tuple(label["of"])), label["text"]
    for match in STATED.finditer(question):
        sort, letters, text = match.groups()
        if sort == "arc ":
            yield Quantity("arc", _minor(letters, scene, plane)), text
        else:
            kind: Kind = "angle" if sort == "∠" else "length"
            yield Quantity(kind, tuple(letters)), text


def _solved(text: str, size: float) -> float:
    """The x for which an expression has a size."""
    match = LINEAR.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no expression in x")
    factor, sign, constant = match.groups()
    shift = int(constant or 0) * (-1 if sign == "−" else 1)
    return (size - shift) / int(factor or 1)
