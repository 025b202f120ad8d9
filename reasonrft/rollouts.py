"""rollouts: vLLM beside a trainer: both give an answer the same probability, or the run stops.

TRL hands vLLM prompts whose image placeholders are expanded already, and vLLM expands them once more (TRL's
issue 6294): the answers are then written to other prompts than the trainer scores, and nothing says so. Here
the placeholders are folded before vLLM sees them, and what it made of a prompt is compared with what the
trainer has, each time. Nor does TRL tell vLLM, with new weights, to look at pictures anew that it has seen
with old ones; that is done here. The first whole answers are compared in their log-probabilities too, which shows
weights, a precision or a processor that differ.
"""

import hashlib
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final

from builders.extras import install
from reasonrft.accelerating import serve_command
from reasonrft.backend import one_line
from reasonrft.backends._vllm_process import prepare_engine
from reasonrft.backends.vllm import MOST_IMAGES
from reasonrft.config import RunConfig
from reasonrft.encoding import banned_tokens
from reasonrft.pixels import size_limits
from reasonrft.vllm_writers import Engine, Generation, RolloutError, Server

# The lowest bias of a logit that vLLM's server takes; e⁻¹⁰⁰ is no probability in fp32.
BAN: Final = -100.0
# How far the mean log-probability of a token may differ. In fp32 only the order of sums differs: 1e-6 is
# usual on a processor, while a GPU's kernels round products to 10 bits. bf16 has 8 bits, so that a logit of
# 10 to 20 is known to ±0.03, and two engines differ by 0.01 to 0.03. A fault shows as 0.1 to several.
TOLERANCE: Final[Mapping[tuple[str, str], float]] = {
    ("float32", "cpu"): 1e-4,
    ("float32", "cuda"): 1e-2,
    ("float16", "cuda"): 5e-2,
}
ROUGH: Final = 0.1  # bf16, and what is not in the table


def vllm_arguments(config: RunConfig) -> dict[str, Any]:
    """What a GRPOConfig is told of the rollouts."""
    rollout = config.grpo.rollout
    if rollout.engine == "hf":
        return {"use_vllm": False}
    # Without the correction the trainer would not score the answers before it learns from them.
    common = {
        "use_vllm": True,
        "vllm_mode": rollout.engine,
        "vllm_importance_sampling_correction": True,
    }
    if rollout.engine == "server":
        return common | {"vllm_server_base_url": rollout.server}
    return common | {
        "vllm_gpu_memory_utilization": rollout.gpu_memory,
        "vllm_tensor_parallel_size": rollout.tensor_parallel,
        "vllm_max_model_length": config.sft.max_length + config.grpo.max_tokens,
    }


def picture_limits(processor: Any) -> dict[str, int]:
    """The fewest and the most pixels of a picture, for a processor that has such limits."""
    return size_limits(getattr(processor.image_processor, "size", None))


def trainer_class(base: type[Any]) -> type[Any]:
    """A GRPOTrainer whose vLLM writes what it scores."""
    return type("AgreedTrainer", (AgreedRollouts, base), {})


class AgreedRollouts:
    """Goes before GRPOTrainer among the bases of a trainer whose arguments say `use_vllm`."""

    use_vllm: bool
    model: Any
    ref_model: Any
    args: Any
    accelerator: Any
    processing_class: Any
    state: Any
    vllm_generation: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make trainer and engine; RolloutError where there is no vLLM, or no server that answers."""
        if find_spec("vllm") is None:
            raise RolloutError(f"rollouts by vLLM need it: {install('vllm')}")
        from requests import ConnectionError as Unreachable

        self._agreed = False
        # The last step that answers were asked for at, and how many times before.
        self._asked: tuple[int, int] = (-1, 0)
        try:
            with _engine_for(self):
                super().__init__(*args, **kwargs)
        except (Unreachable, RuntimeError) as problem:
            if "vLLM" not in str(problem):
                raise
            raise RolloutError(self._told(problem)) from problem
        if self.use_vllm:
            self._take_over(self.vllm_generation)

    def _told(self, problem: Exception) -> str:
        if self.args.vllm_mode != "server":
            return one_line(problem)
        url = self.args.vllm_server_base_url or "http://localhost:8000"
        command = serve_command(
            self.model.name_or_path, url, self.precision(), picture_limits(self.processing_class)
        )
        return f"{one_line(problem)} It is started so: {shlex.join(command)}"

    def _take_over(self, generation: Any) -> None:
        banned = banned_tokens(self.processing_class, self.model.config)
        own = generation.generation_kwargs
        bias = {**own.get("logit_bias", {}), **dict.fromkeys(banned, BAN)}
        generation.generation_kwargs = {**own, "logit_bias": bias}
        if generation.mode == "server" and self.accelerator.is_main_process:
            generation.vllm_client = Server(generation.vllm_client, self)
        self.vllm_generation = Generation(generation)
        forbid([self.model, self.ref_model], banned, self.accelerator)

    def precision(self) -> str:
        """In which the trainer computes, and vLLM has to."""
        if self.args.bf16 or self.args.fp16:
            return "bfloat16" if self.args.bf16 else "float16"
        return str(self.model.dtype).removeprefix("torch.")

    def seeds(self, count: int, *parts: int) -> list[int]:
        """A seed for each answer that is asked for now, whatever else is asked for."""
        step = self.state.global_step
        times = self._asked[1] + 1 if self._asked[0] == step else 0
        self._asked = step, times
        name = "/".join(map(str, (self.args.seed, step, times, *parts)))
        return [_seed(f"{name}/{place}") for place in range(count)]

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        scored = super()._generate_and_score_completions(inputs)  # type: ignore[misc]
        if self.use_vllm and not self._agreed:
            self._agreed = self._compare(scored)
        return scored

    def _compare(self, scored: Mapping[str, Any]) -> bool:
        """Whether there were answers to compare: those that are cut are not scored with `mask_truncated`."""
        import torch

        counted = scored["completion_mask"].bool()
        ours, theirs = scored["old_per_token_logps"], scored["sampling_per_token_logps"]
        gaps = (ours - theirs).abs()[counted].double()
        unknown = gaps.isnan()
        known = gaps[~unknown]
        sums = torch.stack([known.sum(), (~unknown).sum(), unknown.sum()]).double()
        highest = known.max() if len(known) else known.new_zeros(())
        total, count, lost = self.accelerator.gather(sums[None]).sum(0).tolist()
        most = self.accelerator.gather(highest[None]).max().item()
        if lost:
            raise RolloutError(
                f"{lost:g} of {count + lost:g} log-probabilities of vLLM or the trainer are not numbers:"
                f" weights that overflow in {self.precision()}, or did not reach vLLM"
            )
        if count:
            self._judge(total / count, most, int(count))
        return bool(count)

    def _judge(self, mean: float, most: float, count: int) -> None:
        allowed = tolerance(
            self.precision(), self.accelerator.device.type, self.args.top_p, self.args.top_k
        )
        if mean > allowed:
            raise RolloutError(
                f"vLLM and the trainer give the same {count} tokens log-probabilities that differ by"
                f" {mean:.2g} on average and {most:.2g} at most, where {allowed:.2g} on average is"
                f" allowed in {self.precision()}: other weights, another precision of vLLM's, or"
                " pictures that it processes otherwise"
            )


def tolerance(precision: str, device: str, top_p: float, top_k: int) -> float:
    """How far the mean log-probability of a token may differ between vLLM and the trainer."""
    allowed = TOLERANCE.get((precision, device), ROUGH)
    if top_k > 0:
        return max(allowed, 0.5)
    # vLLM's are those of the tokens that top_p leaves, which had at least that share before.
    return allowed - math.log(top_p)


def forbid(models: Sequence[Any], tokens: Sequence[int], accelerator: Any) -> None:
    """Have models give tokens no probability, so that it is shared among the others as in vLLM.

    It is a bias of the last layer that is neither learned nor saved. TRL reads that layer's weight and bias
    itself. Where they are spread over GPUs it stays away: the probability that it would share is below 1e-6
    in any model that has learned to write.
    """
    import torch
    from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled

    if accelerator.distributed_type == "FSDP" or is_deepspeed_zero3_enabled():
        return
    for model in filter(None, models):
        head = accelerator.unwrap_model(model).get_output_embeddings()
        if not isinstance(head, torch.nn.Linear) or head.bias is not None:
            continue
        bias = head.weight.new_zeros(head.out_features)
        bias[list(tokens)] = BAN
        del head.bias
        head.register_buffer("bias", bias, persistent=False)


def _seed(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])


@contextmanager
def _engine_for(trainer: AgreedRollouts) -> Iterator[None]:
    """Have TRL, while it makes its trainer, open the engine as it is needed here.

    TRL leaves no other way to an engine's arguments: it would take fp32 weights for bf16, a processor's
    limits from the model's folder, and no eager mode where compiling takes longer than training.
    """
    from trl.generation import vllm_generation

    plain = vllm_generation.LLM

    def open_engine(**arguments: Any) -> Engine:
        prepare_engine(weights_change=True)
        inner = plain(**{**arguments, **_own_arguments(trainer, arguments)})
        return Engine(inner, trainer, arguments["seed"])

    vllm_generation.LLM = open_engine
    try:
        yield
    finally:
        vllm_generation.LLM = plain


def _own_arguments(trainer: AgreedRollouts, given: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's arguments that TRL does not give, or gives otherwise."""
    limits = picture_limits(trainer.processing_class)
    text = trainer.model.config.get_text_config()
    longest = given.get("max_model_len")
    most = getattr(text, "max_position_embeddings", None)
    return {
        "dtype": trainer.precision(),
        "enforce_eager": trainer.accelerator.device.type == "cpu",
        "limit_mm_per_prompt": {"image": MOST_IMAGES, "video": 0},
        "mm_processor_kwargs": {"size": limits} if limits else None,
        "max_model_len": min(filter(None, (longest, most)), default=None),
    }
