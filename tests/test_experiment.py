"""An experiment's folder: who may work at it, with which settings, and what belongs where."""

import json
from pathlib import Path
from typing import Any

import pytest

from builders.files import BuildError
from reasonrft.config import RunConfig
from reasonrft.config_file import make_config
from reasonrft.experiment import ExperimentError, difference, open_experiment, read_experiment


def config(*changes: str) -> RunConfig:
    return make_config({"name": "toy"}, changes, "toy.toml")


def test_the_same_settings_go_on_and_others_are_refused_with_the_difference(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with open_experiment(folder, config("grpo.beta=0.04")):
        pass
    before = (folder / "experiment.json").read_bytes()
    with open_experiment(folder, config("grpo.beta=0.04")) as experiment:
        assert experiment.config.grpo.beta == 0.04
    with (
        pytest.raises(ExperimentError, match=r"begun with grpo\.beta = 0\.04, not 0\.1; choose"),
        open_experiment(folder, config("grpo.beta=0.1")),
    ):
        pytest.fail("opened")
    assert (folder / "experiment.json").read_bytes() == before


def test_a_kill_in_the_very_first_write_leaves_a_folder_that_is_gone_on_with(
    tmp_path: Path,
) -> None:
    for folder in (tmp_path / "new", tmp_path / "there"):
        folder.mkdir()
        if folder.name == "there":
            with open_experiment(folder, config()):
                pass
        (folder / "experiment.json.123.partial").write_text("{")
        with open_experiment(folder, config()):
            pass
        assert [path.name for path in folder.iterdir()] == ["experiment.json"]


def test_how_it_is_watched_may_change() -> None:
    there, asked = config(), config("stop_on_alarm=true", "sft.save_every=7", "eval.batch_size=3")
    assert difference(there, asked) is None


@pytest.mark.parametrize(
    "change",
    [
        "seed=1", "recipe=cot-sft", "model.path=other", "data.seed=2", "sft.lora.rank=4",
        "grpo.rollout.engine=colocate", "grpo.reward.format=0.5", "eval.limit=3", "hardware.gpus=8",
        'data.sizes.test=5',
    ],
)  # fmt: skip
def test_whatever_results_depend_on_may_not(change: str) -> None:
    found = difference(config(), config(change))
    assert found and change.split("=")[0].rsplit(".", 1)[0].split(".")[0] in found


def test_all_that_differs_is_named() -> None:
    found = difference(config(), config("seed=1", "grpo.beta=0.2"))
    assert found == "seed = 0, not 1; grpo.beta = 0.04, not 0.2"


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with (
        pytest.raises(ExperimentError, match=r"holds something else \(thesis\.tex\)"),
        open_experiment(tmp_path, config()),
    ):
        pytest.fail("opened")
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_processes_do_not_share_one(tmp_path: Path) -> None:
    with (
        open_experiment(tmp_path / "run", config()),
        pytest.raises(BuildError, match="is being worked at by another process"),
        open_experiment(tmp_path / "run", config()),
    ):
        pytest.fail("opened twice")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 9}', '{"format": 1, "config": {"x": 1}}']
)
def test_a_damaged_one_is_told_in_a_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "experiment.json").write_text(content)
    with pytest.raises(ExperimentError) as told:
        read_experiment(tmp_path)
    assert "\n" not in str(told.value)
    assert str(tmp_path / "experiment.json") in str(told.value)


def test_what_is_stored_is_read_back(tmp_path: Path) -> None:
    asked = config("grpo.lora.rank=4", "data.sizes.test=5", "recipe=reason-rft-zero")
    with open_experiment(tmp_path / "run", asked):
        pass
    assert read_experiment(tmp_path / "run").config == asked
    stored: dict[str, Any] = json.loads((tmp_path / "run" / "experiment.json").read_text())
    assert stored["config"]["grpo"]["lora"]["rank"] == 4


@pytest.mark.parametrize(
    ("recipe", "names", "before"),
    [
        ("zero-shot", ["final"], {}),
        ("cot-sft", ["base", "final"], {"sft": "start"}),
        ("reason-rft-zero", ["base", "final"], {"grpo": "start"}),
        ("reason-rft", ["base", "sft", "final"], {"sft": "start", "grpo": "sft/model"}),
    ],
)
def test_which_models_are_trained_and_evaluated(
    tmp_path: Path, recipe: str, names: list[str], before: dict[str, str]
) -> None:
    asked = config(f"recipe={recipe}", "model.path=start", "eval.between=true")
    with open_experiment(tmp_path / "run", asked) as experiment:
        assert list(experiment.evaluations) == names
        for stage in asked.stages:
            assert experiment.before(stage).endswith(before[stage])
        final = experiment.evaluations["final"][0]
        assert final == (str(experiment.trained(asked.stages[-1])) if asked.stages else "start")
