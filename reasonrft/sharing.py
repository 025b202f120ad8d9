"""sharing: a prompt is read once, however many answers it has.

In GRPO a group of answers has one prompt, which is the longer part of most rows: its pictures, then its text.
TRL has the model read it anew for each answer, to write them, to score them by the first model, and to learn
from them. Here it is read once in each of these passes, and its answers go on from what attention keeps of it
(a cache, through which gradients flow). The sums are the same, but for their order.

Nor are answers padded to the longest one: those that have ended leave the batch while others are written,
and a batch that is scored is divided by length.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.generation import (
    LogitsProcessorList,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from reasonrft.encoding import IGNORED
from reasonrft.job import TrainingError, gentler

PARTS: Final = 4  # of a batch, by length
SMALLEST: Final = 16  # rows of such a part: fewer leave a processor idle
CROWDED: Final = 0.75  # share of rows still written below which the others leave the batch
LOOK_EVERY: Final = 8  # tokens: to look whether a row has ended is to wait for a GPU
ATTENTION: Final = ("sdpa", "eager")  # implementations that go on from a padded cache


@dataclass(frozen=True)
class Prompts:
    """Different prompts, padded on the left, and their pictures."""

    tokens: Any
    mask: Any
    kinds: Any
    pixels: Any
    grids: Any

    def read(self, model: Any) -> "Readings":
        """Have a model read all but the last token, from which its answers go on."""
        positions, shifts = positions_module(model).get_rope_index(
            self.tokens[:, :-1],
            mm_token_type_ids=self.kinds[:, :-1],
            image_grid_thw=self.grids,
            attention_mask=self.mask[:, :-1],
        )
        cache = DynamicCache()
        model(
            input_ids=self.tokens[:, :-1],
            attention_mask=self.mask[:, :-1],
            position_ids=positions,
            pixel_values=self.pixels,
            image_grid_thw=self.grids,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return Readings(cache, shifts)


@dataclass(frozen=True)
class Readings:
    """What a model keeps of prompts that it has read."""

    cache: Any
    shifts: Any  # what positions are ahead of the number of tokens: pictures have fewer

    def of(self, places: Any) -> "Readings":
        """Those at some places, any of them several times."""
        cache = DynamicCache()
        for number, layer in enumerate(self.cache.layers):
            keys, values = (one.index_select(0, places) for one in (layer.keys, layer.values))
            cache.update(keys, values, number)
        return Readings(cache, self.shifts[places])

    def positions(self, mask: Any, count: int) -> Any:
        """The positions of the last tokens of rows with this mask."""
        return (mask.cumsum(-1)[:, -count:] - 1 + self.shifts).expand(3, -1, -1)


def positions_module(model: Any) -> Any:
    """The part of a model that gives tokens their positions; None where it is not as Qwen's."""
    return next((part for part in model.modules() if hasattr(part, "get_rope_index")), None)


def can_share(model: Any) -> bool:
    """Whether a model's way with positions and attention is one that is known to go on from a prompt."""
    text = model.config.get_text_config()
    return (
        positions_module(model) is not None
        and text._attn_implementation in ATTENTION
        and not getattr(text, "use_sliding_window", False)
    )


def chooser(
    temperature: float, top_k: int, top_p: float, banned: Sequence[int]
) -> Callable[[Any], Any]:
    """What draws the next tokens from logits, but for some that are never drawn."""
    warpers = LogitsProcessorList()
    if temperature != 1:
        warpers.append(TemperatureLogitsWarper(temperature))
    if top_k > 0:
        warpers.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        warpers.append(TopPLogitsWarper(top_p))

    def choose(logits: Any) -> Any:
        allowed = logits.float()
        allowed[:, list(banned)] = -torch.inf
        shares = warpers(None, allowed).softmax(-1)
        return torch.multinomial(shares, 1).squeeze(1)

    return choose


def write(
    model: Any,
    prompts: Prompts,
    group: int,
    most: int,
    ends: Any,
    choose: Callable[[Any], Any],
) -> list[list[int]]:
    """Have a model write a group of answers to each prompt, each up to the token that ends it.

    Args:
        model: The model.
        prompts: The prompts.
        group: Answers to each.
        most: Tokens of an answer at most.
        ends: The tokens that end one.
        choose: Draws the next tokens.

    Raises:
        TrainingError: the model gives no token a share.
    """
    device = prompts.tokens.device
    source = torch.arange(len(prompts.tokens), device=device).repeat_interleave(group)
    readings, mask = prompts.read(model).of(source), prompts.mask[source]
    last = prompts.tokens[source, -1]
    rows = torch.arange(len(source), device=device)
    is_open = torch.ones_like(rows, dtype=torch.bool)
    written = last.new_zeros(len(source), most)
    look_every = 1 if device.type == "cpu" else LOOK_EVERY
    for place in range(most):
        if place and place % look_every == 0:
            left = int(is_open.sum())
            if not left:
                break
            if left <= CROWDED * len(rows):
                kept = is_open.nonzero().squeeze(1)
                readings, mask, last, rows = readings.of(kept), mask[kept], last[kept], rows[kept]
                is_open = is_open[kept]
        output = model(
            input_ids=last[:, None],
            attention_mask=mask,
            position_ids=readings.positions(mask, 1),
            past_key_values=readings.cache,
            use_cache=True,
        )
        # On a GPU drawing would not say why it fails.
        if place == 0 and output.logits.isnan().any():
            raise TrainingError(f"grpo is spoilt, no word has a number any more; {gentler('grpo')}")
        last = choose(output.logits[:, -1])
        written[rows, place] = last
        is_open &= ~torch.isin(last, ends)
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
    return _cut(written[:, : place + 1], ends)


def _cut(written: Any, ends: Any) -> list[list[int]]:
    """Answers without what stands after the token that ends them."""
    is_end = torch.isin(written, ends)
    before = is_end.cumsum(1) - is_end.long()
    lengths = (before == 0).sum(1).tolist()
    return [row[:length] for row, length in zip(written.tolist(), lengths, strict=True)]


def score(
    model: Any, prompts: Prompts, source: Any, rows: Any, mask: Any, *, with_entropy: bool
) -> tuple[Any, Any]:
    """The log-probabilities of the tokens of answers, and the entropies where they are wanted.

    Args:
        model: The model, with the head that TRL gives it.
        prompts: Different prompts.
        source: Which of them each row goes on from.
        rows: Prompts with their answers.
        mask: Which tokens of the rows count.
        with_entropy: Whether entropies are wanted.
    """
    length = prompts.tokens.shape[1]
    readings = prompts.read(model)
    lengths = mask[:, length:].sum(1)
    logps, entropies, order = [], [], []
    for part, longest in parts(lengths):
        end = length + max(longest, 1)
        tokens, seen = rows[part, length - 1 : end], mask[part, :end]
        own = readings.of(source[part])
        labels = tokens.masked_fill(seen[:, length - 1 :] == 0, IGNORED)
        output = model(
            input_ids=tokens,
            attention_mask=seen,
            position_ids=own.positions(seen, tokens.shape[1]),
            past_key_values=own.cache,
            labels=labels,
            fused_lm_head=True,
        )
        filler = (0, rows.shape[1] - end)
        logps.append(torch.nn.functional.pad(output.log_probs, filler))
        if with_entropy:
            entropies.append(torch.nn.functional.pad(output.entropy, filler))
        order.append(part)
    back = torch.cat(order).argsort()
    return torch.cat(logps)[back], torch.cat(entropies)[back] if with_entropy else None


def parts(lengths: Any) -> Iterator[tuple[Any, int]]:
    """The rows of a batch in parts of alike lengths, each with its longest length."""
    count = min(PARTS, max(1, len(lengths) // SMALLEST))
    ordered = lengths.argsort(stable=True)
    for part in ordered.tensor_split(count):
        yield part, int(lengths[part[-1]])


class SharedPrompts:
    """Goes before GRPOTrainer among the bases: where it can be, each prompt is read once a pass."""

    model: Any
    model_wrapped: Any
    args: Any
    accelerator: Any
    processing_class: Any
    generation_kwargs: Mapping[str, Any]
    eos_token_ids: Sequence[int]
    use_vllm: bool
    num_generations: int
    _question: Any  # which prompt of the block each row has

    def _shares(self, fields: Mapping[str, Any]) -> bool:
        # Over several GPUs a model may not be called twice before it learns.
        return (
            self.accelerator.distributed_type == "NO"
            and {"pixel_values", "image_grid_thw", "mm_token_type_ids"} <= fields.keys()
            and fields["pixel_values"] is not None
            and can_share(self.accelerator.unwrap_model(self.model))
        )

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        device = self.accelerator.device
        self._question = torch.arange(len(inputs), device=device) // self.num_generations
        scored = super()._generate_and_score_completions(inputs)  # type: ignore[misc]
        return {**scored, "question": self._question}

    def _compute_loss(self, model: Any, inputs: Mapping[str, Any]) -> Any:
        self._question = inputs["question"]
        return super()._compute_loss(model, inputs)  # type: ignore[misc]

    def _generate_single_turn(
        self,
        prompt_ids: Sequence[Sequence[int]],
        images: Any,
        multimodal_fields: Mapping[str, Any],
        num_generations: int,
        **others: Any,
    ) -> Any:
        if self.use_vllm or not self._shares(multimodal_fields):
            return super()._generate_single_turn(  # type: ignore[misc]
                prompt_ids, images, multimodal_fields, num_generations, **others
            )
        from trl.models.utils import unwrap_model_for_generation

        device = self.accelerator.device
        firsts = range(0, len(prompt_ids), num_generations)
        kinds = multimodal_fields["mm_token_type_ids"]
        chosen = [prompt_ids[place] for place in firsts]
        pixels, grids = _pictures(multimodal_fields, [len(some or ()) for some in images], firsts)
        pad = self.processing_class.tokenizer.pad_token_id
        prompts = Prompts(
            _padded(chosen, pad).to(device),
            _padded([[1] * len(one) for one in chosen], 0).to(device),
            _padded([kinds[place] for place in firsts], 0).to(device),
            pixels.to(device),
            grids.to(device),
        )
        args = self.args
        banned = self.generation_kwargs["suppress_tokens"]
        choose = chooser(args.temperature, args.top_k, args.top_p, banned)
        ends = torch.tensor(self.eos_token_ids, device=device)
        with (
            unwrap_model_for_generation(
                self.model_wrapped,
                self.accelerator,
                gradient_checkpointing_kwargs=args.gradient_checkpointing_kwargs,
            ) as model,
            torch.no_grad(),
        ):
            most = args.max_completion_length
            return write(model, prompts, num_generations, most, ends, choose), None

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: Any,
        attention_mask: Any,
        logits_to_keep: int,
        *,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        **fields: Any,
    ) -> Any:
        # What is not kept but computed anew has no cache.
        recomputes = self.accelerator.unwrap_model(model).is_gradient_checkpointing
        if (recomputes and torch.is_grad_enabled()) or not self._shares(fields):
            return super()._get_per_token_logps_and_entropies(  # type: ignore[misc]
                model,
                input_ids,
                attention_mask,
                logits_to_keep,
                batch_size=batch_size,
                compute_entropy=compute_entropy,
                **fields,
            )
        length = input_ids.shape[1] - logits_to_keep
        found = []
        for part in torch.arange(len(input_ids)).split(batch_size or len(input_ids)):
            firsts, source = _different(self._question[part].tolist(), int(part[0]))
            pixels, grids = _pictures(fields, fields["num_images"], firsts)
            prompts = Prompts(
                input_ids[firsts, :length],
                attention_mask[firsts, :length],
                fields["mm_token_type_ids"][firsts, :length],
                pixels,
                grids,
            )
            with self.accelerator.autocast():
                found.append(
                    score(
                        model,
                        prompts,
                        torch.tensor(source, device=input_ids.device),
                        input_ids[part],
                        attention_mask[part],
                        with_entropy=compute_entropy,
                    )
                )
        logps, entropies = zip(*found, strict=True)
        return torch.cat(logps), torch.cat(entropies) if compute_entropy else None, None


def _different(questions: Sequence[int], start: int) -> tuple[list[int], list[int]]:
    """The first row of each question, counted from `start`, and which of these each row has."""
    firsts: dict[int, int] = {}
    for row, question in enumerate(questions, start):
        firsts.setdefault(question, row)
    numbers = {question: number for number, question in enumerate(firsts)}
    return list(firsts.values()), [numbers[question] for question in questions]


def _pictures(
    fields: Mapping[str, Any], counts: Sequence[int], rows: Sequence[int]
) -> tuple[Any, Any]:
    """The pixels and the grids of the pictures of some rows."""
    grids = torch.split(fields["image_grid_thw"], list(counts))
    patches = [int(grid.prod(dim=1).sum()) for grid in grids]
    pixels = torch.split(fields["pixel_values"], patches)
    return torch.cat([pixels[row] for row in rows]), torch.cat([grids[row] for row in rows])


def _padded(rows: Sequence[Sequence[int]], filler: int) -> Any:
    """Rows of unequal length as one tensor, filled up on the left."""
    longest = max(map(len, rows))
    return torch.tensor([[*[filler] * (longest - len(row)), *row] for row in rows])
