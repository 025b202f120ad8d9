"""command: `rrft study`."""

from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import read_folder
from reasonrft.commands.shown import complain, show


def study(  # noqa: PLR0913 - its options
    file: Annotated[
        str,
        typer.Argument(
            help="A TOML file, or the name of a study that comes with the toolkit: study-nano.",
            metavar="STUDY",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
            help="The study's folder; by default experiments/NAME.",
            metavar="DIR",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Some of its experiments: family, recipe, seed, share, such as family=counting,seed=0.",
            metavar="NAME=VALUE,…",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Experiments at once, each of one thread.", metavar="N")
    ] = 1,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Change one setting, such as settings.grpo.steps=50; repeatable.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Make the report on what is done, also while the study is at work; run nothing.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run many experiments as one: recipes × families × seeds, and shares of the training set; then compare them.

    The same command goes on where it was stopped; of a study that is done it makes the report anew. Each
    experiment is one that `rrft train` could run by itself. Exit code 1: one of them failed.

    Example: rrft study study-nano --only family=counting,seed=0 --jobs 2
    """
    from reasonrft.experiment import usual_folder
    from reasonrft.named_runs import find_study
    from reasonrft.study.cells import State, Study
    from reasonrft.study.definition import read_study
    from reasonrft.study.plan import make_plan
    from reasonrft.study.work import Failure, StudyError, alone, run_plan

    if report and (only or dry_run):
        raise StudyError("--report is on all that is done: without --only and --dry-run")
    config = read_study(find_study(file), changes or [])
    whole = Study(config, out or usual_folder(config.name))
    plan = make_plan(whole, only or [], jobs)
    if dry_run:
        show(plan.to_json() if as_json else plan.tables())
        return
    # These draw and work, which a plan does without.
    from builders.stop import stoppable
    from leaderboards.study.text import tables_of
    from leaderboards.study.write import write_study

    failures: list[Failure] = []
    if report:
        if not plan.counts[State.DONE]:
            raise StudyError(f"nothing of it is done in {whole.folder}")
        written = write_study(whole)
    else:
        with stoppable(f"stopped; the same command goes on in {whole.folder}"), alone(whole.folder):
            failures = run_plan(plan, complain)
            written = write_study(whole)
    show(written.report.to_json() if as_json else tables_of(written.report))
    complain(f"the report is {written.page}")
    raise typer.Exit(1 if failures else 0)
