"""The backend in transformers, with a tiny model of a real architecture."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("transformers", reason="needs transformers: pip install 'reason-rft[train]'")

from reasonrft.backend import Ask, Completion, ModelError, Options, Sampling
from reasonrft.backends.hf import Transformers, open_backend
from reasonrft.loading import load_processor, weights_of
from reasonrft.prompt import Prompt, make_prompt
from tests.asked import build_toys, noise_png, sources_of
from tests.tiny_model import save_tiny_model

GREEDY = Sampling(max_tokens=12)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> list[Ask]:
    (source,) = sources_of(build_toys(tmp_path_factory.mktemp("toys"), "test=10"), "test")
    samples = enumerate(source.samples())
    return [Ask(sample, make_prompt(sample), row) for row, sample in samples]


def answers(model: Path, asks: list[Ask], sampling: Sampling, size: int = 4) -> list[Completion]:
    backend = open_backend(str(model), Options(batch_size=size))
    found = list(backend.answer(iter(asks), sampling))
    assert [ask for ask, _ in found] == asks
    return [outcome for _, outcome in found if isinstance(outcome, Completion)]


def test_an_answer_does_not_depend_on_its_batch(model: Path, asks: list[Ask]) -> None:
    assert {len(ask.prompt.images) for ask in asks} == {1, 2}  # of other lengths: padding shows
    alone, together = (answers(model, asks, GREEDY, size) for size in (1, 5))
    assert alone == together
    assert {one.finish for one in alone} <= {"length", "stop"}
    assert all(0 < (one.tokens or 0) <= 12 for one in alone)
    assert len({one.prompt_tokens for one in alone}) == 2


def test_pictures_are_seen_each_in_its_place(model: Path, asks: list[Ask]) -> None:
    pictures = [(noise_png(seed), noise_png(seed + 100)) for seed in range(5)]
    straight, swapped = (
        [
            Ask(ask.sample, Prompt(pair[::step], "What?"), row)
            for row, (ask, pair) in enumerate(zip(asks, pictures, strict=False))
        ]
        for step in (1, -1)
    )
    texts = [one.text for one in answers(model, straight + swapped, GREEDY)]
    assert len(set(texts)) > 4


def test_sampling_repeats_by_seed(model: Path, asks: list[Ask]) -> None:
    first, again, other = (answers(model, asks, Sampling(1.0, 1.0, 12, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_an_answer_ends_where_the_model_ends_it(model: Path, asks: list[Ask]) -> None:
    backend = Transformers(str(model), Options())
    end = backend._processor.tokenizer.convert_tokens_to_ids("<|im_end|>")
    letters = backend._processor.tokenizer("so 5", add_special_tokens=False)["input_ids"]
    done = backend._completion([*letters, end, end, *letters], 7)
    assert done == Completion("so 5", "stop", 7, len(letters) + 1)
    assert backend._completion(letters, 7) == Completion("so 5", "length", 7, len(letters))


@pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed"
)
def test_a_processor_loads_without_torchvision_and_saves_under_its_own_name(
    model: Path, tmp_path: Path
) -> None:
    processor = load_processor(str(model))
    assert not hasattr(processor, "video_processor")
    processor.save_pretrained(tmp_path)
    saved = (tmp_path / "processor_config.json").read_text()
    assert json.loads(saved)["processor_class"] == "Qwen2VLProcessor"
    assert type(load_processor(str(model))).__name__ == "Qwen2VLProcessor"


def test_other_weights_are_another_model(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    assert weights_of(str(copy), None) == weights_of(str(model), None)
    other = save_tiny_model(tmp_path / "other", seed=1)
    assert weights_of(str(other), None) != weights_of(str(model), None)
    (copy / "chat_template.jinja").write_text("another")
    assert weights_of(str(copy), None) != weights_of(str(model), None)


@pytest.mark.parametrize(
    ("remove", "reason"),
    [
        ("model.safetensors", "does not load"),
        ("preprocessor_config.json", "has no processor that loads"),
        ("config.json", "has no processor that loads"),
    ],
)
def test_a_model_that_lacks_something_is_one_line(
    model: Path, tmp_path: Path, remove: str, reason: str
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / remove).unlink()
    with pytest.raises(ModelError, match=reason) as refused:
        open_backend(str(copy), Options())
    assert "\n" not in str(refused.value)


def test_an_unknown_precision_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match="no dtype 'int3'; there are: auto, float32"):
        open_backend(str(model), Options(dtype="int3"))
