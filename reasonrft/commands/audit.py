"""audit: `rrft audit`."""

from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import DatasetFolder, read_new_file, read_path_there
from reasonrft.commands.shown import complain, show


def audit(
    folder: DatasetFolder,
    sample: Annotated[
        int | None,
        typer.Option(min=0, help="Derive so many golds of each split anew; by default all."),
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            parser=read_path_there,
            help="Another dataset, a blocklist, or a test's questions in JSON, that nothing may be shared with; "
            "repeatable.",
            metavar="DIR|FILE",
        ),
    ] = None,
    write_hashes: Annotated[
        Path | None,
        typer.Option(
            parser=read_new_file, help="Write a blocklist of all splits but train.", metavar="FILE"
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Processes; by default one a processor."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check that a dataset keeps what its card promises: what is found is written to audit.json.

    Digests, golds derived anew, grades, pictures, blind baselines, pairs, repeated rows, and what train
    shares with other splits. Exit code 1: something is wrong; it is named.

    Example: rrft audit data/quick --against data/other
    """
    from builders.audit.audit import AUDIT, Request
    from builders.audit.audit import audit as run
    from builders.audit.tables import audit_tables
    from builders.engine import make_engine
    from builders.progress import WorkProgress
    from builders.stop import stoppable

    request = Request(sample, tuple(against or ()), write_hashes)
    with stoppable("stopped; nothing was written"), WorkProgress("audit") as progress:
        done = run(folder, request, make_engine("local", workers), progress)
    show(done.to_json() if as_json else audit_tables(done))
    if done.unwritten:
        complain(f"{AUDIT} was not written, this is all there is: {done.unwritten}")
    else:
        complain(f"all of it is in {folder / AUDIT}")
    if write_hashes is not None:
        complain(f"the blocklist is {write_hashes}")
    raise typer.Exit(0 if done.passed else 1)
