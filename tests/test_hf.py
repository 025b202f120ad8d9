"""The backend in transformers, with a tiny model of a real architecture."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip(
    "transformers", reason="needs transformers: pip install -e '.[train]' in the checkout"
)

from reasonrft import loading
from reasonrft.backend import Ask, Completion, ModelError, Options, Sampling
from reasonrft.backends.hf import Transformers, _dtype, open_backend
from reasonrft.config_file import make_config
from reasonrft.loading import load_processor, weights_of
from reasonrft.prompt import Prompt, make_prompt
from reasonrft.shapes import shape_of
from tests.asked import build_toys, noise_png, sources_of
from tests.tiny_model import save_tiny_model

GREEDY = Sampling(max_tokens=12)
# Where a model's folder names code of its own: the file, and what is changed in it.
TRAPS: dict[str, tuple[str, dict[str, Any]]] = {
    "config": ("config.json", {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}}),
    "model": (
        "config.json",
        {"auto_map": dict.fromkeys(("AutoConfig", "AutoModelForImageTextToText"), "evil.Evil")},
    ),
    "processor": (
        "preprocessor_config.json",
        {"processor_class": "Evil", "auto_map": {"AutoProcessor": "evil.Evil"}},
    ),
    "image processor": (
        "preprocessor_config.json",
        {"image_processor_type": "Evil", "auto_map": {"AutoImageProcessor": "evil.Evil"}},
    ),
    "tokenizer": (
        "tokenizer_config.json",
        {"tokenizer_class": "Evil", "auto_map": {"AutoTokenizer": ["evil.Evil", None]}},
    ),
}
NOT_WITHOUT = {"config", "image processor"}  # those for which transformers has nothing of its own


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


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_settings_nested_too_deeply_are_one_line(model: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / name).write_text("[" * 100_000)
    config = make_config({"name": "x", "model": {"path": str(copy)}, "data": {"family": ["all"]}}, (), "")  # fmt: skip
    for use in (lambda: open_backend(str(copy), Options()), lambda: shape_of(config.model)):
        with pytest.raises(ModelError) as refused:
            use()
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda whole: whole[: len(whole) // 2], id="cut short"),
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: b"{}", id="another file"),
        pytest.param(lambda whole: b"[]", id="no object"),
        pytest.param(lambda whole: whole.replace(b'"vocab"', b'"words"'), id="no vocabulary"),
        pytest.param(lambda whole: b"\xff\n" + whole, id="no text"),
    ],
)
def test_a_damaged_tokenizer_is_one_line(
    model: Path, tmp_path: Path, damaged: Callable[[bytes], bytes]
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    file = copy / "tokenizer.json"
    file.write_bytes(damaged(file.read_bytes()))
    with pytest.raises(ModelError, match=r"its tokenizer\.json is damaged \(") as refused:
        load_processor(str(copy))
    assert str(refused.value).isprintable()


def test_an_error_that_is_no_models_keeps_its_traceback(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("a bug")

    monkeypatch.setattr(loading, "_image_only", broken)
    monkeypatch.setattr("transformers.AutoProcessor.from_pretrained", broken)
    with pytest.raises(KeyError, match="a bug"):
        load_processor(str(model))


def test_an_unknown_precision_is_refused(model: Path) -> None:
    with pytest.raises(ModelError, match="no dtype 'int3'; there are: auto, float32"):
        open_backend(str(model), Options(dtype="int3"))


def changed(folder: Path, name: str, **settings: Any) -> Path:
    """A model's folder with other settings in one of its files."""
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    return folder


def trapped(model: Path, folder: Path, trap: str, sprung: Path) -> Path:
    name, settings = TRAPS[trap]
    hostile = changed(shutil.copytree(model, folder), name, **settings)
    code = f"from pathlib import Path\nPath({str(sprung)!r}).touch()\nclass Evil: pass\n"
    (hostile / "evil.py").write_text(code)
    return hostile


@pytest.mark.parametrize("torchvision", [False, True])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_models_own_code_does_not_run_and_nobody_is_asked(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str, torchvision: bool
) -> None:
    asked: list[object] = []

    def on_a_terminal(*about: object) -> str:
        asked.append(about)
        return "y"

    monkeypatch.setattr("builtins.input", on_a_terminal)
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "own"))
    if torchvision:  # the other way to a processor, which may not end well where it is not there
        monkeypatch.setattr(loading, "find_spec", lambda _: True)
    sprung = tmp_path / "sprung"
    hostile = trapped(model, tmp_path / "hostile", trap, sprung)
    refused = ""
    try:
        open_backend(str(hostile), Options())
    except ModelError as problem:
        refused = str(problem)
    assert not asked
    assert not sprung.exists()
    assert "\n" not in refused
    assert torchvision or (trap in NOT_WITHOUT) == bool(refused), refused


def test_a_models_own_code_runs_where_it_is_trusted(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "own"))
    sprung = tmp_path / "sprung"
    hostile = trapped(model, tmp_path / "hostile", "config", sprung)
    with pytest.raises(ModelError, match="--trust-remote-code runs it"):
        open_backend(str(hostile), Options())
    assert not sprung.exists()
    with pytest.raises(Exception):  # noqa: B017  # the trap is no model
        open_backend(str(hostile), Options(trust_remote_code=True))
    assert sprung.exists()


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(1.0, 0.9, 12, 4)])
def test_a_models_own_penalties_and_cuts_are_left_out(
    model: Path, asks: list[Ask], tmp_path: Path, sampling: Sampling
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    own = {"repetition_penalty": 5.0, "top_k": 1, "min_p": 0.9, "no_repeat_ngram_size": 1}
    changed(copy, "generation_config.json", do_sample=True, suppress_tokens=[*range(99)], **own)
    assert answers(copy, asks, sampling) == answers(model, asks, sampling)


def test_a_models_own_ends_are_kept(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    changed(copy, "generation_config.json", eos_token_id=[2, 7])
    assert Transformers(str(copy), Options())._model.generation_config.eos_token_id == [2, 7]


@pytest.mark.parametrize(
    ("sampling", "wanted"),
    [
        (GREEDY, {"do_sample": False}),
        (
            Sampling(0.6, 0.95, 12),
            {"do_sample": True, "temperature": 0.6, "top_p": 0.95, "top_k": 0},
        ),
    ],
)
def test_what_is_asked_for_reaches_the_model(
    model: Path,
    asks: list[Ask],
    monkeypatch: pytest.MonkeyPatch,
    sampling: Sampling,
    wanted: dict[str, Any],
) -> None:
    backend = Transformers(str(model), Options())
    real, seen = backend._model.generate, {}

    def generate(**arguments: Any) -> Any:
        seen.update(arguments)
        return real(**arguments)

    monkeypatch.setattr(backend._model, "generate", generate)
    list(backend.answer(iter(asks[:2]), sampling))
    settings = ("do_sample", "temperature", "top_p", "top_k")
    assert {name: seen[name] for name in settings if name in seen} == wanted
    assert seen["max_new_tokens"] == 12


def test_too_little_memory_for_a_batch_is_one_line(
    model: Path, asks: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def generate(**arguments: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate much")

    for size, more in ((4, "; try a smaller one"), (1, "")):
        backend = Transformers(str(model), Options(batch_size=size))
        monkeypatch.setattr(backend._model, "generate", generate)
        with pytest.raises(ModelError, match=f"^out of memory with --batch-size {size}{more}$"):
            list(backend.answer(iter(asks), GREEDY))


def test_damaged_weights_and_those_of_another_size_are_one_line(
    model: Path, tmp_path: Path
) -> None:
    damaged = shutil.copytree(model, tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"no weights at all")
    other = shutil.copytree(model, tmp_path / "other")
    settings = json.loads((other / "config.json").read_text())
    settings["text_config"]["intermediate_size"] = 256
    (other / "config.json").write_text(json.dumps(settings))
    for folder in (damaged, other):
        with pytest.raises(ModelError, match="does not load: ") as refused:
            open_backend(str(folder), Options())
        assert "\n" not in str(refused.value)


def test_a_chat_template_that_refuses_is_one_line(
    model: Path, tmp_path: Path, asks: list[Ask]
) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "chat_template.jinja").write_text("{{ raise_exception('no\x1b pictures') }}")
    said = "does not take a question with pictures: no  pictures"
    with pytest.raises(ModelError, match=said):
        answers(copy, asks[:1], Sampling())


def test_a_processor_without_a_chat_template_is_refused(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "chat_template.jinja").unlink()
    with pytest.raises(ModelError, match="its processor has no chat template"):
        open_backend(str(copy), Options())


def test_another_precision_is_another_model(model: Path) -> None:
    plain, other = (Transformers(str(model), Options(dtype=name)) for name in ("auto", "bfloat16"))
    import torch

    if not torch.cuda.is_available():
        assert plain.identity()["dtype"] == "float32"
    assert other.identity() == {**plain.identity(), "dtype": "bfloat16"}


def test_the_precision_follows_the_device() -> None:
    names = {kind: str(_dtype("auto", SimpleNamespace(type=kind))) for kind in ("cuda", "cpu")}
    assert names == {"cuda": "torch.bfloat16", "cpu": "torch.float32"}
