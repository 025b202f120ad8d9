"""Estimates: known sizes, the arithmetic of pictures, and what must grow with what."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import registry
from reasonrft.backend import ModelError
from reasonrft.config import ModelConfig, RunConfig, Stage
from reasonrft.config_file import make_config, read_config
from reasonrft.estimate.amounts import EXTENTS, Lengths, lengths_of, steps_of, trained_parameters
from reasonrft.estimate.devices import CPU_MEMORY, GIB, Device, device_of, gpu_of, this_processor
from reasonrft.estimate.memory import _kept, disk_of, memory_of
from reasonrft.estimate.work import work_of
from reasonrft.named_runs import find_run
from reasonrft.nano import base_folder
from reasonrft.shapes import KNOWN, Eye, Shape, Tower, UnknownShapeError, shape_of

LENGTHS = Lengths(200, 300, 130)
A800 = gpu_of("A800")
SMALL, LARGE = (KNOWN[f"Qwen/Qwen2-VL-{size}-Instruct"] for size in ("2B", "7B"))


def config_of(*changes: str) -> RunConfig:
    return make_config({"name": "x"}, changes, "test")


def total(config: RunConfig, stage: Stage = "sft", shape: Shape = SMALL) -> int:
    return memory_of(config, stage, shape, LENGTHS, A800).total


def qwen_config(name: str, shape: Shape) -> Any:
    """The configuration that a shape was read from, as far as it says."""
    import transformers

    text, vision = shape.text, shape.vision
    size = 128
    words: dict[str, Any] = {
        "vocab_size": shape.vocabulary, "hidden_size": text.width, "intermediate_size": text.inner,
        "num_hidden_layers": text.layers, "num_attention_heads": text.heads // size,
        "num_key_value_heads": text.keys // size, "tie_word_embeddings": shape.tied,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24],
        },
    }  # fmt: skip
    eyes: dict[str, Any] = {
        "depth": vision.layers,
        "num_heads": 16,
        "patch_size": shape.eye.patch,
        "intermediate_size": vision.inner,
        "out_hidden_size": text.width,
        "hidden_size": vision.width,
    }
    if "Qwen2-VL" in name:
        eyes |= {"embed_dim": vision.width, "hidden_size": text.width, "mlp_ratio": 4}
        kind = transformers.Qwen2VLConfig
    elif "Qwen2.5" in name:
        kind = transformers.Qwen2_5_VLConfig
    else:
        words |= {"head_dim": size}
        eyes |= {"deepstack_visual_indexes": [5, 11, 17]}
        kind = transformers.Qwen3VLConfig
    return kind(text_config=words, vision_config=eyes, tie_word_embeddings=shape.tied)


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("Qwen/Qwen2-VL-2B-Instruct", 2.21),
        ("Qwen/Qwen2-VL-7B-Instruct", 8.29),
        ("Qwen/Qwen2.5-VL-3B-Instruct", 3.75),
        ("Qwen/Qwen3-VL-4B-Instruct", 4.44),
    ],
)
def test_known_models_have_the_parameters_that_transformers_counts(
    name: str, billions: float
) -> None:
    pytest.importorskip("transformers")
    from reasonrft.shapes import _shape_from

    shape = KNOWN[name]
    assert shape.parameters == pytest.approx(billions * 1e9, rel=0.01)
    counted = _shape_from(name, qwen_config(name, shape), {})
    assert (counted.parameters, counted.vision_parameters) == (
        shape.parameters,
        shape.vision_parameters,
    )
    assert counted.text == shape.text
    assert counted.tied == shape.tied
    assert (counted.vision.layers, counted.vision.width, counted.vision.inner) == (
        shape.vision.layers,
        shape.vision.width,
        shape.vision.inner,
    )


def test_the_embedded_model_is_as_its_folder_says() -> None:
    pytest.importorskip("transformers")
    from reasonrft.shapes import _read_shape

    model = ModelConfig(path="nano")
    assert _read_shape(str(base_folder()), model) == KNOWN["nano"] == shape_of(model)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_layer_has_what_its_linear_maps_say(name: str) -> None:
    """The sums that an adapter's size follows from, against the parameters counted as a whole."""
    shape = KNOWN[name]
    text = shape.text
    attention = 2 * text.width * text.heads + 2 * text.width * text.keys
    matrices = text.layers * (attention + 3 * text.width * text.inner)
    assert matrices + shape.vocabulary * text.width == pytest.approx(shape.multiplied, rel=0.002)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft asks transformers by an older name
# A vision tower that computes queries, keys and values by one map has a little less than by three.
@pytest.mark.parametrize(
    ("lora", "more"), [("{ rank = 8 }", 0.0), ("{ rank = 8, vision = true }", 0.1)]
)
def test_adapters_have_the_size_that_peft_gives_them(
    tmp_path: Path, lora: str, more: float
) -> None:
    peft = pytest.importorskip("peft")
    from transformers import AutoModelForImageTextToText

    from tests.tiny_model import save_tiny_model

    folder = save_tiny_model(tmp_path / "tiny")
    model: Any = AutoModelForImageTextToText.from_pretrained(folder)
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    if "vision" in lora:
        names += ["qkv", "attn.proj", "fc1", "fc2"]
    adapted = peft.get_peft_model(model, peft.LoraConfig(r=8, target_modules=names))
    trained = sum(one.numel() for one in adapted.parameters() if one.requires_grad)
    config = config_of(f"sft.lora={lora}")
    estimated = trained_parameters(config, "sft", shape_of(ModelConfig(path=str(folder))))
    assert trained <= estimated <= trained * (1 + more)


def test_the_shape_of_a_folder_is_read(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from transformers import AutoModelForImageTextToText

    from tests.tiny_model import save_tiny_model

    folder = save_tiny_model(tmp_path / "tiny")
    shape = shape_of(ModelConfig(path=str(folder), max_pixels=84 * 84))
    model: Any = AutoModelForImageTextToText.from_pretrained(folder)
    assert shape.parameters == model.num_parameters()
    assert shape.eye == Eye(14, 2, 56 * 56, 84 * 84)
    assert (shape.text.layers, shape.text.heads, shape.text.keys) == (2, 64, 32)


def test_a_size_that_no_setting_tells_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers = pytest.importorskip("transformers")
    monkeypatch.setattr("reasonrft.shapes._count", lambda *_: (1, 1))
    for kind in ("gemma3n", "florence2", "kosmos-2"):
        transformers.AutoConfig.for_model(kind).save_pretrained(tmp_path / kind)
        with pytest.raises(UnknownShapeError, match=f"the size of .*{kind} is not known: "):
            shape_of(ModelConfig(path=str(tmp_path / kind)))
    transformers.AutoConfig.for_model("internvl").save_pretrained(tmp_path / "internvl")
    assert shape_of(ModelConfig(path=str(tmp_path / "internvl"))).eye.patch == 14  # of [14, 14]


@pytest.mark.parametrize(
    ("path", "told"),
    [("nowhere/at-all", "is not to be had"), ("./nothing", r"^no model '\./nothing': there is no")],
)
def test_a_model_that_is_not_there_has_no_shape(path: str, told: str) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match=told):
        shape_of(ModelConfig(path=path))


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.shapes.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"pip install -e '\.\[train\]'"):
        shape_of(ModelConfig(path="some/model"))
    assert shape_of(ModelConfig(path="Qwen/Qwen2-VL-2B-Instruct")) == SMALL


@settings(deadline=None)  # the first example imports transformers
@given(
    st.integers(20, 3000), st.integers(20, 3000),
    st.sampled_from([(14, 2), (16, 2), (8, 1)]),
    st.integers(1, 40_000), st.integers(40_001, 10**7),
)  # fmt: skip
def test_tokens_of_a_picture_are_those_of_smart_resize(
    width: int, height: int, cut: tuple[int, int], least: int, most: int
) -> None:
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl")
    patch, merge = cut
    rows, columns = module.smart_resize(height, width, patch * merge, least, most)
    expected = rows * columns // (patch * merge) ** 2
    assert Eye(patch, merge, least, most).tokens(width, height) == expected


def test_a_sliver_of_a_picture_is_refused() -> None:
    with pytest.raises(ModelError, match="too narrow"):
        SMALL.eye.tokens(32, 6_432)


def test_every_family_but_the_usual_one_has_its_own_lengths() -> None:
    assert EXTENTS.keys() == {task.family for task in registry.tasks().values()} - {"counting"}


def test_the_papers_pictures_have_as_many_tokens_as_its_settings_make() -> None:
    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    shape = shape_of(config.model)
    assert lengths_of(config, shape, (480, 320), "counting").pictures == 17 * 11 + 2
    assert lengths_of(config, shape, (480, 320), "transformation").pictures == 2 * (17 * 11 + 2)
    assert shape.eye.tokens(4000, 3000) <= 480_000 / 28**2


STAGES: tuple[Stage, ...] = ("sft", "grpo")
STRATEGIES = ("ddp", "zero2", "fsdp", "zero3")


@pytest.mark.parametrize("stage", STAGES)
def test_more_parameters_need_more_memory(stage: Stage) -> None:
    assert total(config_of(), stage, LARGE) > total(config_of(), stage, SMALL)


@pytest.mark.parametrize("stage", STAGES)
def test_sharing_more_needs_less_on_each_gpu(stage: Stage) -> None:
    needs = {
        strategy: total(config_of("hardware.gpus=8", f"hardware.strategy={strategy}"), stage, LARGE)
        for strategy in STRATEGIES
    }
    assert needs["zero3"] < needs["zero2"] < needs["ddp"]
    assert needs["fsdp"] < needs["zero2"]
    for strategy in STRATEGIES:  # with one GPU there is nobody to share with
        alone = total(config_of(f"hardware.strategy={strategy}"), stage, LARGE)
        assert alone == total(config_of(), stage, LARGE)
    two = total(config_of("hardware.gpus=8", "hardware.nodes=2", "hardware.strategy=zero3"), stage)
    assert two < total(config_of("hardware.gpus=8", "hardware.strategy=zero3"), stage)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "saving",
    ["gradient_checkpointing=true", "lora={ rank = 16 }", "freeze_vision=true"],
)
def test_what_saves_memory_saves_memory(stage: Stage, saving: str) -> None:
    assert total(config_of(f"{stage}.{saving}"), stage) < total(config_of(), stage)


def test_all_weights_with_adam_take_about_sixteen_bytes_a_parameter() -> None:
    for strategy in ("ddp", "zero2", "fsdp"):
        changes = ("hardware.gpus=2", f"hardware.strategy={strategy}")
        memory = memory_of(config_of(*changes), "sft", SMALL, LENGTHS, A800)
        whole = memory.weights * (2 if strategy == "fsdp" else 1)
        whole += (memory.gradients + memory.optimizer) * (1 if strategy == "ddp" else 2)
        assert 16 * SMALL.parameters <= whole + 8 <= 18 * SMALL.parameters + 8


def test_the_distance_needs_a_second_model_only_where_all_weights_change() -> None:
    def reference(*changes: str) -> int:
        return memory_of(config_of(*changes), "grpo", SMALL, LENGTHS, A800).reference

    assert reference() == 4 * SMALL.parameters  # it is loaded as the model that is trained
    assert reference("hardware.gpus=2") == 4 * SMALL.parameters
    assert reference("hardware.gpus=2", "hardware.strategy=fsdp") == 2 * SMALL.parameters
    assert reference("hardware.gpus=2", "hardware.strategy=zero2") == 2 * SMALL.parameters
    assert reference("grpo.beta=0") == 0
    assert reference("grpo.lora={ rank = 8 }") == 0
    assert memory_of(config_of(), "sft", SMALL, LENGTHS, A800).reference == 0


def test_vllm_takes_its_share_beside_the_trainer_and_nothing_elsewhere() -> None:
    def rollouts(engine: str) -> int:
        changes = (f"grpo.rollout.engine={engine}", "grpo.rollout.gpu_memory=0.25")
        return memory_of(config_of(*changes), "grpo", SMALL, LENGTHS, A800).rollouts

    assert rollouts("colocate") == 20 * GIB
    assert rollouts("server") == 0


@given(st.integers(1, 8), st.integers(2, 16), st.integers(16, 2048), st.sampled_from(STRATEGIES))
def test_memory_never_shrinks_with_the_batch(
    prompts: int, group: int, tokens: int, strategy: str
) -> None:
    hardware = ("hardware.gpus=4", f"hardware.strategy={strategy}")
    settings = (f"grpo.prompts={prompts}", f"grpo.group={group}", f"grpo.max_tokens={tokens}")
    here = total(config_of(*hardware, *settings), "grpo")
    for more in (
        f"grpo.prompts={prompts + 1}",
        f"grpo.group={group + 1}",
        f"grpo.max_tokens={tokens + 9}",
    ):
        assert total(config_of(*hardware, *settings, more), "grpo") >= here


def test_small_models_in_float32_on_a_processor() -> None:
    device = this_processor()
    config = config_of("hardware.gpus=0")
    memory = memory_of(config, "sft", SMALL, LENGTHS, device)
    assert memory.weights == 4 * SMALL.parameters
    assert memory.optimizer == 8 * SMALL.parameters
    assert (device.memory, device.is_gpu) == (CPU_MEMORY, False)
    assert 1e8 < device.flops < 1e14


def test_steps_are_as_many_as_rows_make() -> None:
    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    assert steps_of(config, "sft", 1600) == 100  # as in the paper
    assert steps_of(config, "grpo", 33_400) == 2386
    assert steps_of(config_of("sft.steps=7"), "sft", 10_000) == 7
    assert steps_of(config_of("grpo.iterations=2"), "grpo", 8) == 8
    assert steps_of(config_of("sft.epochs=2.5"), "sft", 8) == 10
    # An epoch that ends in the middle of a step goes on with the next one's rows.
    assert steps_of(config_of("sft.epochs=3", "sft.batch_size=8"), "sft", 603) == 114
    assert steps_of(config_of("sft.epochs=3", "sft.batch_size=8"), "sft", 600) == 113


@pytest.mark.parametrize("stage", STAGES)
def test_time_grows_with_model_and_rows_and_shrinks_with_gpus(stage: Stage) -> None:
    def seconds(shape: Shape, rows: int, *changes: str, device: Device = A800) -> float:
        return work_of(config_of(*changes), stage, shape, LENGTHS, rows, device).seconds

    assert seconds(LARGE, 1000) > seconds(SMALL, 1000)
    assert seconds(SMALL, 2000) == pytest.approx(2 * seconds(SMALL, 1000))
    assert seconds(LARGE, 1024, "hardware.gpus=8") < seconds(LARGE, 1024) / 4
    assert seconds(LARGE, 1000, device=gpu_of("NVIDIA H100 80GB HBM3")) < seconds(LARGE, 1000)
    assert seconds(LARGE, 1000, f"{stage}.gradient_checkpointing=true") > seconds(LARGE, 1000)


def test_work_counts_answers_and_what_is_learned_twice() -> None:
    once = work_of(config_of(), "grpo", SMALL, LENGTHS, 100, A800)
    twice = work_of(config_of("grpo.iterations=2"), "grpo", SMALL, LENGTHS, 100, A800)
    assert (once.questions, once.answers) == (twice.questions, twice.answers) == (100, 800)
    assert twice.steps == 2 * once.steps
    assert twice.seconds_writing == pytest.approx(once.seconds_writing)
    assert once.training_flops < twice.training_flops < 2 * once.training_flops
    # 800 rows of 556 tokens and 800 patches, three ways forward and one of the reference
    forward = 2 * (556 * 1.54e9 + 800 * 0.665e9)
    assert once.training_flops == pytest.approx(800 * 4 * forward, rel=0.1)


def test_gpus_are_known_by_name_and_others_taken_for_slow_ones() -> None:
    assert gpu_of("NVIDIA A100-SXM4-80GB").flops == 312e12
    assert gpu_of("NVIDIA H100 PCIe").flops < gpu_of("NVIDIA H100 80GB HBM3").flops
    assert gpu_of("Something 9000", 5 * GIB) == replace(
        gpu_of("Other"), name="Something 9000", memory=5 * GIB
    )


def test_disk_holds_models_checkpoints_and_data() -> None:
    config = config_of()
    bare = disk_of(config, SMALL, 0, 2)
    # Two checkpoints of each stage stay; the last stage writes a third before it removes one.
    assert bare == 2 * 2 * SMALL.parameters + (2 + 2 + 1) * 12 * SMALL.parameters
    shared = config_of("hardware.gpus=8", "hardware.strategy=zero3", "recipe=cot-sft")
    assert disk_of(shared, SMALL, 0, 2) == (2 + 3 * 14) * SMALL.parameters
    adapters = config_of("recipe=cot-sft", "sft.lora.rank=8")
    trained = trained_parameters(adapters, "sft", SMALL)
    assert disk_of(adapters, SMALL, 0, 2) == 2 * SMALL.parameters + 3 * 12 * trained
    assert disk_of(config, SMALL, 1000, 2) > bare
    assert disk_of(config_of("recipe=zero-shot"), SMALL, 0, 2) == 0


def test_the_processor_is_asked_only_where_there_is_no_gpu_to_plan_for() -> None:
    assert device_of(config_of()).name == "A800"
    assert device_of(config_of(), "H100").flops == 989e12
    assert not device_of(config_of("hardware.gpus=0")).is_gpu


@pytest.mark.parametrize("number", [2, 4])
def test_what_layers_keep_is_about_what_torch_keeps(number: int) -> None:
    """The formula against the tensors that torch saves for the way back, of text and of a picture."""
    pytest.importorskip("transformers")
    import torch

    text, vision = (
        Tower(4, 256, 1024, 256, 128, gated=True),
        Tower(4, 128, 512, 128, 128, gated=False),
    )
    tokens, pictures = 256, 64
    model = bare_model(text, vision, torch.bfloat16 if number == 2 else torch.float32)
    ids = torch.full((1, tokens), 20)
    alone = saved_bytes(model, input_ids=ids)
    ids[0, :pictures] = 5
    kinds = (ids == 5).int()
    grid = torch.tensor([[1, 16, 16]])
    pixels = torch.randn(4 * pictures, 3 * 2 * 14 * 14, dtype=model.dtype)
    seeing = {"pixel_values": pixels, "image_grid_thw": grid, "mm_token_type_ids": kinds}
    both = saved_bytes(model, input_ids=ids, **seeing)
    assert alone == pytest.approx(tokens * text.layers * _kept(text, number), rel=0.25)
    expected = 4 * pictures * vision.layers * _kept(vision, number)
    assert both - alone == pytest.approx(expected, rel=0.25)


def bare_model(text: Tower, vision: Tower, dtype: Any) -> Any:
    from transformers import Qwen2VLConfig, Qwen2VLModel

    size = 64
    config = Qwen2VLConfig(
        text_config={
            "vocab_size": 1000, "hidden_size": text.width, "intermediate_size": text.inner,
            "num_hidden_layers": text.layers, "num_attention_heads": text.heads // size,
            "num_key_value_heads": text.keys // size, "bos_token_id": 1, "eos_token_id": 2,
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 1e6, "mrope_section": [8, 12, 12],
            },
        },
        vision_config={
            "depth": vision.layers, "embed_dim": vision.width, "hidden_size": text.width,
            "mlp_ratio": 4, "num_heads": 2, "patch_size": 14,
        },
        image_token_id=5, video_token_id=6, vision_start_token_id=7,
    )  # fmt: skip
    return Qwen2VLModel(config).to(dtype).train()


def saved_bytes(model: Any, **inputs: Any) -> int:
    """The bytes that a way forward leaves for the way back, weights left out, each once."""
    import torch

    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    kept: list[Any] = []  # so that no address comes twice

    def keep(tensor: Any) -> Any:
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        model(attention_mask=torch.ones_like(inputs["input_ids"]), **inputs)
    stored = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in kept}
    return sum(size for place, size in stored.items() if place not in weights)
