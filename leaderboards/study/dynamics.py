"""dynamics: how GRPO goes: format, accuracy and length of the sampled answers, step by step, mean over the seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluators.statistics import mean
from leaderboards.study.figures import by_place
from leaderboards.study.finished import Finished
from reasonrft.config import Recipe
from reasonrft.report.stages import StageReport
from reasonrft.study.cells import WHOLE

KEYS: Final = ("well_formed", "correct", "length")  # of the journal, as `training_text` names them
LEAST_WINDOW: Final = 3  # rows of a running mean; of long logs a twentieth


@dataclass(frozen=True, slots=True)
class Course:
    """How one key of the journal goes."""

    steps: Sequence[float]  # that all seeds have logged
    mean: Sequence[float]  # running
    each: Mapping[int, Sequence[float]]  # by seed
    start: float  # mean over the seeds of the first tenth of the rows
    end: float
    # Mean of the steps at which seeds are half of the way; None: one does not surely move.
    half_way: float | None


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How GRPO goes for a recipe on a family, learning from everything."""

    family: str
    recipe: Recipe
    courses: Mapping[str, Course]  # by key


def dynamics(cells: Sequence[Finished]) -> list[Dynamics]:
    """The courses of all recipes that have GRPO."""
    found = []
    for (family, recipe, share), seeds in by_place(cells).items():
        stages = {seed: one.curves["grpo"] for seed, one in seeds.items() if "grpo" in one.curves}
        if share == WHOLE and stages:
            courses = {key: course for key in KEYS if (course := _course(stages, key))}
            found.append(Dynamics(family, recipe, courses))
    return found


def _course(stages: Mapping[int, StageReport], key: str) -> Course | None:
    points = {seed: _points(stage, key) for seed, stage in stages.items()}
    shared = sorted(set.intersection(*map(set, points.values())))
    if not shared:
        return None
    each = {seed: [own[step] for step in shared] for seed, own in points.items()}
    halves = [_half_way(stage, key) for stage in stages.values()]
    known = [step for step in halves if step is not None]
    moments = [stage.moments[key] for stage in stages.values()]
    return Course(
        steps=shared,
        mean=running_mean([mean(column) for column in zip(*each.values(), strict=True)]),
        each=each,
        start=mean([one.start.estimate for one in moments]),
        end=mean([one.end.estimate for one in moments]),
        half_way=mean(known) if len(known) == len(halves) else None,
    )


def _points(stage: StageReport, key: str) -> dict[float, float]:
    """The values by step, where both are numbers."""
    pairs = zip(stage.curves["step"], stage.curves.get(key, ()), strict=False)
    return {step: value for step, value in pairs if step is not None and value is not None}


def _half_way(stage: StageReport, key: str) -> float | None:
    """The first step at which the running mean is half of the way from the start to the end."""
    moments = stage.moments[key]
    if not (moments.change.low > 0 or moments.change.high < 0):  # of few rows there is no interval
        return None
    goal = (moments.start.estimate + moments.end.estimate) / 2
    rises = moments.change.estimate > 0
    points = _points(stage, key)
    for step, near in zip(points, running_mean(list(points.values())), strict=True):
        if near >= goal if rises else near <= goal:
            return step
    return None


def running_mean(values: Sequence[float]) -> list[float]:
    """The mean of the values around each."""
    half = max(LEAST_WINDOW, len(values) // 20) // 2
    return [mean(values[max(0, at - half) : at + half + 1]) for at in range(len(values))]
