"""command: `rrft leaderboard add|verify|build`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasonrft.commands.options import RunOrExperiment, read_folder, read_folder_there
from reasonrft.commands.shown import complain, show

if TYPE_CHECKING:
    from leaderboards.proof import Finding

app = typer.Typer(
    help="Enter finished runs, prove that entries hold, and build the site of all of them.",
    rich_markup_mode=None,
)
Entries = Annotated[
    Path | None,
    typer.Option(
        parser=read_folder,
        help="The folder of entries; by default leaderboards/entries of this checkout.",
        metavar="DIR",
    ),
]
Datasets = Annotated[
    list[Path] | None,
    typer.Option(
        parser=read_folder_there,
        help="A folder to look for datasets in, where they were moved; repeatable.",
        metavar="DIR",
    ),
]


def own_entries() -> Path:
    """The entries of the checkout that this runs from."""
    return Path(__file__).parent / "entries"


def _entries(asked: Path | None) -> Path:
    from leaderboards.archive import BoardError

    folder = asked or own_entries()
    if not folder.is_dir():
        raise BoardError(f"no folder of entries {folder}; make it, or name another with --entries")
    return folder


@app.command()
def add(
    run: RunOrExperiment,
    name: Annotated[
        str | None, typer.Option(help="Of the entry; by default that of the experiment or model.")
    ] = None,
    data: Datasets = None,
    entries: Entries = None,
) -> None:
    """Enter a finished evaluation, or a whole experiment: its report and every answer, compressed.

    Refused where answers are missing, where anything was altered, and where the run is there already.
    The questions are taken from the dataset once, and are kept for all entries.

    Example: rrft leaderboard add experiments/nano-reason-rft --name nano-seed1
    """
    from leaderboards.add import add_run
    from leaderboards.archive import BoardError

    folder = entries or _entries(None)
    if folder.is_file():
        raise BoardError(f"{folder} is a file; --entries names a folder")
    added = add_run(run, folder, name, data or ())
    beside = f", splits whose questions are new: {added.questions:,}" if added.questions else ""
    size = sum(path.stat().st_size for path in folder.rglob("*.xz"))
    complain(
        f"answers: {added.answers:,} in {added.bytes:,} bytes{beside}; {size / 1e6:.1f} MB of entries in all"
    )
    print(added.path)


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Entries by name; none: all.", metavar="ENTRY")
    ] = None,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Build the datasets anew too, and compare them; as long as their builds took.",
        ),
    ] = False,
    entries: Entries = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Prove that entries hold: every answer is graded anew, and all that follows from the answers compared.

    Found are answers that are missing, doubled or altered, golds and questions that are not the dataset's,
    verdicts, settings and sums that were changed, and files that do not belong. Exit code 1: something is.

    Example: rrft leaderboard verify
    """
    from dataclasses import asdict

    from leaderboards.verify import verify as look

    folder = _entries(entries)
    verified = look(folder, names or ())
    findings = [*verified.findings, *(_rebuilt(folder) if rebuild else [])]
    if as_json:
        show({**verified.to_json(), "findings": [asdict(one) for one in findings]})
    else:
        for one in findings:
            print(f"{one.fault}: {one.sentence}")
    complain(
        f"entries: {verified.entries:,}, answers graded anew: {verified.answers:,}, faults: {len(findings):,}"
    )
    raise typer.Exit(1 if findings else 0)


def _rebuilt(folder: Path) -> "list[Finding]":
    """What is found where the datasets are built anew."""
    from tempfile import TemporaryDirectory

    from builders.engine import make_engine
    from builders.progress import WorkProgress
    from leaderboards.rebuild import Builder, rebuild
    from leaderboards.verify import all_questions

    questions = all_questions(folder)
    with TemporaryDirectory() as place, WorkProgress("datasets anew") as progress:
        return list(rebuild(questions, Path(place), Builder(make_engine("local"), progress)))


@app.command()
def build(
    out: Annotated[
        Path,
        typer.Option(parser=read_folder, help="A new folder, or an earlier site.", metavar="DIR"),
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option(
            parser=read_folder_there,
            help="A dataset of the entries, for the questions' pictures; repeatable.",
            metavar="DIR",
        ),
    ] = None,
    pictures: Annotated[
        int, typer.Option(min=0, help="Questions of each split that are shown with theirs.")
    ] = 40,
    entries: Entries = None,
) -> None:
    """Build the site: tables, a page for each split and entry, Markdown; a static Space as it is.

    Every entry is verified first. The site works from the disk and asks nothing of the network.

    Example: rrft leaderboard build --out site --data data/easy
    """
    from leaderboards.site import build_site

    # An installed package has no entries: its site shows the published numbers.
    folder = _entries(entries) if entries else own_entries()
    site = build_site(folder, out, data or (), pictures)
    complain(
        f"entries: {site.entries:,}, tables: {site.boards:,}, files: {site.files:,} ({site.bytes / 1e6:.1f} MB)"
    )
    for other in site.strangers:
        complain(f"{other} has none of the entries' questions: no picture is from there")
    print(site.page)
