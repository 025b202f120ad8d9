"""text: the tables as Markdown, and the page of a Hugging Face Space that shows the site."""

from collections.abc import Sequence
from typing import Final

from evaluators.statistics import Interval
from leaderboards.board import Line
from leaderboards.pages import NOTHING, TITLE, rows_of_train, short_model, shown_recipe
from leaderboards.published.tables import Part, Published, average_of, notes_on, notes_on_column
from leaderboards.ranks import METHOD, Standing
from leaderboards.standing import Ranked
from reasonrft.report.markdown import inline, points, table
from reasonrft.report.remarks import shown

COLUMNS: Final = (
    *("entry", "model", "recipe", "rows of train", "seed", "rank, out", "out of domain (95%)", "n"),
    *("rank, in", "in domain (95%)", "n", "gap, points (95%)"),
)
TEXTS: Final = 3  # columns that are read and not compared
SPACE: Final = f"""---
title: {TITLE}
emoji: 📐
colorFrom: blue
colorTo: green
sdk: static
app_file: index.html
pinned: false
license: apache-2.0
short_description: Visual reasoning in and out of domain
---

# {TITLE}

A static site: every file in this folder, nothing to run. It was made by `rrft leaderboard build`; the same tables are in
[LEADERBOARD.md](LEADERBOARD.md). To put it online, push the folder to a Space whose SDK is *static*.
"""


def to_markdown(boards: Sequence[Ranked], tables: Sequence[Published]) -> str:
    """All tables: those of our runs, and those that were printed, apart."""
    lines = [f"# {TITLE}", "", METHOD, ""]
    lines += ["## Runs", ""]
    for one in boards:
        lines += [f"### {inline(one.board.title)}", "", *_board(one), ""]
    if not boards:
        lines += ["No run is entered yet.", ""]
    lines += ["## What the paper printed", ""]
    lines += ["Other questions and another grader: never ranked with the runs above.", ""]
    for printed in tables:
        lines += _published(printed)
    return "\n".join(lines)


def _board(ranked: Ranked) -> list[str]:
    rows = map(_row, ranked.board.lines, ranked.outside, ranked.inside)
    return table(COLUMNS, rows, TEXTS)


def _row(line: Line, outside: Standing | None, inside: Standing | None) -> tuple[str, ...]:
    about = line.about
    return (
        about.name,
        short_model(about.model),
        shown_recipe(line),
        rows_of_train(about),
        NOTHING if about.seed is None else str(about.seed),
        str(outside.rank) if outside else NOTHING,
        *_share(line.of.out_of_domain),
        str(inside.rank) if inside else NOTHING,
        *_share(line.of.in_domain),
        points(line.gap) if line.gap is not None and line.gap.n else NOTHING,
    )


def _share(interval: Interval | None) -> tuple[str, str]:
    """An accuracy, and of how many questions."""
    if interval is None or not interval.n:
        return NOTHING, NOTHING
    return shown(interval), f"{interval.n:,}"


def _published(one: Published) -> list[str]:
    lines = [f"### {inline(one.title)}", "", f"{inline(one.source)}. {inline(one.rule)}", ""]
    for part in one.parts:
        lines += [f"**{part.name}**", "", *_part(one, part), ""]
    notes = [f"{number}. {inline(note.text)}" for number, note in enumerate(one.notes, start=1)]
    return [*lines, *notes, ""]


def _part(one: Published, part: Part) -> list[str]:
    columns = (
        "row",
        *(f"{column.label}, n = {column.n}{_marks(notes_on_column(one, column.key))}" for column in part.columns),
        f"average, printed{_marks(notes_on_column(one, part.average))}",
        "average, made anew",
    )  # fmt: skip
    rows = []
    for row in one.rows:
        average = average_of(row, part)
        method = row["method"]
        values = [f"{row[column.key]}{_marks(notes_on(one, method, column.key))}" for column in part.columns]  # fmt: skip
        printed = f"{row[part.average]}{_marks(notes_on(one, method, part.average))}"
        made = f"{average.made['columns']:.2f}"
        rows.append((method, *values, printed, made if average.holds else f"{made} ≠"))
    return table(columns, rows)


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f" ({number})" for number in numbers)
