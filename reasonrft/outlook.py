"""outlook: what would an experiment do: stages, steps, memory, time, commands, places?

It is made from the experiment alone: no GPU is touched, no network asked, no data built.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builders import registry
from builders.manifest import read_manifest
from builders.parts import find_parts, samples
from builders.plan import TRAIN, choose_splits, read_image_size, usually_tested
from builders.registry import Tasks
from reasonrft.accelerating import launch_line, processes_of, server_line
from reasonrft.backend import ModelError
from reasonrft.built import data_plans, families_of
from reasonrft.config import ConfigError, DataConfig, Recipe, RunConfig, Stage
from reasonrft.estimate import (
    ASSUMED,
    PAPERS_GPU,
    Device,
    Lengths,
    Memory,
    Work,
    device_of,
    disk_of,
    gib,
    gpus_text,
    lengths_of,
    memory_of,
    number_bytes,
    questions_a_step,
    steps_of,
    work_of,
)
from reasonrft.experiment import Experiment
from reasonrft.families import chosen
from reasonrft.loading import check_name
from reasonrft.pictures import opened
from reasonrft.portions import share_of
from reasonrft.questions import choose_sources
from reasonrft.shapes import Shape, shape_of

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Stock = Mapping[str, Mapping[str, int]]  # rows by family and split


@dataclass(frozen=True, slots=True)
class StageOutlook:
    """What a stage would do."""

    stage: Stage
    rows: int  # of the dataset
    questions_a_step: int
    steps: int
    work: Work | None  # None, as the next: the model's size is not known
    memory: Memory | None
    runs_on: str
    lines: tuple[tuple[str, ...], ...]  # commands, one a machine
    server: tuple[str, ...] | None  # the command of a server of rollouts
    folder: Path


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an experiment would do."""

    name: str
    recipe: Recipe
    model: str
    shape: Shape | None
    device: Device
    stock: Stock
    is_built: bool  # whether the data are there, or are built first
    asked: int  # questions of each evaluation
    evaluations: int
    lengths: Lengths | None  # of the longest family's rows
    stages: tuple[StageOutlook, ...]
    disk: int | None
    folder: Path
    remarks: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """Of training, all stages."""
        works = [stage.work for stage in self.stages]
        return None if None in works else sum(work.seconds for work in works if work)

    def tables(self) -> "list[Table | Text]":
        """The same in a terminal."""
        from reasonrft.report.tables import outlook_tables

        return outlook_tables(self)

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {
            "name": self.name,
            "recipe": self.recipe.value,
            "model": self.model,
            "parameters": self.shape.parameters if self.shape else None,
            "device": asdict(self.device),
            "rows": {family: dict(splits) for family, splits in self.stock.items()},
            "data_is_built": self.is_built,
            "evaluations": self.evaluations,
            "questions_of_an_evaluation": self.asked,
            "tokens": asdict(self.lengths) if self.lengths else None,
            "stages": [_stage_json(stage) for stage in self.stages],
            "training_seconds": self.seconds,
            "disk_bytes": self.disk,
            "folder": str(self.folder),
            "remarks": list(self.remarks),
        }


def _stage_json(stage: StageOutlook) -> dict[str, Any]:
    memory = asdict(stage.memory) | {"total": stage.memory.total} if stage.memory else None
    return {
        "stage": stage.stage,
        "rows": stage.rows,
        "questions_a_step": stage.questions_a_step,
        "steps": stage.steps,
        "work": asdict(stage.work) | {"seconds": stage.work.seconds} if stage.work else None,
        "memory_bytes_a_gpu": memory,
        "runs_on": stage.runs_on,
        "launch": [shlex.join(line) for line in stage.lines],
        "server": shlex.join(stage.server) if stage.server else None,
        "folder": str(stage.folder),
    }


def outlook(config: RunConfig, out: Path, gpu: str = PAPERS_GPU) -> Outlook:
    """What an experiment would do.

    Args:
        config: The experiment.
        out: The folder that it would go to.
        gpu: On GPUs like which one.

    Raises:
        ModelError: there can be no such model.
        ExpectedError: there is nothing to learn from, or not enough.
        BuildError: there is no such data.
    """
    # Without training a server's model or a reference may be meant, as in `rrft eval`.
    if config.stages or "/" in config.model.path:
        check_name(config.model.path)
    stock = stock_of(config, registry.tasks())
    remarks = []
    try:
        shape = shape_of(config.model)
    except ModelError as problem:
        shape = None
        remarks.append(f"memory and time are not estimated: {problem}")
    device = device_of(config, gpu)
    lengths = longest(config, shape, list(stock)) if shape else None
    ground = _Ground(config, stock, shape, lengths, device, out)
    stages = tuple(map(ground.stage, config.stages))
    wanted = [_asked(config, splits) for splits in stock.values()]
    evaluations = len(Experiment(out, config).evaluations)
    rows = sum(sum(splits.values()) for splits in stock.values())
    return Outlook(
        config.name,
        config.recipe,
        config.model.path,
        shape,
        device,
        stock,
        bool(config.data.path),
        sum(wanted),
        evaluations,
        lengths,
        stages,
        disk_of(config, shape, rows, number_bytes(config, device)) if shape else None,
        out,
        (*remarks, *_remarks(config, device, stages, shape)),
    )


def stock_of(config: RunConfig, tasks: Tasks) -> Stock:
    """The rows of an experiment's data by family and split, there or to be built.

    Raises:
        ConfigError: a family is not there.
        BuildError: a folder is no dataset, or there is no such family, split or preset.
    """
    return _there(config) if config.data.path else _planned(config, tasks)


def _there(config: RunConfig) -> Stock:
    stock: dict[str, dict[str, int]] = {}
    for source in choose_sources(config.data.path, None, ["all"], None):
        stock.setdefault(source.family, {})[source.split] = source.rows
    names = chosen(config.data.family, stock)
    if lacking := [name for name in names if name not in stock]:
        shown = ", ".join(map(str, config.data.path))
        raise ConfigError(
            f"no family {lacking[0]!r} in {shown}; there are: {', '.join(sorted(stock))}"
        )
    return {name: stock[name] for name in names}


def _planned(config: RunConfig, tasks: Tasks) -> Stock:
    return {
        family: {plan.split: plan.rows for plan in data_plans(config, family, tasks)}
        for family in families_of(config, tasks)
    }


def rows_of(config: RunConfig, stage: Stage, stock: Stock) -> int:
    """The rows of `train` that a stage learns from.

    Raises:
        ConfigError: a family has none, or all have fewer than a step asks at once.
        PortionError: a stage is left without.
    """
    if lacking := [family for family, splits in stock.items() if not splits.get(TRAIN)]:
        raise ConfigError(f"{lacking[0]} has no split {TRAIN!r} to learn from")
    rows = sum(
        len(share_of(config, stage, family, range(splits[TRAIN])))
        for family, splits in stock.items()
    )
    asked = questions_a_step(config, stage)
    if stage == "grpo" and config.grpo.data == "rows" and asked > rows:
        raise ConfigError(
            f"a step asks {asked} different questions (prompts × accumulate × GPUs), and there are {rows}"
        )
    return rows


def longest(config: RunConfig, shape: Shape, families: Sequence[str]) -> Lengths:
    """The tokens of the longest family's rows."""
    found = [
        lengths_of(config, shape, size, family)
        for family in families
        for size in _picture_sizes(config)
    ]
    return max(found, key=lambda one: one.row)


def _picture_sizes(config: RunConfig) -> list[tuple[int, int]]:
    """The width and height of the pictures in the data that are there, or are built."""
    if not config.data.path:
        canvas = read_image_size(config.data.image_size)
        return [(canvas.width, canvas.height)]
    return [_size_in(folder) for folder in config.data.path]


def _size_in(folder: Path) -> tuple[int, int]:
    """That of all pictures of a dataset; of a public one, which may have many sizes, that of the first."""
    manifest = read_manifest(folder)
    if manifest is not None and "image_size" in manifest:
        width, height = manifest["image_size"]
        return width, height
    first = next(sample for part in find_parts(folder) for sample in samples(part, 1))
    return opened(first.images[0]).size


def tested_splits(config: RunConfig, splits: Iterable[str]) -> list[str]:
    """The splits that a model is tested on, of those that there are.

    Raises:
        BuildError: there is no such split.
        ConfigError: none but `train`, which is for learning, is named.
    """
    there = list(splits)
    if config.data.splits == DataConfig.model_fields["splits"].default:
        is_train_alone = set(there) == {TRAIN}
        advice = "build one too" if is_train_alone else "name one with --set data.splits=NAME"
        where = " and ".join(map(str, config.data.path)) or "what is built"
        return usually_tested(there, where, advice)
    tested = [name for name in choose_splits([config.data.splits], there) if name != TRAIN]
    if not tested:
        others = ", ".join(name for name in there if name != TRAIN) or "none"
        raise ConfigError(
            f"data.splits = {config.data.splits!r} has nothing to test on; there are: {others}"
        )
    return tested


def _asked(config: RunConfig, splits: Mapping[str, int]) -> int:
    """The questions of a family's splits in one evaluation."""
    limit = config.eval.limit
    rows = [splits[name] for name in tested_splits(config, splits)]
    return sum(rows) if limit is None else sum(min(limit, size) for size in rows)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all stages of an experiment stand on."""

    config: RunConfig
    stock: Stock
    shape: Shape | None
    lengths: Lengths | None
    device: Device
    out: Path

    def stage(self, stage: Stage) -> StageOutlook:
        """What a stage would do."""
        config = self.config
        rows = rows_of(config, stage, self.stock)
        work = memory = None
        if self.shape is not None and self.lengths is not None:
            work = work_of(config, stage, self.shape, self.lengths, rows, self.device)
            memory = memory_of(config, stage, self.shape, self.lengths, self.device)
        start = Experiment(self.out, config).before(stage)
        server = server_line(config, start) if stage == "grpo" else None
        return StageOutlook(
            stage,
            rows,
            questions_a_step(config, stage),
            steps_of(config, stage, rows),
            work,
            memory,
            gpus_text(config, stage),
            tuple(
                tuple(launch_line(config, stage, self.out, rank))
                for rank in range(config.hardware.nodes)
            ),
            None if server is None else tuple(server),
            self.out / stage,
        )


def _remarks(
    config: RunConfig, device: Device, stages: Sequence[StageOutlook], shape: Shape | None
) -> list[str]:
    """What must be known of an outlook, what does not fit first."""
    found = [
        f"{stage.stage} needs about {gib(stage.memory.total)} of {gib(device.memory)} on a GPU: "
        f"{relief(config, stage.stage)}"
        for stage in stages
        if stage.memory and device.is_gpu and stage.memory.total > device.memory
    ]
    if config.data.path and config.data.tasks:
        tasks = ", ".join(config.data.tasks)
        found.append(f"data.tasks = {tasks} chooses what is built: of data.path all tasks count")
    if shape is not None and stages:
        where = (
            f"GPUs are taken for {device.name}"
            if device.is_gpu
            else "one thread of this processor was measured"
        )
        found.append(f"estimated: {where}; {'; '.join(ASSUMED)}")
    return found


def relief(config: RunConfig, stage: Stage) -> str:
    """What makes a stage smaller, and is not done yet, the cheapest first."""
    settings = config.of_stage(stage)
    at_once = config.sft.batch_size if stage == "sft" else config.grpo.prompts
    name = "batch_size" if stage == "sft" else "prompts"
    several = processes_of(config, stage) > 1
    wholly = config.hardware.strategy in ("zero3", "fsdp")
    tries = [
        (not settings.gradient_checkpointing, f"{stage}.gradient_checkpointing = true"),
        (at_once > 1, f"a smaller {stage}.{name} with a larger {stage}.accumulate"),
        (several and not wholly, "hardware.strategy = 'zero3'"),
        (settings.lora is None, f"{stage}.lora = {{ rank = 64 }}"),
        (stage == "grpo" and config.grpo.group > 2, "a smaller grpo.group"),
        (stage == "grpo", "a smaller grpo.max_tokens"),
        (True, "smaller pictures (model.max_pixels)"),
    ]
    return "try " + ", or ".join([text for helps, text in tries if helps][:3])
