"""tables: how do a report, a comparison and a regrading look in a terminal?"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

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
from reasonrft.report.training_text import CHANGES, change_rows

if TYPE_CHECKING:
    from reasonrft.compare import Comparison
    from reasonrft.run import Regraded


def report_tables(report: Report) -> list[Table | Text]:
    """The headline and the gaps of each family, and what must be known of them."""
    shown: list[Table | Text] = [Text(facts_line(report))]
    for family, one in report.families.items():
        shown.append(_table(f"{report.title}: {family}", HEADLINE, headline_rows(one)))
        shown.append(Text(averages_line(one)))
        if one.gaps:
            rows = [gap_row(gap) for gap in one.gaps.values()]
            shown.append(_table(f"{family}: generalization", GAP, rows))
    if len(report.families) > 1:
        shown.append(Text(averages_line(report)))
    if isinstance(report, ExperimentReport) and report.training.changes:
        training = report.training
        title = f"{report.title}: what training changed; {training.correction}"
        shown.append(_table(title, CHANGES, change_rows(training.changes)))
    return [*shown, *(Text(f"! {remark}") for remark in report.remarks)]


def regraded_table(regraded: "Regraded") -> Table:
    """How many verdicts changed, and how."""
    title = f"{regraded.records:,} answers graded by version {regraded.grader}"
    rows = [(change, f"{count:,}") for change, count in sorted(regraded.changed.items())]
    return _table(title, ("verdict", "answers"), rows or [("unchanged", f"{regraded.records:,}")])


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
    return _table(f"beside {comparison.first}; {comparison.correction}", columns, rows)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, title=Text(title), title_justify="left", title_style="bold")
    for place, name in enumerate(columns):
        is_text = place == 0 or name in {"compared", "split", "from", "to"}
        table.add_column(name, justify="left" if is_text else "right")
    for row in rows:
        assert len(row) == len(columns), "a cell for each column"
        table.add_row(*map(Text, row))
    return table
