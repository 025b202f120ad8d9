"""markdown: the report as a text that reads well in a terminal and on a forge."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from builders.progress import duration, number_of
from evaluators.statistics import Interval
from reasonrft.report.figures import Figures
from reasonrft.report.gaps import Gap
from reasonrft.report.remarks import shown
from reasonrft.report.summary import FamilyReport, Report
from reasonrft.report.training import ExperimentReport, Training


def to_markdown(report: Report, before: Sequence[str] = (), after: Sequence[str] = ()) -> str:
    """The file `report.md`, with lines of others before the families and at the end."""
    lines = [f"# {inline(report.title)}", "", inline(facts_line(report)), ""]
    if report.remarks:
        lines += ["**Before you quote these numbers**", ""]
        lines += [f"- {inline(remark)}" for remark in report.remarks]
        lines.append("")
    lines += before
    if len(report.families) > 1:
        lines += [averages_line(report), ""]
    for family, one in report.families.items():
        lines += [f"## {inline(family)}", "", *table(HEADLINE, headline_rows(one)), ""]
        lines += [averages_line(one), ""]
        if one.gaps:
            lines += ["### Generalization", "", *table(GAP, map(gap_row, one.gaps.values())), ""]
        for title, name in (("By kind of question", "kinds"), ("By depth", "depths")):
            rows = breakdown_rows({s: getattr(part, name) for s, part in one.splits.items()})
            lines += [f"### {title}", "", *table((title[3:], *BREAKDOWN), rows), ""]
    lines += ["## How it was measured", "", report.averaging, ""]
    lines += [f"- {inline(name)}: {inline(value)}" for name, value in settings_rows(report)]
    lines += after
    return "\n".join(lines) + "\n"


HEADLINE = (
    *("split", "n", "accuracy (95%)", "blind", "lenient", "partial", "paper's"),
    *("format", "unread", "truncated", "failed", "tokens"),
)
GAP = ("shift", "compared", "n", "in domain", "shifted", "gap (95%)", "retention (95%)", "p")
BREAKDOWN = ("split", "n", "accuracy (95%)", "blind")


def headline_rows(family: FamilyReport) -> list[tuple[str, ...]]:
    """A row for each split."""
    return [_headline_row(split, one.figures) for split, one in family.splits.items()]


def _headline_row(split: str, one: Figures) -> tuple[str, ...]:
    shares = (one.lenient, one.partial, one.paper, one.well_formed, one.unread, one.truncated)
    return (
        split,
        f"{one.n:,}",
        shown(one.accuracy) if one.n else "–",
        f"{one.blind:.1%}" if one.n else "–",
        *(percent(share) for share in shares),
        f"{one.failed:,}",
        "–" if one.tokens is None else f"{one.tokens:.0f}",
    )


def gap_row(gap: Gap) -> tuple[str, ...]:
    """A row for a shift: what it is compared with, and what it costs."""
    sort = "item by item" if gap.paired else "fresh problems"
    n = f"{gap.paired.n:,}" if gap.paired else f"{gap.in_domain.n:,} and {gap.shifted.n:,}"
    p = gap.paired.p_value if gap.paired else None
    return (
        gap.shift,
        f"{sort}, {', '.join(gap.tasks)}",
        n,
        percent(gap.in_domain),
        percent(gap.shifted),
        points(gap.gap),
        ratio_text(gap.retention),
        "–" if p is None else p_text(p),
    )


def breakdown_rows(parts: Mapping[str, Mapping[str, Figures]]) -> list[tuple[str, ...]]:
    """A row for each part of each split, part by part."""
    names = list(dict.fromkeys(name for of in parts.values() for name in of))
    return [
        (name, split, f"{of[name].n:,}", shown(of[name].accuracy), f"{of[name].blind:.1%}")
        for name in names
        for split, of in parts.items()
        if name in of and of[name].n
    ]


def averages_line(of: FamilyReport | Report) -> str:
    """The two numbers that stand for a family, or for all of them."""
    names = ("in domain", "out of domain, mean of shifts")
    if isinstance(of, Report):
        names = ("in domain, mean of families", "out of domain, mean of families")
    said = [
        f"{name}: {shown(interval)}"
        for name, interval in zip(names, (of.in_domain, of.out_of_domain), strict=True)
        if interval is not None and interval.n
    ]
    return "; ".join(said).capitalize() + "." if said else ""


def facts_line(report: Report) -> str:
    """What was asked, how, and how long it took."""
    before = told(report.training) if isinstance(report, ExperimentReport) else ""
    if not report.settings:
        return f"{before}not there yet."
    sampling = report.settings["sampling"]
    times = f", up to {report.draws} answers to each question" if report.draws > 1 else ""
    cost = f", cost {report.cost:.4g}" if report.cost is not None else ""
    return (
        f"{before}{number_of(report.answers, 'answer')}{times}, {_drawn(report.settings)}, at most {sampling['max_tokens']:,} tokens, "
        f"grader version {'–' if report.grader is None else report.grader}, {duration(report.seconds)}{cost}."
    )


def _drawn(settings: Mapping[str, Any]) -> str:
    """How answers are drawn: what `--engine-arg` says into the requests goes before what the run says."""
    request = settings.get("request")
    if isinstance(request, Mapping) and "temperature" in request:
        asked = request["temperature"]
        return "the server's own temperature" if asked is None else f"temperature {asked}"
    temperature = settings["sampling"]["temperature"]
    return "greedy" if temperature == 0 else f"temperature {temperature:g}"


def told(training: Training) -> str:
    """What was trained, and how, in few words."""
    model, seed = training.config["model"]["path"], training.config["seed"]
    return f"Recipe {training.recipe} on {model}, seed {seed}. Final evaluation: "


def settings_rows(report: Report) -> list[tuple[str, str]]:
    """All that the answers depend on, and under what they came."""
    rows = [(name, plain(value)) for name, value in report.settings.items()]
    for number, session in enumerate(report.sessions, start=1):
        counts = {"answers": session["answered"], "failed": session["failed"]}
        seconds = session["seconds"]
        took = "not finished" if seconds is None else duration(seconds)
        said = f"{session['started']}, {took}, {plain(counts | dict(session['circumstances']))}"
        rows.append((f"session {number}", said))
    for family, one in report.families.items():
        rows += [(f"{family}/{s}", f"samples {part.digest[:16]}") for s, part in one.splits.items()]
    return [*rows, *(("overlap with training", sentence) for sentence in report.overlap)]


def plain(value: Any) -> str:
    """A value of a setting, on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(one)}" for key, one in value.items())
    return str(value)


def percent(interval: Interval) -> str:
    """`61.2%`."""
    return f"{interval.estimate:.1%}" if interval.n else "–"


def points(interval: Interval) -> str:
    """`+3.1 (−0.4 to 6.6)`, in percentage points."""
    low, high = (signed(100 * value) for value in (interval.low, interval.high))
    return f"{signed(100 * interval.estimate)} ({low} to {high})"


def signed(value: float) -> str:
    """`+3.1`, `−0.4`."""
    return f"{value:+.1f}".replace("-", "−")


def ratio_text(interval: Interval) -> str:
    """`0.95 (0.90–1.01)`."""
    if math.isnan(interval.estimate):  # nothing is right in domain
        return "–"
    high = "∞" if math.isinf(interval.high) else f"{interval.high:.2f}"
    return f"{interval.estimate:.2f} ({interval.low:.2f}–{high})"


def p_text(p: float) -> str:
    """`0.032`, `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def inline(text: str) -> str:
    """Text of others, which is no markup here."""
    line = " ".join(text.splitlines())  # a carriage return ends one too
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!&~" else c for c in line)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> list[str]:
    """The lines of a table, whose first columns are read, and the others compared."""
    ruler = ["---" if place < texts else "---:" for place in range(len(columns))]
    escaped = ([inline(cell) for cell in row] for row in rows)
    return [f"| {' | '.join(row)} |" for row in (columns, ruler, *escaped)]
