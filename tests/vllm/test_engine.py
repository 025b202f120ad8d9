"""vLLM's own engine answers as transformers does, token for token, with one picture and with two."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="needs the real vLLM: make test-vllm")

import torch

from reasonrft.backend import Ask, Completion, Failure, Options, Sampling
from reasonrft.backends import hf, vllm
from reasonrft.evaluate import Manner, evaluate
from reasonrft.prompt import Prompt, make_prompt
from reasonrft.questions import Source
from reasonrft.run import read_run
from tests.asked import noise_png
from tests.quiet import Quiet

pytestmark = pytest.mark.vllm
GREEDY = Sampling(max_tokens=24)
ARGUMENTS = {"max_model_len": 1024, "enforce_eager": True, "max_num_seqs": 16}


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[Any]:
    import numba  # noqa: F401  # as a process that has built its questions has it loaded

    backend = vllm.open_backend(str(model), Options(dtype="float32", engine=ARGUMENTS))
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def reference(model: Path) -> Any:
    return hf.open_backend(str(model), Options(dtype="float32", batch_size=1))


def asks_of(sources: list[Source], draws: int = 1) -> list[Ask]:
    """The questions, asked of pictures that even random weights tell apart."""
    return [
        Ask(sample, noisy(make_prompt(sample), row), row, draw)
        for source in sources
        for row, sample in enumerate(source.samples())
        for draw in range(draws)
    ]


def noisy(prompt: Prompt, row: int) -> Prompt:
    images = tuple(noise_png(9 * row + i) for i in range(len(prompt.images)))
    return Prompt(images, "What?")  # a long text would drown them


def answers(backend: Any, asks: list[Ask], sampling: Sampling) -> dict[tuple[str, int], Completion]:
    found = {}
    for ask, outcome in backend.answer(iter(asks), sampling):
        assert isinstance(outcome, Completion)
        found[ask.sample.id, ask.draw] = outcome
    assert len(found) == len(asks)
    return found


def test_greedy_answers_are_those_of_transformers(
    engine: Any, reference: Any, sources: list[Source]
) -> None:
    asks = asks_of(sources)
    assert {len(ask.prompt.images) for ask in asks} == {1, 2}
    there, here = (answers(backend, asks, GREEDY) for backend in (engine, reference))
    assert len({one.text for one in here.values()}) > 4  # the pictures are seen
    # vLLM keeps back the bytes of a letter that is not whole yet.
    assert {key: replace(one, text=one.text.rstrip("�")) for key, one in there.items()} == {
        key: replace(one, text=one.text.rstrip("�")) for key, one in here.items()
    }


def test_log_probabilities_are_those_of_transformers(
    engine: Any, reference: Any, sources: list[Source]
) -> None:
    from vllm import SamplingParams

    for ask in asks_of(sources)[:4]:
        (output,) = engine._engine.chat(
            vllm._messages(ask),
            SamplingParams(temperature=0, max_tokens=16, logprobs=1),
            use_tqdm=False,
        )
        (written,) = output.outputs
        tokens = list(written.token_ids)
        there = [
            places[token].logprob for places, token in zip(written.logprobs, tokens, strict=True)
        ]
        inputs = reference._inputs([ask])
        assert inputs["input_ids"][0].tolist() == list(output.prompt_token_ids)
        with torch.inference_mode():
            generated = reference._model.generate(
                **inputs, max_new_tokens=16, do_sample=False,
                return_dict_in_generate=True, output_logits=True,
            )  # fmt: skip
        here = [
            torch.log_softmax(logits[0].float(), -1)[token].item()
            for logits, token in zip(generated.logits, tokens, strict=True)
        ]
        assert here == pytest.approx(there, abs=1e-3)


def test_sampled_answers_repeat_by_seed_and_differ_by_draw(
    engine: Any, sources: list[Source]
) -> None:
    asks = asks_of(sources, draws=4)
    sampling = Sampling(temperature=1.0, max_tokens=16, seed=5)
    whole = answers(engine, asks, sampling)
    backwards = answers(engine, asks[::-1][:9], sampling)  # other company, same answers
    assert all(whole[key] == one for key, one in backwards.items())
    assert len({one.text for one in whole.values()}) > len(asks) // 2
    assert answers(engine, asks[:4], Sampling(1.0, 1.0, 16, seed=6)) != whole


def test_a_question_that_is_too_long_fails_alone(engine: Any, sources: list[Source]) -> None:
    asks = asks_of(sources)[:3]
    long = replace(asks[1].prompt, text="seven " * 3000)
    asks[1] = replace(asks[1], prompt=long)
    outcomes = {ask.row: outcome for ask, outcome in engine.answer(iter(asks), GREEDY)}
    assert isinstance(outcomes[1], Failure)
    assert "1024" in outcomes[1].reason
    assert all(isinstance(outcomes[row], Completion) for row in (0, 2))


def test_a_run_on_the_engine_is_whole(engine: Any, sources: list[Source], tmp_path: Path) -> None:
    evaluated = evaluate(tmp_path / "run", engine, sources, Manner(GREEDY), Quiet())
    assert (evaluated.answered, evaluated.failed) == (sum(s.rows for s in sources), 0)
    state, records = read_run(tmp_path / "run")
    assert [record.row for record in records] == list(range(len(records)))
    assert (state.settings["backend"], state.settings["dtype"]) == ("vllm", "float32")
    assert state.sessions[0].circumstances["engine"].startswith("vllm 0.3")
    again = evaluate(tmp_path / "run", engine, sources, Manner(GREEDY), Quiet())
    assert (again.answered, again.kept) == (0, len(records))
