"""gallery: what do the samples look like: a page of them that needs no server and no network."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builders.gallery_page import find_place, link_pictures, make_page, page_sample, write_page
from builders.manifest import by_value
from builders.parts import Part, batches, choose_parts, rows

COLUMNS = (
    *("id", "family", "task", "kind", "split", "images"),
    *("question", "answer", "options", "thought", "depth", "scene"),
)
MANY_ANSWERS = 24  # of a kind: with more of them, the summary names the most frequent only
FEW_ANSWERS = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """Which samples of a dataset are shown."""

    family: str | None = None  # None: every family that there is
    splits: tuple[str, ...] = ("all",)  # names, or id (test), ood (every ood-*), all
    limit: int = 60  # samples of a split: its first ones


@dataclass(frozen=True, slots=True)
class Written:
    """What a gallery came to."""

    page: Path
    samples: int
    rows: int  # of the splits that the samples are from
    pictures: int  # of different content


def write_gallery(
    source: Path, choice: Choice, out: Path | None = None, *, inline: bool | None = None
) -> Written:
    """Write a page of a dataset's samples.

    Args:
        source: The folder of a built dataset.
        choice: Which of its samples.
        out: A folder, or the page itself if the name ends in `.html`; None: beside the dataset.
        inline: Pictures in the page, not in files beside it; None: if `out` names the page.

    Raises:
        BuildError: The dataset has no such family or split, or `out` holds something else.
    """
    families = None if choice.family is None else (choice.family,)
    parts = choose_parts([source], families, choice.splits)
    place = find_place(source, out, inline=inline)
    pictures: dict[str, bytes] = {}  # name: PNG
    samples: list[dict[str, Any]] = []
    splits: list[dict[str, Any]] = []
    for part in parts:
        shown = [page_sample(row, pictures) for row in rows(part, COLUMNS, choice.limit)]
        samples += shown
        splits.append({**_summary(part), "shown": len(shown)})
    link_pictures(samples, pictures, place)
    write_page(place, make_page(source.resolve().name, splits, samples), pictures)
    return Written(place.page, len(samples), sum(split["rows"] for split in splits), len(pictures))


def _summary(part: Part) -> dict[str, Any]:
    """How many samples of each kind a whole split has, and how their answers are spread."""
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    depths: dict[str, set[int]] = defaultdict(set)
    for batch in batches(part, ["kind", "answer", "depth"], 10_000):
        for row in batch:
            answers[row["kind"]][row["answer"]] += 1
            depths[row["kind"]].add(row["depth"])
    return {
        "family": part.family,
        "split": part.split,
        "rows": sum(counts.total() for counts in answers.values()),
        "kinds": [
            {"kind": kind, "depth": [min(depths[kind]), max(depths[kind])]} | _spread(answers[kind])
            for kind in sorted(answers)
        ],
    }


def _spread(answers: Counter[str]) -> dict[str, Any]:
    by_number = sorted(answers.items(), key=lambda item: (-item[1], by_value(item[0])))
    by_answer = sorted(by_number, key=lambda item: by_value(item[0]))
    return {
        "n": answers.total(),
        "distinct": len(answers),
        "best": by_number[0],
        "answers": by_number[:FEW_ANSWERS] if len(answers) > MANY_ANSWERS else by_answer,
    }
