"""spent_text: what each recipe spent in words, and what of it is matched."""

import math
from collections.abc import Sequence
from typing import Final

from builders.progress import duration
from leaderboards.study.document import Bullets, Grid, Part, Prose, Section
from leaderboards.study.figures import EVALUATION, Cost
from leaderboards.study.report import StudyReport
from leaderboards.study.words import NONE, name_of, shares_text
from reasonrft.config import Recipe
from reasonrft.study.cells import WHOLE

SPENT: Final = (
    "Means over the seeds. Rows seen count repeated ones again; tokens trained are read and written, pictures "
    "included; time is on the clock, of one thread, and depends on what else the machine did."
)


def cost_section(report: StudyReport) -> Section:
    """What each place's cells spent; without parts where nothing is done."""
    columns = (
        *("family", "recipe", "rows of train", "stage", "steps", "rows seen", "tokens trained"),
        *("answers", "tokens of answers", "time"),
    )
    whole = [_cost_row(one) for one in report.costs if one.share == WHOLE]
    parts = [_cost_row(one) for one in report.costs if one.share != WHOLE]
    if not whole and not parts:
        return Section("What each spent", [])
    found: list[Part] = [
        Bullets(matched(report.costs)),
        Prose(SPENT),
        Grid(columns, whole, texts=2),
    ]
    if parts:
        found.append(
            Grid(columns, parts, "Those that learned from parts of the training set", texts=2)
        )
    return Section("What each spent", found)


def matched(costs: Sequence[Cost]) -> list[str]:
    """In which recipes spent the same, and in which not, family by family."""
    said = []
    for family in dict.fromkeys(one.family for one in costs):
        own = [one for one in costs if (one.family, one.share) == (family, WHOLE)]
        trained = [one for one in own if one.stage != EVALUATION]
        groups: dict[tuple[str, float, float], list[Recipe]] = {}
        for one in trained:
            groups.setdefault((one.stage, one.steps, one.rows_seen), []).append(one.recipe)
        alike = [
            f"{' and '.join(map(name_of, recipes))} have the same {stage.upper()}: {steps:,.0f} steps, {rows:,.0f} rows"
            for (stage, steps, rows), recipes in groups.items()
            if len(recipes) > 1
        ]
        said.append(f"{family}: {'; '.join([*alike, *_times(trained)]) or 'nothing is matched'}.")
    return said


def _times(trained: Sequence[Cost]) -> list[str]:
    """How much longer each recipe trains than the one that trains least."""
    seconds: dict[Recipe, float] = {}
    for one in trained:
        seconds[one.recipe] = seconds.get(one.recipe, 0.0) + (one.seconds or math.nan)
    least = min(seconds.values(), default=math.nan)
    if not least > 0 or len(seconds) < 2:
        return []
    told = ", ".join(f"{name_of(recipe)} {value / least:.1f}" for recipe, value in seconds.items())
    return [f"time of training in units of the least: {told}"]


def _cost_row(one: Cost) -> tuple[str, ...]:
    return (
        one.family,
        name_of(one.recipe),
        f"{shares_text([one.share])} ({one.rows:,})" if one.rows else NONE,
        one.stage,
        *(_count(value) for value in (one.steps, one.rows_seen, one.tokens_trained)),
        *(_count(value) for value in (one.answers_sampled, one.tokens_sampled)),
        NONE if one.seconds is None else duration(one.seconds),
    )


def _count(value: float | None) -> str:
    return NONE if not value or not math.isfinite(value) else f"{value:,.0f}"
