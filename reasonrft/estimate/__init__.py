"""estimate: how much memory and time does a stage take, before anything is loaded?

Rules of thumb with their reasons beside them, for orders of magnitude: memory is meant to be right within a
third, time within a factor of two to three. What they assume is said with every plan (`ASSUMED`).
All memory is in bytes and of one GPU; all operations are additions and multiplications (FLOP).
"""

from reasonrft.estimate.amounts import (
    Lengths,
    lengths_of,
    questions_a_step,
    steps_of,
)
from reasonrft.estimate.devices import (
    GIB,
    PAPERS_GPU,
    Device,
    device_of,
    gib,
    gpu_of,
    gpus_text,
    this_processor,
)
from reasonrft.estimate.memory import Memory, disk_of, memory_of, number_bytes
from reasonrft.estimate.work import ASSUMED, Work, work_of

__all__ = [
    "ASSUMED",
    "GIB",
    "PAPERS_GPU",
    "Device",
    "Lengths",
    "Memory",
    "Work",
    "device_of",
    "disk_of",
    "gib",
    "gpu_of",
    "gpus_text",
    "lengths_of",
    "memory_of",
    "number_bytes",
    "questions_a_step",
    "steps_of",
    "this_processor",
    "work_of",
]
