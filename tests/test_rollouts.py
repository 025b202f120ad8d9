"""Rollouts by vLLM, as far as they can be tested without it."""

import importlib.util
import itertools
import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasonrft import rollouts
from reasonrft.accelerating import serve_command
from reasonrft.backends import _vllm_process
from reasonrft.config import RunConfig
from reasonrft.nano.architecture import SPECIALS
from reasonrft.rollouts import AgreedRollouts, tolerance, vllm_arguments
from reasonrft.vllm_writers import (
    Engine,
    Generation,
    RolloutError,
    Server,
    collapse,
    name_tokens,
    placeholders,
    runs,
)

START, END, PAD, FILM = 3, 4, 5, 6  # as the tiny model's tokenizer numbers them
TEXT = st.lists(st.integers(10, 20), max_size=5)


class Processor:
    """A tokenizer's vocabulary, and the name of what stands for a picture."""

    image_token = "<|image_pad|>"
    tokenizer = SimpleNamespace(get_vocab=lambda: {name: i for i, name in enumerate(SPECIALS)})


def config(*, gpus: int = 1, **rollout: Any) -> RunConfig:
    return RunConfig.model_validate(
        {
            "name": "any",
            "hardware": {"gpus": gpus},
            "sft": {"max_length": 700},
            "grpo": {"rollout": rollout, "max_tokens": 100},
        }
    )


def trainer() -> Any:
    made = object.__new__(AgreedRollouts)
    made._agreed, made._asked = False, (-1, 0)
    made.state = SimpleNamespace(global_step=0)
    made.args = SimpleNamespace(seed=1, bf16=False, fp16=False, top_p=1.0, top_k=0)
    made.model = SimpleNamespace(dtype="torch.float32")
    made.accelerator = SimpleNamespace(gather=lambda x: x, device=SimpleNamespace(type="cpu"))
    made.processing_class = Processor()
    return made


def test_each_run_is_folded_by_itself() -> None:
    pictures = [1, START, PAD, PAD, PAD, END, 9, START, PAD, PAD, END, 9, 9]
    assert collapse(pictures, {PAD}) == [1, START, PAD, END, 9, START, PAD, END, 9, 9]
    assert runs(pictures, {PAD}) == [3, 2]
    assert collapse([], {PAD}) == runs([], {PAD}) == []


@given(st.lists(st.tuples(TEXT, st.sampled_from([PAD, FILM]), st.integers(1, 9)), max_size=4), TEXT)
def test_what_a_processor_expands_is_folded_back(
    parts: list[tuple[list[int], int, int]], tail: list[int]
) -> None:
    def written(sizes: list[int]) -> list[int]:
        pictures = zip(parts, sizes, strict=True)
        return [
            *itertools.chain.from_iterable(
                [*text, START, *[pad] * size, END] for (text, pad, _), size in pictures
            ),
            *tail,
        ]

    sizes = [size for *_, size in parts]
    expanded, template = written(sizes), written([1] * len(parts))
    assert collapse(expanded, {PAD, FILM}) == template
    assert collapse(template, {PAD, FILM}) == template  # what a later TRL folds is left as it is
    assert runs(expanded, {PAD, FILM}) == sizes


def test_a_picture_stands_where_its_token_does() -> None:
    assert placeholders(Processor()) == {PAD, FILM}
    other = SimpleNamespace(get_vocab=lambda: {"a": 0, "<image>": 7}, image_token="<image>")
    assert placeholders(other) == {7}  # another family's, a tokenizer by itself


def test_arguments_are_those_of_the_mode() -> None:
    assert vllm_arguments(config()) == {"use_vllm": False}
    shared = config(gpus=2, engine="colocate", gpu_memory=0.4, tensor_parallel=2)
    beside = vllm_arguments(shared)
    assert beside["vllm_mode"] == "colocate"
    assert beside["vllm_gpu_memory_utilization"] == 0.4
    assert beside["vllm_tensor_parallel_size"] == 2
    assert beside["vllm_max_model_length"] == 800
    server = vllm_arguments(config(engine="server", server="http://there:9000"))
    assert (server["vllm_mode"], server["vllm_server_base_url"]) == ("server", "http://there:9000")
    assert not server.keys() & {"vllm_gpu_memory_utilization", "vllm_tensor_parallel_size"}
    limits = {"shortest_edge": 9, "longest_edge": 99}
    command = shlex.join(serve_command("a-model", "http://there:9000/", "bfloat16", limits))
    assert "serve a-model --host there --port 9000 --dtype bfloat16" in command
    assert f"--mm-processor-kwargs '{json.dumps({'size': limits})}'" in command


def test_trl_has_these_arguments() -> None:
    spec = importlib.util.find_spec("trl")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs TRL: pip install -e '.[train]' in the checkout")
    (folder,) = spec.submodule_search_locations
    text = (Path(folder) / "trainer" / "grpo_config.py").read_text(encoding="utf-8")
    for mode in ("colocate", "server"):
        for name in vllm_arguments(config(engine=mode)):
            assert f"    {name}:" in text, name
    trainers = (Path(folder) / "trainer" / "grpo_trainer.py").read_text(encoding="utf-8")
    from reasonrft.grpo import NAMES

    (gap,) = (name for name, ours in NAMES.items() if ours == "logp_gap")
    assert f'"{gap}"' in trainers


def test_the_engine_has_folded_prompts_and_a_seed_for_each_answer() -> None:
    given_over: list[Any] = []
    inner = SimpleNamespace(
        generate=lambda prompts, **others: given_over.append((prompts, others)), other=5
    )
    made = trainer()
    engine = Engine(inner, made, group=0)
    expanded = {"prompt_token_ids": [1, PAD, PAD, 2], "multi_modal_data": {"image": "a picture"}}
    processed = {"prompt_token_ids": [1, PAD, PAD, 2]}
    sampling = SimpleNamespace(clone=SimpleNamespace, seed=None)
    for _ in range(2):
        engine.generate([expanded, expanded, processed], sampling_params=sampling, use_tqdm=False)
    (prompts, others), (_, again) = given_over
    assert [prompt["prompt_token_ids"] for prompt in prompts] == [
        [1, PAD, 2],
        [1, PAD, 2],
        [1, PAD, PAD, 2],
    ]
    assert len(expanded["prompt_token_ids"]) == 4  # the trainer's own
    assert others["use_tqdm"] is False
    assert engine.other == 5
    seeds = [one.seed for call in (others, again) for one in call["sampling_params"]]
    assert len(set(seeds)) == 6
    assert trainer().seeds(3, 0) == seeds[:3]  # by seed and step alone, as after a resume
    made.state.global_step = 1
    assert not set(made.seeds(3, 0)) & set(seeds)


def test_another_prompt_is_told() -> None:
    inner = SimpleNamespace(
        generate=lambda prompts, *_, **__: ([[1, PAD, PAD, PAD, 2]], [], [], [])
    )
    generation = Generation(inner)
    assert generation.generate([(1, PAD, PAD, PAD, 2)], None, 1)[1] == []
    with pytest.raises(
        RolloutError, match=r"of 5 tokens where the trainer has 4, other from token 4"
    ):
        generation.generate([[1, PAD, PAD, 2]], None, 1)


def test_a_server_is_asked_prompt_by_prompt_and_its_pictures_compared() -> None:
    class Client:
        def _post(self, url: str) -> dict[str, Any]:
            raise AssertionError

        def image_features(self, images: list[Any]) -> list[Any]:
            places = [{"offset": 9, "length": 2}, {"offset": 99, "length": 3}]
            return [one and {"mm_placeholders": {"image": places}} for one in images]

        def generate(self, prompts: Any, features: Any, n: int, generation_kwargs: Any) -> Any:
            assert features is None or len(features) == len(prompts) == 1
            seed = generation_kwargs["seed"]
            return {"prompt_ids": prompts, "completion_ids": [[seed, place] for place in range(n)]}

    made = trainer()
    server = Server(Client(), made)
    features = server.image_features([["two", "pictures"], None])
    prompts = [[1, PAD, PAD, END, PAD, PAD, PAD], [7, 8]]
    answered = server.generate(prompts=prompts, features=features, n=2, generation_kwargs={})
    assert answered["prompt_ids"] == prompts
    first, second = trainer().seeds(2)
    assert answered["completion_ids"] == [[first, 0], [first, 1], [second, 0], [second, 1]]
    assert len(server.generate(prompts=prompts, n=1)["completion_ids"]) == 2  # without pictures
    with pytest.raises(
        RolloutError, match=r"that are 2 and 4 tokens .* are 2 and 3 to the vLLM server"
    ):
        server.generate(prompts=[[PAD, PAD, END, PAD, PAD, PAD, PAD], [7]], features=features, n=2)


def test_old_pictures_are_forgotten_with_the_old_weights() -> None:
    done: list[str] = []
    answer = SimpleNamespace(status_code=200, text="no such page")

    def post(url: str) -> Any:
        done.append(url)
        return answer

    inner = SimpleNamespace(
        base_url="http://there",
        session=SimpleNamespace(post=post),
        llm_engine=SimpleNamespace(reset_encoder_cache=lambda: done.append("pictures")),
        reset_prefix_cache=lambda: done.append("prompts"),
        _post=None,
    )
    Engine(inner, trainer(), group=0).reset_prefix_cache()
    server = Server(inner, trainer())
    server.reset_prefix_cache()
    assert done == ["pictures", "prompts", "http://there/reset_encoder_cache", "prompts"]
    answer.status_code = 404
    with pytest.raises(RolloutError, match="no such page"):
        server.reset_prefix_cache()


def test_tokens_are_named_as_trl_reads_them() -> None:
    place = {"token_id": 7, "logprob": -1.0}
    old = {"token": "token_id:7", "logprob": -1.0, "top_logprobs": []}
    answer = {
        "choices": [
            {"logprobs": {"content": [{**place, "top_logprobs": [dict(place)]}, old]}},
            {"logprobs": None},
        ]
    }
    first, second = name_tokens(answer)["choices"][0]["logprobs"]["content"]
    assert first["token"] == first["top_logprobs"][0]["token"] == second["token"] == "token_id:7"
    assert name_tokens({"success": True}) == {"success": True}


def scores(gap: float, whole: int = 1) -> dict[str, Any]:
    torch = pytest.importorskip("torch")
    ours = torch.tensor([[-1.0, -2.0, -3.0], [-1.0, -9.0, 0.0]])
    theirs = ours + torch.tensor([[gap, -gap, gap], [7.0, 7.0, 7.0]])
    counted = torch.tensor([[whole, whole, whole], [0, 0, 0]])
    return {
        "old_per_token_logps": ours,
        "sampling_per_token_logps": theirs,
        "completion_mask": counted,
    }


def test_answers_that_count_are_compared_once_there_are_some() -> None:
    made = trainer()
    assert made._compare(scores(5.0, whole=0)) is False
    assert made._compare(scores(1e-5)) is True
    with pytest.raises(
        RolloutError, match=r"same 3 tokens .* differ by 0\.01 on average and 0\.01 at"
    ):
        made._compare(scores(0.01))
    with pytest.raises(RolloutError, match=r"3 of 3 log-probabilities .* are not numbers"):
        made._compare(scores(float("nan")))
    made.args.bf16 = True
    assert made._compare(scores(0.05)) is True


def test_how_far_they_may_differ() -> None:
    assert tolerance("float32", "cpu", 1.0, 0) == 1e-4
    assert tolerance("float32", "cuda", 1.0, 0) > tolerance("float32", "cpu", 1.0, 0)
    assert tolerance("bfloat16", "cuda", 1.0, 0) == 0.1
    # What is left out of a sum of probabilities is shared among the others.
    assert tolerance("bfloat16", "cuda", 0.9, 0) == pytest.approx(0.205, abs=1e-3)
    assert tolerance("float32", "cuda", 1.0, 20) == 0.5


def test_a_forbidden_token_has_no_probability_and_nothing_is_learned_or_saved() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    head = torch.nn.Linear(4, 8, bias=False)
    model = SimpleNamespace(get_output_embeddings=lambda: head)
    plain = SimpleNamespace(distributed_type="NO", unwrap_model=lambda one: one)
    rollouts.forbid([model, None], [2, 5], plain)
    given_to = torch.softmax(head(torch.ones(4)), -1)
    assert (given_to < 1e-30).nonzero().flatten().tolist() == [2, 5]
    assert list(head.state_dict()) == [name for name, _ in head.named_parameters()] == ["weight"]
    spread = torch.nn.Linear(4, 8, bias=False)
    model = SimpleNamespace(get_output_embeddings=lambda: spread)
    rollouts.forbid([model], [2], SimpleNamespace(distributed_type="FSDP"))
    assert spread.bias is None


def test_llvmlite_owns_up_to_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    ffi: Any = pytest.importorskip("llvmlite.binding.ffi")
    library = type(ffi.lib)
    monkeypatch.setattr(library, "__getattr__", library.__getattr__)  # put back afterwards
    _vllm_process._let_llvmlite_be_looked_at()
    assert not hasattr(ffi.lib, "__dict__")
    assert ffi.lib.LLVMPY_GetVersionInfo


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is there")
def test_without_vllm_it_is_told() -> None:
    with pytest.raises(RolloutError, match="pip install"):
        rollouts.trainer_class(object)()
