"""GRPO with a real vLLM server; the weights go to it by a folder, since TRL sends them between GPUs only."""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="needs the real vLLM: make test-vllm")

from reasonrft import rollouts
from reasonrft.accelerating import serve_command
from reasonrft.backends.vllm import _free_port
from reasonrft.config import RunConfig
from reasonrft.encoding import banned_tokens
from reasonrft.loading import load_processor
from reasonrft.rollouts import picture_limits
from reasonrft.vllm_writers import RolloutError
from tests.vllm.test_grpo import GAP, GROUP, SAME, STEPS, Seen, rows
from tests.vllm.test_server import ENVIRONMENT, await_health

pytestmark = pytest.mark.vllm
SMALL = {"shortest_edge": 56 * 56, "longest_edge": 84 * 84}  # other than the model's folder says


@pytest.fixture(scope="module")
def processor(model: Path) -> Any:
    made = load_processor(str(model))
    made.tokenizer.padding_side = "left"
    made.image_processor.size = SMALL
    return made


@pytest.fixture(scope="module")
def url(model: Path, processor: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as users are told to start it."""
    port, log = _free_port(), tmp_path_factory.mktemp("server") / "log"
    address = f"http://127.0.0.1:{port}"
    command = serve_command(str(model), address, "float32", picture_limits(processor))
    _, setting, *command = command
    own = ("--enforce-eager", "--max-model-len", "1024", "--max-num-seqs", "8")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, *own],
            stdout=out, stderr=out, start_new_session=True,
            env={**ENVIRONMENT, **dict([setting.split("=")])},
        )  # fmt: skip
    try:
        await_health(process, port, log)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def by_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of NCCL, which needs a GPU."""
    import requests
    from safetensors.torch import save_file
    from trl.generation.vllm_client import VLLMClient

    def send(client: Any, _: Sequence[Any], named: Iterable[tuple[str, Any]]) -> None:
        weights = {name: one.detach().clone().contiguous() for name, one in named}
        save_file(weights, tmp_path / "model.safetensors")
        wanted = {"method": "reload_weights", "kwargs": {"weights_path": str(tmp_path)}}
        requests.post(f"{client.base_url}/collective_rpc", json=wanted).raise_for_status()

    monkeypatch.setattr(VLLMClient, "init_communicator", lambda *_, **__: None)
    monkeypatch.setattr(VLLMClient, "update_named_params", send)


def make_trainer(model: Path, processor: Any, url: str, seen: Seen, folder: Path) -> Any:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    table = {"name": "any", "grpo": {"rollout": {"engine": "server", "server": url}}}
    arguments = GRPOConfig(
        output_dir=str(folder), seed=3, use_cpu=True, bf16=False,
        per_device_train_batch_size=2 * GROUP, num_generations=GROUP, max_completion_length=16,
        max_steps=STEPS, logging_steps=1, learning_rate=1e-2, lr_scheduler_type="constant",
        gradient_checkpointing=False, beta=0.04, report_to=[], save_strategy="no",
        disable_tqdm=True, model_init_kwargs={"dtype": "float32"}, vllm_server_timeout=1,
        **rollouts.vllm_arguments(RunConfig.model_validate(table)),
    )  # fmt: skip
    return rollouts.trainer_class(GRPOTrainer)(
        model=str(model),
        reward_funcs=seen,
        args=arguments,
        train_dataset=Dataset.from_list(rows()),
        processing_class=processor,
    )


@pytest.mark.usefixtures("by_a_folder")
def test_a_server_gives_the_trainers_probabilities_too(
    model: Path, processor: Any, url: str, tmp_path: Path
) -> None:
    seen = Seen()
    trainer = make_trainer(model, processor, url, seen, tmp_path / "run")
    trainer.train()
    logs = [row for row in trainer.state.log_history if GAP in row]
    assert len(logs) == STEPS
    assert all(row[GAP.replace("mean", "max")] < SAME for row in logs)
    assert all(row["kl"] > 1e-3 for row in logs[1:])
    assert len(set(map(tuple, seen.answers))) == STEPS * 2 * GROUP
    banned = set(banned_tokens(processor, trainer.model.config))
    assert not banned & {token for answer in seen.answers for token in answer}
    processor.image_processor.size = {**SMALL, "longest_edge": 112 * 112}
    with pytest.raises(RolloutError, match="the same limits of pixels"):
        trainer._generate_and_score_completions([row for row in rows() for _ in range(GROUP)])


def test_a_server_that_is_not_there_is_told(model: Path, processor: Any, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{_free_port()}"
    with pytest.raises(RolloutError, match=f" serve {model} --host 127.0.0.1"):
        make_trainer(model, processor, nowhere, Seen(), tmp_path)
