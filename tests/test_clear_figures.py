"""Drawings do not mislead: no line that is no tangent looks like one, numbers and marks stand where they belong."""

import math
from itertools import permutations
from random import Random

import numpy as np
import pytest
import shapely

from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.circles import circle, on
from builders.scenes.figures.drawing import mark, outline
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.labels import Text
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import other_look, plain_look
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.sheet import arc, extent
from builders.tasks.geometry._question import tell


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


def box_of(text: Text, layout: Layout) -> shapely.Polygon:
    """A label's ink."""
    wide, high = extent(text.text, text.font, layout.letter)
    return shapely.box(text.x - wide / 2, text.y - high / 2, text.x + wide / 2, text.y + high / 2)


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
