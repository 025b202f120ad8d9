"""check: `rrft check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluators import Reading, Status
from reasonrft.commands.options import read_new_file
from reasonrft.commands.shown import complain, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from builders.fitted import FittedTable
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
        Path | None,
        typer.Option(
            parser=read_new_file, help="Write the verdicts here, as JSON Lines.", metavar="FILE"
        ),
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
    show(summary.as_json() if as_json else _tables(summary))
    if out is not None:
        complain(f"the verdicts are in {out}")
    raise typer.Exit(1 if summary.bad_lines else 0)


def _tables(summary: "Summary") -> "list[RenderableType]":
    """A row for each kind, and how many lines are no cases."""
    from rich.text import Text

    count = len(summary.bad_lines)
    bad = "1 line is no case" if count == 1 else f"{count} lines are no cases"
    shown: list[RenderableType] = [_table(summary) if summary.tallies else Text("no cases")]
    return [*shown, Text(bad)] if count else shown


def _table(summary: "Summary") -> "FittedTable":
    from builders.fitted import FittedTable

    counts = [status.value for status in Status]
    other = f"{summary.other} accuracy"
    columns = ("kind", "n", *counts, "accuracy", "95 % interval", other)
    least = (*reversed(counts), other, "95 % interval")
    table = FittedTable(f"{summary.reading} reading", columns, least=least)
    for tally in summary.tallies:
        numbers = [tally.n, *(tally.statuses[status] for status in Status)]
        shares = tally.accuracy(), tally.other_accuracy()
        interval = f"{shares[0].low:.1%} – {shares[0].high:.1%}"
        accuracies = f"{shares[0].estimate:.1%}", interval, f"{shares[1].estimate:.1%}"
        table.add_texts(tally.kind, *map(str, numbers), *accuracies)
    return table
