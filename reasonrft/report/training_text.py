"""training_text: an experiment's report in words: its tables, and its sections of `report.md`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from builders.progress import duration, number_of
from evaluators.statistics import Interval
from reasonrft.report.markdown import inline, p_text, plain, points, table
from reasonrft.report.remarks import shown
from reasonrft.report.stages import Moments, Part, StageReport
from reasonrft.report.training import Change, Cost, Training

Columns = tuple[str, ...]
Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of the journal is called, and measured in."""

    label: str
    unit: str = ""  # empty: a number without one
    is_share: bool = False


KEYS: Final[Mapping[str, Key]] = {
    "reward": Key("reward"),
    "reward_accuracy": Key("accuracy part"),
    "reward_format": Key("format part"),
    "correct": Key("correct", is_share=True),
    "well_formed": Key("well formed", is_share=True),
    "reward_spread": Key("reward spread in a group"),
    "silent": Key("groups without signal", is_share=True),
    "kl": Key("KL", "nats a token"),
    "length": Key("length", "tokens"),
    "length_longest": Key("longest", "tokens"),
    "truncated": Key("cut off", is_share=True),
    "loss": Key("loss"),
    "entropy": Key("entropy", "nats a token"),
    "grad_norm": Key("gradient norm"),
    "clipped": Key("clipped tokens", is_share=True),
    "logp_gap": Key("rollout − trainer", "nats a token"),
    "learning_rate": Key("learning rate"),
}
# The charts of a stage: what is drawn together shares a scale. A key that the stage lacks is left out.
CHARTS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("Reward", ("reward", "reward_accuracy", "reward_format")),
    ("Answers", ("correct", "well_formed")),
    ("Groups whose answers all earn the same", ("silent",)),
    ("KL from the stage's first model", ("kl",)),
    ("Length of answers", ("length", "length_longest")),
    ("Answers cut off", ("truncated",)),
    ("Loss", ("loss",)),
    ("Learning rate", ("learning_rate",)),
    ("Entropy", ("entropy",)),
    ("Gradient norm", ("grad_norm",)),
    ("Tokens whose ratio was clipped", ("clipped",)),
    ("Log-probabilities: rollout against trainer", ("logp_gap",)),
)

CHANGES: Final[Columns] = (
    *("split", "from", "to", "n", "before", "after", "difference (95%)"),
    *("only before", "only after", "left out", "p", "p corrected"),
)
MOMENTS: Final[Columns] = ("mean of rows", "rows", "start", "middle", "end", "change (95%)")
PARTS: Final[Columns] = ("part of the reward", "weight", "rows", "start", "end", "change (95%)")
COSTS: Final[Columns] = ("part", "time", "steps", "tokens", "answers")
TITLES: Final[Mapping[str, str]] = {
    "sft": "Stage 1: supervised fine-tuning",
    "grpo": "Stage 2: GRPO",
}


def change_rows(changes: Sequence[Change]) -> list[Cells]:
    """A row for each split and pair of evaluations."""
    return [
        (
            one.split,
            one.before,
            one.after,
            f"{one.n:,}",
            f"{one.accuracy_before:.1%}",
            f"{one.accuracy_after:.1%}",
            points(one.difference),
            f"{one.only_before:,}",
            f"{one.only_after:,}",
            f"{one.left_out:,}",
            p_text(one.p_value),
            p_text(one.p_corrected),
        )
        for one in changes
    ]


def accuracy_table(training: Training) -> tuple[Columns, list[Cells]]:
    """Accuracy on each split, evaluation by evaluation."""
    names = list(training.evaluations)
    splits = dict.fromkeys(split for one in training.evaluations.values() for split in one.splits)
    rows = [
        (split, *(_accuracy(training.evaluations[name].splits.get(split)) for name in names))
        for split in splits
    ]
    return ("split", *(f"{name} (95%)" for name in names)), rows


def _accuracy(interval: Interval | None) -> str:
    if interval is None or not interval.n:
        return "–"
    return f"{shown(interval)}, n = {interval.n:,}"


def moment_rows(moments: Mapping[str, Moments]) -> list[Cells]:
    """A row for each key, those that have a name first."""
    keys = [key for key in KEYS if key in moments] + [key for key in moments if key not in KEYS]
    return [
        (
            label_of(key),
            f"{one.start.n:,}",
            *(value_text(part.estimate, key) for part in (one.start, one.middle, one.end)),
            _changed(one.change, key),
        )
        for key in keys
        for one in (moments[key],)
    ]


def label_of(key: str) -> str:
    """The name and the unit."""
    one = KEYS.get(key, Key(key))
    return f"{one.label}, {one.unit}" if one.unit else one.label


def part_rows(parts: Mapping[str, Part]) -> list[Cells]:
    """A row for each part of the reward."""
    return [
        (
            name,
            f"{one.weight:g}",
            f"{one.start.n:,}",
            *(_estimate(part) for part in (one.start, one.end)),
            _changed(one.change, "reward"),
        )
        for name, one in parts.items()
    ]


def _estimate(interval: Interval) -> str:
    """`0.412 (0.398–0.426)`."""
    estimate = value_text(interval.estimate, "reward")
    if not math.isfinite(interval.low):
        return estimate
    low, high = (value_text(value, "reward") for value in (interval.low, interval.high))
    return f"{estimate} ({low}–{high})" if interval.low >= 0 else f"{estimate} ({low} to {high})"


def _changed(change: Interval, key: str) -> str:
    """`+0.31 (0.28 to 0.34)`, shares in percentage points."""
    if not math.isfinite(change.estimate):
        return "–"
    if not math.isfinite(change.low) or key == "learning_rate":  # which no chance is in
        return _signed(change.estimate, key)
    low, high = (_signed(value, key) for value in (change.low, change.high))
    return f"{_signed(change.estimate, key)} ({low} to {high})"


def _signed(value: float, key: str) -> str:
    text = value_text(abs(value), key).removesuffix("%")
    return f"{'−' if value < 0 else '+'}{text}"


def value_text(value: float, key: str) -> str:
    """A value of a key: shares in percent, others with three digits."""
    if not math.isfinite(value):
        return "–"
    if KEYS.get(key, Key(key)).is_share:
        return f"{value:.1%}".replace("-", "−")
    digits = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return digits.replace("e-0", "e-").replace("e+0", "e").replace("-", "−")


def cost_rows(costs: Sequence[Cost]) -> list[Cells]:
    """A row for each part, and their sum."""
    total = math.fsum(one.seconds or 0 for one in costs)
    rows = [
        (
            one.part,
            "–" if one.seconds is None else duration(one.seconds),
            *(_count(value) for value in (one.steps, one.tokens, one.answers)),
        )
        for one in costs
    ]
    return [*rows, ("together", duration(total), "", "", "")]


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def stage_facts(one: StageReport) -> str:
    """How far it came, and what its rows are."""
    took = "" if one.seconds is None else f" in {duration(one.seconds)}"
    answers = "" if one.answers is None else f", {one.answers:,} answers sampled"
    tokens = "" if one.tokens is None else f", {one.tokens:,.0f} tokens"
    state = "" if one.finished else ", not finished"
    rows = (
        f"{number_of(one.rows, 'row')} of the log, each the mean of the steps since the one before"
    )
    return f"{number_of(one.steps, 'step')}{took}{answers}{tokens}{state}; {rows}."


def setting_rows(training: Training) -> list[tuple[str, str]]:
    """All settings, and under what training ran."""
    rows = [*flat_settings(training.config), *flat_settings(training.circumstances)]
    for stage, one in training.stages.items():
        rows += [(f"{stage}: {name}", value) for name, value in flat_settings(one.facts)]
    return rows


def flat_settings(table_: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Settings by their whole name; an unset one is a dash."""
    rows: list[tuple[str, str]] = []
    for name, value in table_.items():
        if isinstance(value, Mapping) and value:
            rows += flat_settings(value, f"{before}{name}.")
        else:
            is_empty = value is None or value in ([], {}, ())
            rows.append((f"{before}{name}", "–" if is_empty else _listed(value)))
    return rows


def _listed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()  # as TOML has it
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else plain(value)


def top_lines(training: Training) -> list[str]:
    """The sections of `report.md` before the families: what changed, training, costs."""
    lines = []
    if training.evaluations:
        lines += ["## What training changed", "", *table(*accuracy_table(training)), ""]
    if training.changes:
        lines += [inline(CHANGED.format(training.correction)), ""]
        lines += [*table(CHANGES, change_rows(training.changes)), ""]
    for stage, one in training.stages.items():
        lines += [f"## {TITLES[stage]}", "", inline(stage_facts(one)), ""]
        if one.alarms:
            lines += [f"- step {alarm.step:,}, {inline(alarm.name)}: {inline(alarm.message)}" for alarm in one.alarms]  # fmt: skip
            lines.append("")
        lines += [*table(MOMENTS, moment_rows(one.moments)), "", ROWS, ""]
        if one.parts:
            lines += [*table(PARTS, part_rows(one.parts)), ""]
    return [
        *lines,
        "## What it took",
        "",
        *table(COSTS, cost_rows(training.costs)),
        "",
        COUNTED,
        "",
    ]


CHANGED: Final = (
    "On the questions that both have an answer to; difference in percentage points with its paired "
    "bootstrap interval, p by McNemar's test, {}."
)
ROWS: Final = (
    "Start, middle and end are means over a tenth of the rows, at least three; the interval of the change "
    "takes rows for independent. Changes of shares are in percentage points."
)


COUNTED: Final = (
    "Time on the clock. Tokens of an evaluation are those that were written, of training those that were "
    "seen. Answers of training are those that its settings make so many steps sample."
)


def end_lines(training: Training) -> list[str]:
    """The section at the end of `report.md`."""
    rows = [f"- {inline(name)}: {inline(value)}" for name, value in setting_rows(training)]
    return ["", "## The experiment", "", *rows]


def page_data(training: Training) -> dict[str, Any]:
    """What the page shows of it in words; its curves are in the report."""
    columns, rows = accuracy_table(training)
    return {
        "accuracies": {"columns": columns, "rows": rows},
        "changes": {"columns": CHANGES, "rows": change_rows(training.changes)},
        "changed": CHANGED.format(training.correction),
        "stages": {
            stage: {
                "title": TITLES[stage],
                "facts": stage_facts(one),
                "moments": {"columns": MOMENTS, "rows": moment_rows(one.moments)},
                "parts": {"columns": PARTS, "rows": part_rows(one.parts)},
                "charts": _charts(one),
            }
            for stage, one in training.stages.items()
        },
        "rows": ROWS,
        "counted": COUNTED,
        "costs": {"columns": COSTS, "rows": cost_rows(training.costs)},
        "settings": setting_rows(training),
    }


def _charts(one: StageReport) -> list[dict[str, Any]]:
    """What is drawn of a stage: those of its keys that have a finite number."""
    drawn = {key for key, curve in one.curves.items() if any(v is not None for v in curve)}
    charts = []
    for title, keys in CHARTS:
        there = [key for key in keys if key in drawn]
        if there:
            first = KEYS[there[0]]
            series = [{"key": key, "label": KEYS[key].label} for key in there]
            unit = f", {first.unit}" if first.unit else ""
            charts.append({"title": f"{title}{unit}", "share": first.is_share, "series": series})
    return charts
