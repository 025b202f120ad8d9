"""page: the report as one self-contained page: figures, plots, and answers to look at.

Nothing is fetched, and what a model wrote is text wherever it stands (`builders.page`).
"""

import base64
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builders.files import BuildError
from builders.page import render_page
from builders.parts import choose_parts, rows
from evaluators import Status
from reasonrft.pictures import in_rgb
from reasonrft.prompt import Prompt
from reasonrft.record import Record
from reasonrft.report.markdown import facts_line, settings_rows
from reasonrft.report.summary import Report
from reasonrft.run import RunState

GENERATOR: Final = "rrft report"
SHOWN: Final = {"wrong": 8, "correct": 4, "unread": 4, "partial": 4, "failed": 2}  # of a split
BEGINNING: Final = 3_000  # characters of a long text on the page
ENDING: Final = 500  # and of its end, where the answer stands
LONGEST_SIDE: Final = 320  # pixels of a picture
QUALITY: Final = 80  # of its WebP
Question = tuple[str, str, int]  # family, split, row
SOME: Final = "Some of each split and outcome, chosen by chance. All of them are in records.jsonl."


@dataclass(frozen=True, slots=True)
class Shown:
    """Which answers a page shows, and what it says of that."""

    answers: Sequence[Record]
    pictures: Mapping[Question, Sequence[str]]  # addresses
    told: str
    facts: str = ""  # before those of the report
    settings: Sequence[tuple[str, str]] = ()  # besides those of the report
    home: str = ""  # the address of a page that this one belongs to
    generator: str = GENERATOR


def to_html(
    report: Report,
    state: RunState,
    records: Sequence[Record],
    training: Mapping[str, Any] | None = None,
) -> str:
    """The page of a run's own report; with an experiment's training, if it is a report on one."""
    chosen = choose_answers(records)
    return page_of(report, Shown(chosen, _pictures(state, chosen), SOME), training)


def page_of(report: Report, shown: Shown, training: Mapping[str, Any] | None = None) -> str:
    """The page as text, with these answers."""
    places = {question: number for number, question in enumerate(shown.pictures)}
    data = {
        "report": report.to_json(),
        "facts": f"{shown.facts}{facts_line(report)}",
        "settings": [*settings_rows(report), *shown.settings],
        "answers": [_answer(record, places.get(record.place[:3])) for record in shown.answers],
        "pictures": [list(addresses) for addresses in shown.pictures.values()],
    }
    texts = {"title": report.title, "generator": shown.generator, "told": shown.told, "home": shown.home}  # fmt: skip
    more = {} if training is None else {"training": training}
    return render_page("reasonrft", "report", texts, data | more, list(more))


def choose_answers(records: Sequence[Record]) -> list[Record]:
    """Some answers of each split and outcome, chosen by chance that is the same each time."""
    groups: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.family, record.split, outcome_of(record)].append(record)
    chosen: list[Record] = []
    for (_, _, outcome), group in groups.items():
        group.sort(
            key=lambda record: hashlib.sha256(f"{record.id}/{record.draw}".encode()).digest()
        )
        chosen += group[: SHOWN[outcome]]
    order = {record.place: number for number, record in enumerate(records)}
    return sorted(chosen, key=lambda record: order[record.place])


def outcome_of(record: Record) -> str:
    """How an answer fared, in a word."""
    return record.judged.status.value if record.judged else "failed"


def _answer(record: Record, pictures: int | None) -> dict[str, Any]:
    judged = record.judged
    return {
        "id": record.id,
        "draw": record.draw,
        "family": record.family,
        "split": record.split,
        "kind": record.kind,
        "depth": record.depth,
        "outcome": outcome_of(record),
        "pictures": pictures,
        "question": shorten(record.question),
        "gold": shorten(record.answer.text()),
        "read": (judged.answer or "")[:200] if judged else "",
        "lenient": judged is not None and judged.lenient is Status.CORRECT,
        "well_formed": judged is not None and judged.well_formed,
        "finish": record.finish,
        "failure": shorten(record.failure or ""),
        "tokens": record.tokens,
        "written": shorten(record.output or ""),
    }


def shorten(text: str) -> str:
    """A text of any length as its beginning and its end."""
    left_out = len(text) - BEGINNING - ENDING
    if left_out <= 0:
        return text
    return f"{text[:BEGINNING]}\n[… {left_out:,} characters, in records.jsonl …]\n{text[-ENDING:]}"


def _pictures(state: RunState, chosen: Sequence[Record]) -> dict[Question, list[str]]:
    """The pictures of the chosen questions as data URLs; none where the dataset is gone or another."""
    wanted: dict[tuple[str, str], dict[int, Record]] = defaultdict(dict)
    for record in chosen:
        wanted[record.family, record.split][record.row] = record
    found: dict[Question, list[str]] = {}
    for one in state.data:
        asked = wanted.get(one.key, {})
        last = max(asked, default=-1)
        for row, images in enumerate(stored_pictures(Path(one.folder), one.key, last + 1)):
            if row in asked and Prompt(images, "").pictures == asked[row].pictures:
                with suppress(BuildError):  # one that is damaged: the page goes without it
                    found[*one.key, row] = [_data_url(png) for png in images]
    return found


def stored_pictures(folder: Path, key: tuple[str, str], count: int) -> Iterator[tuple[bytes, ...]]:
    """The pictures of a split's first rows."""
    if not count:
        return
    try:
        (part,) = choose_parts([folder], (key[0],), [key[1]])
        for row in rows(part, ["images"], count):
            yield tuple(image["bytes"] for image in row["images"])
    except (BuildError, OSError):  # the page goes without pictures
        return


def _data_url(png: bytes) -> str:
    """The picture in a page."""
    return f"data:image/webp;base64,{base64.b64encode(small_picture(png)).decode()}"


def small_picture(png: bytes) -> bytes:
    """The picture as a WebP, small enough for dozens of them in a page."""
    image = in_rgb(png)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()
