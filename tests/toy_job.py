"""A stage of training on toys with a tiny model, small enough for a test."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from builders.plan import Request
from reasonrft.alarms import Alarm
from reasonrft.config import RunConfig, Stage
from reasonrft.job import Job, Watch
from reasonrft.portions import portion
from tests.asked import build_asked

Table = dict[str, Any]
SFT: Table = {"batch_size": 4, "accumulate": 1, "learning_rate": 3e-3, "warmup_steps": 0}
GRPO: Table = {
    "prompts": 2,
    "group": 4,
    "accumulate": 1,
    "learning_rate": 3e-3,
    "max_tokens": 8,
    "mask_truncated": False,  # random weights end nothing
    "log_every": 1,
}


def silence(_row: Mapping[str, float]) -> Sequence[Alarm]:
    """A watch that never says anything."""
    return ()


def build_train(folder: Path, rows: int = 24, family: str = "counting", **others: Any) -> Path:
    """Dots to count with one picture, and halves to choose with two, in turns."""
    sizes = (f"train={rows}",)
    asked = Request(family, ["train"], sizes=sizes, image_size="56", seed=3, **others)
    return build_asked(folder, asked)


def config_of(**tables: Any) -> RunConfig:
    table = {"name": "toy", "recipe": "reason-rft-zero", "hardware": {"gpus": 0}, **tables}
    return RunConfig.model_validate(table)


def sft_config(others: Table, recipe: str = "cot-sft", **tables: Any) -> RunConfig:
    return config_of(recipe=recipe, sft={**SFT, **others}, **tables)


def grpo_config(others: Table, **tables: Any) -> RunConfig:
    return config_of(grpo={**GRPO, **others}, **tables)


def job_of(config: RunConfig, model: Path, data: Path, folder: Path) -> Job:
    stage: Stage = config.stages[0]
    folder.mkdir(parents=True, exist_ok=True)
    return Job(config, stage, str(model), portion(config, stage, [data]), folder)


Train = Callable[[Job, Watch], None]


def weights_of(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    found: dict[str, Any] = load_file(folder / "model.safetensors")
    return found


def are_same(one: Path, other: Path) -> bool:
    import torch

    first, second = weights_of(one), weights_of(other)
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def die_at(step: int) -> Watch:
    """A watch that kills its process with -9 once a step is logged."""
    import os
    import signal

    def watch(row: Mapping[str, float]) -> tuple[Alarm, ...]:
        if row["step"] >= step:
            os.kill(os.getpid(), signal.SIGKILL)
        return ()

    return watch


def killed(
    train: Train, job: Job, watch: Watch = silence, prepare: Callable[[], object] = int
) -> int:
    """Train in a process of its own that a kill ends; the signal that ended it."""
    import os

    child = os.fork()
    if child == 0:
        import torch

        try:
            torch.set_num_threads(1)  # threads of the parent are not there
            prepare()
            train(job, watch)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
