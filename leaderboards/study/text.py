"""text: a study's report in words, tables and pictures, the same for the page and for Markdown."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from builders.progress import duration
from evaluators.statistics import Interval
from leaderboards.published.tables import published
from leaderboards.study import plots
from leaderboards.study.answers import ALL, GAP, Comparison, Question, Reached, Verdict
from leaderboards.study.beside_paper import NAMES, Beside, Direction
from leaderboards.study.document import (
    Bullets,
    Grid,
    Heading,
    Part,
    Picture,
    Pictures,
    Prose,
    Section,
)
from leaderboards.study.dynamics import Course, Dynamics
from leaderboards.study.figures import EVALUATION, Accuracy, Cost, Seeds
from leaderboards.study.finished import OUTSIDE
from leaderboards.study.report import StudyReport
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.report.markdown import points, ratio_text
from reasonrft.report.remarks import shown
from reasonrft.report.training_text import KEYS, label_of, value_text
from reasonrft.study.cells import WHOLE

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

NONE: Final = "–"
INTERVALS: Final = (
    "Every number stands with its 95 % interval. Of one seed it is that of its questions, those of one picture "
    "counted as one. Of several seeds it is that of the plain mean of the seeds: what the questions leave open is "
    "added up, and where seeds lie further apart than that explains, Student's interval of the rest is added, "
    "squared. Differences between recipes are paired: the same questions, seed by seed."
)
GAPS: Final = (
    "A gap is accuracy in domain minus accuracy on a shift, on the tasks that both have, and in points; retention is "
    "the second divided by the first. A model that knows nothing loses nothing: read gaps beside accuracy."
)
CHANCE: Final = (
    "{n} differences are asked about here and below, each with an interval of its own: if none of them were real, about {by} "
    "of {n} would still be called better or worse."
)
THAN: Final = {Verdict.BETTER: "than", Verdict.WORSE: "than", Verdict.OPEN: "from"}
MEAN: Final = "Shares are {shares} of the rows; differences are of each question's mean over them."
REACHED: Final = (
    "The least share of the rows with which Reason-RFT comes to what another recipe comes to with all of them, by the "
    "estimates, and the difference there:"
)
SHARES: Final = (
    "A recipe that learns from a share of the training set has its first rows, so that smaller shares lie within "
    "larger ones. Of Reason-RFT both stages together have no more than these rows, stage 1 the same part of them as "
    "with everything."
)
COURSES: Final = (
    "Of sampled answers, learning from everything; the thick line is the mean over the seeds. Half of the way: the "
    "step at which the running mean has come half from the first tenth of the log to the last, mean over the seeds; "
    "none where a seed does not surely move."
)
SPENT: Final = (
    "Means over the seeds. Rows seen count repeated ones again; tokens trained are read and written, pictures "
    "included; time is on the clock, of one thread, and depends on what else the machine did."
)
PAPER: Final = (
    "Reason-RFT minus each other recipe, in domain and on the mean of the shifts. Ours are graded by the paper's own "
    "scorer here, in points; the paper's are what it printed, with * where an interval from its numbers of questions leaves out "
    "zero (none can be worked out for spatial transformation). Other questions, other models, other sizes: only directions "
    "are compared, and only where ours is sure."
)


def sections_of(report: StudyReport) -> list[Section]:
    """The whole text."""
    found = [_summary(report), *_questions(report)]
    found += [_family(report, family) for family in report.families if _has(report, family)]
    found += [_efficiency(report), _dynamics(report), _costs(report), _paper(report)]
    found.append(Section("How sure the numbers are", [Prose(INTERVALS), Prose(GAPS)]))
    return [section for section in found if section.parts]


def remarks_of(report: StudyReport) -> list[str]:
    """What must be known before a number is quoted."""
    said = []
    if report.missing:
        some = ", ".join(report.missing[:3]) + (", …" if len(report.missing) > 3 else "")
        said.append(
            f"Not finished: {len(report.missing):,} of {report.cells:,} experiments are not done ({some})."
        )
    if len(report.seeds) < 3:
        said.append("Fewer than three seeds: how much seeds differ is hardly known.")
    return said


def facts_line(report: StudyReport) -> str:
    """What was done, in a sentence."""
    asked = "; ".join(
        f"{family}: {', '.join(f'{rows:,} of {split}' for split, rows in splits.items())}"
        for family, splits in report.questions.items()
    )
    return (
        f"{report.cells - len(report.missing):,} of {report.cells:,} experiments, seeds "
        f"{', '.join(map(str, report.seeds))}. Questions of each: {asked or NONE}. Grader version {report.grader}."
    )


def _has(report: StudyReport, family: str) -> bool:
    return any(one.family == family for one in report.accuracies)


def _name(recipe: str) -> str:
    return NAMES[Recipe(recipe)]


def tables_of(report: StudyReport) -> "list[Table | Text]":
    """What a terminal shows: all in one table, what must be known of it, and the answers."""
    from rich.text import Text

    from reasonrft.report.tables import titled_table

    said = [Text(f"! {remark}") for remark in remarks_of(report)]
    grids = [part for part in _summary(report).parts if isinstance(part, Grid)]
    answers = []
    for question in Question:
        asked = [one for one in report.comparisons if one.question is question]
        answers += [Text(f"{question} {answer}") for answer in answers_to(asked)]
    return [*(titled_table(report.name, one.columns, one.rows) for one in grids), *answers, *said]


# ---- All in one table, and the three questions.


def _summary(report: StudyReport) -> Section:
    whole = [one for one in report.accuracies if one.share == WHOLE]
    table = {(one.family, one.recipe, one.split): one.accuracy for one in whole}
    gaps = {(one.family, one.recipe): one.gap for one in report.losses if one.shift == OUTSIDE}
    rows = [
        (
            family,
            _name(recipe),
            _share(table.get((family, recipe, IN_DOMAIN))),
            _each(table.get((family, recipe, IN_DOMAIN))),
            _n(table.get((family, recipe, IN_DOMAIN))),
            _share(table.get((family, recipe, OUTSIDE))),
            _n(table.get((family, recipe, OUTSIDE))),
            _points(gaps.get((family, recipe))),
        )
        for family, recipe in dict.fromkeys((one.family, one.recipe) for one in whole)
    ]
    columns = (
        *("family", "recipe", "in domain (95%)", "each seed", "n"),
        *("out of domain (95%)", "n", "gap, points (95%)"),
    )
    return Section("In one table", [Grid(columns, rows, texts=2)] if rows else [])


def _questions(report: StudyReport) -> Iterator[Section]:
    count = len(report.comparisons)
    for question in Question:
        asked = [one for one in report.comparisons if one.question is question]
        if not asked:
            continue
        parts: list[Part] = []
        if question is Question.EFFICIENT:
            parts.append(Prose(MEAN.format(shares=_shares(asked[0].shares))))
        parts.append(Bullets(answers_to(asked)))
        if question is Question.BETTER:
            parts.append(Prose(CHANCE.format(n=count, by=f"{0.05 * count:.0f}")))
        parts += [Bullets(sentences(asked)), _seeds_grid(asked)]
        if question is Question.EFFICIENT:
            parts += [Prose(REACHED), Bullets(_reached(report.reached))]
        yield Section(question, parts)


def answers_to(asked: Sequence[Comparison]) -> list[str]:
    """For each measure what Reason-RFT is better than, and what not: of all families together, or of the one."""
    families = {one.family for one in asked}
    said = []
    for measure in dict.fromkeys(one.measure for one in asked):
        own = [one for one in asked if one.measure == measure]
        decisive = [one for one in own if one.family == ALL or len(families) == 1]
        for_each = "all families together" if len(families) > 1 else decisive[0].family
        told = [
            f"{verdict} {THAN[verdict]} {', '.join(_name(one.other) for one in decisive if one.verdict is verdict)}"
            for verdict in Verdict
            if any(one.verdict is verdict for one in decisive)
        ]
        if told:
            said.append(f"{_where(own[0]).capitalize()}, {for_each}: {'; '.join(told)}.")
    return said


def sentences(asked: Sequence[Comparison]) -> list[str]:
    """The differences in words with what follows from them, a sentence for each measure and other recipe."""
    groups: dict[tuple[str, Recipe], list[Comparison]] = {}
    for one in asked:
        groups.setdefault((one.measure, one.other), []).append(one)
    return [
        f"Reason-RFT minus {_name(other)}, {_where(own[0])}: {'; '.join(map(_told, own))}."
        for (_, other), own in groups.items()
    ]


def _where(one: Comparison) -> str:
    where = {GAP: "mean gap of the shifts", IN_DOMAIN: "in domain"}.get(one.measure, one.measure)
    return where if one.shares == (WHOLE,) else f"{where}, mean of the shares"


def _told(one: Comparison) -> str:
    sort = ""
    if one.measure == GAP and one.verdict is not Verdict.OPEN:
        sort = "smaller, " if one.verdict is Verdict.BETTER else "larger, "
    return f"{one.family} {points(one.difference.all)} points: {sort}{one.verdict}"


def _seeds_grid(asked: Sequence[Comparison]) -> Grid:
    rows = [
        (
            _where(one),
            _name(one.other),
            one.family,
            points(one.difference.all),
            _each_points(one.difference),
            f"{one.difference.all.n:,}",
            str(one.verdict),
        )
        for one in asked
    ]
    columns = ("measure", "minus", "family", "difference, points (95%)", "each seed", "n", "verdict")  # fmt: skip
    return Grid(columns, rows, "Each difference, seed by seed", texts=3)


def _shares(shares: Iterable[float]) -> str:
    return f"{', '.join(f'{100 * share:g}' for share in shares)} %"


def _reached(found: Sequence[Reached]) -> list[str]:
    """A sentence for each other recipe and measure."""
    groups: dict[tuple[Recipe, str], list[str]] = {}
    for one in found:
        groups.setdefault((one.other, one.measure), []).append(_least(one))
    return [
        f"What {_name(other)} reaches with all rows, {measure}: {'; '.join(least)}."
        for (other, measure), least in groups.items()
    ]


def _least(one: Reached) -> str:
    if one.share is None or one.difference is None:
        return f"{one.family} with none of the shares"
    rows = f"{_shares([one.share])} ({one.rows:,} rows)"
    return f"{one.family} with {rows}, {points(one.difference.all)} points"


# ---- Each family.


def _family(report: StudyReport, family: str) -> Section:
    whole = [one for one in report.accuracies if (one.family, one.share) == (family, WHOLE)]
    lost = [one for one in report.losses if one.family == family]
    right = _rows((one.split, one.recipe, one.accuracy) for one in whole)
    gaps = _rows((one.shift, one.recipe, one.gap) for one in lost)
    blind = {one.split: one.blind for one in whole if one.blind is not None}
    beside = {
        "n": {split: _most(recipes) for split, recipes in right.items()},
        "blind": {split: f"{blind[split]:.1%}" if split in blind else NONE for split in right},
    }
    pictures = [_accuracy_picture(family, right, blind)]
    parts: list[Part] = [
        Pictures(pictures),
        _grid(right, "split", _share, beside),
        _grid(right, "split", _each, folded="Each seed"),
    ]
    if gaps:
        kept = _rows((one.shift, one.recipe, one.retention) for one in lost)
        pictures.append(_gap_picture(family, gaps))
        parts += [
            Heading("What shifts cost"),
            _grid(gaps, "shift", _points),
            _grid(kept, "shift", _ratio, folded="Retention"),
        ]
    return Section(family.capitalize(), parts)


def _most(recipes: Mapping[Recipe, Seeds]) -> str:
    """The questions of all seeds."""
    return f"{max(seeds.all.n for seeds in recipes.values()):,}"


Rows = Mapping[str, Mapping[Recipe, Seeds]]  # by what stands at the left of a row


def _rows(cells: Iterable[tuple[str, Recipe, Seeds | None]]) -> Rows:
    found: dict[str, dict[Recipe, Seeds]] = {}
    for row, recipe, seeds in cells:
        if seeds is not None:
            found.setdefault(row, {})[recipe] = seeds
    return found


def _grid(
    rows: Rows,
    corner: str,
    told: Callable[[Seeds | None], str],
    beside: Mapping[str, Mapping[str, str]] | None = None,
    folded: str = "",
) -> Grid:
    """A column for each recipe, after those of `beside`, which have a text for each row."""
    others = beside or {}
    recipes = [recipe for recipe in Recipe if any(recipe in row for row in rows.values())]
    cells = [
        (
            name,
            *(column[name] for column in others.values()),
            *(told(row.get(recipe)) for recipe in recipes),
        )
        for name, row in rows.items()
    ]
    return Grid((corner, *others, *map(_name, recipes)), cells, folded)


def _accuracy_picture(family: str, rows: Rows, blind: Mapping[str, float]) -> Picture:
    told = (
        f"{family}: accuracy on each split by recipe, with 95 % intervals and a tick for each seed"
    )
    return Picture(f"accuracy-{family}", plots.dots(rows, "right, %", blind), told)


def _gap_picture(family: str, rows: Rows) -> Picture:
    told = (
        f"{family}: what each shift costs each recipe, with 95 % intervals and a tick for each seed"
    )
    return Picture(f"gap-{family}", plots.dots(rows, "in domain minus shifted, points"), told)


# ---- Shares of the training set.


def _efficiency(report: StudyReport) -> Section:
    parts: list[Part] = []
    partial = {one.family for one in report.accuracies if one.share != WHOLE}
    for family in [family for family in report.families if family in partial]:
        own = [one for one in report.accuracies if one.family == family and one.rows]
        parts.append(Heading(family.capitalize()))
        measures = [m for m in (IN_DOMAIN, OUTSIDE) if any(one.split == m for one in own)]
        found = {m: [one for one in own if one.split == m] for m in measures}
        base = {
            one.split: one.accuracy.all
            for one in report.accuracies
            if one.family == family and not one.rows
        }
        parts.append(
            Pictures([_curve_picture(family, m, some, base.get(m)) for m, some in found.items()])
        )
        parts += [_share_grid(m, some) for m, some in found.items()]
    title = "What recipes make of parts of the training set"
    return Section(title, [Prose(SHARES), *parts] if parts else [])


def _curve_picture(
    family: str, measure: str, own: Sequence[Accuracy], base: Interval | None
) -> Picture:
    curves: dict[Recipe, dict[float, Interval]] = {}
    for one in own:
        curves.setdefault(one.recipe, {})[one.share] = one.accuracy.all
    told = f"{family}, {measure}: accuracy of each recipe over the share of the training set"
    name = f"efficiency-{family}-{measure.replace(' ', '-')}"
    return Picture(name, plots.efficiency(curves, base, f"{measure}, right, %"), told)


def _share_grid(measure: str, own: Sequence[Accuracy]) -> Grid:
    ordered = sorted(own, key=lambda one: one.share)
    rows = _rows((f"{_shares([one.share])} ({one.rows:,})", one.recipe, one.accuracy) for one in ordered)  # fmt: skip
    return _grid(rows, f"rows of train, accuracy {measure}", _share)


# ---- How GRPO goes.


def _dynamics(report: StudyReport) -> Section:
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
    told = f"{family}: {one.label} of sampled answers, step by step"
    picture = plots.courses(lines, f"{one.label}, {unit}", is_share=one.is_share)
    return Picture(f"course-{family}-{key.replace('_', '-')}", picture, told)


def _course_row(recipe: Recipe, key: str, one: Course) -> tuple[str, ...]:
    values = (value_text(value, key) for value in (one.start, one.end))
    half = NONE if one.half_way is None else f"{one.half_way:.0f}"
    return (_name(recipe), label_of(key), *values, half)


# ---- What it cost.


def _costs(report: StudyReport) -> Section:
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
            f"{' and '.join(map(_name, recipes))} have the same {stage.upper()}: {steps:,.0f} steps, {rows:,.0f} rows"
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
    told = ", ".join(f"{_name(recipe)} {value / least:.1f}" for recipe, value in seconds.items())
    return [f"time of training in units of the least: {told}"]


def _cost_row(one: Cost) -> tuple[str, ...]:
    return (
        one.family,
        _name(one.recipe),
        f"{_shares([one.share])} ({one.rows:,})" if one.rows else NONE,
        one.stage,
        *(_count(value) for value in (one.steps, one.rows_seen, one.tokens_trained)),
        *(_count(value) for value in (one.answers_sampled, one.tokens_sampled)),
        NONE if one.seconds is None else duration(one.seconds),
    )


def _count(value: float | None) -> str:
    return NONE if not value or not math.isfinite(value) else f"{value:,.0f}"


# ---- Beside the paper.


def _paper(report: StudyReport) -> Section:
    if not report.paper:
        return Section("Beside the paper", [])
    models = list(report.paper[0].printed)
    columns = ("family", "minus", "measure", "ours, points (95%)", "ours", *(f"paper, {one}" for one in models), "direction")  # fmt: skip
    counts = Counter(one.direction for one in report.paper)
    told = ", ".join(f"{counts[one]} {one}" for one in Direction if counts[one])
    return Section(
        "Beside the paper",
        [
            Prose(PAPER),
            Prose(f"Source: {published()[0].source}."),
            Prose(f"Of {len(report.paper)} directions: {told}."),
            Grid(columns, [_paper_row(one, models) for one in report.paper], texts=3),
        ],
    )


def _paper_row(one: Beside, models: Sequence[str]) -> tuple[str, ...]:
    return (
        one.family,
        _name(one.other),
        one.measure,
        points(one.ours.all),
        str(one.verdict),
        *(f"{one.printed[model]:+.1f}{'*' if one.sure[model] else ''}".replace("-", "−") for model in models),
        str(one.direction),
    )  # fmt: skip


# ---- Numbers in words.


def _share(seeds: Seeds | None) -> str:
    return NONE if seeds is None or not seeds.all.n else shown(seeds.all)


def _n(seeds: Seeds | None) -> str:
    return NONE if seeds is None else f"{seeds.all.n:,}"


def _each(seeds: Seeds | None) -> str:
    if seeds is None:
        return NONE
    return ", ".join(f"{100 * one.estimate:.1f}" for one in seeds.each.values())


def _points(seeds: Seeds | None) -> str:
    return NONE if seeds is None or not seeds.all.n else points(seeds.all)


def _each_points(seeds: Seeds) -> str:
    each = [f"{100 * one.estimate:+.1f}".replace("-", "−") for one in seeds.each.values()]
    return ", ".join(each)


def _ratio(seeds: Seeds | None) -> str:
    return NONE if seeds is None else ratio_text(seeds.all)
