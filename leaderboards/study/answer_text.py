"""answer_text: the answers to the three questions in words."""

from collections.abc import Iterator, Sequence
from typing import Final

from leaderboards.study.answers import ALL, GAP, Comparison, Question, Reached, Verdict
from leaderboards.study.document import Bullets, Grid, Part, Prose, Section
from leaderboards.study.finished import OUTSIDE
from leaderboards.study.report import StudyReport
from leaderboards.study.words import each_points, name_of, shares_text
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.report.markdown import points
from reasonrft.study.cells import WHOLE

THAN: Final = {Verdict.BETTER: "than", Verdict.WORSE: "than", Verdict.OPEN: "from"}
CHANCE: Final = (
    "{n} differences of several seeds are asked about here and below, each with an interval of its own, not corrected for "
    "their number: if none of them were real, about {by} of {n} would still be called better or worse, and up to twice as "
    "many of few seeds."
)
ONE_SEED: Final = "Of one seed the interval is of its questions alone."
UNCOUNTED: Final = (
    "{n} differences are of one seed, and their intervals of its questions alone: what another seed would give is not in "
    "them. If none of them were real, 5 % would be called better or worse if training did not vary, 17 % where it varies "
    "as much as the questions leave open, and 38 % where it varies twice as much."
)
KNOWS_LITTLE: Final = (
    "A model that knows little in domain has little to lose, so a small gap alone is no sign that it generalizes: the "
    "answer rests on accuracy out of domain as well as on the gap."
)
MEAN: Final = "Shares are {shares} of the rows; differences are of each question's mean over them."
REACHED: Final = (
    "The least share of the rows with which Reason-RFT comes to what another recipe comes to with all of them, by the "
    "estimates, and the difference there:"
)


def question_sections(report: StudyReport) -> Iterator[Section]:
    """A section for each question that something is known of."""
    for question in Question:
        asked = [one for one in report.comparisons if one.question is question]
        if not asked:
            continue
        parts: list[Part] = []
        if question is Question.EFFICIENT:
            parts.append(Prose(MEAN.format(shares=shares_text(asked[0].shares))))
        if question is Question.GENERALIZES:
            parts.append(Prose(KNOWS_LITTLE))
        parts.append(Bullets(answers_to(asked)))
        if question is Question.BETTER:
            parts += chances(report.comparisons)
        parts += [Bullets(sentences(asked)), _seeds_grid(asked)]
        if question is Question.EFFICIENT:
            parts += [Prose(REACHED), Bullets(_reached(report.reached))]
        yield Section(question, parts)


def chances(found: Sequence[Comparison]) -> list[Prose]:
    """How many differences would be called better or worse by chance."""
    several = sum(one.seeds > 1 for one in found)
    said = [Prose(CHANCE.format(n=several, by=f"{0.05 * several:.0f}"))] if several else []
    if several < len(found):
        said.append(Prose(UNCOUNTED.format(n=len(found) - several)))
    return said


def answers_to(asked: Sequence[Comparison]) -> list[str]:
    """What Reason-RFT is better than, and what not: of all families together, or of the one.

    By both measures first, where there is a gap, and then by each.
    """
    families = {one.family for one in asked}
    decisive = [one for one in asked if one.family == ALL or len(families) == 1]
    if not decisive:
        return []
    for_each = "all families together" if len(families) > 1 else decisive[0].family
    said = [f"By both measures, {for_each}: {both}."] if (both := _by_both(decisive)) else []
    for measure in dict.fromkeys(one.measure for one in decisive):
        own = [one for one in decisive if one.measure == measure]
        told = [
            f"{verdict} {THAN[verdict]} {', '.join(_other(one) for one in own if one.verdict is verdict)}"
            for verdict in Verdict
            if any(one.verdict is verdict for one in own)
        ]
        said.append(f"{_where(own[0]).capitalize()}, {for_each}: {'; '.join(told)}.")
        if any(one.seeds == 1 for one in own):
            said[-1] += f" {ONE_SEED}"
    return said


def _by_both(decisive: Sequence[Comparison]) -> str:
    """Than which recipes it generalizes better: it is right more often out of domain, and loses less."""
    outside, gaps = (
        {one.other: one.verdict for one in decisive if one.measure == measure}
        for measure in (OUTSIDE, GAP)
    )
    both = [other for other in outside if other in gaps]
    told = []
    for verdict in (Verdict.BETTER, Verdict.WORSE):
        agreed = [other for other in both if outside[other] is gaps[other] is verdict]
        if agreed:
            told.append(f"{verdict} than {', '.join(map(name_of, agreed))}")
    unclear = [
        f"{name_of(other)} (out of domain {outside[other]}, gap {gaps[other]})"
        for other in both
        if outside[other] is Verdict.OPEN or outside[other] is not gaps[other]
    ]
    return "; ".join(
        [*told, *([f"no clear answer beside {', '.join(unclear)}"] if unclear else [])]
    )


def _other(one: Comparison) -> str:
    return name_of(one.other) if one.seeds > 1 else f"{name_of(one.other)} (one seed)"


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
    seeds = "" if one.seeds > 1 else ", one seed"
    return f"{one.family} {points(one.difference.all)} points{seeds}: {sort}{one.verdict}"


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
    seeds = ", one seed" if len(one.difference.each) == 1 else ""
    return f"{one.family} with {rows}, {points(one.difference.all)} points{seeds}"
