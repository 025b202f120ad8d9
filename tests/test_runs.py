"""Every experiment in runs/ is sound, and a file that extends another says only what differs."""

import re
from pathlib import Path

import pytest

from reasonrft.config import ConfigError, Recipe
from reasonrft.config_file import read_config
from reasonrft.named_runs import RUNS, find_run, run_names

MODELS = ("qwen2-vl-2b", "qwen2-vl-7b")
OTHERS = ("qwen2.5-vl-3b-reason-rft", "qwen3-vl-4b-reason-rft")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", run_names())
def test_every_experiment_is_read_and_named_after_its_file(name: str) -> None:
    config = read_config(find_run(name))
    assert config.name == name
    # A file named after a recipe is of that recipe, and one for one GPU asks for one.
    (recipe,) = re.findall(r"(zero-shot|ans-sft|cot-sft|reason-rft-zero|reason-rft)", name) or [""]
    assert recipe in ("", config.recipe)
    assert config.hardware.gpus == 1 or not name.endswith("-1gpu")


def test_the_papers_experiments_are_all_there() -> None:
    wanted = {f"{model}-{recipe}" for model in MODELS for recipe in Recipe} | set(OTHERS)
    wanted |= {f"{name}-1gpu" for name in (*OTHERS, *(f"{model}-reason-rft" for model in MODELS))}
    assert wanted <= set(run_names())


@pytest.mark.parametrize("name", [name for name in run_names() if name.startswith("qwen")])
def test_a_step_is_as_large_as_the_papers(name: str) -> None:
    config = read_config(find_run(name))
    gpus, trainers = config.hardware.gpus, config.hardware.gpus - config.grpo.rollout.gpus
    assert gpus * config.sft.batch_size * config.sft.accumulate == 16
    assert trainers * config.grpo.prompts * config.grpo.accumulate == 14
    assert config.grpo.group == 8
    assert (config.data.stage_1, config.grpo.beta, config.grpo.max_tokens) == (1600, 0.04, 512)


def test_nothing_else_lies_among_the_experiments() -> None:
    assert {path.suffix for path in RUNS.iterdir()} == {".toml"}


def test_an_experiment_is_found_by_its_bare_name_or_its_path(tmp_path: Path) -> None:
    own = write(tmp_path, "own.toml", "")
    assert find_run(str(own)) == own
    assert find_run("qwen2-vl-2b-ans-sft") == RUNS / "qwen2-vl-2b-ans-sft.toml"
    for name in ("nothing", "elsewhere/qwen2-vl-2b-ans-sft", "../runs/qwen2-vl-2b-ans-sft", ""):
        with pytest.raises(ConfigError, match=r"those of the toolkit are .*qwen2-vl-2b-ans-sft"):
            find_run(name)


def test_a_file_extends_another_key_by_key(tmp_path: Path) -> None:
    write(
        tmp_path, "base.toml", "name = 'old'\n[grpo]\nbeta = 0.5\n[grpo.rollout]\ngpu_memory = 0.2"
    )
    write(tmp_path, "below/middle.toml", "extends = '../base.toml'\n[grpo]\nprompts = 3")
    text = "extends = 'below/middle.toml'\n[grpo.rollout]\nengine = 'colocate'"
    config = read_config(write(tmp_path, "top.toml", text), ["grpo.beta=0.1"])
    assert config.name == "top"
    assert (config.grpo.beta, config.grpo.prompts) == (0.1, 3)
    assert (config.grpo.rollout.engine, config.grpo.rollout.gpu_memory) == ("colocate", 0.2)


def test_a_file_anywhere_extends_an_experiment_of_the_toolkit(tmp_path: Path) -> None:
    text = "extends = 'qwen2-vl-2b-reason-rft'\n[sft]\nlearning_rate = 2e-5"
    config = read_config(write(tmp_path, "mine.toml", text))
    whole = read_config(RUNS / "qwen2-vl-2b-reason-rft.toml")
    assert config.name == "mine"
    assert config.sft.learning_rate == 2e-5 != whole.sft.learning_rate
    assert config.grpo == whole.grpo
    with pytest.raises(ConfigError, match="is no file"):
        read_config(write(tmp_path, "mine.toml", "extends = 'qwen2-vl-2b-reason-rft.toml'"))


def test_a_value_replaces_a_table_and_a_table_a_value(tmp_path: Path) -> None:
    write(tmp_path, "base.toml", "[data]\nsizes = { train = 5, test = 3 }\nfamily = ['a', 'b']")
    text = "extends = 'base.toml'\n[data]\nsizes = { train = 7 }\nfamily = ['c']"
    data = read_config(write(tmp_path, "top.toml", text)).data
    assert data.sizes == {"train": 7, "test": 3}
    assert data.family == ("c",)
    write(tmp_path, "flat.toml", "extends = 'base.toml'\ndata = 5")
    with pytest.raises(ConfigError, match="data = 5"):
        read_config(tmp_path / "flat.toml")


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"top": "extends = 'top.toml'"}, "comes back"),
        ({"top": "extends = 'a.toml'", "a": "extends = 'sub/../top.toml'"}, "comes back"),
        ({"top": "extends = 'b.toml'", "b": "extends = 'c.toml'", "c": "extends = 'b.toml'"}, "ba"),
        (
            {"top": "extends = 'none.toml'"},
            r"top\.toml: extends = 'none\.toml' is no file \(.*none\.toml\), and no experiment",
        ),
        ({"top": "extends = 'a.toml'", "a": "= 5"}, r"a\.toml is no TOML"),
        ({"top": "extends = ['a.toml']"}, "names no file"),
        ({"top": "extends = 'a.toml'", "a": "recip = 'x'"}, "no setting recip"),
    ],
)
def test_what_cannot_be_extended_is_refused(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    (tmp_path / "sub").mkdir()
    for name, text in files.items():
        write(tmp_path, f"{name}.toml", text)
    with pytest.raises(ConfigError, match=told):
        read_config(tmp_path / "top.toml")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["grpo.rollout.gpus=8", "grpo.rollout.tensor_parallel=8"], "leaves none of 8"),
        (["grpo.rollout.gpus=2"], "as many GPUs as share its model"),
        (["grpo.rollout.engine=hf"], "are a server's"),
    ],
)
def test_a_server_leaves_gpus_to_train_on(changes: list[str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_config(find_run("qwen2-vl-2b-reason-rft"), changes)
