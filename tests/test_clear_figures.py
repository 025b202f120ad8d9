"""Drawings do not mislead: no line that is no tangent looks like one, numbers and marks stand where they belong."""

import math

import pytest

from builders.scenes.figures.circles import circle, on
from builders.scenes.figures.figure import Figure, UnsuitableError


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
