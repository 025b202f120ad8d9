"""estimate: how much memory and time does a stage take, before anything is loaded?

Rules of thumb with their reasons beside them, for orders of magnitude: memory is meant to be right within a
third, time within a factor of two to three. What they assume is said with every plan (`ASSUMED`).
All memory is in bytes and of one GPU; all operations are additions and multiplications (FLOP).
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from reasonrft.accelerating import gpus_of, processes_of
from reasonrft.config import GrpoConfig, RunConfig, SftConfig, Stage, StageConfig
from reasonrft.shapes import Shape, Tower

GIB: Final = 2**30
HALF, FULL = 2, 4  # bytes of a number in bfloat16 and in float32


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


CPU: Final = "processor"
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
READ: Final = (
    0.5  # share of the bandwidth that writing answers reaches, vLLM and transformers alike
)
# Python starts about ten kernels a layer, one after another: about a millisecond, however little they do.
LAYER_SECONDS: Final = 1e-3
CPU_LAYER_SECONDS: Final = 1e-4
CPU_BANDWIDTH: Final = 2e10
CPU_MEMORY: Final = 8 * GIB  # where it is not known
# Small matrices, padding, the optimizer and Python beside the multiplications, against a large matrix product:
# a Qwen2-VL of 0.75 M parameters learned 117 rows of about 100 tokens a second on a core (53 GFLOP/s).
CPU_USED: Final = 0.4

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
CONTEXT: Final = int(
    1.2 * GIB
)  # CUDA's and the libraries' own, measured on usual machines: 0.7 to 1.5 GiB
CPU_CONTEXT: Final = int(0.7 * GIB)  # Python with torch and transformers
LOST: Final = (
    0.1  # share of what comes and goes that the allocator cannot use: pieces between pieces
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a family's rows are, in tokens of usual vocabularies."""

    pictures: int  # their number
    text: int  # of a prompt besides its pictures, the chat's frame with it
    thought: int  # with the answer
    answer: int


# 230 to 255 characters in a prompt of counting, 420 to 490 in a thought with its answer.
USUAL_EXTENT: Final = Extent(pictures=1, text=90, thought=130, answer=12)
EXTENTS: Final[Mapping[str, Extent]] = {
    # 1,290 to 1,580 characters in a prompt, a third of them in lists of attributes; 550 to 850 in a thought.
    "transformation": Extent(pictures=2, text=480, thought=220, answer=40),
}
BORDERS: Final = 2  # tokens around a picture
WRITTEN: Final = (
    0.5  # share of `max_tokens` that answers have while training, the longest of a batch
)
CHECKPOINTS: Final = 2  # kept at once: the last, and the one being written
ROW_BYTES: Final = 90_000  # of a dataset with two pictures of 320 × 240 pixels; 50,000 with one


@dataclass(frozen=True, slots=True)
class Lengths:
    """Tokens of one row."""

    pictures: int
    prompt: int  # with them
    target: int  # of thought and answer, as a perfect model writes them

    @property
    def row(self) -> int:
        """Both."""
        return self.prompt + self.target


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


def gpu_of(name: str, memory: int | None = None) -> Device:
    """A GPU by its name, as torch or a maker writes it."""
    known = next((row for key, row in GPUS.items() if key.lower() in name.lower()), None)
    flops, bandwidth = known[:2] if known else UNKNOWN_GPU
    size = memory if memory is not None else int((known[2] if known else 24) * GIB)
    return Device(name, size, flops * 1e12, bandwidth * 1e12, USED)


def this_processor(memory: int = CPU_MEMORY) -> Device:
    """The processor, measured by a short product of matrices."""
    import numpy as np

    side, rounds = 512, 8
    one = np.ones((side, side), dtype=np.float32)
    seconds = []
    for _ in range(rounds):  # the quickest counts: threads start at first, and others work here too
        start = time.perf_counter()
        one @ one
        seconds.append(time.perf_counter() - start)
    speed = 2 * side**3 / max(min(seconds), 1e-9)
    return Device(CPU, memory, speed, CPU_BANDWIDTH, CPU_USED)


def device_of(config: RunConfig, name: str = PAPERS_GPU) -> Device:
    """What an experiment asks for: GPUs like the named one, or the processor."""
    return gpu_of(name) if config.hardware.gpus else this_processor()


def lengths_of(config: RunConfig, shape: Shape, size: tuple[int, int], family: str) -> Lengths:
    """The tokens of a row of a family, its pictures of this width and height."""
    extent = EXTENTS.get(family, USUAL_EXTENT)
    tokens = extent.pictures * (shape.eye.tokens(*size) + BORDERS)
    target = extent.answer if config.recipe == "ans-sft" else extent.thought
    return Lengths(tokens, tokens + extent.text, target)


def settings_of(config: RunConfig, stage: Stage) -> SftConfig | GrpoConfig:
    """What the experiment says of a stage."""
    return config.sft if stage == "sft" else config.grpo


def rows_at_once(config: RunConfig, stage: Stage) -> int:
    """Rows that go through the model together on one GPU."""
    if stage == "sft":
        return config.sft.batch_size
    return config.grpo.prompts * config.grpo.group


def questions_a_step(config: RunConfig, stage: Stage) -> int:
    """Rows of the dataset in a step, on all GPUs."""
    one = config.sft.batch_size if stage == "sft" else config.grpo.prompts
    return one * settings_of(config, stage).accumulate * processes_of(config, stage)


def steps_of(config: RunConfig, stage: Stage, rows: int) -> int:
    """How many steps a stage has."""
    return settings_of(config, stage).steps_for(rows, questions_a_step(config, stage))


def trained_parameters(config: RunConfig, stage: Stage, shape: Shape) -> int:
    """How many parameters a stage changes."""
    settings = settings_of(config, stage)
    if settings.lora is not None:
        eyes = shape.vision.linear if settings.lora.vision else 0
        return settings.lora.rank * (shape.text.linear + eyes)
    return shape.parameters - (shape.vision_parameters if settings.freeze_vision else 0)


def memory_of(
    config: RunConfig, stage: Stage, shape: Shape, lengths: Lengths, device: Device
) -> Memory:
    """What a stage needs of each GPU's memory."""
    number = number_bytes(config, device)
    settings = settings_of(config, stage)
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
    adapters = settings_of(config, stage).lora is not None
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
    towers = ((shape.text, tokens, False), (shape.vision, patches, _blind(settings)))
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
    settings = settings_of(config, stage)
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
        + ((1 if _blind(settings) else _passes(settings)) + more) * seen
    )
    speed = device.flops * device.used * processes_of(config, stage)
    # Small batches wait for Python, not for the GPU.
    layers = shape.text.layers + shape.vision.layers
    starting = steps * settings.accumulate * _passes(settings) * layers * _layer_seconds(device)
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


def _layer_seconds(device: Device) -> float:
    return LAYER_SECONDS if device.is_gpu else CPU_LAYER_SECONDS


def _passes(settings: StageConfig) -> float:
    """What learning from a row costs, in ways forward: the way back is twice one (Kaplan et al. 2020)."""
    # Adapters: gradients go through the frozen weights and are not computed for them.
    back = 1.0 if settings.lora is not None else 2.0
    return 1 + back + (1 if settings.gradient_checkpointing else 0)


def _blind(settings: StageConfig) -> bool:
    """Whether nothing is learned by the vision tower."""
    return settings.freeze_vision or (settings.lora is not None and not settings.lora.vision)


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
        token += shape.text.layers * _layer_seconds(device)
    prompts = answers * sum(_forward(shape, lengths.pictures, lengths.prompt))
    return written * token + prompts / (device.flops * device.used)


def disk_of(config: RunConfig, shape: Shape, rows: int, number: int) -> int:
    """Bytes that a run may need at once: data that is built, two checkpoints of a stage, each stage's model."""
    data = 0 if config.data.path else rows * ROW_BYTES
    models = len(config.stages) * shape.parameters * number
    kept = [
        CHECKPOINTS
        * (shape.parameters * number + 3 * FULL * trained_parameters(config, stage, shape))
        for stage in config.stages
    ]
    return data + models + max(kept, default=0)


def gib(size: int) -> str:
    """Bytes as users read them."""
    return f"{size / GIB:,.1f} GiB" if size >= GIB / 10 else f"{size / 2**20:,.0f} MiB"


def gpus_text(config: RunConfig, stage: Stage) -> str:
    """On what a stage trains, in words."""
    gpus, nodes = gpus_of(config, stage), config.hardware.nodes
    if not gpus:
        return CPU
    machines = f"{nodes} machines with " if nodes > 1 else ""
    each = " each" if nodes > 1 else ""
    shared = f", {config.hardware.strategy}" if gpus * nodes > 1 else ""
    return f"{machines}{gpus} GPU{'s' if gpus > 1 else ''}{each}{shared}"


ASSUMED: Final = (
    f"training reaches {USED:.0%} of a GPU's peak, or {CPU_USED:.0%} of a processor's measured speed",
    f"while training answers have {WRITTEN:.0%} of max_tokens",
    f"a prompt has {USUAL_EXTENT.text} tokens besides its picture, a thought with its answer "
    f"{USUAL_EXTENT.thought}; "
    + "; ".join(
        f"in {family} {extent.text} besides {extent.pictures} pictures, and {extent.thought}"
        for family, extent in EXTENTS.items()
    ),
    "Adam with float32 weights; attention computed in pieces (sdpa, flash)",
)
