"""GRPO with vLLM's own engine beside the trainer: both give every token the same probability, at each step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="needs the real vLLM: make test-vllm")

import io

import torch
from PIL import Image

from reasonrft import rollouts, vllm_writers
from reasonrft.config import RunConfig
from reasonrft.encoding import banned_tokens
from reasonrft.grpo import NAMES
from reasonrft.loading import load_processor
from reasonrft.vllm_writers import RolloutError
from tests.asked import noise_png

pytestmark = pytest.mark.vllm
GROUP = 4
STEPS = 3
SAME = 1e-5  # float error
(GAP,) = (name for name, ours in NAMES.items() if ours == "logp_gap")  # to TRL
CONFIG = RunConfig.model_validate(
    {
        "name": "any",
        "sft": {"max_length": 900},
        "grpo": {"rollout": {"engine": "colocate"}, "max_tokens": 16},
    }
)


class Seen:
    """What was written, and the reward for it: how many tokens of it differ."""

    __name__ = "variety"

    def __init__(self) -> None:
        self.answers: list[list[int]] = []

    def __call__(self, completion_ids: list[list[int]], **_: Any) -> list[float]:
        self.answers += completion_ids
        return [float(len(set(answer))) for answer in completion_ids]


@pytest.fixture(scope="module")
def model(model: Path) -> Iterator[Path]:
    """The tiny model with larger weights at its end: by itself it likes all tokens alike, and a fault would not show."""
    from safetensors.torch import load_file, save_file

    path = model / "model.safetensors"
    weights = load_file(path)
    weights["lm_head.weight"] *= 12
    save_file(weights, path, metadata={"format": "pt"})
    yield model
    weights["lm_head.weight"] /= 12
    save_file(weights, path, metadata={"format": "pt"})


def rows() -> list[dict[str, Any]]:
    """A question with one picture and one with two, of sizes that differ: both come at each step."""
    return [
        {
            "prompt": [{"role": "user", "content": "Which?"}],
            "images": [picture(9 * row + place) for place in range(1 + row % 2)],
        }
        for row in range(2)
    ]


def picture(seed: int) -> Image.Image:
    return Image.open(io.BytesIO(noise_png(seed, side=84 + 28 * (seed % 2)))).convert("RGB")


@pytest.fixture(scope="module")
def trained(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Seen]]:
    """A trainer after a few steps at a rate at which weights that do not reach vLLM would show."""
    import numba  # noqa: F401  # as a trainer with `data = "stream"` has it loaded
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    arguments = GRPOConfig(
        output_dir=str(tmp_path_factory.mktemp("grpo")), seed=3, use_cpu=True, bf16=False,
        per_device_train_batch_size=2 * GROUP, num_generations=GROUP, max_completion_length=16,
        max_steps=STEPS, logging_steps=1, learning_rate=1e-2, lr_scheduler_type="constant",
        gradient_checkpointing=False, beta=0.04, report_to=[], save_strategy="no",
        disable_tqdm=True, model_init_kwargs={"dtype": "float32"},
        **rollouts.vllm_arguments(CONFIG),
    )  # fmt: skip
    processor = load_processor(str(model))
    processor.tokenizer.padding_side = "left"
    # Smaller pictures than the model's folder says.
    processor.image_processor.size = {"shortest_edge": 56 * 56, "longest_edge": 84 * 84}
    seen = Seen()
    trainer = rollouts.trainer_class(GRPOTrainer)(
        model=str(model),
        reward_funcs=seen,
        args=arguments,
        train_dataset=Dataset.from_list(rows()),
        processing_class=processor,
    )
    before = {name: one.detach().clone() for name, one in trainer.model.named_parameters()}
    trainer.train()
    moved = [(one - before[name]).abs().max() for name, one in trainer.model.named_parameters()]
    assert max(moved) > 0.01
    yield trainer, seen


@pytest.fixture
def trainer(trained: tuple[Any, Seen]) -> Any:
    return trained[0]


@pytest.fixture
def batch() -> list[dict[str, Any]]:
    """One question with a picture and one with two, as often as they are answered."""
    return [row for row in rows() for _ in range(GROUP)]


def gap(scored: dict[str, Any]) -> float:
    there = scored["completion_mask"].bool()
    apart = scored["old_per_token_logps"] - scored["sampling_per_token_logps"]
    return float(apart[there].abs().mean())


def test_the_same_probabilities_at_each_step(trainer: Any) -> None:
    logs = [row for row in trainer.state.log_history if GAP in row]
    assert len(logs) == STEPS
    assert all(row[GAP] < SAME for row in logs)
    assert all(row[GAP.replace("mean", "max")] < SAME for row in logs)
    assert all(row["kl"] > 1e-3 for row in logs[1:])  # the weights do change
    assert trainer._agreed


def test_no_answer_has_a_vision_token_though_the_model_would_write_them(
    trained: tuple[Any, Seen],
) -> None:
    from vllm import SamplingParams

    trainer, seen = trained
    banned = set(banned_tokens(trainer.processing_class, trainer.model.config))
    assert len(banned) == 4
    assert len(seen.answers) == STEPS * 2 * GROUP
    assert not banned & {token for answer in seen.answers for token in answer}
    free = SamplingParams(n=64, max_tokens=16, temperature=1, seed=0, ignore_eos=True)
    (output,) = trainer.vllm_generation.llm._inner.generate(
        [{"prompt_token_ids": [8, 9, 10]}], sampling_params=free, use_tqdm=False
    )
    assert banned & {token for answer in output.outputs for token in answer.token_ids}


def test_answers_repeat_by_seed_and_step(trainer: Any, batch: list[dict[str, Any]]) -> None:
    def written() -> list[list[int]]:
        scored = trainer._generate_and_score_completions(batch)
        found: list[list[int]] = scored["completion_ids"].tolist()
        return found

    trainer._asked = (-1, 0)
    first, second = written(), written()
    trainer._asked = (-1, 0)
    torch.manual_seed(77)
    assert written() == first != second
    assert len({tuple(answer) for answer in first}) == len(batch)


def test_placeholders_that_are_expanded_twice_are_noticed(
    trainer: Any, batch: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm_writers, "collapse", lambda tokens, _: list(tokens))
    with pytest.raises(RolloutError, match="expanded twice"):
        trainer._generate_and_score_completions(batch)
    # The probabilities alone would tell it too.
    monkeypatch.setattr(trainer, "vllm_generation", trainer.vllm_generation._inner)
    trainer._agreed = False
    with pytest.raises(RolloutError, match="differ by"):
        trainer._generate_and_score_completions(batch)
    trainer._agreed = True
    assert gap(trainer._generate_and_score_completions(batch)) > 0.05


def test_weights_that_did_not_reach_vllm_are_noticed(
    trainer: Any, batch: list[dict[str, Any]]
) -> None:
    assert gap(trainer._generate_and_score_completions(batch)) < SAME
    with torch.no_grad():
        trainer.model.lm_head.weight.mul_(1.1)
    trainer._agreed = False
    with pytest.raises(RolloutError, match="other weights"):
        trainer._generate_and_score_completions(batch)
    trainer.vllm_generation.sync_weights()
    assert gap(trainer._generate_and_score_completions(batch)) < SAME
    assert trainer._agreed


def test_pictures_are_seen_with_the_new_weights(
    trainer: Any, batch: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = trainer.vllm_generation.llm._inner.llm_engine
    monkeypatch.setattr(engine, "reset_encoder_cache", lambda: None)  # as TRL by itself has it
    with torch.no_grad():
        for weight in trainer.model.model.visual.parameters():
            weight.mul_(1.2)
    trainer.vllm_generation.sync_weights()
    assert gap(trainer._generate_and_score_completions(batch)) > 100 * SAME
    monkeypatch.undo()
    trainer.vllm_generation.sync_weights()
    assert gap(trainer._generate_and_score_completions(batch)) < SAME


def test_the_learned_weights_are_saved_without_what_forbids(trainer: Any, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    trainer.save_model(str(tmp_path))
    assert "lm_head.bias" not in load_file(tmp_path / "model.safetensors")
