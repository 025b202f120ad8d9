"""pages: what each page of the site shows, as data, and the page made of it.

There is a page with all tables, one for each split of a table with its questions, and one for each entry,
which is its run's report. No text of a model, a run or a dataset is markup in any of them (`builders.page`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from builders.page import render_page
from evaluators.statistics import Interval
from leaderboards.board import Board, Line
from leaderboards.entry import About
from leaderboards.pictures import Album
from leaderboards.published.tables import (
    Average,
    Column,
    Part,
    Published,
    average_of,
    interval_of,
    is_whole,
    notes_on,
    notes_on_column,
    recipe_of,
)
from leaderboards.questions import Questions
from leaderboards.ranks import METHOD, Standing
from leaderboards.standing import Ranked, is_reference, part_of_train, places_on
from reasonrft.prompt import make_question
from reasonrft.report.figures import items_of
from reasonrft.report.page import Shown, choose_answers, outcome_of, page_of, shorten
from reasonrft.report.training_text import flat_settings

GENERATOR: Final = "rrft leaderboard"
TITLE: Final = "Reason-RFT leaderboard"
SPLITS, ENTRIES, PICTURES = "splits", "entries", "pictures"  # folders of the site
AS_FOUND: Final = "as found"  # no recipe: evaluated as it was
REFERENCE: Final = "reference"  # neither: no model
EVERYTHING: Final = "whole set"  # of rows of train
NOTHING: Final = "–"
# Characters of answers on an entry's page, before they are chosen from.
MOST_TEXT: Final = 3_000_000
ALL: Final = "All answers of the entry."
SOME: Final = "Some of each split and outcome, chosen by chance. All of them are in the entry's answers.jsonl."  # fmt: skip
STYLE: Final = (("reasonrft", "report"),)  # what all pages of results look like
LETTERS: Final = {"correct": "c", "partial": "p", "wrong": "w", "unread": "u"}
MIXED: Final = "m"  # of several answers, some right
READ: Final = 60  # characters of an answer as it was read


def number(interval: Interval | None) -> dict[str, Any] | None:
    """An interval for a page; none where nothing was asked."""
    return asdict(interval) if interval is not None and interval.n else None


def entry_file(name: str) -> str:
    """Where the page of an entry is."""
    return f"{ENTRIES}/{name}.html"


def split_file(board: Board, split: str) -> str:
    """Where the page of a split is."""
    return f"{SPLITS}/{board.slug}-{split}.html"


def index_page(boards: Sequence[Ranked], tables: Sequence[Published]) -> str:
    """The page with all tables."""
    data = {
        "boards": [board_data(one) for one in boards],
        "published": [published_data(table) for table in tables],
        "method": METHOD,
    }
    return render_page("leaderboards", "board", _texts(TITLE), data, ["rows", "scatter"], STYLE)


def _texts(title: str) -> dict[str, str]:
    return {"title": title, "generator": GENERATOR}


def board_data(ranked: Ranked) -> dict[str, Any]:
    """A table: its lines with their ranks, in domain and out of it."""
    board = ranked.board
    return {
        "title": board.title,
        "family": board.family,
        "public": board.is_public,
        "splits": [_split_data(board, split) for split in board.questions],
        "rows": [_line_data(ranked, place) for place in range(len(board.lines))],
    }


def _split_data(board: Board, split: str) -> dict[str, Any]:
    one = board.questions[split]
    return {
        "name": split,
        "shift": _shift(one),
        "n": board.asked[split].rows,
        "digest": one.digest[:16],
        "href": split_file(board, split),
    }


def _shift(one: Questions) -> str:
    """In what a split differs from training, and whose problems it shows anew where that does not say it."""
    partner = f"the problems of {one.paired_with}"
    if one.paired_with is None or partner in one.shift:
        return one.shift
    return f"{one.shift}, {partner} anew"


def _line_data(ranked: Ranked, place: int) -> dict[str, Any]:
    line = ranked.board.lines[place]
    every = [one.figures for one in line.of.splits.values()]
    return {
        **_who(line),
        "href": entry_file(line.about.name),
        "in": number(line.of.in_domain),
        "out": number(line.of.out_of_domain),
        "gap": number(line.gap),
        "ranks": [_rank(ranked.inside[place]), _rank(ranked.outside[place])],
        "format": _weighted([(one.well_formed.estimate, one.n) for one in every]),
        "unread": _weighted([(one.unread.estimate, one.n) for one in every]),
        "tokens": _weighted([(one.tokens, one.n) for one in every if one.tokens is not None]),
        "n": sum(one.n for one in every),
    }


def _rank(standing: Standing | None) -> dict[str, Any] | None:
    return None if standing is None else asdict(standing)


def _who(line: Line) -> dict[str, Any]:
    about = line.about
    return {
        "name": about.name,
        "model": short_model(about.model),
        "recipe": shown_recipe(line),
        "seed": about.seed,
        "rows": rows_of_train(about),
        "part": part_of_train(about) is not None,
    }


def shown_recipe(line: Line) -> str:
    """What its model went through, in a word; of a reference, that it has none."""
    if is_reference(line):
        return REFERENCE
    return line.about.recipe or AS_FOUND


def rows_of_train(about: About) -> str:
    """Of how many rows of `train` a model learned: a number, all or none."""
    part = part_of_train(about)
    if part is not None:
        return f"{part:,}"
    return EVERYTHING if about.stages else NOTHING


def short_model(model: str) -> str:
    """A model's name: of a path, the last part."""
    is_path = model.startswith((".", "/", "~")) or model.count("/") > 1
    return model.rstrip("/").split("/")[-1] if is_path else model


def _weighted(parts: Sequence[tuple[float, int]]) -> float | None:
    total = sum(n for _, n in parts)
    return sum(value * n for value, n in parts) / total if total else None


def split_page(board: Board, split: str, album: Album) -> str:
    """The page of a split: its lines with their ranks, and every question with what each line answered."""
    one = board.questions[split]
    standing = places_on(board, [split])
    order = sorted(
        range(len(board.lines)),
        key=lambda place: -board.split(board.lines[place], split).figures.accuracy.estimate,
    )
    places = {place: number for number, place in enumerate(order)}
    data = {
        "board": board.title,
        "split": _split_data(board, split),
        "method": METHOD,
        "rows": [_split_line(board, split, place, standing[place], places) for place in order],
        "questions": [
            {
                "id": row.id,
                "kind": row.kind,
                "depth": row.depth,
                "question": shorten(make_question(row.sample(one.family, one.split))),
                "gold": shorten(row.answer.text()),
                "pictures": [f"../{PICTURES}/{name}" for name in album.of(one, number)],
            }
            for number, row in enumerate(one.rows[: board.asked[split].rows])
        ],
    }
    title = f"{split} · {board.title}"
    return render_page("leaderboards", "split", _texts(title), data, ["rows"], STYLE)


def _split_line(
    board: Board, split: str, place: int, standing: Standing | None, places: Mapping[int, int]
) -> dict[str, Any]:
    line = board.lines[place]
    figures = board.split(line, split).figures
    gap = line.of.gaps.get(split)
    outcomes, read = _answers(line, split)
    return {
        **_who(line),
        "href": f"../{entry_file(line.about.name)}",
        "accuracy": number(figures.accuracy),
        "partial": figures.partial.estimate,
        "lenient": figures.lenient.estimate,
        "gap": number(gap.gap) if gap else None,
        "format": figures.well_formed.estimate,
        "unread": figures.unread.estimate,
        "tokens": figures.tokens,
        "blind": figures.blind,
        "rank": _rank(
            standing and replace(standing, tied=tuple(places[at] for at in standing.tied))
        ),
        "outcomes": outcomes,
        "read": read,
    }


def _answers(line: Line, split: str) -> tuple[str, list[str]]:
    """How each question fared, a letter each, and what was read of its first answer."""
    letters, read = [], []
    for item in items_of([one for one in line.records if one.split == split]):
        outcomes = {outcome_of(record) for record in item.records}
        letters.append(LETTERS[outcomes.pop()] if len(outcomes) == 1 else MIXED)
        judged = item.first.judged
        read.append(((judged.answer if judged else None) or "")[:READ])
    return "".join(letters), read


def entry_page(lines: Sequence[tuple[Board, Line]], album: Album) -> str:
    """The page of an entry: the report on its run, with its recipe and settings, and its answers."""
    about, report = lines[0][1].about, lines[0][1].report
    records = [record for _, line in lines for record in line.records]
    length = sum(len(shorten(record.output or "")) + len(record.question) for record in records)
    pictures = {
        question: addresses
        for board, _ in lines
        for question, addresses in album.addresses(board.questions, f"../{PICTURES}/").items()
    }
    settings = [("entry", about.name), ("toolkit", about.rrft), ("model", short_model(about.model))]
    if about.experiment is not None:
        settings += [("recipe", str(about.recipe)), ("seed", str(about.seed))]
        settings += flat_settings(about.experiment)
        settings += [
            (f"{stage}: {key}", value)
            for stage, facts in about.stages.items()
            for key, value in flat_settings(facts)
        ]
    shown = Shown(
        answers=records if length <= MOST_TEXT else choose_answers(records),
        pictures=pictures,
        told=ALL if length <= MOST_TEXT else SOME,
        facts=_origin(lines[0][1]),
        settings=settings,
        home="../index.html",
        generator=GENERATOR,
    )
    return page_of(report, shown)


def _origin(line: Line) -> str:
    """How it came to be what it is, in few words."""
    about = line.about
    if is_reference(line):
        return f"The reference {about.model}, which answers without a model. "
    if about.recipe is None:
        return f"{short_model(about.model)}, evaluated as found. "
    return f"Recipe {about.recipe} on {short_model(about.model)}, seed {about.seed}. "


def published_data(table: Published) -> dict[str, Any]:
    """A printed table with what follows from it."""
    return {
        "title": table.title,
        "source": table.source,
        "rule": table.rule,
        "notes": [note.text for note in table.notes],
        "parts": [_part_data(table, part) for part in table.parts],
    }


def _part_data(table: Published, part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "counted": part.counted,
        "columns": [_column_data(table, column) for column in part.columns],
        "average": notes_on_column(table, part.average),
        "rows": [_published_row(table, part, row) for row in table.rows],
    }


def _column_data(table: Published, column: Column) -> dict[str, Any]:
    return {**asdict(column), "notes": notes_on_column(table, column.key)}


def _published_row(table: Published, part: Part, row: Mapping[str, str]) -> dict[str, Any]:
    method = row["method"]
    cells = [_cell(table, part, column, row) for column in part.columns]
    average = average_of(row, part)
    return {
        "method": method,
        "group": row["group"],
        "recipe": recipe_of(method) or AS_FOUND,
        "cells": cells,
        "average": _average_data(average) | {"notes": notes_on(table, method, part.average)},
    }


def _cell(table: Published, part: Part, column: Column, row: Mapping[str, str]) -> dict[str, Any]:
    value = float(row[column.key])
    interval = interval_of(value, column, part)
    return {
        "printed": row[column.key],
        "interval": number(interval),
        "share": value / 100,
        "whole": not part.counted or is_whole(value, column.n),
        "notes": notes_on(table, row["method"], column.key),
    }


def _average_data(average: Average) -> dict[str, Any]:
    return {
        "printed": average.printed,
        "made": average.made["columns"],
        "holds": average.holds,
        "told": average.told,
    }
