"""answer_text: the answers to the three questions in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from leaderboards.study.answers import ALL, GAP, Comparison, Question, Reached, Verdict
from leaderboards.study.document import Bullets, Grid, Part, Prose, Section
from leaderboards.study.report import StudyReport
from leaderboards.study.words import each_points, name_of, shares_text
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.report.markdown import points
from reasonrft.study.cells import WHOLE

THAN: Final = {Verdict.BETTER: "than", Verdict.WORSE: "than", Verdict.OPEN: "from"}
CHANCE: Final = (
    "{n} differences are asked about here and below, each with an interval of its own, not corrected for their number: if "
    "none of them were real, about {by} of {n} would still be called better or worse, and up to twice as many of few seeds."
)
MEAN: Final = "Shares are {shares} of the rows; differences are of each question's mean over them."
REACHED: Final = (
    "The least share of the rows with which Reason-RFT comes to what another recipe comes to with all of them, by the "
    "estimates, and the difference there:"
)


def question_sections(report: StudyReport) -> Iterator[Section]:
    """A section for each question that something is known of."""
    count = len(report.comparisons)
    for question in Question:
        asked = [one for one in report.comparisons if one.question is question]
        if not asked:
            continue
        parts: list[Part] = []
        if question is Question.EFFICIENT:
            parts.append(Prose(MEAN.format(shares=shares_text(asked[0].shares))))
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
            f"{verdict} {THAN[verdict]} {', '.join(name_of(one.other) for one in decisive if one.verdict is verdict)}"
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
        f"Reason-RFT minus {name_of(other)}, {_where(own[0])}: {'; '.join(map(_told, own))}."
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
            name_of(one.other),
            one.family,
            points(one.difference.all),
            each_points(one.difference),
            f"{one.difference.all.n:,}",
            str(one.verdict),
        )
        for one in asked
    ]
    columns = ("measure", "minus", "family", "difference, points (95%)", "each seed", "n", "verdict")  # fmt: skip
    return Grid(columns, rows, "Each difference, seed by seed", texts=3)


def _reached(found: Sequence[Reached]) -> list[str]:
    """A sentence for each other recipe and measure."""
    groups: dict[tuple[Recipe, str], list[str]] = {}
    for one in found:
        groups.setdefault((one.other, one.measure), []).append(_least(one))
    return [
        f"What {name_of(other)} reaches with all rows, {measure}: {'; '.join(least)}."
        for (other, measure), least in groups.items()
    ]


def _least(one: Reached) -> str:
    if one.share is None or one.difference is None:
        return f"{one.family} with none of the shares"
    rows = f"{shares_text([one.share])} ({one.rows:,} rows)"
    return f"{one.family} with {rows}, {points(one.difference.all)} points"
