"""data: `rrft build-data`, `rrft view` and `rrft tasks`."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import read_folder
from reasonrft.commands.shown import complain, show


def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show what can be built: tasks, splits and their sizes by preset."""
    from builders import registry
    from builders.tables import task_tables, tasks_json

    show(tasks_json(registry.tasks()) if as_json else task_tables(registry.tasks()))


def build_data(  # noqa: PLR0913 - its options
    out: Annotated[
        Path,
        typer.Option(
            parser=read_folder,
            help="The dataset's folder: new, or one to go on with.",
            metavar="DIR",
        ),
    ],
    family: Annotated[str | None, typer.Option(help="Of tasks: see `rrft tasks`.")] = None,
    cleaner: Annotated[
        str | None,
        typer.Option(
            "--from", help="A public dataset to clean, in place of --family.", metavar="NAME"
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(parser=read_folder, help="The folder of its files.", metavar="DIR"),
    ] = None,
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
    preset: Annotated[
        str | None,
        typer.Option(help="How large: quick (the default), standard or paper."),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(help="Rows of a split, in place of the preset's.", metavar="SPLIT=ROWS"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Another seed, other samples; by default 0.")
    ] = None,
    image_size: Annotated[
        str | None,
        typer.Option(
            help="Of the pictures, WIDTHxHEIGHT; or N for N x N; by default 320x240.",
            metavar="SIZE",
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="usual; or easy: few things seen from near, for small models."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, help="Processes; by default one a processor."),
    ] = None,
    engine: Annotated[str, typer.Option(help="Where they run: local.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build splits of a family, or clean a public dataset: Parquet files that `datasets.load_dataset` reads.

    The same command goes on with a build that was stopped, and checks one that is finished. What is
    built depends neither on the number of workers nor on how often it was stopped.

    Examples: rrft build-data --family counting --split train,test --size train=2000 --out data;
    rrft build-data --from clevr-math --source CLEVR --out data/clevr-math
    """
    from builders import registry
    from builders.clean import source_plans
    from builders.dataset import build, rows_there
    from builders.engine import make_engine
    from builders.plan import Plan, Request, make_plans
    from builders.progress import WorkProgress
    from builders.stop import stoppable
    from builders.tables import built_json, built_sentence, built_table, drops_table, guessed

    drawn = {"family": family, "task": task, "preset": preset, "size": size, "seed": seed}
    _check_kind(cleaner, source, drawn | {"image-size": image_size, "level": level})
    splits, title = tuple(split or ["all"]), cleaner or family or ""
    load = registry.tasks if cleaner is None else registry.cleaners
    things = "rows" if cleaner is None else "records"
    with stoppable("stopped; the same command goes on"), WorkProgress(title, things) as progress:
        plans: Sequence[Plan]
        if cleaner is not None and source is not None:
            plans = source_plans(cleaner, source, splits, registry.cleaners())
        else:
            asked = {"preset": preset, "seed": seed, "image_size": image_size, "level": level}
            given = {name: value for name, value in asked.items() if value is not None}
            request = Request(
                title, splits, sizes=tuple(size or ()), tasks=tuple(task or ()), **given
            )
            plans = make_plans(request, registry.tasks(), rows_there(out, title))
        built = build(plans, out, make_engine(engine, workers), progress, load)
    tables = [built_table(built)]
    sentences = [built_sentence(built, out, progress.seconds)]
    if cleaner is None:
        sentences += guessed(built, registry.tasks())
    else:
        tables.append(drops_table(built, registry.cleaners()))
    show(built_json(built) if as_json else tables)
    for sentence in sentences:
        complain(sentence)


def _check_kind(cleaner: str | None, source: Path | None, drawn: Mapping[str, object]) -> None:
    """Whether it is told what to build, and nothing that does not go with it."""
    if cleaner is None:
        if source is not None:
            raise typer.BadParameter("--source goes with --from")
        if drawn["family"] is None:
            raise typer.BadParameter("give --family, or --from and --source")
        return
    if source is None:
        raise typer.BadParameter(f"--from {cleaner} needs --source, the folder of its files")
    if strange := [name for name, value in drawn.items() if value is not None]:
        raise typer.BadParameter(f"--{strange[0]} does not go with --from")


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
