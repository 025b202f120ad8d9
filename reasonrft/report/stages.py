"""stages: what does a stage's journal come to: curves, their start and end, the reward's parts, alarms?"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scipy.special import stdtrit

from builders.parse import object_in, read_object
from evaluators.statistics import Interval, difference, mean
from reasonrft import journal
from reasonrft.config import GrpoConfig, RunConfig, Stage
from reasonrft.estimate import questions_a_step
from reasonrft.job import DONE

MOST_POINTS: Final = 1_000  # of a curve: more would not be seen apart, and the page grows
PARTS: Final = {"reward_accuracy": "accuracy", "reward_format": "format"}


@dataclass(frozen=True, slots=True)
class Moments:
    """What a key was at the start, in the middle and at the end: means over a tenth of the rows."""

    start: Interval
    middle: Interval
    end: Interval
    change: Interval  # end minus start


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the reward."""

    weight: float  # the most that it can be
    start: Interval
    end: Interval
    change: Interval


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that training raised."""

    step: int
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage's training came to."""

    finished: bool
    steps: int
    rows: int  # of the log
    seconds: float | None
    tokens: float | None
    answers: int | None  # that were sampled, by the settings; None: none are
    rows_a_point: int  # that a point of a curve is the mean of
    curves: Mapping[str, Sequence[float | None]]  # by key, `step` among them
    moments: Mapping[str, Moments]
    parts: Mapping[str, Part]  # of the reward
    alarms: Sequence[Raised]
    facts: Mapping[str, Any]  # that the trainer left


def read_stage(folder: Path, stage: Stage, config: RunConfig) -> StageReport | None:
    """The report on a stage; none where it has not begun.

    Raises:
        BuildError: its journal is damaged.
    """
    rows = [_numbers(row) for row in journal.read(folder / journal.JOURNAL)]
    rows = [row for row in rows if math.isfinite(row.get("step", math.nan))]
    if not rows:
        return None
    moments = {key: _moments(rows, key) for key in _keys(rows)}
    steps, size = int(rows[-1]["step"]), -(-len(rows) // MOST_POINTS)
    return StageReport(
        finished=(folder / DONE).is_file(),
        steps=steps,
        rows=len(rows),
        seconds=rows[-1].get("seconds"),
        tokens=rows[-1].get("tokens"),
        answers=_sampled(steps, config) if stage == "grpo" else None,
        rows_a_point=size,
        curves={key: _curve(rows, key, size) for key in ("step", *moments)},
        moments=moments,
        parts=_parts(config.grpo, moments) if stage == "grpo" else {},
        alarms=_alarms(folder / journal.ALARMS),
        facts=object_in(folder / DONE) or {},
    )


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(v) for key, v in row.items() if isinstance(v, int | float)}


def _keys(rows: Sequence[Mapping[str, float]]) -> list[str]:
    """The keys that are measured, in their order; time and place are not."""
    found = dict.fromkeys(key for row in rows for key in row)
    return [key for key in found if key not in {"step", "epoch", "seconds", "tokens"}]


def _curve(rows: Sequence[Mapping[str, float]], key: str, size: int) -> list[float | None]:
    """Means of so many rows each; none where no number is finite."""
    blocks = (rows[at : at + size] for at in range(0, len(rows), size))
    means = (mean(_finite(row.get(key, math.nan) for row in block)) for block in blocks)
    # Six digits: a page of thousands of points needs no more.
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in means]


def _moments(rows: Sequence[Mapping[str, float]], key: str) -> Moments:
    values = [row.get(key, math.nan) for row in rows]
    # At least three rows, for an interval; at most a third, so that no row stands in two of them.
    size = max(1, min(max(3, len(rows) // 10), len(rows) // 3))
    middle = (len(rows) - size) // 2
    start, end = row_interval(values[:size]), row_interval(values[-size:])
    return Moments(start, row_interval(values[middle : middle + size]), end, difference(end, start))


def row_interval(values: Sequence[float]) -> Interval:
    """The mean of some rows with Student's 95 % interval; without bounds for fewer than two."""
    finite = _finite(values)
    n, centre = len(finite), mean(finite)
    if n < 2:
        return Interval(centre, math.nan, math.nan, n)
    variance = math.fsum((value - centre) ** 2 for value in finite) / (n - 1)
    half = float(stdtrit(n - 1, 0.975)) * math.sqrt(variance / n)
    return Interval(centre, centre - half, centre + half, n)


def _finite(values: Iterable[float]) -> list[float]:
    return [value for value in values if math.isfinite(value)]


def _sampled(steps: int, config: RunConfig) -> int:
    """Answers that so many steps sample; where steps share answers, they are sampled once."""
    questions = questions_a_step(config, "grpo")
    return -(-steps // config.grpo.iterations) * questions * config.grpo.group


def _parts(config: GrpoConfig, moments: Mapping[str, Moments]) -> dict[str, Part]:
    weights = {"accuracy": config.reward.accuracy, "format": config.reward.format}
    return {
        name: Part(weights[name], one.start, one.end, one.change)
        for key, name in PARTS.items()
        if (one := moments.get(key)) is not None
    }


def _alarms(path: Path) -> list[Raised]:
    """The alarms in a file; what is none is passed over: a report is not lost for it."""
    lines = (
        path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    )
    found = []
    for line in lines:
        match read_object(line):
            case {"step": int() | float() as step, "name": str() as name, "message": str() as text}:
                if math.isfinite(step):
                    found.append(Raised(int(step), name, text))
            case _:
                continue
    return sorted(dict.fromkeys(found), key=lambda one: one.step)
