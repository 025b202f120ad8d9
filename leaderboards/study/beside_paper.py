"""beside_paper: do a study's differences point where those of the paper's table point?

Our questions, models and sizes are others: only the sign is compared, and only where ours is sure and one of the
paper's. Ours are by the paper's own scorer, in domain and on the mean of the shifts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evaluators.statistics import Interval, average, difference, mean
from leaderboards.published.tables import (
    NAMES,
    Column,
    Part,
    Published,
    interval_of,
    published,
    recipe_of,
)
from leaderboards.study.answers import ASKED, Verdict, pairs_with, verdict_of
from leaderboards.study.figures import Seeds, together
from leaderboards.study.finished import OUTSIDE, Finished
from leaderboards.study.paired import as_the_paper, compared
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.study.cells import WHOLE

PARTS: Final[Mapping[str, str]] = {  # the paper's name of each family
    "counting": "Visual counting",
    "geometry": "Structure perception",
    "transformation": "Spatial transformation",
}
ROUNDING: Final = 1e-9  # points that are none: the paper printed hundredths


class Direction(StrEnum):
    """How ours stands to the paper's."""

    SAME = "same"
    OPPOSITE = "opposite"
    OPEN = "ours not told apart"
    UNSURE = "the paper's not told apart"  # of no model, or it cannot be known
    MIXED = "the paper's models differ"  # or one shows no difference


@dataclass(frozen=True, slots=True)
class Beside:
    """One of our differences beside those that the paper printed; all are Reason-RFT minus the other."""

    family: str
    other: Recipe
    measure: str  # IN_DOMAIN or OUTSIDE
    ours: Seeds  # by the paper's own scorer
    verdict: Verdict
    printed: Mapping[str, float]  # by model, in points
    # Whether its interval leaves out zero; None: none can be worked out.
    sure: Mapping[str, bool | None]
    direction: Direction


def beside_paper(cells: Sequence[Finished]) -> list[Beside]:
    """All differences that the paper's newest table has too."""
    table = published()[0]
    parts = {part.name: part for part in table.parts}
    whole = [one for one in cells if one.cell.share == WHOLE]
    found = []
    for family, other, pairs in pairs_with(whole):
        part = parts.get(PARTS.get(family, ""))
        for measure in (IN_DOMAIN, OUTSIDE) if part else ():
            known = {
                seed: one
                for seed, both in pairs.items()
                if (one := compared(*both, measure, as_the_paper))
            }
            if known and part:
                found.append(_beside(table, part, (family, other, measure), together(known)))
    return found


def _beside(table: Published, part: Part, what: tuple[str, Recipe, str], ours: Seeds) -> Beside:
    family, other, measure = what
    printed, sure = {}, {}
    for model, rows in _models(table).items():
        first, second = rows[NAMES[ASKED]], rows[NAMES[other]]
        printed[model] = _mean(first, part, measure) - _mean(second, part, measure)
        intervals = [_interval(row, part, measure) for row in (first, second)]
        sure[model] = _is_sure(*intervals)
    verdict = verdict_of(ours.all)
    return Beside(
        family, other, measure, ours, verdict, printed, sure, direction_of(verdict, printed, sure)
    )


def direction_of(
    verdict: Verdict, printed: Mapping[str, float], sure: Mapping[str, bool | None]
) -> Direction:
    """Whether a sure difference of ours points where all of the paper's point, one of which is sure at least."""
    signs = {_sign(value) for value in printed.values()}
    if len(signs) != 1 or 0 in signs:
        return Direction.MIXED
    if not any(sure.values()):
        return Direction.UNSURE
    if verdict is Verdict.OPEN:
        return Direction.OPEN
    return (
        Direction.SAME if signs == {1 if verdict is Verdict.BETTER else -1} else Direction.OPPOSITE
    )


def _sign(points: float) -> int:
    return 0 if abs(points) < ROUNDING else 1 if points > 0 else -1


def _models(table: Published) -> dict[str, dict[str, Mapping[str, str]]]:
    """The rows of each model that was trained, by recipe."""
    models: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in table.rows:
        recipe = recipe_of(row["method"])
        if recipe is not None:
            model = row["method"].removesuffix(recipe).rstrip(" +")
            models.setdefault(model, {})[recipe] = row
    return models


def _columns(part: Part, measure: str) -> list[Column]:
    return [one for one in part.columns if one.shifted is (measure == OUTSIDE)]


def _mean(row: Mapping[str, str], part: Part, measure: str) -> float:
    return mean([float(row[one.key]) for one in _columns(part, measure)])


def _interval(row: Mapping[str, str], part: Part, measure: str) -> Interval | None:
    each = [interval_of(float(row[one.key]), one, part) for one in _columns(part, measure)]
    known = [one for one in each if one is not None]
    return average(known) if len(known) == len(each) else None


def _is_sure(first: Interval | None, second: Interval | None) -> bool | None:
    if first is None or second is None:
        return None
    apart = difference(first, second)
    return not apart.low <= 0 <= apart.high
