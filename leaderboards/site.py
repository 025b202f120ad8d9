"""site: entries → a folder of pages that works from the disk, from any web server, and as a static Space.

The same entries and pictures give the same bytes. What others put into the folder stays; of ours, what no
entry has any more is removed.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from builders.files import write_whole
from builders.folder import alone
from leaderboards.archive import BoardError
from leaderboards.board import Board, Line, boards_of
from leaderboards.pages import (
    ENTRIES,
    GENERATOR,
    PICTURES,
    SPLITS,
    entry_file,
    entry_page,
    index_page,
    split_file,
    split_page,
)
from leaderboards.pictures import gather, strangers
from leaderboards.proof import Shelf
from leaderboards.published.tables import published
from leaderboards.questions import Questions
from leaderboards.standing import Ranked
from leaderboards.text import SPACE, to_markdown
from leaderboards.verify import prove

INDEX, MARKDOWN, README = "index.html", "LEADERBOARD.md", "README.md"
OWN: Final = {
    ENTRIES: re.compile(r"[\w.-]+\.html", re.ASCII),
    SPLITS: re.compile(r"[a-z0-9-]+\.html"),
    PICTURES: re.compile(r"[0-9a-f]{16}\.webp"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """What was built."""

    page: Path
    entries: int
    boards: int
    files: int
    bytes: int
    strangers: Sequence[Path]  # datasets that were given, and of which no table is


def build_site(entries: Path, out: Path, data: Sequence[Path], most_pictures: int) -> Site:
    """Build the site of all entries, each of which is verified first.

    Args:
        entries: The folder of entries.
        out: A folder: new, or an earlier site.
        data: Folders of datasets, for the pictures of the questions.
        most_pictures: Questions of a split that are shown with theirs.

    Raises:
        BoardError: an entry does not hold, or the folder holds something else.
    """
    _check_folder(out)
    shelf = Shelf(entries)
    boards = boards_of(prove(entries, shelf), shelf)
    files = _files(boards, data, most_pictures)
    with alone(out, "a site"):
        for name, content in files.items():
            write_whole(out / name, content)
        _remove_others(out, files)
    lines = {line.about.name for board in boards for line in board.lines}
    size = sum(map(len, files.values()))
    others = strangers(_questions(boards), data)
    return Site(out / INDEX, len(lines), len(boards), len(files), size, others)


def _files(boards: Sequence[Board], data: Sequence[Path], most: int) -> dict[str, bytes]:
    """Every file by its name; the index comes last."""
    album = gather(_questions(boards), data, most)
    files = {f"{PICTURES}/{name}": content for name, content in album.files.items()}
    for board in boards:
        for split in board.questions:
            files[split_file(board, split)] = _bytes(split_page(board, split, album))
    for name, lines in _by_entry(boards).items():
        files[entry_file(name)] = _bytes(entry_page(lines, album))
    ranked = [Ranked.of(board) for board in boards]
    files[MARKDOWN] = _bytes(to_markdown(ranked, published()))
    files[README] = _bytes(SPACE)
    files[INDEX] = _bytes(index_page(ranked, published()))
    return files


def _questions(boards: Sequence[Board]) -> list[Questions]:
    """Of all tables, each split once."""
    found = {one.key: one for board in boards for one in board.questions.values()}
    return list(found.values())


def _by_entry(boards: Sequence[Board]) -> Mapping[str, list[tuple[Board, Line]]]:
    found: dict[str, list[tuple[Board, Line]]] = defaultdict(list)
    for board in boards:
        for line in board.lines:
            found[line.about.name].append((board, line))
    return found


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")


def _check_folder(out: Path) -> None:
    """Refuse a folder that holds something else than an earlier site and what belongs to a repository."""
    if not out.is_dir():
        return
    there = {path.name for path in out.iterdir() if not path.name.startswith(".")}
    page = out / INDEX
    is_ours = page.is_file() and f'content="{GENERATOR}"' in page.read_text(encoding="utf-8", errors="replace")[:2000]  # fmt: skip
    if there and not is_ours:
        raise BoardError(f"{out} holds something else ({min(there)}); name a new folder, or a site of ours")  # fmt: skip


def _remove_others(out: Path, files: Mapping[str, bytes]) -> None:
    """Remove what an earlier site had, and this one has not."""
    for folder, name in OWN.items():
        for path in (out / folder).glob("*"):
            if name.fullmatch(path.name) and f"{folder}/{path.name}" not in files:
                path.unlink()
