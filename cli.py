"""cli: `rrft`, the command line; each command calls one library function."""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluators import VERSION, Reading, Status

if TYPE_CHECKING:
    from rich.table import Table

    from reasonrft.check import Summary

app = typer.Typer(
    help="Build, train and evaluate visual reasoning with one grader from reward to leaderboard.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rrft {version('reason-rft')} (grader version {VERSION})")
        raise typer.Exit


@app.callback()
def _rrft(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the versions."
        ),
    ] = False,
) -> None:
    del version  # its callback has answered


@app.command()
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
    passed over. Exit code 1: some lines are no cases; they are named, and the rest is graded.

    Example: rrft check cases.jsonl --reading lenient --out verdicts.jsonl
    """
    from reasonrft.check import check_to

    summary = check_to(cases, reading, out, workers, _complain)
    if as_json:
        print(json.dumps(summary.as_json(), indent=2))
    else:
        _print_summary(summary)
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


@app.command()
def view(
    folder: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="The folder of a built dataset.", metavar="DIR"
        ),
    ],
    family: Annotated[str | None, typer.Option(help="One family of it only.")] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="Splits by name, with commas or repeated; or id, ood, all (the default)."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Samples of each split, at most.")] = 60,
    out: Annotated[
        Path | None,
        typer.Option(help="A folder, or a page that ends in .html; by default DIR-view."),
    ] = None,
    inline: Annotated[
        bool | None,
        typer.Option(
            "--inline/--files",
            help="Pictures in the page or beside it; by default in it where --out is a page.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a page to look at a dataset's samples, which any browser opens from the disk.

    Its path is printed. It shows pictures, questions, thoughts, answers and the masks of objects,
    and filters them; it needs no server and no network.

    Example: rrft view data/quick --split test --split ood
    """
    from builders.files import BuildError
    from builders.gallery import Choice, write_gallery

    splits = tuple(name for names in split or ["all"] for name in names.split(","))
    try:
        written = write_gallery(folder, Choice(family, splits, limit), out, inline=inline)
    except BuildError as problem:
        raise typer.TyperException(str(problem)) from problem
    print(written.page)
    shown = f"{written.samples:,} of {written.rows:,} samples, {written.pictures:,} pictures"
    print(f"rrft: {shown}", file=sys.stderr)


@app.command()
def build_data(  # noqa: PLR0913 - its options
    family: Annotated[str, typer.Option(help="Of tasks: see `rrft tasks`.")],
    out: Annotated[
        Path, typer.Option(help="The dataset's folder: new, or one to go on with.", metavar="DIR")
    ],
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="Splits by name, with commas or repeated; or id, ood, all (the default)."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="How large: quick, standard or paper.")] = "quick",
    size: Annotated[
        list[str] | None,
        typer.Option(help="Rows of a split, in place of the preset's.", metavar="SPLIT=ROWS"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other samples.")] = 0,
    image_size: Annotated[
        str, typer.Option(help="Of the pictures, WIDTHxHEIGHT; or N for N x N.", metavar="SIZE")
    ] = "320x240",
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Processes; by default one a processor."),
    ] = None,
    engine: Annotated[str, typer.Option(help="Where they run: local.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build splits of a family: Parquet files that `datasets.load_dataset` reads, and a manifest.

    The same command goes on with a build that was stopped, and checks one that is finished. What is
    built depends neither on the number of workers nor on how often it was stopped.

    Example: rrft build-data --family counting --split train,test --size train=2000 --out data
    """
    from builders import registry
    from builders.dataset import build
    from builders.engine import make_engine
    from builders.files import BuildError
    from builders.plan import Request, make_plans
    from builders.progress import WorkProgress
    from builders.tables import built_json, built_sentence, built_table

    request = Request(family, tuple(split or ["all"]), preset, tuple(size or []), seed, image_size)
    try:
        plans = make_plans(request, registry.tasks())
        with WorkProgress(family) as progress:
            built = build(plans, out, make_engine(engine, workers), progress, registry.tasks)
    except BuildError as problem:
        raise typer.TyperException(str(problem)) from problem
    _show(built_json(built) if as_json else [built_table(built)])
    print(f"rrft: {built_sentence(built, out, progress.seconds)}", file=sys.stderr)


@app.command()
def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show what can be built: tasks, splits and their sizes by preset."""
    from builders import registry
    from builders.tables import task_tables, tasks_json

    _show(tasks_json(registry.tasks()) if as_json else task_tables(registry.tasks()))


def _show(result: "dict[str, Any] | list[Table]") -> None:
    """Print JSON or tables; piped, a table is as wide as it needs to be."""
    from rich.console import Console

    if isinstance(result, dict):
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    console = Console(width=None if sys.stdout.isatty() else 200)
    for table in result:
        console.print(table)


def main() -> None:
    """Run the command line: an expected error is one line on stderr, Ctrl-C is exit code 130."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as problem:
        _complain(problem.format_message())
        code = 2
    except OSError as problem:  # a folder that is not there, a full disk
        _complain(f"{problem.strerror}: {problem.filename}" if problem.filename else str(problem))
        code = 2
    sys.exit(code)


def _complain(problem: str) -> None:
    print(f"rrft: {problem}", file=sys.stderr)


if __name__ == "__main__":
    main()
