"""export: `rrft export`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasonrft.commands.options import DatasetFolder, OneFamily, Splits, read_folder
from reasonrft.commands.shown import complain, show

if TYPE_CHECKING:
    from builders.fitted import FittedTable
    from reasonrft.export import Exported


def export(
    folder: DatasetFolder,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            help="For LLaMA-Factory (sharegpt), the paper's GRPO script (rl), TRL (trl), VLM-R1 (vlm-r1), "
            "EasyR1 (easyr1), or programs of your own (jsonl).",
        ),
    ],
    out: Annotated[
        Path, typer.Option(parser=read_folder, help="A folder that is new.", metavar="DIR2")
    ],
    family: OneFamily = None,
    split: Splits = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a dataset in the form of another training program.

    Every row keeps its gold with kind, options and tolerance, as `rrft check` reads it.

    Example: rrft export data/quick --format sharegpt --split train --out data/llama
    """
    from builders.manifest import read_manifest
    from builders.progress import WorkProgress, number_of
    from builders.stop import stoppable
    from reasonrft.export import export as run
    from reasonrft.export import form_of

    families = None if family is None else (family,)
    with stoppable("stopped; the same command begins anew"), WorkProgress("export") as progress:
        done = run([folder], form_of(form), out, families, tuple(split or ["all"]), progress)
    show(done.to_json() if as_json else [_table(done)])
    manifest = read_manifest(folder) or {}
    if not manifest.get("source", {}).get("pictures", True):
        complain(f"{folder} has texts alone (--no-pictures): no row has a picture")
    there = ", which was there already" if done.was_there else ""
    complain(f"{out}: {_pictures(done)}{there}")
    if done.without_thought:
        verb = "is" if done.without_thought == 1 else "are"
        complain(
            f"{number_of(done.without_thought, 'row')} without a thought {verb} in no file for thoughts"
        )


def _pictures(done: "Exported") -> str:
    """Where the pictures are."""
    from builders.progress import number_of

    if any(named.sheet.features is not None for named in done.files):
        return "the pictures are in the Parquet files"
    return f"{number_of(done.pictures, 'file')} of pictures"


def _table(done: "Exported") -> "FittedTable":
    from builders.fitted import FittedTable

    rows = [(named.file, f"{named.rows:,}") for named in done.files]
    return FittedTable("files", ("file", "rows"), rows)
