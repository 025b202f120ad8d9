"""train: `rrft train`, `rrft doctor` and `rrft quickstart`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reasonrft.commands.options import read_folder
from reasonrft.commands.shown import complain, show, show_report

if TYPE_CHECKING:
    from reasonrft.config import RunConfig

Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="Change one setting, such as grpo.beta=0.1; repeatable.",
        metavar="KEY=VALUE",
    ),
]


def train(  # noqa: PLR0913 - its options
    experiment: Annotated[
        str,
        typer.Argument(
            help="A TOML file, or the name of one that comes with the toolkit, such as "
            "nano-reason-rft.",
            metavar="RUN",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
            help="The experiment's folder; by default experiments/NAME.",
            metavar="DIR",
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="zero-shot, ans-sft, cot-sft, reason-rft-zero or reason-rft."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Another model to start from.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            parser=read_folder,
            help="A built dataset's folder; repeatable. By default one is built.",
            metavar="DIR",
        ),
    ] = None,
    changes: Changes = None,
    stop_on_alarm: Annotated[
        bool,
        typer.Option("--stop-on-alarm", help="End training when something goes wrong with it."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Train a model and report: data, the model before, SFT, GRPO, the model after, in and out of domain.

    The same command goes on with an experiment that was stopped, in the middle of training too. One
    that was begun with other settings is refused, and the difference shown.

    Example: rrft train nano-reason-rft --set grpo.beta=0.1
    """
    from reasonrft.config_file import read_config, toml_value
    from reasonrft.experiment import check_experiment, usual_folder
    from reasonrft.named_runs import find_run

    written = {}
    for option, key, value in (("--recipe", "recipe", recipe), ("--model", "model.path", model)):
        if value is not None:
            written[f"{key}={toml_value(value)}"] = f"{option} {value}"
    if data:
        folders = [str(path) for path in data]
        written[f"data.path={toml_value(folders)}"] = f"--data {' '.join(folders)}"
    if stop_on_alarm:
        written["stop_on_alarm=true"] = "--stop-on-alarm"
    config = read_config(find_run(experiment), [*written, *(changes or [])], written)
    folder = out or usual_folder(config.name)
    if dry_run:
        from reasonrft.outlook import outlook

        check_experiment(folder, config)
        plan = outlook(config, folder)
        show(plan.to_json() if as_json else plan.tables())
        return
    _run_experiment(config, folder, as_json)


def doctor(
    target: Annotated[
        str | None,
        typer.Argument(
            help="An experiment (a TOML file, or the name of one that comes with the toolkit) or a model; "
            "none: the machine.",
            metavar="RUN|MODEL",
        ),
    ] = None,
    changes: Changes = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look before hours are spent: versions, GPUs, memory, disk, data, and a gold answer's way to its reward.

    Exit code 1: something will not work; each finding says what was seen and what to do.

    Example: rrft doctor qwen2-vl-2b-reason-rft --set hardware.gpus=4
    """
    from reasonrft.doctor import diagnose, read_subject
    from reasonrft.report.tables import diagnosis_tables

    if changes and target is None:
        raise typer.BadParameter("--set goes with RUN or MODEL")
    subject = None if target is None else read_subject(target, changes or [])
    diagnosis = diagnose(subject)
    show(diagnosis.to_json() if as_json else diagnosis_tables(diagnosis))
    raise typer.Exit(1 if diagnosis.has_faults else 0)


def quickstart(
    out: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
            help="The experiment's folder; by default experiments/quickstart.",
            metavar="DIR",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of training: another one, another course on the same data.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """The whole story in minutes on a processor: data, the embedded model, SFT, GRPO, the report.

    The same command goes on where it was stopped.

    Example: rrft quickstart --seed 1 --out experiments/quickstart-1
    """
    from reasonrft.config_file import read_config
    from reasonrft.experiment import usual_folder
    from reasonrft.named_runs import find_run

    change = f"seed={seed}"
    config = read_config(find_run("nano-quickstart"), [change], {change: f"--seed {seed}"})
    _run_experiment(config, out or usual_folder("quickstart"), as_json)


def _run_experiment(config: "RunConfig", folder: Path, as_json: bool) -> None:
    from builders.stop import stoppable
    from reasonrft.pipeline import run_experiment

    with stoppable(f"stopped; the same command goes on in {folder}"):
        written = run_experiment(config, folder, complain)
    show_report(written, as_json)
