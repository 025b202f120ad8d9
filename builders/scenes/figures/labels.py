"""labels: where names and sizes are written in a picture, so that they cover nothing and cannot be mistaken.

Each label has many possible places. The best of them is taken for one label after the other, and then
anew for each, given where all others are, until no label would rather be elsewhere.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from builders.scenes.figures.drawing import Corner
from builders.scenes.figures.marks import arcs_of_angles, reach
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sheet import Floats, Sheet, arc, extent, opening, turned, unit

# What a label pays for a pixel of line in its box, for one outside the picture, for one of another label.
LINE_COST, OUTSIDE_COST, LABEL_COST = 4.0, 50.0, 30.0
MISTAKEN_COST: Final = 100.0  # in a place where it would be taken for another's
PADDING: Final = 1.8  # pixels that are kept free around a label
CLEARLY_NEARER: Final = 0.8  # times as far from its own line as from any other: a length's label
CLEAN: Final = 6.0  # up to which cost a label counts as clear to read
ROUNDS: Final = 6  # in which labels may go elsewhere
SHARES: Final = (0.5, 0.45, 0.55, 0.4, 0.6, 0.34, 0.66, 0.27, 0.73)  # of a line, where labels stand
TURNS: Final = np.radians(np.arange(0, 360, 15))
AROUND: Final = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)
STEPS: Final = np.repeat(np.arange(14.0), 5)  # away from a corner, of an angle's label
SWINGS: Final = np.tile((0.0, 0.1, -0.1, 0.2, -0.2), 14)  # aside, as a share of the angle
BESIDE: Final = 3  # steps: as near as that a label is at its angle's arc
ORDER: Final = {"angle": 0, "arc": 1, "length": 2}  # those with the least room first


@dataclass(frozen=True, slots=True)
class Text:
    """A label in its place: the middle of its box, in pixels."""

    text: str
    x: float
    y: float
    font: str
    is_name: bool
    cost: float  # of what it covers, as if the picture were small

    @property
    def is_clean(self) -> bool:
        """Whether it covers nothing and cannot be mistaken."""
        return self.cost < CLEAN


@dataclass(slots=True)
class Label:
    """A label with the places that it could have."""

    text: str
    font: str
    is_name: bool
    places: Floats  # (n, 2): middles of boxes
    worse: Floats  # (n,): by how much each is worse than the best place there could be
    mistaken: Floats  # (n,): 1 where it would be taken for another's
    half: Floats  # of its box, with what is kept free around it
    apart: Floats | float = 0.0  # (n,): how much more is kept free of other labels in each place


def put(sheet: Sheet, lines: Sequence[Floats], marks: Sequence[Floats]) -> list[Text]:
    """All labels of a drawing in the places that were found for them."""
    labels = [*_sizes(sheet, lines), *_names(sheet)]
    counts = [len(one.places) for one in labels]
    middles = np.concatenate([one.places for one in labels])
    halves = np.repeat([one.half for one in labels], counts, axis=0)
    low, high = middles - halves, middles + halves
    cost = LINE_COST * _crossed(low, high, [*lines, *marks])
    cost += MISTAKEN_COST * np.concatenate([one.mistaken for one in labels])
    edge = np.array((sheet.width - 1, sheet.height - 1))
    cost += OUTSIDE_COST * (np.maximum(1 - low, 0) + np.maximum(high - edge, 0)).sum(axis=1)
    worse = np.concatenate([one.worse for one in labels])
    starts = np.concatenate([[0], np.cumsum(counts)])
    apart = np.concatenate([np.broadcast_to(one.apart, len(one.places)) for one in labels])[:, None]
    boxes = np.concatenate([low - apart, high + apart], axis=1)
    chosen, paid = _chosen(boxes, cost, worse, starts)
    texts = []
    for one, place, each in zip(labels, chosen, paid, strict=True):
        x, y = float(middles[place, 0]), float(middles[place, 1])
        texts.append(Text(one.text, x, y, one.font, one.is_name, each / sheet.unit))
    return texts


def _chosen(
    boxes: Floats, cost: Floats, worse: Floats, starts: Floats
) -> tuple[list[int], list[float]]:
    """The place of each label, and what it pays there."""
    spans = [slice(int(a), int(b)) for a, b in pairwise(starts)]
    chosen: list[int] = []
    for span in spans:
        shared = _shared(boxes[span], boxes[chosen])
        chosen.append(span.start + int(np.argmin(cost[span] + shared + worse[span])))
    paid: list[float] = []
    for _ in range(ROUNDS):
        before, paid = list(chosen), []
        for number, span in enumerate(spans):
            others = chosen[:number] + chosen[number + 1 :]
            total = cost[span] + _shared(boxes[span], boxes[others])
            chosen[number] = span.start + int(np.argmin(total + worse[span]))
            paid.append(float(total[chosen[number] - span.start]))
        if chosen == before:
            break
    return chosen, paid


def _shared(boxes: Floats, others: Floats) -> Floats:
    """What boxes pay for the room that they share with others."""
    if not len(others):
        return np.zeros(len(boxes))
    wide = np.minimum(boxes[:, None, 2:], others[None, :, 2:]) - np.maximum(
        boxes[:, None, :2], others[None, :, :2]
    )
    return np.asarray(LABEL_COST * np.sqrt(np.maximum(wide, 0).prod(axis=2)).sum(axis=1))


def _crossed(low: Floats, high: Floats, strokes: Sequence[Floats]) -> Floats:
    """How many pixels of line there are in each box."""
    starts, steps = _pieces(strokes)
    steps = np.where(np.abs(steps) < 1e-9, 1e-9, steps)
    scales = 1 / steps
    enter = np.zeros((len(low), len(starts)))
    leave = np.ones((len(low), len(starts)))
    first, second, nearer = np.empty_like(enter), np.empty_like(enter), np.empty_like(enter)
    for axis in (0, 1):
        for sides, shares in ((low, first), (high, second)):
            np.subtract(sides[:, None, axis], starts[None, :, axis], out=shares)
            shares *= scales[None, :, axis]
        np.maximum(enter, np.minimum(first, second, out=nearer), out=enter)
        np.minimum(leave, np.maximum(first, second, out=nearer), out=leave)
    leave -= enter
    return np.asarray(np.maximum(leave, 0, out=leave) @ np.hypot(steps[:, 0], steps[:, 1]))


def _pieces(strokes: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Where the straight pieces of strokes start, and their steps."""
    starts = np.concatenate([one[:-1] for one in strokes])
    return starts, np.concatenate([np.diff(one, axis=0) for one in strokes])


# The places of sizes.


def _sizes(sheet: Sheet, lines: Sequence[Floats]) -> Iterator[Label]:
    drawing, at = sheet.drawing, sheet.at
    face = sheet.look.digits
    arcs = [(corner, curve[len(curve) // 2]) for corner, curve in arcs_of_angles(sheet)]
    for quantity, text in sorted(drawing.labels, key=lambda one: (ORDER[one[0].kind], one[0])):
        written = sheet.written(text)
        wide, high = extent(written, face, sheet.letter)
        apart: Floats | float = 0.0
        if quantity.kind == "angle":
            places, worse = _within(sheet, quantity, text, wide, high)
            vertex = at[quantity.of[1]]
            mistaken = np.maximum(
                _behind(vertex, places, lines), _elsewhere(sheet, arcs, quantity.of, places)
            )
        elif quantity.kind == "length":
            a, b = at[quantity.of[0]], at[quantity.of[1]]
            places, worse = _beside(sheet, a, b, wide, high)
            mistaken = _strange(sheet, a, b, places)
        else:
            places, worse, froms = _outside(sheet, quantity, wide, high)
            to_arc, to_point = _from_arc(sheet, quantity, places, np.array((wide, high)))
            mistaken = np.maximum(
                _parted(froms, places, lines[: len(drawing.lines)]),
                to_arc > CLEARLY_NEARER * to_point,
            )
            # No name is to be nearer either; it keeps its own padding free, as the number does.
            apart = np.maximum(to_arc / CLEARLY_NEARER - 2 * PADDING * sheet.unit, 0)
        half = np.array((wide / 2, high / 2)) + PADDING * sheet.unit
        yield Label(written, face, False, places, worse, mistaken, half, apart)


def _within(
    sheet: Sheet, quantity: Quantity, text: str, wide: float, high: float
) -> tuple[Floats, Floats]:
    """Beyond the arc of an angle."""
    first, corner, last = quantity.of
    a, vertex, c = sheet.at[first], sheet.at[corner], sheet.at[last]
    middle = unit(unit(a - vertex) + unit(c - vertex))
    far = reach(sheet, (first, corner, last), text) + PADDING
    start = _clear_of(far, middle, wide, high)
    wide_open = opening(a - vertex, c - vertex)
    ways = np.array([turned(middle, swing * wide_open) for swing in SWINGS[:5]])
    ways = np.tile(ways, (len(STEPS) // 5, 1))
    places = vertex + ways * (start + STEPS * sheet.letter * 0.22)[:, None]
    return places, 0.3 * STEPS + 4 * np.abs(SWINGS)


def _clear_of(radius: float, way: Floats, wide: float, high: float) -> float:
    """How far this way from a circle's centre a box is to be for the circle not to touch it."""
    near, far = 0.0, radius + math.hypot(wide, high)
    x, y = abs(float(way[0])), abs(float(way[1]))
    for _ in range(12):
        middle = (near + far) / 2
        gap = math.hypot(max(x * middle - wide / 2, 0), max(y * middle - high / 2, 0))
        near, far = (middle, far) if gap < radius else (near, middle)
    return far


def _outside(
    sheet: Sheet, quantity: Quantity, wide: float, high: float
) -> tuple[Floats, Floats, Floats]:
    """Outside the arc of a circle, and the points of the arc beside."""
    centre, a, b = (sheet.at[name] for name in quantity.of)
    curve = arc(centre, a, b)
    places, worse, points = [], [], []
    for share in SHARES:
        point = curve[round(share * (len(curve) - 1))]
        away = unit(point - centre)
        spread = abs(away[0]) * wide / 2 + abs(away[1]) * high / 2
        for gap in (2.5 * sheet.unit, 5 * sheet.unit):
            places.append(point + away * (spread + gap))
            worse.append(4 * abs(share - 0.5) + gap / 5)
            points.append(point)
    return np.array(places), np.array(worse), np.array(points)


def _beside(sheet: Sheet, a: Floats, b: Floats, wide: float, high: float) -> tuple[Floats, Floats]:
    """On either side of a segment; outside the figure is better."""
    along = unit(b - a)
    middle = np.mean(list(sheet.at.values()), axis=0)
    across = np.array((-along[1], along[0]))
    if across @ ((a + b) / 2 - middle) < 0:
        across = -across
    spread = abs(across[0]) * wide / 2 + abs(across[1]) * high / 2
    gaps = np.array((2.5, 4.0, 5.5, 8.0)) * sheet.unit
    share, side, gap = (
        one.ravel() for one in np.meshgrid(np.array(SHARES), (1.0, -1.0), gaps, indexing="ij")
    )
    places = a + share[:, None] * (b - a) + (side * (spread + gap))[:, None] * across
    return places, 0.4 * (1 - side) + 5 * np.abs(share - 0.5) + gap / 8


# Where they would be mistaken.


def _strange(sheet: Sheet, a: Floats, b: Floats, places: Floats) -> Floats:
    """Whether another line is as near to a label, or nearly, as the one whose length it tells."""
    lines = np.array([(sheet.at[one], sheet.at[two]) for one, two in sheet.drawing.lines])
    own = (_gaps(np.array([a, b]), lines) < 1e-6).all(axis=0)
    to_own = _gaps(places, np.array([(a, b)]))[:, 0]
    to_others = _gaps(places, lines[~own]).min(axis=1, initial=math.inf)
    return np.asarray(to_own > CLEARLY_NEARER * to_others, float)


def _gaps(points: Floats, lines: Floats) -> Floats:
    """How far each point is from each segment."""
    starts, steps = lines[:, 0], lines[:, 1] - lines[:, 0]
    ways = points[:, None] - starts[None]
    shares = (ways * steps).sum(axis=2) / np.maximum((steps * steps).sum(axis=1), 1e-9)
    off = ways - np.clip(shares, 0, 1)[:, :, None] * steps[None]
    return np.asarray(np.hypot(off[..., 0], off[..., 1]))


def _from_arc(
    sheet: Sheet, quantity: Quantity, places: Floats, box: Floats
) -> tuple[Floats, Floats]:
    """How far boxes are from an arc of a circle, and from the nearest point."""
    curve = arc(*(sheet.at[name] for name in quantity.of))
    finer = [curve[:-1] + share * np.diff(curve, axis=0) for share in (0, 0.25, 0.5, 0.75)]
    return (
        _room(places, box, np.concatenate([*finer, curve[-1:]])),
        _room(places, box, np.array(list(sheet.at.values()))),
    )


def _room(places: Floats, box: Floats, points: Floats) -> Floats:
    """How far the box about each place is from the nearest of some points."""
    off = np.maximum(np.abs(places[:, None] - points[None]) - box / 2, 0)
    return np.asarray(np.hypot(off[..., 0], off[..., 1]).min(axis=1))


def _astray(sheet: Sheet, own: Floats, places: Floats) -> Floats:
    """Whether another point is nearer to a label than the one that it belongs to."""
    points = np.array(list(sheet.at.values()))
    gaps = np.hypot(*(places[:, None] - points[None]).transpose(2, 0, 1))
    return np.asarray(np.hypot(*(places - own).T) > gaps.min(axis=1) + 1e-6, float)


def _elsewhere(
    sheet: Sheet, arcs: Sequence[tuple[Corner, Floats]], corner: Sequence[str], places: Floats
) -> Floats:
    """Whether a label far from its angle's arc is nearer to another point, or to another arc's middle."""
    own: list[Floats] = []
    others: list[Floats] = []
    for there, middle in arcs:
        is_own = there[1] == corner[1] and set(there) == set(corner)
        (own if is_own else others).append(middle)
    astray = _astray(sheet, sheet.at[corner[1]], places)
    if not own:  # a right angle has no arc
        return astray
    to_own = np.hypot(*(places - own[-1]).T)
    to_others = np.hypot(*(places[:, None] - np.array(others).reshape(-1, 2)).transpose(2, 0, 1))
    nearest = to_others.min(axis=1, initial=math.inf)
    is_nearer = to_own > CLEARLY_NEARER * nearest
    return np.asarray(np.maximum(astray * (STEPS > BESIDE), is_nearer), float)


def _behind(vertex: Floats, places: Floats, lines: Sequence[Floats]) -> Floats:
    """Whether a line lies between a corner and a label that would be taken for another angle's."""
    # From a little way off the corner, where all its own lines meet.
    return _parted(vertex + 0.15 * (places - vertex), places, lines)


def _parted(froms: Floats, places: Floats, lines: Sequence[Floats]) -> Floats:
    """Whether a line lies between points and the labels beside."""
    if not lines:
        return np.zeros(len(places))
    starts, steps = _pieces(lines)
    ways = places - froms
    crossed = ways[:, None, 0] * steps[None, :, 1] - ways[:, None, 1] * steps[None, :, 0]
    crossed = np.where(np.abs(crossed) < 1e-9, 1e-9, crossed)
    gaps = starts[None] - froms[:, None]
    along = (gaps[..., 0] * steps[None, :, 1] - gaps[..., 1] * steps[None, :, 0]) / crossed
    across = (gaps[..., 0] * ways[:, None, 1] - gaps[..., 1] * ways[:, None, 0]) / crossed
    hits = (along > 0) & (along < 1) & (across > 0) & (across < 1)
    return np.asarray(hits.any(axis=1), float)


# The places of names.


def _names(sheet: Sheet) -> Iterator[Label]:
    face = sheet.look.names
    for name, at in sheet.at.items():
        wide, high = extent(name, face, sheet.letter)
        spread = np.hypot(wide * AROUND[:, 0], high * AROUND[:, 1]) / 2
        gaps = np.array((3.0, 5.0, 7.0, 10.0)) * sheet.unit
        far = (spread[None] + gaps[:, None]).ravel()
        places = at + np.tile(AROUND, (len(gaps), 1)) * far[:, None]
        half = np.array((wide / 2, high / 2)) + PADDING * sheet.unit
        worse = np.repeat(gaps / 4, len(AROUND))
        yield Label(name, face, True, places, worse, _astray(sheet, at, places), half)
