"""sft: stage 1: a model learns to write what is shown to it, prompts and pictures given.

transformers' Trainer with a collator of our own: TRL's SFTTrainer does the same sums on vision rows and
takes half as long again (its collator renders, tokenizes and pads prompts and targets apart).
"""

from collections.abc import Sequence
from random import Random
from typing import Any, Final

import torch
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments, set_seed

from builders.progress import WorkProgress
from builders.sample import Sample
from reasonrft.course import run
from reasonrft.encoding import IGNORED, Encoder
from reasonrft.job import Job, TrainingError, Watch
from reasonrft.order import by_length
from reasonrft.portions import style_of
from reasonrft.prompt import Prompt, Style, make_prompt, make_target
from reasonrft.told import Told
from reasonrft.training import (
    WholeWeights,
    arguments,
    load,
    prepare,
    processor_of,
    with_adapters,
)

NAMES: Final = {
    "loss": "loss",
    "learning_rate": "learning_rate",
    "grad_norm": "grad_norm",
    "num_input_tokens_seen": "tokens",
}


class Examples(Dataset[tuple[Prompt, str]]):  # type: ignore[misc]  # torch is not followed
    """Prompts and their targets, made as they are asked for."""

    def __init__(self, rows: Sequence[Sample], style: Style, bare: float) -> None:
        """Take the rows, and the share of them whose thoughts are left empty."""
        self._rows, self._style, self._bare = rows, style, bare

    def __len__(self) -> int:
        """How many there are."""
        return len(self._rows)

    def __getitem__(self, place: int) -> tuple[Prompt, str]:
        """A prompt and what a perfect model writes."""
        sample = self._rows[place]
        is_bare = Random(f"bare/{sample.id}").random() < self._bare
        return make_prompt(sample, self._style), make_target(sample, self._style, is_bare=is_bare)


class SftTrainer(WholeWeights, Trainer):  # type: ignore[misc]  # transformers is not followed
    """transformers' trainer with an order of ours, in which the whole run is one epoch."""

    def __init__(self, order: Sequence[int], **settings: Any) -> None:
        """Take the order of the rows of all steps."""
        self._order = order
        super().__init__(compute_loss_func=loss_of_targets, **settings)

    def _get_train_sampler(self, *_: Any) -> Sequence[int]:
        return self._order


def train_sft(job: Job, watch: Watch) -> None:
    """Run the stage, or go on with it.

    Raises:
        TrainingError: the rows do not fit.
        ModelError: the model does not load.
        StoppedByAlarm: an alarm ended it.
    """
    prepare(job)
    settings = job.config.sft
    examples = Examples(job.rows, style_of(job.config.recipe), settings.bare)
    lengths = lengths_of(examples, Encoder(processor_of(job)), settings.max_length)
    # Only to know how many processes there are.
    plan = TrainingArguments(**arguments(job, settings, 1, 1))
    rows_a_step = settings.batch_size * settings.accumulate * plan.world_size
    steps = settings.steps_for(len(examples), rows_a_step)
    args = TrainingArguments(
        **arguments(job, settings, steps, settings.save_every),
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        include_num_input_tokens_seen="non_padding",
        dataloader_num_workers=0 if plan.use_cpu else 2,
    )
    set_seed(job.config.seed)  # of new adapters
    loaded = load(job, settings)
    order = by_length(lengths, steps * rows_a_step, settings.batch_size, job.config.seed)
    told = Told(job, watch, NAMES, rows_a_step)
    model = with_adapters(loaded.model, settings.lora)
    if settings.lora and settings.gradient_checkpointing:
        model.enable_input_require_grads()
    trainer = SftTrainer(
        order,
        model=model,
        args=args,
        train_dataset=examples,
        data_collator=Batches(Encoder(loaded.processor)),
        callbacks=[told],
    )
    run(job, trainer, told, loaded)


class Batches:
    """Makes a batch of examples; only the end of the rows, where some target is, gets logits."""

    def __init__(self, encoder: Encoder) -> None:
        """Take an encoder."""
        self._encoder = encoder

    def __call__(self, rows: Sequence[tuple[Prompt, str]]) -> dict[str, Any]:
        """A batch."""
        batch = self._encoder.batch(rows)
        bearing = (batch["labels"] != IGNORED).any(dim=0)
        first = int(bearing.int().argmax())
        return {**batch, "logits_to_keep": bearing.numel() - first + 1, "use_cache": False}


def loss_of_targets(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """The mean loss of the tokens of all targets of a step."""
    logits = outputs.logits[:, :-1].float()
    wanted = labels[:, -logits.shape[1] :].to(logits.device)
    total = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    count = (wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
    return total / count


def lengths_of(examples: Examples, encoder: Encoder, most: int) -> list[int]:
    """How many tokens each row has.

    Raises:
        TrainingError: some have too many, or there are no rows.
    """
    if not len(examples):
        raise TrainingError("there are no rows to learn from")
    lengths = []
    with WorkProgress("measuring rows") as progress:
        progress.start(len(examples), 0)
        for prompt, target in (examples[place] for place in range(len(examples))):
            lengths.append(encoder.length(prompt, target))
            progress.advance(1)
    if too_long := sum(length > most for length in lengths):
        raise TrainingError(
            f"{too_long} of {len(lengths)} rows have more than sft.max_length = {most} tokens, the longest "
            f"{max(lengths)}; raise it, or reduce the pictures (model.max_pixels)"
        )
    return lengths
