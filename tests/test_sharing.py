"""A prompt that is read once for all its answers: the same answers, log-probabilities and gradients as TRL's."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

pytest.importorskip(
    "trl", reason="needs the training extra: pip install -e '.[train]' in the checkout"
)

import numpy as np
import torch
from PIL import Image
from trl import GRPOTrainer

from reasonrft import grpo, journal, sharing
from reasonrft.grpo import train_grpo
from reasonrft.loading import load_model, load_processor
from reasonrft.pictures import in_rgb
from reasonrft.sharing import SharedPrompts, can_share, parts
from tests.tiny_model import Kind, save_tiny_model
from tests.toy_job import build_train, grpo_config, job_of, silence

pytestmark = pytest.mark.usefixtures("one_thread")
Output = dict[str, Any]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ending_model(tmp_path_factory.mktemp("model") / "tiny", "qwen2_vl")


def ending_model(folder: Path, kind: Kind) -> Path:
    """One that ends its answers now and then: random weights would hardly."""
    save_tiny_model(folder, kind=kind)
    net = load_model(str(folder), torch.float32, torch.device("cpu"))
    end = load_processor(str(folder)).tokenizer.eos_token_id
    with torch.no_grad():
        net.lm_head.weight *= 3
        net.lm_head.weight[end] *= 8
    net.save_pretrained(folder)
    return folder


def of_many_sizes(png: bytes) -> Image.Image:
    """A picture in noise, larger or smaller, wider or higher by its own bytes."""
    digest = hashlib.sha256(png).digest()
    side = [56 + 28 * (byte % 4) for byte in digest[:2]]
    noise = np.random.default_rng(list(digest)).integers(0, 256, (*side, 3), dtype=np.uint8)
    return Image.fromarray(noise)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Questions with one picture and with two, and prompts of several lengths."""
    return build_train(tmp_path_factory.mktemp("data") / "toys")


def learned(
    config: Any, model: Path, data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Output], list[dict[str, torch.Tensor]], list[dict[str, float]]]:
    """What each block scored, the gradients of each step, and the journal."""
    scored, gradients = [], []

    class Seen(grpo.Trainer):
        def _generate_and_score_completions(self, inputs: Any) -> Any:
            scored.append(super()._generate_and_score_completions(inputs))
            return scored[-1]

        def training_step(self, *args: Any, **others: Any) -> Any:
            loss = super().training_step(*args, **others)
            named = self.model.named_parameters()
            gradients.append({n: p.grad.clone() for n, p in named if p.grad is not None})
            return loss

    monkeypatch.setattr(grpo, "Trainer", Seen)
    job = job_of(config, model, data, folder)
    train_grpo(job, silence)
    monkeypatch.undo()
    return scored, gradients, journal.read(job.folder / "log.jsonl")


def unshared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As TRL does it, but for the answers, which are drawn in another order."""
    monkeypatch.setattr(
        SharedPrompts,
        "_get_per_token_logps_and_entropies",
        GRPOTrainer._get_per_token_logps_and_entropies,
    )


TABLE: dict[str, Any] = {
    "steps": 1, "prompts": 8, "group": 4, "beta": 0.1, "max_tokens": 12, "log_every": 1,
}  # fmt: skip
TABLES: dict[str, dict[str, Any]] = {
    "full": {},
    "frozen": {"freeze_vision": True},
    "lora": {"lora": {"rank": 4, "vision": True}},
    "blocks": {"accumulate": 2, "iterations": 2, "steps": 2},
    "masked": {"mask_truncated": True},
}


@pytest.mark.thorough
@pytest.mark.parametrize("name", TABLES)
def test_it_learns_the_same(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    check_it_learns_the_same(
        grpo_config({**TABLE, **TABLES[name]}), model, data, tmp_path, monkeypatch
    )


@pytest.mark.parametrize("kind", get_args(Kind))
def test_pictures_of_many_sizes_are_seen_alike_by_every_architecture(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    model = ending_model(tmp_path / "model", kind)
    assert can_share(load_model(str(model), torch.float32, torch.device("cpu")))
    check_it_learns_the_same(grpo_config(TABLE), model, data, tmp_path, monkeypatch, of_many_sizes)


def check_it_learns_the_same(
    config: Any,
    model: Path,
    data: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    seen_as: Callable[[bytes], Image.Image] = in_rgb,
) -> None:
    """Log-probabilities and gradients, with prompts that are read once and as TRL reads them."""

    def reward(self: Any, completion_ids: Any, gold: Any, log_metric: Any, **_: Any) -> Any:
        return [float(sum(tokens) % 3) for tokens in completion_ids]

    found = []
    for shared in (True, False):
        monkeypatch.setattr(grpo.Graded, "accuracy", reward)
        monkeypatch.setattr(grpo, "in_rgb", seen_as)
        if not shared:
            unshared(monkeypatch)
        found.append(learned(config, model, data, folder / str(shared), monkeypatch))
    (ours, our_gradients, our_log), (theirs, their_gradients, their_log) = found
    assert len(ours) == len(theirs) == 1
    assert torch.equal(ours[0]["completion_ids"], theirs[0]["completion_ids"])
    assert len(set(ours[0]["completion_mask"].sum(1).tolist())) > 2
    assert set(ours[0]["num_images"]) == {1, 2}
    assert (len(ours[0]["image_grid_thw"].unique(dim=0)) > 4) == (seen_as is of_many_sizes)
    counted = ours[0]["completion_mask"].bool()
    for key in {"ref_per_token_logps", "old_per_token_logps"} & ours[0].keys():
        torch.testing.assert_close(
            ours[0][key][counted], theirs[0][key][counted], rtol=1e-5, atol=1e-5
        )
    assert len(our_gradients) == len(their_gradients) > 0
    first, second = our_gradients[0], their_gradients[0]
    assert first.keys() == second.keys()
    assert any("visual" in key for key in first) == (not config.grpo.freeze_vision)
    largest = max(gradient.abs().max() for gradient in second.values())
    assert largest > 0
    for key, gradient in second.items():
        torch.testing.assert_close(first[key], gradient, rtol=1e-4, atol=float(largest) * 1e-5)
    for one, other in zip(our_log, their_log, strict=True):
        assert {**one, "seconds": 0} == pytest.approx({**other, "seconds": 0}, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(("top_k", "crowded"), [(1, sharing.CROWDED), (0, 0.0)])
def test_answers_are_those_of_transformers(
    model: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    top_k: int,
    crowded: float,
) -> None:
    """The likeliest ones; and those that are drawn, if none leaves the batch and so changes the draw."""
    table = {"steps": 1, "prompts": 8, "group": 2, "max_tokens": 16, "top_k": top_k}
    config = grpo_config(table)
    monkeypatch.setattr(sharing, "CROWDED", crowded)
    ours, _, _ = learned(config, model, data, tmp_path / "ours", monkeypatch)
    monkeypatch.setattr(SharedPrompts, "_generate_single_turn", GRPOTrainer._generate_single_turn)
    theirs, _, _ = learned(config, model, data, tmp_path / "theirs", monkeypatch)
    assert torch.equal(ours[0]["completion_ids"], theirs[0]["completion_ids"])
    assert len(set(ours[0]["completion_mask"].sum(1).tolist())) > 1


@pytest.mark.parametrize("kind", get_args(Kind))
def test_answers_of_every_architecture_are_those_of_transformers(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    model = ending_model(tmp_path / "model", kind)
    config = grpo_config({"steps": 1, "prompts": 8, "group": 2, "max_tokens": 16})
    monkeypatch.setattr(sharing, "CROWDED", 0.0)  # who leaves the batch changes what is drawn
    found = []
    for name in ("ours", "theirs"):
        monkeypatch.setattr(grpo, "in_rgb", of_many_sizes)
        if name == "theirs":
            plain = GRPOTrainer._generate_single_turn
            monkeypatch.setattr(SharedPrompts, "_generate_single_turn", plain)
        found.append(learned(config, model, data, tmp_path / name, monkeypatch)[0][0])
    assert torch.equal(*(one["completion_ids"] for one in found))
    assert len(set(found[0]["completion_mask"].sum(1).tolist())) > 1


def test_what_cannot_be_shared_goes_as_before(
    model: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = load_model(str(model), torch.float32, torch.device("cpu"))
    assert can_share(net)
    net.config.get_text_config().use_sliding_window = True
    assert not can_share(net)
    monkeypatch.setattr(sharing, "can_share", lambda _: False)
    monkeypatch.setattr(sharing, "score", None)
    monkeypatch.setattr(sharing, "write", None)
    config = grpo_config({"steps": 1})
    ours, _, _ = learned(config, model, data, tmp_path / "ours", monkeypatch)
    assert len(ours) == 1


def test_parts_have_alike_lengths_and_every_row_once() -> None:
    lengths = torch.tensor([7, 0, 3, 9] * 16)
    found = list(parts(lengths))
    assert [longest for _, longest in found] == [0, 3, 7, 9]
    assert sorted(torch.cat([part for part, _ in found]).tolist()) == list(range(64))
    assert [longest for _, longest in parts(torch.tensor([5, 2, 8]))] == [8]
