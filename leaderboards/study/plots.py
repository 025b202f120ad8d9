"""plots: a study's numbers as small SVG pictures, the same bytes for the same numbers.

Each is as wide as a phone, and its letters are text. On dark ground a picture is shown in its counter-colours.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluators.statistics import Interval
from leaderboards.published.tables import NAMES
from leaderboards.study.dynamics import Course
from leaderboards.study.figures import Seeds
from reasonrft.config import Recipe

COLOURS: Final[Mapping[Recipe, str]] = {  # as on the leaderboard
    Recipe.ZERO_SHOT: "#1c2228",
    Recipe.ANS_SFT: "#b35900",
    Recipe.COT_SFT: "#7d4bb0",
    Recipe.REASON_RFT_ZERO: "#17794f",
    Recipe.REASON_RFT: "#1f5fa8",
}
BLIND: Final = "#b3372b"
WIDTH: Final = 4.2  # inches of 96 pixels where it is shown
HEIGHT: Final = 3.0
OF_A_SPLIT: Final = 0.56  # inches of height
APART: Final = 0.15  # of a split's height, between two recipes
LONGEST: Final = 22  # characters of a split's name
BESIDE: Final = 1.03  # times as far along a logarithmic axis
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rrft",  # names within the file follow from its content alone
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Noto Sans", "Arial", "sans-serif"],
    "font.size": 8,
    "text.parse_math": False,  # names are texts
    "axes.edgecolor": "#9aa4ae",
    "axes.labelcolor": "#4c5661",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#4c5661",
    "ytick.color": "#4c5661",
    "grid.color": "#e3e7eb",
    "legend.frameon": False,
    "legend.fontsize": 7.5,
}
DARK: Final = "<style>@media (prefers-color-scheme: dark) { svg { filter: invert(1) hue-rotate(180deg); } }</style>"


@contextmanager
def _axes(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
        axes.grid(visible=True, linewidth=0.6)
        axes.set_axisbelow(b=True)
        yield figure, axes


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    start = text.index("<svg")
    opened = text.index(">", start) + 1
    return text[start:opened] + DARK + text[opened:]


def _legend(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    known = dict(zip(labels, handles, strict=True))
    if known:
        figure.legend(list(known.values()), list(known), loc="outside lower center", ncols=3)


def dots(
    rows: Mapping[str, Mapping[Recipe, Seeds]], label: str, blind: Mapping[str, float] | None = None
) -> str:
    """A row for each split with a dot for each recipe, its interval, and a tick for each seed; in percent."""
    with _axes(WIDTH, 1.0 + OF_A_SPLIT * len(rows)) as (figure, axes):
        for place, (split, recipes) in enumerate(rows.items()):
            middle = (len(recipes) - 1) / 2
            for number, (recipe, seeds) in enumerate(recipes.items()):
                _dot(axes, place + APART * (number - middle), recipe, seeds)
            if blind and split in blind:
                ends = (place - 0.4, place + 0.4)
                axes.plot([100 * blind[split]] * 2, ends, color=BLIND, linewidth=1.2, label="best blind answers")  # fmt: skip
        if blind is None:
            axes.axvline(0, color="#4c5661", linewidth=0.8)
        else:
            axes.set_xlim(left=0)
        axes.set_yticks(range(len(rows)), list(map(_short, rows)))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel(label)
        _legend(figure, axes)
        return _svg(figure)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _dot(axes: Axes, y: float, recipe: Recipe, seeds: Seeds) -> None:
    colour = COLOURS[recipe]
    one = seeds.all
    axes.plot([100 * one.low, 100 * one.high], [y, y], color=colour, linewidth=1.4)
    axes.plot([100 * one.estimate], [y], "o", color=colour, markersize=4.5, label=NAMES[recipe])
    each = [100 * interval.estimate for interval in seeds.each.values()]
    axes.plot(each, [y] * len(each), "|", color=colour, markersize=5, markeredgewidth=0.8)


def efficiency(
    curves: Mapping[Recipe, Mapping[float, Interval]], base: Interval | None, label: str
) -> str:
    """A curve for each recipe over the share of the training set that it learned from, in percent."""
    with _axes(WIDTH, HEIGHT) as (figure, axes):
        shares = sorted({share for curve in curves.values() for share in curve})
        if base is not None:
            axes.axhline(100 * base.estimate, color=COLOURS[Recipe.ZERO_SHOT], linewidth=1.0, linestyle=":", label=NAMES[Recipe.ZERO_SHOT])  # fmt: skip
        for place, (recipe, curve) in enumerate(curves.items()):
            aside = BESIDE ** (place - (len(curves) - 1) / 2)  # or intervals would hide one another
            xs = [100 * share * aside for share in sorted(curve)]
            ordered = [curve[share] for share in sorted(curve)]
            ys = [100 * one.estimate for one in ordered]
            reach = [
                [max(0.0, 100 * (one.estimate - one.low)) for one in ordered],
                [max(0.0, 100 * (one.high - one.estimate)) for one in ordered],
            ]
            look: dict[str, Any] = {
                "marker": "o",
                "markersize": 3.5,
                "linewidth": 1.4,
                "capsize": 0,
            }
            axes.errorbar(xs, ys, reach, color=COLOURS[recipe], elinewidth=0.9, label=NAMES[recipe], **look)  # fmt: skip
        axes.set_xscale("log")
        axes.set_xticks([100 * share for share in shares], [f"{100 * share:g}" for share in shares])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel("rows of train, %")
        axes.set_ylabel(label)
        _legend(figure, axes)
        return _svg(figure)


def courses(lines: Mapping[Recipe, Course], label: str, *, is_share: bool) -> str:
    """How a key of the journal goes: the mean over the seeds, and each seed lightly."""
    scale = 100 if is_share else 1
    with _axes(WIDTH, HEIGHT) as (figure, axes):
        for recipe, one in lines.items():
            look: dict[str, Any] = {"color": COLOURS[recipe]}
            for values in one.each.values():
                axes.plot(one.steps, [scale * v for v in values], linewidth=0.7, alpha=0.35, **look)
            axes.plot(one.steps, [scale * v for v in one.mean], linewidth=1.8, label=NAMES[recipe], **look)  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.set_xlabel("step")
        axes.set_ylabel(label)
        _legend(figure, axes)
        return _svg(figure)
