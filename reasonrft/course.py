"""course: a stage from its newest checkpoint to the model that it comes to."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import torch
from transformers import PrinterCallback

from builders.files import write_whole
from builders.progress import duration, number_of
from reasonrft.alarms.loss import not_finite
from reasonrft.checkpoints import clear_after, newest_whole, step_of
from reasonrft.evaluate import machine
from reasonrft.job import Job, StoppedByAlarm, TrainingError, gentler
from reasonrft.outcome import save_outcome
from reasonrft.told import Told, say
from reasonrft.training import Loaded

LIBRARIES: Final = ("torch", "transformers", "trl", "peft", "accelerate")


def run(
    job: Job,
    trainer: Any,
    told: Told,
    loaded: Loaded,
    restore: Callable[[Path], None] | None = None,
) -> None:
    """Train from the newest checkpoint on, or from the beginning, and save what it came to.

    Args:
        job: The stage.
        trainer: One of transformers'.
        told: Its callback.
        loaded: The model that it trains.
        restore: Takes from a checkpoint's folder what `told` was given to keep.

    Raises:
        StoppedByAlarm: an alarm ended it.
        TrainingError: the memory is not enough, or what it came to is no model.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.code = job.config.model.trust_remote_code
    point = newest_whole(job.checkpoints)
    trainer.accelerator.wait_for_everyone()  # nothing is removed that another process still looks at
    if trainer.is_world_process_zero():
        if removed := clear_after(job.checkpoints, point):
            say(f"{removed[0].name} was cut short and is not used")
        if point is not None:
            say(f"{job.stage} goes on after step {step_of(point)} of {trainer.args.max_steps}")
    if point is not None and restore is not None:
        restore(point)
    with enough_memory(job), closing(told):
        trainer.train(resume_from_checkpoint=None if point is None else str(point))
    if told.stopped:
        raise StoppedByAlarm(
            f"{job.stage} was stopped after step {trainer.state.global_step}: {told.stopped}"
        )
    _check_numbers(job, trainer, told.last)
    save_outcome(job, trainer, loaded)
    if trainer.is_world_process_zero():
        seconds = told.last.get("seconds", 0.0)
        summary = {
            "steps": trainer.state.global_step,
            "seconds": seconds,
            **_circumstances(trainer),
        }
        write_whole(job.done, json.dumps(summary).encode() + b"\n")
        say(f"{job.stage}: {number_of(trainer.state.global_step, 'step')} in {duration(seconds)}")


def _circumstances(trainer: Any) -> dict[str, Any]:
    """On what it was trained, and by which versions: those of the sitting that ended it."""
    device = trainer.accelerator.device
    is_gpu = device.type == "cuda"
    return {
        **machine(),
        "device": torch.cuda.get_device_name(device) if is_gpu else device.type,
        "processes": trainer.accelerator.num_processes,
        "versions": {name: metadata.version(name) for name in LIBRARIES},
    }


def _check_numbers(job: Job, trainer: Any, last: Mapping[str, float]) -> None:
    """Refuse to call done what is spoilt.

    Raises:
        TrainingError: weights, or numbers of the last row, are none or without bound.
    """
    spoilt = any(not torch.isfinite(_own_part(one)).all() for one in trainer.model.parameters())
    # One process may have a spoilt part that the others do not have; all must end alike.
    flags = torch.tensor([spoilt], device=trainer.accelerator.device, dtype=torch.float32)
    found = ["weights"] if trainer.accelerator.gather(flags).any() else []
    if found := [*not_finite(last), *found]:
        raise TrainingError(
            f"{job.stage} came to no model: {', '.join(found)} not finite at the end; "
            f"{gentler(job.stage)}"
        )


def _own_part(weights: Any) -> Any:
    """What this process has of a tensor that several may share."""
    part = getattr(weights, "ds_tensor", weights)  # DeepSpeed's
    return (part.to_local() if hasattr(part, "to_local") else part).detach()  # FSDP's


@contextmanager
def closing(told: Told) -> Iterator[None]:
    """Take the progress away at the end, whatever it is."""
    try:
        yield
    finally:
        told.close()


@contextmanager
def enough_memory(job: Job) -> Iterator[None]:
    """Tell what to try where the GPU's memory is not enough."""
    try:
        yield
    except torch.OutOfMemoryError as problem:
        size = "batch_size" if job.stage == "sft" else "prompts"
        raise TrainingError(
            f"out of GPU memory in {job.stage}; try {job.stage}.{size} smaller and accumulate larger, "
            f"{job.stage}.gradient_checkpointing = true, [{job.stage}.lora], or model.max_pixels"
        ) from problem
