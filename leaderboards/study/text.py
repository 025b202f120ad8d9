"""text: a study's report in words, tables and pictures, the same for the page and for Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from evaluators.statistics import Interval
from leaderboards.study import plots
from leaderboards.study.answer_text import answers_to, question_sections
from leaderboards.study.answers import Question
from leaderboards.study.course_text import added_section, dynamics_section
from leaderboards.study.document import (
    Grid,
    Heading,
    Part,
    Picture,
    Pictures,
    Prose,
    Section,
)
from leaderboards.study.figures import Accuracy, Seeds, on_shared_seeds
from leaderboards.study.finished import OUTSIDE
from leaderboards.study.paper_text import paper_section
from leaderboards.study.report import StudyReport
from leaderboards.study.spent_text import cost_section
from leaderboards.study.words import (
    NONE,
    each_text,
    n_text,
    name_of,
    points_text,
    retention_text,
    share_text,
    shares_text,
)
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.study.cells import WHOLE

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

FEWEST: Final = 3  # seeds, of which something is known of how they differ
INTERVALS: Final = (
    "Every number stands with its 95 % interval. Of one seed it is that of its questions, those of one picture "
    "counted as one. Of several seeds it is that of the plain mean of the seeds: what the questions leave open is "
    "added up, and where seeds lie further apart than that explains, Student's interval of the rest is added, "
    "squared; of three seeds it held the truth in 91 to 97 % of simulated studies. Differences between recipes are paired: the same questions, seed by seed."
)
GAPS: Final = (
    "A gap is accuracy in domain minus accuracy on a shift, on the tasks that both have, and in points; retention is "
    "the second divided by the first."
)
SHARES: Final = (
    "A recipe that learns from a share of the training set has its first rows, so that smaller shares lie within "
    "larger ones. Of Reason-RFT both stages together have no more than these rows, stage 1 the same part of them as "
    "with everything. All numbers here are of the seeds that all shares have, with the whole training set too."
)


def sections_of(report: StudyReport) -> list[Section]:
    """The whole text."""
    found = [_summary(report), *question_sections(report)]
    found += [_family(report, family) for family in report.families if _has(report, family)]
    found += [
        _efficiency(report),
        added_section(report),
        dynamics_section(report),
        cost_section(report),
        paper_section(report),
    ]
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
    if min((len(one.accuracy.each) for one in report.accuracies), default=FEWEST) < FEWEST:
        said.append(
            "Some numbers are of fewer than three seeds: how much seeds differ is hardly known."
        )
    single = sum(one.seeds == 1 for one in report.comparisons)
    if single:
        said.append(
            f"{single:,} of {len(report.comparisons):,} differences are of one seed: their intervals are of its "
            "questions alone, and say nothing of how much training varies."
        )
    if blind := [
        one for family in report.families if (one := _no_better_than_blind(report, family))
    ]:
        said.append(
            "In domain not surely above the best constant answers, which need no look at the picture: "
            f"{'; '.join(blind)}. A difference between such recipes says little of what they teach."
        )
    return said


def _no_better_than_blind(report: StudyReport, family: str) -> str:
    """The recipes of a family that may have learned from everything which answer is given most, and no more."""
    own = [
        one
        for one in report.accuracies
        if (one.family, one.share, one.split) == (family, WHOLE, IN_DOMAIN)
        and one.blind is not None
        and one.accuracy.all.low <= one.blind
    ]
    names = ", ".join(name_of(one.recipe) for one in own)
    return f"{family} ({names}; blind {own[0].blind:.1%})" if own else ""


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


def _summary(report: StudyReport) -> Section:
    whole = [one for one in report.accuracies if one.share == WHOLE]
    table = {(one.family, one.recipe, one.split): one.accuracy for one in whole}
    gaps = {(one.family, one.recipe): one.gap for one in report.losses if one.shift == OUTSIDE}
    rows = [
        (
            family,
            name_of(recipe),
            share_text(table.get((family, recipe, IN_DOMAIN))),
            each_text(table.get((family, recipe, IN_DOMAIN))),
            n_text(table.get((family, recipe, IN_DOMAIN))),
            share_text(table.get((family, recipe, OUTSIDE))),
            n_text(table.get((family, recipe, OUTSIDE))),
            points_text(gaps.get((family, recipe))),
        )
        for family, recipe in dict.fromkeys((one.family, one.recipe) for one in whole)
    ]
    columns = (
        *("family", "recipe", "in domain (95%)", "each seed", "n"),
        *("out of domain (95%)", "n", "gap, points (95%)"),
    )
    return Section("In one table", [Grid(columns, rows, texts=2)] if rows else [])


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
        _grid(right, "split", share_text, beside),
        _grid(right, "split", each_text, folded="Each seed"),
    ]
    if gaps:
        kept = _rows((one.shift, one.recipe, one.retention) for one in lost)
        pictures.append(_gap_picture(family, gaps))
        parts += [
            Heading("What shifts cost"),
            _grid(gaps, "shift", points_text),
            _grid(kept, "shift", retention_text, folded="Retention"),
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
    return Grid((corner, *others, *map(name_of, recipes)), cells, folded)


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


def _efficiency(report: StudyReport) -> Section:
    parts: list[Part] = []
    for family in report.families:
        shared = on_shared_seeds([one for one in report.accuracies if one.family == family])
        own = [one for one in shared if one.rows]
        if not own:
            continue
        parts.append(Heading(family.capitalize()))
        measures = [m for m in (IN_DOMAIN, OUTSIDE) if any(one.split == m for one in own)]
        found = {m: [one for one in own if one.split == m] for m in measures}
        base = {one.split: one.accuracy.all for one in shared if not one.rows}
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
    told = (
        f"{family}, {measure}: accuracy of each recipe over the share of the training set, with 95 % intervals; "
        f"of seed{'s' if len(own[0].accuracy.each) > 1 else ''} {_seeds_text(own[0].accuracy)}, n = {own[0].accuracy.all.n:,} at each point"
    )
    name = f"efficiency-{family}-{measure.replace(' ', '-')}"
    return Picture(name, plots.efficiency(curves, base, f"{measure}, right, %"), told)


def _share_grid(measure: str, own: Sequence[Accuracy]) -> Grid:
    ordered = sorted(own, key=lambda one: one.share)
    rows = _rows((f"{shares_text([one.share])} ({one.rows:,})", one.recipe, one.accuracy) for one in ordered)  # fmt: skip
    beside = {
        "seeds": {row: _seeds_text(next(iter(recipes.values()))) for row, recipes in rows.items()},
        "n": {row: _most(recipes) for row, recipes in rows.items()},
    }
    return _grid(rows, f"rows of train, accuracy {measure}", share_text, beside)


def _seeds_text(seeds: Seeds) -> str:
    """`0, 1`."""
    return ", ".join(map(str, seeds.each))
