"""What an experiment says that cannot be: refused when it is read, in one line."""

import pytest

from reasonrft.config import ConfigError, RunConfig, make_config


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
