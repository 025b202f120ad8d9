"""memory: how much of a GPU, and of the disk, does a stage take?"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from reasonrft.accelerating import processes_of
from reasonrft.checkpoints import KEPT
from reasonrft.config import RunConfig, Stage, StageConfig
from reasonrft.estimate.amounts import (
    Lengths,
    is_blind,
    rows_at_once,
    trained_parameters,
)
from reasonrft.estimate.devices import GIB, Device
from reasonrft.shapes import Shape, Tower

HALF, FULL = 2, 4  # bytes of a number in bfloat16 and in float32
# Adam with weights that stay exact. With DeepSpeed these are bfloat16 weights and gradients, and float32
# weights, means and squares among its states; without, float32 weights with a bfloat16 copy while computing.
BYTES: Final[Mapping[str, tuple[int, int, int]]] = {  # of weights, gradients, optimizer
    "ddp": (FULL + HALF, FULL, 2 * FULL),
    "fsdp": (FULL, FULL, 2 * FULL),
    "zero2": (HALF, HALF, 3 * FULL),
    "zero3": (HALF, HALF, 3 * FULL),
}
# Which of the three each GPU has only a part of.
PARTED: Final[Mapping[str, tuple[bool, bool, bool]]] = {
    "ddp": (False, False, False),
    "fsdp": (True, True, True),
    "zero2": (False, True, True),
    "zero3": (True, True, True),
}
# CUDA's and the libraries' own, measured on usual machines: 0.7 to 1.5 GiB.
CONTEXT: Final = int(1.2 * GIB)
CPU_CONTEXT: Final = int(0.7 * GIB)  # Python with torch and transformers
# Share of what comes and goes that the allocator cannot use: pieces between pieces.
LOST: Final = 0.1
ROW_BYTES: Final = 90_000  # of a dataset with two pictures of 320 × 240 pixels; 50,000 with one


@dataclass(frozen=True, slots=True)
class Memory:
    """What lies in the memory of one GPU when it is fullest."""

    weights: int
    gradients: int
    optimizer: int
    reference: int  # the model that the stage starts from, for the distance
    gathered: int  # weights that are put together for a moment, where GPUs share them
    activations: int
    logits: int
    rollouts: int  # keys and values of answers being written, or vLLM's share
    context: int
    lost: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(getattr(self, field.name) for field in fields(self))


def memory_of(
    config: RunConfig, stage: Stage, shape: Shape, lengths: Lengths, device: Device
) -> Memory:
    """What a stage needs of each GPU's memory."""
    number = number_bytes(config, device)
    settings = config.of_stage(stage)
    weights, gradients, optimizer = _states(config, stage, shape, number)
    shared = _parts(config, stage)[0]
    # The two largest pieces: one is computed with while the next one is fetched.
    piece = max(shape.vocabulary * shape.text.width, _layer(shape))
    needs_copy = stage == "grpo" and config.grpo.beta > 0 and settings.lora is None
    reference = (
        _kept_number(config, stage, number) * shape.parameters // shared if needs_copy else 0
    )
    rows = rows_at_once(config, stage)
    tokens = lengths.row if stage == "sft" else lengths.prompt + config.grpo.max_tokens
    activations = rows * _activations(settings, shape, lengths.pictures, tokens, number)
    logits = rows * _logits(config, stage, shape, tokens, number)
    rollouts = _rollouts(config, stage, shape, lengths, device)
    if stage == "grpo" and config.grpo.rollout.engine == "hf":
        # What answers are written with is gone again when they are learned from.
        rollouts = max(0, rollouts - activations - logits)
    return Memory(
        weights,
        gradients,
        optimizer,
        reference,
        2 * number * piece if shared > 1 else 0,
        activations,
        logits,
        rollouts,
        CONTEXT if device.is_gpu else CPU_CONTEXT,
        int(LOST * (activations + logits)) if device.is_gpu else 0,
    )


def number_bytes(config: RunConfig, device: Device) -> int:
    """Bytes of a number that is computed with."""
    half = config.model.dtype == "bfloat16" or (config.model.dtype == "auto" and device.is_gpu)
    return HALF if half else FULL


def _kept_number(config: RunConfig, stage: Stage, number: int) -> int:
    """Bytes of a number of a whole model as a stage loads it: in full where DeepSpeed keeps no copy that is."""
    alone = processes_of(config, stage) == 1
    return FULL if alone or config.hardware.strategy in ("ddp", "fsdp") else number


def _parts(config: RunConfig, stage: Stage) -> tuple[int, int, int]:
    """Into how many parts weights, gradients and optimizer states are divided."""
    processes = processes_of(config, stage)
    weights, gradients, optimizer = (
        processes if parted else 1 for parted in PARTED[config.hardware.strategy]
    )
    return weights, gradients, optimizer


def _states(config: RunConfig, stage: Stage, shape: Shape, number: int) -> tuple[int, int, int]:
    """Bytes of weights, gradients and optimizer states on a GPU."""
    alone = processes_of(config, stage) == 1
    bytes_of = BYTES["ddp" if alone else config.hardware.strategy]
    if number == FULL:  # no copy, and no second set of weights
        bytes_of = (FULL, FULL, 2 * FULL)
    trained = trained_parameters(config, stage, shape)
    # Adapters are additional; all that is not trained stays in the precision that is computed with.
    adapters = config.of_stage(stage).lora is not None
    still = shape.parameters if adapters else shape.parameters - trained
    parts = _parts(config, stage)
    weights = (still * number + trained * bytes_of[0]) // parts[0]
    return weights, trained * bytes_of[1] // parts[1], trained * bytes_of[2] // parts[2]


def _layer(shape: Shape) -> int:
    return (shape.multiplied - shape.vocabulary * shape.text.width) // shape.text.layers


def _kept(tower: Tower, number: int) -> int:
    """Bytes that a token leaves in a layer for the way back, attention being computed in pieces.

    After Korthikanti et al. 2022 (arXiv 2205.05198, section 4), for a layer with RMS norms in float32 (twice
    its input, normed and not), rotated queries and keys, and an MLP of two or three matrices.
    """
    norms = tower.width * (4 * number + 2 * FULL)
    attention = number * (3 * tower.heads + 4 * tower.keys + tower.width)
    mlp = number * tower.inner * (4 if tower.gated else 2)
    return norms + attention + mlp


def _activations(
    settings: StageConfig, shape: Shape, pictures: int, tokens: int, number: int
) -> int:
    """Bytes that one row leaves in all layers for the way back."""
    patches = pictures * shape.eye.merge**2
    total = 0
    towers = ((shape.text, tokens, False), (shape.vision, patches, is_blind(settings)))
    for tower, length, still in towers:
        kept = _kept(tower, number)
        if still:  # no way back: one layer's at a time
            total += length * kept
        elif settings.gradient_checkpointing:  # the layers' inputs, and all of the one at work
            total += length * (tower.layers * tower.width * number + kept)
        else:
            total += length * tower.layers * kept
    return total


def _logits(config: RunConfig, stage: Stage, shape: Shape, tokens: int, number: int) -> int:
    """Bytes of the scores of all words that one row has at once: as computed, in float32, and their gradient."""
    scored = tokens if stage == "sft" else config.grpo.max_tokens
    return scored * shape.vocabulary * (number + 2 * FULL)


def _rollouts(
    config: RunConfig, stage: Stage, shape: Shape, lengths: Lengths, device: Device
) -> int:
    """Bytes for writing answers beside the trainer."""
    rollout = config.grpo.rollout
    if stage == "sft" or rollout.engine == "server":
        return 0
    if rollout.engine == "colocate":
        return int(rollout.gpu_memory * device.memory)
    answers = rows_at_once(config, stage) * config.grpo.accumulate
    tokens = lengths.prompt + config.grpo.max_tokens
    return answers * tokens * shape.cache * number_bytes(config, device)


def disk_of(config: RunConfig, shape: Shape, rows: int, number: int) -> int:
    """Bytes that a run may need at once: data that is built, each stage's model and checkpoints.

    A stage's checkpoints stay when it is done, and a further one is written before the oldest is removed.
    """
    data = 0 if config.data.path else rows * ROW_BYTES
    models = len(config.stages) * shape.parameters * number
    points = [_checkpoint(config, stage, shape, number) for stage in config.stages]
    return data + models + KEPT * sum(points) + max(points, default=0)


def _checkpoint(config: RunConfig, stage: Stage, shape: Shape, number: int) -> int:
    """Bytes of a point to go on from: the weights that are learned, or all there are, and the optimizer."""
    trained = trained_parameters(config, stage, shape)
    kept = _kept_number(config, stage, number)
    adapters = config.of_stage(stage).lora is not None
    # Where the weights themselves are not in full, DeepSpeed's copy of them is the optimizer's.
    states = 2 * FULL if adapters or kept == FULL else 3 * FULL
    return (trained * FULL if adapters else shape.parameters * kept) + trained * states
