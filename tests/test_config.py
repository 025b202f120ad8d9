"""What an experiment says that cannot be: refused when it is read, in one line."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from reasonrft.config import ConfigError, RunConfig
from reasonrft.config_file import make_config, read_config
from reasonrft.settings import PAGE, settings_page


def config_of(*changes: str) -> RunConfig:
    return make_config({"name": "x"}, changes, "test")


@pytest.mark.parametrize(
    "changes",
    [(), ("grpo.steps=5", "grpo.curriculum=true"), ("grpo.steps=5", "grpo.skip_silent=true")],
)
def test_a_stream_has_steps_and_asks_nothing_again(changes: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match=r"never asks a question again: say grpo\.steps"):
        config_of("grpo.data=stream", *changes)
    assert config_of("grpo.data=stream", "recipe=cot-sft", *changes).grpo.data == "stream"
    assert config_of("grpo.data=stream", "grpo.steps=5").grpo.steps == 5


@pytest.mark.parametrize(
    "address", ["http://there:9000", "https://10.0.0.9:8000/", "http://[::1]:8000"]
)
def test_a_servers_address_is_taken(address: str) -> None:
    assert config_of(f"grpo.rollout.server={address}").grpo.rollout.server == address


@pytest.mark.parametrize(
    "address",
    ["localhost:8000", "http://localhost", "http://localhost:8000/v1", "http://:8000", "http://a:99999",
     "http://a:0", "ftp://a:80", "http://a b:80", "http://a:80\\n"],
)  # fmt: skip
def test_what_is_no_servers_address_is_told_with_one(address: str) -> None:
    with pytest.raises(ConfigError) as told:
        config_of(f'grpo.rollout.server="{address}"')
    assert str(told.value).endswith("is no http://HOST:PORT, such as http://localhost:8000")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            ("eval.backend=vlm",),
            r"^--set eval\.backend=vlm: no eval\.backend 'vlm'; there are: auto, hf, .*vllm",
        ),
        (
            ("grpo.betta=1",),
            r"^--set grpo\.betta=1: no setting grpo\.betta; did you mean grpo\.beta\? There are too: accum",
        ),
        (
            ("gropo.beta=1",),
            r"^--set gropo\.beta=1: no setting gropo; did you mean grpo\b.*sft",
        ),
        (("grpo.zzz=1",), r"^--set grpo\.zzz=1: no setting grpo\.zzz; there are: accumulate"),
        (("sft.epochs=x",), r"^--set sft\.epochs=x: sft\.epochs = 'x' is not a number$"),
        (("seed=-1",), r"^--set seed=-1: seed = -1 is not 0 or more$"),
        (("seed=4294967296",), r"seed = 4294967296 is not 4294967295 or less$"),
        (("name=a/b",), r"name = 'a/b' is not of the form \^\[A-Za"),
        (
            ("recipe=foo",),
            r"^--set recipe=foo: recipe = 'foo' is not 'zero-shot', .* or 'reason-rft'$",
        ),
        (("grpo.rollout.tensor_parallel=2",), "= 2 is vLLM's; grpo.rollout.engine = 'hf'"),
        (
            ("grpo.rollout.engine=colocate", "grpo.rollout.tensor_parallel=3", "hardware.gpus=4"),
            "= 3 does not divide the 4 GPUs that train",
        ),
        (
            ("sft.freeze_vision=true", "sft.lora={ vision = true }"),
            r"freeze_vision leaves the vision tower as it is, and lora\.vision trains it",
        ),
    ],
)
def test_settings_that_would_do_nothing_or_fail_late_are_refused(
    changes: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        config_of(*changes)


def test_gpus_that_train_and_write_may_share_a_model() -> None:
    changes = ("grpo.rollout.engine=colocate", "grpo.rollout.tensor_parallel=2", "hardware.gpus=4")
    assert config_of(*changes).grpo.rollout.tensor_parallel == 2
    assert config_of("sft.freeze_vision=true", "sft.lora.rank=4").sft.freeze_vision


def test_adapters_can_be_taken_off_and_put_on_again() -> None:
    assert config_of("grpo.lora.rank=4", "grpo.lora=false").grpo.lora is None
    again = config_of("grpo.lora.rank=4", "grpo.lora=false", "grpo.lora.alpha=8").grpo.lora
    assert again is not None and (again.rank, again.alpha) == (16, 8)
    with pytest.raises(ConfigError, match=r"grpo\.lora = True"):
        config_of("grpo.lora=true")
    with pytest.raises(ConfigError, match="grpo is a value and has no steps"):
        config_of("grpo=false", "grpo.steps=3")


def test_the_page_of_settings_is_up_to_date_and_has_every_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == settings_page(), "python -m reasonrft.settings"
    whole = make_config({"name": "x"}, ("sft.lora.rank=1", "grpo.lora.rank=1"), "test")
    assert set(re.findall(r"^\| `([a-z_0-9.]+)` ", page, re.M)) == keys(whole) | {
        "sft.lora",
        "grpo.lora",
    }
    for key, default in re.findall(r"^\| `([a-z_0-9.]+)` \| `(\S+)` ", page, re.M):
        make_config(
            {"name": "x"}, (f"{key}={default}",), "test"
        )  # which refuses what is not allowed


def keys(section: BaseModel, place: str = "") -> set[str]:
    found = set()
    for name in type(section).model_fields:
        value = getattr(section, name)
        inner = isinstance(value, BaseModel)
        found |= keys(value, f"{place}{name}.") if inner else {f"{place}{name}"}
    return found


def test_what_is_built_is_not_said_where_data_are_there(tmp_path: Path) -> None:
    base, own, heir = (tmp_path / f"{name}.toml" for name in ("base", "own", "heir"))
    base.write_text("data = { seed = 3, sizes = { train = 9 } }")
    there = f"data.path=['{tmp_path}']"
    assert read_config(base, [there]).data.path == (tmp_path,)  # in place of what the file builds
    for key in ("seed=4", "sizes.test=5", "preset=paper", "level=easy", "tasks=['count']"):
        with pytest.raises(ConfigError, match=rf"^--set data\.{re.escape(key)}: data\.{key.split('=')[0]} is of data"):  # fmt: skip
            read_config(base, [there, f"data.{key}"])
    said = "data.seed is of data that are built, and data.path names some that are there"
    own.write_text(f"data = {{ path = ['{tmp_path}'], seed = 3 }}")
    with pytest.raises(ConfigError, match=f"^{own}: {said}$"):
        read_config(own)
    own.write_text(f"data = {{ path = ['{tmp_path}'], splits = 'id' }}")
    heir.write_text("extends = 'own.toml'\ndata = { seed = 4 }")
    with pytest.raises(ConfigError, match=f"^{heir}: {said}$"):
        read_config(heir)
    heir.write_text("extends = 'base.toml'\ndata = { seed = 4 }")
    assert read_config(heir).data.seed == 4


def test_toml_that_is_nested_too_deeply_is_none(tmp_path: Path) -> None:
    deep = "[" * 100_000
    (tmp_path / "deep.toml").write_text(f"name = {deep}")
    with pytest.raises(ConfigError, match=r"deep\.toml is no TOML: "):
        read_config(tmp_path / "deep.toml")
    with pytest.raises(ConfigError, match=r"grpo\.beta = "):
        config_of(f"grpo.beta={deep}")
    (tmp_path / "deep.toml").write_text(f"name{'.a' * 1500} = 1")
    with pytest.raises(ConfigError, match=r"deep\.toml is nested too deeply"):
        read_config(tmp_path / "deep.toml")
