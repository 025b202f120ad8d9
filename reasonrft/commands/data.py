"""data: `rrft build-data`, `rrft view` and `rrft tasks`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import read_place
from reasonrft.commands.shown import complain, show


def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show what can be built: tasks, splits and their sizes by preset."""
    from builders import registry
    from builders.tables import task_tables, tasks_json

    show(tasks_json(registry.tasks()) if as_json else task_tables(registry.tasks()))


def build_data(  # noqa: PLR0913 - its options
    family: Annotated[str, typer.Option(help="Of tasks: see `rrft tasks`.")],
    out: Annotated[
        Path,
        typer.Option(
            parser=read_place,
            help="The dataset's folder, or a URL such as s3://bucket/name: new, or one to go on with.",
            metavar="DIR",
        ),
    ],
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="Splits by name, with commas or repeated; or id, ood, all (the default)."
        ),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(help="Tasks of the family by name, with commas or repeated; by default all."),
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
    level: Annotated[
        str, typer.Option(help="usual; or easy: few things seen from near, for small models.")
    ] = "usual",
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="At once; by default one a processor."),
    ] = None,
    engine: Annotated[str, typer.Option(help="Where they run: local, or ray.")] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="Of a Ray cluster; by default RAY_ADDRESS, or one of this machine's."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build splits of a family: Parquet files that `datasets.load_dataset` reads, and a manifest.

    The same command goes on with a build that was stopped, and checks one that is finished. What is
    built depends neither on the number of workers nor on how often it was stopped.

    Example: rrft build-data --family counting --split train,test --size train=2000 --out data
    """
    from builders import registry
    from builders.dataset import build_at, rows_there
    from builders.engine import make_engine
    from builders.place import place_of
    from builders.plan import Request, make_plans
    from builders.progress import WorkProgress
    from builders.stop import stoppable
    from builders.tables import built_json, built_sentence, built_table, guessed

    splits, sizes = tuple(split or ["all"]), tuple(size or [])
    request = Request(family, splits, preset, sizes, seed, image_size, level, tuple(task or ()))
    with stoppable("stopped; the same command goes on"), WorkProgress(family) as progress:
        plans = make_plans(request, registry.tasks(), rows_there(out, family))
        crew = make_engine(engine, workers, address)
        built = build_at(place_of(out), plans, crew, progress, registry.tasks)
    show(built_json(built) if as_json else [built_table(built)])
    for sentence in [
        built_sentence(built, out, progress.seconds),
        *guessed(built, registry.tasks()),
    ]:
        complain(sentence)


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
    from builders.gallery import Choice, write_gallery

    splits = tuple(name for names in split or ["all"] for name in names.split(","))
    written = write_gallery(folder, Choice(family, splits, limit), out, inline=inline)
    print(written.page)
    shown = f"{written.samples:,} of {written.rows:,} samples, {written.pictures:,} pictures"
    print(f"rrft: {shown}", file=sys.stderr)
