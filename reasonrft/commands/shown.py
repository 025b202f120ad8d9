"""shown: how do commands print results on stdout, and what they say besides on stderr?"""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reasonrft.report.write import Written


PIPED: Final = 10_000  # characters: wider than any line


def show(result: "dict[str, Any] | Sequence[RenderableType]") -> None:
    """Print JSON or tables; piped, a table is as wide as it needs to be, and no line ends in blanks."""
    from rich.console import Console

    from builders.progress import printable

    if isinstance(result, dict):
        print(printable(json.dumps(result, indent=2, ensure_ascii=False)))
        return
    console = Console(width=None if sys.stdout.isatty() else PIPED)
    with console.capture() as shown:
        for table in result:
            console.print(table)
    for line in shown.get().splitlines():
        print(line.rstrip())


def show_report(written: "Written", as_json: bool) -> None:
    """Print a report, and say where its page is."""
    from reasonrft.report.tables import report_tables

    show(written.report.to_json() if as_json else report_tables(written.report))
    complain(f"the report is {written.page}")


def complain(problem: str) -> None:
    """A line on stderr."""
    from builders.progress import printable

    print(f"rrft: {printable(problem)}", file=sys.stderr)
