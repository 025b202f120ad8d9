"""What an experiment would do, told without doing any of it."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from builders.clean import source_plans
from builders.dataset import build
from builders.engine import InProcess
from builders.files import BuildError, ExpectedError
from builders.plan import Request
from reasonrft.config import ConfigError, RunConfig
from reasonrft.config_file import make_config, read_config
from reasonrft.experiment import open_experiment
from reasonrft.named_runs import find_run, run_names
from reasonrft.outlook import Outlook, outlook
from reasonrft.report.tables import outlook_tables, rough_duration
from tests import toy_cleaner
from tests.asked import build_asked, build_toys
from tests.command import Rrft
from tests.quiet import Quiet

OUT = Path("experiments/x")
QWEN = "model.path=Qwen/Qwen2-VL-2B-Instruct"


def look(*changes: str) -> Outlook:
    return outlook(make_config({"name": "x"}, (QWEN, *changes), "test"), OUT)


def shown(found: Outlook) -> str:
    console = Console(width=300, file=io.StringIO(), record=True)
    for table in outlook_tables(found):
        console.print(table)
    return console.export_text()


def known(config: RunConfig) -> bool:
    """Whether the size of its model is known here: that of the embedded one only where it is there."""
    return config.model.path.startswith("Qwen/")


@pytest.mark.parametrize("name", run_names())
def test_every_experiment_is_foreseen(name: str) -> None:
    config = read_config(find_run(name))
    found = outlook(config, Path("experiments") / name)
    told = json.loads(json.dumps(found.to_json()))
    assert [stage["stage"] for stage in told["stages"]] == list(config.stages)
    assert all(stage["steps"] > 0 and stage["launch"] for stage in told["stages"])
    text = shown(found)
    assert f"experiments/{name}" in text
    if known(config):
        assert told["parameters"] > 2e9
        # None of ours asks for more than the GPUs it is meant for.
        assert all(
            stage["memory_bytes_a_gpu"]["total"] < told["device"]["memory"]
            for stage in told["stages"]
        )


def test_the_papers_figures_come_out() -> None:
    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    sft, grpo = outlook(config, OUT).stages
    assert (sft.rows, sft.questions_a_step, sft.steps) == (1600, 16, 100)
    assert (grpo.rows, grpo.questions_a_step) == (33_400, 14)
    assert grpo.server is not None
    assert "experiments/x/sft/model" in grpo.server
    assert sft.server is None


def test_it_touches_neither_network_nor_gpu_nor_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("asked the network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("socket.socket.connect", refuse)
    assert look("data.stage_1=100").stages
    assert list(tmp_path.iterdir()) == []


def test_rows_go_to_stages_by_recipe() -> None:
    sizes = "data.sizes={ train = 2000 }"
    assert [stage.rows for stage in look(sizes).stages] == [1600, 400]
    for recipe in ("ans-sft", "cot-sft", "reason-rft-zero"):
        (stage,) = look(sizes, f"recipe={recipe}").stages
        assert stage.rows == 2000
    assert look("recipe=zero-shot").stages == ()
    with pytest.raises(ExpectedError, match="stage_1 = 1600 leaves no rows of counting"):
        look("data.sizes={ train = 1600 }")
    assert look("grpo.data=stream", "grpo.steps=5", "data.sizes={ train = 1600 }").stages


def test_what_there_is_to_test_on_is_tested_on(tmp_path: Path) -> None:
    train, test = (
        build_toys(tmp_path / name, f"{name}=40", split=name) for name in ("train", "test")
    )
    with pytest.raises(BuildError, match=r"train has no test and no ood- split, only train: build"):
        look("data.stage_1=10", f"data.path=['{train}']")
    both = f"data.path=['{train}', '{test}']"
    assert look("data.stage_1=10", both).asked == 40


def test_pictures_of_a_public_dataset_are_as_large_as_the_first(tmp_path: Path) -> None:
    source = toy_cleaner.write_source(tmp_path / "source")
    plans = source_plans("toy-dots", source, ("all",), toy_cleaner.cleaners())
    build(plans, tmp_path / "data", InProcess(), Quiet(), toy_cleaner.cleaners)
    small = look("data.stage_1=10", f"data.path=['{tmp_path / 'data'}']").lengths
    large = look("data.stage_1=10", "data.image_size=640x480").lengths
    assert small is not None
    assert large is not None
    assert 0 < small.pictures < large.pictures


def test_a_wrong_option_is_told_as_it_was_written(rrft: Rrft) -> None:
    said = rrft("train", "nano-quickstart", "--recipe", "foo", "--dry-run")
    assert said.code == 2
    assert said.stderr.startswith("rrft: --recipe foo: recipe = 'foo' is not 'zero-shot'")


@pytest.mark.parametrize("model", ["./none", "/none/such", "none", "none😀", ""])
def test_a_model_that_there_cannot_be_is_refused(rrft: Rrft, tmp_path: Path, model: str) -> None:
    asked = ("train", "nano-quickstart", "--model", model, "--out", tmp_path / "run")
    said = rrft(*asked, "--dry-run")
    told = f"rrft: no model {model!r}: there is no such folder, and a name of the Hub is ORG/NAME\n"
    assert (said.code, said.stderr) == (2, told)


def test_nothing_is_built_to_learn_from_where_nothing_learns() -> None:
    (splits,) = look("recipe=zero-shot", "data.sizes={ train = 2000 }").stock.values()
    assert "train" not in splits
    assert "test" in splits


def test_a_step_asks_different_questions() -> None:
    few = ("recipe=reason-rft-zero", "data.sizes={ train = 9 }", "grpo.accumulate=5")
    with pytest.raises(ExpectedError, match=r"^a step asks 10 different questions .* there are 9$"):
        look(*few, "grpo.prompts=2")
    assert look(*few).stages[0].questions_a_step == 5
    assert look(*few, "grpo.prompts=2", "grpo.data=stream", "grpo.steps=3").stages[0].steps == 3
    assert look("recipe=cot-sft", "data.sizes={ train = 9 }", "sft.accumulate=10").stages


def test_all_means_all_whatever_else_is_named() -> None:
    (every, both) = (look(f"data.family={json.dumps(one)}", "recipe=zero-shot").stock
                     for one in (["all"], ["all", "counting"]))  # fmt: skip
    assert every == both


def test_each_model_that_is_evaluated_counts() -> None:
    assert look("data.stage_1=100").evaluations == 2
    assert look("data.stage_1=100", "eval.between=true").evaluations == 3
    assert look("recipe=zero-shot").evaluations == 1


def test_data_that_are_there_are_counted(tmp_path: Path) -> None:
    asked = Request("counting", ["all"], sizes=("train=30", "test=6", "ood=4"), image_size="40")
    build_asked(tmp_path, asked)
    path = f"data.path=['{tmp_path}']"
    found = look(path, "data.stage_1=10", "eval.limit=5")
    assert found.is_built
    assert [stage.rows for stage in found.stages] == [10, 20]
    assert (found.asked, found.evaluations) == (5 + 3 * 4, 2)
    small, usual = (look("data.stage_1=10", f"data.image_size='{size}'") for size in (40, 320))
    assert found.lengths == small.lengths != usual.lengths
    assert look(path, "data.stage_1=10", "eval.base=false").evaluations == 1
    chosen = look(path, "data.stage_1=10", "data.tasks=['dots']")
    told = "data.tasks = dots chooses what is built: of data.path all tasks count"
    assert told in chosen.remarks
    assert told not in found.remarks
    assert [stage.rows for stage in chosen.stages] == [10, 20]
    with pytest.raises(ConfigError, match=r"no family 'geometry' in .*; there are: counting"):
        look(path, "data.family=['geometry']")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("data.family=['nothing']", "no family 'nothing'"),
        ("data.preset=huge", "no preset 'huge'"),
        ("data.splits=tset", "no split 'tset'"),
        ("data.image_size=big", "no image size"),
    ],
)
def test_data_that_cannot_be_had_are_told(change: str, told: str) -> None:
    with pytest.raises(BuildError, match=told):
        look(change)


def test_a_model_of_unknown_size_has_steps_but_no_memory() -> None:
    pytest.importorskip("transformers")
    found = look("model.path=nowhere/at-all", "data.stage_1=100")
    assert found.seconds is None
    assert found.stages[0].steps == 50
    assert "not estimated" in found.remarks[0]
    assert "?" in shown(found)


def test_what_does_not_fit_is_told_with_what_helps() -> None:
    small = make_config({"name": "x"}, (QWEN, "data.stage_1=100", "sft.batch_size=4"), "test")
    sft = outlook(small, OUT, "RTX 4090").remarks[0]
    assert "sft needs about" in sft
    assert "sft.gradient_checkpointing = true" in sft
    assert "smaller sft.batch_size" in sft
    assert not [remark for remark in outlook(small, OUT, "B200").remarks if "needs" in remark]


def test_each_machine_has_its_line() -> None:
    found = look("data.stage_1=100", "hardware.gpus=8", "hardware.nodes=2")
    lines = found.stages[0].lines
    assert [line[line.index("--machine_rank") + 1] for line in lines] == ["0", "1"]
    assert "2 machines with 8 GPUs each, ddp" in shown(found)


def test_times_are_told_as_users_read_them() -> None:
    assert [rough_duration(seconds) for seconds in (5, 119, 600, 7_300, 200_000)] == [
        "5 s", "119 s", "10.0 min", "2.0 h", "2.3 days",
    ]  # fmt: skip


def test_a_plan_over_another_experiments_folder_is_refused(rrft: Rrft, tmp_path: Path) -> None:
    file, out = tmp_path / "toy.toml", tmp_path / "run"
    file.write_text("recipe = 'zero-shot'\n[hardware]\ngpus = 0")
    with open_experiment(out, read_config(file)):
        pass
    plan = ("train", file, "--out", out, "--dry-run", "--json")
    assert rrft(*plan).code == 0
    assert rrft(*plan, "--stop-on-alarm").code == 0  # how it is watched may change
    refused = rrft(*plan, "--set", "seed=1")
    assert refused.code != 0
    assert refused.stderr == f"rrft: {out} was begun with seed = 0, not 1; choose another --out\n"


def test_stop_on_alarm_is_a_setting(
    rrft: Rrft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RunConfig] = []
    monkeypatch.setattr(
        "reasonrft.commands.train._run_experiment", lambda config, *_: asked.append(config)
    )
    for more in ((), ("--stop-on-alarm",)):
        assert rrft("train", "nano-zero-shot", "--out", tmp_path, *more).code == 0
    assert [config.stop_on_alarm for config in asked] == [False, True]
