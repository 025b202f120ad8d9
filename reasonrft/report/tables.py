"""tables: how do a report, a comparison, a regrading, an outlook and a study's plan look in a terminal?"""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from builders.fitted import FittedTable
from builders.progress import number_of
from reasonrft.estimate import Memory, gib
from reasonrft.report.markdown import (
    GAP,
    HEADLINE,
    averages_line,
    facts_line,
    gap_row,
    headline_rows,
    p_text,
    points,
)
from reasonrft.report.summary import Report
from reasonrft.report.training import ExperimentReport
from reasonrft.report.training_text import (
    CHANGES,
    MOMENTS,
    TITLES,
    change_rows,
    moment_rows,
    stage_facts,
)

if TYPE_CHECKING:
    from reasonrft.compare import Comparison
    from reasonrft.doctor import Diagnosis
    from reasonrft.outlook import Outlook, StageOutlook
    from reasonrft.run import Regraded
    from reasonrft.study.plan import Plan, Planned


def report_tables(report: Report) -> list[Table | Text]:
    """The headline and the gaps of each family, and what must be known of them."""
    shown: list[Table | Text] = [Text(facts_line(report))]
    for family, one in report.families.items():
        shown.append(titled_table(f"{report.title}: {family}", HEADLINE, headline_rows(one)))
        shown.append(Text(averages_line(one)))
        if one.gaps:
            rows = [gap_row(gap) for gap in one.gaps.values()]
            shown.append(titled_table(f"{family}: generalization", GAP, rows))
    if len(report.families) > 1:
        shown.append(Text(averages_line(report)))
    if isinstance(report, ExperimentReport):
        shown += _training_tables(report)
    return [*shown, *(Text(f"! {remark}") for remark in report.remarks)]


def _training_tables(report: ExperimentReport) -> list[Table | Text]:
    """What training changed; of an experiment without its last evaluation, how far its stages are."""
    training = report.training
    shown: list[Table | Text] = []
    if not report.families:
        for stage, one in training.stages.items():
            shown += [
                titled_table(f"{report.title}: {TITLES[stage]}", MOMENTS, moment_rows(one.moments)),
                Text(stage_facts(one)),
            ]
    if training.changes:
        title = f"{report.title}: what training changed; {training.correction}"
        shown.append(titled_table(title, CHANGES, change_rows(training.changes)))
    return shown


def regraded_table(regraded: "Regraded") -> Table:
    """How many verdicts changed, and how."""
    title = f"{regraded.records:,} answers graded by version {regraded.grader}"
    rows = [(change, f"{count:,}") for change, count in sorted(regraded.changed.items())]
    return titled_table(
        title, ("verdict", "answers"), rows or [("unchanged", f"{regraded.records:,}")]
    )


def comparison_table(comparison: "Comparison") -> Table:
    """A row for each run and split beside the first run."""
    columns = (
        *("run", "split", "n", "left out", "first", "this", "difference (95%)"),
        *("only first", "only this", "p", "p corrected"),
    )
    rows = [
        (
            one.run,
            one.split,
            f"{one.n:,}",
            f"{one.left_out:,}",
            f"{one.first:.1%}",
            f"{one.this:.1%}",
            points(one.difference),
            f"{one.only_first:,}",
            f"{one.only_this:,}",
            p_text(one.p_value),
            p_text(one.p_corrected),
        )
        for one in comparison.rows
    ]
    return titled_table(f"beside {comparison.first}; {comparison.correction}", columns, rows)


def outlook_tables(outlook: "Outlook") -> list[Table | Text]:
    """What an experiment would do: its data, its stages, what each GPU holds, its commands."""
    shown: list[Table | Text] = [_data_table(outlook)]
    if outlook.stages:
        rows = [_stage_row(stage) for stage in outlook.stages]
        shown.append(
            titled_table(f"stages of {outlook.recipe}, from {outlook.model}", STAGES, rows)
        )
    if any(stage.memory for stage in outlook.stages):
        shown.append(_memory_table(outlook))
    for stage in outlook.stages:
        if stage.server:
            shown.append(_command("server of rollouts", stage.server))
        shown += [_command(stage.stage, line) for line in stage.lines]
    disk = f", {gib(outlook.disk)} of disk at most" if outlook.disk else ""
    whole = f", about {rough_duration(outlook.seconds)} of training" if outlook.seconds else ""
    shown.append(Text(f"all of it goes to {outlook.folder}{whole}{disk}"))
    return [*shown, *(Text(f"! {remark}") for remark in outlook.remarks)]


def plan_tables(plan: "Plan") -> list[Table | Text]:
    """What a study would do: a row for each family and recipe, and what is left of it."""
    groups: dict[tuple[str, str], list[Planned]] = defaultdict(list)
    for one in plan.planned:
        groups[one.cell.family, str(one.cell.recipe)].append(one)
    rows = [(*group, *_group_cells(planned)) for group, planned in groups.items()]
    title = f"{plan.study.config.name}: {number_of(len(plan.planned), 'experiment')}"
    states = ", ".join(f"{count:,} {state}" for state, count in plan.counts.items())
    return [
        titled_table(title, PLAN, rows),
        Text(f"{states}; all of it goes to {plan.study.folder}"),
        Text(_left(plan)),
        *(Text(f"! {remark}") for remark in plan.remarks),
    ]


PLAN: Final = (
    *("family", "recipe", "seeds", "shares of train", "experiments", "done", "steps", "left"),
)


def _group_cells(planned: "Sequence[Planned]") -> tuple[str, ...]:
    shares = dict.fromkeys(f"{one.cell.share:g}" for one in planned)  # as --only takes them
    steps = dict.fromkeys(
        " + ".join(f"{stage.steps:,}" for stage in one.outlook.stages) or "–" for one in planned
    )
    is_done = [one.state == "done" for one in planned]
    seconds = [one.outlook.seconds for one, done in zip(planned, is_done, strict=True) if not done]
    return (
        ", ".join(dict.fromkeys(str(one.cell.seed) for one in planned)),
        ", ".join(shares),
        f"{len(planned):,}",
        f"{sum(is_done):,}",
        " or ".join(steps),
        "?" if None in seconds else rough_duration(sum(one for one in seconds if one)),
    )


def _left(plan: "Plan") -> str:
    """How long what is not done will take."""
    asked = f"and {plan.questions:,} questions are asked, whose time is not estimated"
    if plan.seconds is None:
        return f"the time of training is not known, {asked}"
    beside = f", {rough_duration(plan.seconds / plan.jobs)} by {plan.jobs} at once" if plan.jobs > 1 else ""  # fmt: skip
    return f"left: about {rough_duration(plan.seconds)} of training{beside}, {asked}"


def diagnosis_tables(diagnosis: "Diagnosis") -> list[Table | Text]:
    """What each check came to, and what to do where one is not content."""
    rows = [
        (one.state.value, one.check, one.seen, one.advice if one.state != "ok" else "")
        for one in diagnosis.findings
    ]
    counts = ", ".join(f"{count} {name}" for name, count in diagnosis.to_json()["counts"].items())
    prose = DOCTORS[1:]
    return [FittedTable(f"doctor: {counts}", ("", *DOCTORS), rows, left=DOCTORS, prose=prose)]


DOCTORS: Final = ("check", "seen", "what to do")
STAGES: Final = (
    *("stage", "rows", "questions a step", "steps", "answers", "tokens", "on", "time", "results"),
)


def _data_table(outlook: "Outlook") -> Table:
    there = "there" if outlook.is_built else "built first"
    rows = [
        (family, split, f"{rows:,}")
        for family, splits in outlook.stock.items()
        for split, rows in splits.items()
    ]
    asked = f"{outlook.evaluations} × {outlook.asked:,} questions are asked"
    return titled_table(
        f"{outlook.name}: data, {there}; {asked}", ("family", "split", "rows"), rows
    )


def _stage_row(stage: "StageOutlook") -> tuple[str, ...]:
    work = stage.work
    return (
        stage.stage,
        f"{stage.rows:,}",
        f"{stage.questions_a_step:,}",
        f"{stage.steps:,}",
        f"{work.answers:,}" if work and work.answers else "–",
        f"{work.tokens / 1e6:,.1f} M" if work else "?",
        stage.runs_on,
        rough_duration(work.seconds) if work else "?",
        str(stage.folder),
    )


def _memory_table(outlook: "Outlook") -> Table:
    """A row for each part of a GPU's memory."""
    known = [(stage.stage, stage.memory) for stage in outlook.stages if stage.memory]
    parts = {
        part.name: [getattr(memory, part.name) for _, memory in known] for part in fields(Memory)
    }
    rows = [(name, *map(gib, sizes)) for name, sizes in parts.items() if any(sizes)]
    total = ("total", *(gib(memory.total) for _, memory in known))
    one = f"memory of one GPU ({outlook.device.name}, {gib(outlook.device.memory)})"
    title = one if outlook.device.is_gpu else "memory"
    return titled_table(title, ("", *(stage for stage, _ in known)), [*rows, total])


def _command(name: str, line: Sequence[str]) -> Text:
    return Text(f"{name}: {shlex.join(line)}")


def rough_duration(seconds: float) -> str:
    """An estimated time, with no more digits than it deserves: `42 s`, `9.5 min`, `2.0 days`."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,.0f} s"


# Columns that read from the left.
TEXTS: Final = {*("split", "from", "to", "on", "results", "recipe", "seeds", "shares of train")}


PROSE: Final = {"compared"}
# Columns that may be left out where there is no room, the least needed first. An interval goes with its estimate.
LEAST: Final = (
    *("tokens", "failed", "truncated", "unread", "format"),
    *("paper's", "partial", "lenient", "blind"),
    *("only first", "only this", "only before", "only after", "left out", "compared"),
    *("retention (95%)", "n", "p", "p corrected"),
    *("questions a step", "answers", "results", "shares of train"),
    *("seeds", "steps", "middle", "rows"),
)


def titled_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> FittedTable:
    """A table of texts, which are no markup."""
    least = [name for name in LEAST if name in columns]
    return FittedTable(title, columns, rows, left=TEXTS, prose=PROSE, least=least)
