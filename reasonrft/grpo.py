"""grpo: stage 2: a model writes several answers to a question, and those that earn more become likelier.

TRL's GRPOTrainer, with the reward that evaluation's grader gives. Each answer is graded once, and both parts
of its reward are logged apart. A block is what one round of writing answers takes: the questions of a step.
"""

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from torch.utils.data import Dataset, Sampler
from transformers import BatchFeature
from trl import GRPOConfig, GRPOTrainer

from builders.parse import parse_json
from builders.sample import Sample
from evaluators import AnyAnswer, Status, Verdict, answer_from_json, grade
from reasonrft import rollouts
from reasonrft.backends.hf import end_of, ends_of, text_of
from reasonrft.config import GrpoConfig
from reasonrft.course import run
from reasonrft.difficulty import ranks_of
from reasonrft.encoding import Encoder, banned_tokens, process_once
from reasonrft.job import Job, TrainingError, Watch
from reasonrft.order import Draw
from reasonrft.pictures import in_rgb
from reasonrft.portions import style_of
from reasonrft.prompt import Style, make_prompt
from reasonrft.reward import RewardWeights, reward_parts
from reasonrft.sharing import SharedPrompts
from reasonrft.told import Told
from reasonrft.training import WholeWeights, adapters, arguments, hub_of, load, prepare

QUESTIONS: Final = "questions.json"  # in a checkpoint: where the draw stands
SILENT: Final = 1e-6  # a spread of rewards that is none
NAMES: Final = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "grad_norm",
    "num_tokens": "tokens",
    "entropy": "entropy",
    "reward": "reward",
    "rewards/accuracy/mean": "reward_accuracy",
    "rewards/format/mean": "reward_format",
    "reward_spread": "reward_spread",
    "correct": "correct",
    "well_formed": "well_formed",
    "silent": "silent",
    "kl": "kl",
    "clip_ratio/region_mean": "clipped",
    "completions/mean_length": "length",
    "completions/max_length": "length_longest",
    "completions/clipped_ratio": "truncated",
    "sampling/sampling_logp_difference/mean": "logp_gap",
}


class Questions(Dataset[dict[str, Any]]):  # type: ignore[misc]  # torch is not followed
    """Questions as TRL takes them, made as they are asked for; those of the last blocks are kept."""

    def __init__(self, rows: Sequence[Sample], style: Style, kept: int) -> None:
        """Take the rows, and how many questions to keep: the answers of a group ask for the same one."""
        self._rows, self._style, self._kept = rows, style, kept
        self._made: dict[int, dict[str, Any]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        """The chat, the pictures, and the gold as JSON."""
        if place not in self._made:
            sample = self._rows[place]
            prompt = make_prompt(sample, self._style)
            self._made[place] = {
                "prompt": prompt.messages(),
                "images": [in_rgb(png) for png in prompt.images],
                "gold": sample.gold,
            }
            while len(self._made) > self._kept:
                del self._made[next(iter(self._made))]
        return dict(self._made[place])


class Asked(Sampler[int]):  # type: ignore[misc]  # torch is not followed
    """The questions of all blocks, each for every answer of its group, each block as often as TRL reads it."""

    def __init__(self, draw: Draw, blocks: int, group: int, repeats: int) -> None:
        """Take what draws the blocks."""
        self._draw, self._blocks, self._group, self._repeats = draw, blocks, group, repeats

    def __len__(self) -> int:
        """How many answers are asked for, counting what is read again."""
        return self._blocks * self._draw.size * self._group * self._repeats

    def __iter__(self) -> Iterator[int]:
        """One question after the other."""
        for number in range(self._blocks):
            for _ in range(self._repeats):
                for question in self._draw.block(number):
                    yield from [question] * self._group


class Graded:
    """The two parts of the reward as TRL takes them, from one verdict on each answer."""

    def __init__(self, encoder: Encoder, ends: Sequence[int], weights: RewardWeights) -> None:
        """Take what reads an answer's tokens, and what ends it."""
        self._tokenizer = encoder.tokenizer
        self._ends = frozenset(ends)
        self._weights = weights
        self._last: tuple[Any, list[Verdict]] = (None, [])

    def accuracy(
        self,
        completion_ids: Sequence[Sequence[int]],
        gold: Sequence[str],
        log_metric: Any,
        **_: Any,
    ) -> list[float]:
        """The part for the answer."""
        verdicts = self.verdicts(completion_ids, gold)
        correct = [verdict.status is Status.CORRECT for verdict in verdicts]
        log_metric("correct", sum(correct) / len(verdicts))
        log_metric("well_formed", sum(verdict.well_formed for verdict in verdicts) / len(verdicts))
        return [reward_parts(verdict, self._weights).accuracy for verdict in verdicts]

    def format(
        self, completion_ids: Sequence[Sequence[int]], gold: Sequence[str], **_: Any
    ) -> list[float]:
        """The part for the layout."""
        verdicts = self.verdicts(completion_ids, gold)
        return [reward_parts(verdict, self._weights).format for verdict in verdicts]

    def verdicts(
        self, completion_ids: Sequence[Sequence[int]], gold: Sequence[str]
    ) -> list[Verdict]:
        """The verdicts on some answers; asked a second time for the same ones, they are there."""
        if self._last[0] is not completion_ids:
            graded = [
                grade(self.text(tokens), gold_from(json_text))
                for tokens, json_text in zip(completion_ids, gold, strict=True)
            ]
            self._last = (completion_ids, graded)
        return self._last[1]

    def text(self, tokens: Sequence[int]) -> str:
        """An answer up to the first token that ends one, as evaluation reads it."""
        return text_of(self._tokenizer, tokens[: end_of(tokens, self._ends)])


def gold_from(text: str) -> AnyAnswer:
    """The gold of a row, which travels as JSON."""
    return answer_from_json(json.loads(text))


def train_grpo(job: Job, watch: Watch) -> None:
    """Run the stage, or go on with it.

    Raises:
        TrainingError: the rows do not fit.
        ModelError: the model does not load.
        StoppedByAlarm: an alarm ended it.
    """
    prepare(job)
    settings = job.config.grpo
    size = settings.prompts * settings.accumulate * _processes(job)
    steps = _steps(job, size)
    blocks = math.ceil(steps / settings.iterations)
    ranks = ranks_of(job) if settings.curriculum else None
    seed, skip = job.config.seed, settings.skip_silent
    draw = Draw(len(job.rows), size, seed, ranks, blocks, skip_silent=skip)
    args = GRPOConfig(**_arguments(job, steps))
    loaded = load(job, settings)
    process_once(loaded.processor.image_processor)
    encoder = Encoder(loaded.processor)
    banned = banned_tokens(loaded.processor, loaded.model.config)
    if settings.rollout.engine == "hf":
        args.generation_kwargs = {"suppress_tokens": banned}
    graded = Graded(encoder, _ends(loaded), settings.reward.weights())
    told = Told(job, watch, NAMES, size / settings.iterations, lambda folder: _keep(folder, draw))
    trainer = trainer_class(settings)(
        draw=draw,
        blocks=blocks,
        questions=Questions(job.rows, style_of(job.config.recipe), 2 * size),
        encoder=encoder,
        model=loaded.model,
        args=args,
        reward_funcs=[graded.accuracy, graded.format],
        processing_class=loaded.processor,
        callbacks=[told],
        peft_config=adapters(loaded.model, settings.lora) if settings.lora else None,
    )
    # What is learned from has the probabilities that it was drawn with.
    rollouts.forbid([trainer.model, trainer.ref_model], banned, trainer.accelerator)
    run(job, trainer, told, loaded, lambda folder: _restore(folder, draw))


def _processes(job: Job) -> int:
    """How many processes train together."""
    from accelerate import PartialState

    return int(PartialState(cpu=job.config.hardware.gpus == 0).num_processes)


def _steps(job: Job, size: int) -> int:
    """How many steps it takes; TrainingError where the rows are not enough for one."""
    settings = job.config.grpo
    if len(job.rows) < size:
        raise TrainingError(
            f"a step asks {size} different questions (prompts × accumulate × GPUs), and there are "
            f"{len(job.rows)}"
        )
    return settings.steps_for(len(job.rows), size)


def _arguments(job: Job, steps: int) -> dict[str, Any]:
    """What TRL's settings are made of."""
    settings = job.config.grpo
    # A point within a block would need the answers of the block too.
    save_every = math.ceil(settings.save_every / settings.iterations) * settings.iterations
    return {
        **arguments(job, settings, steps, save_every),
        "learning_rate": settings.learning_rate,
        "per_device_train_batch_size": settings.prompts * settings.group,
        "gradient_accumulation_steps": settings.accumulate,
        "num_generations": settings.group,
        "num_iterations": settings.iterations,
        "max_completion_length": settings.max_tokens,
        "mask_truncated_completions": settings.mask_truncated,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "top_k": settings.top_k,
        "beta": settings.beta,
        "epsilon": settings.epsilon,
        "epsilon_high": settings.epsilon_high,
        "loss_type": settings.loss,
        "scale_rewards": settings.scale,
        "log_completions": False,
        "model_init_kwargs": {"revision": hub_of(job)["revision"]},  # of the model to compare with
        "trust_remote_code": job.config.model.trust_remote_code,
        **rollouts.vllm_arguments(job.config),
    }


def trainer_class(settings: GrpoConfig) -> Any:
    """The trainer for an engine that writes the answers."""
    if settings.rollout.engine == "hf":
        return Trainer
    return rollouts.trainer_class(Trainer)


def _ends(loaded: Any) -> list[int]:
    """The tokens that end an answer, as in evaluation."""
    return sorted(ends_of(loaded.model.generation_config, loaded.processor.tokenizer))


class Trainer(WholeWeights, SharedPrompts, GRPOTrainer):  # type: ignore[misc]  # trl is not followed
    """TRL's trainer with our questions in our order, whose whole run is one epoch."""

    def __init__(
        self, *, draw: Draw, blocks: int, questions: Questions, encoder: Encoder, **settings: Any
    ) -> None:
        """Take the questions, and what draws them."""
        self._draw, self._blocks, self._encoder = draw, blocks, encoder
        # TRL takes datasets of its own kind, which hold their pictures; torch takes any.
        super().__init__(train_dataset=_none_of_trl(), **settings)
        self.train_dataset = questions

    def _get_train_sampler(self, *_: Any) -> Asked:
        repeats = self.num_iterations * self.args.steps_per_generation
        return Asked(self._draw, self._blocks, self.num_generations, repeats)

    def _tokenize_prompts(self, prompts: list[Any]) -> tuple[Any, Any, dict[str, Any]]:
        """The prompts as evaluation has them, to the token."""
        images = [
            [part["image"] for part in message["content"] if part["type"] == "image"]
            for (message,) in prompts
        ]
        texts = self._encoder.processor.apply_chat_template(
            prompts, tokenize=False, add_generation_prompt=True
        )
        found: BatchFeature = self._encoder.encode(texts, images)
        fields = {
            name: value
            for name, value in found.items()
            if name not in ("input_ids", "attention_mask")
        }
        return found["input_ids"], images if any(images) else None, fields

    def _calculate_rewards(self, *args: Any, **others: Any) -> Any:
        """The rewards of all processes; which groups had no signal is told to what draws questions."""
        rewards = super()._calculate_rewards(*args, **others)
        spread = rewards.sum(dim=1).view(-1, self.num_generations).std(dim=1)
        silent = (spread < SILENT).tolist()
        self._metrics["train"]["silent"].append(sum(silent) / len(silent))
        self._metrics["train"]["reward_spread"].append(spread.mean().item())
        self._draw.graded(self.state.global_step // self.num_iterations, silent)
        return rewards

    def create_model_card(self, *args: Any, **others: Any) -> None:
        """None: a checkpoint is no model to publish."""

    def _send_telemetry(self) -> None:
        """None: who trains what is nobody's business."""


def _none_of_trl() -> Any:
    from datasets import Dataset as Rows

    return Rows.from_dict({"prompt": [""]})


def _keep(folder: Path, draw: Draw) -> None:
    (folder / QUESTIONS).write_text(json.dumps(draw.state()))


def _restore(folder: Path, draw: Draw) -> None:
    draw.restore(parse_json((folder / QUESTIONS).read_text()))
