"""config: an experiment as a TOML file says it: every key known, every value checked."""

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from builders.files import ExpectedError
from reasonrft.backend import Options
from reasonrft.models import backend_names
from reasonrft.reward import RewardWeights, Variant


class ConfigError(ExpectedError):
    """An experiment that cannot be run as it is written."""


class Recipe(StrEnum):
    """What a model goes through."""

    ZERO_SHOT = "zero-shot"  # nothing: it is evaluated as it is
    ANS_SFT = "ans-sft"  # SFT on the answer
    COT_SFT = "cot-sft"  # SFT on thought and answer
    REASON_RFT_ZERO = "reason-rft-zero"  # GRPO
    REASON_RFT = "reason-rft"  # SFT on a few thoughts, then GRPO on the rest


Stage = Literal["sft", "grpo"]
ALL_STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
STAGES: Final[Mapping[Recipe, tuple[Stage, ...]]] = {
    Recipe.ZERO_SHOT: (),
    Recipe.ANS_SFT: ("sft",),
    Recipe.COT_SFT: ("sft",),
    Recipe.REASON_RFT_ZERO: ("grpo",),
    Recipe.REASON_RFT: ("sft", "grpo"),
}

# Settings of data that say what is built, and not what is done with it.
OF_BUILDING: Final = ("tasks", "preset", "level", "image_size", "sizes", "seed")
# Of a server; IPv6 hosts stand in brackets.
ADDRESS: Final = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/:@?#\[\]]+):(?P<port>[0-9]{1,5})/?")
Strategy = Literal["ddp", "zero2", "zero3", "fsdp"]
Positive = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]  # of training: numpy takes no larger one
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A table of the file: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModelConfig(Section):
    """Which model is trained."""

    path: str = "nano"
    """A folder, an ORG/NAME of the Hub, or `nano`: the embedded one."""
    revision: str | None = None
    """A branch, tag or commit of the Hub's."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision to compute in; auto: bfloat16 on a GPU, float32 elsewhere, where bfloat16 is slow."""
    attention: Literal["sdpa", "flash_attention_2", "eager"] = "sdpa"
    """Which implementation of attention; flash_attention_2 needs the package flash-attn."""
    trust_remote_code: bool = False
    """Whether a model's own code may run here."""
    min_pixels: Positive | None = None
    """Smaller pictures are enlarged to so many pixels; none: as the model's processor says."""
    max_pixels: Positive | None = None
    """Larger pictures are reduced to so many pixels; none: as the model's processor says."""

    def pixels(self) -> dict[str, int]:
        """The limits of pictures that it sets, by the processor's names."""
        limits = {"min_pixels": self.min_pixels, "max_pixels": self.max_pixels}
        return {name: pixels for name, pixels in limits.items() if pixels is not None}

    def revision_of(self, model: str) -> str | None:
        """The revision of this model, or of one that training made of it, which has none."""
        return self.revision if model == self.path else None

    def options(self, model: str, batch_size: int) -> Options:
        """The same as a backend takes it, for this model or one that training made of it."""
        return Options(
            batch_size=batch_size,
            dtype=self.dtype,
            revision=self.revision_of(model),
            trust_remote_code=self.trust_remote_code,
            pixels=self.pixels(),
        )


class LoraConfig(Section):
    """Low-rank adapters in place of all weights; merged into the model when the stage ends."""

    rank: Positive = 16
    alpha: Positive = 32
    dropout: Share = 0.0
    vision: bool = False
    """Whether the vision tower has adapters too; by default only the language model has."""


class DataConfig(Section):
    """What is learned from and tested on: folders that are there, or what is built for this run."""

    path: tuple[Path, ...] = ()
    """Folders of built datasets, all tasks in them; none: they are built into the run's own folder."""
    family: tuple[str, ...] = ("counting",)
    """Families, or `all`: every one that there is."""
    tasks: tuple[str, ...] = ()
    """Tasks by name, of one family; none: all. This and the next five are of what is built."""
    preset: str = "quick"
    """How large: `quick`, `standard` or `paper`."""
    level: str = "usual"
    """`usual`, or `easy`: few things seen from near, for small models."""
    image_size: str = "320x240"
    """WIDTHxHEIGHT of the pictures, in pixels."""
    sizes: Mapping[str, Positive] = Field(default_factory=dict)
    """Rows of a split that are not the preset's: `{ train = 2000, ood = 300 }`."""
    seed: int = Field(0, ge=0)
    splits: str = "id,ood"
    """What is tested on, besides `train` for training."""
    rows: Positive | None = None
    """How many rows of each family's `train` are learned from: its first ones; none: all."""
    stage_1: Positive = 1600
    """Rows of each family's `train` whose thoughts `reason-rft` shows in stage 1; stage 2 has the rest."""


class StageConfig(Section):
    """What both stages have. A step is one change of the weights."""

    steps: Positive | None = None
    """How many; none: as many as the epochs make."""
    epochs: float = Field(1.0, gt=0)
    """Times that every row is seen, where `steps` does not say."""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    """How the learning rate goes after the warm-up; `linear` and `cosine` end at 0."""
    warmup_steps: int = Field(0, ge=0)
    weight_decay: float = Field(0.0, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    lora: LoraConfig | None = None
    """Adapters; none, or false: all weights are trained."""
    freeze_vision: bool = False
    """Whether the vision tower stays as it is."""
    gradient_checkpointing: bool = False
    """Less memory for about a third more time."""
    save_every: Positive = 100
    """Steps between two points from which a killed run goes on."""
    log_every: Positive = 5
    """Steps between two lines of the log."""

    @field_validator("lora", mode="before")
    @classmethod
    def _without_adapters(cls, lora: object) -> object:
        """A TOML file has no word for none, and what it extends may have adapters."""
        return None if lora is False else lora

    @model_validator(mode="after")
    def _trains_vision_or_not(self) -> Self:
        if self.freeze_vision and self.lora is not None and self.lora.vision:
            raise ValueError(
                "freeze_vision leaves the vision tower as it is, and lora.vision trains it"
            )
        return self

    @property
    def steps_of_a_block(self) -> int:
        """Steps that learn from the same rows before others come."""
        return 1

    def steps_for(self, rows: int, rows_a_step: int) -> int:
        """How many steps a stage has that sees so many rows at once."""
        epochs = self.epochs * self.steps_of_a_block
        return self.steps or math.ceil(epochs * rows / rows_a_step)


class SftConfig(StageConfig):
    """Stage 1: supervised fine-tuning. The defaults are the paper's for one GPU of its eight."""

    learning_rate: float = Field(1e-5, gt=0)
    batch_size: Positive = 1
    """Rows a step on each GPU, before `accumulate`."""
    accumulate: Positive = 2
    """Batches a step."""
    max_length: Positive = 4096
    """Tokens of prompt and target; a longer row is refused before training starts."""
    bare: Share = 0.0
    """Share of the rows that are shown with an empty thought: whether to think is left to stage 2."""
    weight_decay: float = Field(0.1, ge=0)
    warmup_steps: int = Field(100, ge=0)


class RewardConfig(Section):
    """What a verdict is worth. The defaults are the paper's."""

    accuracy: float = Field(1.0, ge=0)
    """Of a right answer."""
    format: float = Field(1.0, ge=0)
    """Of one thought and one answer in their tags, right or wrong."""
    variant: Variant = Variant.EXACT
    """What earns a part of `accuracy`: of programs the share of exactly right edits; partial credit; the paper's ladder, which goes below 0."""

    def weights(self) -> RewardWeights:
        """The same as the reward takes it."""
        return RewardWeights(self.accuracy, self.format, self.variant)


class RolloutConfig(Section):
    """What writes the answers that are rewarded."""

    engine: Literal["hf", "colocate", "server"] = "hf"
    """transformers; vLLM beside the trainer; a vLLM server."""
    gpu_memory: float = Field(0.3, gt=0, lt=1)
    """Share of a GPU's memory that vLLM takes beside the trainer."""
    tensor_parallel: Positive = 1
    """GPUs that share vLLM's copy of the model."""
    server: str = "http://localhost:8000"
    """Where a server answers: http://HOST:PORT."""
    gpus: int = Field(0, ge=0)
    """GPUs of this machine that are the server's alone; the stage trains on the others."""

    @field_validator("server")
    @classmethod
    def _is_address(cls, server: str) -> str:
        found = ADDRESS.fullmatch(server)
        if found is None or not 0 < int(found["port"]) < 1 << 16:
            raise ValueError(
                f"grpo.rollout.server = {server!r} is no http://HOST:PORT, such as http://localhost:8000"
            )
        return server


class GrpoConfig(StageConfig):
    """Stage 2: GRPO. The defaults are the paper's, but for loss, clipping, temperature, schedule and `mask_truncated`."""

    learning_rate: float = Field(1e-6, gt=0)
    prompts: Positive = 1
    """Questions a step on each GPU, before `accumulate`."""
    group: int = Field(8, ge=2)
    """Answers to each question."""
    accumulate: Positive = 2
    beta: float = Field(0.04, ge=0)
    """How much the distance (KL) from the model that the stage starts from costs."""
    epsilon: float = Field(0.2, gt=0)
    """How far a probability may move before it is clipped."""
    epsilon_high: float | None = Field(None, gt=0)
    """The same upwards; none: as far as downwards."""
    iterations: Positive = 1
    """Steps on the same answers."""
    loss: Literal["grpo", "bnpo", "dr_grpo", "dapo"] = "dapo"
    scale: Literal["group", "batch", "none"] = "group"
    """Whose spread the advantages are divided by."""
    temperature: float = Field(1.0, gt=0)
    top_p: float = Field(1.0, gt=0, le=1)
    top_k: int = Field(0, ge=0)
    """0: all tokens."""
    max_tokens: Positive = 512
    """Of an answer; a longer one is cut."""
    mask_truncated: bool = True
    """Whether cut answers teach nothing."""
    reward: RewardConfig = RewardConfig()
    rollout: RolloutConfig = RolloutConfig()
    data: Literal["rows", "stream"] = "rows"
    """The rows of `train`, or fresh samples from the builders, none of them twice."""
    skip_silent: bool = False
    """Whether questions whose answers all earned the same are drawn less often afterwards."""
    curriculum: bool = False
    """Whether questions come from easy to hard, by how often the model solves them at the start."""

    @property
    def steps_of_a_block(self) -> int:
        """Steps that learn from the same answers."""
        return self.iterations


class EvalConfig(Section):
    """How the model is evaluated, before and after."""

    backend: str = "auto"
    """Which of the toolkit's backends answers; auto: the best that is there for the model."""
    limit: Positive | None = None
    """Rows of each split at most."""
    max_tokens: Positive = 768
    """Of an answer; a longer one is cut."""
    batch_size: Positive = 16
    """Questions at once, where transformers answers."""
    base: bool = True
    """Whether the model is evaluated before it is trained, to compare with."""
    between: bool = False
    """Whether it is evaluated after stage 1 too, where there are two."""

    @field_validator("backend")
    @classmethod
    def _is_known(cls, backend: str) -> str:
        known = ("auto", *backend_names())
        if backend not in known:
            raise ValueError(f"no eval.backend {backend!r}; there are: {', '.join(known)}")
        return backend


class HardwareConfig(Section):
    """On what it runs."""

    gpus: int = Field(1, ge=0)
    """On each machine; 0: the processor. Where there is none, the processor is used."""
    nodes: Positive = 1
    """Machines."""
    strategy: Strategy = "ddp"
    """How several GPUs share the work: each all of it, or (the others) parts of the weights."""


class RunConfig(Section):
    """An experiment."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """Of the experiment and its folder; by default the file's."""
    recipe: Recipe = Recipe.REASON_RFT
    """What the model goes through ([train](train.md#recipes))."""
    seed: Seed = 0
    """Of training; `data.seed` is that of the data."""
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    sft: SftConfig = SftConfig()
    grpo: GrpoConfig = GrpoConfig()
    eval: EvalConfig = EvalConfig()
    hardware: HardwareConfig = HardwareConfig()
    report_to: tuple[Literal["tensorboard", "trackio", "wandb"], ...] = ()
    """Where the curves go besides the run's own folder."""
    stop_on_alarm: bool = False
    """Whether training stops when something goes wrong, or only says so."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of its recipe, in order."""
        return STAGES[self.recipe]

    def of_stage(self, stage: Stage) -> SftConfig | GrpoConfig:
        """What it says of a stage."""
        return self.sft if stage == "sft" else self.grpo

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if "grpo" in self.stages:
            if self.grpo.data == "stream":
                self._check_stream()
            self._check_parallel()
        if self.grpo.rollout.gpus:
            self._check_gpus()
        return self

    def _check_parallel(self) -> None:
        rollout = self.grpo.rollout
        processes = max(1, self.hardware.gpus) * self.hardware.nodes
        if rollout.engine == "hf" and rollout.tensor_parallel > 1:
            raise ValueError(
                f"grpo.rollout.tensor_parallel = {rollout.tensor_parallel} is vLLM's; "
                "grpo.rollout.engine = 'hf' shares no model"
            )
        if rollout.engine == "colocate" and processes % rollout.tensor_parallel:
            raise ValueError(
                f"grpo.rollout.tensor_parallel = {rollout.tensor_parallel} does not divide the "
                f"{processes} GPUs that train, beside which vLLM writes"
            )

    def _check_stream(self) -> None:
        if self.data.path:
            raise ValueError(
                "grpo.data = 'stream' draws fresh samples, which data.path has none of"
            )
        if self.grpo.steps is None or self.grpo.curriculum or self.grpo.skip_silent:
            raise ValueError(
                "grpo.data = 'stream' never asks a question again: say grpo.steps, and neither "
                "curriculum nor skip_silent"
            )

    def _check_gpus(self) -> None:
        rollout, gpus = self.grpo.rollout, self.hardware.gpus
        if rollout.engine != "server":
            raise ValueError("grpo.rollout.gpus are a server's; grpo.rollout.engine is another")
        if rollout.gpus != rollout.tensor_parallel:
            # Several copies of a dense model are several servers to vLLM.
            raise ValueError(
                f"a server has as many GPUs as share its model: grpo.rollout.gpus = {rollout.gpus}, "
                f"grpo.rollout.tensor_parallel = {rollout.tensor_parallel}"
            )
        if gpus and rollout.gpus >= gpus:
            raise ValueError(
                f"grpo.rollout.gpus = {rollout.gpus} leaves none of {gpus} GPUs to train on"
            )
