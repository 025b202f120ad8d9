"""data: `rrft build-data`, `rrft view` and `rrft tasks`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasonrft.commands.options import (
    DatasetFolder,
    OneFamily,
    Splits,
    read_folder,
    read_place,
)
from reasonrft.commands.shown import complain, show

if TYPE_CHECKING:
    from builders.clean import SourcePlan
    from builders.engine import Engine
    from builders.plan import Request


def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show what can be built: tasks, splits and their sizes by preset.

    Example: rrft tasks --json
    """
    from builders import registry
    from builders.tables import task_tables, tasks_json

    show(tasks_json(registry.tasks()) if as_json else task_tables(registry.tasks()))


def build_data(  # noqa: PLR0913 - its options
    out: Annotated[
        Path,
        typer.Option(
            parser=read_place,
            help="The dataset's folder, or a URL such as s3://bucket/name: new, or one to go on with.",
            metavar="DIR",
        ),
    ],
    family: Annotated[
        str | None, typer.Option(help="Of tasks, such as counting; `rrft tasks` shows all.")
    ] = None,
    cleaner: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A public dataset to clean, such as clevr-math, in place of --family.",
            metavar="NAME",
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(parser=read_folder, help="The folder of its files.", metavar="DIR"),
    ] = None,
    no_pictures: Annotated[
        bool,
        typer.Option(
            "--no-pictures", help="With --from: rows of texts alone, where you have no pictures."
        ),
    ] = False,
    split: Splits = None,
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
        typer.Option(
            help="Rows of a split, in place of the preset's; with commas or repeated.",
            metavar="SPLIT=ROWS",
        ),
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
        typer.Option(min=1, max=1024, help="Processes at once; by default one a processor."),
    ] = None,
    engine: Annotated[str, typer.Option(help="Where the workers run: local, or ray.")] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            help="Of a Ray cluster; by default RAY_ADDRESS, or one that is started here.",
            metavar="HOST:PORT",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build splits of a family, or clean a public dataset: Parquet files that `datasets.load_dataset` reads.

    The same command goes on with a build that was stopped, and checks one that is finished. What is
    built depends neither on the number of workers nor on how often it was stopped.

    Examples: rrft build-data --family counting --split train --size train=2000 --out data;
    rrft build-data --from clevr-math --source CLEVR --out data/clevr-math
    """
    from functools import partial

    from builders import registry
    from builders.clean import check_apart, source_plans
    from builders.engine import make_engine
    from builders.plan import Request

    drawn = {"family": family, "task": task, "preset": preset, "size": size, "seed": seed}
    _check_kind(cleaner, source, drawn | {"image-size": image_size, "level": level})
    if no_pictures and cleaner is None:
        raise typer.BadParameter("--no-pictures goes with --from")
    work, splits = make_engine(engine, workers, address), tuple(split or ["all"])
    if cleaner is not None and source is not None:
        check_apart(source, out)
        cleaners, pictured = registry.cleaners(), not no_pictures
        make = partial(source_plans, cleaner, source, splits, cleaners, pictures=pictured)
        _clean(cleaner, make, out, work, as_json=as_json)
        return
    given = {"preset": preset, "image_size": image_size, "level": level}
    request = Request(
        family or "",
        splits,
        sizes=tuple(size or ()),
        seed=seed or 0,
        tasks=tuple(task or ()),
        **{name: value for name, value in given.items() if value is not None},
    )
    _draw(request, out, work, as_json=as_json)


def _draw(request: "Request", out: Path, engine: "Engine", *, as_json: bool) -> None:
    """Build splits of a family."""
    from builders import registry
    from builders.dataset import build, rows_there
    from builders.plan import make_plans
    from builders.progress import WorkProgress
    from builders.stop import stoppable
    from builders.tables import built_json, built_sentence, built_table, guessed

    tasks = registry.tasks()
    with stoppable("stopped; the same command goes on"), WorkProgress(request.family) as progress:
        plans = make_plans(request, tasks, rows_there(out, request.family))
        built = build(plans, out, engine, progress, registry.tasks)
    show(built_json(built) if as_json else [built_table(built)])
    for sentence in [built_sentence(built, out, progress.seconds), *guessed(built, tasks)]:
        complain(sentence)


def _clean(
    name: str, make: "Callable[[], list[SourcePlan]]", out: Path, engine: "Engine", *, as_json: bool
) -> None:
    """Clean splits of a public dataset, those of one family after the other."""
    from itertools import groupby

    from builders import registry
    from builders.dataset import build
    from builders.progress import WorkProgress
    from builders.stop import stoppable
    from builders.tables import built_json, built_sentence, built_table, drops_table

    cleaners = registry.cleaners()
    parts, sentences = [], []
    with stoppable("stopped; the same command goes on"), WorkProgress(name, "records") as progress:
        plans = make()
        for path in plans[0].source.passed_over:
            complain(f"{path} is of another dataset, and is passed over")
        for _, group in groupby(plans, lambda plan: plan.family):
            parts.append(build(list(group), out, engine, progress, registry.cleaners))
            sentences.append(built_sentence(parts[-1], out, progress.seconds))
    tables = [table for one in parts for table in (built_table(one), drops_table(one, cleaners))]
    show({one.family: built_json(one) for one in parts} if as_json else tables)
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
    folder: DatasetFolder,
    family: OneFamily = None,
    split: Splits = None,
    limit: Annotated[int, typer.Option(min=1, help="Samples of each split, at most.")] = 60,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
            help="A folder, or a page that ends in .html; by default DIR-view.",
            metavar="PATH",
        ),
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
    """Make a page to look at a dataset's samples: any browser opens it from the disk.

    Its path is printed. It shows pictures, questions, thoughts, answers and the masks of objects,
    and filters them; it needs no server and no network.

    Example: rrft view data/quick --split test --split ood
    """
    from builders.gallery import Choice, write_gallery

    splits = tuple(name for names in split or ["all"] for name in names.split(","))
    written = write_gallery(folder, Choice(family, splits, limit), out, inline=inline)
    print(written.page)
    shown = f"{written.samples:,} of {written.rows:,} samples, {written.pictures:,} pictures"
    complain(shown)
