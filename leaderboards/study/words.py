"""words: how a study's numbers are written."""

from collections.abc import Iterable
from typing import Final

from leaderboards.published.tables import NAMES
from leaderboards.study.figures import Seeds
from reasonrft.config import Recipe
from reasonrft.report.markdown import points, ratio_text, signed
from reasonrft.report.remarks import shown

NONE: Final = "–"


def name_of(recipe: Recipe) -> str:
    """The paper's name of a recipe."""
    return NAMES[recipe]


def share_text(seeds: Seeds | None) -> str:
    """`61.2% (58.1–64.2)`, of all seeds together."""
    return NONE if seeds is None or not seeds.all.n else shown(seeds.all)


def n_text(seeds: Seeds | None) -> str:
    """The questions of all seeds."""
    return NONE if seeds is None else f"{seeds.all.n:,}"


def each_text(seeds: Seeds | None) -> str:
    """Each seed's share in percent."""
    if seeds is None:
        return NONE
    return ", ".join(f"{100 * one.estimate:.1f}" for one in seeds.each.values())


def points_text(seeds: Seeds | None) -> str:
    """`+3.1 (−0.4 to +6.6)`, of all seeds together."""
    return NONE if seeds is None or not seeds.all.n else points(seeds.all)


def each_points(seeds: Seeds) -> str:
    """Each seed's difference in points."""
    return ", ".join(signed(100 * one.estimate) for one in seeds.each.values())


def retention_text(seeds: Seeds | None) -> str:
    """`0.95 (0.90–1.01)`, of all seeds together."""
    return NONE if seeds is None else ratio_text(seeds.all)


def shares_text(shares: Iterable[float]) -> str:
    """`1, 2, 50 %`."""
    return f"{', '.join(f'{100 * share:g}' for share in shares)} %"
