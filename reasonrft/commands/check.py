"""check: `rrft check`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluators import Reading, Status
from reasonrft.commands.shown import complain

if TYPE_CHECKING:
    from reasonrft.check import Summary


def check(
    cases: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help="JSON Lines, one case a line.",
            metavar="CASES.jsonl",
        ),
    ],
    reading: Annotated[
        Reading,
        typer.Option(help="Where the answer may stand: in the layout only, or also in free text."),
    ] = Reading.STRICT,
    out: Annotated[
        Path | None, typer.Option(help="Write the verdicts here, as JSON Lines.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes to grade with.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Grade given answers: a verdict for each case, and a summary by kind.

    A case is an object with `id`, `kind` (integer, number, choice, expression or program), `gold`
    and `prediction`; `tolerance`, `options` and `scene` where the kind takes them. Other fields are
    passed over. Exit code 1: some lines are no cases; they are named, and the rest is graded. Exit code
    2: there is no case.

    Example: rrft check cases.jsonl --reading lenient --out verdicts.jsonl
    """
    from reasonrft.check import check_to

    summary = check_to(cases, reading, out, workers, complain)
    if not (summary.tallies or summary.bad_lines):
        complain(f"{cases} has no cases")
        raise typer.Exit(2)
    if as_json:
        print(json.dumps(summary.as_json(), indent=2))
    else:
        _print_summary(summary)
    if out is not None:
        complain(f"the verdicts are in {out}")
    raise typer.Exit(1 if summary.bad_lines else 0)


def _print_summary(summary: "Summary") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(
        box=SIMPLE_HEAD,
        title=f"{summary.reading} reading",
        title_justify="left",
        title_style="bold",
    )
    counts = [status.value for status in Status]
    for name in ("kind", "n", *counts, "accuracy", "95 % interval", f"{summary.other} accuracy"):
        table.add_column(name, justify="left" if name == "kind" else "right", no_wrap=True)
    for tally in summary.tallies:
        numbers = [tally.n, *(tally.statuses[status] for status in Status)]
        shares = tally.accuracy(), tally.other_accuracy()
        interval = f"{shares[0].low:.1%} – {shares[0].high:.1%}"
        accuracies = f"{shares[0].estimate:.1%}", interval, f"{shares[1].estimate:.1%}"
        table.add_row(tally.kind, *map(str, numbers), *accuracies)
    # Piped, a table is as wide as it needs to be.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table if summary.tallies else "no cases")
    if summary.bad_lines:
        count = len(summary.bad_lines)
        console.print("1 line is no case" if count == 1 else f"{count} lines are no cases")
