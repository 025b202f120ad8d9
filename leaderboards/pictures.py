"""pictures: what the questions of the entries show, small, where their datasets are at hand."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from builders.files import BuildError
from leaderboards.questions import Questions, source_of
from reasonrft.prompt import Prompt
from reasonrft.report.page import Question, small_picture, stored_pictures


@dataclass(frozen=True)
class Album:
    """Pictures by name, each once, and which of them a question shows."""

    files: dict[str, bytes] = field(default_factory=dict)
    shown: dict[tuple[str, Question], tuple[str, ...]] = field(default_factory=dict)

    def of(self, questions: Questions, row: int) -> tuple[str, ...]:
        """The names of a question's pictures; none where they are not at hand."""
        key = (questions.digest, (questions.family, questions.split, row))
        return self.shown.get(key, ())

    def addresses(self, splits: Mapping[str, Questions], before: str) -> dict[Question, list[str]]:
        """All pictures of some splits, seen from a page."""
        known = {one.digest for one in splits.values()}
        return {
            question: [f"{before}{name}" for name in names]
            for (digest, question), names in self.shown.items()
            if digest in known
        }


def gather(questions: Sequence[Questions], folders: Sequence[Path], most: int) -> Album:
    """The pictures of the first questions of each split, so many of each.

    A folder that does not have a split, or has it with another digest, is passed over.
    """
    album = Album()
    for one in questions:
        folder = next((folder for folder in folders if source_of(folder, one.key)), None)
        if folder is None or most < 1:
            continue
        for row, images in enumerate(stored_pictures(folder, one.key[:2], most)):
            if row < len(one.rows) and Prompt(images, "").pictures == one.rows[row].pictures:
                names = tuple(map(_name, images))
                question = (one.family, one.split, row)
                with suppress(BuildError):  # one that is damaged: the site goes without it
                    for name, png in zip(names, images, strict=True):
                        if name not in album.files:
                            album.files[name] = small_picture(png)
                    album.shown[one.digest, question] = names
    return album


def strangers(questions: Sequence[Questions], folders: Sequence[Path]) -> list[Path]:
    """The folders that have none of these splits."""
    return [
        folder for folder in folders if not any(source_of(folder, one.key) for one in questions)
    ]


def _name(png: bytes) -> str:
    return f"{hashlib.sha256(png).hexdigest()[:16]}.webp"
