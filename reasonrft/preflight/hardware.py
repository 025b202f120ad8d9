"""hardware: does the machine have the GPUs, the memory and the disk that an experiment takes?"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from reasonrft.accelerating import processes_of
from reasonrft.config import RunConfig, Stage
from reasonrft.estimate import (
    Device,
    Lengths,
    disk_of,
    gib,
    gpu_of,
    memory_of,
    number_bytes,
    this_processor,
)
from reasonrft.named_runs import run_names
from reasonrft.outlook import relief
from reasonrft.preflight.finding import Finding, fault, ok, warning
from reasonrft.shapes import Shape

TIGHT: Final = 0.85  # of what there is: the estimate may be so far off
ASK_DRIVER: Final = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU of this machine."""

    name: str
    memory: int  # bytes


def driver_gpus() -> list[Gpu]:
    """The GPUs that the driver knows, whatever torch can use."""
    if shutil.which(ASK_DRIVER[0]) is None:
        return []
    try:
        done = subprocess.run(ASK_DRIVER, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    rows = [line.rsplit(",", 1) for line in done.stdout.splitlines() if not done.returncode]
    return [
        Gpu(row[0].strip(), int(row[1]) * 2**20)
        for row in rows
        if len(row) == 2 and row[1].strip().isdigit()
    ]


def torch_gpus() -> list[Gpu]:
    """The GPUs that torch can use."""
    if find_spec("torch") is None:
        return []
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    found = [torch.cuda.get_device_properties(place) for place in range(count)]
    return [Gpu(one.name, one.total_memory) for one in found]


def check_gpus(
    config: RunConfig | None, driver: Sequence[Gpu], usable: Sequence[Gpu]
) -> Iterator[Finding]:
    """Whether torch can use the GPUs that are there, and there are as many as are asked for."""
    if driver and not usable:
        yield fault(
            "torch and GPU",
            f"there is {_named(driver)}, and torch cannot use it",
            "install torch with CUDA for this driver: see pytorch.org/get-started",
        )
    else:
        seen = _named(usable) if usable else "no GPU; the processor is used"
        yield ok("torch and GPU", seen)
    if config is None or len(usable) >= config.hardware.gpus:
        return
    asked = config.hardware.gpus
    seen = f"hardware.gpus = {asked}, and there {'is' if len(usable) == 1 else 'are'} {len(usable)}"
    if usable or asked > 1:
        yield fault("GPUs", seen, _with_fewer(config, len(usable)))
    else:
        advice = "--set hardware.gpus=0"
        yield warning("GPUs", f"{seen}: the processor is used, slowly", advice)


def _with_fewer(config: RunConfig, there: int) -> str:
    """What to do with fewer GPUs than an experiment is for: a processor would take weeks in their place."""
    ways = [f"a machine with {config.hardware.gpus} GPUs"]
    if (smaller := f"{config.name}-1gpu") in run_names():
        ways.append(f"{smaller}, which is for one")
    if there:
        ways.append(f"--set hardware.gpus={there}")
    return ", or ".join(ways)


def _named(gpus: Sequence[Gpu]) -> str:
    one = f"{gpus[0].name}, {gib(gpus[0].memory)}"
    return one if len(gpus) == 1 else f"{len(gpus)} × {one}"


def device_here(config: RunConfig, usable: Sequence[Gpu]) -> Device:
    """What a stage would run on here: the smallest GPU, or the processor with its memory."""
    if usable and config.hardware.gpus:
        least = min(usable, key=lambda one: one.memory)
        return gpu_of(least.name, least.memory)
    return this_processor(memory_here())


def memory_here() -> int:
    """Bytes of memory of this machine, or of the container that this is."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else ""
    return min(whole, int(text)) if text.isdigit() else whole


def check_memory(
    config: RunConfig, shape: Shape, lengths: Lengths, device: Device
) -> Iterator[Finding]:
    """Whether each stage fits, by the estimate."""
    for stage in config.stages:
        yield _fits(config, stage, memory_of(config, stage, shape, lengths, device).total, device)


def _fits(config: RunConfig, stage: Stage, needed: int, device: Device) -> Finding:
    check = f"memory of {stage}"
    # One processor has the memory of all processes that run on it.
    there = device.memory if device.is_gpu else device.memory // processes_of(config, stage)
    seen = f"about {gib(needed)} of {gib(there)} ({device.name})"
    if needed > there:
        return fault(check, seen, relief(config, stage))
    if needed > TIGHT * there:
        return warning(check, f"{seen}: tight", relief(config, stage))
    return ok(check, seen)


def check_disk(config: RunConfig, shape: Shape, rows: int, device: Device, out: Path) -> Finding:
    """Whether what a run writes has room."""
    needed = disk_of(config, shape, rows, number_bytes(config, device))
    place = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(place).free
    seen = f"about {gib(needed)} needed at most, {gib(free)} free in {place}"
    if needed > free:
        return fault("disk", seen, "make room, or choose another folder (--out)")
    if needed > TIGHT * free:
        return warning("disk", f"{seen}: tight", "make room")
    return ok("disk", seen)
