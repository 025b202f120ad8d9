"""devices: what do stages run on, and how much of it do they use?"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from reasonrft.accelerating import gpus_of
from reasonrft.config import RunConfig, Stage

GIB: Final = 2**30
CPU: Final = "processor"


@dataclass(frozen=True, slots=True)
class Device:
    """What a stage runs on."""

    name: str
    memory: int  # bytes
    flops: float  # a second that it could do, dense, in the precision that is trained in
    bandwidth: float  # bytes a second from its memory
    used: float  # the share of `flops` that training reaches

    @property
    def is_gpu(self) -> bool:
        """Whether it is one."""
        return self.name != CPU


# Training of small vision-language models with transformers reaches 20 to 40 % of a GPU's peak: short
# sequences of unequal length, a vision tower of narrow layers, an optimizer that waits for memory.
USED: Final = 0.25
# bfloat16 with float32 sums, dense, and memory's bandwidth, from the makers' data sheets; the first that a
# device's name has in it counts.
GPUS: Final[Mapping[str, tuple[float, float, float]]] = {  # TFLOP/s, TB/s, GiB
    "B200": (2250, 8.0, 180),
    "H200": (989, 4.8, 141),
    "H100 PCIe": (756, 2.0, 80),
    "H100": (989, 3.35, 80),
    "H800": (989, 3.35, 80),
    "A800": (312, 2.0, 80),
    "A100": (312, 2.0, 80),
    "L40S": (362, 0.86, 48),
    "A6000": (155, 0.77, 48),
    "L4": (121, 0.3, 24),
    "A10": (125, 0.6, 24),
    "RTX 5090": (210, 1.79, 32),
    "RTX 4090": (165, 1.01, 24),
    "RTX 3090": (71, 0.94, 24),
    "V100": (112, 0.9, 32),
    "T4": (65, 0.32, 16),
}
UNKNOWN_GPU: Final = (100, 0.8)  # TFLOP/s, TB/s: on the careful side of what is sold
PAPERS_GPU: Final = "A800"  # eight of them, for the paper's runs
CPU_BANDWIDTH: Final = 2e10
CPU_MEMORY: Final = 8 * GIB  # where it is not known
# Against products of small matrices; what reading pictures, padding, the optimizer and Python take is made up for by
# larger matrices, which are quicker. SFT of the embedded model takes from 0.7 (many short rows) to 1.1 times this estimate.
CPU_USED: Final = 0.75


def gpu_of(name: str, memory: int | None = None) -> Device:
    """A GPU by its name, as torch or a maker writes it."""
    known = next((row for key, row in GPUS.items() if key.lower() in name.lower()), None)
    flops, bandwidth = known[:2] if known else UNKNOWN_GPU
    size = memory if memory is not None else int((known[2] if known else 24) * GIB)
    return Device(name, size, flops * 1e12, bandwidth * 1e12, USED)


@cache  # one measure: what is estimated together shall be comparable
def this_processor(memory: int = CPU_MEMORY) -> Device:
    """The processor, one thread of it, measured by products of matrices that no library shares out."""
    import numpy as np

    side, products, rounds = 64, 200, 8
    one = np.ones((side, side), dtype=np.float32)
    seconds = []
    for _ in range(rounds):  # the quickest counts: others work here too
        start = time.perf_counter()
        for _ in range(products):
            one @ one
        seconds.append(time.perf_counter() - start)
    speed = products * 2 * side**3 / max(min(seconds), 1e-9)
    return Device(CPU, memory, speed, CPU_BANDWIDTH, CPU_USED)


def device_of(config: RunConfig, name: str = PAPERS_GPU) -> Device:
    """What an experiment asks for: GPUs like the named one, or the processor."""
    return gpu_of(name) if config.hardware.gpus else this_processor()


def gpus_text(config: RunConfig, stage: Stage) -> str:
    """On what a stage trains, in words."""
    gpus, nodes = gpus_of(config, stage), config.hardware.nodes
    if not gpus:
        return CPU
    machines = f"{nodes} machines with " if nodes > 1 else ""
    each = " each" if nodes > 1 else ""
    shared = f", {config.hardware.strategy}" if gpus * nodes > 1 else ""
    return f"{machines}{gpus} GPU{'s' if gpus > 1 else ''}{each}{shared}"


def gib(size: int) -> str:
    """Bytes as users read them."""
    return f"{size / GIB:,.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:,.0f} MiB"
