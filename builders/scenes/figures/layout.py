"""layout: where a drawing's parts come to lie in a picture, and its labels so that nothing covers them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Final

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from builders.scenes.figures.drawing import Corner, Drawing
from builders.scenes.figures.looks import Look
from builders.scenes.figures.measure import Edge, Quantity, loops

Floats = NDArray[np.float64]
FONTS: Final = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # free ones, on every machine
SMALLEST_LETTER: Final = 9  # pixels: what can still be read
ARC_STEP: Final = 7.5  # degrees of a circle drawn as one straight piece
# What a label pays for a pixel of line in its box, for one outside the picture, for one of another label.
LINE_COST, OUTSIDE_COST, LABEL_COST = 4.0, 50.0, 30.0
BEHIND_COST: Final = 100.0  # of an angle's label that could be taken for another angle's
PADDING: Final = 1.8  # pixels that are kept free around a label
CLEARLY_NEARER: Final = 0.8  # times as far from its own line as from any other: a length's label
FARTHEST_ARC: Final = 0.14  # of an angle, as a share of the picture's shorter side
CLEAN: Final = 6.0  # up to which cost a label counts as clear to read


@dataclass(frozen=True, slots=True)
class Text:
    """A label in its place: the middle of its box, in pixels."""

    text: str
    x: float
    y: float
    font: str
    is_name: bool
    cost: float  # of what it covers, as if the picture were small


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of several pieces, in pixels."""

    points: Floats  # (n, 2)
    is_mark: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture that is ready to be drawn."""

    width: int
    height: int
    letter: int  # height of letters in pixels
    areas: tuple[tuple[Floats, ...], ...]  # shaded: outer boundary and holes
    strokes: tuple[Stroke, ...]
    dots: Floats
    texts: tuple[Text, ...]
    pixels: dict[str, tuple[float, float]]  # where points are

    @property
    def is_clean(self) -> bool:
        """Whether no label covers anything, nor leaves the picture."""
        return all(text.cost < CLEAN for text in self.texts)


@lru_cache(maxsize=256)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font in a size."""
    return ImageFont.truetype(FONTS / name, size)


@lru_cache(maxsize=8192)
def extent(text: str, name: str, size: int) -> tuple[float, float]:
    """Width and height of a text's ink."""
    left, top, right, bottom = font(name, size).getbbox(text, anchor="mm")
    return right - left, bottom - top


def lay_out(drawing: Drawing, look: Look, width: int, height: int, seed: int) -> Layout:
    """A drawing in a picture of this size."""
    return _Table(drawing, look, width, height, seed).layout()


class _Table:
    """The work of one layout."""

    def __init__(self, drawing: Drawing, look: Look, width: int, height: int, seed: int) -> None:
        self.drawing, self.look = drawing, look
        self.width, self.height = width, height
        self.short = min(width, height)
        # Distances that are meant in pixels are meant so in pictures of this side and smaller.
        self.unit = max(1.0, self.short / 240)
        self.letter = max(SMALLEST_LETTER, round(look.letter * self.short))
        self.rng = Random(seed)
        self.at, self.scale = self._placed()
        self.strokes: list[Stroke] = []
        self.boxes: list[tuple[float, float, float, float]] = []
        self.texts: list[Text] = []

    def layout(self) -> Layout:
        areas = tuple(
            tuple(self._boundary(loop) for loop in loops(name.split(" "), self.drawing.plane))
            for name in self.drawing.shaded
        )
        self._draw_lines()
        self._draw_marks()
        self._name_quantities()
        self._name_points()
        centres = [self.at[name] for name in (self.at if self.look.dots else self.drawing.centres)]
        return Layout(
            self.width,
            self.height,
            self.letter,
            areas,
            tuple(self.strokes),
            np.array(centres).reshape(-1, 2),
            tuple(self.texts),
            {name: (float(xy[0]), float(xy[1])) for name, xy in self.at.items()},
        )

    # From the plane to pixels.

    def _placed(self) -> tuple[dict[str, Floats], float]:
        turn = math.radians(self.look.tilt)
        cos, sin = math.cos(turn), math.sin(turn)
        plane = self.drawing.plane
        at = {
            name: np.array((x * cos - y * sin, -(x * sin + y * cos)))
            for name, (x, y) in plane.points.items()
        }
        outline = list(at.values())
        for centre, radius in self.drawing.circles.items():
            for way in ((radius, 0), (-radius, 0), (0, radius), (0, -radius)):
                outline.append(at[centre] + np.array(way))
        for centre, a, b in self.drawing.arcs:
            outline += list(_arc(at[centre], at[a], at[b]))
        corners = np.array(outline)
        low, high = corners.min(axis=0), corners.max(axis=0)
        margin = 1.45 * self.letter
        room = np.array((self.width, self.height)) - 2 * margin
        scale = float((room / np.maximum(high - low, 1e-9)).min())
        middle = np.array((self.width, self.height)) / 2
        return {name: middle + (xy - (low + high) / 2) * scale for name, xy in at.items()}, scale

    def _boundary(self, loop: Sequence[Edge]) -> Floats:
        pieces = []
        for place, edge in enumerate(loop):
            start, end = self.at[loop[place - 1].to], self.at[edge.to]
            if edge.centre is None:
                pieces.append(np.array([start, end]))
            elif len(loop) == 1:
                pieces.append(
                    _circle(self.at[edge.centre], float(np.hypot(*(start - self.at[edge.centre]))))
                )
            elif edge.clockwise:
                pieces.append(_arc(self.at[edge.centre], end, start)[::-1])
            else:
                pieces.append(_arc(self.at[edge.centre], start, end))
        return np.concatenate(pieces)

    # Lines and marks.

    def _add(self, points: Floats, *, mark: bool = False) -> None:
        if self.look.wobble and not mark:
            points = self._wobbled(points)
        self.strokes.append(Stroke(points, mark))

    def _wobbled(self, points: Floats) -> Floats:
        """As a hand draws it: slow waves across the line, none at its ends."""
        if len(points) == 2:
            points = points[0] + np.linspace(0, 1, 13)[:, None] * (points[1] - points[0])
        along = np.linspace(0, 1, len(points))
        size = self.look.wobble * self.short
        waves = sum(
            self.rng.uniform(-1, 1) * np.sin(math.pi * number * along) for number in (1, 2, 3)
        )
        steps = np.gradient(points, axis=0)
        across = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
        across /= np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-9)[:, None]
        return np.asarray(points + 0.5 * size * np.asarray(waves)[:, None] * across)

    def _draw_lines(self) -> None:
        for a, b in self.drawing.lines:
            self._add(np.array([self.at[a], self.at[b]]))
        for centre, radius in self.drawing.circles.items():
            self._add(_circle(self.at[centre], radius * self.scale))
        for centre, a, b in self.drawing.arcs:
            self._add(_arc(self.at[centre], self.at[a], self.at[b]))

    def _draw_marks(self) -> None:
        drawing = self.drawing
        for corner in drawing.rights:
            self._right(corner)
        for number, group in enumerate(drawing.ticks, 1):
            for a, b in group:
                self._ticks(self.at[a], self.at[b], number)
        for number, arrows in enumerate(drawing.arrows, 1):
            for a, b in arrows:
                self._arrows(self.at[a], self.at[b], number)
        self._draw_angles()

    def _draw_angles(self) -> None:
        for number, corners in enumerate(self.drawing.equal_angles, 1):
            for corner in corners:
                for step in range(number):
                    self._angle(corner, 1 + 0.3 * step)
        for quantity, text in self.drawing.labels:
            if quantity.kind == "angle" and not self._is_right(*quantity.of):
                a, vertex, c = quantity.of
                corner = (a, vertex, c)
                self._angle(corner, self._reach_to(corner, text) / self._reach(corner))

    def _is_right(self, a: str, vertex: str, c: str) -> bool:
        return (a, vertex, c) in self.drawing.rights or (c, vertex, a) in self.drawing.rights

    def _right(self, corner: Corner) -> None:
        a, vertex, c = (self.at[name] for name in corner)
        size = min(
            0.042 * self.short + 2, 0.3 * min(np.hypot(*(a - vertex)), np.hypot(*(c - vertex)))
        )
        first, second = _unit(a - vertex) * size, _unit(c - vertex) * size
        self._add(np.array([vertex + first, vertex + first + second, vertex + second]), mark=True)

    def _ticks(self, a: Floats, b: Floats, number: int) -> None:
        along = _unit(b - a)
        across = np.array((-along[1], along[0])) * (0.02 * self.short + 1)
        gap = along * (0.016 * self.short + 1)
        for step in range(number):
            middle = (a + b) / 2 + (step - (number - 1) / 2) * gap
            self._add(np.array([middle - across, middle + across]), mark=True)

    def _arrows(self, a: Floats, b: Floats, number: int) -> None:
        along = _unit(b - a)
        size = 0.026 * self.short + 1
        across = np.array((-along[1], along[0])) * size * 0.75
        for step in range(number):
            tip = a + 0.58 * (b - a) + along * size * (0.9 * step)
            back = tip - along * size
            self._add(np.array([back + across, tip, back - across]), mark=True)

    def _reach(self, corner: Corner) -> float:
        """The radius of an angle's arc: larger where the angle is smaller."""
        a, vertex, c = (self.at[name] for name in corner)
        shorter = min(np.hypot(*(a - vertex)), np.hypot(*(c - vertex)))
        wide = _opening(a - vertex, c - vertex)
        return float(min(self.short * (0.05 + 0.05 * max(0.0, 1 - wide / 1.2)), 0.4 * shorter))

    def _reach_to(self, corner: Corner, text: str) -> float:
        """The same for an angle with a label: as far as where the label has room, so that it is near."""
        usual = self._reach(corner)
        if any(corner in group for group in self.drawing.equal_angles):
            return usual  # two arcs in one angle would be another mark
        a, vertex, c = (self.at[name] for name in corner)
        middle = _unit(_unit(a - vertex) + _unit(c - vertex))
        wide, high = extent(text, self.look.digits, self.letter)
        across = abs(middle[1]) * wide / 2 + abs(middle[0]) * high / 2
        room = across / max(0.2, math.tan(_opening(a - vertex, c - vertex) / 2))
        shorter = min(np.hypot(*(a - vertex)), np.hypot(*(c - vertex)))
        return float(max(usual, min(room, FARTHEST_ARC * self.short, 0.35 * shorter)))

    def _angle(self, corner: Corner, factor: float) -> None:
        a, vertex, c = (self.at[name] for name in corner)
        reach = self._reach(corner) * factor
        first, second = vertex + _unit(a - vertex) * reach, vertex + _unit(c - vertex) * reach
        if (a - vertex)[0] * (c - vertex)[1] - (a - vertex)[1] * (c - vertex)[0] > 0:
            first, second = second, first  # pixels count downwards
        self._add(_arc(vertex, first, second), mark=True)

    # Labels.

    def _name_quantities(self) -> None:
        order = {"angle": 0, "arc": 1, "length": 2}
        for quantity, text in sorted(
            self.drawing.labels, key=lambda one: (order.get(one[0].kind, 3), one[0])
        ):
            places = np.array(list(self._places_for(quantity, text)))
            if quantity.kind == "angle":
                vertex = self.at[quantity.of[1]]
                places[:, 2] += BEHIND_COST * (
                    self._behind(vertex, places) + self._astray(vertex, places)
                )
            elif quantity.kind == "length":
                ends = self.at[quantity.of[0]], self.at[quantity.of[1]]
                places[:, 2] += BEHIND_COST * self._strange(*ends, places)
            self._put(text, places, self.look.digits, name=False)

    def _strange(self, a: Floats, b: Floats, places: Floats) -> Floats:
        """Whether another line is as near to a label, or nearly, as the one whose length it tells."""
        lines = np.array([(self.at[one], self.at[two]) for one, two in self.drawing.lines])
        own = (_gaps(np.array([a, b]), lines) < 1e-6).all(axis=0)
        to_own = _gaps(places[:, :2], np.array([(a, b)]))[:, 0]
        to_others = _gaps(places[:, :2], lines[~own]).min(axis=1, initial=math.inf)
        return np.asarray(to_own > CLEARLY_NEARER * to_others, float)

    def _astray(self, vertex: Floats, places: Floats) -> Floats:
        """Whether another point is nearer to a label than the corner whose angle it tells."""
        points = np.array(list(self.at.values()))
        gaps = np.hypot(*(places[:, None, :2] - points[None]).transpose(2, 0, 1))
        own = np.hypot(*(places[:, :2] - vertex).T)
        return np.asarray(own > gaps.min(axis=1) + 1e-6, float)

    def _behind(self, vertex: Floats, places: Floats) -> Floats:
        """Whether a line lies between a corner and a label that would be taken for another angle's."""
        lines = [one.points for one in self.strokes if not one.is_mark]
        starts = np.concatenate([one[:-1] for one in lines])
        steps = np.concatenate([np.diff(one, axis=0) for one in lines])
        # From a little way off the corner, where all its own lines meet.
        ways = places[:, :2] - vertex
        froms = vertex + 0.15 * ways
        ways = 0.85 * ways
        crossed = ways[:, None, 0] * steps[None, :, 1] - ways[:, None, 1] * steps[None, :, 0]
        crossed = np.where(np.abs(crossed) < 1e-9, 1e-9, crossed)
        gaps = starts[None] - froms[:, None]
        along = (gaps[..., 0] * steps[None, :, 1] - gaps[..., 1] * steps[None, :, 0]) / crossed
        across = (gaps[..., 0] * ways[:, None, 1] - gaps[..., 1] * ways[:, None, 0]) / crossed
        hits = (along > 0) & (along < 1) & (across > 0) & (across < 1)
        return np.asarray(hits.any(axis=1), float)

    def _places_for(self, quantity: Quantity, text: str) -> Iterator[tuple[float, float, float]]:
        """Middles of boxes, the better ones at a smaller cost."""
        wide, high = extent(text, self.look.digits, self.letter)
        match quantity.kind:
            case "length":
                yield from self._beside(
                    self.at[quantity.of[0]], self.at[quantity.of[1]], wide, high
                )
            case "angle":
                a, vertex, c = (self.at[name] for name in quantity.of)
                corner = (quantity.of[0], quantity.of[1], quantity.of[2])
                middle = _unit(_unit(a - vertex) + _unit(c - vertex))
                start = _clear_of(self._reach_to(corner, text) + PADDING, middle, wide, high)
                for step in range(14):
                    for swing in (0.0, 0.1, -0.1, 0.2, -0.2):
                        turned = _turned(middle, swing * _opening(a - vertex, c - vertex))
                        x, y = vertex + turned * (start + step * self.letter * 0.22)
                        yield x, y, 0.3 * step + 4 * abs(swing)
            case _:
                centre, a, b = (self.at[name] for name in quantity.of)
                arc = _arc(centre, a, b)
                for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
                    point = arc[round(share * (len(arc) - 1))]
                    away = _unit(point - centre)
                    spread = abs(away[0]) * wide / 2 + abs(away[1]) * high / 2
                    for gap in (2.5 * self.unit, 5 * self.unit):
                        x, y = point + away * (spread + gap)
                        yield x, y, 4 * abs(share - 0.5) + gap / 5

    def _beside(
        self, a: Floats, b: Floats, wide: float, high: float
    ) -> Iterator[tuple[float, float, float]]:
        along = _unit(b - a)
        middle = np.mean(list(self.at.values()), axis=0)
        across = np.array((-along[1], along[0]))
        if across @ ((a + b) / 2 - middle) < 0:
            across = -across  # outside is better
        spread = abs(across[0]) * wide / 2 + abs(across[1]) * high / 2
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
            for side, worse in ((across, 0.0), (-across, 0.8)):
                for gap in (2.5 * self.unit, 5 * self.unit, 8 * self.unit):
                    x, y = a + share * (b - a) + side * (spread + gap)
                    yield x, y, worse + 5 * abs(share - 0.5) + gap / 8

    def _name_points(self) -> None:
        for name, at in self.at.items():
            wide, high = extent(name, self.look.names, self.letter)
            places = []
            for gap in (3.5 * self.unit, 7 * self.unit):
                for turn in range(0, 360, 20):
                    way = np.array((math.cos(math.radians(turn)), math.sin(math.radians(turn))))
                    x, y = at + way * (math.hypot(wide * way[0], high * way[1]) / 2 + gap)
                    places.append((x, y, gap / 4))
            self._put(name, np.array(places), self.look.names, name=True)

    def _put(self, text: str, places: Floats, face: str, *, name: bool) -> None:
        wide, high = extent(text, face, self.letter)
        half = np.array((wide / 2, high / 2)) + PADDING * self.unit
        low, high_corner = places[:, :2] - half, places[:, :2] + half
        # What is far beyond the others in cost is in a place where it must not be.
        cost = LINE_COST * self._crossed(low, high_corner) + np.where(
            places[:, 2] >= BEHIND_COST, BEHIND_COST, 0
        )
        outside = np.maximum(1 - low, 0).sum(axis=1) + np.maximum(
            high_corner - np.array((self.width - 1, self.height - 1)), 0
        ).sum(axis=1)
        cost += OUTSIDE_COST * outside
        if self.boxes:
            boxes = np.array(self.boxes)
            shared = np.minimum(high_corner[:, None], boxes[None, :, 2:]) - np.maximum(
                low[:, None], boxes[None, :, :2]
            )
            cost += LABEL_COST * np.sqrt(np.maximum(shared, 0).prod(axis=2)).sum(axis=1)
        best = int(np.argmin(cost + places[:, 2]))
        x, y = places[best, :2]
        self.boxes.append((*low[best], *high_corner[best]))
        cleaned = float(cost[best]) / self.unit
        self.texts.append(Text(text, float(x), float(y), face, name, cleaned))

    def _crossed(self, low: Floats, high: Floats) -> Floats:
        """How many pixels of line there are in each box."""
        starts = np.concatenate([one.points[:-1] for one in self.strokes])
        steps = np.concatenate([np.diff(one.points, axis=0) for one in self.strokes])
        safe = np.where(np.abs(steps) < 1e-9, 1e-9, steps)
        first = (low[:, None] - starts[None]) / safe[None]
        second = (high[:, None] - starts[None]) / safe[None]
        enter = np.minimum(first, second).max(axis=2).clip(0, 1)
        leave = np.maximum(first, second).min(axis=2).clip(0, 1)
        return np.asarray(np.maximum(leave - enter, 0) @ np.hypot(steps[:, 0], steps[:, 1]))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(1e-9, float(np.hypot(vector[0], vector[1]))))


def _gaps(points: Floats, lines: Floats) -> Floats:
    """How far each point is from each segment."""
    starts, steps = lines[:, 0], lines[:, 1] - lines[:, 0]
    ways = points[:, None] - starts[None]
    shares = (ways * steps).sum(axis=2) / np.maximum((steps * steps).sum(axis=1), 1e-9)
    off = ways - np.clip(shares, 0, 1)[:, :, None] * steps[None]
    return np.asarray(np.hypot(off[..., 0], off[..., 1]))


def _clear_of(radius: float, way: Floats, wide: float, high: float) -> float:
    """How far this way from a circle's centre a box is to be for the circle not to touch it."""
    near, far = 0.0, radius + math.hypot(wide, high)
    for _ in range(12):
        middle = (near + far) / 2
        gap = np.maximum(np.abs(way) * middle - np.array((wide, high)) / 2, 0)
        near, far = (middle, far) if np.hypot(*gap) < radius else (near, middle)
    return far


def _turned(vector: Floats, angle: float) -> Floats:
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array((vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos))


def _opening(a: Floats, b: Floats) -> float:
    return math.atan2(abs(a[0] * b[1] - a[1] * b[0]), float(a @ b))


def _circle(centre: Floats, radius: float) -> Floats:
    turns = np.radians(np.arange(0, 360 + ARC_STEP, ARC_STEP))
    return np.asarray(centre + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1))


def _arc(centre: Floats, a: Floats, b: Floats) -> Floats:
    """From a to b, counterclockwise as the eye sees it: pixels count downwards."""
    start = math.atan2(a[1] - centre[1], a[0] - centre[0])
    end = math.atan2(b[1] - centre[1], b[0] - centre[0])
    swept = (start - end) % (2 * math.pi)
    number = max(3, math.ceil(math.degrees(swept) / ARC_STEP) + 1)
    turns = start - np.linspace(0, swept, number)
    radius = math.hypot(a[0] - centre[0], a[1] - centre[1])
    return np.asarray(centre + radius * np.stack([np.cos(turns), np.sin(turns)], axis=1))
