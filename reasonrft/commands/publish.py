"""publish: `rrft publish`."""

from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import read_folder
from reasonrft.commands.shown import complain, show


def publish(  # noqa: PLR0913 - its options
    folder: Annotated[
        Path, typer.Argument(parser=read_folder, help="The folder of a dataset.", metavar="DIR")
    ],
    repo: Annotated[
        str, typer.Option(help="The repository: new, or one to go on with.", metavar="ORG/NAME")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="A new repository is private, not public.")
    ] = False,
    permitted: Annotated[
        bool,
        typer.Option(
            "--with-permission",
            help="With --private: you have the right to pass on rows whose licence does not give it.",
        ),
    ] = False,
    revision: Annotated[str, typer.Option(help="A branch: new, or one to go on with.")] = "main",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go up, and send nothing.")
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
            help="With --dry-run: a new folder for the page and its pictures, to be read first.",
            metavar="DIR2",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Publish an audited dataset on the Hugging Face Hub: rows, digests, page, audit and manifest.

    The folder must be as it was audited, all of its golds proved, byte by byte. The same command goes on with what was stopped.
    The token is that of `hf auth login`, or HF_TOKEN; it is never shown.

    Example: rrft publish data/quick --repo my-lab/counting --private --dry-run
    """
    from builders.card import CARD
    from builders.parcel import write_page
    from builders.progress import WorkProgress, number_of
    from builders.publish import packed, read_target, send
    from builders.stop import stoppable
    from builders.tables import parcel_json, parcel_table

    if preview is not None and not dry_run:
        raise typer.BadParameter("--preview goes with --dry-run")
    target = read_target(repo, revision, private=private, permitted=permitted)
    with stoppable("stopped; the same command goes on"), packed(folder, target) as parcel:
        if dry_run:
            if preview is not None:
                write_page(parcel, preview)
                complain(f"the page is {preview / CARD}")
            show(parcel_json(parcel, target) if as_json else [parcel_table(parcel, target)])
            complain("nothing was sent")
            return
        with WorkProgress(repo, "files") as progress:
            published = send(parcel, target, progress)
    complain(
        f"{published.sent:,} of {number_of(len(parcel.items), 'file')} sent, the others were there"
    )
    if as_json:
        show({**parcel_json(parcel, target), "url": published.url, "sent": published.sent})
    else:
        print(published.url)
