"""train: what does a step of SFT and of GRPO cost beside a plain script of TRL's on the same model and data?

`python -m benchmarks.train` builds counting questions of 128×96 pixels and trains the embedded model, or
another, on them: as the quickstart does, and with TRL's SFTTrainer and GRPOTrainer as its documentation shows
them, in turns, with the same batches and precision, on one thread. It counts the processor's seconds, not the
wall's, so that whatever else the machine does matters little. The first step of each run warms up.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from datasets import Dataset
from rich.console import Console
from rich.table import Table
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from builders.sample import Sample
from evaluators import answer_from_json, grade
from reasonrft.alarms import Alarm
from reasonrft.config import RunConfig, Stage, StageConfig
from reasonrft.config_file import make_config
from reasonrft.encoding import banned_tokens
from reasonrft.grpo import train_grpo
from reasonrft.job import Job
from reasonrft.loading import load_model, load_processor
from reasonrft.pictures import in_rgb
from reasonrft.portions import portion
from reasonrft.prompt import make_prompt, make_target
from reasonrft.reward import RewardWeights, reward_parts
from reasonrft.sft import train_sft
from reasonrft.training import adapters, checkpointing_name, dtype_of, on_processor, vision_tower

ROWS: Final = 400
SFT: Final = {"batch_size": 32, "accumulate": 1, "learning_rate": 5e-4, "freeze_vision": True}
GRPO: Final = {
    "prompts": 8,
    "group": 8,
    "accumulate": 1,
    "learning_rate": 1e-4,
    "beta": 0.04,
    "max_tokens": 200,
    "mask_truncated": True,
    "freeze_vision": True,
}
COMMON: Final = {"schedule": "constant", "warmup_steps": 0, "log_every": 1, "save_every": 10_000}


class Clock(TrainerCallback):  # type: ignore[misc]  # transformers is not followed
    """Seconds of the processor when each step is logged, and how long its answers were."""

    def __init__(self) -> None:
        """Before the first step."""
        self.seconds: list[float] = []
        self.lengths: list[float] = []

    def watch(self, row: Mapping[str, float]) -> Sequence[Alarm]:
        """A step of ours."""
        self._tick(row.get("length", 0.0))
        return ()

    def on_log(self, _args: Any, _state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        """A step of TRL's."""
        if logs and "loss" in logs:
            self._tick(logs.get("completions/mean_length", 0.0))

    def _tick(self, length: float) -> None:
        self.seconds.append(time.process_time())
        self.lengths.append(length)

    def a_step(self) -> float:
        """Seconds of a step, but for the first."""
        return (self.seconds[-1] - self.seconds[0]) / (len(self.seconds) - 1)

    def length(self) -> float:
        """Tokens of an answer in those steps."""
        return statistics.mean(self.lengths[1:])


Run = Callable[[Job, Clock], None]


def main() -> None:
    """Print a table for each stage."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", default="nano", help="a folder; nano: the embedded one")
    arguments.add_argument("--data", type=Path, help="a folder that is built; none: one is built")
    arguments.add_argument("--steps", type=int, default=4, help="of each run, after the first")
    arguments.add_argument("--repeats", type=int, default=4)
    arguments.add_argument("--stage", choices=["sft", "grpo"], action="append")
    wanted = arguments.parse_args()
    torch.set_num_threads(1)
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        data = wanted.data or Path(folder) / "data"
        if wanted.data is None:
            build_counting(data, "128x96", ROWS)
        for stage in wanted.stage or ["sft", "grpo"]:
            console.print(compare(wanted, stage, data, Path(folder)))


def build_counting(folder: Path, size: str, rows: int) -> None:
    """Write so many questions for training, with pictures of a size, easy ones."""
    command = ["build-data", "--family", "counting", "--split", "train", "--seed", "2027"]
    command += ["--level", "easy", "--image-size", size, "--size", f"train={rows}"]
    command += ["--out", str(folder)]
    subprocess.run([sys.executable, "-m", "cli", *command], check=True, stdout=subprocess.DEVNULL)


def compare(wanted: Any, stage: Stage, data: Path, folder: Path) -> Table:
    """Ours and TRL's in turns."""
    both: dict[str, Run] = {
        "reasonrft": ours,
        "TRL": sft_by_trl if stage == "sft" else grpo_by_trl,
    }
    clocks: dict[str, list[Clock]] = {name: [] for name in both}
    for number in range(wanted.repeats):
        # Who is first changes, as a machine's speed may.
        for name in sorted(both, reverse=number % 2 == 1):
            config = _config(stage, wanted.steps + 1, number)
            place = folder / f"{stage}-{number}-{name}"
            place.mkdir()
            job = Job(config, stage, wanted.model, portion(config, stage, [data]), place)
            clock = Clock()
            both[name](job, clock)
            clocks[name].append(clock)
    return _table(stage, clocks)


def _config(stage: Stage, steps: int, seed: int) -> RunConfig:
    recipe = {"sft": "cot-sft", "grpo": "reason-rft-zero"}[stage]
    table = {"name": "speed", "recipe": recipe, "seed": seed, "hardware": {"gpus": 0}}
    sections = {
        "sft": {**SFT, **COMMON, "steps": steps},
        "grpo": {**GRPO, **COMMON, "steps": steps},
    }
    return make_config({**table, **sections}, (), "the benchmark")


def ours(job: Job, clock: Clock) -> None:
    """A stage as `rrft train` runs it."""
    (train_sft if job.stage == "sft" else train_grpo)(job, clock.watch)


def sft_by_trl(job: Job, clock: Clock) -> None:
    """TRL's SFTTrainer on rows of prompts, completions and images."""
    settings = job.config.sft
    rows = [
        {**_question(row), "completion": [{"role": "assistant", "content": make_target(row)}]}
        for row in job.rows
    ]
    args = SFTConfig(
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        max_length=None,
        **_common(job, settings),
    )
    model, processor = _loaded(job, settings)
    SFTTrainer(
        model=model,
        args=args,
        train_dataset=Dataset.from_list(rows),
        processing_class=processor,
        callbacks=[clock],
    ).train()


def grpo_by_trl(job: Job, clock: Clock) -> None:
    """TRL's GRPOTrainer with one function that grades."""
    settings = job.config.grpo
    weights = RewardWeights()

    def reward(completions: Any, gold: Any, **_: Any) -> list[float]:
        parts = [
            reward_parts(grade(said[0]["content"], answer_from_json(json.loads(right))), weights)
            for said, right in zip(completions, gold, strict=True)
        ]
        return [part.accuracy + part.format for part in parts]

    args = GRPOConfig(
        per_device_train_batch_size=settings.prompts * settings.group,
        num_generations=settings.group,
        max_completion_length=settings.max_tokens,
        mask_truncated_completions=settings.mask_truncated,
        gradient_accumulation_steps=settings.accumulate,
        beta=settings.beta,
        learning_rate=settings.learning_rate,
        **_common(job, settings),
    )
    model, processor = _loaded(job, settings)
    processor.tokenizer.padding_side = "left"  # as GRPOTrainer loads one itself
    # A picture's token in an answer would be one for which there is no picture.
    args.generation_kwargs = {"suppress_tokens": banned_tokens(processor, model.config)}
    GRPOTrainer(
        model=model,
        reward_funcs=reward,
        args=args,
        train_dataset=Dataset.from_list([{**_question(row), "gold": row.gold} for row in job.rows]),
        processing_class=processor,
        callbacks=[clock],
        peft_config=adapters(model, settings.lora) if settings.lora else None,
    ).train()


def _question(row: Sample) -> dict[str, Any]:
    prompt = make_prompt(row)
    return {
        "prompt": [{"role": "user", "content": prompt.text}],
        "images": [in_rgb(png) for png in prompt.images],
    }


def _common(job: Job, settings: StageConfig) -> dict[str, Any]:
    return {
        "output_dir": str(job.folder),
        "max_steps": settings.steps,
        "lr_scheduler_type": "constant",
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": on_processor(job),
        "bf16": dtype_of(job) == torch.bfloat16,
        checkpointing_name(): settings.gradient_checkpointing,
        "dataloader_pin_memory": False,
        "seed": job.config.seed,
    }


def _loaded(job: Job, settings: StageConfig) -> tuple[Any, Any]:
    """The model with the parts frozen and in the precision that ours has, and its processor."""
    dtype = torch.float32 if settings.lora is None else dtype_of(job)
    model = load_model(job.model, dtype, torch.device("cpu"))
    if settings.freeze_vision:
        vision_tower(model)[1].requires_grad_(requires_grad=False)
    return model, load_processor(job.model)


def _table(stage: Stage, clocks: Mapping[str, Sequence[Clock]]) -> Table:
    """Medians over the repeats, with the lowest and the highest."""
    rows = SFT["batch_size"] if stage == "sft" else GRPO["prompts"] * GRPO["group"]
    sizes = f"{rows} rows" if stage == "sft" else f"{GRPO['prompts']} × {GRPO['group']} answers"
    table = Table(title=f"{stage}: {sizes} a step, one thread")
    table.add_column("")
    for name in ("CPU-s a step", "samples/CPU-s", "tokens an answer", "TRL's time ÷ its own"):
        table.add_column(name, justify="right")
    for name, some in clocks.items():
        steps = [clock.a_step() for clock in some]
        pairs = zip(clocks["TRL"], some, strict=True)
        table.add_row(
            name,
            _spread(steps),
            _spread([rows / one for one in steps]),
            f"{statistics.mean(clock.length() for clock in some):.0f}" if stage == "grpo" else "",
            _spread([trl.a_step() / own.a_step() for trl, own in pairs]),
        )
    return table


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
