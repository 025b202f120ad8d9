"""fitted: how does a table look in a terminal that may be too narrow for it?"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from builders.progress import printable

PROSE: Final = 20  # characters that a column of prose is never narrower than
HOW_TO_SEE: Final = "a wider terminal, a pipe or --json shows all"


class FittedTable(Table):
    """A table under a title, whose names and numbers stand whole at any width.

    Where there is no room prose is broken into lines; then columns are left out, and a line says which;
    then each row becomes a block, in which nothing is left out.
    """

    def __init__(
        self,
        title: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[str]] = (),
        *,
        left: Collection[str] = (),
        prose: Collection[str] = (),
        least: Sequence[str] = (),
    ) -> None:
        """Take texts, which are no markup.

        Args:
            title: Stands above, as long as it is.
            columns: Their names; the first says what a row is about.
            rows: A cell for each column.
            left: Columns beside the first that read from the left.
            prose: Columns of sentences, which may be broken into lines; they read from the left too.
            least: Columns that may be left out, the least needed first.
        """
        super().__init__(box=SIMPLE_HEAD)
        self._heading = Text(printable(title), style="bold")
        self._least = least
        for place, name in enumerate(columns):
            is_left = place == 0 or name in left or name in prose
            self.add_column(
                Text(name),
                justify="left" if is_left else "right",
                no_wrap=name not in prose,
                overflow="fold",
            )
        for row in rows:
            self.add_texts(*row)

    def add_texts(self, *cells: str) -> None:
        """A row."""
        assert len(cells) == len(self.columns), "a cell for each column"
        self.add_row(*(Text(printable(cell)) for cell in cells))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The title, and what there is room for."""
        yield self._heading
        for count in range(len(self._least) + 1):
            left_out = self._least[:count]
            kept = [one for one in self.columns if str(one.header) not in left_out]
            if (widths := _widths(kept, options.max_width)) is not None:
                yield self._with(kept, widths)
                if left_out:
                    names = ", ".join(
                        str(one.header) for one in self.columns if str(one.header) in left_out
                    )
                    yield Padding(Text(f"not shown: {names}; {HOW_TO_SEE}"), (0, 0, 1, 2))
                return
        yield from _blocks(self.columns)

    def _with(self, kept: Sequence[Column], widths: Sequence[int]) -> Padding:
        """Some of the columns, each as wide as it is told."""
        copies = [replace(one.copy(), width=width) for one, width in zip(kept, widths, strict=True)]
        shown = Table(*copies, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for row, cells in zip(
            self.rows, zip(*(one.cells for one in kept), strict=True), strict=True
        ):
            shown.add_row(*cells, end_section=row.end_section)
        return Padding(shown, (0, 0, 0, 1))


def _widths(columns: Sequence[Column], room: int) -> list[int] | None:
    """How wide each column is, where there is so much room; none where it is not enough."""
    full = [_full_width(one) for one in columns]
    widths = [
        width if one.no_wrap else min(width, PROSE)
        for one, width in zip(columns, full, strict=True)
    ]
    # Beside the cells: an edge and a blank at the left, and two signs after each column.
    spare = room - sum(widths) - 2 * len(columns) - 2
    if spare < 0:
        return None
    wanting = sorted(
        (place for place, width in enumerate(widths) if width < full[place]),
        key=lambda place: full[place],
    )
    for before, place in enumerate(wanting):
        share = min(full[place] - widths[place], spare // (len(wanting) - before))
        widths[place] += share
        spare -= share
    return widths


def _full_width(column: Column) -> int:
    """Of the longest line in a column."""
    texts = chain([str(column.header)], map(str, column.cells))
    return max(Text(line).cell_len for text in texts for line in text.split("\n"))


def _blocks(columns: Sequence[Column]) -> Iterator[Text | Padding]:
    """A block for each row: its first cell, and a line for each other that says something."""
    names = [str(one.header) for one in columns[1:]]
    for about, *cells in zip(*(one.cells for one in columns), strict=True):
        yield Text(f"\n{about}", style="bold")
        lines = (f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if str(cell))
        yield Padding(Text("\n".join(lines)), (0, 0, 0, 2))
    yield Text("")
