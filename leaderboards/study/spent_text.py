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
        said += _on_shares([one for one in costs if one.family == family])
    return said


def _on_shares(own: Sequence[Cost]) -> list[str]:
    """Whether recipes take as many steps on parts of the training set of a family as on all of it."""
    whole = {(one.recipe, one.stage): one for one in own if one.share == WHOLE}
    others, count = [], 0
    for one in own:
        beside = whole.get((one.recipe, one.stage))
        if one.share == WHOLE or one.stage == EVALUATION or beside is None:
            continue
        count += 1
        if (one.steps, one.rows_seen) != (beside.steps, beside.rows_seen):
            others.append(
                f"{name_of(one.recipe)} with {shares_text([one.share])} ({one.stage.upper()}: "
                f"{one.steps:,.0f} steps, {one.rows_seen:,.0f} rows, not {beside.rows_seen:,.0f})"
            )
    if not count:
        return []
    if len(others) == count:
        return [
            f"{own[0].family}, parts of the training set: other steps or rows than with all of it."
        ]
    but = f", but for {', '.join(others)}" if others else ""
    return [
        f"{own[0].family}, parts of the training set: as many steps and rows as with all of it{but}."
    ]


def _times(trained: Sequence[Cost]) -> list[str]:
    """How much longer each recipe trains than the one that trains least."""
    seconds: dict[Recipe, float] = {}
    for one in trained:
        seconds[one.recipe] = seconds.get(one.recipe, 0.0) + (one.seconds or math.nan)
    if len(seconds) < 2 or not all(value > 0 for value in seconds.values()):  # one is not known
        return []
    least = min(seconds.values())
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
