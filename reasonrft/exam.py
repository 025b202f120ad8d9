"""exam: one evaluation of an experiment, in a process of its own: `python -m reasonrft.exam RUN NAME`.

In a process of its own, since an engine may leave nothing of a GPU's memory to what comes after it, and
vLLM starts in none that has drawn data.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from builders import folder as folders
from builders.files import ExpectedError, write_whole
from builders.parts import choose_parts
from builders.progress import printable
from builders.stop import stoppable
from reasonrft.backend import Options, Sampling
from reasonrft.config import RunConfig
from reasonrft.evaluate import Manner
from reasonrft.evaluation import Request, run_evaluation
from reasonrft.experiment import Experiment, read_experiment
from reasonrft.families import named
from reasonrft.job import DONE
from reasonrft.models import choose_backend
from reasonrft.outlook import tested_splits
from reasonrft.portions import style_of
from reasonrft.run import read_run

# For an evaluation that ends because what began it was killed.
SECONDS_TO_WAIT: Final = 60.0


class ExamError(ExpectedError):
    """An evaluation that is not done, and that the same command goes on with."""

    code = 1


def examine(experiment: Experiment, name: str) -> None:
    """Evaluate the model of that name on all splits that the experiment tests on.

    Raises:
        ExpectedError: something stands in its way, or not all is answered.
    """
    model, folder = experiment.evaluations[name]
    with folders.alone(folder, "a run", "worked at", SECONDS_TO_WAIT):
        pass
    config = experiment.config
    wanted = config.eval
    options = replace(config.model.options(model, wanted.batch_size), engine=_copies(config, model))
    families = named(config.data.family)
    there = dict.fromkeys(part.split for part in choose_parts(experiment.data, families, ["all"]))
    request = Request(
        model=model,
        backend=wanted.backend,
        splits=tuple(tested_splits(config, there)),
        families=families,
        data=experiment.data,
        limit=wanted.limit,
    )
    manner = Manner(
        Sampling(max_tokens=wanted.max_tokens, seed=config.seed), style_of(config.recipe)
    )
    run_evaluation(request, options, manner, folder, tell)
    finish(folder)


def finish(folder: Path) -> None:
    """Say in an evaluation's folder that it is done: a report is also made of one that is not.

    Raises:
        ExamError: answers are missing.
    """
    state, records = read_run(folder)
    answered = sum(record.output is not None for record in records)
    if answered < state.wanted:
        raise ExamError(
            f"{state.wanted - answered:,} of {state.wanted:,} answers could not be had: see {folder}"
        )
    write_whole(folder / DONE, json.dumps({"answers": answered}).encode() + b"\n")


def _copies(config: RunConfig, model: str) -> dict[str, int]:
    """The argument by which several copies of the model answer: one a GPU, with vLLM."""
    chosen = choose_backend(model, config.eval.backend, Options())
    several = chosen.name == "vllm" and config.hardware.gpus > 1
    return {"data_parallel_size": config.hardware.gpus} if several else {}


def tell(sentence: str) -> None:
    """Say something to the user."""
    sys.stderr.write(f"rrft: {printable(sentence)}\n")
    sys.stderr.flush()


def main() -> None:
    """Evaluate as the command line says."""
    folder, name = sys.argv[1:]
    try:
        with stoppable("evaluation stopped"):
            examine(read_experiment(Path(folder)), name)
    except ExpectedError as problem:
        tell(str(problem))
        sys.exit(problem.code)


if __name__ == "__main__":
    main()
