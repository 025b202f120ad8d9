"""paper_text: a study's differences beside those of the paper, in words."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from leaderboards.published.tables import published
from leaderboards.study.beside_paper import Beside, Direction
from leaderboards.study.document import Grid, Prose, Section
from leaderboards.study.report import StudyReport
from leaderboards.study.words import name_of
from reasonrft.report.markdown import points, signed

PAPER: Final = (
    "Reason-RFT minus each other recipe, in domain and on the mean of the shifts. Ours are graded by the paper's own "
    "scorer here, in points; the paper's are what it printed, with * where an interval from its numbers of questions leaves out "
    "zero (none can be worked out for spatial transformation). Other questions, other models, other sizes: only directions "
    "are compared, and only where ours is sure and the paper's is, of one model at least."
)


def paper_section(report: StudyReport) -> Section:
    """Our differences beside those of the paper; without parts where there are none."""
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
        name_of(one.other),
        one.measure,
        points(one.ours.all),
        str(one.verdict),
        *(f"{signed(one.printed[model])}{'*' if one.sure[model] else ''}" for model in models),
        str(one.direction),
    )
