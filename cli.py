"""cli: `rrft`, the command line; each command calls one library function."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from builders.files import ExpectedError
from evaluators import VERSION, Reading, Status
from reasonrft import __version__

if TYPE_CHECKING:
    from rich.console import RenderableType

    from reasonrft.check import Summary
    from reasonrft.config import RunConfig
    from reasonrft.report.write import Written

CTRL_C = 130  # the exit code that typer gives it

app = typer.Typer(
    help="Build, train and evaluate visual reasoning with one grader from reward to leaderboard.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"rrft {__version__} (grader version {VERSION})")
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
    from builders.gallery import Choice, write_gallery

    splits = tuple(name for names in split or ["all"] for name in names.split(","))
    written = write_gallery(folder, Choice(family, splits, limit), out, inline=inline)
    print(written.page)
    shown = f"{written.samples:,} of {written.rows:,} samples, {written.pictures:,} pictures"
    print(f"rrft: {shown}", file=sys.stderr)


def _folder(name: str) -> Path:
    """The folder of a name; none for the empty one, which a variable that is not set leaves."""
    if not name.strip():
        raise typer.BadParameter("a folder has a name")
    return Path(name)


@app.command()
def build_data(  # noqa: PLR0913 - its options
    family: Annotated[str, typer.Option(help="Of tasks: see `rrft tasks`.")],
    out: Annotated[
        Path,
        typer.Option(
            parser=_folder, help="The dataset's folder: new, or one to go on with.", metavar="DIR"
        ),
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
    level: Annotated[
        str, typer.Option(help="usual; or easy: few things seen from near, for small models.")
    ] = "usual",
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
    from builders.dataset import build, rows_there
    from builders.engine import make_engine
    from builders.plan import Request, make_plans
    from builders.progress import WorkProgress
    from builders.stop import stoppable
    from builders.tables import built_json, built_sentence, built_table, guessed

    splits, sizes = tuple(split or ["all"]), tuple(size or [])
    request = Request(family, splits, preset, sizes, seed, image_size, level)
    with stoppable("stopped; the same command goes on"), WorkProgress(family) as progress:
        plans = make_plans(request, registry.tasks(), rows_there(out, family))
        built = build(plans, out, make_engine(engine, workers), progress, registry.tasks)
    _show(built_json(built) if as_json else [built_table(built)])
    for sentence in [
        built_sentence(built, out, progress.seconds),
        *guessed(built, registry.tasks()),
    ]:
        _complain(sentence)


@app.command(name="eval")
def evaluate(  # noqa: PLR0913 - its options
    model: Annotated[
        str,
        typer.Option(
            help="A folder, ORG/NAME of the Hub, a server's model; or oracle, prior, random, mute."
        ),
    ],
    split: Annotated[
        list[str] | None,
        typer.Option(help="By name, with commas or repeated; or id, ood, all. By default id,ood."),
    ] = None,
    family: Annotated[str | None, typer.Option(help="One family of tasks only.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            help="Built datasets; by default rrft-bench, built once into the cache.", metavar="DIR"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=_folder,
            help="The run's folder: new, or one to go on with; by default results/MODEL.",
            metavar="RUN",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The first questions of each split only.")
    ] = None,
    backend: Annotated[
        str, typer.Option(help="auto, vllm, hf, openai, oracle, prior, random or mute.")
    ] = "auto",
    samples: Annotated[
        int, typer.Option("--samples", "-n", min=1, max=1024, help="Answers to each question.")
    ] = 1,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0: greedy.")] = 0.0,
    top_p: Annotated[float, typer.Option(min=0.01, max=1)] = 1.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="Of an answer.")] = 1024,
    seed: Annotated[int, typer.Option(min=0, help="Of sampling.")] = 0,
    prompt: Annotated[str, typer.Option(help="Ask for a thought first, or the answer alone.")] = (
        "thought"
    ),
    base_url: Annotated[
        str | None, typer.Option(help="Of a server that speaks OpenAI's protocol.")
    ] = None,
    api_key_env: Annotated[
        str, typer.Option(help="The environment variable that holds its key.")
    ] = "OPENAI_API_KEY",
    concurrency: Annotated[int, typer.Option(min=1, max=4096, help="Requests at once.")] = 32,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds that a request is tried again.")
    ] = 300.0,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds of one try.")] = 600.0,
    price: Annotated[
        str | None,
        typer.Option(help="Of a million tokens read and written, for the cost.", metavar="IN,OUT"),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Of hf.")] = 16,
    dtype: Annotated[str, typer.Option(help="auto, bfloat16, float16 or float32.")] = "auto",
    revision: Annotated[str | None, typer.Option(help="Of a model of the Hub.")] = None,
    tensor_parallel_size: Annotated[int, typer.Option(min=1, help="GPUs a copy, vllm.")] = 1,
    data_parallel_size: Annotated[int, typer.Option(min=1, help="Copies, vllm.")] = 1,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option(
            help="Passed to vLLM, or into each request to a server; JSON.", metavar="KEY=VALUE"
        ),
    ] = None,
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run code that comes with the model.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Ask a model, grade its answers, and write a report: accuracy in and out of domain, and the gap.

    The same command goes on with a run that was stopped and asks only what is missing. Exit code 1:
    some answers could not be had; they are counted apart.

    Example: rrft eval --model Qwen/Qwen2-VL-2B-Instruct --split ood
    """
    from builders.stop import stoppable
    from reasonrft.backend import Sampling
    from reasonrft.evaluate import Manner
    from reasonrft.evaluation import Request, read_options, read_style, run_evaluation

    options = read_options(
        base_url=base_url,
        api_key_env=api_key_env,
        concurrency=concurrency,
        patience=patience,
        timeout=timeout,
        price=price,
        batch_size=batch_size,
        dtype=dtype,
        revision=revision,
        trust_remote_code=trust_remote_code,
        parallel=(tensor_parallel_size, data_parallel_size),
        engine_args=engine_arg or [],
    )
    manner = Manner(Sampling(temperature, top_p, max_tokens, seed), read_style(prompt), samples)
    families = None if family is None else (family,)
    request = Request(
        model, backend, tuple(split or ["id,ood"]), families, tuple(data or []), limit
    )
    with stoppable("stopped; the same command goes on and asks only what is missing"):
        written = run_evaluation(request, options, manner, out, _complain)
    _show_report(written, as_json)
    raise typer.Exit(1 if written.report.failed else 0)


def _show_report(written: "Written", as_json: bool) -> None:
    from reasonrft.report.tables import report_tables

    _show(written.report.to_json() if as_json else report_tables(written.report))
    _complain(f"the report is {written.page}")


RunFolder = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="A run's folder.", metavar="RUN")
]


@app.command()
def report(
    run: RunFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make the report on a run or an experiment anew: report.json, report.md and report.html in it.

    Of an experiment that is still at work it shows what is there so far, curves and alarms too.
    """
    from reasonrft.report.experiment import write_any_report

    written = write_any_report(run)
    _show_report(written, as_json)


@app.command()
def regrade(
    run: RunFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Print what changed as JSON.")] = False,
) -> None:
    """Grade a run's stored answers anew, by the grader as it is now, and make its report anew."""
    from reasonrft.report.tables import regraded_table
    from reasonrft.report.write import regrade_and_report

    regraded = regrade_and_report(run)
    _show(regraded.to_json() if as_json else [regraded_table(regraded)])


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Runs' folders.", metavar="RUN RUN…")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Compare runs item by item with the first of them, corrected for the number of comparisons.

    Refused where the runs have not answered the same questions, or were graded by other versions.
    """
    from reasonrft.compare import compare_runs
    from reasonrft.report.tables import comparison_table

    comparison = compare_runs(runs)
    _show(comparison.to_json() if as_json else [comparison_table(comparison)])


@app.command()
def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Show what can be built: tasks, splits and their sizes by preset."""
    from builders import registry
    from builders.tables import task_tables, tasks_json

    _show(tasks_json(registry.tasks()) if as_json else task_tables(registry.tasks()))


@app.command()
def train(  # noqa: PLR0913 - its options
    experiment: Annotated[
        str, typer.Argument(help="A TOML file, or the name of one in runs/.", metavar="RUN")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The experiment's folder; by default experiments/NAME.", metavar="DIR"),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="zero-shot, ans-sft, cot-sft, reason-rft-zero or reason-rft."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Another model to start from.")] = None,
    data: Annotated[
        list[Path] | None, typer.Option(help="A built dataset's folder, or several.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Change one setting, such as grpo.beta=0.1.", metavar="KEY=VALUE"
        ),
    ] = None,
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
    from reasonrft.config import read_config
    from reasonrft.named_runs import find_run

    asked = [("recipe", recipe), ("model.path", model)]
    named = [f"{key}={json.dumps(value)}" for key, value in asked if value is not None]
    if data:
        named.append(f"data.path={json.dumps([str(path) for path in data])}")
    if stop_on_alarm:
        named.append("stop_on_alarm=true")
    config = read_config(find_run(experiment), [*named, *(changes or [])])
    folder = out or Path("experiments") / config.name
    if dry_run:
        from reasonrft.experiment import check_experiment
        from reasonrft.outlook import outlook

        check_experiment(folder, config)
        plan = outlook(config, folder)
        _show(plan.to_json() if as_json else plan.tables())
        return
    _run_experiment(config, folder, as_json)


@app.command()
def doctor(
    target: Annotated[
        str | None,
        typer.Argument(
            help="An experiment (a TOML file, or the name of one in runs/) or a model; none: the machine.",
            metavar="[RUN|MODEL]",
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change one setting, such as model.path=…", metavar="KEY=VALUE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look before hours are spent: versions, GPUs, memory, disk, data, and a gold answer's way to its reward.

    Exit code 1: something will not work; each finding says what was seen and what to do.

    Example: rrft doctor qwen2-vl-2b-reason-rft --set hardware.gpus=4
    """
    from reasonrft.doctor import diagnose, read_subject
    from reasonrft.report.tables import diagnosis_tables

    subject = None if target is None else read_subject(target, changes or [])
    diagnosis = diagnose(subject)
    _show(diagnosis.to_json() if as_json else diagnosis_tables(diagnosis))
    raise typer.Exit(1 if diagnosis.has_faults else 0)


@app.command()
def quickstart(
    out: Annotated[Path, typer.Option(help="The experiment's folder.", metavar="DIR")] = Path(
        "experiments/quickstart"
    ),
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another course.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """The whole story in minutes on a processor: data, the embedded model, SFT, GRPO, the report.

    The same command goes on where it was stopped.
    """
    from reasonrft.config import read_config
    from reasonrft.named_runs import find_run

    config = read_config(find_run("nano-quickstart"), [f"seed={seed}"])
    _run_experiment(config, out, as_json)


def _run_experiment(config: "RunConfig", folder: Path, as_json: bool) -> None:
    from builders.stop import stoppable
    from reasonrft.pipeline import run_experiment

    with stoppable(f"stopped; the same command goes on in {folder}"):
        written = run_experiment(config, folder, _complain)
    _show_report(written, as_json)


def _show(result: "dict[str, Any] | Sequence[RenderableType]") -> None:
    """Print JSON or tables; piped, a table is as wide as it needs to be."""
    from rich.console import Console

    from builders.progress import printable

    if isinstance(result, dict):
        print(printable(json.dumps(result, indent=2, ensure_ascii=False)))
        return
    console = Console(width=None if sys.stdout.isatty() else 200)
    for table in result:
        console.print(table)


def main() -> None:
    """Run the command line: an expected error is one line on stderr, Ctrl-C is exit code 130."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        if code == CTRL_C:
            _complain("stopped")
    except typer.TyperException as problem:
        _complain(problem.format_message())
        code = 2
    except ExpectedError as problem:
        _complain(str(problem))
        code = problem.code
    except OSError as problem:  # a folder that is not there, a full disk
        _complain(f"{problem.strerror}: {problem.filename}" if problem.filename else str(problem))
        code = 2
    sys.exit(code)


def _complain(problem: str) -> None:
    print(f"rrft: {problem}", file=sys.stderr)


if __name__ == "__main__":
    main()
