"""evaluate: `rrft eval`, and what is done with its runs: `rrft report`, `rrft regrade`, `rrft compare`."""

from pathlib import Path
from typing import Annotated

import typer

from reasonrft.commands.options import RunOrExperiment, read_folder, read_folder_there
from reasonrft.commands.shown import complain, show, show_report


def evaluate(  # noqa: PLR0913 - its options
    context: typer.Context,
    model: Annotated[
        str,
        typer.Option(
            help="A folder, ORG/NAME of the Hub, a server's model, nano (the embedded one); or a "
            "reference: oracle, prior, random, mute."
        ),
    ],
    split: Annotated[
        list[str] | None,
        typer.Option(
            help="By name, with commas or repeated; or id (test), ood, all. By default id,ood."
        ),
    ] = None,
    family: Annotated[str | None, typer.Option(help="One family only; by default all.")] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            parser=read_folder,
            help="A built dataset's folder; repeatable. By default rrft-bench, built once into the cache.",
            metavar="DIR",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=read_folder,
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
    top_p: Annotated[
        float, typer.Option(min=0.01, max=1, help="Draw from the likeliest tokens of this share.")
    ] = 1.0,
    max_tokens: Annotated[
        int, typer.Option(min=1, help="Of an answer; a longer one is cut.")
    ] = 1024,
    seed: Annotated[int, typer.Option(min=0, help="Of sampling.")] = 0,
    prompt: Annotated[
        str, typer.Option(help="What is asked for: thought (and answer), or answer (alone).")
    ] = "thought",
    base_url: Annotated[
        str | None,
        typer.Option(
            help="Of a server that speaks OpenAI's protocol, such as http://127.0.0.1:8000/v1."
        ),
    ] = None,
    api_key_env: Annotated[
        str, typer.Option(help="The environment variable that holds its key.")
    ] = "OPENAI_API_KEY",
    concurrency: Annotated[int, typer.Option(min=1, max=4096, help="Requests at once.")] = 32,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds for which a request is tried again.")
    ] = 300.0,
    timeout: Annotated[
        float, typer.Option(min=1, max=86_400, help="Seconds that one try may take.")
    ] = 600.0,
    price: Annotated[
        str | None,
        typer.Option(
            help="Prices of a million tokens read and written, for the cost.", metavar="IN,OUT"
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Questions at once, hf.")] = 16,
    dtype: Annotated[
        str, typer.Option(help="Precision: auto, bfloat16, float16 or float32.")
    ] = "auto",
    revision: Annotated[
        str | None, typer.Option(help="Branch, tag or commit of a model of the Hub.")
    ] = None,
    tensor_parallel_size: Annotated[
        int, typer.Option(min=1, help="GPUs for each copy of the model, vllm.")
    ] = 1,
    data_parallel_size: Annotated[int, typer.Option(min=1, help="Copies of the model, vllm.")] = 1,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option(
            help="Passed to vLLM, or into each request to a server; JSON. Repeatable.",
            metavar="KEY=VALUE",
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

    Examples: rrft eval --model Qwen/Qwen2-VL-2B-Instruct; rrft eval --model nano --data data/easy --limit 50
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
        model, backend, tuple(split or []), families, tuple(data or []), limit, given_in(context)
    )
    with stoppable("stopped; the same command goes on and asks only what is missing"):
        written = run_evaluation(request, options, manner, out, complain)
    show_report(written, as_json)
    raise typer.Exit(1 if written.report.failed else 0)


def given_in(context: typer.Context) -> tuple[str, ...]:
    """The options of a backend that were given, by the names of their parameters."""
    from reasonrft.models import options

    sources = {name: context.get_parameter_source(name) for name in options()}
    return tuple(
        name for name, source in sources.items() if source and source.name == "COMMANDLINE"
    )


RunFolder = Annotated[
    Path, typer.Argument(parser=read_folder_there, help="A run's folder.", metavar="RUN")
]


def report(
    run: RunOrExperiment,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make the report on a run or an experiment anew: report.json, report.md and report.html in it.

    Of an experiment that is still at work it shows what is there so far, curves and alarms too.

    Example: rrft report experiments/quickstart
    """
    from reasonrft.report.experiment import write_any_report

    written = write_any_report(run)
    show_report(written, as_json)


def regrade(
    run: RunFolder,
    as_json: Annotated[bool, typer.Option("--json", help="Print what changed as JSON.")] = False,
) -> None:
    """Grade a run's stored answers anew: by the grader as it is now. Its report is made anew too.

    Verdicts that changed are counted and shown; no model is asked.

    Example: rrft regrade results/my-model
    """
    from reasonrft.report.tables import regraded_table
    from reasonrft.report.write import regrade_and_report

    regraded = regrade_and_report(run)
    show(regraded.to_json() if as_json else [regraded_table(regraded)])


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(parser=read_folder_there, help="Runs' folders.", metavar="RUN"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Compare runs with the first of them: item by item, corrected for the number of comparisons.

    Only questions that both have answered count. Refused where runs were asked other samples, or were
    graded by other versions.

    Example: rrft compare results/A results/B results/C
    """
    from reasonrft.compare import compare_runs
    from reasonrft.report.tables import comparison_table

    comparison = compare_runs(runs)
    show(comparison.to_json() if as_json else [comparison_table(comparison)])
