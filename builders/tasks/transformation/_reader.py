"""_reader: which edits made the second picture of the first, from the question and what can be seen?

It shares no code with what makes the problems. Of the stored scene it takes what a picture shows: the
look and the place of each thing in sight, and where the first camera stands; the rest it reads from
the question. It pairs the things that are told with those that are seen afterwards in the way that
takes the fewest edits, and raises ValueError where there is more than one such way: also where there
would be if one saw places less exactly than to a third of a step. Only what leaves may do so in several
directions, all of which look the same; never from so near the middle that seeing its place less exactly
one would name a side that no move takes it over.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluators import Program
from evaluators.world import Edit
from evaluators.world import Thing as Told

ATTRIBUTES: Final = ("shape", "size", "color", "material")
STEP, HALF, MOST = 10, 20, 40  # a step, half the square, half the ground; in units of the question
BLUR: Final = 3  # units: places so near to each other may be the same
STRAIGHT: Final = 0.97  # cosine: within 14°, and the jitter of the camera turns it by 3°
NEVER: Final = 99  # more edits than any problem has
WORDS: Final = {(-1, 0): "front", (1, 0): "behind", (0, -1): "left", (0, 1): "right"}
FRAME: Final = (
    "Left and right are as seen in the first picture, behind is toward its camera, front is away."
)
AXES: Final = "(x, y) from the square's middle, x to behind, y to the right, its sides at 20"
PACE: Final = "by 1 or 2 steps of a quarter of the square's side, to front, behind, left, right, or two of these at once"
LISTED = re.compile(r"\((\d+), '(\w+)', '(\w+)', '(\w+)', '(\w+)'\)")
HIDDEN = re.compile(r"(\d+) at \((-?\d+), (-?\d+)\)")

Look = tuple[str, ...]  # shape, size, color, material
Place = tuple[int, int]
Steps = tuple[int, int]  # to behind, to the right


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing and where it stands."""

    look: Look
    place: Place

    @property
    def is_hidden(self) -> bool:
        """Whether it is outside the square."""
        return max(map(abs, self.place)) > HALF


Alike = tuple[Edit, ...]  # edits that the second picture does not tell apart


def solve(question: str, scene: Mapping[str, Any]) -> Program:
    """A program, from the question's words and what both pictures show."""
    told = tuple(
        Told(**dict(zip(ATTRIBUTES, one.look, strict=True)), position=one.place)
        for one in read_start(question, scene)
    )
    return Program(tuple(ways[0] for ways in solutions(question, scene)), told)


def solutions(question: str, scene: Mapping[str, Any]) -> tuple[Alike, ...]:
    """All shortest programs: one of each of these edits, in any order."""
    return explain(read_start(question, scene), _seen(scene["views"][1]))


def _check_frame(question: str, camera: Mapping[str, Sequence[float]]) -> None:
    """ValueError where the question does not say which way is which, or the picture shows it otherwise."""
    told = (FRAME, PACE, AXES) if HIDDEN.search(question) else (FRAME, PACE)
    if any(words not in question for words in told):
        raise ValueError(f"the question does not say which way is which: {question!r}")
    x, y, _ = np.subtract(camera["eye"], camera["target"])
    if x < STRAIGHT * np.hypot(x, y):  # places grow to behind along x, so there the camera must be
        raise ValueError(f"behind is not toward the camera of the first picture: {camera}")


def _seen(view: Mapping[str, Any]) -> list[Seen]:
    """What a picture shows: ids and all else that is stored of it are passed over."""
    return [
        Seen(tuple(one[name] for name in ATTRIBUTES), (one["position"][0], one["position"][1]))
        for one in view["objects"]
    ]


def read_start(question: str, scene: Mapping[str, Any]) -> list[Seen]:
    """The things by their ids: where each stands is seen in the first picture, or told."""
    first = scene["views"][0]
    _check_frame(question, first["camera"])
    looks = {int(number): tuple(look) for number, *look in LISTED.findall(question)}
    if list(looks) != list(range(len(looks))):
        raise ValueError(f"things are not listed in the order of their ids: {list(looks)}")
    if len(set(looks.values())) < len(looks):
        raise ValueError("two things look alike in the first picture")
    hidden = {int(n): (int(x), int(y)) for n, x, y in HIDDEN.findall(question)}
    places = {one.look: one.place for one in _seen(first)}
    places |= {looks[number]: place for number, place in hidden.items()}
    if places.keys() != set(looks.values()):
        unmatched = sorted(places.keys() ^ set(looks.values()))
        raise ValueError(f"listed without a place, or seen and not listed: {unmatched}")
    return [Seen(look, places[look]) for look in looks.values()]


def explain(started: Sequence[Seen], seen: Sequence[Seen]) -> tuple[Alike, ...]:
    """The edits of all shortest programs, for things by their ids and those seen afterwards."""
    costs = _costs(started, seen)
    least, pairs = _pair(costs)
    if least >= NEVER:
        raise ValueError("no edits make the second picture of the first")
    pairs = [(row, column) for row, column in pairs if row < len(started)]
    for row, column in pairs:
        other = costs.copy()
        other[row, column] = NEVER
        if _pair(other)[0] <= least:
            raise ValueError(f"thing {row} could as well be another of those in the second picture")
    return tuple(
        edit
        for row, column in pairs
        for edit in _edits(row, started[row], seen[column] if column < len(seen) else None)
    )


def _costs(started: Sequence[Seen], seen: Sequence[Seen]) -> NDArray[np.int64]:
    """How many edits make each thing each of those seen, or one out of sight.

    Each thing has a column of its own for being out of sight; the rows after those of the things take
    the columns that are left, which may be no column of a thing that is seen.
    """
    size = len(started) + len(seen)
    costs = np.full((size, size), NEVER)
    costs[len(started) :, len(seen) :] = 0
    for row, old in enumerate(started):
        for column, new in enumerate(seen):
            looks = sum(a != b for a, b in zip(old.look, new.look, strict=True))
            costs[row, column] = min(NEVER, looks + _moves_between(old.place, new.place))
        costs[row, len(seen) + row] = 0 if old.is_hidden else _moves_out(old.place)
    return costs


def _pair(costs: NDArray[np.int64]) -> tuple[int, list[tuple[int, int]]]:
    """The fewest edits, and a pairing of rows with columns that takes so many, in the order of rows."""
    from scipy.optimize import linear_sum_assignment  # here: `rrft tasks` is told without it

    rows, columns = linear_sum_assignment(costs)
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    return int(costs[rows, columns].sum()), pairs


@cache
def _moves() -> Mapping[Steps, int]:
    """The fewest moves to each number of steps."""
    single = [(s * a, s * b) for s in (1, 2) for a, b in product((-1, 0, 1), repeat=2) if a or b]
    reached: dict[Steps, int] = {(0, 0): 0}
    edge = [(0, 0)]
    for count in range(1, 6):  # five moves go everywhere
        edge = list({(a + c, b + d) for (a, b), (c, d) in product(edge, single)} - reached.keys())
        reached |= dict.fromkeys(edge, count)
    return reached


def _moves_between(old: Place, new: Place) -> int:
    away = [b - a for a, b in zip(old, new, strict=True)]
    steps = [round(one / STEP) for one in away]
    if any(abs(one - STEP * n) > BLUR for one, n in zip(away, steps, strict=True)):
        return NEVER
    return _moves().get((steps[0], steps[1]), NEVER)


def _ways_out(place: Place) -> Iterator[Steps]:
    for steps, count in _moves().items():
        ends = [abs(p + STEP * n) for p, n in zip(place, steps, strict=True)]
        if count == 1 and HALF < max(ends) <= MOST:
            yield steps


def _is_far_out(place: Place, steps: Steps, margin: int) -> bool:
    """Whether a move ends outside the square also from places so much nearer to its middle."""
    return max(abs(p + STEP * n) for p, n in zip(place, steps, strict=True)) > HALF + margin


def _moves_out(place: Place) -> int:
    return 1 if any(_ways_out(place)) else 2


def _edits(number: int, old: Seen, new: Seen | None) -> Iterator[Alike]:
    """The edits of a thing; ValueError where its moves could be others."""
    if new is None:
        if not old.is_hidden:
            ways = tuple(_move(number, steps) for steps in _ways_out(old.place))
            if not ways:
                raise ValueError(
                    f"thing {number} is gone, and no single move takes it out of sight"
                )
            # What is seen may be off by a blur, and is itself taken for no surer than that.
            if not any(_is_far_out(old.place, steps, 2 * BLUR) for steps in _ways_out(old.place)):
                raise ValueError(f"thing {number} is gone from too near the middle to tell a side")
            yield ways
        return
    for attribute, a, b in zip(ATTRIBUTES, old.look, new.look, strict=True):
        if a != b:
            yield (Edit(attribute, number, b),)
    x, y = (round((b - a) / STEP) for a, b in zip(old.place, new.place, strict=True))
    if (x, y) != (0, 0):
        yield (_move(number, (x, y)),)


def _move(number: int, steps: Steps) -> Edit:
    if _moves().get(steps) != 1:
        raise ValueError(f"thing {number} has gone a way that takes several moves")
    far = max(map(abs, steps))
    x, y = (n // far for n in steps)
    named = [WORDS[one] for one in ((x, 0), (0, y)) if one in WORDS]
    return Edit("position", number, "_".join(named), far)
