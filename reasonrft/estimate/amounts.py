"""amounts: how many rows, tokens and steps has a stage, and what of the model does it change?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reasonrft.accelerating import processes_of
from reasonrft.config import GrpoConfig, RunConfig, SftConfig, Stage, StageConfig
from reasonrft.shapes import Shape

TEXT_TOKENS: Final = (
    90  # of a prompt besides pictures: 230 to 255 characters in counting, and the chat's frame
)
THOUGHT_TOKENS: Final = 130  # of thought and answer: 420 to 490 characters in counting
ANSWER_TOKENS: Final = 12
PICTURES: Final[Mapping[str, int]] = {"transformation": 2}  # of a question; others have one
BORDERS: Final = 2  # tokens around a picture
WRITTEN: Final = (
    0.5  # share of `max_tokens` that answers have while training, the longest of a batch
)


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


def lengths_of(config: RunConfig, shape: Shape, size: tuple[int, int], family: str) -> Lengths:
    """The tokens of a row of a family, its pictures of this width and height."""
    pictures = PICTURES.get(family, 1)
    tokens = pictures * (shape.eye.tokens(*size) + BORDERS)
    target = ANSWER_TOKENS if config.recipe == "ans-sft" else THOUGHT_TOKENS
    return Lengths(tokens, tokens + TEXT_TOKENS, target)


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


def is_blind(settings: StageConfig) -> bool:
    """Whether nothing is learned by the vision tower."""
    return settings.freeze_vision or (settings.lora is not None and not settings.lora.vision)
