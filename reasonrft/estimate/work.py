"""work: what does a stage do, and how long does that take?"""

import math
from dataclasses import dataclass
from typing import Final

from reasonrft.accelerating import processes_of
from reasonrft.config import RunConfig, Stage, StageConfig
from reasonrft.estimate.amounts import (
    EXTENTS,
    USUAL_EXTENT,
    WRITTEN,
    Lengths,
    is_blind,
    questions_a_step,
    steps_of,
)
from reasonrft.estimate.devices import CPU_USED, USED, Device
from reasonrft.estimate.memory import number_bytes
from reasonrft.shapes import Shape

# Share of the bandwidth that writing answers reaches, vLLM and transformers alike.
READ: Final = 0.5
# Python starts about ten kernels a layer, one after another: about a millisecond, however little they do; with
# adapters about twice as many. On an H100, a Qwen2-VL-2B with adapters took 2.0 ms a layer for each token that
# it wrote, 1.6 for a way forward and 9.8 for learning, recomputed (docs/results/gpu.md).
LAYER_SECONDS: Final = 1e-3
CPU_LAYER_SECONDS: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage does in all."""

    steps: int
    questions: int  # rows of the dataset, repeated ones again
    answers: int  # sampled
    tokens: int  # read and written in training
    training_flops: float
    seconds_training: float
    seconds_writing: float  # answers

    @property
    def seconds(self) -> float:
        """Of the whole stage."""
        return self.seconds_training + self.seconds_writing


def work_of(
    config: RunConfig, stage: Stage, shape: Shape, lengths: Lengths, rows: int, device: Device
) -> Work:
    """What a stage does with so many rows, and how long that takes on such devices."""
    settings = config.of_stage(stage)
    steps = steps_of(config, stage, rows)
    grpo = stage == "grpo"
    again = config.grpo.iterations if grpo else 1
    questions = math.ceil(steps * questions_a_step(config, stage) / again)
    answers = questions * config.grpo.group if grpo else 0
    written = WRITTEN * config.grpo.max_tokens if grpo else lengths.target
    sequences = answers * again if grpo else questions
    tokens = lengths.prompt + written
    # Once more forward for the reference model, whatever is learned again from the same answers.
    more = (1 if grpo and config.grpo.beta > 0 else 0) / again
    text, seen = _forward(shape, lengths.pictures, tokens)
    flops = sequences * (
        (_passes(settings) + more) * text
        + ((1 if is_blind(settings) else _passes(settings)) + more) * seen
    )
    speed = device.flops * device.used * processes_of(config, stage)
    # Small batches wait for Python, not for the GPU.
    layers = shape.text.layers + shape.vision.layers
    ways = 3 + settings.gradient_checkpointing + more  # adapters or not, the way back is twice one
    starting = steps * settings.accumulate * ways * layers * _layer_seconds(device, settings)
    writing = _seconds_writing(config, shape, lengths, device) if grpo else 0.0
    return Work(
        steps,
        questions,
        answers,
        int(sequences * tokens),
        flops,
        max(flops / speed, starting),
        steps / again * writing,
    )


def _layer_seconds(device: Device, settings: StageConfig) -> float:
    seconds = LAYER_SECONDS if device.is_gpu else CPU_LAYER_SECONDS
    return seconds * (1 if settings.lora is None else 2)


def _passes(settings: StageConfig) -> float:
    """What learning from a row costs, in ways forward: the way back is twice one (Kaplan et al. 2020)."""
    # Adapters: gradients go through the frozen weights and are not computed for them.
    back = 1.0 if settings.lora is not None else 2.0
    return 1 + back + (1 if settings.gradient_checkpointing else 0)


def _forward(shape: Shape, pictures: int, tokens: float) -> tuple[float, float]:
    """Operations of one row's way forward, of text and of pictures: two a parameter and token, and attention."""
    patches = pictures * shape.eye.merge**2
    text = 2 * shape.multiplied * tokens + 2 * shape.text.layers * shape.text.heads * tokens**2
    seen = 2 * shape.vision_parameters * patches
    return text, seen + 4 * shape.vision.layers * shape.vision.heads * patches**2


def _seconds_writing(config: RunConfig, shape: Shape, lengths: Lengths, device: Device) -> float:
    """How long all answers of a step take.

    Each token of all answers at once reads the weights and their keys and values from memory; that, not
    computing, takes the time. transformers is slowed by starting its kernels besides.
    """
    number = number_bytes(config, device)
    rollout = config.grpo.rollout
    engine_gpus = rollout.gpus if rollout.engine == "server" and rollout.gpus else 0
    writers = engine_gpus or processes_of(config, "grpo")
    answers = questions_a_step(config, "grpo") * config.grpo.group / writers
    written = WRITTEN * config.grpo.max_tokens
    read = number * (shape.multiplied + answers * shape.cache * (lengths.prompt + written / 2))
    token = read / (device.bandwidth * READ)
    token = max(token, 2 * shape.multiplied * answers / (device.flops * device.used))
    if rollout.engine == "hf":
        token += shape.text.layers * _layer_seconds(device, config.grpo)
    prompts = answers * sum(_forward(shape, lengths.pictures, lengths.prompt))
    return written * token + prompts / (device.flops * device.used)


ASSUMED: Final = (
    f"training reaches {USED:.0%} of a GPU's peak, or {CPU_USED:.0%} of a processor's measured speed",
    f"while training answers have {WRITTEN:.0%} of max_tokens",
    f"a prompt has {USUAL_EXTENT.text} tokens besides its picture, a thought with its answer "
    f"{USUAL_EXTENT.thought}; "
    + "; ".join(
        f"in {family} {extent.text} besides {extent.pictures} picture{'s' * (extent.pictures > 1)}, "
        f"and {extent.thought}"
        for family, extent in EXTENTS.items()
    ),
    "Adam with float32 weights; attention computed in pieces (sdpa, flash)",
)
