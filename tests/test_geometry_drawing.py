"""Drawings do not mislead: no line that is no tangent looks like one, labels and marks stand apart, where they belong."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations
from random import Random
from typing import Any

import numpy as np
import pytest
import shapely

from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.circles import circle, on
from builders.scenes.figures.drawing import Drawing, mark, outline
from builders.scenes.figures.figure import Fact, Figure, UnsuitableError
from builders.scenes.figures.labels import Text
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import SANS, SERIF, Look, other_look, plain_look
from builders.scenes.figures.marks import arcs_of_angles, marks
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.picture import paint
from builders.scenes.figures.sheet import Sheet, arc, extent
from builders.tasks.geometry._problem import is_visible
from builders.tasks.geometry._question import tell
from tests.geometry_data import figures

# Lines that nearly touch a circle.


def at_a_circle(degrees: float) -> Figure:
    """A circle, and a line from a point of it that makes this angle with the tangent there."""
    figure = Figure()
    centre = circle(figure, 5)
    touching = on(figure, centre, 0)
    figure.join(touching, figure.place(*figure.towards(touching, 90 + degrees, -8)))
    return figure


@pytest.mark.parametrize(("degrees", "is_clear"), [(0, False), (8, False), (-8, False), (35, True)])
def test_what_looks_like_a_tangent_is_one(degrees: float, is_clear: bool) -> None:
    """Also where it is one and nothing says so: no theorem would know of it."""
    figure = at_a_circle(degrees)
    if is_clear:
        figure.check()
        return
    with pytest.raises(UnsuitableError, match="nearly a tangent of circle O"):
        figure.check()


def test_a_tangent_that_is_stated_is_clear() -> None:
    figure = at_a_circle(0)
    figure.state("tangent", "B", "A", "O")
    figure.check()


@pytest.mark.parametrize(("off", "start", "is_clear"), [
    (5.1, -8, False), (4.9, -8, False), (6, -8, True), (5.1, 3, True), (4, -8, True),
])  # fmt: skip
def test_no_line_nearly_touches_a_circle(off: float, start: float, is_clear: bool) -> None:
    """As far as it is drawn: what ends before the circle would look otherwise."""
    figure = Figure()
    circle(figure, 5)
    figure.join(figure.place(start, off), figure.place(8, off))
    assert math.isclose(figure.extent(), 16 if start < 0 else 13)
    if is_clear:
        figure.check()
        return
    with pytest.raises(UnsuitableError, match="nearly a tangent"):
        figure.check()


# Pictures.


def labelled(figure: Figure) -> Drawing:
    drawing = outline(figure)
    for line in figure.lines[:4]:
        drawing.labels.append((figure.length(line[0], line[1]), "12"))
    return drawing


def box_of(text: Text, layout: Layout) -> shapely.Polygon:
    """A label's ink."""
    wide, high = extent(text.text, text.font, layout.letter)
    return shapely.box(text.x - wide / 2, text.y - high / 2, text.x + wide / 2, text.y + high / 2)


def boxes(layout: Layout) -> list[shapely.Polygon]:
    return [box_of(text, layout) for text in layout.texts]


@pytest.mark.parametrize("size", [(112, 112), (320, 240), (512, 512)])
def test_labels_of_a_clean_layout_cover_nothing(size: tuple[int, int]) -> None:
    clean = 0
    for place, figure in enumerate(figures()[::4]):
        look = plain_look(Random(place)) if place % 2 else other_look(Random(place))
        layout = lay_out(labelled(figure), look, *size, place)
        if not layout.is_clean:
            continue
        clean += 1
        picture = shapely.box(0, 0, *size)
        strokes = shapely.union_all([shapely.LineString(one.points) for one in layout.strokes])
        for box in boxes(layout):
            assert picture.contains(box)
            assert strokes.intersection(box).length < 3 * max(1, size[0] / 240)
        for one, other in combinations(boxes(layout), 2):
            assert one.intersection(other).area < 1
    assert clean > (15 if size[0] > 112 else 6)


@pytest.mark.parametrize("tilt", [0, 20, 45, 100])
def test_a_length_is_written_beside_its_own_line(tilt: float) -> None:
    """Not midway between a side and a diagonal, where it could be either's."""
    drawn = (construct("square and circle", 0, Random(seed)) for seed in range(20))
    figure = next(one for one in drawn if "around" in [fact.kind for fact in one.facts])
    a, b, c, _ = next(fact.of for fact in figure.facts if fact.kind == "square")
    drawing = outline(figure)
    drawing.labels.append((figure.length(b, c), "136"))
    layout = lay_out(drawing, Look(tilt=tilt, letter=0.12), 128, 96, 0)
    middle = boxes(layout)[0].centroid
    own, other = (
        shapely.LineString([layout.pixels[one] for one in ends]).distance(middle)
        for ends in ((b, c), (a, c))
    )
    assert own < 0.8 * other or not layout.is_clean


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_no_line_lies_between_an_arc_and_its_number(size: tuple[int, int]) -> None:
    """Beyond a tangent it would be the tangent's length."""
    clean = beyond = 0
    for seed in range(60):
        figure = construct("tangent and chord", 0, Random(seed))
        ((centre_of, there),) = figure.circles.items()
        arcs = [Quantity("arc", (centre_of, a, b)) for a, b in permutations(there, 2)]
        for one in arcs:
            if not is_visible(one, figure):
                continue
            drawing = outline(figure)
            drawing.labels.append((one, "156°"))
            layout = lay_out(drawing, plain_look(Random(seed)), *size, seed)
            (text,) = (label for label in layout.texts if not label.is_name)
            centre, *ends = (layout.pixels[name] for name in one.of)
            radius = math.dist(centre, ends[0])
            away = math.dist(centre, (text.x, text.y))
            nearest = [
                c + (at - c) * radius / away for c, at in zip(centre, (text.x, text.y), strict=True)
            ]
            between = shapely.LineString([nearest, (text.x, text.y)])
            lines = [[layout.pixels[name] for name in ends] for ends in drawing.lines]
            parted = any(shapely.LineString(line).distance(between) < 1e-9 for line in lines)
            clean += layout.is_clean
            beyond += parted and layout.is_clean
    assert clean > 20 and beyond == 0


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_an_arcs_number_is_nearer_to_it_than_to_any_point_or_name(size: tuple[int, int]) -> None:
    """`N (4x + 10)°` would be read as something of N."""
    clean = 0
    for seed in range(12):
        figure = construct("inscribed quadrilateral", 0, Random(seed))
        ((centre, there),) = figure.circles.items()
        look = (plain_look, other_look)[seed % 2](Random(seed))
        for ends in permutations(there, 2):
            if figure.size(Quantity("arc", (centre, *ends))) > 160:
                continue
            drawing = outline(figure)
            drawing.labels.append((Quantity("arc", (centre, *ends)), "(4x + 10)°"))
            layout = lay_out(drawing, look, *size, seed)
            if not layout.is_clean:
                continue
            clean += 1
            (number,) = (box_of(one, layout) for one in layout.texts if not one.is_name)
            names = [box_of(one, layout) for one in layout.texts if one.is_name]
            points = [shapely.Point(at) for at in layout.pixels.values()]
            at = (np.array(layout.pixels[name]) for name in (centre, *ends))
            own = number.distance(shapely.LineString(arc(*at)))
            assert own < 0.85 * min(number.distance(one) for one in [*names, *points])
    assert clean > 30


def test_a_crowded_layout_is_not_clean() -> None:
    figure = construct("triangle of angles", 0, Random(1))
    drawing = outline(figure)
    first, second, _ = figure.points
    drawing.labels += [
        (figure.length(first, second), "a very long label " + str(n)) for n in range(6)
    ]
    assert not lay_out(drawing, Look(), 112, 112, 0).is_clean


# Marks.


@pytest.mark.parametrize("degrees", [50, 70, 85, 100])
def test_the_arc_of_an_angle_is_near_its_label(degrees: int) -> None:
    figure = Figure()
    vertex, a = figure.place(0, 0), figure.place(8, 0)
    c = figure.place(*figure.towards(vertex, degrees, 8))
    figure.shape(vertex, a, c)
    drawing = outline(figure)
    drawing.labels.append((figure.angle(a, vertex, c), "(6x + 54)°"))
    layout = lay_out(drawing, Look(), 320, 240, 0)
    (arc,) = (shapely.LineString(one.points) for one in layout.strokes if one.is_mark)
    assert boxes(layout)[0].distance(arc) < 0.4 * layout.letter


@pytest.mark.parametrize(("alone", "arcs"), [(True, [1, 2, 2]), (False, [1, 1])])
def test_a_labelled_angle_has_not_the_mark_of_others(alone: bool, arcs: list[int]) -> None:
    """One arc for a number; equal angles have one too only where the number is that of both."""
    figure = Figure()
    a, b, c = figure.place(0, 0), figure.place(8, 0), figure.place(4, 9)
    figure.shape(a, b, c)
    drawing = outline(figure)
    assert mark(drawing, figure, Fact("same angle", (c, a, b, a, b, c)))
    labelled = figure.angle(a, c, b) if alone else figure.angle(c, a, b)
    drawing.labels.append((labelled, "48°"))
    curves = [
        (corner, [tuple(point) for point in curve.round(3)])
        for corner, curve in arcs_of_angles(Sheet(drawing, Look(), 320, 240, 2))
    ]
    seen = {corner: {str(curve) for one, curve in curves if one == corner} for corner, _ in curves}
    assert sorted(len(there) for there in seen.values()) == arcs


@pytest.mark.parametrize(("halves", "strokes"), [(True, 2), (False, 0)])
def test_halves_of_an_angle_are_not_taken_for_one_whole(halves: bool, strokes: int) -> None:
    """Their arcs run into one another: each has a stroke across it."""
    figure = Figure()
    a, b, c = figure.place(0, 0), figure.place(8, 0), figure.place(*figure.towards("A", 80, 8))
    figure.shape(a, b, c)
    d = figure.cevian(a, b, c, 0.5)
    drawing = outline(figure)
    alike = (b, a, d, d, a, c) if halves else (a, b, c, a, c, b)
    assert mark(drawing, figure, Fact("same angle", alike))
    sheet = Sheet(drawing, Look(), 320, 240, 2)
    lines = [one for one in marks(sheet) if len(one) == 2]
    assert len(lines) == strokes
    for line in lines:
        crossed = [
            corner
            for corner, arc in arcs_of_angles(sheet)
            if shapely.LineString(arc).crosses(shapely.LineString(line))
        ]
        assert len(crossed) == 1


def test_arrows_keep_clear_of_ticks() -> None:
    figure = construct("triangle of lengths", 0, Random(1))
    a, b = list(figure.points)[:2]
    drawing = outline(figure)
    drawing.ticks.append([(a, b)])
    drawing.arrows.append([(b, a)])
    layout = lay_out(drawing, plain_look(Random(1)), 112, 112, 0)
    tick, arrow = (stroke.points for stroke in layout.strokes if stroke.is_mark)
    assert np.abs(tick[:, None] - arrow[None]).max(axis=2).min() > 4  # pixels


def test_a_shape_that_cannot_be_marked_whole_has_no_mark() -> None:
    """It is told instead; right angles of a square, its sides being cut, would say a part of it again."""
    figure = construct("square", 0, Random(1))
    (square,) = (fact for fact in figure.facts if fact.kind == "square")
    figure.midpoint(*square.of[:2])
    drawing = outline(figure)
    assert not mark(drawing, figure, square)
    assert drawing == outline(figure)


@pytest.mark.parametrize(("base", "is_marked"), [("rectangle", True), ("rounded rectangle", False)])
def test_no_right_angle_is_marked_at_a_side_that_is_not_drawn(base: str, is_marked: bool) -> None:
    """It would float in the shade: that it is a rectangle is told instead."""
    figure = construct(base, 0, Random(1))
    (fact,) = (one for one in figure.facts if one.kind == "rectangle")
    drawing = outline(figure)
    assert mark(drawing, figure, fact) == is_marked
    assert len(drawing.rights) == (4 if is_marked else 0)
    telling = tell(figure, [fact], [], [], Random(1), textbook=True)
    words = [] if is_marked else [f"{''.join(fact.of)} is a rectangle"]
    assert telling.statements == words


# Ink.


Ink = np.ndarray[Any, Any]  # rows or columns of the pixels that a text has changed


def inked(size: tuple[int, int]) -> Iterator[tuple[Layout, Text, Ink, Ink]]:
    """Every label of some pictures, painted alone, with the rows and the columns of its ink."""
    for seed in range(12):
        figure = construct("right triangle", 1, Random(seed))
        look = plain_look(Random(seed))
        layout = lay_out(labelled(figure), look, *size, seed)
        bare = np.asarray(paint(replace(layout, texts=()), look)).astype(int)
        for text in layout.texts:
            shown = np.asarray(paint(replace(layout, texts=(text,)), look)).astype(int)
            rows, columns = np.nonzero(np.abs(shown - bare).sum(axis=2) > 40)
            yield layout, text, rows, columns


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_a_label_lies_in_its_box(size: tuple[int, int]) -> None:
    for layout, text, rows, columns in inked(size):
        left, top, right, bottom = layout.box_of(text)
        assert len(rows) > 4, text
        assert left <= columns.min() and columns.max() < right, text
        assert top <= rows.min() and rows.max() < bottom, text
        assert columns.min() - left <= 3 and right - columns.max() <= 4, text


@pytest.mark.parametrize("size", [(112, 112), (320, 240)])
def test_ink_is_in_the_middle_of_its_place(size: tuple[int, int]) -> None:
    """Half a pixel aside a label would be nearer to a line than was seen to."""
    aside = []
    for _, text, rows, columns in inked(size):
        middle = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
        aside.append((middle[0] - text.x, middle[1] - text.y))
    assert len(aside) > 40
    across, down = np.abs(np.mean(aside, axis=0))
    assert down < 0.3 and across < 0.5  # before and after a letter there is not the same room


def test_an_even_letter_is_in_the_middle_of_its_place() -> None:
    """Letters are set to whole pixels, so that one place may be half a pixel off; the mean is not."""
    layout = lay_out(outline(construct("right triangle", 0, Random(0))), Look(), 320, 240, 0)
    aside = []
    for x in np.arange(100, 101, 0.125):
        text = Text("H", float(x), 100.0, SANS, True, 0)
        alone = replace(layout, strokes=(), dots=layout.dots[:0], areas=(), texts=(text,))
        dark = 255 - np.asarray(paint(alone, Look())).astype(float).mean(axis=2)
        aside.append((dark.sum(axis=0) * np.arange(320)).sum() / dark.sum() - x)
    assert np.abs(aside).max() < 0.7
    assert abs(np.mean(aside)) < 0.2, aside


@pytest.mark.parametrize("size", [(320, 240), (512, 512)])  # in smaller ones a dot is a pixel
def test_names_keep_away_from_dots_as_large_as_they_are_painted(size: tuple[int, int]) -> None:
    """What is painted of them, not a stroke that stands for them."""
    look, clean = Look(dots=True), 0
    for seed in range(8):
        figure = construct("triangle of angles", 0, Random(seed))
        layout = lay_out(outline(figure), look, *size, seed)
        bare = replace(layout, strokes=(), texts=())
        painted = np.asarray(paint(bare, look)).astype(int).min(axis=2) < 128
        for text in layout.texts:
            shown = np.asarray(paint(replace(bare, texts=(text,), dots=layout.dots[:0]), look))
            near = np.argwhere(shown.astype(int).min(axis=2) < 200)
            gaps = np.abs(near[:, None] - np.argwhere(painted)[None]).max(axis=2)
            assert gaps.min() > 1 or not text.is_clean, (text, size)
            clean += text.is_clean
    assert clean > 15


def test_all_that_is_said_of_a_sample_can_be_seen() -> None:
    """The ink of its letters: a picture without labels is another one."""
    figure = construct("right triangle", 0, Random(1))
    look = plain_look(Random(1))
    with_labels = paint(lay_out(labelled(figure), look, 200, 150, 0), look)
    without = paint(lay_out(outline(figure), look, 200, 150, 0), look)
    assert with_labels.tobytes() != without.tobytes()
    assert extent("12", SERIF, 16)[0] > 8
