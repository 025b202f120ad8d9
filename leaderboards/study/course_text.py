"""course_text: what GRPO adds to SFT, and how it goes, in tables and pictures."""

from collections.abc import Sequence
from typing import Final

from leaderboards.study import plots
from leaderboards.study.document import Grid, Heading, Part, Picture, Pictures, Prose, Section
from leaderboards.study.dynamics import Course, Dynamics
from leaderboards.study.figures import Seeds
from leaderboards.study.finished import OUTSIDE
from leaderboards.study.report import StudyReport
from leaderboards.study.words import NONE, each_points, n_text, name_of, points_text
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.report.training_text import KEYS, label_of, value_text

SHOWN: Final = {  # of the keys that are drawn, in words
    "well_formed": "how many sampled answers have the layout that was asked for",
    "correct": "how many sampled answers are right",
    "length": "how long sampled answers are",
}
COURSES: Final = (
    "Of sampled answers, learning from everything; the thick line is the mean over the seeds. Half of the way: the "
    "step at which the running mean has come half from the first tenth of the log to the last, mean over the seeds; "
    "none where a seed does not surely move."
)
ADDED: Final = (
    "Recipes with SFT before GRPO, learning from everything: the model that GRPO left minus the one that SFT left, "
    "on the same questions."
)


def added_section(report: StudyReport) -> Section:
    """What the second stage adds; without parts where nothing was asked between stages."""
    found = {(one.family, one.recipe, one.measure): one.difference for one in report.added}
    rows = [
        (family, name_of(recipe), *_added_cells(found.get((family, recipe, IN_DOMAIN))),
         *_added_cells(found.get((family, recipe, OUTSIDE))))
        for family, recipe in dict.fromkeys((one.family, one.recipe) for one in report.added)
    ]  # fmt: skip
    columns = (
        *("family", "recipe", "in domain, points (95%)", "each seed", "n"),
        *("out of domain, points (95%)", "each seed", "n"),
    )
    parts: list[Part] = [Prose(ADDED), Grid(columns, rows, texts=2)] if rows else []
    return Section("What GRPO adds", parts)


def _added_cells(one: Seeds | None) -> tuple[str, str, str]:
    return points_text(one), NONE if one is None else each_points(one), n_text(one)


def dynamics_section(report: StudyReport) -> Section:
    """The courses of each family; without parts where nothing has GRPO."""
    parts: list[Part] = []
    for family in report.families:
        own = [one for one in report.dynamics if one.family == family]
        if own:
            parts += [
                Heading(family.capitalize()),
                Pictures([_course_picture(family, key, own) for key in own[0].courses]),
                Grid(
                    ("recipe", "answers", "start", "end", "half of the way at step"),
                    [_course_row(one.recipe, key, it) for one in own for key, it in one.courses.items()],
                    texts=2,
                ),
            ]  # fmt: skip
    return Section("How GRPO goes", [Prose(COURSES), *parts] if parts else [])


def _course_picture(family: str, key: str, own: Sequence[Dynamics]) -> Picture:
    lines = {one.recipe: one.courses[key] for one in own if key in one.courses}
    one = KEYS[key]
    unit = "%" if one.is_share else one.unit
    told = f"{family}: {SHOWN[key]}, step by step"
    picture = plots.courses(lines, f"{one.label}, {unit}", is_share=one.is_share)
    return Picture(f"course-{family}-{key.replace('_', '-')}", picture, told)


def _course_row(recipe: Recipe, key: str, one: Course) -> tuple[str, ...]:
    values = (value_text(value, key) for value in (one.start, one.end))
    half = NONE if one.half_way is None else f"{one.half_way:.0f}"
    return (name_of(recipe), label_of(key), *values, half)
