"""amounts: how many rows, tokens and steps has a stage, and what of the model does it change?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reasonrft.accelerating import processes_of
from reasonrft.config import RunConfig, Stage, StageConfig
from reasonrft.shapes import Shape


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a family's rows are, in tokens of usual vocabularies."""

    pictures: int  # their number
    text: int  # of a prompt besides its pictures, the chat's frame with it
    thought: int  # with the answer
    answer: int


# 230 to 255 characters in a prompt of counting; in a thought 330 to 660, 510 on average, labels and
# verdicts in brackets among them.
USUAL_EXTENT: Final = Extent(pictures=1, text=90, thought=165, answer=12)
EXTENTS: Final[Mapping[str, Extent]] = {
    # 220 to 300 characters in a prompt, 225 to 535 in a thought; signs and points' names make short tokens.
    "geometry": Extent(pictures=1, text=95, thought=150, answer=12),
    # 1,290 to 1,580 characters in a prompt, a third of them in lists of attributes; 550 to 850 in a thought.
    "transformation": Extent(pictures=2, text=480, thought=220, answer=40),
}
BORDERS: Final = 2  # tokens around a picture
# Share of `max_tokens` that answers have while training, the longest of a batch.
WRITTEN: Final = 0.5


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
    extent = EXTENTS.get(family, USUAL_EXTENT)
    tokens = extent.pictures * (shape.eye.tokens(*size) + BORDERS)
    bare = 1.0 if config.recipe == "ans-sft" else config.sft.bare
    target = round(bare * extent.answer + (1.0 - bare) * extent.thought)
    return Lengths(tokens, tokens + extent.text, target)


def rows_at_once(config: RunConfig, stage: Stage) -> int:
    """Rows that go through the model together on one GPU."""
    if stage == "sft":
        return config.sft.batch_size
    return config.grpo.prompts * config.grpo.group


def questions_a_step(config: RunConfig, stage: Stage) -> int:
    """Rows of the dataset in a step, on all GPUs."""
    one = config.sft.batch_size if stage == "sft" else config.grpo.prompts
    return one * config.of_stage(stage).accumulate * processes_of(config, stage)


def steps_of(config: RunConfig, stage: Stage, rows: int) -> int:
    """How many steps a stage has."""
    return config.of_stage(stage).steps_for(rows, questions_a_step(config, stage))


def trained_parameters(config: RunConfig, stage: Stage, shape: Shape) -> int:
    """How many parameters a stage changes."""
    settings = config.of_stage(stage)
    if settings.lora is not None:
        eyes = shape.vision.linear if settings.lora.vision else 0
        return settings.lora.rank * (shape.text.linear + eyes)
    return shape.parameters - (shape.vision_parameters if settings.freeze_vision else 0)


def is_blind(settings: StageConfig) -> bool:
    """Whether nothing is learned by the vision tower."""
    return settings.freeze_vision or (settings.lora is not None and not settings.lora.vision)
