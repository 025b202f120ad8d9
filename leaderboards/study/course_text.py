"""course_text: how GRPO goes, in pictures and a table."""

from collections.abc import Sequence
from typing import Final

from leaderboards.study import plots
from leaderboards.study.document import Grid, Heading, Part, Picture, Pictures, Prose, Section
from leaderboards.study.dynamics import Course, Dynamics
from leaderboards.study.report import StudyReport
from leaderboards.study.words import NONE, name_of
from reasonrft.config import Recipe
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
